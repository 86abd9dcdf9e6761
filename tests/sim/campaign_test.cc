#include "tests/sim/campaign.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::sim {
namespace {

/// Not a simulation: seeds that pass, but for those that a test wants otherwise.
SeedResult pretend(const SeedOptions& options) {
    SeedResult result;
    result.trace_hash = options.seed;
    result.simulated = std::chrono::seconds{1};
    result.tally.add(Count::crashes, options.seed);
    return result;
}
SeedResult pretend_with_bad_ones(const SeedOptions& options) {
    if (options.seed == 17) {
        std::_Exit(3);  // without a word
    }
    SeedResult result = pretend(options);
    if (options.seed % 20 == 5) {
        result.problems.emplace_back("it did not agree");
    }
    return result;
}
SeedResult pretend_with_chance(const SeedOptions& options) {
    static std::uint64_t calls = 0;
    SeedResult result = pretend(options);
    result.trace_hash += ++calls;
    return result;
}

class Campaigns : public testing::Test {
protected:
    void SetUp() override {
        const std::string name = "parley_campaign_" + std::to_string(::getpid());
        file_ = (std::filesystem::temp_directory_path() / name).string();
        std::filesystem::remove(file_);
    }
    void TearDown() override { std::filesystem::remove(file_); }
    std::string file_;
};

TEST_F(Campaigns, RunEverySeedOnce) {
    for (const unsigned jobs : {1U, 3U}) {
        const auto progress =
            run_campaign({.from = 1, .seeds = 100, .jobs = jobs, .run = pretend}, {});
        ASSERT_TRUE(progress.ok());
        EXPECT_EQ(progress->totals.passed, 100U);
        EXPECT_EQ(progress->totals.failed, 0U);
        EXPECT_EQ(progress->totals.twice, 2U);
        EXPECT_EQ(progress->totals.simulated_ms, 100'000U);
        EXPECT_EQ(progress->totals.tally[Count::crashes], 5050U);
        EXPECT_EQ(progress->done.ranges(), (std::vector<SeedRanges::Range>{{1, 101}}));
    }
}

TEST_F(Campaigns, CountBadSeedsAndThoseWhoseProcessDies) {
    const auto progress =
        run_campaign({.from = 1, .seeds = 100, .jobs = 2, .run = pretend_with_bad_ones}, {});
    ASSERT_TRUE(progress.ok());
    EXPECT_EQ(progress->totals.seeds(), 100U);
    EXPECT_EQ(progress->totals.failed, 6U);
    auto bad = progress->bad;
    std::ranges::sort(bad);
    EXPECT_EQ(bad, (std::vector<std::uint64_t>{5, 17, 25, 45, 65, 85}));
    EXPECT_EQ(progress->totals.tally[Count::crashes], 5050U - 17);
}

TEST_F(Campaigns, FindThatASeedIsNotTheSameTwice) {
    const auto progress =
        run_campaign({.from = 1, .seeds = 100, .jobs = 1, .run = pretend_with_chance}, {});
    ASSERT_TRUE(progress.ok());
    EXPECT_EQ(progress->bad, (std::vector<std::uint64_t>{40, 80}));
}

TEST_F(Campaigns, GoOnFromTheirProgressFile) {
    const CampaignOptions short_one{
        .from = 1, .seeds = 50, .jobs = 2, .progress_file = file_, .run = pretend_with_bad_ones
    };
    ASSERT_TRUE(run_campaign(short_one, {}).ok());
    CampaignOptions longer = short_one;
    longer.seeds = 120;
    longer.run = pretend;  // bad ones are only among those that ran before
    const auto progress = run_campaign(longer, {});
    ASSERT_TRUE(progress.ok());
    EXPECT_EQ(progress->totals.seeds(), 120U);
    EXPECT_EQ(progress->totals.failed, 4U);
    // Nothing is left to do.
    EXPECT_EQ(run_campaign(longer, {})->totals.seeds(), 120U);
}

TEST_F(Campaigns, BeginAnewWhenAnotherProgramMadeTheFile) {
    // By its content, or by what is said to be its source.
    for (const std::uint64_t source : {0UL, 17UL}) {
        Progress other;
        other.program = source != 0 ? source + 1 : hash_of_program() + 1;
        other.done.add(1, 51);
        other.totals.passed = 50;
        std::ofstream{file_} << other.text();
        const auto progress = run_campaign(
            {.from = 1,
             .seeds = 50,
             .jobs = 2,
             .progress_file = file_,
             .program = source,
             .run = pretend_with_bad_ones},
            {}
        );
        ASSERT_TRUE(progress.ok());
        EXPECT_EQ(progress->totals.seeds(), 50U);
        EXPECT_EQ(progress->totals.failed, 4U);
    }
}

TEST_F(Campaigns, GoOnWithAProgramOfTheSameSource) {
    Progress other;
    other.program = 17;
    other.done.add(1, 51);
    other.totals.passed = 50;
    std::ofstream{file_} << other.text();
    const auto progress = run_campaign(
        {.from = 1, .seeds = 60, .jobs = 2, .progress_file = file_, .program = 17, .run = pretend},
        {}
    );
    ASSERT_TRUE(progress.ok());
    EXPECT_EQ(progress->totals.seeds(), 60U);
    EXPECT_EQ(Progress::parse(progress->text())->program, 17U);
}

TEST_F(Campaigns, RefuseAFileThatIsNone) {
    std::ofstream{file_} << "something else\n";
    EXPECT_FALSE(run_campaign({.progress_file = file_, .run = pretend}, {}).ok());
}

TEST_F(Campaigns, MayStopAtTheFirstFailure) {
    const auto progress = run_campaign(
        {.from = 18, .seeds = 100, .jobs = 1, .stop_at_failure = true, .run = pretend_with_bad_ones
        },
        {}
    );
    ASSERT_TRUE(progress.ok());
    EXPECT_EQ(progress->bad, std::vector<std::uint64_t>{25});
}

}  // namespace
}  // namespace parley::sim
