#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/loop.h"
#include "runtime/pool.h"
#include "tests/sim/simulation.h"

/// Twins of the runtime's loops, pools and worker, under a process that can be killed at any instant.

namespace parley::sim {

/// How long things take on a simulated machine, and what goes wrong on it.
struct MachineOptions {
    Duration post_delay_max = std::chrono::microseconds{50};  ///< from a post to its running
    double stall_chance = 0;  ///< of a post or a timer being late by up to `stall_max`
    Duration stall_max = std::chrono::milliseconds{300};
    /// Jobs posted from two places arrive in the order of the posts, as in one mailbox. Otherwise only those
    /// from the same place do, which is all that runtime::Loop promises.
    bool one_mailbox = true;
    bool shuffle_posts = false;  ///< a planted bug: posts arrive in any order
    Duration pool_delay_max = std::chrono::milliseconds{2};
    double pool_refusal_chance = 0;  ///< of a full queue
    Duration work_delay_max = std::chrono::microseconds{200};
};

/// One run of the server program, from its start until it is killed. Once dead it is a zombie until the
/// event that killed it returns: what it does has no effect, and what it would still run is kept to be
/// destroyed after it.
class Process {
public:
    Process(Simulation& simulation, ProcessId id) : simulation_(simulation), id_(id) {}

    [[nodiscard]] Simulation& simulation() noexcept { return simulation_; }
    [[nodiscard]] ProcessId id() const noexcept { return id_; }
    [[nodiscard]] bool dead() const noexcept { return dead_; }

    /// From this instant on nothing it does has an effect; `reap` is called when the event has ended.
    void kill();
    void on_reap(Job reap) { reap_ = std::move(reap); }

    /// Kills it before its n-th event from now, or in its n-th disk call from now; 0 is never.
    void kill_at_event(std::uint64_t n) noexcept { events_left_ = n; }
    void kill_at_disk_call(std::uint64_t n) noexcept { disk_calls_left_ = n; }
    /// Counts an event; false when it killed the process.
    bool count_event();
    /// Counts a disk call and says whether it has its effect: none when the process is dead; when it dies in
    /// this very call, either.
    bool begin_disk_call();

    /// Schedules for this process; dropped when it is dead.
    EventId in(Duration delay, Job job);
    /// Keeps a job that will never run until the process is gone.
    void bury(Job job) { graveyard_.push_back(std::move(job)); }
    /// Keeps what is still in the queue of events.
    void bury_events();
    void empty_graveyard() { graveyard_.clear(); }

private:
    Simulation& simulation_;
    const ProcessId id_;
    bool dead_ = false;
    std::uint64_t events_left_ = 0;
    std::uint64_t disk_calls_left_ = 0;
    Job reap_;
    std::vector<Job> graveyard_;
};

/// Virtual time; the wall clock may be made to jump.
class SimClock final : public Clock {
public:
    /// The wall clock shows 2026-01-01T00:00:00Z plus virtual time plus `wall_offset`, which may change.
    SimClock(const Simulation& simulation, const Duration& wall_offset)
        : simulation_(simulation), wall_offset_(wall_offset) {}
    [[nodiscard]] Timestamp wall() const noexcept override;
    [[nodiscard]] Duration steady() const noexcept override;

private:
    const Simulation& simulation_;
    const Duration& wall_offset_;
};

class SimLoop final : public runtime::Loop {
public:
    SimLoop(
        Process& process, runtime::LoopId id, const Clock& clock, const MachineOptions& options
    );

    [[nodiscard]] runtime::LoopId id() const noexcept override { return id_; }
    void post(Job job) override;
    void defer(Job job) override;
    runtime::TimerId after(Duration delay, Job job) override;
    void cancel(runtime::TimerId timer) override;
    [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
    [[nodiscard]] Random& random() noexcept override { return random_; }
    [[nodiscard]] bool is_current() const noexcept override;

    /// Runs `f` as this loop: for an event of this loop that something else has scheduled.
    template <class F>
    void enter(F&& f) {
        simulation_.within({.loop = this, .producer = producer_}, std::forward<F>(f));
    }
    /// The loop is busy until then: an event that comes earlier waits.
    [[nodiscard]] Duration stalled_until() const noexcept { return stalled_until_; }
    [[nodiscard]] Process& process() noexcept { return process_; }

private:
    [[nodiscard]] Duration arrival();
    void run_timer(std::uint64_t timer);
    void run_deferred();

    Process& process_;
    Simulation& simulation_;
    const runtime::LoopId id_;
    const Clock& clock_;
    const MachineOptions& options_;
    SimRandom random_;
    const std::uint64_t producer_;
    const Duration tick_;  // posts arrive at its multiples: those of one tick are one batch

    Duration stalled_from_{};
    Duration stalled_until_{};
    std::map<std::uint64_t, Duration> last_arrival_;  // by producer
    std::vector<Job> deferred_;
    bool drain_pending_ = false;
    struct Timer {
        EventId event;
        Job job;
    };
    std::map<std::uint64_t, Timer> timers_;
    std::uint64_t next_timer_ = 1;
};

/// Jobs take a random time, so they end in any order. What a job does, it does at its end.
class SimPool final : public runtime::Pool {
public:
    SimPool(
        Process& process, std::size_t threads, std::size_t queue_max, const MachineOptions& options
    );
    [[nodiscard]] bool try_post(Job job) override;
    [[nodiscard]] std::size_t queued() const noexcept override { return queue_.size(); }

private:
    void begin_next();
    void end_one();

    Process& process_;
    const std::size_t threads_;
    const std::size_t queue_max_;
    const MachineOptions& options_;
    std::size_t running_ = 0;
    std::deque<Job> queue_;
};

class SimWorker final : public runtime::Worker {
public:
    SimWorker(Process& process, const MachineOptions& options);
    void post(Job job) override;

private:
    void begin_next();

    Process& process_;
    const MachineOptions& options_;
    const std::uint64_t producer_;
    bool running_ = false;
    Duration busy_until_{};
    std::deque<Job> queue_;
};

}  // namespace parley::sim
