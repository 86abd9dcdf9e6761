#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/conversation.h"
#include "runtime/loop.h"
#include "services/messaging/messaging.h"

namespace parley::messaging {

/// A member's cursor moves that wait for the log, so that many acks make one record and one receipt.
struct PendingReceipt {
    struct Target {
        Seq seq;
        Ordinal ordinal;
        MessageId message_id;
    };
    struct Waiter {
        ReceiptStatus status;
        Seq seq;
        runtime::LoopId home;
        MarkDone done;
    };
    UserId user;
    Target delivered;
    Target read;
    SessionId session;            ///< marked all that waits, so needs no receipt; none: several did
    Duration last_logged{-1};     ///< steady; negative: never
    bool logging = false;         ///< a record is between log and commit
    runtime::TimerId timer;       ///< armed while the interval has to pass
    std::vector<Waiter> waiters;  ///< bounded by the marks in flight
};

/// Which members the store does not have as they are now.
class ChangedMembers {
public:
    struct Change {
        std::uint32_t index = 0;
        std::uint64_t sends_before = 0;  ///< how many sends of theirs the store has
    };

    /// Before the member is changed. Noting it twice keeps the first.
    void note(std::uint32_t index, std::uint64_t sends_before);
    /// After a batch that has failed: what it was to write is to be written again.
    void give_back(const std::vector<Change>& changes);
    [[nodiscard]] std::vector<Change> take();

private:
    std::vector<bool> noted_;  ///< by index
    std::vector<Change> changes_;
};

/// An older event that is being changed, or has been and is not in the store yet.
struct Amended {
    core::EventPtr event;               ///< as it is now; null until it is read
    std::vector<core::EventPtr> edits;  ///< the edits' own events, known while it is held
    unsigned holders = 0;               ///< commands under way that will change it
    bool dirty = false;                 ///< the store lacks it
    bool handed = false;                ///< it is in a batch on its way
};

/// About how much memory an event takes, with what it says and what has become of it.
[[nodiscard]] std::size_t bytes_of(const core::Event& event) noexcept;

/// One conversation in its owner's memory: its state, its newest events, and what the store lacks.
struct Cell {
    explicit Cell(ConversationNumber number) : conversation(number) {}

    core::Conversation conversation;
    bool ready = false;  ///< its state has been read (or is known not to be there)
    /// The newest events, consecutive up to the head: everything the store lacks, and some more.
    std::vector<core::EventPtr> tail;
    std::map<Seq, Amended> amended;
    /// Counts amended events that have got into the store and may have left memory: what was read from the
    /// store before may be older.
    std::uint64_t amended_stored = 0;
    Seq handed;  ///< events up to here are in the store or in a batch on its way
    Seq stored;  ///< events up to here are in the store
    /// Of all new events as they came, and of what they and older ones have become; and how much of it is in
    /// the store. Both only grow.
    std::uint64_t bytes_taken = 0;
    std::uint64_t bytes_stored = 0;
    ChangedMembers changed;
    std::size_t sends = 0;   ///< that are remembered, of all members; about
    std::size_t weight = 1;  ///< as its owner counts it
    bool dirty = false;
    unsigned pins = 0;  ///< records in flight, timers and coroutines that need it to stay
    Audience audience;
    Seq newest_first;  ///< the largest `first` of its audience: from there on everyone may read
    std::unordered_map<UserId, PendingReceipt> receipts;
    std::size_t receipts_swept = 0;  ///< how many the last sweep of them has left
    std::vector<UniqueFunction<void(Result<Cell*>)>>
        waiting;                      ///< until ready; counted by the owner
    std::list<Cell*>::iterator used;  ///< its place in the owner's order of use

    [[nodiscard]] const core::ConversationState& state() const noexcept {
        return conversation.state();
    }
    [[nodiscard]] ConversationNumber number() const noexcept { return state().number; }
    /// The first seq in the tail; past the head when it is empty.
    [[nodiscard]] Seq tail_first() const noexcept { return {state().head.value - tail.size() + 1}; }
    /// The event as it is now, when memory has it.
    [[nodiscard]] const core::EventPtr* in_memory(Seq seq) const noexcept {
        if (const core::EventPtr* newest = in_tail(seq)) {
            return newest;
        }
        const auto at = amended.find(seq);
        return at == amended.end() || at->second.event == nullptr ? nullptr : &at->second.event;
    }
    [[nodiscard]] const core::EventPtr* in_tail(Seq seq) const noexcept {
        if (seq < tail_first() || seq > state().head) {
            return nullptr;
        }
        return &tail[seq.value - tail_first().value];
    }
    /// How much of the room for conversations in memory it takes, now.
    [[nodiscard]] std::size_t weigh() const noexcept;
    [[nodiscard]] bool removable() const noexcept {
        return ready && !dirty && pins == 0 && handed == stored && amended.empty();
    }
};

/// Keeps a cell in memory for as long as it lives.
class Pin {
public:
    explicit Pin(Cell& cell) noexcept : cell_(&cell) { ++cell_->pins; }
    Pin(Pin&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
    Pin& operator=(Pin&&) = delete;
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin() {
        if (cell_ != nullptr) {
            --cell_->pins;
        }
    }

private:
    Cell* cell_;
};

}  // namespace parley::messaging
