#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/rate_limiter.h"
#include "tests/sim/server.h"

/// One seed: a server, some users with devices, a while of chatting under a random subset of faults, then
/// healing, agreement, one more power cut, and an audit.

namespace parley::sim {

struct World;

/// What happens to a server when it is not chance that decides. Made before anything runs, destroyed before what
/// it was made with.
class Script {
public:
    virtual ~Script() = default;
    /// Server and clients have been started. Plans what it will do, as events of the world; answers how long to wait
    /// for that.
    [[nodiscard]] virtual Duration begin() = 0;
    /// From here on it does nothing more: everything heals.
    virtual void end() = 0;
};

struct SeedOptions {
    std::uint64_t seed = 1;
    /// Instead of random faults; then there are two users, with a device each. Null: chance.
    std::function<std::unique_ptr<Script>(World&, Server&)> script;
    std::optional<ports::RateRule> sends;  ///< how many a user may send; else as chance has it
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
