#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "core/event.h"

/// What the command log holds: everything that was asked of a conversation, in the order that counts.
/// A record says all that its outcome depends on, so that it means the same when it is read again.

namespace parley::core {

/// Makes the direct conversation of two users (of one with itself, when they are equal). A conversation
/// that is there already stays as it is.
struct OpenDirect {
    UserId first;   ///< the smaller id
    UserId second;  ///< the larger, or the same

    friend bool operator==(const OpenDirect&, const OpenDirect&) = default;
};

struct SendMessage {
    UserId sender;
    DeviceId sender_device;
    std::string client_id;
    MessageType message_type = MessageType::text;
    std::string content;
    std::optional<MessageId> reply_to;
    std::vector<UserId> mentions;

    friend bool operator==(const SendMessage&, const SendMessage&) = default;
};

/// A member has received, or read, everything up to a place. Merged by maximum.
struct MoveCursor {
    UserId user;
    Seq delivered;
    Seq read;
    Ordinal read_ordinal;  ///< the ordinal of the event at `read`, looked up at admission

    friend bool operator==(const MoveCursor&, const MoveCursor&) = default;
};

using Command = std::variant<OpenDirect, SendMessage, MoveCursor>;

/// The rules that this version plans by. Old values stay understood while their records can be replayed.
inline constexpr std::uint16_t kRulesNow = 1;

struct Record {
    ConversationNumber conversation;
    Timestamp time;  ///< the wall clock when it was appended; the only clock that an outcome sees
    std::uint16_t rules = kRulesNow;
    Command command;

    friend bool operator==(const Record&, const Record&) = default;
};

/// What makes two sends under one `client_id` the same: everything in them but the device and client_id.
[[nodiscard]] std::uint64_t payload_hash(const SendMessage& send) noexcept;

}  // namespace parley::core
