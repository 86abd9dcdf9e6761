#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "base/uuid.h"

/// Ids and positions are types: none converts into another, nor from an integer, by itself.

namespace parley {

template <class Tag>
struct UuidId {
    Uuid uuid;

    [[nodiscard]] constexpr bool is_nil() const noexcept { return uuid.is_nil(); }
    friend auto operator<=>(const UuidId&, const UuidId&) = default;
};

using UserId = UuidId<struct UserTag>;        ///< an account; a random UUID
using DeviceId = UuidId<struct DeviceTag>;    ///< one installation of a client; a random UUID
using SessionId = UuidId<struct SessionTag>;  ///< one authenticated WebSocket; a random UUID
using MediaId = UuidId<struct MediaTag>;      ///< an uploaded file

/// A conversation's number, 62 bits:
///
///     61          20 19      10 9       0
///     | milliseconds | node    | counter |     milliseconds since 2024-01-01 UTC
///
/// Every id of the conversation carries it in its low 62 bits.
struct ConversationNumber {
    std::uint64_t value = 0;

    friend auto operator<=>(const ConversationNumber&, const ConversationNumber&) = default;
};

/// A conversation's name on the wire: a version-1 UUID of its creation millisecond and its number.
using ConversationId = UuidId<struct ConversationTag>;

/// An event's name on the wire: a version-1 UUID of the event's time and its conversation's number.
using MessageId = UuidId<struct MessageTag>;

/// An event's place in its conversation: 1, 2, 3 … without gap or repeat. 0 is "before the first".
struct Seq {
    std::uint64_t value = 0;

    [[nodiscard]] constexpr Seq next() const noexcept { return {value + 1}; }
    friend auto operator<=>(const Seq&, const Seq&) = default;
};

/// How many messages the conversation has had up to and including an event; unread counts are
/// differences of two of these.
struct Ordinal {
    std::uint64_t value = 0;

    friend auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

/// A place in the command log. A restore from a backup begins a new epoch; offsets of different
/// epochs do not compare.
struct LogPosition {
    std::uint32_t epoch = 0;
    std::uint64_t offset = 0;  ///< 0 is "before the first record"

    friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

[[nodiscard]] ConversationNumber make_conversation_number(
    std::int64_t unix_millis, std::uint32_t node, std::uint32_t counter
) noexcept;
/// The conversation's creation millisecond, from its number.
[[nodiscard]] Timestamp creation_time(ConversationNumber number) noexcept;
[[nodiscard]] ConversationId conversation_id(ConversationNumber number) noexcept;
/// The number in a well-formed conversation id; nothing for a UUID that no conversation can have.
[[nodiscard]] std::optional<ConversationNumber> conversation_number(const ConversationId& id
) noexcept;

[[nodiscard]] MessageId message_id(ConversationNumber conversation, Timestamp time) noexcept;
struct MessageLocation {
    ConversationNumber conversation;
    Timestamp time;
};
/// What a message id says by itself; nothing for a UUID that no message can have.
[[nodiscard]] std::optional<MessageLocation> locate(const MessageId& id) noexcept;

}  // namespace parley

template <class Tag>
struct std::hash<parley::UuidId<Tag>> {
    std::size_t operator()(const parley::UuidId<Tag>& id) const noexcept {
        return std::hash<parley::Uuid>{}(id.uuid);
    }
};

template <>
struct std::hash<parley::ConversationNumber> {
    std::size_t operator()(const parley::ConversationNumber& number) const noexcept {
        std::uint64_t x = number.value * 0x9E3779B97F4A7C15ULL;
        return static_cast<std::size_t>(x ^ (x >> 32U));
    }
};
