#include "core/plan.h"

#include <algorithm>
#include <utility>

#include "base/mutant.h"

namespace parley::core {
namespace {

bool is_group(const ConversationState& state) noexcept {
    return state.type == ConversationType::group;
}

/// In a direct conversation: who blocks sends nothing, and what the blocked one does is hidden.
std::optional<Decision> refuse_own_block(const ConversationState& state, const UserId& sender) {
    const Member* member = state.find(sender);
    if (is_group(state) || !member->blocks()) {
        return std::nullopt;
    }
    return refuse(ErrorCode::blocked, "you have blocked this user");
}

bool is_hidden(const ConversationState& state, const UserId& sender) noexcept {
    if (mutant(Mutant::block_forgotten)) {
        return false;
    }
    const Member* other = is_group(state) ? nullptr : state.other(sender);
    return other != nullptr && other->blocks();
}

/// Everything that keeps `user` from saying anything here.
std::optional<Decision> refuse_actor(const ConversationState& state, const UserId& user) {
    auto refused = refuse_outsider(state, user);
    return refused ? refused : refuse_own_block(state, user);
}

/// It may have expired since it was looked up.
std::optional<Decision> refuse_expired(const ConversationState& state, const Target& target) {
    if (target.seq > state.expired) {
        return std::nullopt;
    }
    return refuse(ErrorCode::not_found, "no such message");
}

/// What is done to a message goes with it.
void expires_with(Event& event, const Target& target) {
    if (target.expires == Timestamp{}) {
        return;
    }
    const std::int64_t left = (target.expires.ticks - event.time.ticks) / kTicksPerSecond;
    event.ttl_seconds =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, kTtlSecondsMax));
}

std::size_t active_owners(const ConversationState& state) noexcept {
    const auto owns = [](const Member& m) { return m.active() && m.role == Role::owner; };
    return static_cast<std::size_t>(std::ranges::count_if(state.members, owns));
}

}  // namespace

// --- what they share ----------------------------------------------------------------------------

Timestamp event_time(Timestamp last, Timestamp wall) noexcept {
    return wall > last ? wall : Timestamp{last.ticks + 1};
}

Decision refuse(ErrorCode code, std::string_view detail) {
    return {.outcome = Error{code, std::string(detail)}};
}

bool is_forgotten(const ConversationState& state, const UserId& user) noexcept {
    return state.info != nullptr && std::ranges::count(state.info->forgotten, user) != 0;
}

std::optional<Decision> refuse_outsider(const ConversationState& state, const UserId& user) {
    const Member* member = state.find(user);
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such conversation");
    }
    if (!mutant(Mutant::stale_members) && !member->active()) {
        return refuse(ErrorCode::forbidden, "you have left this conversation");
    }
    return std::nullopt;
}

std::shared_ptr<Event> next_event(
    const Planning& at, const UserId& sender, const DeviceId& device
) {
    auto event = std::make_shared<Event>();
    event->seq = at.state.head.next();
    event->ordinal = at.state.ordinal;
    event->time = event_time(at.state.last_time, at.wall);
    event->sender = sender;
    event->sender_device = device;
    return event;
}

std::shared_ptr<Event> next_event(
    const Planning& at, const UserId& sender, const DeviceId& device, Change change
) {
    auto event = next_event(at, sender, device);
    event->type = type_of(change);
    event->change = std::make_shared<const Change>(std::move(change));
    return event;
}

Decision happens(const Planning& at, std::shared_ptr<Event> event) {
    const Sent sent{
        .message_id = message_id(at.state.number, event->time),
        .seq = event->seq,
        .time = event->time,
        .repeated = false
    };
    return {.outcome = sent, .event = std::move(event)};
}

Decision happens_once(const Planning& at, std::shared_ptr<Event> event, std::uint64_t payload) {
    const SendEntry entry{
        .client_id = hash128(event->client_id),
        .payload = payload,
        .seq = event->seq,
        .time = event->time
    };
    Decision decision = happens(at, std::move(event));
    decision.remember = entry;
    return decision;
}

std::optional<Decision> earlier(
    const ConversationState& state,
    const UserId& user,
    std::string_view client_id,
    std::uint64_t payload
) {
    const Member* member = state.find(user);
    if (member == nullptr) {
        return std::nullopt;
    }
    const SendEntry* entry = member->sends.find(hash128(client_id));
    if (entry == nullptr || mutant(Mutant::no_idempotency)) {
        return std::nullopt;
    }
    if (entry->payload != payload && !mutant(Mutant::conflict_not_noticed)) {
        return refuse(ErrorCode::conflict, "this client_id was used for something else");
    }
    return Decision{
        .outcome =
            Sent{
                .message_id = message_id(state.number, entry->time),
                .seq = entry->seq,
                .time = entry->time,
                .repeated = true
            }
    };
}

const Member* successor(const ConversationState& state, const UserId& leaving) noexcept {
    const Member* gone = state.members.find_active(leaving);
    if (gone == nullptr || gone->role != Role::owner || active_owners(state) > 1) {
        return nullptr;
    }
    // The admin who has been there longest, else the member who has.
    const Member* next = nullptr;
    for (const Member& member : state.members) {
        if (!member.active() || &member == gone) {
            continue;
        }
        if (next == nullptr || (member.role == Role::admin && next->role != Role::admin)) {
            next = &member;
        }
    }
    return next;
}

// --- the commands -------------------------------------------------------------------------------

Decision decide(const Planning& at, const OpenDirect& /*command*/) {
    if (!at.state.members.empty()) {
        return unchanged();
    }
    return {.outcome = Opened{}};
}

std::optional<Decision> precheck(const Planning& at, const SendMessage& command) {
    const std::uint64_t payload = payload_hash(command);
    if (auto before = earlier(at.state, command.sender, command.client_id, payload)) {
        return before;
    }
    return refuse_actor(at.state, command.sender);
}

Decision decide(const Planning& at, const SendMessage& command) {
    if (auto known = precheck(at, command)) {
        return std::move(*known);
    }
    auto event = next_event(at, command.sender, command.sender_device);
    event->hidden = is_hidden(at.state, command.sender);
    if (!event->hidden) {
        ++event->ordinal.value;
    }
    event->client_id = command.client_id;
    event->message_type = command.message_type;
    event->content = command.content;
    event->media = command.media;
    event->reply_to = command.reply_to;
    event->mentions = command.mentions;
    event->ttl_seconds = at.state.ttl_seconds();
    return happens_once(at, std::move(event), payload_hash(command));
}

Decision decide(const Planning& at, const MoveCursor& command) {
    const Member* member = at.state.find(command.user);
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such conversation");
    }
    const Seq end = member->active() ? at.state.head : member->last;
    if (command.delivered > end || command.read > end || command.read_ordinal > at.state.ordinal) {
        return refuse(ErrorCode::invalid_request, "beyond the newest event");
    }
    CursorMoved moved{.user = command.user, .cursor = member->cursor};
    if (mutant(Mutant::receipt_back) && command.read.value != 0) {
        moved.cursor = {};
    }
    if (command.read > moved.cursor.read) {
        moved.cursor.read = mutant(Mutant::read_to_head) ? at.state.head : command.read;
        moved.cursor.read_ordinal = std::max(moved.cursor.read_ordinal, command.read_ordinal);
        moved.read_grew = true;
    }
    const Seq delivered = std::max(command.delivered, moved.cursor.read);
    if (delivered > moved.cursor.delivered) {
        moved.cursor.delivered = delivered;
        moved.delivered_grew = true;
    }
    if (!moved.read_grew && !moved.delivered_grew) {
        return unchanged();
    }
    return {.outcome = moved};
}

Decision decide(const Planning& at, const EditMessage& command) {
    const std::uint64_t payload = payload_hash(command);
    if (auto before = earlier(at.state, command.actor, command.client_id, payload)) {
        return std::move(*before);
    }
    if (auto refused = refuse_actor(at.state, command.actor)) {
        return std::move(*refused);
    }
    if (!mutant(Mutant::edit_by_anyone) && command.target.sender != command.actor) {
        return refuse(ErrorCode::forbidden, "only who wrote a message may edit it");
    }
    if (auto gone = refuse_expired(at.state, command.target)) {
        return std::move(*gone);
    }
    auto event = next_event(
        at,
        command.actor,
        command.device,
        MessageEdited{
            .target = command.target.message,
            .target_seq = command.target.seq,
            .content = command.content
        }
    );
    event->client_id = command.client_id;
    event->hidden = command.target.hidden || is_hidden(at.state, command.actor);
    expires_with(*event, command.target);
    return happens_once(at, std::move(event), payload);
}

Decision decide(const Planning& at, const DeleteMessage& command) {
    if (auto refused = refuse_outsider(at.state, command.actor)) {
        return std::move(*refused);
    }
    const bool moderates = is_group(at.state) && at.state.find(command.actor)->role >= Role::admin;
    if (command.target.sender != command.actor && !moderates) {
        return refuse(ErrorCode::forbidden, "only who wrote a message may delete it for everyone");
    }
    if (auto gone = refuse_expired(at.state, command.target)) {
        return std::move(*gone);
    }
    auto event = next_event(
        at,
        command.actor,
        command.device,
        MessageDeleted{.target = command.target.message, .target_seq = command.target.seq}
    );
    // A block keeps nobody from taking back what the other one has seen.
    event->hidden = command.target.hidden;
    expires_with(*event, command.target);
    return happens(at, std::move(event));
}

Decision decide(const Planning& at, const HideMessage& command) {
    const Member* member = at.state.find(command.user);
    if (member == nullptr || command.seq > at.state.head || !member->can_read(command.seq)) {
        return refuse(ErrorCode::not_found, "no such message");
    }
    if (member->has_hidden(command.seq)) {
        return unchanged();
    }
    if (member->extra != nullptr && member->extra->hidden.size() >= kHiddenSeqsMax) {
        return refuse(ErrorCode::too_large, "too many messages deleted for oneself here");
    }
    return changed();
}

Decision decide(const Planning& at, const React& command) {
    const std::uint64_t payload = payload_hash(command);
    if (auto before = earlier(at.state, command.actor, command.client_id, payload)) {
        return std::move(*before);
    }
    if (auto refused = refuse_actor(at.state, command.actor)) {
        return std::move(*refused);
    }
    if (auto gone = refuse_expired(at.state, command.target)) {
        return std::move(*gone);
    }
    auto event = next_event(
        at,
        command.actor,
        command.device,
        Reaction{
            .target = command.target.message,
            .target_seq = command.target.seq,
            .emoji = command.emoji,
            .removed = command.removed
        }
    );
    event->hidden = command.target.hidden || is_hidden(at.state, command.actor);
    event->client_id = command.client_id;
    expires_with(*event, command.target);
    return command.client_id.empty() ? happens(at, std::move(event))
                                     : happens_once(at, std::move(event), payload);
}

Decision decide(const Planning& at, const UpdateConversation& command) {
    if (auto refused = refuse_outsider(at.state, command.actor)) {
        return std::move(*refused);
    }
    if (is_group(at.state) && at.state.find(command.actor)->role < Role::admin) {
        return refuse(ErrorCode::forbidden, "only admins change this for everyone");
    }
    const ConversationInfo now = at.state.info == nullptr ? ConversationInfo{} : *at.state.info;
    ConversationUpdated what = command.what;
    if (what.ttl_seconds == now.ttl_seconds) {
        what.ttl_seconds.reset();
    }
    if (what.pinned && *what.pinned == now.pinned) {
        what.pinned.reset();
    }
    if (!what.ttl_seconds && !what.pinned) {
        return unchanged();
    }
    auto event = next_event(at, command.actor, command.device, std::move(what));
    event->hidden = is_hidden(at.state, command.actor);
    return happens(at, std::move(event));
}

Decision decide(const Planning& at, const ChangeSettings& command) {
    const Member* member = at.state.find(command.user);
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such conversation");
    }
    const MemberExtra now = member->extra == nullptr ? MemberExtra{} : *member->extra;
    const bool same = command.muted_until.value_or(now.muted_until) == now.muted_until &&
                      command.pinned.value_or(now.pinned) == now.pinned &&
                      command.archived.value_or(now.archived) == now.archived &&
                      command.draft.value_or(now.draft) == now.draft;
    return same ? unchanged() : changed();
}

Decision decide(const Planning& at, const SetBlock& command) {
    const Member* member = at.state.find(command.user);
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such conversation");
    }
    if (is_group(at.state) || at.state.members.size() != 2) {
        return refuse(ErrorCode::invalid_request, "there is nobody to block here");
    }
    return member->blocks() == command.blocked ? unchanged() : changed();
}

Decision decide(const Planning& at, const ForgetUser& command) {
    const Member* member = at.state.find(command.user);
    if (member == nullptr) {
        // Somebody may be about to add them: that is refused from here on.
        return at.state.members.empty() || is_forgotten(at.state, command.user) ? unchanged()
                                                                                : changed();
    }
    if (!is_group(at.state) || !member->active()) {
        return changed();
    }
    // By the time anyone sees it, the id is nowhere any more.
    Decision decision = happens(at, next_event(at, UserId{}, DeviceId{}, MemberRemoved{}));
    if (const Member* next = successor(at.state, command.user)) {
        decision.follow_up = handed_on(at, *decision.event, *next);
    }
    return decision;
}

Decision decide(const Planning& at, const Expire& command) {
    if (at.state.members.empty() || command.through > at.state.head ||
        command.ordinal > at.state.ordinal) {
        return refuse(ErrorCode::invalid_request, "beyond the newest event");
    }
    Ordinal before = at.state.gone.empty() ? Ordinal{} : at.state.gone.back().last;
    for (const GoneMessages& one : command.gone) {
        if (one.after < before || one.last <= one.after || one.last > at.state.ordinal) {
            return refuse(ErrorCode::invalid_request, "no messages that are new and gone");
        }
        before = one.last;
    }
    const bool goes_on = at.state.expiring.value != 0 && command.expiring > at.state.expiring;
    return command.through > at.state.expired || !command.gone.empty() || goes_on ? changed()
                                                                                  : unchanged();
}

}  // namespace parley::core
