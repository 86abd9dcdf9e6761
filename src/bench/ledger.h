#pragma once

#include <cstdint>
#include <vector>

#include "base/uuid.h"

/// What one client knows of its conversation: what it sent, what came of that, and what it was shown.

namespace parley::bench {

/// Which `seq` a reader has: everything up to contiguous(), and perhaps some beyond a gap.
class SeqTracker {
public:
    /// Everything up to `head` counts as known.
    void start(std::uint64_t head) noexcept { contiguous_ = head; }
    /// False when it was known already.
    bool add(std::uint64_t seq);
    [[nodiscard]] bool contains(std::uint64_t seq) const noexcept;
    [[nodiscard]] std::uint64_t contiguous() const noexcept { return contiguous_; }
    [[nodiscard]] std::uint64_t highest() const noexcept {
        return ahead_.empty() ? contiguous_ : ahead_.back();
    }
    [[nodiscard]] bool has_gap() const noexcept { return !ahead_.empty(); }

private:
    std::uint64_t contiguous_ = 0;
    std::vector<std::uint64_t> ahead_;  // ascending; empty but for a moment
};

enum class SendState : unsigned char {
    waiting,  ///< no answer, or one that says nothing: it may be there or not
    acked,
    refused,  ///< the server said that it did not and will not happen
};

struct Send {
    Uuid message;           ///< of the first ack
    std::uint64_t seq = 0;  ///< of the first ack
    std::int64_t due = 0;   ///< when it was to be sent, Clock::steady()
    SendState state = SendState::waiting;
    bool retried = false;  ///< sent again after later ones, so it may stand behind them
};

enum class Author : unsigned char {
    self,
    peer,
    other
};

/// One event of a conversation as a reader sees it.
struct Event {
    std::uint64_t seq = 0;
    Uuid message;              ///< nil for a `void`
    std::uint32_t number = 0;  ///< the author's own count in this run; 0: not of this run
    Author author = Author::other;
};

enum class Source : unsigned char {
    live,      ///< pushed by the server
    catch_up,  ///< asked for: sync, history
};

/// What is wrong already while it happens; the rest is for the audit.
struct LedgerCounts {
    std::uint64_t acked = 0;
    std::uint64_t refused = 0;
    std::uint64_t received = 0;  ///< others' messages of this run, each once
    std::uint64_t repeated = 0;  ///< pushed again; the contract allows it
    std::uint64_t gaps = 0;      ///< something came whose predecessor had not; may close by itself
    std::uint64_t out_of_order = 0;  ///< pushed after a later one
    std::uint64_t doubled = 0;       ///< acked twice, with different answers
};

/// Belongs to one client, on its loop. Numbers of sends begin at 1.
class Ledger {
public:
    /// The conversation's head before the run.
    void start(std::uint64_t head) noexcept {
        head_ = head;
        seen_.start(head);
    }
    /// A new session: its pushes are in order among themselves, not with those of the one before.
    void new_session() noexcept { last_pushed_ = 0; }

    /// The number of a new send.
    std::uint32_t begin(std::int64_t due);
    /// True for the first answer to a send; a number that was never given is ignored.
    bool on_ack(std::uint32_t number, const Uuid& message, std::uint64_t seq);
    void on_refused(std::uint32_t number);
    void on_retry(std::uint32_t number) { sends_[number - 1].retried = true; }
    /// True when the event is new to this reader. One at or below the starting head is not.
    bool on_event(const Event& event, Source source);

    [[nodiscard]] const std::vector<Send>& sends() const noexcept { return sends_; }
    [[nodiscard]] const Send& send(std::uint32_t number) const { return sends_.at(number - 1); }
    /// The lowest number that waits for an answer; sends().size() + 1 if none does.
    [[nodiscard]] std::uint32_t first_waiting() const noexcept { return first_waiting_; }
    [[nodiscard]] std::uint64_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] const std::vector<Event>& events() const noexcept { return events_; }
    [[nodiscard]] const SeqTracker& seen() const noexcept { return seen_; }
    [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
    [[nodiscard]] const LedgerCounts& counts() const noexcept { return counts_; }

private:
    bool note_seq(std::uint64_t seq);
    void settle(Send& send, SendState state);

    std::vector<Send> sends_;
    std::vector<Event> events_;  // in the order they came, each once
    SeqTracker seen_;
    LedgerCounts counts_;
    std::uint64_t head_ = 0;
    std::uint64_t last_pushed_ = 0;
    std::uint64_t waiting_ = 0;
    std::uint32_t first_waiting_ = 1;
};

}  // namespace parley::bench
