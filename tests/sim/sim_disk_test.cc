#include "tests/sim/sim_disk.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

using runtime::OpenMode;

struct Disks {
    explicit Disks(std::uint64_t seed) : simulation(seed) { make("/data"); }
    void make(const std::string& directory) { ASSERT_TRUE(disk.make_directory(directory).ok()); }
    std::unique_ptr<runtime::File> create(const std::string& path) {
        return std::move(disk.open(path, OpenMode::create_new)).value();
    }
    /// The content, or "gone".
    std::string read(const std::string& path) {
        auto file = disk.open(path, OpenMode::read_only);
        if (!file.ok()) {
            return "gone";
        }
        std::string text((*file)->size().value(), '\0');
        const auto got = (*file)->read_at(0, std::as_writable_bytes(std::span{text}));
        EXPECT_EQ(got.value(), text.size());
        return text;
    }
    static Result<void> write(runtime::File& file, std::uint64_t offset, std::string_view text) {
        return file.write_at(offset, std::as_bytes(std::span{text}));
    }

    Simulation simulation;
    DiskContents contents{simulation};
    Process process{simulation, 1};
    SimDisk disk{process, contents};
};

TEST(SimDisk, WhatWasSyncedSurvivesAPowerCutAndTheRestMayNot) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        ASSERT_TRUE(Disks::write(*file, 0, "kept").ok());
        ASSERT_TRUE(file->sync().ok());
        ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
        ASSERT_TRUE(Disks::write(*file, 4, "+1").ok());
        EXPECT_EQ(disks.read("/data/a"), "kept+1");
        disks.contents.crash(Survival::synced);
        seen.insert(disks.read("/data/a"));
    }
    EXPECT_EQ(seen, (std::set<std::string>{"kept", "kept+1"}));
}

TEST(SimDisk, AProcessThatDiesAloneLosesNothingItHadWritten) {
    Disks disks{1};
    const auto file = disks.create("/data/a");
    ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
    disks.contents.crash(Survival::everything);
    EXPECT_EQ(disks.read("/data/a"), "text");
}

TEST(SimDisk, AnEntryThatWasNotSyncedMayBeGone) {
    int gone = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
        ASSERT_TRUE(file->sync().ok());
        disks.contents.crash(Survival::synced);
        const std::string content = disks.read("/data/a");
        EXPECT_TRUE(content == "gone" || content == "text");
        gone += content == "gone" ? 1 : 0;
    }
    EXPECT_GT(gone, 5);
    EXPECT_LT(gone, 45);
}

TEST(SimDisk, ARenameIsBeforeOrAfterNeverBoth) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disks disks{seed};
        for (const char* path : {"/data/a", "/data/b"}) {
            const auto file = disks.create(path);
            ASSERT_TRUE(Disks::write(*file, 0, path).ok());
            ASSERT_TRUE(file->sync().ok());
        }
        ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
        ASSERT_TRUE(disks.disk.rename("/data/a", "/data/b").ok());
        disks.contents.crash(Survival::synced);
        seen.insert(disks.read("/data/a") + " " + disks.read("/data/b"));
    }
    EXPECT_EQ(seen, (std::set<std::string>{"/data/a /data/b", "gone /data/a"}));
}

TEST(SimDisk, ADirectoryIsDurableOnceItIsMade) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Disks disks{seed};
        disks.make("/data/log");
        disks.contents.crash(Survival::synced);
        EXPECT_TRUE(disks.disk.list("/data/log").ok());
    }
}

TEST(SimDisk, ADirectoryThatIsGoneTakesItsFilesWithIt) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disks disks{seed};
        disks.contents.options.ignore_directory_syncs = true;
        disks.make("/data/log");
        disks.contents.options.ignore_directory_syncs = false;
        const auto file = disks.create("/data/log/1");
        ASSERT_TRUE(file->sync().ok());
        ASSERT_TRUE(disks.disk.sync_directory("/data/log").ok());
        disks.contents.crash(Survival::synced);
        const auto names = disks.disk.list("/data/log");
        lost = lost || !names.ok();
        if (names.ok()) {
            EXPECT_EQ(names.value(), std::vector<std::string>{"1"});
        }
    }
    EXPECT_TRUE(lost);
}

TEST(SimDisk, AWriteIsTornAtSectors) {
    std::set<std::string> kinds;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        ASSERT_TRUE(Disks::write(*file, 0, std::string(2048, '0')).ok());
        ASSERT_TRUE(file->sync().ok());
        ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
        ASSERT_TRUE(Disks::write(*file, 0, std::string(2048, '1')).ok());
        disks.contents.crash(Survival::synced);
        const std::string content = disks.read("/data/a");
        ASSERT_EQ(content.size(), 2048U);
        std::string kind;
        for (std::size_t sector = 0; sector < 4; ++sector) {
            const std::string part = content.substr(sector * 512, 512);
            EXPECT_EQ(part, std::string(512, part.front()));
            kind += part.front();
        }
        kinds.insert(kind);
    }
    EXPECT_TRUE(kinds.contains("0000"));
    EXPECT_TRUE(kinds.contains("1111"));
    EXPECT_TRUE(kinds.contains("1100"));
    EXPECT_GT(kinds.size(), 6U);
}

TEST(SimDisk, AFullDiskTakesWhatHasRoomAlready) {
    Disks disks{1};
    const auto file = disks.create("/data/a");
    ASSERT_TRUE(file->preallocate(8).ok());
    disks.contents.options.full = true;
    EXPECT_TRUE(Disks::write(*file, 0, "12345678").ok());
    EXPECT_EQ(Disks::write(*file, 4, "abcdefgh").error().code, ErrorCode::unavailable);
    EXPECT_EQ(disks.read("/data/a"), "1234abcd");
    EXPECT_EQ(file->preallocate(16).error().code, ErrorCode::unavailable);
    EXPECT_EQ(
        disks.disk.open("/data/b", OpenMode::create_new).error().code, ErrorCode::unavailable
    );
    disks.contents.options.full = false;
    EXPECT_TRUE(file->preallocate(16).ok());
}

TEST(SimDisk, AFailedSyncLosesSomethingThatReadsStillShow) {
    const std::string meant(512UL * 64, 'x');
    Disks disks{3};
    const auto file = disks.create("/data/a");
    ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
    ASSERT_TRUE(Disks::write(*file, 0, meant).ok());
    disks.contents.options.sync_error_chance = 1;
    EXPECT_EQ(file->sync().error().code, ErrorCode::internal);
    EXPECT_EQ(disks.contents.lost_writes().path, "/data/a");
    EXPECT_EQ(disks.simulation.tally[Count::sync_failures], 1U);
    disks.contents.options.sync_error_chance = 0;
    // The next process finds what the kernel has in memory, and its sync has nothing to write.
    disks.contents.crash(Survival::everything);
    EXPECT_EQ(disks.read("/data/a"), meant);
    const auto again = std::move(disks.disk.open("/data/a", OpenMode::existing)).value();
    EXPECT_TRUE(again->sync().ok());
    EXPECT_TRUE(disks.contents.misuse().empty());
    disks.contents.crash(Survival::synced);
    EXPECT_NE(disks.read("/data/a"), meant);
}

TEST(SimDisk, WhatIsWrittenAgainAfterAFailedSyncIsKept) {
    Disks disks{3};
    const auto file = disks.create("/data/a");
    ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
    ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
    disks.contents.options.sync_error_chance = 1;
    EXPECT_FALSE(file->sync().ok());
    disks.contents.options.sync_error_chance = 0;
    const auto again = std::move(disks.disk.open("/data/a", OpenMode::existing)).value();
    ASSERT_TRUE(Disks::write(*again, 0, "text").ok());
    ASSERT_TRUE(again->sync().ok());
    disks.contents.crash(Survival::synced);
    EXPECT_EQ(disks.read("/data/a"), "text");
}

TEST(SimDisk, ASyncThatIsRepeatedAfterItFailedIsMisuse) {
    Disks disks{3};
    const auto file = disks.create("/data/a");
    disks.contents.options.sync_error_chance = 1;
    EXPECT_FALSE(file->sync().ok());
    disks.contents.options.sync_error_chance = 0;
    EXPECT_TRUE(file->sync().ok());  // as the kernel says, and it is not true
    EXPECT_EQ(disks.contents.misuse().size(), 1U);
}

TEST(SimDisk, OnADeadDiskNoSyncSucceeds) {
    Disks disks{3};
    disks.contents.options.syncs_fail = true;
    for (const char* path : {"/data/a", "/data/b"}) {
        const auto file = disks.create(path);
        EXPECT_EQ(file->sync().error().code, ErrorCode::internal);
    }
    EXPECT_FALSE(disks.disk.sync_directory("/data").ok());
    disks.contents.options.syncs_fail = false;
    EXPECT_TRUE(disks.disk.sync_directory("/data").ok());
}

TEST(SimDisk, AFailedDirectorySyncKeepsNothingAndALaterOneDoes) {
    Disks disks{3};
    const auto file = disks.create("/data/a");
    disks.contents.options.sync_error_chance = 1;
    EXPECT_FALSE(disks.disk.sync_directory("/data").ok());
    disks.contents.options.sync_error_chance = 0;
    EXPECT_TRUE(disks.disk.sync_directory("/data").ok());
    disks.contents.crash(Survival::synced);
    EXPECT_EQ(disks.read("/data/a"), "");
}

TEST(SimDisk, AFailedWriteMayHaveWrittenTheFirstPart) {
    std::set<std::size_t> lengths;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        disks.contents.options.write_error_chance = 1;
        EXPECT_EQ(Disks::write(*file, 0, "1234").error().code, ErrorCode::internal);
        const std::string content = disks.read("/data/a");
        EXPECT_TRUE(std::string_view{"1234"}.starts_with(content));
        lengths.insert(content.size());
    }
    EXPECT_EQ(lengths.size(), 5U);
}

/// 8,192 bytes of '0', synced, and then `unsynced` written at `offset`; what a power cut leaves.
std::string after_power_cut(
    std::uint64_t seed, double garbage_chance, std::uint64_t offset, std::string_view unsynced
) {
    Disks disks{seed};
    disks.contents.options.garbage_chance = garbage_chance;
    const auto file = disks.create("/data/a");
    EXPECT_TRUE(Disks::write(*file, 0, std::string(8192, '0')).ok());
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(disks.disk.sync_directory("/data").ok());
    EXPECT_TRUE(Disks::write(*file, offset, unsynced).ok());
    disks.contents.crash(Survival::synced);
    return disks.read("/data/a");
}

TEST(SimDisk, NoiseIsWhereSomethingUnsyncedWasAndNowhereElse) {
    int noisy = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string content = after_power_cut(seed, 1, 1000, std::string(2000, '1'));
        ASSERT_EQ(content.size(), 8192U);
        EXPECT_EQ(content.substr(0, 1000), std::string(1000, '0'));
        EXPECT_EQ(content.substr(3000), std::string(5192, '0'));
        noisy += content.find_first_not_of("01") != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(noisy, 50);
    EXPECT_LT(noisy, 200);
}

TEST(SimDisk, WithoutGarbageThereIsNoNoise) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string content = after_power_cut(seed, 0, 1000, std::string(2000, '1'));
        EXPECT_EQ(content.find_first_not_of("01"), std::string::npos);
    }
}

TEST(SimDisk, WritingAgainWhatIsThereCannotHarmIt) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        EXPECT_EQ(after_power_cut(seed, 1, 0, std::string(8192, '0')), std::string(8192, '0'));
    }
}

TEST(SimDisk, SometimesWholePagesComeThrough) {
    int by_page = 0;
    int by_sector = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string content = after_power_cut(seed, 0, 0, std::string(8192, '1'));
        bool whole = true;
        for (std::size_t page = 0; page < 2; ++page) {
            const std::string part = content.substr(page * 4096, 4096);
            whole = whole && part == std::string(4096, part.front());
        }
        by_page += whole && content.front() != content.back() ? 1 : 0;
        by_sector += whole ? 0 : 1;
    }
    EXPECT_GT(by_page, 10);
    EXPECT_GT(by_sector, 20);
}

TEST(SimDisk, ASlowDiskTakesItsTime) {
    Disks disks{1};
    disks.contents.options.slow_chance = 1;
    disks.contents.options.slow_max = std::chrono::milliseconds{500};
    const auto file = disks.create("/data/a");
    const Duration before = disks.simulation.now();
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
        ASSERT_TRUE(file->sync().ok());
    }
    EXPECT_GT(disks.simulation.now() - before, std::chrono::seconds{2});
    EXPECT_EQ(disks.simulation.tally[Count::slow_calls], 20U);
}

TEST(SimDisk, EveryByteIsInTheTrace) {
    const auto hash = [](std::string_view text) {
        Disks disks{1};
        const auto file = disks.create("/data/a");
        EXPECT_TRUE(Disks::write(*file, 0, text).ok());
        return disks.simulation.trace_hash();
    };
    EXPECT_EQ(hash("some words"), hash("some words"));
    EXPECT_NE(hash("some words"), hash("some wards"));
}

TEST(SimDisk, TheDeadWriteNothing) {
    Disks disks{1};
    const auto file = disks.create("/data/a");
    ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
    disks.process.kill();
    EXPECT_TRUE(Disks::write(*file, 0, "done").ok());  // it never learns
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(disks.disk.remove("/data/a").ok());
    disks.contents.crash(Survival::synced);
    Process next{disks.simulation, 2};
    SimDisk disk{next, disks.contents};
    EXPECT_TRUE(disk.open("/data/a", OpenMode::existing).ok());
    EXPECT_EQ(disks.read("/data/a"), "text");
}

TEST(SimDisk, AProcessDiesInsideTheCallThatWasChosenWhichHappensOrNot) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
        disks.process.kill_at_disk_call(2);
        ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
        EXPECT_FALSE(disks.process.dead());
        ASSERT_TRUE(file->sync().ok());
        EXPECT_TRUE(disks.process.dead());
        disks.contents.crash(Survival::everything);
        seen.insert(disks.read("/data/a"));
    }
    EXPECT_EQ(seen, std::set<std::string>{"text"});
}

TEST(SimDisk, ASyncThatComesLateIsTooLateForSome) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disks disks{seed};
        const auto file = disks.create("/data/a");
        ASSERT_TRUE(disks.disk.sync_directory("/data").ok());
        ASSERT_TRUE(Disks::write(*file, 0, "text").ok());
        disks.contents.options.sync_late_by = std::chrono::milliseconds{10};
        ASSERT_TRUE(file->sync().ok());
        disks.simulation.run_until(std::chrono::milliseconds{5});
        disks.contents.crash(Survival::synced);
        seen.insert(disks.read("/data/a"));
    }
    EXPECT_EQ(seen, (std::set<std::string>{"", "text"}));
}

}  // namespace
}  // namespace parley::sim
