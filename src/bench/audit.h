#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/ledger.h"

/// Compares what two clients were told during a run with what the server says afterwards.

namespace parley::bench {

/// A whole conversation as read after the run, in the order of the pages. `Author::self` is the first
/// of the pair, `Author::peer` the second.
struct History {
    std::uint64_t after = 0;  ///< everything with a greater `seq` was asked for
    std::vector<Event> events;
};

struct AuditCounts {
    std::uint64_t conversations = 0;
    std::uint64_t attempted = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t delivered = 0;        ///< seen by the peer, pushed or caught up
    std::uint64_t refused = 0;          ///< with a definite error
    std::uint64_t repeated = 0;         ///< pushed again; allowed
    std::uint64_t gaps = 0;             ///< seen during the run, and closed since; allowed
    std::uint64_t unacked_present = 0;  ///< no answer came, but it is there; allowed

    // What must not be:
    std::uint64_t lost = 0;          ///< acknowledged, and not in the history
    std::uint64_t doubled = 0;       ///< one send, two events or two answers; one seq or id, twice
    std::uint64_t out_of_order = 0;  ///< pushed late, or a sender's messages not in the order sent
    std::uint64_t changed =
        0;  ///< there, but not with the seq and id that were acknowledged or shown
    std::uint64_t holes = 0;        ///< seq that the history leaves out
    std::uint64_t undelivered = 0;  ///< in the history, and the peer never saw it
    std::uint64_t refused_present = 0;
    std::uint64_t foreign = 0;  ///< from someone else, or never sent
    std::uint64_t unread = 0;   ///< conversations whose history could not be read

    std::vector<std::string> problems;  ///< the first few, for a person

    static constexpr std::size_t kProblemsMax = 20;

    [[nodiscard]] bool clean() const noexcept;
    void add(const AuditCounts& other);
};

/// After everything has been answered and caught up. `name` stands in front of each problem.
/// `others`: of a group, two members at a time; what others have sent must have come to both.
[[nodiscard]] AuditCounts audit_pair(
    const Ledger& first,
    const Ledger& second,
    const History& history,
    const std::string& name,
    bool others = false
);

/// Without a history: what was pushed is all there is. For the relay, whose messages have no `seq` but
/// their sender's count, and for runs with the audit switched off (`seqs_are_counts` false: only what was
/// seen during the run is judged).
[[nodiscard]] AuditCounts audit_live(
    const Ledger& first, const Ledger& second, bool seqs_are_counts, const std::string& name
);

}  // namespace parley::bench
