#include <algorithm>
#include <list>
#include <utility>

#include "base/mutant.h"
#include "services/messaging/owner.h"
#include "services/messaging/shared.h"

/// What is neither a send nor a receipt: each is a question that waits for its record. Messages that are
/// changed are looked up before the log, for the record says what the outcome depends on, and stay in
/// memory until it is committed.

namespace parley::messaging {
namespace {

Error no_message() {
    return {ErrorCode::not_found, "no such message"};
}

Result<CommandReply> reply_of(ConversationNumber number, const core::Outcome& outcome) {
    if (const auto* error = std::get_if<Error>(&outcome)) {
        return *error;
    }
    CommandReply reply{.conversation = number, .sent = std::nullopt};
    if (const auto* sent = std::get_if<core::Sent>(&outcome)) {
        reply.sent = *sent;
        reply.changed = !sent->repeated;
    }
    reply.changed = reply.changed || std::holds_alternative<core::Changed>(outcome);
    return reply;
}

const core::ReactionCount* reaction_of(const core::Event& message, const std::string& emoji) {
    if (message.amendment == nullptr) {
        return nullptr;
    }
    const auto& all = message.amendment->reactions;
    const auto at = std::ranges::find(all, emoji, &core::ReactionCount::emoji);
    return at == all.end() ? nullptr : &*at;
}

/// What the message itself says to a reaction: nothing to do, too much, or go on.
std::optional<Result<CommandReply>> reacted_already(
    ConversationNumber number, const core::Event& message, const core::React& react
) {
    const core::ReactionCount* there = reaction_of(message, react.emoji);
    const bool mine = there != nullptr && std::ranges::count(there->users, react.actor) != 0;
    if (mine != react.removed) {
        return Result<CommandReply>{CommandReply{.conversation = number, .sent = {}}};
    }
    const bool full = there == nullptr
                          ? message.amendment != nullptr &&
                                message.amendment->reactions.size() >= core::kReactionKindsMax
                          : there->users.size() >= core::kReactionUsersMax;
    if (!react.removed && full) {
        return Result<CommandReply>{
            Error{ErrorCode::too_large, "too many reactions to this message"}
        };
    }
    return std::nullopt;
}

/// What a deleted message says to whoever wants to change it.
std::optional<Result<CommandReply>> changed_already(
    ConversationNumber number, const core::Event& message, const core::Command& command
) {
    if (core::is_deleted(message)) {
        if (std::holds_alternative<core::DeleteMessage>(command)) {
            return Result<CommandReply>{CommandReply{.conversation = number, .sent = {}}};
        }
        return Result<CommandReply>{no_message()};
    }
    const bool edits = std::holds_alternative<core::EditMessage>(command);
    if (edits && message.amendment != nullptr &&
        message.amendment->edits.size() >= core::kEditsMax) {
        return Result<CommandReply>{
            Error{ErrorCode::too_large, "this message has been edited too often"}
        };
    }
    const auto* react = std::get_if<core::React>(&command);
    return react == nullptr ? std::nullopt : reacted_already(number, message, *react);
}

}  // namespace

core::Target* Messaging::Owner::target_of(core::Command& command) {
    return std::visit(
        [](auto& one) -> core::Target* {
            if constexpr (requires { one.target; }) {
                return &one.target;
            } else {
                return nullptr;
            }
        },
        command
    );
}

class Messaging::Owner::Hold {
public:
    Hold() = default;
    Hold(Cell& cell, Seq target) : cell_(&cell), target_(target) {}
    Hold(Hold&& other) noexcept
        : cell_(std::exchange(other.cell_, nullptr)), target_(other.target_) {}
    Hold& operator=(Hold&& other) noexcept {
        std::swap(cell_, other.cell_);
        std::swap(target_, other.target_);
        return *this;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() {
        if (cell_ != nullptr) {
            release(*cell_, target_);
        }
    }

private:
    Cell* cell_ = nullptr;
    Seq target_;
};

void Messaging::Owner::release(Cell& cell, Seq target) {
    const auto at = cell.amended.find(target);
    PARLEY_ASSERT(at != cell.amended.end() && at->second.holders > 0);
    if (--at->second.holders == 0 && !at->second.dirty && !at->second.handed) {
        cell.amended.erase(at);
    }
}

/// Brings a message, and with it the edits that a deletion has to reach, into memory. The caller has
/// counted itself among its holders.
runtime::Task<Result<void>> Messaging::Owner::hold(Cell* cell, Seq target, bool with_edits) {
    auto found = co_await event_at(cell, target);
    CO_TRY(core::EventPtr event, std::move(found));
    Amended& held = cell->amended[target];
    if (held.event == nullptr) {
        held.event = event;
    }
    if (!with_edits || held.event->amendment == nullptr) {
        co_return Result<void>{};
    }
    const std::vector<Seq> edits = held.event->amendment->edits;
    for (const Seq seq : edits) {
        auto read = co_await event_at(cell, seq);
        CO_TRY(core::EventPtr edit, std::move(read));
        auto& known = cell->amended[target].edits;
        if (std::ranges::find(known, seq, [](const auto& e) { return e->seq; }) == known.end()) {
            known.push_back(std::move(edit));
        }
    }
    co_return Result<void>{};
}

void Messaging::Owner::put_amended(Cell& cell, core::EventPtr event) {
    const Seq seq = event->seq;
    tell_changed(cell, *event);
    // All of what the store has as it was; of what it lacks anyway, what it has grown by.
    const core::EventPtr* before = cell.in_memory(seq);
    const auto known = cell.amended.find(seq);
    const bool waits = seq > cell.handed || (known != cell.amended.end() && known->second.dirty);
    const std::size_t counted = waits && before != nullptr ? bytes_of(**before) : 0;
    const std::size_t bytes = bytes_of(*event);
    count_unwritten(cell, bytes > counted ? bytes - counted : 0);
    if (seq >= cell.tail_first()) {
        cell.tail[seq.value - cell.tail_first().value] = event;
    }
    Amended& entry = cell.amended[seq];
    entry.event = std::move(event);
    // What is not in the store yet is written from the tail.
    entry.dirty = entry.dirty || seq <= cell.handed;
    if (!entry.dirty && !entry.handed && entry.holders == 0) {
        cell.amended.erase(seq);
    }
}

void Messaging::Owner::amend(Cell& cell, const core::Event& change) {
    const std::optional<Seq> target = core::target_seq(change);
    if (!target) {
        return;
    }
    const core::EventPtr* before = cell.in_memory(*target);
    PARLEY_ASSERT(before != nullptr);
    core::EventPtr after = core::amend(**before, change);
    if (after == nullptr) {
        if (change.type == core::EventType::message_edited) {
            // It was under way when the message was deleted: no later deletion would reach what it says.
            put_amended(cell, core::erase(change));
        }
        return;
    }
    const auto held = cell.amended.find(*target);
    if (mutant(Mutant::edits_survive)) {
        put_amended(cell, std::move(after));
        return;
    }
    if (core::is_deleted(*after) && held != cell.amended.end()) {
        const auto edits = std::exchange(held->second.edits, {});
        for (const core::EventPtr& edit : edits) {
            put_amended(cell, core::erase(*edit));
        }
    } else if (change.type == core::EventType::message_edited && held != cell.amended.end()) {
        // Whoever is about to delete the message has to reach this edit too.
        held->second.edits.push_back(*cell.in_tail(change.seq));
    }
    put_amended(cell, std::move(after));
}

/// The message that an id names; `not_found` also for one that is void for the user. What they have deleted for
/// themselves is found with `deleted_too`: so that they can do it again.
runtime::Task<Result<core::EventPtr>> Messaging::Owner::message_for(
    Cell* cell, UserId user, MessageId id, bool deleted_too
) {
    auto found = co_await event_of(cell, id);
    CO_TRY(core::EventPtr event, std::move(found));
    const core::Member* member = cell->state().find(user);
    if (member == nullptr || event->type != core::EventType::message) {
        co_return no_message();
    }
    const bool again = deleted_too && member->has_hidden(event->seq);
    if (!again && core::is_void(cell->state(), *member, *event, loop_.clock().wall())) {
        co_return no_message();
    }
    co_return event;
}

runtime::Task<Result<void>> Messaging::Owner::find_target(Cell* cell, CommandRequest* request) {
    const bool hides = std::holds_alternative<core::HideMessage>(request->command);
    const UserId actor = core::actor_of(request->command);
    auto found = co_await message_for(cell, actor, *request->message, hides);
    CO_TRY(const core::EventPtr event, std::move(found));
    if (auto* hide = std::get_if<core::HideMessage>(&request->command)) {
        hide->seq = event->seq;
    } else if (core::Target* target = target_of(request->command)) {
        *target = {
            .message = *request->message,
            .seq = event->seq,
            .sender = event->sender,
            .hidden = event->hidden,
            .expires = core::expires_at(*event)
        };
    }
    co_return Result<void>{};
}

/// Only messages of this conversation that are there are pinned in it.
runtime::Task<Result<void>> Messaging::Owner::check_pins(
    Cell* cell, const core::UpdateConversation* update
) {
    if (!update->what.pinned) {
        co_return Result<void>{};
    }
    for (const MessageId& id : *update->what.pinned) {
        auto found = co_await message_for(cell, update->actor, id, false);
        CO_TRY(const core::EventPtr message, std::move(found));
        if (core::is_deleted(*message)) {
            co_return no_message();
        }
    }
    co_return Result<void>{};
}

/// Before the record: what is listed and is not so is ignored, what is so and not listed would be lost.
runtime::Task<Result<void>> Messaging::Owner::list_member(Cell* cell, const core::AddMember* add) {
    const auto known = cell->conversation.admit(*add);
    if (known && !std::holds_alternative<core::Unchanged>(*known)) {
        co_return Result<void>{};  // It will not happen: said where the command is decided.
    }
    // Who is in it already is listed again: that costs a look, and mends what may be missing.
    std::vector<UserId> users{add->user};
    co_return co_await shared_.parts.directory.add_members(loop_, cell->number(), std::move(users));
}

runtime::Task<Result<core::Outcome>> Messaging::Owner::decide(
    Cell* cell, core::Command command, SessionId session
) {
    if (auto known = cell->conversation.admit(command)) {
        co_return std::move(*known);
    }
    runtime::Callback<Result<core::Outcome>> answer;
    auto taken = log_command(*cell, std::move(command), session, answer.completion());
    if (!taken.ok()) {
        co_return std::move(taken).error();
    }
    co_return co_await answer.wait();
}

Result<void> Messaging::Owner::log_command(
    Cell& cell,
    core::Command command,
    SessionId session,
    UniqueFunction<void(Result<core::Outcome>)> decided
) {
    if (auto room = check_room(); !room.ok()) {
        return room;
    }
    InFlight entry{.kind = Kind::command, .cell = &cell, .record = {}, .home = loop_.id()};
    entry.record.conversation = cell.number();
    entry.record.time = loop_.clock().wall();
    entry.record.command = std::move(command);
    entry.session = session;
    entry.decided = std::move(decided);
    return append(std::move(entry));
}

/// One write to the directory and one group of the log for all of them.
runtime::Task<Result<void>> Messaging::Owner::add_members(AddMembersRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    const std::uint32_t members_max = shared_.options.group_members_max;
    std::vector<core::AddMember> adds;
    for (const UserId& user : request.users) {
        core::AddMember add{
            .actor = request.actor,
            .device = request.device,
            .user = user,
            .members_max = members_max
        };
        if (const auto known = cell->conversation.admit(add)) {
            if (const auto* refused = std::get_if<Error>(&*known)) {
                co_return *refused;
            }
            continue;  // In it already; listed again all the same, which mends what may be missing.
        }
        adds.push_back(add);
    }
    if (cell->state().active + adds.size() > members_max) {
        co_return Error{ErrorCode::too_large, "the group has no room for so many"};
    }
    auto listed =
        co_await shared_.parts.directory.add_members(loop_, cell->number(), request.users);
    if (!listed.ok()) {
        co_return listed;
    }
    Result<void> done;
    std::list<runtime::Callback<Result<core::Outcome>>> answers;
    for (core::AddMember& add : adds) {
        const SessionId nobody;
        auto& answer = answers.emplace_back();
        if (auto taken = log_command(*cell, add, nobody, answer.completion()); !taken.ok()) {
            answers.pop_back();
            done = std::move(taken);
            break;
        }
    }
    for (auto& answer : answers) {
        auto decided = co_await answer.wait();
        const Error* refused = decided.ok() ? std::get_if<Error>(&*decided) : &decided.error();
        if (refused != nullptr && done.ok()) {
            done = *refused;
        }
    }
    co_return done;
}

runtime::Task<Result<CommandReply>> Messaging::Owner::command(CommandRequest request) {
    auto found = co_await cell(request.conversation);
    CO_TRY(Cell * cell, std::move(found));
    const Pin stay{*cell};
    Hold held;
    if (core::Target* target = target_of(request.command); target != nullptr && request.message) {
        target->message = *request.message;
    }
    if (auto known = cell->conversation.answered(request.command)) {
        co_return reply_of(cell->number(), *known);
    }
    if (request.refused) {
        co_return std::move(*request.refused);
    }
    if (request.message) {
        auto known = co_await find_target(cell, &request);
        if (!known.ok()) {
            co_return std::move(known).error();
        }
    }
    if (const core::Target* target = target_of(request.command)) {
        ++cell->amended[target->seq].holders;
        held = Hold(*cell, target->seq);
        const bool deletes = std::holds_alternative<core::DeleteMessage>(request.command);
        auto loaded = co_await hold(cell, target->seq, deletes);
        if (!loaded.ok()) {
            co_return std::move(loaded).error();
        }
        const core::EventPtr message =
            core::seen_by(cell->amended[target->seq].event, core::actor_of(request.command));
        if (auto done = changed_already(cell->number(), *message, request.command)) {
            co_return std::move(*done);
        }
    }
    if (const auto* update = std::get_if<core::UpdateConversation>(&request.command)) {
        auto pins = co_await check_pins(cell, update);
        if (!pins.ok()) {
            co_return std::move(pins).error();
        }
    }
    if (const auto* add = std::get_if<core::AddMember>(&request.command)) {
        auto listed = co_await list_member(cell, add);
        if (!listed.ok()) {
            co_return std::move(listed).error();
        }
    }
    const UserId actor = core::actor_of(request.command);
    auto decided = co_await decide(cell, std::move(request.command), request.session);
    CO_TRY(core::Outcome outcome, std::move(decided));
    if (std::holds_alternative<core::Changed>(outcome) && !mutant(Mutant::settings_not_told)) {
        for (auto& out : out_) {
            out.emplace_back(ChangedOut{.conversation = cell->number(), .user = actor});
        }
        flush_out_later();
    }
    co_return reply_of(cell->number(), outcome);
}

}  // namespace parley::messaging
