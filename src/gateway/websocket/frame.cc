#include "gateway/websocket/frame.h"

namespace parley::websocket {
namespace {

constexpr Violation kReservedBits{close_code::kProtocolError, "reserved bits are set"};
constexpr Violation kReservedOpcode{close_code::kProtocolError, "reserved opcode"};
constexpr Violation kUnmasked{close_code::kProtocolError, "a client's frame must be masked"};
constexpr Violation kMasked{close_code::kProtocolError, "a server's frame must not be masked"};
constexpr Violation kFragmentedControl{close_code::kProtocolError, "fragmented control frame"};
constexpr Violation kLongControl{close_code::kProtocolError, "control frame over 125 bytes"};
constexpr Violation kNotMinimal{close_code::kProtocolError, "length is not minimally encoded"};
constexpr Violation kTopBit{close_code::kProtocolError, "top bit of the length is set"};

constexpr std::uint8_t kOtherRsvBits = 0x30;
// Bit n is set when opcode n exists.
constexpr unsigned kKnownOpcodes = 0b0000'0111'0000'0111U;

template <typename Word>
Word load_big_endian(const std::byte* at) {
    Word word = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
        word = static_cast<Word>((word << 8U) | std::to_integer<Word>(at[i]));
    }
    return word;
}

/// What the first two bytes can have wrong.
const Violation* judge_start(
    std::uint8_t first, std::uint8_t second, const FrameReader::Options& options
) {
    const unsigned opcode = first & 0x0FU;
    const bool is_message_start = opcode == 1 || opcode == 2;
    const bool bad_rsv1 = (first & kRsv1Bit) != 0 && !(options.deflate && is_message_start);
    if ((first & kOtherRsvBits) != 0 || bad_rsv1) {
        return &kReservedBits;
    }
    if (((kKnownOpcodes >> opcode) & 1U) == 0) {
        return &kReservedOpcode;
    }
    if (((second & kMaskBit) != 0) != (options.role == Role::server)) {
        return options.role == Role::server ? &kUnmasked : &kMasked;
    }
    if (opcode >= 8) {
        if ((first & kFinBit) == 0) {
            return &kFragmentedControl;
        }
        if ((second & 0x7FU) > kControlBytesMax) {
            return &kLongControl;
        }
    }
    return nullptr;
}

}  // namespace

const Violation* parse_header(
    const std::byte* data,
    std::size_t available,
    const FrameReader::Options& options,
    FrameHeader& header
) noexcept {
    header.size = 0;
    if (available < 2) {
        return nullptr;
    }
    const auto first = std::to_integer<std::uint8_t>(data[0]);
    const auto second = std::to_integer<std::uint8_t>(data[1]);
    if (const Violation* violation = judge_start(first, second, options)) {
        return violation;
    }
    header.opcode = static_cast<Opcode>(first & 0x0FU);
    header.fin = (first & kFinBit) != 0;
    header.rsv1 = (first & kRsv1Bit) != 0;
    header.masked = (second & kMaskBit) != 0;
    header.length = second & 0x7FU;
    std::size_t size = 2;
    if (header.length == 126) {
        size = 4;
        if (available < size) {
            return nullptr;
        }
        header.length = load_big_endian<std::uint16_t>(data + 2);
        if (header.length < 126) {
            return &kNotMinimal;
        }
    } else if (header.length == 127) {
        size = 10;
        if (available < size) {
            return nullptr;
        }
        header.length = load_big_endian<std::uint64_t>(data + 2);
        if ((header.length >> 63U) != 0) {
            return &kTopBit;
        }
        if (header.length <= 0xFFFF) {
            return &kNotMinimal;
        }
    }
    if (header.masked) {
        if (available < size + 4) {
            return nullptr;
        }
        std::memcpy(&header.mask, data + size, 4);
        size += 4;
    }
    header.size = static_cast<std::uint8_t>(size);
    return nullptr;
}

}  // namespace parley::websocket
