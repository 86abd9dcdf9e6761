#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/pool.h"

namespace parley::sqlite {

inline constexpr std::size_t kWritesWaitingMax = 8192;  ///< more: `unavailable`, nothing was taken
inline constexpr std::size_t kWritesPerCommit =
    256;  ///< bounds how long one transaction holds the file

/// One write that waits for its turn. It lives in the coroutine that awaits it.
class PendingWrite {
public:
    PendingWrite() = default;
    PendingWrite(const PendingWrite&) = delete;
    PendingWrite& operator=(const PendingWrite&) = delete;
    PendingWrite(PendingWrite&&) = delete;
    PendingWrite& operator=(PendingWrite&&) = delete;

    /// Does it, inside a transaction; answers what went wrong, if anything did.
    [[nodiscard]] virtual std::optional<Error> run(Connection& connection) = 0;
    /// Makes its answer this error, whatever it was.
    virtual void fail(const Error& error) = 0;
    /// Resumes the coroutine on its loop. `this` may be gone when it returns.
    virtual void finish() = 0;

protected:
    ~PendingWrite() = default;
};

/// Group commit: writes that wait together share one transaction, and so one sync. Each has a savepoint of
/// its own, so that one that fails leaves the others alone. A write is answered after the commit. When the
/// commit fails, all of it is undone and all are told; after a failed sync every later write is refused,
/// because what the disk holds is in doubt. Thread-safe; the writer pool's one thread does the work.
class WriteQueue {
public:
    WriteQueue(std::unique_ptr<Connection> connection, runtime::Pool& writer);
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;
    WriteQueue(WriteQueue&&) = delete;
    WriteQueue& operator=(WriteQueue&&) = delete;
    /// When no write waits any more.
    ~WriteQueue();

    /// Awaits f(connection), which returns a Result<T>, in a transaction. Resumes on `home`, the caller's
    /// loop.
    template <class F>
    [[nodiscard]] auto write(runtime::Loop& home, F f) {
        return Awaiter<F>(*this, home, std::move(f));
    }

    /// A sync failed: every write is refused until a restart.
    [[nodiscard]] bool failed() const noexcept {
        return sync_failed_.load(std::memory_order_relaxed);
    }

private:
    template <class F>
    class Awaiter;

    /// False, and nothing was taken, when too much waits or the pool is closing.
    [[nodiscard]] bool push(PendingWrite& write);
    void drain();
    [[nodiscard]] std::vector<PendingWrite*> take_batch();
    void commit(const std::vector<PendingWrite*>& batch);
    [[nodiscard]] Result<void> run_all(const std::vector<PendingWrite*>& batch);
    void drop_all_but(const PendingWrite& refused);

    const std::unique_ptr<Connection> connection_;  // the writer thread's
    std::atomic<bool> sync_failed_{false};          // set by the writer thread, for good
    runtime::Pool& writer_;

    std::mutex mutex_;
    std::deque<PendingWrite*> waiting_;  // guarded
    bool draining_ = false;              // guarded; a job of ours is in the pool
};

template <class F>
class WriteQueue::Awaiter final : public PendingWrite {
public:
    using Answer = std::invoke_result_t<F&, Connection&>;

    Awaiter(WriteQueue& queue, runtime::Loop& home, F work)
        : queue_(queue), home_(home), work_(std::move(work)) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> caller) {
        caller_ = caller;
        if (!queue_.push(*this)) {
            answer_.emplace(Error{ErrorCode::unavailable, "too much is waiting to be written"});
            return false;
        }
        return true;
    }
    Answer await_resume() { return std::move(*answer_); }

    [[nodiscard]] std::optional<Error> run(Connection& connection) override {
        answer_.emplace(work_(connection));
        return answer_->ok() ? std::nullopt : std::optional(answer_->error());
    }
    void fail(const Error& error) override { answer_.emplace(error); }
    void finish() override {
        home_.post([caller = caller_] { caller.resume(); });
    }

private:
    WriteQueue& queue_;
    runtime::Loop& home_;
    F work_;
    std::coroutine_handle<> caller_;
    std::optional<Answer> answer_;
};

}  // namespace parley::sqlite
