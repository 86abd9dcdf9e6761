#pragma once

#include <optional>

#include "base/ids.h"
#include "base/time.h"

namespace parley::gateway {

/// What one session's user types, and what of it the others are told: a person types in one place at a time.
/// Clients say it with each key; the others hear it again at most every 2.5 s, it ends by itself 6 s after it
/// was said last, and beginnings are rationed. Pure; belongs to its session.
class Typing {
public:
    static constexpr Duration kLifetime = std::chrono::seconds{6};
    static constexpr Duration kRepeat = std::chrono::milliseconds{2'500};
    /// Beginnings in a burst, and then one a second: who starts and stops more often is not heard.
    static constexpr unsigned kBeginningsMax = 8;
    static constexpr Duration kBeginningEvery = std::chrono::seconds{1};

    /// To be told to the others, `ended` first.
    struct Told {
        std::optional<ConversationNumber> ended;
        std::optional<ConversationNumber> begun;
    };
    [[nodiscard]] Told say(ConversationNumber conversation, bool active, Duration now);
    /// It is over, because the time is, or the session.
    [[nodiscard]] std::optional<ConversationNumber> end() noexcept;
    [[nodiscard]] bool active() const noexcept { return in_.has_value(); }
    /// When it ends by itself, while it is active.
    [[nodiscard]] Duration until() const noexcept { return said_ + kLifetime; }

private:
    [[nodiscard]] bool may_begin(Duration now) noexcept;

    std::optional<ConversationNumber> in_;
    Duration said_{};
    Duration told_{};
    Duration refilled_{};
    unsigned beginnings_ = kBeginningsMax;
};

}  // namespace parley::gateway
