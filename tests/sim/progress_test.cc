#include "tests/sim/progress.h"

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

using Ranges = std::vector<SeedRanges::Range>;

TEST(SeedRanges, JoinWhatTouches) {
    SeedRanges seeds;
    seeds.add(10, 20);
    seeds.add(1, 5);
    seeds.add(5, 10);
    seeds.add(30, 30);
    seeds.add(40, 50);
    EXPECT_EQ(seeds.ranges(), (Ranges{{1, 20}, {40, 50}}));
}

TEST(SeedRanges, KnowWhatIsMissing) {
    SeedRanges seeds;
    EXPECT_EQ(seeds.missing(1, 10), (Ranges{{1, 10}}));
    seeds.add(3, 5);
    seeds.add(8, 20);
    EXPECT_EQ(seeds.missing(1, 10), (Ranges{{1, 3}, {5, 8}}));
    EXPECT_EQ(seeds.missing(4, 30), (Ranges{{5, 8}, {20, 30}}));
    EXPECT_EQ(seeds.missing(8, 20), Ranges{});
    EXPECT_EQ(seeds.missing(50, 60), (Ranges{{50, 60}}));
}

Progress some() {
    Progress progress;
    progress.program = 18'446'744'073'709'551'615ULL;
    progress.done.add(1, 1001);
    progress.done.add(2001, 3001);
    progress.bad = {17, 2500};
    progress.totals.passed = 1998;
    progress.totals.failed = 2;
    progress.totals.twice = 50;
    progress.totals.simulated_ms = 7'200'000;
    progress.totals.tally.add(Count::power_cuts, 321);
    progress.totals.tally.add(Count::delivered, 4'000'000);
    return progress;
}

TEST(Progress, IsReadAsItWasWritten) {
    const std::string text = some().text();
    const auto read = Progress::parse(text);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->text(), text);
    EXPECT_EQ(read->program, some().program);
    EXPECT_EQ(read->done.ranges(), some().done.ranges());
    EXPECT_EQ(read->bad, some().bad);
    EXPECT_EQ(read->totals.seeds(), 2000U);
    EXPECT_EQ(read->totals.tally[Count::power_cuts], 321U);
    EXPECT_EQ(read->totals.tally[Count::delivered], 4'000'000U);
}

TEST(Progress, IsNotReadFromAnythingElse) {
    for (const char* text : {"done 1", "passed", "passed x", "unheard_of 3", "{}"}) {
        EXPECT_FALSE(Progress::parse(text).has_value()) << text;
    }
}

TEST(Progress, HasFiguresForPeople) {
    const std::string text = figures(some());
    EXPECT_NE(text.find("| seeds | 2000 |"), std::string::npos);
    EXPECT_NE(text.find("| simulated hours | 2 |"), std::string::npos);
    EXPECT_NE(text.find("| power cuts | 321 |"), std::string::npos);
}

}  // namespace
}  // namespace parley::sim
