#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/server.h"

/// One seed: a server, some users with devices, a while of chatting under a random subset of faults, then
/// healing, agreement, one more power cut, and an audit.

namespace parley::sim {

struct SeedOptions {
    std::uint64_t seed = 1;
    bool print_trace = false;
    std::string history_file;  ///< written there as well; empty: nowhere
};

struct SeedResult {
    std::vector<std::string> problems;  ///< empty: passed. Else what is wrong, and what led to it
    std::uint64_t trace_hash = 0;
    Duration simulated{};
    Tally tally;
    std::uint64_t events = 0;  ///< of the simulation
};

[[nodiscard]] SeedResult run_seed(const SeedOptions& options);

}  // namespace parley::sim
