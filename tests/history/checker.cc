#include "tests/history/checker.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "tests/history/checks.h"
#include "tests/history/measures.h"
#include "tests/history/writer.h"

namespace parley::history {
namespace {

constexpr std::uint64_t kShownOfEach = 10;

/// Which events and which acknowledged sends belong to which conversation: lists behind each other.
struct Groups {
    std::vector<std::uint32_t> items;
    std::vector<std::uint32_t> starts;  // by conversation, one more at the end

    /// `conversation_of(i)` is 0 for an item of none.
    template <class Function>
    Groups(std::size_t count, std::size_t conversations, Function conversation_of)
        : starts(conversations + 2) {
        for (std::uint32_t i = 0; i < count; ++i) {
            ++starts[conversation_of(i) + 1];
        }
        for (std::size_t i = 1; i < starts.size(); ++i) {
            starts[i] += starts[i - 1];
        }
        items.resize(count);
        std::vector<std::uint32_t> next = starts;
        for (std::uint32_t i = 0; i < count; ++i) {
            items[next[conversation_of(i)]++] = i;
        }
    }
    [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t conversation) const {
        return std::span{items}.subspan(
            starts[conversation], starts[conversation + 1] - starts[conversation]
        );
    }
};

void count_sends(const Sends& sends, Counts& counts) {
    for (const Send& send : sends.all()) {
        if (send.attempts == 0) {
            continue;
        }
        ++counts.attempted;
        counts.acknowledged += send.acked() ? 1 : 0;
        counts.lost += send.lost ? 1 : 0;
        counts.recovered += !send.acked() && send.placed_in != 0 ? 1 : 0;
        counts.refused += send.refused() ? 1 : 0;
        counts.unknown += !send.acked() && !send.refused() && send.placed_in == 0 ? 1 : 0;
    }
}

std::uint32_t conversations_in(const History& history) {
    std::uint32_t highest = 0;
    for (const Event& event : history.events) {
        highest = std::max(highest, event.conversation);
    }
    return highest;
}

}  // namespace

void Findings::add_at(std::string_view invariant, Harm harm, const Event& event, std::string what) {
    put(invariant,
        harm,
        {.conversation = event.conversation,
         .what = std::move(what),
         .at = static_cast<std::size_t>(&event - history_.events.data()) + 1});
}

void Findings::put(std::string_view invariant, Harm harm, Violation violation) {
    Counts& counts = verdict_.counts;
    counts.doubled += harm == Harm::doubled ? 1 : 0;
    counts.out_of_order += harm == Harm::out_of_order ? 1 : 0;
    counts.leaked += harm == Harm::leaked ? 1 : 0;
    std::uint64_t& found = verdict_.broken[std::string{invariant}];
    if (++found <= kShownOfEach) {
        violation.invariant = invariant;
        verdict_.violations.push_back(std::move(violation));
    }
}

Verdict check(const History& history, Measures* measures) {
    Verdict verdict;
    Sends sends{history};
    if (!sends.problem().empty()) {
        verdict.problem = sends.problem();
        return verdict;
    }
    Findings findings{history, verdict};
    Context context{
        .history = history, .sends = sends, .findings = findings, .place_of_message = {}
    };
    std::uint32_t messages = 0;
    for (const Event& event : history.events) {
        messages = std::max(messages, event.message);
    }
    context.place_of_message.resize(messages + std::size_t{1});
    const std::uint32_t conversations = conversations_in(history);
    const Groups events{history.events.size(), conversations, [&](std::uint32_t i) {
                            return history.events[i].conversation;
                        }};
    const Groups acked{sends.all().size(), conversations, [&](std::uint32_t i) {
                           return sends.at(i).conversation;
                       }};
    std::optional<Deliveries> deliveries;
    if (measures != nullptr) {
        measure_sends(history, sends, *measures);
        deliveries.emplace(history, sends, measures->to_deliver);
    }
    for (std::uint32_t number = 1; number <= conversations; ++number) {
        const Talk talk{history, sends, number, events.of(number), acked.of(number)};
        if (deliveries) {
            deliveries->add(talk);
        }
        for (const auto& row : kChecks) {
            row(context, talk);
        }
    }
    check_refreshes(context);
    count_sends(sends, verdict.counts);
    std::ranges::sort(verdict.violations, {}, [](const Violation& violation) {
        // What only the end shows (0) comes last.
        return std::pair<std::size_t, std::string_view>{violation.at - 1, violation.what};
    });
    return verdict;
}

std::vector<std::string> lines_around(
    const History& history,
    std::uint32_t conversation,
    std::size_t end,
    std::size_t before,
    std::size_t behind
) {
    const auto concerns = [&](std::size_t i) {
        const Event& event = history.events[i];
        return conversation == 0 || event.conversation == conversation || event.op == Op::fault ||
               event.op == Op::down || event.op == Op::up;
    };
    const auto line = [&](std::size_t i) {
        const std::string origin = history.origin_of(i);
        return origin + (origin.empty() ? "" : ": ") + to_line(history, history.events[i]);
    };
    std::vector<std::string> lines;
    const std::size_t middle = end == 0 ? history.events.size() : end;
    for (std::size_t i = middle; i > 0 && lines.size() < before; --i) {
        if (concerns(i - 1)) {
            lines.push_back(line(i - 1));
        }
    }
    std::ranges::reverse(lines);
    for (std::size_t i = middle; i < history.events.size() && lines.size() < before + behind; ++i) {
        if (concerns(i)) {
            lines.push_back(line(i));
        }
    }
    return lines;
}

}  // namespace parley::history
