#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// Events in one batch for the store; what is left goes into the next.
constexpr std::size_t kBatchEventsMax = 20'000;
/// Waiting for more pays off up to here; then the batch goes at once.
constexpr std::size_t kUnwrittenSoon = 16UL << 20U;
/// After a failed write (a full disk, say) the next try waits this long.
constexpr Duration kRetryAfter = std::chrono::seconds{1};

std::size_t bytes_of(const core::Event& event) noexcept {
    return sizeof(core::Event) + event.content.size() + event.client_id.size();
}

}  // namespace

void Messaging::Owner::arm_write() {
    if (writing_ || replaying_) {
        return;
    }
    if (unwritten_bytes_ >= kUnwrittenSoon) {
        scope_.spawn(write_behind());
        return;
    }
    if (write_armed_) {
        return;
    }
    write_armed_ = true;
    loop_.after(shared_.options.write_interval, [this] {
        write_armed_ = false;
        if (!writing_ && !dirty_.empty()) {
            scope_.spawn(write_behind());
        }
    });
}

runtime::Task<void> Messaging::Owner::write_behind() {
    const auto done = co_await write_once();
    if (!done.ok()) {
        log::warn("store write failed", {{"detail", done.error().detail}});
        write_armed_ = true;
        loop_.after(kRetryAfter, [this] {
            write_armed_ = false;
            if (!writing_ && !dirty_.empty()) {
                scope_.spawn(write_behind());
            }
        });
        co_return;
    }
    if (!dirty_.empty()) {
        arm_write();
    }
}

LogPosition Messaging::Owner::covers() const noexcept {
    // Every record of this loop that the log has told is applied; those of other loops are theirs.
    const LogPosition committed = shared_.parts.log.committed();
    if (in_flight_.empty() || mutant(Mutant::store_ahead_of_log)) {
        return committed;
    }
    // What lies between may have been refused, and the store must not be ahead of the log.
    return {
        .epoch = committed.epoch,
        .offset = std::min(committed.offset, in_flight_.front().offset - 1)
    };
}

ports::StoreBatch Messaging::Owner::gather(std::vector<Cell*>& taken) {
    ports::StoreBatch batch;
    batch.lane = static_cast<std::uint32_t>(lane_);
    batch.covers = covers();
    std::size_t events = 0;
    while (!dirty_.empty()) {
        Cell& cell = *dirty_.back();
        dirty_.pop_back();
        ports::ConversationWrite write;
        write.state = cell.state();
        const Seq first = cell.handed.next();
        for (std::uint64_t seq = first.value; seq <= cell.state().head.value; ++seq) {
            const core::EventPtr* event = cell.in_tail({seq});
            PARLEY_ASSERT(event != nullptr);
            write.events.push_back(*event);
        }
        events += write.events.size();
        write.ring_blocks = cell.ring_blocks;
        std::ranges::fill(cell.ring_blocks, std::uint8_t{0});
        cell.handed = cell.state().head;
        cell.dirty = false;
        ++cell.pins;
        taken.push_back(&cell);
        batch.writes.push_back(std::move(write));
        if (events >= kBatchEventsMax && !dirty_.empty()) {
            // The rest is not in the store yet, so the position may not pass it.
            batch.covers = covered_;
            break;
        }
    }
    return batch;
}

void Messaging::Owner::written(
    const std::vector<Cell*>& taken, const ports::StoreBatch& counts, bool ok
) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) {
        Cell& cell = *taken[i];
        const ports::ConversationWrite& write = counts.writes[i];
        --cell.pins;
        if (ok) {
            for (const core::EventPtr& event : write.events) {
                bytes += bytes_of(*event);
            }
            cell.stored = std::max(cell.stored, write.state.head);
            trim_tail(cell);
            continue;
        }
        cell.handed = cell.stored;
        for (std::size_t m = 0; m < write.ring_blocks.size(); ++m) {
            cell.ring_blocks[m] =
                static_cast<std::uint8_t>(cell.ring_blocks[m] | write.ring_blocks[m]);
        }
        if (!cell.dirty) {
            cell.dirty = true;
            dirty_.push_back(&cell);
        }
    }
    PARLEY_ASSERT(bytes <= unwritten_bytes_);
    unwritten_bytes_ -= bytes;
    shared_.metrics.unwritten_bytes.add(lane_, -static_cast<std::int64_t>(bytes));
}

runtime::Task<Result<void>> Messaging::Owner::write_once() {
    PARLEY_ASSERT(!writing_);
    writing_ = true;
    std::vector<Cell*> taken;
    ports::StoreBatch batch = gather(taken);
    // The store takes the batch; what it wrote has to be known afterwards. Events are shared, states copied.
    ports::StoreBatch mine;
    mine.lane = batch.lane;
    mine.covers = batch.covers;
    for (const ports::ConversationWrite& write : batch.writes) {
        ports::ConversationWrite counts;
        counts.state.head = write.state.head;
        counts.events = write.events;
        counts.ring_blocks = write.ring_blocks;
        mine.writes.push_back(std::move(counts));
    }
    const Duration start = loop_.clock().steady();
    auto result = co_await shared_.parts.store.write(loop_, std::move(batch));
    shared_.metrics.write_latency.observe(lane_, loop_.clock().steady() - start);
    if (!result.ok()) {
        shared_.metrics.write_failures.add(lane_);
    }
    written(taken, mine, result.ok());
    if (result.ok()) {
        covered_ = mine.covers;
    }
    writing_ = false;
    auto waiters = std::exchange(write_waiters_, {});
    for (Job& waiter : waiters) {
        waiter();
    }
    evict();
    co_return result;
}

runtime::Task<Result<void>> Messaging::Owner::write_all() {
    do {
        while (writing_) {
            runtime::Callback<bool> over;
            auto resume = over.completion();
            write_waiters_.emplace_back([resume = std::move(resume)]() mutable { resume(true); });
            co_await over.wait();
        }
        auto result = co_await write_once();
        if (!result.ok()) {
            co_return result;
        }
    } while (!dirty_.empty());
    co_return Result<void>{};
}

}  // namespace parley::messaging
