#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/members.h"
#include "core/record.h"

/// The conversation state machine. `plan` is a pure function of one record and the state; `commit`
/// applies what was planned. The same records always give the same events, with the same `seq`,
/// `message_id` and time: that is what makes replay, idempotency and the simulation work.

namespace parley::core {

enum class ConversationType : std::uint8_t {
    direct = 1,
    group = 2
};

/// What rarely changes. Immutable: a change puts a new one into its place.
struct ConversationInfo {
    // Of a group.
    std::string name;
    std::string description;
    MediaId avatar;     ///< nil: none
    UserId created_by;  ///< nil: an account that is gone
    bool history_for_all = false;
    bool members_can_add = false;
    bool deleted = false;
    // Of any.
    std::uint32_t ttl_seconds = 0;  ///< of messages from here on; 0: they stay
    std::vector<MessageId> pinned;
    std::vector<UserId> forgotten;  ///< their ids are in stored events still, and are not shown

    friend bool operator==(const ConversationInfo&, const ConversationInfo&) = default;
};

struct ConversationState {
    ConversationNumber number;
    ConversationType type = ConversationType::direct;
    Seq head;               ///< the newest event's place; 0 while there is none
    Ordinal ordinal;        ///< the newest event's ordinal
    Timestamp last_time;    ///< the newest event's time; the creation time while there is none
    std::uint64_t rev = 0;  ///< records processed, those without an event included
    LogPosition position;   ///< of the last record processed
    std::uint64_t changed_at =
        0;        ///< log offset of the last record that changed what all members see
    Seq expired;  ///< all up to here are void and gone
    Ordinal expired_ordinal;
    Seq expiring;          ///< the first place that will expire by itself and is not gone; 0: none
    Timestamp expires_at;  ///< when it does, or earlier
    std::vector<GoneMessages> gone;  ///< have expired: nobody has them to read; ascending
    std::uint32_t active = 0;        ///< members who have not left
    std::shared_ptr<const ConversationInfo> info;  ///< null: as a new direct conversation's
    Members members;

    [[nodiscard]] Member* find(const UserId& user) noexcept { return members.find(user); }
    [[nodiscard]] const Member* find(const UserId& user) const noexcept {
        return members.find(user);
    }
    /// Messages that `member` has not read.
    [[nodiscard]] std::uint64_t unread(const Member& member) const noexcept;
    [[nodiscard]] std::uint32_t ttl_seconds() const noexcept {
        return info == nullptr ? 0 : info->ttl_seconds;
    }
    /// The other one of a direct conversation; null in one with oneself, and when the account is gone.
    [[nodiscard]] const Member* other(const UserId& user) const noexcept;
    /// Does everyone see how far everyone has read?
    [[nodiscard]] bool shows_receipts() const noexcept { return active <= kReceiptsToAllMax; }

    friend bool operator==(const ConversationState& one, const ConversationState& other);
};

/// All but the members.
[[nodiscard]] ConversationState without_members(const ConversationState& state);

/// Whose Member entries a command may change, the entries that it makes and a successor's not counted.
[[nodiscard]] std::vector<UserId> users_changed_by(const Command& command);
/// Who becomes owner by a command that makes its user leave; null: nobody.
[[nodiscard]] const Member* successor_after(
    const ConversationState& state, const Command& command
) noexcept;

/// The first and last places that a member may read, some of what is between perhaps not.
struct Readable {
    Seq first;
    Seq last;
};
[[nodiscard]] Readable readable(const ConversationState& state, const Member& member) noexcept;

/// Is the event's place void for this member: not theirs to read, hidden by a block, deleted for
/// themselves, or expired?
[[nodiscard]] bool is_void(
    const ConversationState& state, const Member& reader, const Event& event, Timestamp now
) noexcept;

/// What became of a command that makes an event: also what its retry is told.
struct Sent {
    MessageId message_id;
    Seq seq;
    Timestamp time;
    bool repeated = false;  ///< an earlier command under this client_id; nothing happened now

    friend bool operator==(const Sent&, const Sent&) = default;
};

struct CursorMoved {
    UserId user;
    Cursor cursor;  ///< as it is now
    bool delivered_grew = false;
    bool read_grew = false;
};

struct Opened {};
/// The state has changed without an event: settings, a block, an expiry, an account that is gone.
struct Changed {};
/// The record changed nothing: a conversation that was there, a cursor that was further.
struct Unchanged {};

using Outcome = std::variant<Opened, Sent, CursorMoved, Changed, Unchanged, Error>;

struct Decision {
    Outcome outcome;
    EventPtr event = nullptr;      ///< the new event, when there is one
    EventPtr follow_up = nullptr;  ///< the next, when one record makes two: ownership handed on
    std::optional<SendEntry> remember = std::nullopt;  ///< what goes into the sender's ring
};

/// One conversation's rules and state. A value; touched by its owner only.
class Conversation {
public:
    /// A conversation that does not exist yet: only OpenDirect and CreateGroup make it one.
    explicit Conversation(ConversationNumber number) { state_.number = number; }
    explicit Conversation(ConversationState state) : state_(std::move(state)) {}

    [[nodiscard]] const ConversationState& state() const noexcept { return state_; }
    [[nodiscard]] bool exists() const noexcept { return !state_.members.empty(); }

    /// What a command would meet now; a hint that spares the log a record that plan would refuse or that
    /// would change nothing, and answers a retry at once. Nothing: log it.
    [[nodiscard]] std::optional<Outcome> admit(const Command& command) const;

    /// What a command gets that was there before under its client_id: the first answer, or `conflict`.
    [[nodiscard]] std::optional<Outcome> answered(const Command& command) const;

    /// Decides on the record at `at`, which must be past state().position. Pure.
    [[nodiscard]] Decision plan(const Record& record) const;
    /// Applies a decision on `record`, made against this very state.
    void commit(const Record& record, const Decision& decision, LogPosition at);

private:
    ConversationState state_;
};

/// These check a command by itself, before any conversation is known: sizes, counts, characters.
[[nodiscard]] Result<void> check_client_id(std::string_view client_id);
[[nodiscard]] Result<void> check(const SendMessage& send);
[[nodiscard]] Result<void> check(const EditMessage& edit);
[[nodiscard]] Result<void> check(const React& react);
[[nodiscard]] Result<void> check(const CreateGroup& create, std::uint32_t members_max);
[[nodiscard]] Result<void> check(const UpdateGroup& update);
[[nodiscard]] Result<void> check(const UpdateConversation& update);
[[nodiscard]] Result<void> check(const ChangeSettings& settings);

}  // namespace parley::core
