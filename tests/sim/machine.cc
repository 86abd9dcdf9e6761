#include "tests/sim/machine.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

constexpr std::int64_t kWallStartMillis = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr Duration kTimerResolution = std::chrono::milliseconds{10};

Duration up_to(Rng& rng, Duration max) {
    return rng.between(Duration{0}, max);
}

}  // namespace

// --- Process --------------------------------------------------------------------------------------

void Process::kill() {
    if (std::exchange(dead_, true)) {
        return;
    }
    simulation_.trace(What::kill, id_);
    if (reap_) {
        simulation_.after_event(std::move(reap_));
    }
}

bool Process::count_event() {
    if (!dead_ && events_left_ != 0) {
        --events_left_;
        if (events_left_ == 0) {
            kill();
        }
    }
    return !dead_;
}

bool Process::begin_disk_call() {
    if (dead_) {
        return false;
    }
    if (disk_calls_left_ == 0) {
        return true;
    }
    --disk_calls_left_;
    if (disk_calls_left_ > 0) {
        return true;
    }
    kill();
    return simulation_.rng().chance(0.5);
}

EventId Process::in(Duration delay, Job job) {
    if (dead_) {
        bury(std::move(job));
        return {};
    }
    return simulation_.in(delay, id_, std::move(job));
}

void Process::bury_events() {
    for (Job& job : simulation_.take_events(id_)) {
        bury(std::move(job));
    }
}

// --- SimClock -------------------------------------------------------------------------------------

Timestamp SimClock::wall() const noexcept {
    return Timestamp::from_millis(kWallStartMillis).plus(simulation_.now() + wall_offset_);
}

Duration SimClock::steady() const noexcept {
    // A steady clock does not begin at zero: code that thinks so shows here.
    return simulation_.now() + std::chrono::hours{1};
}

// --- SimLoop --------------------------------------------------------------------------------------

SimLoop::SimLoop(
    Process& process, runtime::LoopId id, const Clock& clock, const MachineOptions& options
)
    : process_(process),
      simulation_(process.simulation()),
      id_(id),
      clock_(clock),
      options_(options),
      random_(simulation_.rng().fork()),
      producer_(simulation_.new_producer()),
      tick_(simulation_.rng().between(std::chrono::microseconds{1}, options.post_delay_max)) {}

Duration SimLoop::arrival() {
    const Duration now = simulation_.now();
    Rng& rng = simulation_.rng();
    // Stalls begin in order of time, or a later post could arrive before an earlier one.
    if (options_.stall_chance > 0 && simulation_.on_time() && now >= stalled_until_ &&
        rng.chance(options_.stall_chance)) {
        stalled_from_ = now;
        stalled_until_ = now + up_to(rng, options_.stall_max);
    }
    // Grows with `now`, so posts from everywhere arrive in their order.
    Duration arrives = ((now / tick_) + 1) * tick_;
    if (now >= stalled_from_) {
        arrives = std::max(arrives, stalled_until_);
    }
    if (options_.shuffle_posts) {
        return arrives + up_to(rng, options_.post_delay_max);
    }
    if (options_.one_mailbox) {
        return arrives;
    }
    Duration& last = last_arrival_[simulation_.context().producer];
    last = std::max(last, arrives + up_to(rng, options_.post_delay_max));
    return last;
}

void SimLoop::post(Job job) {
    if (process_.dead()) {
        process_.bury(std::move(job));
        return;
    }
    simulation_.at(arrival(), process_.id(), [this, job = std::move(job)]() mutable {
        simulation_.trace(What::job, id_.value);
        enter(job);
    });
}

void SimLoop::defer(Job job) {
    PARLEY_ASSERT(is_current());
    if (process_.dead()) {
        process_.bury(std::move(job));
        return;
    }
    deferred_.push_back(std::move(job));
    if (!std::exchange(drain_pending_, true)) {
        // Behind what is ready now; sometimes a little later, as when it is asked for by a socket's event.
        const Duration delay = simulation_.rng().chance(0.5) ? Duration{0} : tick_;
        simulation_.in(delay, process_.id(), [this] { run_deferred(); });
    }
}

void SimLoop::run_deferred() {
    drain_pending_ = false;
    enter([this] {
        std::vector<Job> jobs = std::exchange(deferred_, {});
        for (Job& job : jobs) {
            if (process_.dead()) {
                process_.bury(std::move(job));
            } else {
                job();
            }
        }
    });
}

runtime::TimerId SimLoop::after(Duration delay, Job job) {
    const std::uint64_t id = next_timer_++;
    if (process_.dead()) {
        process_.bury(std::move(job));
        return {id};
    }
    simulation_.trace(What::timer_set, id_.value, static_cast<std::uint64_t>(delay.count()));
    const Duration late = up_to(simulation_.rng(), kTimerResolution);
    const EventId event = simulation_.in(
        std::max(delay, Duration{0}) + late, process_.id(), [this, id] { run_timer(id); }
    );
    timers_.emplace(id, Timer{.event = event, .job = std::move(job)});
    return {id};
}

void SimLoop::run_timer(std::uint64_t timer) {
    const auto at = timers_.find(timer);
    PARLEY_ASSERT(at != timers_.end());
    if (simulation_.now() < stalled_until_ && simulation_.now() >= stalled_from_) {
        at->second.event =
            simulation_.at(stalled_until_, process_.id(), [this, timer] { run_timer(timer); });
        return;
    }
    simulation_.trace(What::timer, id_.value, timer);
    Job job = std::move(at->second.job);
    timers_.erase(at);
    enter(job);
}

void SimLoop::cancel(runtime::TimerId timer) {
    const auto at = timers_.find(timer.value);
    if (at == timers_.end()) {
        return;
    }
    simulation_.trace(What::timer_off, id_.value, timer.value);
    const Timer dropped = std::move(at->second);  // what it holds may ask for timers
    timers_.erase(at);
    simulation_.cancel(dropped.event);
}

bool SimLoop::is_current() const noexcept {
    return simulation_.context().loop == this;
}

// --- SimPool --------------------------------------------------------------------------------------

SimPool::SimPool(
    Process& process, std::size_t threads, std::size_t queue_max, const MachineOptions& options
)
    : process_(process), threads_(threads), queue_max_(queue_max), options_(options) {}

bool SimPool::try_post(Job job) {
    if (process_.dead()) {
        process_.bury(std::move(job));
        return true;
    }
    Rng& rng = process_.simulation().rng();
    if (queue_.size() >= queue_max_ || rng.chance(options_.pool_refusal_chance)) {
        return false;
    }
    queue_.push_back(std::move(job));
    begin_next();
    return true;
}

void SimPool::begin_next() {
    if (running_ == threads_ || queue_.empty()) {
        return;
    }
    ++running_;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    Simulation& simulation = process_.simulation();
    const Duration taken = up_to(simulation.rng(), options_.pool_delay_max);
    process_.in(taken, [this, job = std::move(job)]() mutable {
        Simulation& sim = process_.simulation();
        sim.trace(What::pool, queue_.size());
        sim.within({.loop = nullptr, .producer = sim.new_producer()}, job);
        if (sim.on_time()) {
            end_one();
        } else {
            process_.in(Duration{0}, [this] { end_one(); });  // when what it charged is over
        }
    });
}

void SimPool::end_one() {
    --running_;
    if (!process_.dead()) {
        begin_next();
    }
}

// --- SimWorker ------------------------------------------------------------------------------------

SimWorker::SimWorker(Process& process, const MachineOptions& options)
    : process_(process), options_(options), producer_(process.simulation().new_producer()) {}

void SimWorker::post(Job job) {
    if (process_.dead()) {
        process_.bury(std::move(job));
        return;
    }
    queue_.push_back(std::move(job));
    begin_next();
}

void SimWorker::begin_next() {
    if (running_ || queue_.empty()) {
        return;
    }
    running_ = true;
    Rng& rng = process_.simulation().rng();
    Simulation& simulation = process_.simulation();
    Duration wait =
        std::max(busy_until_ - simulation.now(), Duration{0}) + up_to(rng, options_.work_delay_max);
    if (options_.stall_chance > 0 && rng.chance(options_.stall_chance)) {
        wait += rng.between(std::chrono::milliseconds{100}, std::chrono::milliseconds{500});
    }
    process_.in(wait, [this] {
        Simulation& sim = process_.simulation();
        sim.trace(What::work, queue_.size());
        Job job = std::move(queue_.front());
        queue_.pop_front();
        sim.within({.loop = nullptr, .producer = producer_}, job);
        if (!process_.dead()) {
            busy_until_ = sim.now();  // with what the job has charged
            running_ = false;
            begin_next();
        }
    });
}

}  // namespace parley::sim
