#include "gateway/websocket/recorder_test.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <gtest/gtest.h>

namespace parley::websocket::testing {
namespace {

constexpr std::size_t kPaddingBytes = 64;

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string wire(const Frame& frame) {
    std::string bytes;
    const auto put = [&bytes](std::size_t value) {
        bytes.push_back(static_cast<char>(static_cast<unsigned char>(value)));
    };
    put((frame.fin ? 0x80U : 0U) | (frame.rsv << 4U) | frame.opcode);
    const unsigned mask_bit = frame.mask == 0 ? 0 : 0x80;
    const std::size_t size = frame.payload.size();
    if (size < 126) {
        put(size | mask_bit);
    } else if (size < 65536) {
        put(126U | mask_bit);
        put(size >> 8U);
        put(size & 0xFFU);
    } else {
        put(127U | mask_bit);
        for (unsigned shift = 64; shift > 0; shift -= 8) {
            put((size >> (shift - 8)) & 0xFFU);
        }
    }
    std::string key(4, '\0');
    std::memcpy(key.data(), &frame.mask, key.size());
    if (frame.mask != 0) {
        bytes += key;
    }
    for (std::size_t i = 0; i < size; ++i) {
        bytes.push_back(static_cast<char>(frame.payload[i] ^ key[i % 4]));
    }
    return bytes;
}

bool Recorder::on_message(Opcode kind, std::span<std::byte> payload) {
    const std::string name = kind == Opcode::text ? "text:" : "binary:";
    events.push_back(name + text_of(payload));
    const std::byte* behind = payload.data() + payload.size();
    for (std::size_t i = 0; i < kPaddingBytes; ++i) {
        padding_sum += std::to_integer<std::size_t>(behind[i]);
    }
    return true;
}

bool Recorder::on_ping(std::span<const std::byte> payload) {
    events.push_back("ping:" + text_of(payload));
    return true;
}

bool Recorder::on_pong() {
    events.emplace_back("pong");
    return true;
}

bool Recorder::on_close(std::uint16_t code, std::string_view reason) {
    events.push_back("close:" + std::to_string(code) + ":" + std::string(reason));
    return true;
}

Events read_in_pieces(
    std::string_view bytes,
    const FrameReader::Options& options,
    const std::function<std::size_t()>& next_piece
) {
    Deflater deflater;
    Recorder recorder;
    FrameReader reader(options);
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, next_piece());
        bytes.remove_prefix(piece.size());
        // A block of its own, so that the sanitizer sees what is read past the padding.
        std::vector<std::byte> buffer(piece.size() + kPaddingBytes, std::byte{0xEE});
        std::memcpy(buffer.data(), piece.data(), piece.size());
        const std::span<std::byte> input{buffer.data(), piece.size()};
        if (const auto violation = reader.feed(input, deflater, recorder)) {
            EXPECT_FALSE(violation->reason.empty());
            recorder.events.push_back("violation:" + std::to_string(violation->close_code));
            break;
        }
    }
    return std::move(recorder.events);
}

Events read_whole(std::string_view bytes, const FrameReader::Options& options) {
    return read_in_pieces(bytes, options, [bytes] { return bytes.size(); });
}

void expect_same_however_cut(
    std::string_view bytes, const FrameReader::Options& options, const Events& expected
) {
    constexpr std::size_t kPositionsMax = 300;
    EXPECT_EQ(read_whole(bytes, options), expected);
    if (bytes.size() < 20000) {
        EXPECT_EQ(read_in_pieces(bytes, options, [] { return std::size_t{1}; }), expected);
    }
    EXPECT_EQ(read_in_pieces(bytes, options, [] { return std::size_t{997}; }), expected);
    const std::size_t stride = bytes.size() / kPositionsMax + 1;
    for (std::size_t cut = 1; cut < bytes.size(); cut += stride) {
        std::size_t piece = cut;
        const auto next = [&piece, bytes] { return std::exchange(piece, bytes.size()); };
        const Events events = read_in_pieces(bytes, options, next);
        ASSERT_EQ(events, expected) << "cut at " << cut;
    }
}

std::uint64_t Chance::next() {
    state_ += 0x9E3779B97F4A7C15U;  // splitmix64
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

}  // namespace parley::websocket::testing
