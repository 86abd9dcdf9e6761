#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/job.h"
#include "base/random.h"
#include "base/time.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/task.h"

/// Loops, workers and pools that run when a test says so, on the test's own thread.

namespace parley::fakes {

/// The same numbers each time.
class CountingRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() noexcept override {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
        return mixed ^ (mixed >> 31U);
    }
    void fill(std::span<std::byte> out) noexcept override {
        for (std::byte& byte : out) {
            byte = static_cast<std::byte>(next());
        }
    }

private:
    std::uint64_t state_ = 0;
};

/// A clock that stands still until it is set.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Timestamp wall() const noexcept override { return {wall_ticks.load()}; }
    [[nodiscard]] Duration steady() const noexcept override {
        return Duration{steady_nanos.load()};
    }

    std::atomic<std::int64_t> wall_ticks{17'000'000'000'000'000};
    std::atomic<std::int64_t> steady_nanos{0};
};

/// Jobs gather until `run` or `run_until`, timers until `fire`. Posting is thread-safe.
class ManualLoop final : public runtime::Loop {
public:
    explicit ManualLoop(std::uint32_t id = 0) : id_{id} {}

    [[nodiscard]] runtime::LoopId id() const noexcept override { return id_; }
    void post(Job job) override {
        {
            const std::scoped_lock lock(mutex_);
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
    }
    void defer(Job job) override { post(std::move(job)); }
    runtime::TimerId after(Duration /*delay*/, Job job) override {
        armed_.emplace(++timers_, std::move(job));
        return {timers_};
    }
    void cancel(runtime::TimerId timer) override { armed_.erase(timer.value); }
    [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
    [[nodiscard]] Random& random() noexcept override { return random_; }
    [[nodiscard]] bool is_current() const noexcept override { return true; }

    /// Runs what is posted, and what that posts; answers how many jobs.
    std::size_t run() {
        std::size_t count = 0;
        for (std::vector<Job> jobs = take(); !jobs.empty(); jobs = take()) {
            for (Job& job : jobs) {
                job();
                ++count;
            }
        }
        return count;
    }
    /// Fires every timer that is armed now, however far away, in the order in which they were, and runs what
    /// that posts.
    void fire() {
        for (auto& [id, job] : std::exchange(armed_, {})) {
            job();
        }
        run();
    }
    /// Runs jobs, also of other threads, until `done`; false when that takes longer than 30 s.
    template <class Done>
    bool run_until(Done done) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (run(), !done()) {
            std::unique_lock lock(mutex_);
            const auto some = [this] { return !jobs_.empty(); };
            if (!wake_.wait_until(lock, deadline, some)) {
                return false;
            }
        }
        return true;
    }
    /// A crash: forgets what is posted.
    void drop() { take(); }

    [[nodiscard]] ManualClock& manual_clock() noexcept { return clock_; }

private:
    std::vector<Job> take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(jobs_, {});
    }

    const runtime::LoopId id_;
    ManualClock clock_;
    CountingRandom random_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> jobs_;  // guarded
    std::uint64_t timers_ = 0;
    std::map<std::uint64_t, Job> armed_;
};

/// A worker that runs when a test says so. Posting is thread-safe.
class ManualWorker final : public runtime::Worker {
public:
    void post(Job job) override {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    /// Runs what is posted, and what that posts; answers how many jobs.
    std::size_t run() {
        std::size_t count = 0;
        while (run_one()) {
            ++count;
        }
        return count;
    }
    bool run_one() {
        Job job;
        {
            const std::scoped_lock lock(mutex_);
            if (jobs_.empty()) {
                return false;
            }
            job = std::move(jobs_.front());
            jobs_.erase(jobs_.begin());
        }
        job();
        return true;
    }
    [[nodiscard]] std::size_t waiting() {
        const std::scoped_lock lock(mutex_);
        return jobs_.size();
    }
    void drop() {
        const std::scoped_lock lock(mutex_);
        jobs_.clear();
    }

private:
    std::mutex mutex_;
    std::vector<Job> jobs_;  // guarded
};

/// A worker on a thread of its own.
class ThreadWorker final : public runtime::Worker {
public:
    ThreadWorker() : thread_([this] { work(); }) {}
    ThreadWorker(const ThreadWorker&) = delete;
    ThreadWorker& operator=(const ThreadWorker&) = delete;
    ThreadWorker(ThreadWorker&&) = delete;
    ThreadWorker& operator=(ThreadWorker&&) = delete;
    ~ThreadWorker() override { stop(); }

    void post(Job job) override {
        {
            const std::scoped_lock lock(mutex_);
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
    }
    /// Runs what is posted, then ends.
    void stop() {
        {
            const std::scoped_lock lock(mutex_);
            ending_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
            if (jobs_.empty()) {
                return;
            }
            std::vector<Job> jobs = std::exchange(jobs_, {});
            lock.unlock();
            for (Job& job : jobs) {
                job();
            }
            jobs.clear();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> jobs_;  // guarded
    bool ending_ = false;    // guarded
    std::thread thread_;
};

/// A pool that runs each job at once, on the caller's thread.
class InlinePool final : public runtime::Pool {
public:
    [[nodiscard]] bool try_post(Job job) override {
        job();
        return true;
    }
    [[nodiscard]] std::size_t queued() const noexcept override { return 0; }
};

namespace detail {

/// Starts at once and destroys itself at its end.
struct Started {
    struct promise_type {
        Started get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

template <class T>
Started await_into(runtime::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
}

}  // namespace detail

/// Runs `loop` until `task` is done, and answers its value.
template <class T>
T wait(ManualLoop& loop, runtime::Task<T> task) {
    std::optional<T> value;
    detail::await_into(std::move(task), value);
    const bool done = loop.run_until([&value] { return value.has_value(); });
    PARLEY_ASSERT(done);
    return std::move(*value);
}

}  // namespace parley::fakes
