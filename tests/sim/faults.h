#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/server.h"

namespace parley::sim {

/// Which faults a seed has, and how often: a random subset, thin or thick, so that combinations meet and none
/// hides the others (swarm testing: Groce et al., ISSTA 2012).
struct FaultPlan {
    // The process.
    bool kills = false;       ///< at a random event
    bool disk_kills = false;  ///< inside a random disk call
    bool power_cuts = false;  ///< deaths lose what was not synced
    bool graceful_stops = false;
    bool busy_pools = false;
    bool loop_stalls = false;
    // The network and who is behind it.
    bool cuts = false;            ///< connections break
    bool storms = false;          ///< all of them at once
    bool stalls = false;          ///< connections are silent for a while
    bool silent_breaks = false;   ///< for ever
    bool one_way_breaks = false;  ///< for ever, in one direction
    bool lost_answers = false;    ///< connections break when the server's bytes should arrive
    bool delays = false;          ///< what one connection carries overtakes what another does
    bool tiny_pieces = false;
    bool small_window = false;
    bool slow_readers = false;
    bool duplicates = false;  ///< clients send everything twice, now and then
    // The disk.
    bool full_disk = false;  ///< for a while, and the store with it
    bool slow_disk = false;
    bool failing_syncs = false;   ///< once, as it comes
    bool dead_disk = false;       ///< no sync succeeds, for a while
    bool failing_writes = false;  ///< once, as it comes
    bool garbage = false;         ///< power cuts leave noise
    // The back ends.
    bool failing_store = false;
    bool failing_directories = false;
    bool slow_backends = false;
    // The wall clock.
    bool clock_drift = false;  ///< a little or a lot, either way
    bool clock_hours = false;  ///< an hour, either way
    bool clock_years = false;  ///< ten years, either way
    bool clock_steps = false;  ///< five seconds back, again and again

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
    /// After that: it is later than it ever was.
    void pass_ages();

private:
    void set_conditions();
    void kill_processes();
    void break_connections();
    void break_disk();
    void break_backends();
    void turn_clock();
    /// Says `text`, and acts, again and again.
    void repeat(bool wanted, Duration mean, const char* text, std::function<void()> act);
    void schedule(Duration mean, std::size_t act);
    void jump(Duration offset);
    [[nodiscard]] Survival survival();

    struct Act {
        const char* text = "";
        std::function<void()> run;
    };

    World& world_;
    Server& server_;
    const FaultPlan plan_;
    const NetworkOptions calm_network_;
    const DiskOptions calm_disk_;
    const MachineOptions calm_machine_;
    std::vector<Act> acts_;
    bool healed_ = false;
};

/// Watches /readyz as an operator's tools do, and restarts a server that says that it is not ready. It must say so
/// soon after a sync of the log has failed, and must not when nothing has.
class Operator {
public:
    Operator(World& world, Server& server) : world_(world), server_(server) {}

    void begin();
    /// The newest answer says that the server is ready, and was asked for after `since`.
    [[nodiscard]] bool content(Duration since) const noexcept {
        return ready_ && asked_at_ >= since;
    }

private:
    void look();
    void judge(int status, ProcessId process, Duration asked_at);

    World& world_;
    Server& server_;
    std::unique_ptr<RestCall> call_;
    bool ready_ = false;
    Duration asked_at_{};
};

}  // namespace parley::sim
