#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/pool.h"

namespace parley::runtime {

/// A Pool of std::threads. Internal to src/runtime.
class ThreadPool final : public Pool {
public:
    ThreadPool(
        std::string name,
        std::size_t threads,
        std::size_t queue_max,
        PoolPriority priority = PoolPriority::normal
    );
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ThreadPool(ThreadPool&&) = delete;
    ThreadPool& operator=(ThreadPool&&) = delete;
    ~ThreadPool() override;

    [[nodiscard]] bool try_post(Job job) override;
    [[nodiscard]] std::size_t queued() const noexcept override;
    void perform(Job work) override;

    /// Refuses new jobs, runs the queue dry and ends the threads. Not from one of them. Idempotent.
    void stop();

private:
    void work();
    [[nodiscard]] bool starving() const noexcept;

    const std::string name_;
    const std::size_t queue_max_;
    const PoolPriority priority_;
    /// Where a background pool performs work: threads that go last. They share no lock with a loop: a job is taken
    /// and answered by the pool's own threads.
    std::unique_ptr<ThreadPool> last_;
    std::atomic<std::chrono::steady_clock::time_point> starved_until_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;  // guarded; at most queue_max_
    bool closing_ = false;   // guarded
    std::vector<std::thread> threads_;
};

/// A Worker on a std::thread. Internal to src/runtime.
class WorkerThread final : public Worker {
public:
    explicit WorkerThread(std::string name);
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;
    WorkerThread(WorkerThread&&) = delete;
    WorkerThread& operator=(WorkerThread&&) = delete;
    ~WorkerThread() override;

    void post(Job job) override;

    /// Runs the queue dry and ends the thread; what is posted later is dropped. Not from the worker.
    /// Idempotent.
    void stop();

private:
    void work();

    const std::string name_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> queue_;  // guarded; bounded by its source (see Worker::post)
    bool sleeping_ = false;   // guarded
    bool closing_ = false;    // guarded
    bool ended_ = false;      // guarded
    std::thread thread_;
};

}  // namespace parley::runtime
