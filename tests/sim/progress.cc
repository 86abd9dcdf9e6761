#include "tests/sim/progress.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace parley::sim {
namespace {

/// Calls `f` with the name and the place of each number.
template <class F>
void each_total(Totals& totals, F&& f) {
    f("passed", totals.passed);
    f("failed", totals.failed);
    f("twice", totals.twice);
    f("events", totals.events);
    f("simulated_ms", totals.simulated_ms);
    f("cpu_ms", totals.cpu_ms);
    for (std::size_t i = 0; i < kCounts; ++i) {
        const auto count = static_cast<Count>(i);
        f(to_string(count), totals.tally.of(count));
    }
}

}  // namespace

Totals& Totals::operator+=(const Totals& other) noexcept {
    passed += other.passed;
    failed += other.failed;
    twice += other.twice;
    events += other.events;
    simulated_ms += other.simulated_ms;
    cpu_ms += other.cpu_ms;
    tally += other.tally;
    return *this;
}

// --- what is done ---------------------------------------------------------------------------------

void SeedRanges::add(std::uint64_t first, std::uint64_t end) {
    if (first >= end) {
        return;
    }
    ranges_.emplace_back(first, end);
    std::ranges::sort(ranges_);
    std::vector<Range> joined;
    for (const Range& range : ranges_) {
        if (!joined.empty() && range.first <= joined.back().second) {
            joined.back().second = std::max(joined.back().second, range.second);
        } else {
            joined.push_back(range);
        }
    }
    ranges_ = std::move(joined);
}

std::vector<SeedRanges::Range> SeedRanges::missing(std::uint64_t first, std::uint64_t end) const {
    std::vector<Range> gaps;
    for (const Range& range : ranges_) {
        if (range.first >= end) {
            break;
        }
        if (range.first > first) {
            gaps.emplace_back(first, range.first);
        }
        first = std::max(first, range.second);
    }
    if (first < end) {
        gaps.emplace_back(first, end);
    }
    return gaps;
}

std::string Progress::text() const {
    std::string text =
        "# How far parley_sim has come; a later call with the same file goes on from here.\n";
    text += "program " + std::to_string(program) + "\n";
    for (const auto& [first, end] : done.ranges()) {
        text += "done " + std::to_string(first) + " " + std::to_string(end) + "\n";
    }
    for (const std::uint64_t seed : bad) {
        text += "bad " + std::to_string(seed) + "\n";
    }
    Totals copy = totals;
    each_total(copy, [&text](std::string_view name, std::uint64_t value) {
        text.append(name).append(" ").append(std::to_string(value)).append("\n");
    });
    return text;
}

std::optional<Progress> Progress::parse(std::string_view text) {
    Progress progress;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        std::istringstream words{line};
        std::string name;
        std::uint64_t number = 0;
        std::uint64_t second = 0;
        words >> name >> number;
        bool known = false;
        if (name == "program") {
            progress.program = number;
            known = true;
        } else if (name == "done") {
            words >> second;
            progress.done.add(number, second);
            known = true;
        } else if (name == "bad") {
            progress.bad.push_back(number);
            known = true;
        } else {
            each_total(progress.totals, [&](std::string_view total, std::uint64_t& value) {
                if (total == name) {
                    value = number;
                    known = true;
                }
            });
        }
        if (!known || words.fail()) {
            return std::nullopt;
        }
    }
    return progress;
}

// --- for people -----------------------------------------------------------------------------------

std::string figures(const Progress& progress) {
    const Totals& totals = progress.totals;
    std::string text = "| what | how many |\n| --- | ---: |\n";
    const auto row = [&text](std::string what, const std::string& number) {
        std::ranges::replace(what, '_', ' ');
        text.append("| ").append(what).append(" | ").append(number).append(" |\n");
    };
    row("seeds", std::to_string(totals.seeds()));
    row("bad seeds", std::to_string(totals.failed));
    row("seeds run twice, with equal traces", std::to_string(totals.twice));
    row("simulated hours", std::to_string(totals.simulated_ms / 3'600'000));
    row("CPU hours", std::to_string(totals.cpu_ms / 3'600'000));
    row("events", std::to_string(totals.events));
    for (std::size_t i = 0; i < kCounts; ++i) {
        const auto count = static_cast<Count>(i);
        row(std::string{to_string(count)}, std::to_string(totals.tally[count]));
    }
    return text;
}

}  // namespace parley::sim
