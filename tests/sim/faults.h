#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/server.h"

namespace parley::sim {

/// Which faults a seed has, and how often: a random subset, so that combinations meet and none hides
/// the others.
struct FaultPlan {
    bool kills = false;       ///< at a random event
    bool disk_kills = false;  ///< inside a random disk call
    bool power_cuts = false;  ///< deaths lose what was not synced
    bool graceful_stops = false;
    bool cuts = false;           ///< connections break
    bool stalls = false;         ///< connections are silent for a while
    bool silent_breaks = false;  ///< connections are silent for ever
    bool delays = false;
    bool tiny_pieces = false;
    bool small_window = false;
    bool full_disk = false;
    bool slow_syncs = false;
    bool failing_syncs = false;
    bool busy_pools = false;
    bool loop_stalls = false;
    bool clock_jumps = false;
    bool slow_readers = false;
    Duration mean_between = std::chrono::seconds{3};  ///< of each kind that comes and goes

    [[nodiscard]] static FaultPlan random(Rng& rng);
    [[nodiscard]] std::string describe() const;
};

/// Does what the plan says, from begin() to heal().
class Nemesis {
public:
    Nemesis(World& world, Server& server, FaultPlan plan);
    Nemesis(const Nemesis&) = delete;
    Nemesis& operator=(const Nemesis&) = delete;
    Nemesis(Nemesis&&) = delete;
    Nemesis& operator=(Nemesis&&) = delete;
    ~Nemesis() = default;

    void begin();
    /// Everything works from now on: what is down comes up, what was slow is fast.
    void heal();

private:
    void set_conditions();
    void repeat(bool wanted, Duration mean, std::function<void()> act);
    void schedule(Duration mean, std::size_t act);
    [[nodiscard]] Survival survival();

    World& world_;
    Server& server_;
    const FaultPlan plan_;
    const NetworkOptions calm_network_;
    const DiskOptions calm_disk_;
    const MachineOptions calm_machine_;
    std::vector<std::function<void()>> acts_;
    bool healed_ = false;
};

}  // namespace parley::sim
