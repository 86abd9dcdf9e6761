#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// Events kept in memory per conversation although the store has them: the last page, and receipts.
constexpr std::size_t kTailKept = 64;

}  // namespace

void Messaging::Owner::with_cell(
    ConversationNumber number, UniqueFunction<void(Result<Cell*>)> then
) {
    auto& slot = cells_[number];
    if (slot == nullptr) {
        slot = std::make_unique<Cell>(number);
        by_use_.push_front(slot.get());
        slot->used = by_use_.begin();
        weight_ += slot->weight;
        shared_.metrics.cached.add(lane_);
        shared_.metrics.cache_misses.add(lane_);
        slot->waiting.push_back(std::move(then));
        ++waiting_;
        if (!scope_.spawn(load(number))) {
            auto refused = std::move(slot->waiting);
            waiting_ -= refused.size();
            drop(*slot);
            for (auto& one : refused) {
                one(Error{ErrorCode::unavailable, "the server is stopping"});
            }
        }
        return;
    }
    touch(*slot);
    if (slot->ready) {
        shared_.metrics.cache_hits.add(lane_);
        then(slot.get());
        return;
    }
    shared_.metrics.cache_misses.add(lane_);
    ++waiting_;
    slot->waiting.push_back(std::move(then));
}

runtime::Task<Result<Cell*>> Messaging::Owner::cell(ConversationNumber number) {
    const auto at = cells_.find(number);
    if (at != cells_.end() && at->second->ready) {
        touch(*at->second);
        shared_.metrics.cache_hits.add(lane_);
        co_return at->second.get();
    }
    runtime::Callback<Result<Cell*>> found;
    with_cell(number, found.completion());
    co_return co_await found.wait();
}

runtime::Task<void> Messaging::Owner::load(ConversationNumber number) {
    auto loaded = co_await shared_.parts.store.load(loop_, number);
    const auto at = cells_.find(number);
    PARLEY_ASSERT(at != cells_.end() && !at->second->ready);
    Cell& cell = *at->second;
    auto waiting = std::exchange(cell.waiting, {});
    waiting_ -= waiting.size();
    if (!loaded.ok()) {
        drop(cell);
        for (auto& then : waiting) {
            then(loaded.error());
        }
        co_return;
    }
    if (loaded->has_value()) {
        cell.conversation = core::Conversation{std::move(**loaded)};
        PARLEY_ASSERT(cell.number() == number);
        cell.handed = cell.stored = cell.state().head;
        refresh_audience(cell);
        for (const core::Member& member : cell.state().members) {
            cell.sends += member.sends.entries().size();
        }
        weigh(cell);
    }
    cell.ready = true;
    const Pin stay{cell};
    for (auto& then : waiting) {
        then(&cell);
    }
    evict();
    if (draining_ && in_flight_.empty() && waiting_ == 0 && drained_) {
        std::exchange(drained_, {})();
    }
}

void Messaging::Owner::touch(Cell& cell) {
    by_use_.splice(by_use_.begin(), by_use_, cell.used);
}

void Messaging::Owner::evict() {
    // A few looks a call keep this cheap; a cell that may not go yet is met again. The last one stays, however
    // large.
    int looks = 0;
    while (looks < 8 && cells_.size() > 1 && weight_ > shared_.options.cached_conversations_max) {
        Cell& oldest = *by_use_.back();
        if (oldest.removable()) {
            drop(oldest);
            continue;
        }
        touch(oldest);
        ++looks;
    }
}

void Messaging::Owner::drop(Cell& cell) {
    by_use_.erase(cell.used);
    weight_ -= cell.weight;
    shared_.metrics.cached.add(lane_, -1);
    const ConversationNumber number = cell.number();
    cells_.erase(number);
}

void Messaging::Owner::weigh(Cell& cell) {
    weight_ -= cell.weight;
    cell.weight = cell.weigh();
    weight_ += cell.weight;
}

void Messaging::Owner::refresh_audience(Cell& cell) {
    std::vector<UserId> users;
    users.reserve(cell.state().active);
    cell.newest_first = {};
    for (const core::Member& member : cell.state().members) {
        if (member.active() && !member.user.is_nil()) {
            users.push_back(member.user);
            cell.newest_first = std::max(cell.newest_first, member.first);
        }
    }
    cell.audience = std::make_shared<const AudienceList>(std::move(users));
}

void Messaging::Owner::note_changed(Cell& cell, const core::Record& record) {
    const core::Members& members = cell.state().members;
    const auto note = [&](const UserId& user) {
        if (const core::Member* member = members.find(user)) {
            const auto index = static_cast<std::uint32_t>(members.index_of(*member));
            cell.changed.note(index, member->sends.count());
        }
    };
    for (const UserId& user : core::users_changed_by(record.command)) {
        note(user);
    }
    if (const core::Member* next = core::successor_after(cell.state(), record.command)) {
        note(next->user);
    }
    if (std::holds_alternative<core::DeleteGroup>(record.command)) {
        for (const core::Member& member : members) {
            note(member.user);
        }
    }
}

void Messaging::Owner::apply(
    Cell& cell, const core::Record& record, const core::Decision& decision, LogPosition at
) {
    const std::size_t members_before = cell.state().members.size();
    const std::uint32_t active_before = cell.state().active;
    const bool succeeds = !std::holds_alternative<Error>(decision.outcome) &&
                          !std::holds_alternative<core::Unchanged>(decision.outcome);
    if (succeeds) {
        note_changed(cell, record);
    }
    if (decision.remember) {
        const core::Member* sender = cell.state().find(core::actor_of(record.command));
        const std::size_t kept = sender == nullptr ? 0 : sender->sends.entries().size();
        cell.sends += kept < core::kSendRingEntries ? 1 : 0;
    }
    cell.conversation.commit(record, decision, at);
    if (!cell.conversation.exists()) {
        return;
    }
    const std::size_t members_now = cell.state().members.size();
    // Past that size each member is written by themselves: all, the first time.
    const bool outgrown =
        members_before <= ports::kMembersWrittenWhole && members_now > ports::kMembersWrittenWhole;
    for (std::size_t i = outgrown ? 0 : members_before; i < members_now; ++i) {
        const std::uint64_t stored_sends =
            i < members_before ? cell.state().members[i].sends.count() : 0;
        cell.changed.note(static_cast<std::uint32_t>(i), stored_sends);
    }
    if (mutant(Mutant::removed_still_told) && cell.state().active < active_before) {
        mark_dirty(cell);
    } else if (members_now != members_before || cell.state().active != active_before) {
        refresh_audience(cell);
    }
    for (const core::EventPtr& event : {decision.event, decision.follow_up}) {
        if (event != nullptr) {
            take_event(cell, event);
        }
    }
    if (succeeds) {
        tell_outcome(cell, record.command);
    }
    mark_dirty(cell);
}

void Messaging::Owner::count_unwritten(Cell& cell, std::size_t bytes) {
    unwritten_bytes_ += bytes;
    cell.bytes_taken += bytes;
    shared_.metrics.unwritten_bytes.add(lane_, static_cast<std::int64_t>(bytes));
}

void Messaging::Owner::take_event(Cell& cell, const core::EventPtr& event) {
    count_unwritten(cell, bytes_of(*event));
    cell.tail.push_back(event);
    tell_changed(cell, *event);
    amend(cell, *event);
    trim_tail(cell);
}

void Messaging::Owner::trim_tail(Cell& cell) {
    if (cell.tail.size() < 2 * kTailKept) {
        return;
    }
    const std::uint64_t unstored = cell.state().head.value - cell.stored.value;
    const std::size_t keep = std::max<std::size_t>(kTailKept, unstored);
    if (cell.tail.size() >= keep + kTailKept) {
        cell.tail.erase(cell.tail.begin(), cell.tail.end() - static_cast<std::ptrdiff_t>(keep));
    }
}

void Messaging::Owner::mark_dirty(Cell& cell) {
    if (!cell.dirty) {
        cell.dirty = true;
        dirty_.push_back(&cell);
    }
    arm_write();
}

}  // namespace parley::messaging
