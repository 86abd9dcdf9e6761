#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The least of WebSocket that a relay needs: the answer to a handshake, and whole masked frames.
/// Fragments and extensions are not for it; the load generator sends neither.

namespace parley::limit {

/// Bytes that grow at the end and are taken from the front; they keep their memory. Aligned, so that
/// a file opened past the page cache takes them.
class Bytes {
public:
    static constexpr std::size_t kAlignment = 4096;

    [[nodiscard]] char* data() const noexcept { return room_.get() + begin_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    void clear() noexcept { begin_ = end_ = 0; }
    void drop_front(std::size_t count) noexcept {
        begin_ += count;
        if (begin_ == end_) {
            clear();
        }
    }
    /// Adds `count` bytes, to be written at the answer.
    char* extend(std::size_t count) {
        if (end_ + count > capacity_) {
            grow(count);
        }
        char* at = room_.get() + end_;
        end_ += count;
        return at;
    }
    void append(std::string_view bytes) {
        std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }

private:
    struct Free {
        void operator()(char* memory) const noexcept { std::free(memory); }
    };

    void grow(std::size_t count) {
        const std::size_t held = size();
        const std::size_t wanted = std::bit_ceil(std::max(held + count, kAlignment));
        std::unique_ptr<char, Free> larger(static_cast<char*>(std::aligned_alloc(kAlignment, wanted)
        ));
        if (held != 0) {
            std::memcpy(larger.get(), data(), held);
        }
        room_ = std::move(larger);
        begin_ = 0;
        end_ = held;
        capacity_ = wanted;
    }

    std::unique_ptr<char, Free> room_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

// --- the handshake --------------------------------------------------------------------------------

/// SHA-1 of at most 119 bytes: all that Sec-WebSocket-Accept needs (60).
inline std::array<std::uint8_t, 20> sha1_short(std::string_view text) {
    std::array<std::uint8_t, 128> blocks{};
    const std::size_t used = text.size() + 9 <= 64 ? 64 : 128;
    std::memcpy(blocks.data(), text.data(), text.size());
    blocks[text.size()] = 0x80;
    for (std::size_t i = 0; i < 8; ++i) {
        blocks[used - 1 - i] = static_cast<std::uint8_t>((text.size() * 8) >> (8 * i));
    }
    std::array<std::uint32_t, 5> h{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    for (std::size_t block = 0; block < used; block += 64) {
        std::array<std::uint32_t, 80> w{};
        for (std::size_t i = 0; i < 16; ++i) {
            for (std::size_t k = 0; k < 4; ++k) {
                w[i] = (w[i] << 8U) | blocks[block + (4 * i) + k];
            }
        }
        for (std::size_t i = 16; i < 80; ++i) {
            w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        }
        auto [a, b, c, d, e] = h;
        for (std::size_t i = 0; i < 80; ++i) {
            const std::uint32_t mix = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                                      : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                                      : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                               : (b ^ c ^ d) + 0xCA62C1D6;
            const std::uint32_t next = std::rotl(a, 5) + mix + e + w[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        h = {h[0] + a, h[1] + b, h[2] + c, h[3] + d, h[4] + e};
    }
    std::array<std::uint8_t, 20> digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(h[i / 4] >> (24 - (8 * (i % 4))));
    }
    return digest;
}

inline std::string base64(const std::array<std::uint8_t, 20>& bytes) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = (group << 8U) | (i + k < bytes.size() ? bytes[i + k] : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            const bool there = i + k <= bytes.size();
            out += there ? kAlphabet[(group >> (18 - (6 * k))) & 63U] : '=';
        }
    }
    return out;
}

struct Handshake {
    std::size_t bytes = 0;            ///< of the request, its empty line included
    std::optional<std::uint32_t> id;  ///< the number that ends the path, as in "GET /relay/17"
    std::string answer;
};

/// Nothing while the request is not all there; an empty answer for one that is no handshake.
inline std::optional<Handshake> take_handshake(std::string_view request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    Handshake handshake{.bytes = end + 4, .id = std::nullopt, .answer = {}};
    const std::string_view path = request.substr(0, request.find(" HTTP/"));
    const std::size_t digits = path.find_last_not_of("0123456789") + 1;
    if (digits < path.size()) {
        std::uint32_t id = 0;
        for (const char digit : path.substr(digits)) {
            id = (id * 10) + static_cast<std::uint32_t>(digit - '0');
        }
        handshake.id = id;
    }
    constexpr std::string_view kField = "Sec-WebSocket-Key: ";
    const std::size_t field = request.find(kField);
    if (field < end) {
        std::string key(request.substr(field + kField.size(), 24));
        handshake.answer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            base64(sha1_short(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) + "\r\n\r\n";
    }
    return handshake;
}

// --- frames ---------------------------------------------------------------------------------------

inline constexpr std::size_t kPayloadBytesMax = 64UL * 1024;
inline constexpr std::uint8_t kBinary = 0x82;
inline constexpr std::uint8_t kClose = 0x88;

/// One masked frame as it stands in a read buffer.
struct MaskedFrame {
    const char* payload = nullptr;
    std::size_t size = 0;
    std::size_t frame_bytes = 0;  ///< with the header; 0: not all of it is there
    std::uint32_t mask = 0;
    std::uint8_t first = 0;  ///< FIN and opcode
    bool broken = false;     ///< unmasked, or larger than kPayloadBytesMax
};

inline MaskedFrame next_frame(const char* data, std::size_t available) noexcept {
    MaskedFrame frame;
    if (available < 6) {
        return frame;
    }
    const auto byte = [data](std::size_t i) { return static_cast<std::uint8_t>(data[i]); };
    frame.first = byte(0);
    std::size_t header = 6;
    frame.size = byte(1) & 0x7FU;
    if (frame.size == 126) {
        if (available < 8) {
            return frame;
        }
        frame.size = (static_cast<std::size_t>(byte(2)) << 8U) | byte(3);
        header = 8;
    }
    frame.broken =
        (byte(1) & 0x80U) == 0 || frame.size > kPayloadBytesMax || (byte(1) & 0x7FU) == 127;
    if (frame.broken || available < header + frame.size) {
        return frame;
    }
    std::memcpy(&frame.mask, data + header - 4, 4);
    frame.payload = data + header;
    frame.frame_bytes = header + frame.size;
    return frame;
}

/// Copies a frame's payload to `to`, unmasked.
inline void unmask_to(char* to, const MaskedFrame& frame) noexcept {
    const std::uint64_t wide = frame.mask | (static_cast<std::uint64_t>(frame.mask) << 32U);
    std::size_t i = 0;
    for (; i + 8 <= frame.size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, frame.payload + i, 8);
        word ^= wide;
        std::memcpy(to + i, &word, 8);
    }
    for (; i < frame.size; ++i) {
        to[i] = static_cast<char>(frame.payload[i] ^ static_cast<char>(wide >> (8 * (i % 8))));
    }
}

/// Adds the header of an unmasked frame, and room for its payload, which is to be written at the answer.
inline char* add_frame(Bytes& out, std::uint8_t first, std::size_t payload_bytes) {
    if (payload_bytes < 126) {
        char* at = out.extend(2 + payload_bytes);
        at[0] = static_cast<char>(first);
        at[1] = static_cast<char>(payload_bytes);
        return at + 2;
    }
    char* at = out.extend(4 + payload_bytes);
    at[0] = static_cast<char>(first);
    at[1] = 126;
    at[2] = static_cast<char>(payload_bytes >> 8U);
    at[3] = static_cast<char>(payload_bytes);
    return at + 4;
}

}  // namespace parley::limit
