#include "services/messaging/owner.h"

#include <bit>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

core::OpenDirect pair_record(UserId one, UserId other) noexcept {
    return one < other ? core::OpenDirect{.first = one, .second = other}
                       : core::OpenDirect{.first = other, .second = one};
}

}  // namespace

Messaging::Owner::Owner(Messaging& messaging, Shared& shared, runtime::Loop& loop)
    : messaging_(messaging),
      shared_(shared),
      loop_(loop),
      lane_(loop.id().value),
      out_(shared.parts.loops.size()) {
    shared_.parts.log.attach(loop, *this);
}

void Messaging::Owner::accept(std::vector<OwnerJob> jobs) {
    for (OwnerJob& job : jobs) {
        if (auto* send_job = std::get_if<SendJob>(&job)) {
            send(std::move(*send_job));
        } else if (auto* mark_job = std::get_if<MarkJob>(&job)) {
            mark(std::move(*mark_job));
        } else {
            type(std::get<TypingJob>(job));
        }
    }
}

Result<void> Messaging::Owner::check_room() const {
    if (draining_) {
        return Error{ErrorCode::unavailable, "the server is stopping"};
    }
    if (in_flight_.size() + waiting_ >= shared_.options.in_flight_max) {
        return Error{ErrorCode::unavailable, "too many messages are on their way"};
    }
    if (unwritten_bytes_ >= shared_.options.unwritten_bytes_max) {
        return Error{ErrorCode::unavailable, "the store does not keep up"};
    }
    return {};
}

void Messaging::Owner::send(SendJob job) {
    shared_.metrics.messages_in.add(lane_);
    if (auto room = check_room(); !room.ok()) {
        answer(job.home, std::move(job.done), std::move(room).error());
        return;
    }
    const ConversationNumber number = job.number;
    const auto at = cells_.find(number);
    if (at != cells_.end() && at->second->ready) {
        touch(*at->second);
        shared_.metrics.cache_hits.add(lane_);
        send_to(*at->second, std::move(job));
        return;
    }
    with_cell(number, [this, job = std::move(job)](Result<Cell*> found) mutable {
        if (!found.ok()) {
            answer(job.home, std::move(job.done), std::move(found).error());
            return;
        }
        send_to(**found, std::move(job));
    });
}

void Messaging::Owner::send_to(Cell& cell, SendJob job) {
    const bool open = !cell.conversation.exists() && job.receiver.has_value();
    if (!open && job.receiver && cell.state().find(*job.receiver) == nullptr) {
        // Found before the account went: its id names nobody any more.
        answer(job.home, std::move(job.done), Error{ErrorCode::not_found, "no such user"});
        return;
    }
    core::Command command = std::move(job.request.message);
    auto known = job.refused ? cell.conversation.answered(command)
                 : open      ? std::nullopt
                             : cell.conversation.admit(command);
    if (!known && job.refused) {
        known = std::move(*job.refused);
    }
    if (known) {
        const auto* sent = std::get_if<core::Sent>(&*known);
        if (sent != nullptr) {
            shared_.metrics.repeats.add(lane_);
        }
        Result<SendReply> reply =
            sent != nullptr
                ? Result<SendReply>{SendReply{.conversation = cell.number(), .sent = *sent}}
                : Result<SendReply>{std::get<Error>(std::move(*known))};
        answer(job.home, std::move(job.done), std::move(reply));
        return;
    }
    const Timestamp now = loop_.clock().wall();
    if (open) {
        InFlight opening{.kind = Kind::open, .cell = &cell, .record = {}, .home = job.home};
        opening.record.conversation = cell.number();
        opening.record.time = now;
        opening.record.command =
            pair_record(std::get<core::SendMessage>(command).sender, *job.receiver);
        if (auto taken = append(std::move(opening)); !taken.ok()) {
            answer(job.home, std::move(job.done), std::move(taken).error());
            return;
        }
    }
    InFlight entry{.kind = Kind::send, .cell = &cell, .record = {}, .home = job.home};
    entry.record.conversation = cell.number();
    entry.record.time = now;
    entry.record.command = std::move(command);
    entry.session = job.request.session;
    entry.received_at = job.request.received_at;
    entry.opening = open;
    entry.done = std::move(job.done);
    announce();
    auto offset = shared_.parts.log.append(loop_.id(), entry.record);
    if (!offset.ok()) {
        announce_applied();
        answer(job.home, std::move(entry.done), std::move(offset).error());
        return;
    }
    if (mutant(Mutant::deliver_before_sync) && cell.conversation.exists() && cell.pins == 0) {
        deliver(cell, cell.conversation.plan(entry.record).event, cell.audience, entry);
        flush_out_later();
    }
    track(std::move(entry), *offset);
}

void Messaging::Owner::announce() {
    if (in_flight_.empty()) {
        // The offset is not known yet; it will be past everything that is durable now.
        shared_.unapplied_from[lane_].store(shared_.parts.log.committed().offset + 1);
    }
}

void Messaging::Owner::announce_applied() {
    shared_.unapplied_from[lane_].store(in_flight_.empty() ? 0 : in_flight_.front().offset);
}

void Messaging::Owner::track(InFlight entry, std::uint64_t offset) {
    entry.offset = offset;
    entry.appended_at = loop_.clock().steady();
    ++entry.cell->pins;
    shared_.metrics.in_flight.add(lane_);
    in_flight_.push_back(std::move(entry));
}

Result<void> Messaging::Owner::append(InFlight entry) {
    announce();
    auto offset = shared_.parts.log.append(loop_.id(), entry.record);
    if (!offset.ok()) {
        announce_applied();
        return std::move(offset).error();
    }
    track(std::move(entry), *offset);
    return {};
}

void Messaging::Owner::on_committed(std::uint64_t first, std::uint64_t last) {
    if (!in_flight_.empty()) {
        const Duration waited = loop_.clock().steady() - in_flight_.front().appended_at;
        shared_.metrics.log_latency.observe(lane_, waited);
    }
    while (!in_flight_.empty() && in_flight_.front().offset <= last) {
        PARLEY_ASSERT(in_flight_.front().offset >= first);
        InFlight entry = std::move(in_flight_.front());
        in_flight_.pop_front();
        shared_.metrics.in_flight.add(lane_, -1);
        commit(std::move(entry));
    }
    announce_applied();
    flush_out();
    if (draining_ && in_flight_.empty() && waiting_ == 0 && drained_) {
        std::exchange(drained_, {})();
    }
}

void Messaging::Owner::on_refused(std::uint64_t first, std::uint64_t last, const Error& error) {
    while (!in_flight_.empty() && in_flight_.front().offset <= last) {
        PARLEY_ASSERT(in_flight_.front().offset >= first);
        InFlight entry = std::move(in_flight_.front());
        in_flight_.pop_front();
        shared_.metrics.in_flight.add(lane_, -1);
        shared_.metrics.refused.add(lane_);
        refuse(std::move(entry), error);
    }
    announce_applied();
    flush_out();
    if (draining_ && in_flight_.empty() && waiting_ == 0 && drained_) {
        std::exchange(drained_, {})();
    }
}

void Messaging::Owner::commit(InFlight entry) {
    Cell& cell = *entry.cell;
    --cell.pins;
    core::Decision decision = cell.conversation.plan(entry.record);
    const Audience before = cell.audience;
    apply(
        cell, entry.record, decision, {.epoch = shared_.parts.log.epoch(), .offset = entry.offset}
    );
    switch (entry.kind) {
        case Kind::open:
            return;
        case Kind::cursor:
            receipt_committed(cell, entry, decision);
            return;
        case Kind::command:
            deliver_all(cell, decision, before, entry);
            entry.decided(std::move(decision.outcome));
            return;
        case Kind::send:
            break;
    }
    if (const auto* sent = std::get_if<core::Sent>(&decision.outcome)) {
        answer(
            entry.home,
            std::move(entry.done),
            SendReply{.conversation = cell.number(), .sent = *sent}
        );
        if (decision.event != nullptr) {
            deliver(cell, decision.event, cell.audience, entry);
        } else {
            shared_.metrics.repeats.add(lane_);
        }
        return;
    }
    Error error = std::get<Error>(decision.outcome);
    if (entry.opening && !cell.conversation.exists()) {
        // The record that was to open the conversation was refused, this one was not: try both again.
        error = {ErrorCode::unavailable, "the conversation could not be opened"};
    }
    answer(entry.home, std::move(entry.done), std::move(error));
}

void Messaging::Owner::refuse(InFlight entry, const Error& error) {
    --entry.cell->pins;
    switch (entry.kind) {
        case Kind::open:
            return;
        case Kind::command:
            entry.decided(error);
            return;
        case Kind::cursor:
            receipt_refused(
                *entry.cell, std::get<core::MoveCursor>(entry.record.command).user, error
            );
            return;
        case Kind::send:
            answer(entry.home, std::move(entry.done), error);
            return;
    }
}

ports::LoopMask Messaging::Owner::loops_of(const AudienceList& audience) const {
    if (audience.users().size() > core::kReceiptsToAllMax) {
        // Asking for each member costs more than a look on each loop.
        return ~ports::LoopMask{0} >> (sizeof(ports::LoopMask) * 8 - out_.size());
    }
    ports::LoopMask loops = 0;
    for (const UserId& user : audience.users()) {
        loops |= shared_.parts.sessions.loops_of(user);
    }
    return loops;
}

void Messaging::Owner::post(const Audience& audience, EventOut out) {
    ports::LoopMask loops = loops_of(*audience);
    out.audience = audience;
    while (loops != 0) {
        const auto loop = static_cast<std::size_t>(std::countr_zero(loops));
        loops &= loops - 1;
        out_[loop].emplace_back(out);
    }
}

void Messaging::Owner::deliver(
    const Cell& cell, const core::EventPtr& event, const Audience& audience, const InFlight& entry
) {
    EventOut out{
        .conversation = cell.number(),
        .event = event,
        .audience = {},
        .except = entry.session,
        .received_at = entry.received_at,
    };
    const std::optional<Seq> target = core::target_seq(*event);
    if (!target || *target >= cell.newest_first) {
        post(audience, std::move(out));
    } else {
        // Some of them came after the message: for those, what is done to it is void.
        std::vector<UserId> readers;
        std::vector<UserId> others;
        for (const UserId& user : audience->users()) {
            (core::may_read(*cell.state().find(user), *event) ? readers : others).push_back(user);
        }
        post(std::make_shared<const AudienceList>(std::move(readers)), out);
        out.event = core::void_event(event->seq);
        post(std::make_shared<const AudienceList>(std::move(others)), std::move(out));
    }
    if (entry.received_at.count() != 0) {
        shared_.metrics.commit_latency.observe(lane_, loop_.clock().steady() - entry.received_at);
    }
}

/// Who was in it before gets what happened, own removal included, and so does who is in it now.
void Messaging::Owner::deliver_all(
    const Cell& cell, const core::Decision& decision, const Audience& before, const InFlight& entry
) {
    if (decision.event == nullptr) {
        return;
    }
    const bool only_joined =
        before == nullptr || core::change_as<core::MemberAdded>(*decision.event) != nullptr;
    // As it is in its place: an edit of what was deleted meanwhile is erased already.
    const core::EventPtr event = *cell.in_tail(decision.event->seq);
    deliver(cell, event, only_joined ? cell.audience : before, entry);
    if (decision.follow_up != nullptr) {
        deliver(cell, decision.follow_up, cell.audience, entry);
    }
}

void Messaging::Owner::type(TypingJob job) {
    const auto at = cells_.find(job.typing.conversation);
    if (draining_ || at == cells_.end() || !at->second->ready) {
        return;  // Somebody who types in a conversation that nobody has looked at can wait.
    }
    const Cell& cell = *at->second;
    const core::Member* member = cell.state().members.find_active(job.typing.user);
    if (member == nullptr || member->blocks()) {
        return;
    }
    const core::Member* other = cell.state().other(job.typing.user);
    if (other != nullptr && other->blocks()) {
        return;
    }
    ports::LoopMask loops = loops_of(*cell.audience);
    for (std::size_t i = 0; i < out_.size(); ++i) {
        if ((loops >> i & 1U) != 0) {
            out_[i].emplace_back(TypingOut{.typing = job.typing, .audience = cell.audience});
        }
    }
    flush_out_later();
}

void Messaging::Owner::answer(runtime::LoopId home, SendDone done, Result<SendReply> result) {
    out_[home.value].emplace_back(SendAnswer{.done = std::move(done), .result = std::move(result)});
    flush_out_later();
}

void Messaging::Owner::answer(runtime::LoopId home, MarkDone done, Result<void> result) {
    if (done) {
        out_[home.value].emplace_back(
            MarkAnswer{.done = std::move(done), .result = std::move(result)}
        );
        flush_out_later();
    }
}

void Messaging::Owner::answer(runtime::LoopId home, Job job) {
    out_[home.value].emplace_back(std::move(job));
    flush_out_later();
}

void Messaging::Owner::flush_out_later() {
    if (!out_due_) {
        out_due_ = true;
        loop_.defer([this] { flush_out(); });
    }
}

void Messaging::Owner::flush_out() {
    out_due_ = false;
    for (std::size_t i = 0; i < out_.size(); ++i) {
        if (out_[i].empty()) {
            continue;
        }
        std::vector<Outgoing> batch = std::exchange(out_[i], {});
        Local& local = *messaging_.locals_[i];
        if (i == lane_) {
            local.receive(std::move(batch));
        } else {
            shared_.parts.loops[i]->post([&local, batch = std::move(batch)]() mutable {
                local.receive(std::move(batch));
            });
        }
    }
}

void Messaging::Owner::drain(Job done) {
    draining_ = true;
    if (in_flight_.empty() && waiting_ == 0) {
        done();
        return;
    }
    drained_ = std::move(done);
}

}  // namespace parley::messaging
