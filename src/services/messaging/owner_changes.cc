#include <algorithm>
#include <utility>

#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

/// For what is made of conversations: telling the listener where something has changed, and answering what it
/// asks then.

namespace parley::messaging {

void Messaging::Owner::tell_changed(const Cell& cell, const core::Event& event) {
    if (shared_.listener != nullptr && event.type == core::EventType::message) {
        shared_.listener->on_change(loop_.id(), cell.number(), event.seq);
    }
}

void Messaging::Owner::tell_outcome(const Cell& cell, const core::Command& command) {
    if (shared_.listener == nullptr) {
        return;
    }
    if (std::holds_alternative<core::Expire>(command)) {
        shared_.listener->on_expired(loop_.id(), cell.number(), cell.state().expired);
    } else if (const auto* forget = std::get_if<core::ForgetUser>(&command)) {
        shared_.listener->on_forgotten(loop_.id(), cell.number(), forget->user);
    }
}

runtime::Task<Result<std::vector<core::EventPtr>>> Messaging::Owner::plain_events(
    ConversationNumber number, Seq first, Seq last, std::size_t limit
) {
    auto loaded = co_await cell(number);
    CO_TRY(Cell * cell, std::move(loaded));
    const Pin stay{*cell};
    auto read = co_await events(cell, first, last, limit, false);
    CO_TRY(std::vector<core::EventPtr> found, std::move(read));
    const auto& info = cell->state().info;
    if (info == nullptr || info->forgotten.empty()) {
        co_return found;
    }
    for (core::EventPtr& event : found) {
        for (const UserId& gone : info->forgotten) {
            if (auto without = core::without_user(*event, gone)) {
                event = std::move(without);
            }
        }
    }
    co_return found;
}

runtime::Task<Result<std::vector<ReadableView>>> Messaging::Owner::readable(
    UserId user, std::vector<ConversationNumber> numbers
) {
    std::vector<ReadableView> views;
    for (const ConversationNumber number : numbers) {
        auto loaded = co_await cell(number);
        CO_TRY(const Cell* cell, std::move(loaded));
        const core::ConversationState& state = cell->state();
        const core::Member* member = state.find(user);
        if (member == nullptr) {
            continue;
        }
        ReadableView view{.number = number, .ranges = {}, .newest = state.last_time};
        const auto add = [&](Seq first, Seq last) {
            first = std::max(first, state.expired.next());
            if (first <= last) {
                view.ranges.push_back({.first = first, .last = last});
            }
        };
        if (member->extra != nullptr) {
            for (const core::MemberExtra::Stay& stay : member->extra->earlier) {
                add(stay.first, stay.last);
            }
        }
        add(member->first, member->active() ? state.head : member->last);
        views.push_back(std::move(view));
    }
    co_return views;
}

runtime::Task<Result<std::vector<core::EventPtr>>> Messaging::Owner::shown(
    UserId user, ConversationNumber number, std::vector<Seq> seqs
) {
    auto loaded = co_await cell(number);
    CO_TRY(Cell * cell, std::move(loaded));
    const Pin stay{*cell};
    std::vector<core::EventPtr> found;
    for (const Seq seq : seqs) {
        if (seq.value == 0 || seq > cell->state().head) {
            found.push_back(core::void_event(seq));
            continue;
        }
        auto event = co_await event_at(cell, seq);
        CO_TRY(core::EventPtr one, std::move(event));
        found.push_back(std::move(one));
    }
    auto undone = co_await undo_later_edits(cell, user, found);
    if (!undone.ok()) {
        co_return std::move(undone).error();
    }
    const core::Member* member = cell->state().find(user);
    if (member == nullptr) {
        // Not theirs, or the account went meanwhile.
        for (core::EventPtr& event : found) {
            event = core::void_event(event->seq);
        }
        co_return found;
    }
    show(*cell, *member, found);
    co_return found;
}

}  // namespace parley::messaging
