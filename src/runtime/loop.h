#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/job.h"
#include "base/random.h"
#include "base/time.h"

namespace parley::runtime {

/// Which loop of this process: 0, 1, … below the number of loops.
struct LoopId {
    std::uint32_t value = 0;
    friend auto operator<=>(const LoopId&, const LoopId&) = default;
};

/// Names one pending timer; never reused within a loop. 0 is none.
struct TimerId {
    std::uint64_t value = 0;
    friend auto operator<=>(const TimerId&, const TimerId&) = default;
};

/// One thread that runs jobs, timers and sockets, one after the other. Every mutable object of Parley
/// belongs to one loop and is touched on it alone, so no lock is needed. The process's `Runtime` owns
/// the loops; they outlive everything that holds a `Loop&`. The simulation has a twin of this class.
class Loop {
public:
    virtual ~Loop() = default;

    [[nodiscard]] virtual LoopId id() const noexcept = 0;

    /// Runs `job` on this loop, soon. From any thread; jobs of one thread run in the order posted.
    /// Wake-ups are batched: a loop that is busy or already woken costs the caller no system call.
    /// What waits here is bounded by its sources (sends in flight, calls in the pool, sessions).
    virtual void post(Job job) = 0;

    /// Runs `job` on this loop when what is running now, and all that is ready with it, has been done:
    /// the place to write out what a batch has gathered. Only from this loop.
    virtual void defer(Job job) = 0;

    /// Runs `job` after `delay`, at the wheel's resolution of 10 ms, never early. Only from this loop.
    virtual TimerId after(Duration delay, Job job) = 0;
    /// Forgets a timer; one that has run or is unknown is ignored. Only from this loop.
    virtual void cancel(TimerId timer) = 0;

    [[nodiscard]] virtual const Clock& clock() const noexcept = 0;
    /// This loop's source of chance. Only from this loop.
    [[nodiscard]] virtual Random& random() noexcept = 0;
    /// True on this loop's own thread.
    [[nodiscard]] virtual bool is_current() const noexcept = 0;
};

}  // namespace parley::runtime
