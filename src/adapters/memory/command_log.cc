#include "adapters/memory/command_log.h"

#include <algorithm>

#include "base/assert.h"
#include "base/binary.h"
#include "ports/record_codec.h"

namespace parley::memory {

CommandLog::CommandLog(Durable start, runtime::Worker* worker, std::size_t pending_bytes_max)
    : epoch_(start.epoch),
      pending_bytes_max_(pending_bytes_max),
      worker_(worker),
      records_(std::move(start.records)),
      committed_(start.end),
      released_(start.begin),
      next_offset_(start.end.offset + 1) {
    PARLEY_ASSERT(records_.empty() || records_.back().first <= start.end);
}

void CommandLog::attach(runtime::Loop& loop, ports::CommitListener& listener) {
    const std::scoped_lock lock(mutex_);
    const std::size_t at = loop.id().value;
    if (listeners_.size() <= at) {
        listeners_.resize(at + 1);
    }
    listeners_[at] = {.loop = &loop, .listener = &listener};
}

Result<std::uint64_t> CommandLog::append(runtime::LoopId loop, const core::Record& record) {
    std::string bytes;
    ports::encode_record(record, bytes);
    bool wake = false;
    std::uint64_t offset = 0;
    {
        const std::scoped_lock lock(mutex_);
        PARLEY_ASSERT(loop.value < listeners_.size());
        PARLEY_ASSERT(listeners_[loop.value].listener != nullptr);
        if (failed_) {
            return Error{ErrorCode::internal, "the command log has failed; restart the server"};
        }
        if (waiting_bytes_ + bytes.size() > pending_bytes_max_) {
            return Error{ErrorCode::unavailable, "too much is waiting for the command log"};
        }
        offset = next_offset_++;
        waiting_bytes_ += bytes.size();
        waiting_.push_back({.loop = loop, .offset = offset, .bytes = std::move(bytes)});
        wake = worker_ != nullptr && !std::exchange(scheduled_, true);
    }
    if (wake) {
        worker_->post([this] { commit_group(); });
    }
    return offset;
}

LogPosition CommandLog::committed() const noexcept {
    const std::scoped_lock lock(mutex_);
    return committed_;
}

std::size_t CommandLog::queued_bytes() const noexcept {
    const std::scoped_lock lock(mutex_);
    return waiting_bytes_;
}

std::size_t CommandLog::waiting() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size();
}

std::size_t CommandLog::commit_group() {
    const std::scoped_lock lock(mutex_);
    scheduled_ = false;
    std::vector<Waiting> group = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    if (group.empty()) {
        return 0;
    }
    std::optional<Error> refusal = std::exchange(next_refusal_, std::nullopt);
    if (refusal && refusal->code == ErrorCode::internal) {
        failed_ = true;
    }
    // Posting under the lock keeps the jobs in the order of the groups.
    tell(group, refusal);
    if (!refusal) {
        for (Waiting& record : group) {
            committed_ = {epoch_, record.offset};
            records_.emplace_back(committed_, std::move(record.bytes));
        }
    }
    return group.size();
}

void CommandLog::tell(const std::vector<Waiting>& group, const std::optional<Error>& refusal) {
    for (std::size_t id = 0; id < listeners_.size(); ++id) {
        const auto of_loop = [id](const Waiting& record) { return record.loop.value == id; };
        const auto first = std::ranges::find_if(group, of_loop);
        if (first == group.end()) {
            continue;
        }
        const auto last = std::ranges::find_if(group.rbegin(), group.rend(), of_loop);
        ports::CommitListener* listener = listeners_[id].listener;
        const std::uint64_t from = first->offset;
        const std::uint64_t to = last->offset;
        if (refusal) {
            listeners_[id].loop->post([listener, from, to, error = *refusal] {
                listener->on_refused(from, to, error);
            });
        } else {
            listeners_[id].loop->post([listener, from, to] { listener->on_committed(from, to); });
        }
    }
}

void CommandLog::refuse_next_group() {
    const std::scoped_lock lock(mutex_);
    next_refusal_ = Error{ErrorCode::unavailable, "the disk is full"};
}

void CommandLog::fail_next_group() {
    const std::scoped_lock lock(mutex_);
    next_refusal_ = Error{ErrorCode::internal, "the command log has failed; restart the server"};
}

Result<void> CommandLog::replay(
    LogPosition from, const std::function<Result<void>(LogPosition, core::Record)>& visit
) {
    std::vector<std::pair<LogPosition, std::string>> records;
    {
        const std::scoped_lock lock(mutex_);
        if (from > committed_) {
            return Error{
                ErrorCode::internal,
                "the store is ahead of the command log: restore both from one backup"
            };
        }
        if (from < released_) {
            return Error{
                ErrorCode::internal,
                "the command log does not reach back to where the store ends: restore the last "
                "backup"
            };
        }
        records = records_;
    }
    for (const auto& [position, bytes] : records) {
        if (position <= from) {
            continue;
        }
        TRY(core::Record record, ports::decode_record(binary::as_bytes(bytes)));
        if (auto visited = visit(position, std::move(record)); !visited.ok()) {
            return visited;
        }
    }
    return {};
}

void CommandLog::release(LogPosition position) {
    const std::scoped_lock lock(mutex_);
    const auto kept = std::ranges::find_if(records_, [position](const auto& record) {
        return record.first > position;
    });
    if (kept != records_.begin()) {
        released_ = std::prev(kept)->first;
        records_.erase(records_.begin(), kept);
    }
}

CommandLog::Durable CommandLog::durable(std::size_t waiting) const {
    const std::scoped_lock lock(mutex_);
    PARLEY_ASSERT(waiting <= waiting_.size());
    Durable left{.epoch = epoch_, .records = records_, .begin = released_, .end = committed_};
    for (std::size_t i = 0; i < waiting; ++i) {
        left.end = {epoch_, waiting_[i].offset};
        left.records.emplace_back(left.end, waiting_[i].bytes);
    }
    return left;
}

}  // namespace parley::memory
