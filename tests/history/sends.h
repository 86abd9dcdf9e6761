#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/history/history.h"

namespace parley::history {

inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// One client_id: what went out and what came back. Indices are of events.
struct Send {
    std::uint64_t id = 0;
    std::uint64_t hash = 0;         ///< of the first attempt
    std::uint64_t seen_before = 0;  ///< highest seq that the device knew there at its first attempt
    std::uint64_t seq = 0;          ///< of the first ack, like the two below
    std::uint64_t place = 0;        ///< where it stands, in `placed_in`
    std::uint32_t message = 0;
    std::uint32_t conversation = 0;
    std::uint32_t placed_in = 0;
    std::uint32_t device = 0;
    std::uint32_t receiver = 0;
    std::uint32_t first_attempt = kNone;
    std::uint32_t last_attempt = kNone;  ///< before the first answer; none when it was refused
    std::uint32_t first_ack = kNone;
    std::uint32_t attempts = 0;
    std::uint32_t refusals = 0;  ///< definite ones
    bool lost = false;

    [[nodiscard]] bool acked() const noexcept { return first_ack != kNone; }
    [[nodiscard]] bool refused() const noexcept {
        return attempts > 0 && refusals >= attempts && !acked();
    }
};

/// All sends of a history, found by their number or by what they say.
class Sends {
public:
    explicit Sends(const History& history);

    /// Empty, or why they cannot be told apart.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] const std::vector<Send>& all() const noexcept { return sends_; }
    [[nodiscard]] Send& at(std::uint32_t index) { return sends_[index]; }
    [[nodiscard]] const Send& at(std::uint32_t index) const { return sends_[index]; }
    /// kNone for a number that no send has.
    [[nodiscard]] std::uint32_t find(std::uint64_t id) const noexcept;

    struct Content {
        std::uint64_t hash = 0;
        std::uint32_t user = 0;
        std::uint32_t send = kNone;
        bool altered = false;
    };
    /// Whose content it is; null when nobody sent it.
    [[nodiscard]] const Content* find(std::uint32_t user, std::uint64_t hash) const noexcept;

    /// Events: acks that differ from the first one; acks of altered content.
    [[nodiscard]] const std::vector<std::uint32_t>& other_acks() const noexcept {
        return other_acks_;
    }
    [[nodiscard]] const std::vector<std::uint32_t>& altered_acks() const noexcept {
        return altered_acks_;
    }

private:
    void number_them();
    [[nodiscard]] Send& slot(std::uint64_t id);
    void add_attempt(Send& send, const Event& event, std::uint32_t index);
    void add_ack(Send& send, const Event& event, std::uint32_t index);
    void add_error(Send& send, const Event& event);
    void sort_contents();

    const History& history_;
    std::vector<Send> sends_;
    std::vector<std::uint64_t> ids_;  // sorted; empty when a number is an index
    std::vector<Content> contents_;   // sorted by user and hash
    std::vector<std::uint32_t> other_acks_;
    std::vector<std::uint32_t> altered_acks_;
    std::string problem_;
};

}  // namespace parley::history
