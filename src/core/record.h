#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "core/event.h"

/// What the command log holds: everything that was asked of a conversation, in the order that counts.
/// A record says all that its outcome depends on, so that it means the same when it is read again.

namespace parley::core {

/// Makes the direct conversation of two users (of one with itself, when they are equal). A conversation
/// that is there already stays as it is.
struct OpenDirect {
    UserId first;   ///< the smaller id
    UserId second;  ///< the larger, or the same

    friend bool operator==(const OpenDirect&, const OpenDirect&) = default;
};

struct SendMessage {
    UserId sender;
    DeviceId sender_device;
    std::string client_id;
    MessageType message_type = MessageType::text;
    std::string content;
    MediaId media;  ///< nil: none
    std::optional<MessageId> reply_to;
    std::vector<UserId> mentions;

    friend bool operator==(const SendMessage&, const SendMessage&) = default;
};

/// A member has received, or read, everything up to a place. Merged by maximum.
struct MoveCursor {
    UserId user;
    Seq delivered;
    Seq read;
    Ordinal read_ordinal;  ///< the ordinal of the event at `read`, looked up at admission

    friend bool operator==(const MoveCursor&, const MoveCursor&) = default;
};

/// What is known of a message that someone wants to change. It never changes, so it is looked up at
/// admission and stands in the record.
struct Target {
    MessageId message;
    Seq seq;
    UserId sender;
    bool hidden =
        false;  ///< void for the other one of a direct conversation, and so is what is done to it
    Timestamp expires{};  ///< when it is void for everyone; the epoch: never

    friend bool operator==(const Target&, const Target&) = default;
};

struct EditMessage {
    UserId actor;
    DeviceId device;
    std::string client_id;
    Target target;
    std::string content;

    friend bool operator==(const EditMessage&, const EditMessage&) = default;
};

/// For everyone.
struct DeleteMessage {
    UserId actor;
    DeviceId device;
    Target target;

    friend bool operator==(const DeleteMessage&, const DeleteMessage&) = default;
};

/// "Delete for me": the message becomes void for this user alone.
struct HideMessage {
    UserId user;
    Seq seq;

    friend bool operator==(const HideMessage&, const HideMessage&) = default;
};

struct React {
    UserId actor;
    DeviceId device;
    std::string client_id;  ///< empty: none; then it is the same as often as it says the same
    Target target;
    std::string emoji;
    bool removed = false;

    friend bool operator==(const React&, const React&) = default;
};

struct CreateGroup {
    UserId creator;
    DeviceId device;
    std::string client_id;
    std::string name;
    std::string description;
    MediaId avatar;                ///< nil: none
    bool history_for_all = false;  ///< who joins later reads from the beginning
    bool members_can_add = false;
    std::vector<UserId> members;  ///< without the creator, without repeats

    friend bool operator==(const CreateGroup&, const CreateGroup&) = default;
};

struct AddMember {
    UserId actor;
    DeviceId device;
    UserId user;
    std::uint32_t members_max = 0;  ///< the limit when it was asked

    friend bool operator==(const AddMember&, const AddMember&) = default;
};

/// Someone else, or oneself: that is leaving.
struct RemoveMember {
    UserId actor;
    DeviceId device;
    UserId user;

    friend bool operator==(const RemoveMember&, const RemoveMember&) = default;
};

struct SetRole {
    UserId actor;
    DeviceId device;
    UserId user;
    Role role = Role::member;

    friend bool operator==(const SetRole&, const SetRole&) = default;
};

struct UpdateGroup {
    UserId actor;
    DeviceId device;
    GroupUpdated what;

    friend bool operator==(const UpdateGroup&, const UpdateGroup&) = default;
};

struct DeleteGroup {
    UserId actor;
    DeviceId device;

    friend bool operator==(const DeleteGroup&, const DeleteGroup&) = default;
};

struct UpdateConversation {
    UserId actor;
    DeviceId device;
    ConversationUpdated what;

    friend bool operator==(const UpdateConversation&, const UpdateConversation&) = default;
};

/// What a member has set for themselves; what is there has changed to this.
struct ChangeSettings {
    UserId user;
    std::optional<Timestamp> muted_until;  ///< the epoch: not muted
    std::optional<bool> pinned;
    std::optional<bool> archived;
    std::optional<std::string> draft;  ///< empty: none

    friend bool operator==(const ChangeSettings&, const ChangeSettings&) = default;
};

/// In their direct conversation: from here on `user` gets nothing from the other one, or does again.
struct SetBlock {
    UserId user;
    bool blocked = true;

    friend bool operator==(const SetBlock&, const SetBlock&) = default;
};

/// The account is gone: the user leaves, and no trace of the id is shown any more.
struct ForgetUser {
    UserId user;

    friend bool operator==(const ForgetUser&, const ForgetUser&) = default;
};

/// Messages that have expired one and all: those with ordinals after the first, up to the second.
struct GoneMessages {
    Ordinal after;
    Ordinal last;
    Seq first_seq;  ///< where the first of them is
    Seq last_seq;

    friend bool operator==(const GoneMessages&, const GoneMessages&) = default;
};

/// Everything up to a place has expired, `ordinal` is that of the event there; and messages further on have.
struct Expire {
    Seq through;
    Ordinal ordinal;
    Seq expiring{
    };  ///< nothing before this place is still to expire by itself; 0: nothing was looked at
    Timestamp expires_at{};  ///< when what is there does; the past when that is not known
    std::vector<GoneMessages> gone = {};  ///< further on; ascending

    friend bool operator==(const Expire&, const Expire&) = default;
};

/// In the order of their numbers in the log (ports/record_codec.cc): add at the end.
using Command = std::variant<
    OpenDirect,
    SendMessage,
    MoveCursor,
    EditMessage,
    DeleteMessage,
    HideMessage,
    React,
    CreateGroup,
    AddMember,
    RemoveMember,
    SetRole,
    UpdateGroup,
    DeleteGroup,
    UpdateConversation,
    ChangeSettings,
    SetBlock,
    ForgetUser,
    Expire>;

/// Who asks; nil when nobody does.
[[nodiscard]] UserId actor_of(const Command& command) noexcept;

/// The rules that this version plans by. Old values stay understood while their records can be replayed.
inline constexpr std::uint16_t kRulesNow = 1;

struct Record {
    ConversationNumber conversation;
    Timestamp time;  ///< the wall clock when it was appended; the only clock that an outcome sees
    std::uint16_t rules = kRulesNow;
    Command command;

    friend bool operator==(const Record&, const Record&) = default;
};

/// What makes two commands under one `client_id` the same: everything in them but the device and client_id.
[[nodiscard]] std::uint64_t payload_hash(const SendMessage& send) noexcept;
[[nodiscard]] std::uint64_t payload_hash(const EditMessage& edit) noexcept;
[[nodiscard]] std::uint64_t payload_hash(const React& react) noexcept;
[[nodiscard]] std::uint64_t payload_hash(const CreateGroup& create) noexcept;

}  // namespace parley::core
