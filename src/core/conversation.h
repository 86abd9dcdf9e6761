#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/record.h"

/// The conversation state machine. `plan` is a pure function of one record and the state; `commit`
/// applies what was planned. The same records always give the same events, with the same `seq`,
/// `message_id` and time: that is what makes replay, idempotency and the simulation work.

namespace parley::core {

/// How far a member has come. Both only grow, and read ≤ delivered.
struct Cursor {
    Seq delivered;
    Seq read;
    Ordinal read_ordinal;

    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// A send that is remembered so that its retry gets the first answer again.
struct SendEntry {
    Hash128 client_id;
    std::uint64_t payload = 0;
    Seq seq;
    Timestamp time;

    friend bool operator==(const SendEntry&, const SendEntry&) = default;
};

/// The last kSendRingEntries sends of one member, oldest overwritten. Entry i of the member's n-th send
/// (from 0) stands at n % kSendRingEntries.
class SendRing {
public:
    /// Entries are stored in blocks of this many, so that one send rewrites one small block.
    static constexpr std::size_t kBlockEntries = 16;
    static constexpr std::size_t kBlocks = kSendRingEntries / kBlockEntries;

    [[nodiscard]] const SendEntry* find(const Hash128& client_id) const noexcept;
    void add(const SendEntry& entry);

    /// How many sends there have ever been.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::span<const SendEntry> entries() const noexcept { return entries_; }
    /// Rebuilds a ring from stored parts; `entries` holds min(count, kSendRingEntries) in ring places.
    [[nodiscard]] static SendRing restore(std::uint64_t count, std::vector<SendEntry> entries);

    friend bool operator==(const SendRing&, const SendRing&) = default;

private:
    std::uint64_t count_ = 0;
    std::vector<SendEntry> entries_;
};

struct Member {
    UserId user;
    Cursor cursor;
    SendRing sends;

    friend bool operator==(const Member&, const Member&) = default;
};

enum class ConversationType : std::uint8_t {
    direct = 1,
    group = 2
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
        0;                        ///< log offset of the last record that changed what a member sees
    std::vector<Member> members;  ///< of a direct conversation: one or two

    [[nodiscard]] Member* find(const UserId& user) noexcept;
    [[nodiscard]] const Member* find(const UserId& user) const noexcept;
    /// Messages that `member` has not read.
    [[nodiscard]] std::uint64_t unread(const Member& member) const noexcept;

    friend bool operator==(const ConversationState&, const ConversationState&) = default;
};

/// What became of a send: also what its retry is told.
struct Sent {
    MessageId message_id;
    Seq seq;
    Timestamp time;
    bool repeated = false;  ///< an earlier send under this client_id; nothing happened now

    friend bool operator==(const Sent&, const Sent&) = default;
};

struct CursorMoved {
    UserId user;
    Cursor cursor;  ///< as it is now
    bool delivered_grew = false;
    bool read_grew = false;
};

struct Opened {};
/// The record changed nothing: a conversation that was there, a cursor that was further.
struct Unchanged {};

using Outcome = std::variant<Opened, Sent, CursorMoved, Unchanged, Error>;

struct Decision {
    Outcome outcome;
    EventPtr event;      ///< the new event, when there is one
    SendEntry remember;  ///< with an event: what goes into the sender's ring
};

/// One conversation's rules and state. A value; touched by its owner only.
class Conversation {
public:
    /// A conversation that does not exist yet: only OpenDirect makes it one.
    explicit Conversation(ConversationNumber number) { state_.number = number; }
    explicit Conversation(ConversationState state) : state_(std::move(state)) {}

    [[nodiscard]] const ConversationState& state() const noexcept { return state_; }
    [[nodiscard]] bool exists() const noexcept { return !state_.members.empty(); }

    /// What a send would meet now; a hint that spares the log a record that plan would refuse, and
    /// answers a retry at once. Nothing: log it.
    [[nodiscard]] std::optional<Result<Sent>> admit(const SendMessage& send) const;

    /// Decides on the record at `at`, which must be past state().position. Pure.
    [[nodiscard]] Decision plan(const Record& record) const;
    /// Applies a decision on `record`, made against this very state.
    void commit(const Record& record, const Decision& decision, LogPosition at);

private:
    [[nodiscard]] Decision plan_open(const Record& record) const;
    [[nodiscard]] Decision plan_send(const Record& record, const SendMessage& send) const;
    [[nodiscard]] Decision plan_cursor(const MoveCursor& move) const;

    ConversationState state_;
};

/// Checks a send by itself, before any conversation is known: sizes, counts, characters.
[[nodiscard]] Result<void> check_send(const SendMessage& send);

}  // namespace parley::core
