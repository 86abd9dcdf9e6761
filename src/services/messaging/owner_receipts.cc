#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

/// Cursor moves: many acks make one record and one receipt. A member's targets are merged by maximum;
/// one record at a time is under way, at most one an interval.

namespace parley::messaging {
namespace {

Error not_found() {
    return {ErrorCode::not_found, "no such conversation or message"};
}

/// A message that is not theirs to read answers as one that never was.
bool may_name(const core::Member& member, const core::Event& event) {
    return core::may_read(member, event) && (!event.hidden || event.sender == member.user);
}

}  // namespace

PendingReceipt& Messaging::Owner::pending(Cell& cell, UserId user) {
    PendingReceipt& receipt = cell.receipts[user];
    receipt.user = user;
    return receipt;
}

void Messaging::Owner::mark(MarkJob job) {
    if (auto room = check_room(); !room.ok()) {
        answer(job.home, std::move(job.done), std::move(room));
        return;
    }
    const ConversationNumber number = job.request.conversation;
    with_cell(number, [this, job = std::move(job)](Result<Cell*> found) mutable {
        if (!found.ok()) {
            answer(job.home, std::move(job.done), std::move(found).error());
            return;
        }
        mark_in(**found, std::move(job));
    });
}

void Messaging::Owner::mark_in(Cell& cell, MarkJob job) {
    const core::Member* member = cell.state().find(job.request.user);
    if (member == nullptr) {
        answer(job.home, std::move(job.done), not_found());
        return;
    }
    const core::EventPtr* event = nullptr;
    if (const auto* seq = std::get_if<Seq>(&job.request.up_to)) {
        const Seq last = core::readable(cell.state(), *member).last;
        if (*seq > last || seq->value == 0) {
            answer(
                job.home,
                std::move(job.done),
                Error{ErrorCode::invalid_request, "no event has this seq"}
            );
            return;
        }
        const bool read = job.request.status == ReceiptStatus::read;
        if (*seq <= (read ? member->cursor.read : member->cursor.delivered)) {
            answer(job.home, std::move(job.done), Result<void>{});
            return;
        }
        event = cell.in_tail(*seq);
    } else {
        const auto place = locate(std::get<MessageId>(job.request.up_to));
        PARLEY_ASSERT(place && place->conversation == cell.number());
        const auto by_time = [](const core::EventPtr& e) { return e->time; };
        const auto at = std::ranges::lower_bound(cell.tail, place->time, {}, by_time);
        if (at != cell.tail.end() && (*at)->time == place->time) {
            event = &*at;
            if (!may_name(*member, **event)) {
                answer(job.home, std::move(job.done), not_found());
                return;
            }
        }
    }
    if (event != nullptr) {
        const core::EventPtr hold = *event;
        want(cell, std::move(job), *hold);
        return;
    }
    Pin pin{cell};
    scope_.spawn(mark_stored(&cell, std::move(job), std::move(pin)));
}

runtime::Task<void> Messaging::Owner::mark_stored(
    Cell* cell, MarkJob job, [[maybe_unused]] Pin pin
) {
    Result<core::EventPtr> event = not_found();
    if (const auto* seq = std::get_if<Seq>(&job.request.up_to)) {
        event = co_await event_at(cell, *seq);
    } else {
        event = co_await event_of(cell, std::get<MessageId>(job.request.up_to));
    }
    if (!event.ok()) {
        answer(job.home, std::move(job.done), std::move(event).error());
        co_return;
    }
    const core::Member* member = cell->state().find(job.request.user);
    const bool named = std::holds_alternative<MessageId>(job.request.up_to);
    if (member == nullptr || (named && !may_name(*member, **event)) ||
        (*event)->seq > core::readable(cell->state(), *member).last) {
        answer(job.home, std::move(job.done), not_found());
        co_return;
    }
    want(*cell, std::move(job), **event);
}

void Messaging::Owner::want(Cell& cell, MarkJob job, const core::Event& event) {
    const UserId user = job.request.user;
    const core::Cursor& now = cell.state().find(user)->cursor;
    const bool read = job.request.status == ReceiptStatus::read;
    if (event.seq <= (read ? now.read : now.delivered)) {
        answer(job.home, std::move(job.done), Result<void>{});
        return;
    }
    PendingReceipt& receipt = pending(cell, user);
    // One receipt for what two sessions of theirs have marked is news to both.
    const bool waiting = receipt.read.seq > now.read || receipt.delivered.seq > now.delivered;
    const bool others = waiting && receipt.session != job.request.session;
    receipt.session = others ? SessionId{} : job.request.session;
    PendingReceipt::Target& target = read ? receipt.read : receipt.delivered;
    if (event.seq > target.seq) {
        target = {
            .seq = event.seq,
            .ordinal = event.ordinal,
            .message_id = message_id(cell.number(), event.time)
        };
    }
    if (job.done) {
        receipt.waiters.push_back(PendingReceipt::Waiter{
            .status = job.request.status,
            .seq = event.seq,
            .home = job.home,
            .done = std::move(job.done)
        });
    }
    log_receipt(cell, user);
}

void Messaging::Owner::log_receipt(Cell& cell, UserId user) {
    PendingReceipt& receipt = pending(cell, user);
    if (receipt.logging || receipt.timer.value != 0) {
        return;
    }
    const core::Member* member = cell.state().find(user);
    if (member == nullptr) {
        receipt_refused(cell, user, not_found());
        return;
    }
    const core::Cursor& now = member->cursor;
    const bool read = receipt.read.seq > now.read;
    if (!read && receipt.delivered.seq <= now.delivered) {
        answer_reached(cell, user);  // A send of theirs moved the cursor, too.
        return;
    }
    const Duration steady = loop_.clock().steady();
    const Duration due = receipt.last_logged.count() < 0
                             ? Duration{0}
                             : receipt.last_logged + core::kReceiptInterval;
    if (due > steady) {
        ++cell.pins;
        receipt.timer = loop_.after(due - steady, [this, &cell, user] {
            --cell.pins;
            pending(cell, user).timer = {};
            log_receipt(cell, user);
        });
        return;
    }
    // One status a record, so that one record makes one receipt: read first, for it implies the other.
    InFlight entry{.kind = Kind::cursor, .cell = &cell, .record = {}};
    entry.session = receipt.session;
    entry.record.conversation = cell.number();
    entry.record.time = loop_.clock().wall();
    core::MoveCursor move{
        .user = user, .delivered = receipt.delivered.seq, .read = {}, .read_ordinal = {}
    };
    if (read) {
        move = {
            .user = user,
            .delivered = receipt.read.seq,
            .read = receipt.read.seq,
            .read_ordinal = receipt.read.ordinal,
        };
    }
    entry.record.command = move;
    if (auto taken = append(std::move(entry)); !taken.ok()) {
        receipt_refused(cell, user, taken.error());
        return;
    }
    receipt.logging = true;
    receipt.last_logged = steady;
}

/// Who is told how far `user` has come: everyone in small conversations, and always their own devices.
Audience Messaging::Owner::receipt_audience(const Cell& cell, UserId user) {
    const core::Member* member = cell.state().find(user);
    if (cell.state().shows_receipts() && member->active() && !cell.state().is_blocked(*member)) {
        return cell.audience;
    }
    return std::make_shared<const AudienceList>(std::vector<UserId>{user});
}

void Messaging::Owner::receipt_committed(
    Cell& cell, const InFlight& entry, const core::Decision& decision
) {
    const auto& move = std::get<core::MoveCursor>(entry.record.command);
    PendingReceipt& receipt = pending(cell, move.user);
    receipt.logging = false;
    if (cell.state().find(move.user) == nullptr) {
        receipt_refused(cell, move.user, not_found());  // The account is gone.
        return;
    }
    if (const auto* moved = std::get_if<core::CursorMoved>(&decision.outcome)) {
        const bool read = moved->read_grew;
        const PendingReceipt::Target& target = read ? receipt.read : receipt.delivered;
        ReceiptOut out{
            .receipt = {}, .audience = receipt_audience(cell, move.user), .except = entry.session
        };
        const Seq seq = read ? moved->cursor.read : moved->cursor.delivered;
        out.receipt.conversation = cell.number();
        out.receipt.user = move.user;
        out.receipt.status = read ? ReceiptStatus::read : ReceiptStatus::delivered;
        out.receipt.seq = seq;
        out.receipt.time = entry.record.time;
        // The target may have moved on meanwhile; the receipt names the event that the record moved to.
        const core::EventPtr* event = cell.in_tail(seq);
        out.receipt.message_id =
            event != nullptr ? message_id(cell.number(), (*event)->time) : target.message_id;
        const ports::LoopMask loops = loops_of(*out.audience);
        for (std::size_t i = 0; i < out_.size(); ++i) {
            if ((loops >> i & 1U) != 0) {
                out_[i].emplace_back(out);
            }
        }
        shared_.metrics.receipts.add(lane_);
    }
    answer_reached(cell, move.user);
    if (!mutant(Mutant::ack_lost_in_merge)) {
        log_receipt(cell, move.user);
    }
    forget_receipt(cell, move.user);
}

void Messaging::Owner::answer_reached(Cell& cell, UserId user) {
    const core::Cursor& now = cell.state().find(user)->cursor;
    std::erase_if(pending(cell, user).waiters, [&](PendingReceipt::Waiter& waiter) {
        if (waiter.seq > (waiter.status == ReceiptStatus::read ? now.read : now.delivered)) {
            return false;
        }
        answer(waiter.home, std::move(waiter.done), Result<void>{});
        return true;
    });
}

void Messaging::Owner::receipt_refused(Cell& cell, UserId user, const Error& error) {
    PendingReceipt& receipt = pending(cell, user);
    receipt.logging = false;
    for (PendingReceipt::Waiter& waiter : receipt.waiters) {
        answer(waiter.home, std::move(waiter.done), error);
    }
    receipt.waiters.clear();
    // Nobody was promised anything; the client's next ack asks for the same or more.
    receipt.read = {};
    receipt.delivered = {};
}

void Messaging::Owner::forget_receipt(Cell& cell, UserId user) {
    // `last_logged` must outlive the interval, so entries go only when the conversation goes from memory,
    // but for large memberships: then those that wait for nothing and are old.
    // They are all looked at when they have become twice as many, so that each costs the same few looks.
    constexpr std::size_t kKept = 64;
    if (cell.receipts.size() <= std::max(kKept, 2 * cell.receipts_swept)) {
        return;
    }
    const Duration now = loop_.clock().steady();
    std::erase_if(cell.receipts, [&](const auto& entry) {
        const PendingReceipt& receipt = entry.second;
        return receipt.user != user && !receipt.logging && receipt.timer.value == 0 &&
               receipt.waiters.empty() && receipt.last_logged + core::kReceiptInterval < now;
    });
    cell.receipts_swept = cell.receipts.size();
}

}  // namespace parley::messaging
