#include "tests/power/lossyfs/volume.h"

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_directory.h"

namespace parley::lossyfs {
namespace {

constexpr std::uint64_t kSeeds = 60;

class VolumeTest : public testing::Test {
protected:
    VolumeTest() : volume(std::make_unique<Volume>(directory.path())) {}

    NodePtr root() { return volume->node(kRootId); }
    NodePtr at(const std::string& name) { return Volume::lookup(root(), name); }
    bool there(const std::string& name) { return root()->entries.contains(name); }

    void write(const NodePtr& node, std::uint64_t offset, const std::string& bytes) {
        volume->write(*node, offset, bytes);
    }
    static std::string read(const NodePtr& node) {
        std::string bytes(node->size(), '?');
        bytes.resize(node->content->read(0, bytes));
        return bytes;
    }
    /// A file with these bytes, all of it durable.
    NodePtr durable(const std::string& name, const std::string& bytes) {
        NodePtr node = volume->create(root(), name, 0600);
        write(node, 0, bytes);
        node->content->sync();
        volume->sync_directory(root());
        return node;
    }
    /// What a file may be after a power cut, over many seeds, each in a volume of its own.
    std::set<std::string> outcomes(Cut how, const std::function<void()>& before) {
        std::set<std::string> seen;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            fakes::TemporaryDirectory fresh;
            volume = std::make_unique<Volume>(fresh.path());
            before();
            volume->cut(how, seed);
            seen.insert(there("file") ? read(at("file")) : "(none)");
        }
        return seen;
    }
    static int refusal(const std::function<void()>& act) {
        try {
            act();
        } catch (const std::system_error& failure) {
            return failure.code().value();
        }
        return 0;
    }

    fakes::TemporaryDirectory directory;
    std::unique_ptr<Volume> volume;
};

TEST_F(VolumeTest, SyncedStays) {
    durable("file", "hello");
    volume->cut(Cut::drop, 1);
    EXPECT_EQ(read(at("file")), "hello");
}

TEST_F(VolumeTest, UnsyncedBytesAreLost) {
    const NodePtr file = durable("file", "hello");
    write(file, 5, " world");
    write(file, 0, "H");
    EXPECT_EQ(read(file), "Hello world");
    const CutReport report = volume->cut(Cut::drop, 1);
    EXPECT_EQ(report.pages_lost, 1U);
    EXPECT_EQ(read(at("file")), "hello");
}

TEST_F(VolumeTest, WithoutASyncOfItsDirectoryAFileIsLostThoughItWasSynced) {
    const NodePtr file = volume->create(root(), "file", 0600);
    write(file, 0, "hello");
    file->content->sync();
    volume->cut(Cut::drop, 1);
    EXPECT_FALSE(there("file"));
}

TEST_F(VolumeTest, WithoutASyncOfItsOwnAFileIsEmptyThoughItsDirectoryWasSynced) {
    const NodePtr file = volume->create(root(), "file", 0600);
    write(file, 0, "hello");
    volume->sync_directory(root());
    volume->cut(Cut::drop, 1);
    EXPECT_EQ(read(at("file")), "");
}

TEST_F(VolumeTest, WhatACutLeavesLastsOverARestart) {
    durable("file", "hello");
    volume->cut(Cut::drop, 1);
    write(at("file"), 0, "J");
    volume = std::make_unique<Volume>(directory.path());
    EXPECT_EQ(read(at("file")), "hello");
}

TEST_F(VolumeTest, RenameWithoutASyncOfTheDirectoryMayBeUndone) {
    const std::set<std::string> seen = outcomes(Cut::keep, [this] {
        durable("file", "old");
        durable("new", "new");
        volume->rename({root(), "new"}, {root(), "file"});
        EXPECT_EQ(read(at("file")), "new");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"old", "new"}));
}

TEST_F(VolumeTest, RenameIsOneChange) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        fakes::TemporaryDirectory fresh;
        volume = std::make_unique<Volume>(fresh.path());
        durable("a", "content");
        volume->rename({root(), "a"}, {root(), "b"});
        volume->rename({root(), "b"}, {root(), "c"});
        volume->cut(Cut::keep, seed);
        EXPECT_EQ(root()->entries.size(), 1U) << "seed " << seed;
        EXPECT_EQ(read(root()->entries.begin()->second), "content");
    }
}

TEST_F(VolumeTest, RenameIntoAnotherDirectoryLeavesOneName) {
    const NodePtr other = volume->make_directory(root(), "other", 0700);
    const NodePtr file = volume->create(root(), "file", 0600);
    volume->rename({root(), "file"}, {other, "moved"});
    volume->sync_directory(other);
    volume->sync_directory(root());
    volume->cut(Cut::drop, 1);
    EXPECT_FALSE(there("file"));
    EXPECT_TRUE(at("other")->entries.contains("moved"));
}

TEST_F(VolumeTest, RemovalWithoutASyncOfTheDirectoryMayBeUndone) {
    const auto remove = [this] {
        durable("file", "old");
        volume->unlink(root(), "file");
        EXPECT_FALSE(there("file"));
    };
    EXPECT_EQ(outcomes(Cut::keep, remove), (std::set<std::string>{"old", "(none)"}));
    EXPECT_EQ(outcomes(Cut::drop, remove), (std::set<std::string>{"old"}));
    EXPECT_EQ(
        outcomes(
            Cut::drop,
            [&] {
                remove();
                volume->sync_directory(root());
            }
        ),
        (std::set<std::string>{"(none)"})
    );
}

TEST_F(VolumeTest, ADirectoryIsAsDurableAsItsName) {
    const NodePtr inner = volume->make_directory(root(), "inner", 0700);
    const NodePtr file = volume->create(inner, "file", 0600);
    write(file, 0, "hello");
    file->content->sync();
    volume->sync_directory(inner);
    volume->cut(Cut::drop, 1);
    EXPECT_FALSE(there("inner"));

    const NodePtr again = volume->make_directory(root(), "inner", 0700);
    write(volume->create(again, "file", 0600), 0, "hello");
    again->entries.at("file")->content->sync();
    volume->sync_directory(again);
    volume->sync_directory(root());
    volume->cut(Cut::drop, 1);
    EXPECT_EQ(read(at("inner")->entries.at("file")), "hello");
}

TEST_F(VolumeTest, KeepsAnyOfThePages) {
    const std::string before(2 * kPageBytes, 'a');
    const std::set<std::string> seen = outcomes(Cut::keep, [&] {
        write(durable("file", before), 0, std::string(2 * kPageBytes, 'b'));
    });
    const std::string one(kPageBytes, 'a');
    const std::string two(kPageBytes, 'b');
    EXPECT_EQ(seen, (std::set<std::string>{one + one, one + two, two + one, two + two}));
}

TEST_F(VolumeTest, KeepsAnySizeOfAFileThatGrew) {
    const std::set<std::string> seen = outcomes(Cut::keep, [&] {
        write(durable("file", ""), 0, std::string(kPageBytes + 1, 'b'));
    });
    const std::string zeros(kPageBytes, '\0');
    const std::string page(kPageBytes, 'b');
    EXPECT_EQ(
        seen,
        (std::set<std::string>{
            "",
            page,
            zeros + "b",
            page + "b",
            zeros + std::string(1, '\0'),
            page + std::string(1, '\0')
        })
    );
}

TEST_F(VolumeTest, TornPagesAppear) {
    const std::string before(kPageBytes, 'a');
    const std::set<std::string> seen = outcomes(Cut::tear, [&] {
        write(durable("file", before), 0, std::string(kPageBytes, 'b'));
    });
    bool mixed = false;
    bool garbage = false;
    for (const std::string& content : seen) {
        ASSERT_EQ(content.size(), kPageBytes);
        const bool old = content.find('a') != std::string::npos;
        const bool fresh = content.find('b') != std::string::npos;
        const auto neither = content.find_first_not_of("ab");
        mixed = mixed || (old && fresh && neither == std::string::npos);
        garbage = garbage || neither != std::string::npos;
    }
    EXPECT_TRUE(mixed);
    EXPECT_TRUE(garbage);
}

TEST_F(VolumeTest, TearingNeverTouchesWhatWasSynced) {
    const std::string synced(700, 's');
    for (const std::string& content : outcomes(Cut::tear, [&] {
             write(durable("file", synced), synced.size(), std::string(3000, 'u'));
         })) {
        EXPECT_EQ(content.substr(0, synced.size()), synced);
    }
}

TEST_F(VolumeTest, TruncationMayBeUndone) {
    const std::set<std::string> seen = outcomes(Cut::keep, [&] {
        const NodePtr file = durable("file", "0123456789");
        volume->resize(*file, 4);
        volume->resize(*file, 6);
        EXPECT_EQ(read(file), std::string("0123\0\0", 6));
    });
    EXPECT_EQ(seen, (std::set<std::string>{"0123456789", std::string("0123\0\0", 6)}));
}

TEST_F(VolumeTest, TruncationThatWasSyncedStays) {
    const NodePtr file = durable("file", "0123456789");
    volume->resize(*file, 4);
    volume->resize(*file, 6);
    file->content->sync();
    volume->cut(Cut::drop, 1);
    EXPECT_EQ(read(at("file")), std::string("0123\0\0", 6));
}

TEST_F(VolumeTest, AfterAFailedSyncALaterOneSavesNothing) {
    const NodePtr file = durable("file", "old");
    write(file, 0, "new");
    file->content->fail_sync();
    EXPECT_EQ(read(file), "new");
    file->content->sync();
    EXPECT_EQ(read(file), "new");
    volume->cut(Cut::keep, 1);
    EXPECT_EQ(read(at("file")), "old");
}

TEST_F(VolumeTest, FullRefusesGrowth) {
    const NodePtr file = durable("file", "hello");
    volume->set_capacity(volume->used_bytes());
    EXPECT_EQ(refusal([&] { write(file, 5, "!"); }), ENOSPC);
    EXPECT_EQ(refusal([&] { volume->create(root(), "other", 0600); }), ENOSPC);
    EXPECT_EQ(refusal([&] { volume->resize(*file, 6); }), ENOSPC);
    write(file, 0, "HELLO");
    EXPECT_EQ(read(file), "HELLO");
    volume->unlink(root(), "file");
    volume->set_capacity(volume->used_bytes() + 10);
    EXPECT_NE(volume->create(root(), "other", 0600), nullptr);
}

TEST_F(VolumeTest, WhatWasOpenBeforeACutIsOfNoUse) {
    const NodePtr file = durable("file", "hello");
    file->uses = 1;
    volume->cut(Cut::drop, 1);
    EXPECT_NE(at("file")->id, file->id);
    EXPECT_EQ(refusal([&] { Volume::check_there(*volume->node(file->id)); }), EIO);
    EXPECT_EQ(refusal([&] { write(file, 0, "x"); }), EIO);
    volume->forget(file->id, 1);
    EXPECT_EQ(refusal([&] { (void)volume->node(file->id); }), EIO);
    EXPECT_EQ(read(at("file")), "hello");
}

TEST_F(VolumeTest, TheSameSeedLosesTheSame) {
    const auto once = [this](std::uint64_t seed) {
        fakes::TemporaryDirectory fresh;
        volume = std::make_unique<Volume>(fresh.path());
        const NodePtr file = durable("file", std::string(8 * kPageBytes, 'a'));
        write(file, 100, std::string(7 * kPageBytes, 'b'));
        volume->cut(Cut::tear, seed);
        return read(at("file"));
    };
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        EXPECT_EQ(once(seed), once(seed));
    }
}

}  // namespace
}  // namespace parley::lossyfs
