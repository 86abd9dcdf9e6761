#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace parley::core {

/// What an event says. Stored and logged as its number: never renumber.
enum class EventType : std::uint8_t {
    message = 1
};

enum class MessageType : std::uint8_t {
    text = 1,
    image = 2,
    video = 3,
    audio = 4,
    file = 5
};

/// One entry of a conversation's log. Immutable once committed, and shared by everyone who still needs it.
struct Event {
    Seq seq;
    Ordinal ordinal;  ///< messages up to and including this event
    Timestamp time;   ///< strictly increasing inside a conversation
    UserId sender;
    DeviceId sender_device;
    std::string client_id;  ///< the sender's own; shown to the sender's devices only
    EventType type = EventType::message;
    MessageType message_type = MessageType::text;
    std::string content;
    std::optional<MessageId> reply_to;
    std::vector<UserId> mentions;

    friend bool operator==(const Event&, const Event&) = default;
};

using EventPtr = std::shared_ptr<const Event>;

}  // namespace parley::core
