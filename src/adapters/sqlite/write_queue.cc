#include "adapters/sqlite/write_queue.h"

#include <algorithm>

#include "base/assert.h"
#include "base/log.h"

namespace parley::sqlite {
namespace {

constexpr const char* kBegin = "BEGIN IMMEDIATE";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kRollback = "ROLLBACK";
constexpr const char* kSavepoint = "SAVEPOINT one";
constexpr const char* kRollbackToSavepoint = "ROLLBACK TO one";
constexpr const char* kRelease = "RELEASE one";

}  // namespace

WriteQueue::WriteQueue(std::unique_ptr<Connection> connection, runtime::Pool& writer)
    : connection_(std::move(connection)), writer_(writer) {}

WriteQueue::~WriteQueue() {
    PARLEY_ASSERT(waiting_.empty() && !draining_);
}

bool WriteQueue::push(PendingWrite& write) {
    bool start = false;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= kWritesWaitingMax) {
            return false;
        }
        waiting_.push_back(&write);
        start = !std::exchange(draining_, true);
    }
    if (start && !writer_.try_post([this] { drain(); })) {
        drop_all_but(write);
        return false;
    }
    return true;
}

void WriteQueue::drop_all_but(const PendingWrite& refused) {
    std::deque<PendingWrite*> dropped;
    {
        const std::lock_guard lock(mutex_);
        draining_ = false;
        dropped.swap(waiting_);
    }
    for (PendingWrite* write : dropped) {
        if (write != &refused) {
            write->fail({ErrorCode::unavailable, "the directory is closing"});
            write->finish();
        }
    }
}

void WriteQueue::drain() {
    for (auto batch = take_batch(); !batch.empty(); batch = take_batch()) {
        commit(batch);
    }
}

std::vector<PendingWrite*> WriteQueue::take_batch() {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kWritesPerCommit));
    std::vector<PendingWrite*> batch(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    draining_ = !batch.empty();
    return batch;
}

void WriteQueue::commit(const std::vector<PendingWrite*>& batch) {
    Result<void> done =
        sync_failed_ ? Error{ErrorCode::internal, "the directory's disk failed: restart the server"}
                     : run_all(batch);
    if (!done) {
        // Also those that were refused for a good reason: it may have been a row that is gone now.
        for (PendingWrite* write : batch) {
            write->fail(done.error());
        }
    }
    for (PendingWrite* write : batch) {
        write->finish();
    }
}

Result<void> WriteQueue::run_all(const std::vector<PendingWrite*>& batch) {
    Result<void> done = connection_->run(kBegin);
    for (PendingWrite* write : batch) {
        if (done) {
            done = connection_->run(kSavepoint);
        }
        if (!done) {
            break;
        }
        auto failure = write->run(*connection_);
        if (!connection_->in_transaction()) {
            // SQLite gave up on all of it: the disk is full, or failed.
            done =
                failure ? std::move(*failure) : Error{ErrorCode::internal, "the directory failed"};
        } else if (failure) {
            done = connection_->run(kRollbackToSavepoint);
        }
        if (done) {
            done = connection_->run(kRelease);
        }
    }
    if (done) {
        done = connection_->run(kCommit);
    }
    if (!done) {
        sync_failed_ = connection_->sync_failed();
        if (sync_failed_) {
            log::error("directory sync failed, refusing writes until a restart");
        }
        if (connection_->in_transaction()) {
            (void)connection_->run(kRollback);
        }
    }
    return done;
}

}  // namespace parley::sqlite
