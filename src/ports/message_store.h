#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/conversation.h"
#include "core/event.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// A member as they are now, and what they have sent since they were last written.
struct MemberWrite {
    std::uint32_t index = 0;  ///< in ConversationState::members
    core::Member member;      ///< without its ring
    std::uint64_t sends = 0;  ///< how many there have ever been
    /// The newest entries of the ring, oldest first: their places are sends - size … sends - 1.
    std::vector<core::SendEntry> sent;
};

/// The write of a member of whom the store has the first `sends_before` sends.
[[nodiscard]] MemberWrite member_write(
    const core::Member& member, std::uint32_t index, std::uint64_t sends_before
);
/// The other way: puts what was written into the members that were loaded before.
void take_member(core::Members& members, const MemberWrite& write);

/// Up to so many members a conversation is written with all of them; a larger one with those that changed,
/// and with all when it grows past this.
inline constexpr std::size_t kMembersWrittenWhole = 16;

/// What changed in one conversation since it was last written.
struct ConversationWrite {
    core::ConversationState state;  ///< without its members
    std::uint32_t members_total = 0;
    std::vector<MemberWrite> members;     ///< by index
    std::vector<core::EventPtr> events;   ///< new ones: consecutive, and the last is at state.head
    std::vector<core::EventPtr> amended;  ///< older ones, as they are now
};

/// One atomic step of one lane (an owner loop): the writes, and the log position that this lane has
/// reached with them.
struct StoreBatch {
    std::uint32_t lane = 0;
    LogPosition covers;
    std::vector<ConversationWrite> writes;
};

struct EventRange {
    ConversationNumber conversation;
    Seq first;  ///< inclusive
    Seq last;   ///< inclusive
    std::size_t limit = core::kPageEventsMax;
    bool newest_first = false;  ///< which end the limit keeps, and the order of the answer
};

/// Where events, conversation states, members and cursors are kept. It may lag behind the command log and never
/// be ahead of it: what it has is made durable by `flush`, in whole batches, in order. Coroutines resume
/// on `home`, the caller's loop. Errors: `unavailable` (full, overloaded: the same call may succeed
/// later), `internal` (damaged, or the disk failed: the detail names what).
class MessageStore {
public:
    virtual ~MessageStore() = default;

    /// The state as last written, durable or not; nothing for a conversation that never was.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<core::ConversationState>>> load(
        runtime::Loop& home, ConversationNumber number
    ) = 0;

    /// Events as last written, in the order asked for; places that were never written are an error, for a
    /// conversation has no gaps. Those up to state.expired are gone: no range reaches back to them.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<core::EventPtr>>> read(
        runtime::Loop& home, EventRange range
    ) = 0;

    /// The newest event from `first` on that is at or before `time`; nothing when all are later. For
    /// finding a message id.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<Seq>>> find_seq(
        runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
    ) = 0;

    /// Applies a batch as one. Writing the same again changes nothing.
    [[nodiscard]] virtual runtime::Task<Result<void>> write(
        runtime::Loop& home, StoreBatch batch
    ) = 0;

    /// The conversations after `after`, by number, at most `limit`: their states without members. What was written
    /// since the last flush may be missing, or be as it was before.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<core::ConversationState>>> scan(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) = 0;

    /// Gives back the space of what has been expired, erased or forgotten in these conversations and flushed; at most
    /// 1,000. May take seconds, and is worth calling now and then only.
    [[nodiscard]] virtual runtime::Task<Result<void>> reclaim(
        runtime::Loop& home, std::vector<ConversationNumber> numbers
    ) = 0;

    /// Makes everything written so far durable and answers the position from which a replay would start:
    /// the lowest that any lane covers.
    [[nodiscard]] virtual runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) = 0;

    /// The position from which to replay, at start. Blocks. {0,0} for an empty store.
    [[nodiscard]] virtual Result<LogPosition> replay_from() = 0;
    /// After a replay, before any write: there are `lanes` lanes now, all at `position`. Blocks.
    [[nodiscard]] virtual Result<void> set_lanes(std::uint32_t lanes, LogPosition position) = 0;
};

}  // namespace parley::ports
