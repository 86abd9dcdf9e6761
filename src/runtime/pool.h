#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/job.h"
#include "base/result.h"
#include "runtime/loop.h"

namespace parley::runtime {

enum class PoolPriority : unsigned char {
    normal,
    /// For work that takes long and that nobody's message waits for: it runs when no other thread wants to
    /// (SCHED_IDLE), and at nice 10 when it would starve, or where the system lets no thread come back from that.
    background,
};

/// A few threads for calls that block (SQLite, RocksDB reads, password hashing), with a bounded queue,
/// so that they never stall a loop. One pool per kind of work: a login storm fills the hashing pool
/// and nothing else. Owned by the process's Runtime. Thread-safe. The simulation has a twin.
class Pool {
public:
    virtual ~Pool() = default;

    /// Runs `job` on a pool thread; false, and nothing happens, when the queue is full or closing.
    [[nodiscard]] virtual bool try_post(Job job) = 0;
    [[nodiscard]] virtual std::size_t queued() const noexcept = 0;

    /// From a job: does `work`, at the pool's priority, before it returns. In the background it may be held up for
    /// a second anywhere, so it must take no lock that other threads wait for.
    virtual void perform(Job work) { work(); }

    /// Awaits f() on a pool thread, and resumes on `home`, which must be the caller's loop.
    /// f returns Result<T>; a full queue answers `unavailable` without calling it.
    template <class F>
    auto run(Loop& home, F f) {
        using R = std::invoke_result_t<F&>;
        struct Awaiter {
            Pool* pool;
            Loop* home;
            F work;
            std::optional<R> result;

            [[nodiscard]] bool await_ready() const noexcept { return false; }
            bool await_suspend(std::coroutine_handle<> caller) {
                const bool taken = pool->try_post([this, caller] {
                    pool->perform([this] { result.emplace(work()); });
                    home->post([caller] { caller.resume(); });
                });
                if (!taken) {
                    result.emplace(Error{ErrorCode::unavailable, "too much work is waiting"});
                }
                return taken;
            }
            R await_resume() { return std::move(*result); }
        };
        return Awaiter{this, &home, std::move(f), std::nullopt};
    }
};

/// One thread that runs jobs in order: the log's commit thread. Posting never blocks and is batched
/// like Loop::post. The simulation has a twin.
class Worker {
public:
    virtual ~Worker() = default;
    /// From any thread. What waits is bounded by its source.
    virtual void post(Job job) = 0;
};

}  // namespace parley::runtime
