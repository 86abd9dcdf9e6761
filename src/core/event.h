#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"

namespace parley::core {

/// What an event says. Stored and logged as its number: never renumber.
enum class EventType : std::uint8_t {
    void_place = 0,  ///< never stored: what a reader is shown for an event that they may not see
    message = 1,
    message_edited = 2,
    message_deleted = 3,
    group_created = 4,
    member_added = 5,
    member_removed = 6,
    member_role = 7,
    group_updated = 8,
    group_deleted = 9,
    reaction = 10,
    conversation_updated = 11
};

enum class MessageType : std::uint8_t {
    text = 1,
    image = 2,
    video = 3,
    audio = 4,
    file = 5
};

/// What a member of a group may do. In a direct conversation everyone is a member.
enum class Role : std::uint8_t {
    member = 1,
    admin = 2,
    owner = 3
};

// --- what the events that are no messages say ---------------------------------------------------

struct MessageEdited {
    MessageId target;
    Seq target_seq;
    std::string content;

    friend bool operator==(const MessageEdited&, const MessageEdited&) = default;
};

/// For everyone.
struct MessageDeleted {
    MessageId target;
    Seq target_seq;

    friend bool operator==(const MessageDeleted&, const MessageDeleted&) = default;
};

struct GroupCreated {
    std::string name;
    std::vector<UserId> members;  ///< the creator first

    friend bool operator==(const GroupCreated&, const GroupCreated&) = default;
};

struct MemberAdded {
    UserId user;
    Role role = Role::member;

    friend bool operator==(const MemberAdded&, const MemberAdded&) = default;
};

/// By someone else, or by leaving: then the event's sender is the user.
struct MemberRemoved {
    UserId user;

    friend bool operator==(const MemberRemoved&, const MemberRemoved&) = default;
};

struct RoleChanged {
    UserId user;
    Role role = Role::member;

    friend bool operator==(const RoleChanged&, const RoleChanged&) = default;
};

/// What is there has changed to this.
struct GroupUpdated {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<MediaId> avatar;  ///< nil: there is none any more
    std::optional<bool> members_can_add;

    friend bool operator==(const GroupUpdated&, const GroupUpdated&) = default;
};

/// Everyone has left by it.
struct GroupDeleted {
    friend bool operator==(const GroupDeleted&, const GroupDeleted&) = default;
};

struct Reaction {
    MessageId target;
    Seq target_seq;
    std::string emoji;
    bool removed = false;

    friend bool operator==(const Reaction&, const Reaction&) = default;
};

/// What is there has changed to this, for everyone in the conversation.
struct ConversationUpdated {
    std::optional<std::uint32_t> ttl_seconds;  ///< of messages from here on; 0: they stay
    std::optional<std::vector<MessageId>> pinned;

    friend bool operator==(const ConversationUpdated&, const ConversationUpdated&) = default;
};

/// In the order of EventType, from message_edited on.
using Change = std::variant<
    MessageEdited,
    MessageDeleted,
    GroupCreated,
    MemberAdded,
    MemberRemoved,
    RoleChanged,
    GroupUpdated,
    GroupDeleted,
    Reaction,
    ConversationUpdated>;

[[nodiscard]] EventType type_of(const Change& change) noexcept;

// --- what later events have made of a message ---------------------------------------------------

/// One emoji on a message, and who put it there, in that order.
struct ReactionCount {
    std::string emoji;
    std::vector<UserId> users;
    std::size_t unnamed = 0;  ///< more users, whom a reader is not told of; never stored

    friend bool operator==(const ReactionCount&, const ReactionCount&) = default;
};

/// A message as one of the two of a direct conversation sees it, who has been blocked and has changed it
/// since: the other one sees it without that.
struct Shadow {
    UserId viewer;
    std::optional<Timestamp> edited_at;
    std::string content;
    std::vector<ReactionCount> reactions;

    friend bool operator==(const Shadow&, const Shadow&) = default;
};

struct Amendment {
    std::optional<Timestamp> edited_at;
    bool deleted = false;
    std::string original;    ///< content before the first edit: for who left before it
    std::vector<Seq> edits;  ///< the edits' own events, so that erasing reaches them; ascending
    std::vector<ReactionCount> reactions;
    std::vector<Shadow> shadows;  ///< for a viewer who has one, in place of what stands above

    friend bool operator==(const Amendment&, const Amendment&) = default;
};

/// One entry of a conversation's log. Immutable and shared by everyone who still needs it; an edit, a
/// deletion or a reaction puts a new one into its place, with the same seq, time and ordinal.
struct Event {
    Seq seq;
    Ordinal ordinal;  ///< messages up to and including this event, hidden ones not counted
    Timestamp time;   ///< strictly increasing inside a conversation
    UserId sender;    ///< nil: an account that is gone
    DeviceId sender_device;
    std::string client_id;  ///< the sender's own; shown to the sender's devices only
    EventType type = EventType::message;
    bool hidden = false;  ///< of a direct conversation: void for the other one, who has blocked

    // Of a message; content and the rest are empty when it was deleted or has expired.
    MessageType message_type = MessageType::text;
    std::string content;
    MediaId media;  ///< nil: none
    std::optional<MessageId> reply_to;
    std::vector<UserId> mentions;
    std::uint32_t ttl_seconds = 0;               ///< 0: it stays
    std::shared_ptr<const Amendment> amendment;  ///< null: as it was sent

    std::shared_ptr<const Change> change;  ///< of every other type; null when it was erased

    friend bool operator==(const Event& one, const Event& other);
};

using EventPtr = std::shared_ptr<const Event>;

/// The event as `T`; null when it is of another type or erased.
template <class T>
[[nodiscard]] const T* change_as(const Event& event) noexcept {
    return event.change == nullptr ? nullptr : std::get_if<T>(event.change.get());
}

inline constexpr std::int64_t kTicksPerSecond = 10'000'000;  ///< of a Timestamp

[[nodiscard]] bool is_deleted(const Event& event) noexcept;
/// The place of the message that an edit, a deletion or a reaction is about; nothing for any other event.
[[nodiscard]] std::optional<Seq> target_seq(const Event& event) noexcept;
/// When its time is over; the epoch: never. The ttl counts from the event's own time.
[[nodiscard]] Timestamp expires_at(const Event& event) noexcept;
/// Its time is over, or it disappears and was erased when it was: for good, though `now` be earlier.
[[nodiscard]] bool is_expired(const Event& event, Timestamp now) noexcept;
/// What stays of an event that has expired: its place, time and ordinal.
[[nodiscard]] EventPtr expire(const Event& event);
/// There is nothing left in it that `expire` would take away.
[[nodiscard]] bool is_bare(const Event& event) noexcept;

/// The message as `reader` sees it, without what only others do.
[[nodiscard]] EventPtr seen_by(const EventPtr& event, const UserId& reader);
/// The message with at most kReactionUsersShown reactions' users named, but of each kind one, `reader` if
/// they are among them; the others are counted.
[[nodiscard]] EventPtr with_few_named(const EventPtr& event, const UserId& reader);
/// What `target`, a message, is after `change`, an edit, a deletion or a reaction of it. Null: the same.
[[nodiscard]] EventPtr amend(const Event& target, const Event& change);
/// What stands in the place of an event that is void.
[[nodiscard]] EventPtr void_event(Seq seq);
/// The event without what anyone wrote: same place, time, ordinal and type.
[[nodiscard]] EventPtr erase(const Event& event);
/// An edited message as it was after the edit `by`, null: as it was sent. Whose reactions there were then is
/// not known any more.
[[nodiscard]] EventPtr before_edits(const Event& message, const Event* by);
/// The event with every trace of `user` made nil; null: there is none.
[[nodiscard]] EventPtr without_user(const Event& event, const UserId& user);

}  // namespace parley::core
