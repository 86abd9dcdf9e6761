#pragma once

#include "core/conversation.h"

/// The rules, a function a command: each decides on one command from the state alone. Of core only.

namespace parley::core {

/// What a decision depends on.
struct Planning {
    const ConversationState& state;
    Timestamp wall;  ///< the record's
};

[[nodiscard]] Decision decide(const Planning& at, const OpenDirect& command);
/// What needs no event to be known: most sends are admitted by this alone.
[[nodiscard]] std::optional<Decision> precheck(const Planning& at, const SendMessage& command);
[[nodiscard]] Decision decide(const Planning& at, const SendMessage& command);
[[nodiscard]] Decision decide(const Planning& at, const MoveCursor& command);
[[nodiscard]] Decision decide(const Planning& at, const EditMessage& command);
[[nodiscard]] Decision decide(const Planning& at, const DeleteMessage& command);
[[nodiscard]] Decision decide(const Planning& at, const HideMessage& command);
[[nodiscard]] Decision decide(const Planning& at, const React& command);
[[nodiscard]] Decision decide(const Planning& at, const UpdateConversation& command);
[[nodiscard]] Decision decide(const Planning& at, const ChangeSettings& command);
[[nodiscard]] Decision decide(const Planning& at, const SetBlock& command);
[[nodiscard]] Decision decide(const Planning& at, const ForgetUser& command);
[[nodiscard]] Decision decide(const Planning& at, const Expire& command);
// plan_group.cc
[[nodiscard]] Decision decide(const Planning& at, const CreateGroup& command);
[[nodiscard]] Decision decide(const Planning& at, const AddMember& command);
[[nodiscard]] Decision decide(const Planning& at, const RemoveMember& command);
[[nodiscard]] Decision decide(const Planning& at, const SetRole& command);
[[nodiscard]] Decision decide(const Planning& at, const UpdateGroup& command);
[[nodiscard]] Decision decide(const Planning& at, const DeleteGroup& command);

// --- what they share ----------------------------------------------------------------------------

/// Event times are strictly increasing; a wall clock that stands still or goes back advances by one tick.
[[nodiscard]] Timestamp event_time(Timestamp last, Timestamp wall) noexcept;
[[nodiscard]] Decision refuse(ErrorCode code, std::string_view detail);
[[nodiscard]] inline Decision unchanged() {
    return {.outcome = Unchanged{}};
}
[[nodiscard]] inline Decision changed() {
    return {.outcome = Changed{}};
}

/// Why `user` may not act here: `not_found` for who never was a member, `forbidden` for who has left.
[[nodiscard]] std::optional<Decision> refuse_outsider(
    const ConversationState& state, const UserId& user
);
/// The account has gone.
[[nodiscard]] bool is_forgotten(const ConversationState& state, const UserId& user) noexcept;
/// The next event, by `sender`.
[[nodiscard]] std::shared_ptr<Event> next_event(
    const Planning& at, const UserId& sender, const DeviceId& device
);
[[nodiscard]] std::shared_ptr<Event> next_event(
    const Planning& at, const UserId& sender, const DeviceId& device, Change change
);
/// The decision that this event happens.
[[nodiscard]] Decision happens(const Planning& at, std::shared_ptr<Event> event);
/// The same for an event that has a client_id, which is remembered.
[[nodiscard]] Decision happens_once(
    const Planning& at, std::shared_ptr<Event> event, std::uint64_t payload
);
/// What an earlier command under this client_id means: its answer again, a conflict, or nothing.
[[nodiscard]] std::optional<Decision> earlier(
    const ConversationState& state,
    const UserId& user,
    std::string_view client_id,
    std::uint64_t payload
);
/// The event after `leaving` that makes `next` the owner.
[[nodiscard]] EventPtr handed_on(const Planning& at, const Event& leaving, const Member& next);
/// Who becomes owner when `leaving` goes; null: nobody need, or nobody can.
[[nodiscard]] const Member* successor(
    const ConversationState& state, const UserId& leaving
) noexcept;

}  // namespace parley::core
