#include "tests/history/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace parley::history {
namespace {

constexpr std::size_t kLinesBefore = 12;
constexpr std::size_t kLinesBehind = 8;
constexpr std::size_t kWindowsShown = 10;
constexpr std::size_t kOthersShown = 10;

template <class... Values>
std::string format(const char* form, Values... values) {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), form, values...);
    return text.data();
}

double millis(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}
double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string head_of(const History& history) {
    const Duration length = history.events.back().time - history.events.front().time;
    const auto count = [&](Op op) {
        return static_cast<std::size_t>(std::ranges::count(history.events, op, &Event::op));
    };
    return format(
        "%zu events of %zu devices in %zu conversations, %.1f s, %zu faults, the server was down "
        "%zu times\n",
        history.events.size(),
        history.devices.size() - 1,
        history.conversations.count(),
        seconds(length),
        count(Op::fault),
        count(Op::down)
    );
}

std::string text_of(const Counts& counts) {
    std::string out;
    const auto add = [&out](std::string_view name, std::uint64_t count) {
        out.append(out.empty() ? "" : ", ").append(name).append(" ").append(std::to_string(count));
    };
    add("attempted", counts.attempted);
    add("acknowledged", counts.acknowledged);
    add("lost", counts.lost);
    add("doubled", counts.doubled);
    add("recovered", counts.recovered);
    add("out of order", counts.out_of_order);
    add("leaked", counts.leaked);
    add("refused", counts.refused);
    add("unknown", counts.unknown);
    return out + "\n";
}

std::string text_of(const char* name, Sample& sample) {
    if (sample.count() == 0) {
        return std::string{name} + ": none\n";
    }
    return format(
        "%s: %zu; p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, longest %.2f ms\n",
        name,
        sample.count(),
        millis(sample.quantile(0.5)),
        millis(sample.quantile(0.99)),
        millis(sample.quantile(0.999)),
        millis(sample.quantile(1))
    );
}

std::string text_of_windows(const History& history, const Measures& measures) {
    const Duration start = history.events.front().time;
    Duration total{};
    for (const Window& window : measures.windows) {
        total += window.length();
    }
    std::string out = format(
        "sends waited and none was acknowledged: %.1f ms at most; %zu times longer than 100 ms, "
        "together %.3f s\n",
        millis(measures.longest.length()),
        measures.windows.size(),
        seconds(total)
    );
    for (std::size_t i = 0; i < std::min(measures.windows.size(), kWindowsShown); ++i) {
        const Window& window = measures.windows[i];
        out += format(
            "  from %.3f s for %.3f s\n", seconds(window.begin - start), seconds(window.length())
        );
    }
    if (measures.windows.size() > kWindowsShown) {
        out += format("  and %zu more\n", measures.windows.size() - kWindowsShown);
    }
    return out;
}

std::string text_of(const History& history, const Violation& violation) {
    std::string out = violation.invariant + ": " + violation.what;
    if (violation.conversation != 0) {
        out.append(", conversation ").append(history.conversations.name(violation.conversation));
    }
    return out + "\n";
}

std::string text_of_violations(const History& history, const Verdict& verdict) {
    std::string out;
    for (const auto& [invariant, count] : verdict.broken) {
        out += invariant + " is broken " + std::to_string(count) + " times\n";
    }
    const Violation& first = verdict.violations.front();
    out += "the first:\n  " + text_of(history, first) + "around it:\n";
    for (const std::string& line :
         lines_around(history, first.conversation, first.at, kLinesBefore, kLinesBehind)) {
        out += "  " + line + "\n";
    }
    if (verdict.violations.size() == 1) {
        return out;
    }
    out += "others:\n";
    for (std::size_t i = 1; i < std::min(verdict.violations.size(), kOthersShown + 1); ++i) {
        out += "  " + text_of(history, verdict.violations[i]);
    }
    return out;
}

}  // namespace

std::string to_text(const History& history, const Verdict& verdict, Measures& measures) {
    std::string out =
        head_of(history) + text_of(verdict.counts) + text_of("time to ack", measures.to_ack) +
        text_of("time to deliver", measures.to_deliver) + text_of_windows(history, measures);
    if (verdict.holds()) {
        return out + "verdict: holds\n";
    }
    return out + text_of_violations(history, verdict) + "verdict: BROKEN\n";
}

}  // namespace parley::history
