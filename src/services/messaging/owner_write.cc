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
        if (!writing_ && has_unwritten()) {
            scope_.spawn(write_behind());
        }
    });
}

bool Messaging::Owner::has_unwritten() const noexcept {
    return !dirty_.empty() || !round_.empty();
}

runtime::Task<void> Messaging::Owner::write_behind() {
    const auto done = co_await write_once();
    if (!done.ok()) {
        log::warn("store write failed", {{"detail", done.error().detail}});
        write_armed_ = true;
        loop_.after(kRetryAfter, [this] {
            write_armed_ = false;
            if (!writing_ && has_unwritten()) {
                scope_.spawn(write_behind());
            }
        });
        co_return;
    }
    if (has_unwritten()) {
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

/// What is on its way to the store, until it is known whether it has come there.
struct Messaging::Owner::Handed {
    Cell* cell = nullptr;
    Seq head;
    std::uint64_t bytes_taken = 0;  ///< cell's, with all that is on its way
    std::vector<Seq> amended;
    std::vector<ChangedMembers::Change> members;
};

ports::ConversationWrite Messaging::Owner::gather_cell(Cell& cell, Handed& handed) {
    const core::ConversationState& state = cell.state();
    ports::ConversationWrite write;
    write.state = core::without_members(state);
    write.members_total = static_cast<std::uint32_t>(state.members.size());
    for (Seq seq = cell.handed.next(); seq <= state.head; seq = seq.next()) {
        const core::EventPtr* event = cell.in_tail(seq);
        PARLEY_ASSERT(event != nullptr);
        write.events.push_back(*event);
    }
    for (auto& [seq, amended] : cell.amended) {
        if (!amended.dirty) {
            continue;
        }
        amended.dirty = false;
        amended.handed = true;
        handed.amended.push_back(seq);
        if (seq <= cell.handed) {
            write.amended.push_back(amended.event);
        }  // Else a batch has failed meanwhile, and it is among the events again.
    }
    handed.members = cell.changed.take();
    std::vector<ChangedMembers::Change> members = handed.members;
    if (state.members.size() <= ports::kMembersWrittenWhole) {
        for (std::uint32_t i = 0; i < state.members.size(); ++i) {
            if (std::ranges::count(members, i, &ChangedMembers::Change::index) == 0) {
                members.push_back({.index = i, .sends_before = state.members[i].sends.count()});
            }
        }
    }
    std::ranges::sort(members, {}, &ChangedMembers::Change::index);
    for (const ChangedMembers::Change& change : members) {
        write.members.push_back(
            ports::member_write(state.members[change.index], change.index, change.sends_before)
        );
    }
    cell.handed = state.head;
    cell.dirty = false;
    return write;
}

ports::StoreBatch Messaging::Owner::gather(std::vector<Handed>& handed) {
    ports::StoreBatch batch;
    batch.lane = static_cast<std::uint32_t>(lane_);
    if (round_.empty()) {
        // Everyone who waits now comes before whoever comes while these are written: nobody starves, and the
        // position moves on however much there is to do.
        round_.swap(dirty_);
        round_covers_ = covers();
    }
    std::size_t events = 0;
    while (!round_.empty() && events < kBatchEventsMax) {
        Cell& cell = *round_.back();
        round_.pop_back();
        ++cell.pins;
        Handed one{
            .cell = &cell,
            .head = cell.state().head,
            .bytes_taken = cell.bytes_taken,
            .amended = {},
            .members = {}
        };
        batch.writes.push_back(gather_cell(cell, one));
        handed.push_back(std::move(one));
        events += batch.writes.back().events.size() + batch.writes.back().amended.size();
    }
    // What is left is not in the store yet, so the position may not pass it.
    batch.covers = round_.empty() ? round_covers_ : covered_;
    return batch;
}

void Messaging::Owner::written(std::vector<Handed>& handed, bool ok) {
    if (!ok) {
        // The round begins anew with those that it has lost.
        dirty_.insert(dirty_.end(), round_.begin(), round_.end());
        round_.clear();
    }
    std::size_t bytes = 0;
    for (Handed& one : handed) {
        Cell& cell = *one.cell;
        --cell.pins;
        for (const Seq seq : one.amended) {
            const auto at = cell.amended.find(seq);
            at->second.handed = false;
            at->second.dirty = at->second.dirty || !ok;
            cell.amended_stored += ok ? 1 : 0;
            if (!at->second.dirty && at->second.holders == 0) {
                cell.amended.erase(at);
            }
        }
        if (ok) {
            bytes += one.bytes_taken - cell.bytes_stored;
            cell.bytes_stored = one.bytes_taken;
            cell.stored = std::max(cell.stored, one.head);
            trim_tail(cell);
            weigh(cell);
            continue;
        }
        cell.handed = cell.stored;
        cell.changed.give_back(one.members);
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
    std::vector<Handed> handed;
    ports::StoreBatch batch = gather(handed);
    const LogPosition covers = batch.covers;
    const Duration start = loop_.clock().steady();
    auto result = co_await shared_.parts.store.write(loop_, std::move(batch));
    shared_.metrics.write_latency.observe(lane_, loop_.clock().steady() - start);
    if (!result.ok()) {
        shared_.metrics.write_failures.add(lane_);
    }
    written(handed, result.ok());
    if (result.ok()) {
        covered_ = covers;
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
    // There may be something to write for ever; what comes from now on is not waited for.
    const LogPosition goal = covers();
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
    } while (covered_ < goal && has_unwritten());
    co_return Result<void>{};
}

}  // namespace parley::messaging
