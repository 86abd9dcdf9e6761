#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/sim/scenario.h"

/// A small run of what parley_sim does at length: seeds pass, planted bugs are found, runs repeat.

namespace parley::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr std::uint64_t kMutantSeedsMax = 2000;

class Smoke : public testing::Test {
protected:
    static void SetUpTestSuite() { log::configure(log::Level::off, log::Format::text); }
};

std::string text_of(const SeedResult& result) {
    std::string text;
    for (const std::string& problem : result.problems) {
        text += problem + "\n";
    }
    return text;
}

/// The first seed that fails; 0 for none.
std::uint64_t first_failure(Mutant mutant) {
    for (std::uint64_t seed = 1; seed <= kMutantSeedsMax; ++seed) {
        if (!run_seed({.seed = seed, .mutant = mutant}).problems.empty()) {
            return seed;
        }
    }
    return 0;
}

TEST_F(Smoke, SeedsPass) {
    std::uint64_t deaths = 0;
    std::uint64_t acks = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const SeedResult result = run_seed({.seed = seed});
        EXPECT_TRUE(result.problems.empty()) << "parley_sim --seed " << seed << " --verbose\n"
                                             << text_of(result);
        deaths += result.deaths;
        acks += result.acks;
    }
    // A run in which nothing happens proves nothing.
    EXPECT_GT(deaths, kSeeds);
    EXPECT_GT(acks, kSeeds * 50);
}

TEST_F(Smoke, TheSameSeedGivesTheSameTraceTwice) {
    for (const std::uint64_t seed : {3U, 14U, 159U, 2653U, 58979U}) {
        const SeedResult once = run_seed({.seed = seed});
        const SeedResult twice = run_seed({.seed = seed});
        EXPECT_EQ(once.trace_hash, twice.trace_hash) << "seed " << seed;
        EXPECT_EQ(once.events, twice.events) << "seed " << seed;
    }
}

TEST_F(Smoke, AnAckBeforeTheSyncIsFound) {
    EXPECT_NE(first_failure(Mutant::ack_before_sync), 0U);
}
TEST_F(Smoke, SeqKeptFromMemoryIsFound) {
    EXPECT_NE(first_failure(Mutant::seq_from_memory), 0U);
}
TEST_F(Smoke, AFlushThatIsNoneIsFound) {
    EXPECT_NE(first_failure(Mutant::lost_flush), 0U);
}
TEST_F(Smoke, DirectoriesThatAreNotSyncedAreFound) {
    EXPECT_NE(first_failure(Mutant::no_directory_sync), 0U);
}
TEST_F(Smoke, AForgottenConversationIsFound) {
    EXPECT_NE(first_failure(Mutant::forgetful_directory), 0U);
}
TEST_F(Smoke, PostsOutOfOrderAreFound) {
    EXPECT_NE(first_failure(Mutant::shuffled_posts), 0U);
}

}  // namespace
}  // namespace parley::sim
