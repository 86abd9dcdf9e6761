#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "gateway/websocket/websocket.h"

/// The anatomy of one frame (RFC 6455 §5.2), for the reader and the writer of this folder.

namespace parley::websocket {

inline constexpr std::size_t kHeaderBytesMax = 14;    // 2, a 64-bit length, a masking key
inline constexpr std::size_t kControlBytesMax = 125;  // §5.5
inline constexpr std::uint8_t kFinBit = 0x80;
inline constexpr std::uint8_t kRsv1Bit = 0x40;
inline constexpr std::uint8_t kMaskBit = 0x80;

struct FrameHeader {
    std::uint64_t length = 0;
    std::uint32_t mask = 0;  ///< the four bytes as they stand in memory
    std::uint8_t size = 0;   ///< of the header itself; 0: not all of it is there
    Opcode opcode = Opcode::continuation;
    bool fin = false;
    bool rsv1 = false;
    bool masked = false;

    [[nodiscard]] bool is_control() const noexcept { return opcode >= Opcode::close; }
};

/// Reads a header and judges what can be judged from it alone. Returns the violation, or nullptr
/// with `header.size` telling whether all of the header was there.
[[nodiscard]] const Violation* parse_header(
    const std::byte* data,
    std::size_t available,
    const FrameReader::Options& options,
    FrameHeader& header
) noexcept;

/// XORs `data` with the masking key in place, eight bytes a step (§5.3). Returns whether every byte
/// is ASCII afterwards: this pass over the bytes is the only one that most text needs.
inline bool unmask(std::byte* data, std::size_t size, std::uint32_t mask) noexcept {
    const std::uint64_t wide = mask | (static_cast<std::uint64_t>(mask) << 32U);
    std::uint64_t seen = 0;
    const auto step = [&seen](std::byte* at, auto key) {
        decltype(key) word = 0;
        std::memcpy(&word, at, sizeof word);
        word = static_cast<decltype(key)>(word ^ key);
        std::memcpy(at, &word, sizeof word);
        seen |= word;
    };
    for (; size >= 32; size -= 32, data += 32) {
        step(data, wide);
        step(data + 8, wide);
        step(data + 16, wide);
        step(data + 24, wide);
    }
    for (; size >= 8; size -= 8, data += 8) {
        step(data, wide);
    }
    if (size >= 4) {
        step(data, mask);
        size -= 4;
        data += 4;
    }
    if (size >= 2) {
        step(data, static_cast<std::uint16_t>(mask));
        mask >>= 16U;
        size -= 2;
        data += 2;
    }
    if (size != 0) {
        step(data, static_cast<std::uint8_t>(mask));
    }
    return (seen & 0x8080808080808080U) == 0;
}

/// The key as it applies from `offset` bytes into the payload on.
[[nodiscard]] inline std::uint32_t mask_at(std::uint32_t mask, std::uint64_t offset) noexcept {
    const auto shift = static_cast<unsigned>(offset % 4) * 8;
    return shift == 0 ? mask : (mask >> shift) | (mask << (32 - shift));
}

/// Whether a peer may send this code (§7.4, and those registered since: 1012 to 1014).
[[nodiscard]] constexpr bool may_be_sent(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace parley::websocket
