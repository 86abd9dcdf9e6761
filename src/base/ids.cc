#include "base/ids.h"

#include <algorithm>

namespace parley {
namespace {

/// 2024-01-01T00:00:00Z in Unix milliseconds.
constexpr std::int64_t kEpochMillis = 1'704'067'200'000;
/// A clock that stands before that. Not 0: nothing comes before number 0, so no list that goes on after another would
/// ever have it.
constexpr std::uint64_t kMillisMin = 1;
constexpr std::uint64_t kMillisMax = (1ULL << 42U) - 1;

}  // namespace

ConversationNumber make_conversation_number(
    std::int64_t unix_millis, std::uint32_t node, std::uint32_t counter
) noexcept {
    const std::uint64_t since =
        unix_millis > kEpochMillis ? static_cast<std::uint64_t>(unix_millis - kEpochMillis) : 0;
    const std::uint64_t millis = std::max(since, kMillisMin);
    return {((millis & kMillisMax) << 20U) | ((node & 0x3FFULL) << 10U) | (counter & 0x3FFULL)};
}

Timestamp creation_time(ConversationNumber number) noexcept {
    return Timestamp::from_millis(static_cast<std::int64_t>(number.value >> 20U) + kEpochMillis);
}

ConversationId conversation_id(ConversationNumber number) noexcept {
    return {time_uuid(creation_time(number), number.value)};
}

std::optional<ConversationNumber> conversation_number(const ConversationId& id) noexcept {
    if (!is_time_uuid(id.uuid)) {
        return std::nullopt;
    }
    const ConversationNumber number{uuid_low62(id.uuid)};
    if (conversation_id(number) != id) {
        return std::nullopt;
    }
    return number;
}

MessageId message_id(ConversationNumber conversation, Timestamp time) noexcept {
    return {time_uuid(time, conversation.value)};
}

std::optional<MessageLocation> locate(const MessageId& id) noexcept {
    if (!is_time_uuid(id.uuid)) {
        return std::nullopt;
    }
    const MessageLocation location{
        .conversation = {uuid_low62(id.uuid)}, .time = uuid_time(id.uuid)
    };
    if (location.time <= creation_time(location.conversation)) {
        return std::nullopt;
    }
    return location;
}

}  // namespace parley
