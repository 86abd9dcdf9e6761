#include <algorithm>
#include <array>

#include "base/assert.h"
#include "gateway/websocket/frame.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

void append_header(
    std::string& out, Opcode opcode, std::size_t payload_bytes, bool deflated, std::uint8_t mask_bit
) {
    const bool control = opcode >= Opcode::close;
    PARLEY_ASSERT(!control || payload_bytes <= kControlBytesMax);
    PARLEY_ASSERT(!deflated || !control);
    std::array<char, 10> header{};
    std::size_t size = 2;
    const auto put = [&header](std::size_t at, std::size_t value) {
        header[at] = static_cast<char>(static_cast<unsigned char>(value));
    };
    put(0, static_cast<std::size_t>(opcode) | kFinBit | (deflated ? kRsv1Bit : 0U));
    if (payload_bytes < 126) {
        put(1, payload_bytes | mask_bit);
    } else if (payload_bytes <= 0xFFFF) {
        put(1, 126U | mask_bit);
        put(2, payload_bytes >> 8U);
        put(3, payload_bytes & 0xFFU);
        size = 4;
    } else {
        put(1, 127U | mask_bit);
        for (std::size_t i = 0; i < 8; ++i) {
            put(2 + i, (payload_bytes >> (56 - 8 * i)) & 0xFFU);
        }
        size = 10;
    }
    out.append(header.data(), size);
}

}  // namespace

void append_frame_header(
    std::string& out, Opcode opcode, std::size_t payload_bytes, bool deflated
) {
    append_header(out, opcode, payload_bytes, deflated, 0);
}

std::string encode_frame(Opcode opcode, std::string_view payload, bool deflated) {
    std::string frame;
    frame.reserve(payload.size() + 10);
    append_header(frame, opcode, payload.size(), deflated, 0);
    frame.append(payload);
    return frame;
}

std::string encode_masked_frame(
    Opcode opcode, std::string_view payload, std::uint32_t mask, bool deflated
) {
    std::string frame;
    frame.reserve(payload.size() + kHeaderBytesMax);
    append_header(frame, opcode, payload.size(), deflated, kMaskBit);
    frame.append(reinterpret_cast<const char*>(&mask), sizeof mask);
    const std::size_t start = frame.size();
    frame.append(payload);
    unmask(reinterpret_cast<std::byte*>(frame.data() + start), payload.size(), mask);
    return frame;
}

std::string encode_close(std::uint16_t code, std::string_view reason) {
    if (code == close_code::kNoStatus) {
        return encode_frame(Opcode::close, {});
    }
    PARLEY_ASSERT(may_be_sent(code));
    constexpr std::size_t kReasonBytesMax = kControlBytesMax - 2;
    if (reason.size() > kReasonBytesMax) {
        std::size_t end = kReasonBytesMax;
        while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        reason = reason.substr(0, end);
    }
    std::string payload;
    payload.push_back(static_cast<char>(code >> 8U));
    payload.push_back(static_cast<char>(code & 0xFFU));
    payload.append(reason);
    return encode_frame(Opcode::close, payload);
}

}  // namespace parley::websocket
