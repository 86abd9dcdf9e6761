#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/sim/regression_seeds.h"
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

Tally run_and_check(std::uint64_t seed) {
    const SeedResult result = run_seed({.seed = seed});
    EXPECT_TRUE(result.problems.empty()) << "./dev sim --seed " << seed << " --verbose\n"
                                         << text_of(result);
    return result.tally;
}

TEST_F(Smoke, SeedsPass) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        tally += run_and_check(seed);
    }
    // A run in which nothing happens proves nothing: every kind of fault has been there.
    for (std::size_t i = 0; i < kCounts; ++i) {
        const auto count = static_cast<Count>(i);
        EXPECT_GT(tally[count], 0U) << to_string(count);
    }
    EXPECT_GT(tally[Count::crashes], kSeeds);
    EXPECT_GT(tally[Count::acknowledged], kSeeds * 50);
}

TEST_F(Smoke, SeedsThatOnceFoundABugPass) {
    for (const std::uint64_t seed : kRegressionSeeds) {
        static_cast<void>(run_and_check(seed));
    }
}

/// Some have written more than the limit lets out in the 30 s in which they must agree else: that is no failure
/// of the server.
TEST_F(Smoke, WhatWaitsHasTheTimeThatTheLimitOnSendsNeeds) {
    Duration longest{};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const SeedResult result = run_seed(
            {.seed = seed, .script = {}, .sends = ports::RateRule{.per_second = 0.2, .burst = 2}}
        );
        EXPECT_TRUE(result.problems.empty()) << "seed " << seed << "\n" << text_of(result);
        longest = std::max(longest, result.simulated);
    }
    // Some needed the time: 35 s of talk, 30 s, and the audit are less.
    EXPECT_GT(longest, std::chrono::seconds{75});
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
