#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "tests/history/history.h"

/// The words of the file format, by enumerator.

namespace parley::history {

inline constexpr std::array<std::string_view, 22> kOpWords{
    "member", "open",  "close",   "send",  "ack",     "err",  "timeout", "recv",
    "show",   "page",  "gap",     "mark",  "receipt", "view", "read",    "hold",
    "hide",   "block", "refresh", "fault", "down",    "up",
};
inline constexpr std::array<std::string_view, 11> kWhatWords{
    "none",
    "created",
    "added",
    "removed",
    "role",
    "updated",
    "ended",
    "edited",
    "deleted",
    "reaction",
    "settings",
};
inline constexpr std::array<std::string_view, 4> kSourceWords{"live", "sync", "history", "audit"};
inline constexpr std::array<std::string_view, 3> kKindWords{"message", "event", "void"};
inline constexpr std::array<std::string_view, 5> kRoleWords{
    "client",
    "receiver",
    "sender",
    "auditor",
    "ended",
};
/// Of a cursor: Event::read says which.
inline constexpr std::array<std::string_view, 2> kStatusWords{"delivered", "read"};
/// An operation of the file that is no event.
inline constexpr std::string_view kDeviceWord = "device";

template <class Enum, std::size_t Count>
[[nodiscard]] std::string_view word_of(
    const std::array<std::string_view, Count>& words, Enum value
) {
    return words.at(static_cast<std::size_t>(value));
}

template <class Enum, std::size_t Count>
[[nodiscard]] std::optional<Enum> parse_word(
    const std::array<std::string_view, Count>& words, std::string_view word
) {
    const auto at = std::ranges::find(words, word);
    if (at == words.end()) {
        return std::nullopt;
    }
    return static_cast<Enum>(at - words.begin());
}

}  // namespace parley::history
