// The power goes, or a call fails, at every disk call of a log's life in turn.

#include "adapters/log/log_fixture_test.h"

namespace parley::log {
namespace {

using Survival = fakes::FakeDisk::Survival;

constexpr Survival kSurvivals[] = {
    Survival::killed, Survival::nothing, Survival::everything, Survival::prefix, Survival::sectors
};
constexpr std::size_t kWays = std::size(kSurvivals);

/// Opens and lives, as far as the disk lets it; answers up to where it released.
std::uint64_t open_and_live(LogWorld& world, std::uint64_t first_number, bool release) {
    if (!world.open().ok()) {
        return 0;
    }
    return live(world, first_number, release);
}

/// Whatever was not answered may or may not be in the log.
void crash(LogWorld& world, Survival survival, std::uint64_t seed) {
    for (auto& [offset, appended] : world.waiting) {
        world.unknown[offset] = std::move(appended.second);
    }
    world.stop();
    world.disk.restart(survival, seed);
}

void check_and_go_on(LogWorld& world, std::uint64_t released) {
    const auto opened = world.open();
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    world.check_after_crash(released);
    // What was read after a crash is the log from now on, also when the power goes at once.
    crash(world, Survival::nothing, 0);
    ASSERT_TRUE(world.open().ok());
    world.check_after_crash(released);
    live(world, 1'000, false);
    ASSERT_FALSE(world.log->failed());
    crash(world, Survival::nothing, 0);
    ASSERT_TRUE(world.open().ok());
    world.check_after_crash(released);
    EXPECT_FALSE(world.disk.synced_after_failure());
}

std::uint64_t calls_of_a_life(bool release) {
    LogWorld world;
    open_and_live(world, 1, release);
    return world.disk.calls();
}

void cut_at(std::uint64_t call, bool release, Survival survival, std::uint64_t seed) {
    SCOPED_TRACE(
        "call " + std::to_string(call) + " survival " + std::to_string(static_cast<int>(survival)) +
        " seed " + std::to_string(seed)
    );
    LogWorld world;
    world.disk.cut_power_at(call);
    const std::uint64_t released = open_and_live(world, 1, release);
    crash(world, survival, seed * 977 + call);
    check_and_go_on(world, released);
}

TEST(SegmentLogCrash, APowerCutAtEveryCallLosesNothingThatWasTold) {
    for (const bool release : {false, true}) {
        const std::uint64_t calls = calls_of_a_life(release);
        ASSERT_GT(calls, 40U);
        for (std::uint64_t call = 1; call <= calls + 1 && !HasFailure(); ++call) {
            for (const Survival survival : kSurvivals) {
                const std::uint64_t seeds = survival >= Survival::prefix ? 4 : 1;
                for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
                    cut_at(call, release, survival, seed);
                }
            }
        }
    }
}

TEST(SegmentLogCrash, APowerCutDuringTheStartAfterAPowerCutLosesNothingEither) {
    const std::uint64_t calls = calls_of_a_life(false);
    for (std::uint64_t call = 3; call <= calls; call += 2) {
        for (std::uint64_t again = 1; again < 14; ++again) {
            const Survival survival = kSurvivals[(call + again) % kWays];
            SCOPED_TRACE("calls " + std::to_string(call) + ", " + std::to_string(again));
            LogWorld world;
            world.disk.cut_power_at(call);
            open_and_live(world, 1, false);
            crash(world, survival, call);
            world.disk.cut_power_at(world.disk.calls() + again);
            (void)world.open();
            crash(world, kSurvivals[again % kWays], again);
            check_and_go_on(world, 0);
            if (testing::Test::HasFailure()) {
                return;
            }
        }
    }
}

TEST(SegmentLogCrash, AFullDiskAtEveryCallRefusesAndGoesOn) {
    const std::uint64_t calls = calls_of_a_life(false);
    std::size_t refusals = 0;
    for (std::uint64_t call = 1; call <= calls; ++call) {
        for (const Survival survival : kSurvivals) {
            // With the power cut soon after, too: what was refused must not be there then.
            for (std::uint64_t cut_after = 2; cut_after < 6; ++cut_after) {
                SCOPED_TRACE("call " + std::to_string(call));
                LogWorld world;
                world.disk.fail_at(call, {ErrorCode::unavailable, "no space left"});
                world.disk.cut_power_at(cut_after < 5 ? call + cut_after : ~0ULL);
                open_and_live(world, 1, false);
                refusals += world.refused.size();
                crash(world, survival, call + cut_after);
                check_and_go_on(world, 0);
                if (testing::Test::HasFailure()) {
                    return;
                }
            }
        }
    }
    EXPECT_GT(refusals, 100U);
}

TEST(SegmentLogCrash, AnErrorAtEveryCallEndsTheLogOrIsHarmless) {
    const std::uint64_t calls = calls_of_a_life(false);
    std::size_t failures = 0;
    for (std::uint64_t call = 1; call <= calls; ++call) {
        for (const Survival survival : kSurvivals) {
            SCOPED_TRACE("call " + std::to_string(call));
            LogWorld world;
            world.disk.fail_at(call, {ErrorCode::internal, "input/output error"});
            open_and_live(world, 1, false);
            if (world.log != nullptr && world.log->failed()) {
                ++failures;
                EXPECT_FALSE(world.append(0, sample(1)).has_value());
            }
            EXPECT_TRUE(world.refused.empty());
            crash(world, survival, call);
            check_and_go_on(world, 0);
            if (testing::Test::HasFailure()) {
                return;
            }
        }
    }
    EXPECT_GT(failures, 40U);
}

}  // namespace
}  // namespace parley::log
