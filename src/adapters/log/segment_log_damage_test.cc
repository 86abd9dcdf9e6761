// What time and people do to files: bits that flip, files that go, come back, or are newer than we are.

#include "adapters/log/crc32c.h"
#include "adapters/log/log_fixture_test.h"
#include "base/binary.h"

namespace parley::log {
namespace {

using Image = std::map<std::string, std::string>;

class SegmentLogDamage : public testing::Test {
protected:
    SegmentLogDamage() { world_.options.segment_bytes = 640; }

    /// A log of several segments; closed: the last thing in it says that all before is synced.
    Image make(bool closed) {
        EXPECT_TRUE(world_.open().ok());
        live(world_, 1, false);
        // The newest segment holds two groups at least.
        for (std::size_t before = 0; before != segments();) {
            append(900);
            before = segments();
            append(901);
        }
        if (closed) {
            EXPECT_TRUE(world_.log->close().ok());
        }
        all_ = world_.committed;
        Image image;
        for (const std::string& path : world_.disk.paths()) {
            if (path.ends_with(".log")) {
                image[path] = world_.disk.content(path);
            }
        }
        EXPECT_GE(image.size(), 3U);
        return image;
    }
    void append(std::uint64_t number) {
        world_.append(0, sample(number, 5));
        world_.settle();
    }
    [[nodiscard]] std::size_t segments() const {
        const auto is_segment = [](const std::string& path) { return path.ends_with(".log"); };
        return static_cast<std::size_t>(std::ranges::count_if(world_.disk.paths(), is_segment));
    }
    /// What a start on these files reads, from its own beginning.
    Result<LogWorld::Records> read(const Image& image, LogPosition from = {}) {
        LogWorld world;
        world.options.segment_bytes = 640;
        for (const auto& [path, content] : image) {
            world.disk.put(path, content);
        }
        if (auto opened = world.open(); !opened.ok()) {
            return std::move(opened).error();
        }
        return world.read(from);
    }
    void expect_refusal(const Image& image, std::string_view words) {
        const auto found = read(image);
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, ErrorCode::internal);
        EXPECT_NE(found.error().detail.find(words), std::string::npos) << found.error().detail;
        EXPECT_NE(found.error().detail.find("backup"), std::string::npos) << found.error().detail;
    }
    /// Every record, or all but those of the newest group.
    [[nodiscard]] bool is_prefix(const LogWorld::Records& found, std::size_t may_lack) const {
        if (found.size() > all_.size() || found.size() + may_lack < all_.size()) {
            return false;
        }
        return std::ranges::equal(
            found, std::ranges::subrange(all_.begin(), std::next(all_.begin(), std::ssize(found)))
        );
    }

    LogWorld world_;
    LogWorld::Records all_;
};

TEST_F(SegmentLogDamage, AnyFlippedBitIsNoticedOrHarmless) {
    for (const bool closed : {true, false}) {
        world_.stop();
        world_.disk.restart(fakes::FakeDisk::Survival::nothing);
        for (const std::string& path : world_.disk.paths()) {
            ASSERT_TRUE(world_.disk.remove(path).ok());
        }
        world_.committed.clear();
        const Image image = make(closed);
        // The newest group has one or two records; only without a mark behind it can it be cut.
        const std::size_t may_lack = closed ? 0 : 4;
        std::size_t noticed = 0;
        for (const auto& [path, content] : image) {
            for (std::size_t at = 0; at < content.size(); ++at) {
                Image flipped = image;
                const unsigned bit = 1U << (at % 8);
                flipped[path][at] =
                    static_cast<char>(static_cast<unsigned char>(content[at]) ^ bit);
                const auto found = read(flipped);
                noticed += found.ok() ? 0 : 1;
                ASSERT_TRUE(!found.ok() || is_prefix(*found, may_lack)) << path << " byte " << at;
                ASSERT_TRUE(found.ok() || found.error().code == ErrorCode::internal);
            }
        }
        EXPECT_GT(noticed, 1'000U);
    }
}

// What takes the newest group and the mark behind it at once cannot be told from a torn end.
TEST_F(SegmentLogDamage, AnyLostSectorIsNoticedOrHarmless) {
    const Image image = make(true);
    for (const auto& [path, content] : image) {
        for (const char with : {'\0', '\xFF', 'x'}) {
            for (std::size_t at = 0; at < content.size(); at += 64) {
                Image lost = image;
                lost[path].replace(at, std::min<std::size_t>(64, content.size() - at), 64, with);
                lost[path].resize(content.size());
                const auto found = read(lost);
                const std::size_t may_lack = path == image.rbegin()->first ? 2 : 0;
                ASSERT_TRUE(!found.ok() || is_prefix(*found, may_lack)) << path << " byte " << at;
            }
        }
    }
}

TEST_F(SegmentLogDamage, BytesOfOnePlaceAreNotTakenForAnother) {
    const Image image = make(true);
    for (const auto& [path, content] : image) {
        for (const auto& [other, source] : image) {
            Image mixed = image;
            mixed[path].replace(64, std::string::npos, source, 64);
            const auto found = read(mixed);
            ASSERT_TRUE(!found.ok() || is_prefix(*found, 0)) << path << " from " << other;
            EXPECT_EQ(found.ok(), path == other);
        }
        for (std::size_t shift = 1; shift < 200; shift += 7) {
            Image shifted = image;
            shifted[path] =
                content.substr(0, 64) + content.substr(64 + shift) + std::string(shift, '\0');
            const auto found = read(shifted);
            ASSERT_FALSE(found.ok()) << path << " by " << shift;
        }
    }
}

TEST_F(SegmentLogDamage, TheRefusalNamesFileAndPlace) {
    Image image = make(true);
    auto& [path, content] = *image.begin();
    content[64 + 40 + 3] ^= 1;  // The first group is an empty one, of the start.
    expect_refusal(image, path + " at byte 104");
}

TEST_F(SegmentLogDamage, ATornEndIsCutAndNothingOfItStays) {
    const Image image = make(false);
    const std::string& path = image.rbegin()->first;
    LogWorld torn;
    torn.options = world_.options;
    for (const auto& [name, content] : image) {
        torn.disk.put(name, content);
    }
    std::string last = image.rbegin()->second;
    const std::size_t end = last.find_last_not_of('\0');
    last[end] = static_cast<char>(last[end] ^ 1);
    torn.disk.put(path, last);
    ASSERT_TRUE(torn.open().ok());
    const auto found = torn.read();
    ASSERT_TRUE(found.ok()) << found.error().detail;
    EXPECT_LT(found->size(), all_.size());
    EXPECT_TRUE(is_prefix(*found, 4));
    // Behind the mark of this start there are zeros again.
    EXPECT_LT(torn.disk.content(path).find_last_not_of('\0'), end);
}

TEST_F(SegmentLogDamage, WhatAStartHasReadIsKnownToBeSynced) {
    const std::string path = make(false).rbegin()->first;
    const std::size_t end = world_.disk.content(path).find_last_not_of('\0');
    world_.stop();
    ASSERT_TRUE(world_.open().ok());
    std::string content = world_.disk.content(path);
    content[end] = static_cast<char>(content[end] ^ 1);
    Image image;
    for (const std::string& name : world_.disk.paths()) {
        image[name] = name == path ? content : world_.disk.content(name);
    }
    expect_refusal(image, "a group that was synced is unreadable");
}

TEST_F(SegmentLogDamage, AGroupThatDoesNotFollowTheOneBeforeItIsRefused) {
    Image image = make(true);
    SegmentHeader header = *decode_segment_header(binary::as_bytes(image.begin()->second));
    std::string frame(kGroupHeaderBytes, '\0');
    std::string content = image.begin()->second.substr(0, kSegmentHeaderBytes);
    for (const std::uint64_t synced : {0U, 5U}) {
        const GroupPlace place{.segment_id = header.id, .file_offset = content.size()};
        seal_group(std::as_writable_bytes(std::span(frame)), place, 0, synced + 1, synced);
        content += frame;
    }
    content.resize(header.size);
    expect_refusal({{image.begin()->first, content}}, "at byte 104: this group follows offset 5");
}

TEST_F(SegmentLogDamage, MissingFilesAreNoticed) {
    const Image image = make(true);
    const auto positions = all_;
    for (const auto& [path, content] : image) {
        Image fewer = image;
        fewer.erase(path);
        if (path == image.rbegin()->first) {
            // Without its last file a log is a shorter log: the store knows better.
            EXPECT_TRUE(read(fewer).ok());
            const auto found = read(fewer, {1, positions.rbegin()->first});
            ASSERT_FALSE(found.ok());
            EXPECT_NE(found.error().detail.find("ahead"), std::string::npos);
        } else if (path == image.begin()->first) {
            expect_refusal(fewer, "begins after offset");
        } else {
            expect_refusal(fewer, "missing");
        }
    }
}

TEST_F(SegmentLogDamage, ShortLongAndRenamedFilesAreRefused) {
    const Image image = make(true);
    for (const auto& [path, content] : image) {
        for (const std::size_t size : {0U, 10U, 63U, 64U, 300U, 639U, 641U, 900U}) {
            Image other = image;
            other[path].resize(size);
            EXPECT_FALSE(read(other).ok()) << path << " with " << size;
        }
        Image renamed = image;
        renamed.erase(path);
        renamed["/log/00000000000000009999.log"] = content;
        EXPECT_FALSE(read(renamed).ok());
        Image copied = image;
        copied["/log/00000000000000009999.log"] = content;
        EXPECT_FALSE(read(copied).ok());
    }
    Image strange = image;
    strange["/log/notes.txt"] = "not ours";
    strange["/log/7.log"] = "not ours either";
    strange["/log/prepared.tmp"] = "left by a crash";
    EXPECT_TRUE(read(strange).ok());
}

void rewrite_header(std::string& content, std::size_t at, std::uint32_t value) {
    std::string bytes;
    binary::put_u32(bytes, value);
    content.replace(at, bytes.size(), bytes);
    bytes.clear();
    binary::put_u32(bytes, crc32c(binary::as_bytes(content).first(60)));
    content.replace(60, bytes.size(), bytes);
}

TEST_F(SegmentLogDamage, ANewerFormatIsNamed) {
    Image image = make(true);
    rewrite_header(image.rbegin()->second, 8, 2);
    expect_refusal(image, "format version 2");
}

TEST_F(SegmentLogDamage, AnEpochThatGoesBackIsRefused) {
    Image image = make(true);
    rewrite_header(image.begin()->second, 12, 9);
    expect_refusal(image, "epoch");
}

TEST_F(SegmentLogDamage, OldSegmentsAreNotReadWhenTheStoreIsPastThem) {
    Image image = make(true);
    image.begin()->second[200] ^= 1;
    EXPECT_FALSE(read(image).ok());
    const auto found = read(image, {1, all_.rbegin()->first - 1});
    ASSERT_TRUE(found.ok()) << found.error().detail;
    EXPECT_EQ(found->size(), 1U);
}

}  // namespace
}  // namespace parley::log
