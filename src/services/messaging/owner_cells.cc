#include <algorithm>
#include <utility>

#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// Events kept in memory per conversation although the store has them: the last page, and receipts.
constexpr std::size_t kTailKept = 64;

std::size_t bytes_of(const core::Event& event) noexcept {
    return sizeof(core::Event) + event.content.size() + event.client_id.size();
}

}  // namespace

void Messaging::Owner::with_cell(
    ConversationNumber number, UniqueFunction<void(Result<Cell*>)> then
) {
    auto& slot = cells_[number];
    if (slot == nullptr) {
        slot = std::make_unique<Cell>(number);
        by_use_.push_front(slot.get());
        slot->used = by_use_.begin();
        shared_.metrics.cached.add(lane_);
        slot->waiting.push_back(std::move(then));
        ++waiting_;
        if (!scope_.spawn(load(number))) {
            auto refused = std::move(slot->waiting);
            waiting_ -= refused.size();
            by_use_.erase(slot->used);
            cells_.erase(number);
            shared_.metrics.cached.add(lane_, -1);
            for (auto& one : refused) {
                one(Error{ErrorCode::unavailable, "the server is stopping"});
            }
        }
        return;
    }
    touch(*slot);
    if (slot->ready) {
        then(slot.get());
        return;
    }
    ++waiting_;
    slot->waiting.push_back(std::move(then));
}

runtime::Task<Result<Cell*>> Messaging::Owner::cell(ConversationNumber number) {
    const auto at = cells_.find(number);
    if (at != cells_.end() && at->second->ready) {
        touch(*at->second);
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
        by_use_.erase(cell.used);
        cells_.erase(at);
        shared_.metrics.cached.add(lane_, -1);
        for (auto& then : waiting) {
            then(loaded.error());
        }
        co_return;
    }
    if (loaded->has_value()) {
        cell.conversation = core::Conversation{std::move(**loaded)};
        PARLEY_ASSERT(cell.number() == number);
        cell.handed = cell.stored = cell.state().head;
        cell.ring_blocks.assign(cell.state().members.size(), 0);
        refresh_audience(cell);
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
    // A few looks a call keep this cheap; a cell that may not go yet is met again.
    for (int looks = 0; looks < 8 && cells_.size() > shared_.options.cached_conversations_max;
         ++looks) {
        Cell& oldest = *by_use_.back();
        if (!oldest.removable()) {
            touch(oldest);
            continue;
        }
        by_use_.pop_back();
        cells_.erase(oldest.number());
        shared_.metrics.cached.add(lane_, -1);
    }
}

void Messaging::Owner::refresh_audience(Cell& cell) {
    auto audience = std::make_shared<std::vector<UserId>>();
    for (const core::Member& member : cell.state().members) {
        audience->push_back(member.user);
    }
    cell.audience = std::move(audience);
}

void Messaging::Owner::apply(
    Cell& cell, const core::Record& record, const core::Decision& decision, LogPosition at
) {
    std::optional<std::pair<std::size_t, std::size_t>> ring_place;
    if (decision.event != nullptr) {
        const auto& members = cell.state().members;
        const auto sender = std::ranges::find(members, decision.event->sender, &core::Member::user);
        ring_place.emplace(
            static_cast<std::size_t>(sender - members.begin()),
            sender->sends.count() % core::kSendRingEntries / core::SendRing::kBlockEntries
        );
    }
    cell.conversation.commit(record, decision, at);
    if (!cell.conversation.exists()) {
        return;
    }
    if (std::holds_alternative<core::Opened>(decision.outcome)) {
        cell.ring_blocks.assign(cell.state().members.size(), 0);
        refresh_audience(cell);
    }
    if (ring_place) {
        auto& blocks = cell.ring_blocks[ring_place->first];
        blocks = static_cast<std::uint8_t>(blocks | (1U << ring_place->second));
        unwritten_bytes_ += bytes_of(*decision.event);
        shared_.metrics.unwritten_bytes.add(
            lane_, static_cast<std::int64_t>(bytes_of(*decision.event))
        );
        cell.tail.push_back(decision.event);
        trim_tail(cell);
    }
    mark_dirty(cell);
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
