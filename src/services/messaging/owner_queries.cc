#include <algorithm>
#include <ranges>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

Error not_found() {
    return {ErrorCode::not_found, "no such conversation or message"};
}

/// Who has left is told nothing new.
Error has_left() {
    return {ErrorCode::forbidden, "you have left this conversation"};
}

/// Who may read in it, now or only what was before they left; null: not `user`.
const core::Member* reader(const core::ConversationState& state, const UserId& user) {
    const core::Member* member = state.find(user);
    if (mutant(Mutant::history_of_others) && member == nullptr) {
        return &state.members[0];
    }
    return member;
}

/// Of reactions to a message nobody knows when they came, so who has left is shown none.
core::EventPtr without_reactions(const core::EventPtr& event) {
    if (event->amendment == nullptr || event->amendment->reactions.empty()) {
        return event;
    }
    auto seen = std::make_shared<core::Event>(*event);
    auto amendment = std::make_shared<core::Amendment>(*event->amendment);
    amendment->reactions.clear();
    seen->amendment = std::move(amendment);
    return seen;
}

/// Who has left is shown nothing of what came after: not who is in it, not how far they are, not its new
/// name, not when something was said.
void hide_from_former(ConversationView& view, const core::ConversationState& state) {
    auto info = std::make_shared<core::ConversationInfo>();
    info->name = view.mine.extra == nullptr ? std::string{} : view.mine.extra->left_name;
    if (state.info != nullptr) {
        info->created_by = state.info->created_by;
        info->history_for_all = state.info->history_for_all;
    }
    view.info = std::move(info);
    view.active = 0;
    view.receipts = false;
    view.last_time = view.last_event == nullptr ? Timestamp{} : view.last_event->time;
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
    const Pin stay{*cell};
    // What has expired is gone; the memory has the newest, the store what is between: take each place
    // from where it is for sure. The state may move while the store is read.
    const Seq expired = cell->state().expired;
    const std::uint64_t amended_stored = cell->amended_stored;
    const Seq tail_first = cell->tail_first();
    std::vector<core::EventPtr> newest;
    for (Seq seq = std::max({first, tail_first, expired.next()}); seq <= last; seq = seq.next()) {
        newest.push_back(*cell->in_tail(seq));
    }
    for (Seq seq = first; seq <= std::min(last, expired); seq = seq.next()) {
        found.push_back(core::void_event(seq));
    }
    const Seq stored_first = std::max(first, expired.next());
    const Seq stored_last = std::min(last, Seq{tail_first.value - 1});
    if (stored_first <= stored_last) {
        const ports::EventRange range{
            .conversation = cell->number(),
            .first = stored_first,
            .last = stored_last,
            .limit = limit,
            .newest_first = false,
        };
        auto older = co_await shared_.parts.store.read(loop_, range);
        if (!older.ok() && cell->state().expired >= stored_first) {
            co_return co_await events(
                cell, first, last, limit, newest_first
            );  // It went meanwhile.
        }
        CO_TRY(std::vector<core::EventPtr> stored, std::move(older));
        if (cell->amended_stored != amended_stored) {
            // A change went from memory into the store after that was read: it may be in neither. Each such
            // turn takes a batch's write, which is longer than a read.
            co_return co_await events(cell, first, last, limit, newest_first);
        }
        for (const core::EventPtr& event : stored) {
            const core::EventPtr* now = cell->in_memory(event->seq);
            found.push_back(now == nullptr ? event : *now);
        }
    }
    for (const core::EventPtr& event : newest) {
        const core::EventPtr* now = cell->in_memory(event->seq);
        if (now == nullptr) {
            co_return co_await events(
                cell, first, last, limit, newest_first
            );  // The store has it now.
        }
        found.push_back(*now);
    }
    PARLEY_ASSERT(found.size() == last.value - first.value + 1);
    if (newest_first) {
        std::ranges::reverse(found);
    }
    co_return found;
}

runtime::Task<Result<core::EventPtr>> Messaging::Owner::event_at(Cell* cell, Seq seq) {
    if (const core::EventPtr* known = cell->in_memory(seq)) {
        co_return *known;
    }
    auto found = co_await events(cell, seq, seq, 1, false);
    CO_TRY(auto events, std::move(found));
    if (events.empty()) {
        co_return not_found();
    }
    co_return std::move(events.front());
}

runtime::Task<Result<core::EventPtr>> Messaging::Owner::event_of(Cell* cell, MessageId id) {
    const auto place = locate(id);
    if (!place || place->conversation != cell->number()) {
        co_return not_found();
    }
    const auto by_time = [](const core::EventPtr& e) { return e->time; };
    const auto at = std::ranges::lower_bound(cell->tail, place->time, {}, by_time);
    if (at != cell->tail.end() && (*at)->time == place->time) {
        co_return *at;
    }
    const Pin stay{*cell};
    const Seq first = cell->state().expired.next();
    if (first >= cell->tail_first()) {
        co_return not_found();
    }
    auto seq = co_await shared_.parts.store.find_seq(loop_, cell->number(), first, place->time);
    CO_TRY(const auto known, std::move(seq));
    if (!known) {
        co_return not_found();
    }
    auto event = co_await event_at(cell, *known);
    if (event.ok() && (*event)->time != place->time) {
        co_return not_found();
    }
    co_return event;
}

/// Edits of the time after a reader has left are not theirs to see, and so is what they made of a message.
runtime::Task<Result<void>> Messaging::Owner::undo_later_edits(
    Cell* cell, UserId reader, std::span<core::EventPtr> events
) {
    for (core::EventPtr& event : events) {
        const core::Member* member = cell->state().find(reader);
        if (member == nullptr || member->active()) {
            break;
        }
        if (event->amendment == nullptr || event->amendment->edits.empty() ||
            member->can_read(event->amendment->edits.back())) {
            continue;
        }
        const auto& edits = event->amendment->edits;
        const auto newest_first = edits | std::views::reverse;
        const auto seen =
            std::ranges::find_if(newest_first, [member](Seq seq) { return member->can_read(seq); });
        core::EventPtr last_seen;
        if (seen != newest_first.end()) {
            auto found = co_await event_at(cell, *seen);
            CO_TRY(last_seen, std::move(found));
        }
        event = core::before_edits(*event, last_seen.get());
    }
    co_return Result<void>{};
}

void Messaging::Owner::show(
    const Cell& cell, const core::Member& reader, std::span<core::EventPtr> events
) const {
    const core::ConversationState& state = cell.state();
    const Timestamp now = loop_.clock().wall();
    for (core::EventPtr& event : events) {
        if (core::is_void(state, reader, *event, now)) {
            event = core::void_event(event->seq);
            continue;
        }
        event = core::with_few_named(core::seen_by(event, reader.user), reader.user);
        if (!reader.active()) {
            event = without_reactions(event);
        }
        if (state.info == nullptr) {
            continue;
        }
        for (const UserId& gone : state.info->forgotten) {
            if (auto without = core::without_user(*event, gone)) {
                event = std::move(without);
            }
        }
    }
}

runtime::Task<Result<HistoryPage>> Messaging::Owner::history(HistoryRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    const core::Member* member = reader(cell->state(), request.user);
    if (member == nullptr) {
        co_return not_found();
    }
    const Pin stay{*cell};
    const core::Readable range = core::readable(cell->state(), *member);
    const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, core::kPageEventsMax);
    HistoryPage page;
    const bool forward = request.after.has_value();
    Seq first = range.first;
    Seq last = range.last;
    if (forward) {
        first = std::max(first, request.after->next());
    } else if (request.before) {
        last = std::min(last, Seq{request.before->value == 0 ? 0 : request.before->value - 1});
    }
    auto read = co_await events(cell, first, last, limit, !forward);
    CO_TRY(page.events, std::move(read));
    auto undone = co_await undo_later_edits(cell, request.user, page.events);
    if (!undone.ok()) {
        co_return std::move(undone).error();
    }
    member = reader(cell->state(), request.user);
    if (member == nullptr) {
        co_return not_found();  // The account went meanwhile.
    }
    page.has_more = !page.events.empty() &&
                    (forward ? page.events.back()->seq < last : page.events.back()->seq > first);
    show(*cell, *member, page.events);
    co_return page;
}

ConversationView::Person Messaging::Owner::person(
    const core::ConversationState& state, const core::Member& of
) {
    ConversationView::Person person{
        .user = of.user, .role = of.role, .joined_at = of.joined_at, .cursor = {}
    };
    if (state.shows_receipts()) {
        person.cursor = of.cursor;
    }
    return person;
}

ConversationView Messaging::Owner::view_of(
    const Cell& cell, const core::Member& member, core::EventPtr last
) const {
    const core::ConversationState& state = cell.state();
    ConversationView view{
        .number = state.number,
        .type = state.type,
        .info = state.info,
        .people = {},
        .receipts = state.shows_receipts() && !state.is_blocked(member),
        .active = state.active,
        .head = core::readable(state, member).last,
        .last_event = std::move(last),
        .mine = ports::member_write(member, 0, member.sends.count()).member,
        .unread = state.unread(member),
        .last_time = state.last_time,
    };
    if (!mutant(Mutant::former_is_shown) && !member.active()) {
        hide_from_former(view, state);
        return view;
    }
    if (state.active > kPeopleShownMax) {
        return view;
    }
    for (const core::Member& other : state.members) {
        // The other one of a direct conversation stays in it, even when the account is gone.
        if (other.active() || state.type == core::ConversationType::direct) {
            view.people.push_back(person(state, other));
        }
    }
    return view;
}

runtime::Task<Result<std::vector<ConversationView::Person>>> Messaging::Owner::members(
    UserId user, ConversationNumber number, std::size_t from, std::size_t limit
) {
    auto found = co_await cell(number);
    CO_TRY(const Cell* cell, std::move(found));
    const core::ConversationState& state = cell->state();
    const core::Member* asking = state.find(user);
    if (asking == nullptr) {
        co_return not_found();
    }
    if (!asking->active()) {
        co_return has_left();
    }
    std::vector<ConversationView::Person> people;
    for (const core::Member& member : state.members) {
        if (!member.active()) {
            continue;
        }
        if (from > 0) {
            --from;
        } else if (people.size() < limit) {
            people.push_back(person(state, member));
        }
    }
    co_return people;
}

runtime::Task<Result<ConversationView>> Messaging::Owner::view(
    UserId user, ConversationNumber number
) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    core::EventPtr last;
    // The head may move while its event is read: ask again until what is shown belongs together.
    for (;;) {
        const core::Member* member = cell->state().find(user);
        if (member == nullptr) {
            co_return not_found();
        }
        const Seq head = core::readable(cell->state(), *member).last;
        if (head.value == 0) {
            break;
        }
        auto event = co_await event_at(cell, head);
        CO_TRY(last, std::move(event));
        const std::span<core::EventPtr> one{&last, 1};
        auto undone = co_await undo_later_edits(cell, user, one);
        if (!undone.ok()) {
            co_return std::move(undone).error();
        }
        member = cell->state().find(user);
        if (member != nullptr && core::readable(cell->state(), *member).last == head) {
            show(*cell, *member, {&last, 1});
            break;
        }
    }
    co_return view_of(*cell, *cell->state().find(user), std::move(last));
}

runtime::Task<Result<std::vector<Activity>>> Messaging::Owner::activity(
    UserId user, std::vector<ConversationNumber> numbers, bool groups_only
) {
    std::vector<Activity> places;
    for (const ConversationNumber number : numbers) {
        auto loaded = co_await cell(number);
        CO_TRY(const Cell* cell, std::move(loaded));
        const core::ConversationState& state = cell->state();
        const core::Member* member = state.find(user);
        // Listed, but its first record never made it into the log; or made for nothing.
        if (member == nullptr) {
            continue;
        }
        if (groups_only && (state.type != core::ConversationType::group || !member->active())) {
            continue;
        }
        Timestamp last_time = state.last_time;
        if (!member->active()) {
            auto seen =
                co_await view(user, number);  // The last that they could see, read from the store.
            if (!seen.ok()) {
                co_return std::move(seen).error();
            }
            last_time = seen->last_time;
        }
        places.push_back({.last_time = last_time, .number = number});
    }
    co_return places;
}

runtime::Task<Result<Messaging::Opened>> Messaging::Owner::open(
    UserId user, UserId other, ConversationNumber number
) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    const core::OpenDirect record{.first = std::min(user, other), .second = std::max(user, other)};
    const SessionId nobody;
    auto decided = co_await decide(cell, record, nobody);
    CO_TRY(const core::Outcome outcome, std::move(decided));
    auto seen = co_await view(user, number);
    CO_TRY(auto view, std::move(seen));
    Opened opened{
        .view = std::move(view), .created = std::holds_alternative<core::Opened>(outcome)
    };
    co_return opened;
}

runtime::Task<Result<MessageView>> Messaging::Owner::message(UserId user, MessageId id) {
    const auto place = locate(id);
    if (!place) {
        co_return not_found();
    }
    auto found = co_await cell(place->conversation);
    CO_TRY(Cell * cell, std::move(found));
    if (!mutant(Mutant::message_of_others) && cell->state().find(user) == nullptr) {
        co_return not_found();
    }
    const Pin stay{*cell};
    auto event = co_await event_of(cell, id);
    MessageView view{.conversation = place->conversation, .event = nullptr};
    CO_TRY(view.event, std::move(event));
    const std::span<core::EventPtr> one{&view.event, 1};
    auto undone = co_await undo_later_edits(cell, user, one);
    if (!undone.ok()) {
        co_return std::move(undone).error();
    }
    const core::Member* reader = cell->state().find(user);
    if (mutant(Mutant::message_of_others) && reader == nullptr) {
        reader = &cell->state().members[0];
    }
    if (reader == nullptr) {
        co_return not_found();
    }
    show(*cell, *reader, {&view.event, 1});
    if (view.event->type == core::EventType::void_place) {
        co_return not_found();
    }
    view.receipts = reader->active();
    const bool told = !view.event->hidden && !cell->state().is_blocked(*reader);
    for (const core::Member& member : cell->state().members) {
        // Only those who were to get it; between two who are blocked, nothing is told.
        if (!view.receipts || member.user.is_nil() || member.user == view.event->sender ||
            !member.can_read(view.event->seq)) {
            continue;
        }
        const core::Cursor cursor = told ? member.cursor : core::Cursor{};
        ++view.sent_to;
        view.delivered_to += cursor.delivered >= view.event->seq ? 1 : 0;
        view.read_by += cursor.read >= view.event->seq ? 1 : 0;
        if (cell->state().shows_receipts()) {
            view.recipients.push_back({.user = member.user, .cursor = cursor});
        }
    }
    co_return view;
}

runtime::Task<Result<CatchUp>> Messaging::Owner::catch_up(CatchUpRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    CatchUp answer;
    const core::Member* member = cell->state().find(request.user);
    if (member == nullptr) {
        co_return answer;  // Not theirs, or not opened yet: no news.
    }
    const Pin stay{*cell};
    // What the others do is no news for who has left.
    const std::uint64_t changed_at = member->active()
                                         ? std::max(cell->state().changed_at, member->changed_at)
                                         : member->changed_at;
    const bool changed = !request.since || changed_at > *request.since;
    if (!request.after && !changed) {
        co_return answer;
    }
    const core::Readable range = core::readable(cell->state(), *member);
    const Seq after = std::max(request.after.value_or(Seq{}), Seq{range.first.value - 1});
    if (after < range.last) {
        auto read = co_await events(cell, after.next(), range.last, core::kPageEventsDefault, true);
        CO_TRY(answer.events, std::move(read));
        std::ranges::reverse(answer.events);
        answer.has_more = answer.events.front()->seq > after.next();
        auto undone = co_await undo_later_edits(cell, request.user, answer.events);
        if (!undone.ok()) {
            co_return std::move(undone).error();
        }
        member = cell->state().find(request.user);
        if (member == nullptr) {
            co_return CatchUp{};
        }
        show(*cell, *member, answer.events);
    }
    answer.changed = changed;
    co_return answer;
}

runtime::Task<Result<bool>> Messaging::Owner::both_in(
    ConversationNumber number, UserId one, UserId other
) {
    auto found = co_await cell(number);
    CO_TRY(const Cell* cell, std::move(found));
    const core::Members& members = cell->state().members;
    co_return members.find_active(one) != nullptr&& members.find_active(other) != nullptr;
}

}  // namespace parley::messaging
