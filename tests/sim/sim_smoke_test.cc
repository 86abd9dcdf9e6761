#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/sim/scenario.h"

/// A small run of what parley_sim does at length: seeds pass, runs repeat. That planted bugs are found is shown
/// by tests/mutants.

namespace parley::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;

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

}  // namespace
}  // namespace parley::sim
