#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

Error not_found() {
    return {ErrorCode::not_found, "no such conversation or message"};
}

}  // namespace

runtime::Task<Result<std::vector<core::EventPtr>>> Messaging::Owner::events(
    Cell* cell, Seq first, Seq last, std::size_t limit, bool newest_first
) {
    std::vector<core::EventPtr> found;
    last = std::min(last, cell->state().head);
    if (first > last || limit == 0) {
        co_return found;
    }
    if (last.value - first.value >= limit) {
        (newest_first ? first.value : last.value) =
            newest_first ? last.value - limit + 1 : first.value + limit - 1;
    }
    // The memory has the newest, the store everything below: take each place from where it is for sure.
    const Seq tail_first = cell->tail_first();
    for (Seq seq = std::max(first, tail_first); seq <= last; seq = seq.next()) {
        found.push_back(*cell->in_tail(seq));
    }
    if (first < tail_first) {
        const Pin stay{*cell};
        const ports::EventRange range{
            .conversation = cell->number(),
            .first = first,
            .last = std::min(last, Seq{tail_first.value - 1}),
            .limit = limit,
            .newest_first = false,
        };
        auto older = co_await shared_.parts.store.read(loop_, range);
        if (!older.ok()) {
            co_return std::move(older).error();
        }
        found.insert(found.begin(), older->begin(), older->end());
    }
    PARLEY_ASSERT(found.size() == last.value - first.value + 1);
    if (newest_first) {
        std::ranges::reverse(found);
    }
    co_return found;
}

runtime::Task<Result<core::EventPtr>> Messaging::Owner::event_at(Cell* cell, Seq seq) {
    auto found = co_await events(cell, seq, seq, 1, false);
    if (!found.ok()) {
        co_return std::move(found).error();
    }
    if (found->empty()) {
        co_return not_found();
    }
    co_return std::move(found->front());
}

runtime::Task<Result<HistoryPage>> Messaging::Owner::history(HistoryRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    if (cell->state().find(request.user) == nullptr && !mutant(Mutant::history_of_others)) {
        co_return not_found();
    }
    const Pin stay{*cell};
    const Seq head = cell->state().head;
    const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, core::kPageEventsMax);
    HistoryPage page;
    if (request.after) {
        const Seq first = request.after->next();
        auto read = co_await events(cell, first, head, limit, false);
        CO_TRY(page.events, std::move(read));
        page.has_more = !page.events.empty() && page.events.back()->seq < head;
        co_return page;
    }
    const Seq last =
        request.before ? Seq{request.before->value == 0 ? 0 : request.before->value - 1} : head;
    const Seq first{1};
    auto read = co_await events(cell, first, last, limit, true);
    CO_TRY(page.events, std::move(read));
    page.has_more = !page.events.empty() && page.events.back()->seq.value > 1;
    co_return page;
}

ConversationView Messaging::Owner::view_of(
    const Cell& cell, const core::Member& member, core::EventPtr last
) const {
    const core::ConversationState& state = cell.state();
    ConversationView view{
        .number = state.number,
        .type = state.type,
        .members = *cell.audience,
        .head = state.head,
        .last_event = std::move(last),
        .mine = member.cursor,
        .unread = state.unread(member),
        .last_time = state.last_time,
    };
    return view;
}

runtime::Task<Result<ConversationView>> Messaging::Owner::view(
    UserId user, ConversationNumber number
) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    if (cell->state().find(user) == nullptr) {
        co_return not_found();
    }
    const Pin stay{*cell};
    core::EventPtr last;
    // The head may move while its event is read: ask again until what is shown belongs together.
    while (cell->state().head.value != 0) {
        const Seq head = cell->state().head;
        auto event = co_await event_at(cell, head);
        CO_TRY(last, std::move(event));
        if (cell->state().head == head) {
            break;
        }
    }
    co_return view_of(*cell, *cell->state().find(user), std::move(last));
}

runtime::Task<Result<Messaging::Opened>> Messaging::Owner::open(
    UserId user, UserId other, ConversationNumber number
) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    bool created = false;
    if (!cell->conversation.exists()) {
        if (auto room = check_room(); !room.ok()) {
            co_return std::move(room).error();
        }
        runtime::Callback<Result<bool>> answer;
        InFlight entry{.kind = Kind::open, .cell = cell, .record = {}, .home = loop_.id()};
        entry.record.conversation = number;
        entry.record.time = loop_.clock().wall();
        entry.record.command =
            core::OpenDirect{.first = std::min(user, other), .second = std::max(user, other)};
        entry.opened = answer.completion();
        const Pin stay{*cell};
        if (auto taken = append(std::move(entry)); !taken.ok()) {
            co_return std::move(taken).error();
        }
        auto opened = co_await answer.wait();
        CO_TRY(created, std::move(opened));
    }
    auto seen = co_await view(user, number);
    CO_TRY(auto view, std::move(seen));
    Opened opened{.view = std::move(view), .created = created};
    co_return opened;
}

runtime::Task<Result<MessageView>> Messaging::Owner::message(UserId user, MessageId id) {
    const auto place = locate(id);
    if (!place) {
        co_return not_found();
    }
    auto found = co_await cell(place->conversation);
    CO_TRY(Cell * cell, std::move(found));
    if (cell->state().find(user) == nullptr && !mutant(Mutant::message_of_others)) {
        co_return not_found();
    }
    const Pin stay{*cell};
    MessageView view{.conversation = place->conversation, .event = nullptr, .recipients = {}};
    const auto by_time = [](const core::EventPtr& e) { return e->time; };
    const auto at = std::ranges::lower_bound(cell->tail, place->time, {}, by_time);
    if (at != cell->tail.end() && (*at)->time == place->time) {
        view.event = *at;
    } else {
        auto seq = co_await shared_.parts.store.find_seq(loop_, place->conversation, place->time);
        CO_TRY(auto known, std::move(seq));
        if (!known) {
            co_return not_found();
        }
        auto event = co_await event_at(cell, *known);
        CO_TRY(view.event, std::move(event));
        if (view.event->time != place->time) {
            co_return not_found();
        }
    }
    for (const core::Member& member : cell->state().members) {
        if (member.user != view.event->sender) {
            view.recipients.push_back({.user = member.user, .cursor = member.cursor});
        }
    }
    co_return view;
}

runtime::Task<Result<CatchUp>> Messaging::Owner::catch_up(CatchUpRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    CatchUp answer;
    if (cell->state().find(request.user) == nullptr) {
        co_return answer;  // Not theirs (any more), or not opened yet: no news.
    }
    const Pin stay{*cell};
    const bool changed = !request.since || cell->state().changed_at > *request.since;
    if (!request.after && !changed) {
        co_return answer;
    }
    const Seq after = request.after.value_or(Seq{});
    const Seq head = cell->state().head;
    if (after < head) {
        auto read = co_await events(cell, after.next(), head, core::kPageEventsDefault, true);
        CO_TRY(answer.events, std::move(read));
        std::ranges::reverse(answer.events);
        answer.has_more = answer.events.front()->seq > after.next();
    }
    if (changed) {
        auto seen = co_await view(request.user, request.conversation);
        CO_TRY(answer.view, std::move(seen));
    }
    co_return answer;
}

}  // namespace parley::messaging
