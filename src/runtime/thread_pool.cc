#include "runtime/thread_pool.h"

#include <semaphore>
#include <utility>

#include "base/assert.h"
#include "runtime/system.h"

namespace parley::runtime {
namespace {

/// A vector that has held more jobs than this gives its memory back.
constexpr std::size_t kKeptJobsMax = 4096;
/// Work in the background that takes longer than this finds no core to itself: it goes on at nice 10, and so does what
/// comes in the next while. That is a tenth of a core at least.
constexpr auto kStarving = std::chrono::seconds{1};
constexpr auto kStarvedFor = std::chrono::seconds{10};

}  // namespace

ThreadPool::ThreadPool(
    std::string name, std::size_t threads, std::size_t queue_max, PoolPriority priority
)
    : name_(std::move(name)), queue_max_(queue_max), priority_(priority) {
    PARLEY_ASSERT(threads > 0);
    PARLEY_ASSERT(queue_max > 0);
    // Where a thread could not be called back, what is busy beside us would hold work up without end.
    if (priority == PoolPriority::background && may_run_with_others_again()) {
        last_ = std::make_unique<ThreadPool>(name_ + " last", threads, threads);
    }
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

ThreadPool::~ThreadPool() {
    stop();
}

bool ThreadPool::try_post(Job job) {
    {
        const std::lock_guard lock{mutex_};
        if (closing_ || queue_.size() >= queue_max_) {
            return false;
        }
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

std::size_t ThreadPool::queued() const noexcept {
    const std::lock_guard lock{mutex_};
    return queue_.size();
}

void ThreadPool::stop() {
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
    if (last_) {
        last_->stop();
    }
}

void ThreadPool::perform(Job work) {
    if (!last_ || starving()) {
        work();
        return;
    }
    // Shared: release() may still be at it when acquire() has returned.
    const auto done = std::make_shared<std::binary_semaphore>(0);
    const bool taken = last_->try_post([this, done, &work] {
        step_back();
        if (!starving()) {
            run_when_others_sleep();
        }
        work();
        done->release();
    });
    PARLEY_ASSERT(taken);  // it has a thread for each of ours
    while (!done->try_acquire_for(kStarving)) {
        starved_until_.store(
            std::chrono::steady_clock::now() + kStarvedFor, std::memory_order_relaxed
        );
        for (std::thread& thread : last_->threads_) {
            run_with_others(thread.native_handle());
        }
    }
}

bool ThreadPool::starving() const noexcept {
    return std::chrono::steady_clock::now() < starved_until_.load(std::memory_order_relaxed);
}

void ThreadPool::work() {
    name_this_thread(name_.c_str());
    if (priority_ == PoolPriority::background) {
        step_back();
    }
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        Job job = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        job();
        job = nullptr;  // what it held goes before the lock is taken
        lock.lock();
    }
}

WorkerThread::WorkerThread(std::string name)
    : name_(std::move(name)), thread_([this] { work(); }) {}

WorkerThread::~WorkerThread() {
    stop();
}

void WorkerThread::post(Job job) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        if (ended_) {
            return;
        }
        queue_.push_back(std::move(job));
        wake = std::exchange(sleeping_, false);
    }
    if (wake) {
        wake_.notify_one();
    }
}

void WorkerThread::stop() {
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
        sleeping_ = false;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void WorkerThread::work() {
    name_this_thread(name_.c_str());
    std::vector<Job> batch;
    std::unique_lock lock{mutex_};
    for (;;) {
        while (queue_.empty() && !closing_) {
            sleeping_ = true;
            wake_.wait(lock, [this] { return !sleeping_; });
        }
        if (queue_.empty()) {
            ended_ = true;
            return;
        }
        batch.swap(queue_);
        lock.unlock();
        for (Job& job : batch) {
            job();
            job = nullptr;
        }
        batch.clear();
        if (batch.capacity() > kKeptJobsMax) {
            std::vector<Job>{}.swap(batch);
        }
        lock.lock();
    }
}

}  // namespace parley::runtime
