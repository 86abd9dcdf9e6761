#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What a client sends: one message built once, in which each send changes a few characters in place.

namespace parley::bench {

/// Appends one masked WebSocket frame, header and payload.
void append_masked_frame(
    std::string& out, bool binary, std::string_view payload, std::uint32_t mask
);

/// Masking keys. RFC 6455 §5.3 asks for unpredictable ones because of proxies in between; here, where
/// there are none, a generator that costs nothing will do. Belongs to one thread.
class Masks {
public:
    explicit Masks(std::uint64_t seed) noexcept : state_(seed | 1U) {}
    [[nodiscard]] std::uint32_t next() noexcept {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return static_cast<std::uint32_t>(state_ >> 32U);
    }

private:
    std::uint64_t state_;
};

/// The payload of one client's sends.
class MessageTemplate {
public:
    struct Options {
        std::uint32_t run = 0;
        std::string_view conversation_id;  ///< where to; if empty,
        std::string_view receiver_id;      ///< to whom
        std::size_t content_bytes = 100;   ///< raised to Mark::kChars
        std::uint64_t filler_seed = 0;     ///< chooses the letters after the mark
    };
    /// A `send_message` frame of the wire contract.
    [[nodiscard]] static MessageTemplate chat(const Options& options);
    /// What limit_relay relays, `content_bytes` in all: 'm', seven bytes of nothing, the number, and the
    /// time it was due, each eight bytes in the machine's order. At least 24 bytes.
    [[nodiscard]] static MessageTemplate raw(const Options& options);

    /// The payload of message `number`; the view is good until the next call.
    [[nodiscard]] std::string_view fill(std::uint32_t number, std::int64_t due) noexcept;
    /// The content in the message that was filled last; not of a raw one.
    [[nodiscard]] std::string_view content() const noexcept;
    [[nodiscard]] bool binary() const noexcept { return raw_; }

private:
    MessageTemplate(std::uint32_t run, bool raw) : run_(run), raw_(raw) {}

    std::string text_;
    std::size_t client_id_at_ = 0;
    std::size_t content_at_ = 0;
    std::uint32_t run_;
    bool raw_;
};

/// What limit_relay sends: a peer's message, or the ack of an own one.
struct RawFrame {
    bool ack = false;
    std::uint64_t number = 0;
    std::int64_t due = 0;  ///< not in acks
};
inline constexpr std::size_t kRawAckBytes = 16;
inline constexpr std::size_t kRawBytesMin = 24;
/// False for what neither is.
[[nodiscard]] bool read_raw(std::string_view payload, RawFrame& out) noexcept;

}  // namespace parley::bench
