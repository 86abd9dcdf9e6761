#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/history/history.h"

/// Judges a history that ended well: every fault healed, every client caught up, and everything read again by
/// one auditor for each member. Each invariant is a row of checks.h: a pass over one conversation at a time, on
/// data sorted by place. O(n log n) of the number of events.
///
/// The numbers are those of ARCHITECTURE.md:
///  I1  what was acknowledged, or seen by anybody, is in every later complete read, of every member
///  I2  one place holds one message, the same for all readers, and one that somebody sent
///  I3  places are 1, 2, 3 … without gap or repeat
///  I4  one client_id is one message; a retry gets the same answer; another payload is not taken
///  I5  a device's sends keep their order, and come after what it had seen
///  I6  a send that was definitely refused is never seen
///  I7  every device of every member got every message, and showed it once
///  I8  a page begins where it was asked to and skips nothing
///  I9  the live stream keeps the order, and continues where sync ended, without a hole
///  I10 cursors only grow, read ≤ delivered ≤ head, and nobody is said to have read what they did not
///  I11 unread is what lies beyond the read cursor
///  I12 a message is what its edits, reactions and deletion make of it, in the order of the log, for every reader
///  I14 nobody sees a conversation that they are not in, or what lies outside their membership, or what somebody
///      sent whom they had blocked; nothing is void for who may see it
///  I17 a refresh token has one successor; used again after that, its family is dead
///  audit  not a promise of the server: the history does not end with what the others are judged by

namespace parley::history {

struct Violation {
    std::string invariant;
    std::uint32_t conversation = 0;  ///< 0: none in particular
    std::string what;
    std::size_t at = 0;  ///< the index behind the event that shows it; 0: the end
};

/// Of sends, each counted once, where nothing else is said.
struct Counts {
    std::uint64_t attempted = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;     ///< acknowledged, and some member cannot read it
    std::uint64_t doubled = 0;  ///< events that are there or were shown once more than they should
    std::uint64_t recovered = 0;     ///< not acknowledged, but there: allowed
    std::uint64_t refused = 0;       ///< definitely
    std::uint64_t unknown = 0;       ///< neither answered nor there: allowed
    std::uint64_t out_of_order = 0;  ///< events
    std::uint64_t leaked = 0;        ///< events
};

struct Verdict {
    std::string problem;  ///< why this cannot be judged: the rest is empty then
    Counts counts;
    std::map<std::string, std::uint64_t, std::less<>> broken;  ///< findings by invariant
    std::vector<Violation> violations;                         ///< the first few, by time

    [[nodiscard]] bool holds() const noexcept { return problem.empty() && broken.empty(); }
};

struct Measures;

/// With `measures`, it measures as well.
[[nodiscard]] Verdict check(const History& history, Measures* measures = nullptr);

/// Events of the history that concern the conversation (all, for 0), faults included, as lines: `before` of them up to
/// the index `end` (the history's end for 0), and `behind` of those that follow.
[[nodiscard]] std::vector<std::string> lines_around(
    const History& history,
    std::uint32_t conversation,
    std::size_t end,
    std::size_t before,
    std::size_t behind
);

}  // namespace parley::history
