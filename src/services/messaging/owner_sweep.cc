#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

/// What goes: accounts, messages whose time is over, and what is older than the server keeps.

namespace parley::messaging {
namespace {

/// Events looked at in one piece, so that the owner's other work comes in between.
constexpr std::size_t kSweptEventsMax = 1'000;

bool nobody_is_left(const core::ConversationState& state) noexcept {
    return std::ranges::all_of(state.members, [](const core::Member& m) {
        return m.user.is_nil();
    });
}

/// A message that counts among the unread.
bool counts(const core::Event& event) noexcept {
    return event.type == core::EventType::message && !event.hidden;
}

/// Messages that follow one another make one stretch.
void note_gone(const core::Event& message, std::vector<core::GoneMessages>& gone) {
    const Ordinal before{message.ordinal.value - 1};
    if (!gone.empty() && gone.back().last == before) {
        gone.back().last = message.ordinal;
        gone.back().last_seq = message.seq;
    } else {
        gone.push_back(
            {.after = before,
             .last = message.ordinal,
             .first_seq = message.seq,
             .last_seq = message.seq}
        );
    }
}

}  // namespace

runtime::Task<Result<void>> Messaging::Owner::forget(UserId user, ConversationNumber number) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    core::Command command = core::ForgetUser{.user = user};
    auto decided = co_await decide(cell, std::move(command), SessionId());
    CO_TRY(const core::Outcome outcome, std::move(decided));
    if (const auto* error = std::get_if<Error>(&outcome)) {
        co_return *error;
    }
    const core::ConversationState& state = cell->state();
    if (state.type == core::ConversationType::direct &&
        !std::holds_alternative<core::Unchanged>(outcome)) {
        // There is no event of it: the other one is shown the conversation as it is now.
        for (const UserId& other : cell->audience->users()) {
            for (auto& out : out_) {
                out.emplace_back(ChangedOut{.conversation = number, .user = other});
            }
        }
        flush_out_later();
    }
    if (!cell->conversation.exists() || !nobody_is_left(state) || state.expired == state.head) {
        co_return Result<void>{};
    }
    // What nobody can read any more is not kept.
    core::Command all = core::Expire{.through = state.head, .ordinal = state.ordinal};
    auto gone = co_await decide(cell, std::move(all), SessionId());
    CO_TRY(const core::Outcome expired, std::move(gone));
    const auto* refused = std::get_if<Error>(&expired);
    co_return refused == nullptr ? Result<void>{} : Result<void>{*refused};
}

runtime::Task<Result<Messaging::Owner::Swept>> Messaging::Owner::sweep(
    ConversationNumber number, Timestamp keep_from
) {
    auto found = co_await cell(number);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    Swept swept;
    if (!cell->conversation.exists()) {
        co_return swept;
    }
    core::Expire expire{.through = cell->state().expired, .ordinal = {}};
    if (keep_from.ticks > 0) {
        auto old = co_await find_old(cell, keep_from, &expire);
        if (!old.ok()) {
            co_return std::move(old).error();
        }
        swept.events += expire.through.value - cell->state().expired.value;
    }
    const Seq expiring = cell->state().expiring;
    if (expiring.value != 0 && cell->state().expires_at <= loop_.clock().wall()) {
        auto erased = co_await erase_expired(cell, &expire, &swept);
        if (!erased.ok()) {
            co_return std::move(erased).error();
        }
    }
    if (unwritten_bytes_ >= shared_.options.unwritten_bytes_max) {
        // What was erased fills the room by itself, and the record would be refused for it.
        auto written = co_await write_all();
        if (!written.ok()) {
            co_return std::move(written).error();
        }
    }
    core::Command goes = expire;
    auto decided = co_await decide(cell, std::move(goes), SessionId());
    CO_TRY(const core::Outcome outcome, std::move(decided));
    if (const auto* error = std::get_if<Error>(&outcome)) {
        co_return *error;
    }
    co_return swept;
}

/// The newest event that is older than `keep_from`: everything up to it goes.
runtime::Task<Result<void>> Messaging::Owner::find_old(
    Cell* cell, Timestamp keep_from, core::Expire* expire
) {
    const Seq first = cell->state().expired.next();
    const auto by_time = [](const core::EventPtr& e) { return e->time; };
    const auto at = std::ranges::upper_bound(cell->tail, keep_from, {}, by_time);
    if (at != cell->tail.begin()) {
        const core::EventPtr& newest = *std::prev(at);
        if (newest->seq >= first) {
            expire->through = newest->seq;
            expire->ordinal = newest->ordinal;
        }
        co_return Result<void>{};
    }
    if (first > cell->state().head || first >= cell->tail_first()) {
        co_return Result<void>{};
    }
    auto sought = co_await shared_.parts.store.find_seq(loop_, cell->number(), first, keep_from);
    CO_TRY(const auto seq, std::move(sought));
    if (!seq) {
        co_return Result<void>{};
    }
    auto read = co_await event_at(cell, *seq);
    CO_TRY(const core::EventPtr newest, std::move(read));
    expire->through = newest->seq;
    expire->ordinal = newest->ordinal;
    co_return Result<void>{};
}

/// The messages whose own time is over, from the first that has one on: up to one whose time has not come. Places that
/// have no time stay. What goes stays void by its time, so that no record need say which they were.
runtime::Task<Result<void>> Messaging::Owner::erase_expired(
    Cell* cell, core::Expire* expire, Swept* swept
) {
    const Timestamp now = loop_.clock().wall();
    const Seq first = std::max(cell->state().expiring, expire->through.next());
    const Seq last{std::min(cell->state().head.value, first.value + kSweptEventsMax - 1)};
    expire->expiring = last.next();
    expire->expires_at = now;  // Looked at again at once, should there be more.
    swept->more = last < cell->state().head;
    for (Seq from = first; from <= last;) {
        auto read = co_await events(
            cell, from, last, std::min<std::size_t>(core::kPageEventsMax, kSweptEventsMax), false
        );
        CO_TRY(const auto page, std::move(read));
        for (const core::EventPtr& event : page) {
            const auto held = cell->amended.find(event->seq);
            const bool in_use = held != cell->amended.end() && held->second.holders > 0;
            if (event->ttl_seconds != 0 && (in_use || !core::is_expired(*event, now))) {
                expire->expiring = event->seq;
                expire->expires_at = core::expires_at(*event);
                swept->more = false;
                co_return Result<void>{};
            }
            if (event->ttl_seconds != 0 && !core::is_bare(*event)) {
                auto erased = co_await erase_event(cell, event);
                if (!erased.ok()) {
                    co_return erased;
                }
                ++swept->events;
            }
            if (!counts(*event)) {
                continue;
            }
            if (event->ttl_seconds != 0) {
                note_gone(*event, expire->gone);
            }
        }
        from = Seq{from.value + page.size()};
    }
    co_return Result<void>{};
}

/// For a replayed Expire, before it is applied: the store may not have what was erased when it was written. Everything
/// before `until` that disappears by itself has.
runtime::Task<Result<void>> Messaging::Owner::erase_again(Cell* cell, Seq until) {
    const Pin stay{*cell};
    const core::ConversationState& state = cell->state();
    if (state.expiring.value == 0 || until <= state.expiring) {
        co_return Result<void>{};
    }
    const Seq last{std::min(state.head.value, until.value - 1)};
    for (Seq from = std::max(state.expiring, state.expired.next()); from <= last;) {
        auto read = co_await events(cell, from, last, core::kPageEventsMax, false);
        CO_TRY(const auto page, std::move(read));
        for (const core::EventPtr& event : page) {
            if (event->ttl_seconds == 0 || core::is_bare(*event)) {
                continue;
            }
            auto erased = co_await erase_event(cell, event);
            if (!erased.ok()) {
                co_return erased;
            }
        }
        from = Seq{from.value + page.size()};
    }
    co_return Result<void>{};
}

/// With what its edits said. The place stays, and its time.
runtime::Task<Result<void>> Messaging::Owner::erase_event(Cell* cell, core::EventPtr event) {
    std::vector<Seq> edits;
    if (event->amendment != nullptr) {
        edits = event->amendment->edits;
    }
    for (const Seq seq : edits) {
        auto read = co_await event_at(cell, seq);
        CO_TRY(const core::EventPtr edit, std::move(read));
        put_amended(*cell, core::expire(*edit));
    }
    if (!mutant(Mutant::erasure_lost)) {
        put_amended(*cell, core::expire(*event));
    }
    mark_dirty(*cell);
    tell_changed(*cell, *event);
    co_return Result<void>{};
}

}  // namespace parley::messaging
