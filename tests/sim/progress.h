#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/tally.h"

/// What many seeds came to, and how far a long run has come.

namespace parley::sim {

/// What some seeds came to. Plain numbers: it lies in memory that processes share.
struct Totals {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t twice = 0;  ///< seeds that ran two times, for their traces
    std::uint64_t events = 0;
    std::uint64_t simulated_ms = 0;
    std::uint64_t cpu_ms = 0;
    Tally tally;

    Totals& operator+=(const Totals& other) noexcept;
    [[nodiscard]] std::uint64_t seeds() const noexcept { return passed + failed; }
};

/// Seeds as [first, end) ranges, in order and apart.
class SeedRanges {
public:
    using Range = std::pair<std::uint64_t, std::uint64_t>;
    void add(std::uint64_t first, std::uint64_t end);
    [[nodiscard]] const std::vector<Range>& ranges() const noexcept { return ranges_; }
    /// What of [first, end) is in none, in order.
    [[nodiscard]] std::vector<Range> missing(std::uint64_t first, std::uint64_t end) const;

private:
    std::vector<Range> ranges_;
};

/// What has been done so far; kept in a text file that a person can read, too.
struct Progress {
    std::uint64_t program = 0;  ///< which program did it: a hash of its file, or of its source
    SeedRanges done;
    Totals totals;
    std::vector<std::uint64_t> bad;  ///< the first of the seeds that failed

    [[nodiscard]] std::string text() const;
    /// Nothing for a text that is none.
    [[nodiscard]] static std::optional<Progress> parse(std::string_view text);
};

/// The figures of a run in Markdown, as docs/trust.md has them.
[[nodiscard]] std::string figures(const Progress& progress);

}  // namespace parley::sim
