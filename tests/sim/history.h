#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

/// What clients did and saw, for the checker. Names from the wire become small numbers; 0 is "none".

namespace parley::sim {

enum class Op : std::uint8_t {
    transmit,  ///< a send went out: send, attempt, payload, user (receiver), head (highest seq seen there)
    acked,    ///< its answer: send, attempt, conversation, seq, message
    refused,  ///< an error: send, attempt, definite
    received,  ///< an event: conversation, seq, message, user (sender), payload, send (if ours), source
    shown,  ///< an event was shown to the person, once as the client believes: conversation, seq, message
    page,  ///< a page of events: conversation, source, after, seq (first), count, has_more, consecutive
    hole,  ///< the live stream left something out: conversation, seq (what came), head (what was had)
    marked,   ///< our ack went out: conversation, seq, read
    receipt,  ///< somebody's cursor: conversation, user, seq, read
    view,     ///< a conversation object: conversation, head, read_seq, delivered_seq, unread, asked
    note,     ///< what the nemesis did
};

enum class Source : std::uint8_t {
    live,
    sync,
    history,
    audit
};

struct HistoryEvent {
    Duration time{};
    Op op{};
    Source source{};
    bool definite = false;
    bool read = false;
    bool has_more = false;
    bool consecutive = true;
    bool altered = false;  ///< a transmit of another payload under a send that was acknowledged
    std::uint32_t device = 0;
    std::uint32_t user = 0;
    std::uint32_t connection = 0;  ///< of the device: 1, 2, …
    std::uint32_t conversation = 0;
    std::uint32_t message = 0;
    std::uint32_t attempt = 0;  ///< of the device: which transmit
    std::uint64_t send = 0;     ///< the client_id, as number
    std::uint64_t payload = 0;  ///< hash of the content
    std::uint64_t seq = 0;
    std::uint64_t after = 0;
    std::uint64_t count = 0;
    std::uint64_t head = 0;
    std::uint64_t read_seq = 0;
    std::uint64_t delivered_seq = 0;
    std::uint64_t unread = 0;
    Duration asked{};  ///< when what this answers was asked
    const char* text = "";
};
[[nodiscard]] std::string to_string(const HistoryEvent& event);

/// Strings to numbers 1, 2, 3 … in order of first sight.
class Names {
public:
    std::uint32_t number(std::string_view name);
    [[nodiscard]] const std::string& name(std::uint32_t number) const { return names_.at(number); }
    [[nodiscard]] std::size_t count() const noexcept { return names_.size() - 1; }

private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::string> names_{""};
};

struct History {
    struct Device {
        std::uint32_t user = 0;
        bool auditor = false;  ///< reads everything at the end, and nothing else
    };
    std::vector<Device> devices;  ///< by HistoryEvent::device
    std::vector<HistoryEvent> events;
    Names conversations;
    Names messages;
};

}  // namespace parley::sim
