// A seed's history is the same to the checker as a file and in memory.

#include <cstdio>
#include <string>
#include <variant>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/history/checker.h"
#include "tests/history/reader.h"
#include "tests/sim/scenario.h"

namespace parley::sim {
namespace {

TEST(HistoryFile, OfASeedHoldsAndHasAllAcks) {
    const std::string path =
        testing::TempDir() + "parley_sim_" + std::to_string(::getpid()) + ".jsonl";
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const SeedResult result = run_seed({.seed = seed, .history_file = path});
        EXPECT_TRUE(result.problems.empty()) << "seed " << seed;
        const auto read = history::read_files({path});
        std::remove(path.c_str());
        ASSERT_TRUE(std::holds_alternative<history::History>(read))
            << std::get<history::Unreadable>(read).why;
        const history::History& seen = std::get<history::History>(read);
        EXPECT_TRUE(history::check(seen).holds()) << "seed " << seed;
        std::uint64_t acks = 0;
        for (const history::Event& event : seen.events) {
            acks += event.op == history::Op::ack ? 1 : 0;
        }
        EXPECT_EQ(acks, result.tally[Count::acknowledged]) << "seed " << seed;
    }
}

}  // namespace
}  // namespace parley::sim
