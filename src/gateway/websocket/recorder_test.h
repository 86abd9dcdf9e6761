#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/websocket/websocket.h"

/// What the tests of this folder share: frames with any bits, and a handler that writes down what it
/// is told.

namespace parley::websocket::testing {

/// Any frame, right or wrong. Masked unless `mask` is 0.
struct Frame {
    bool fin = true;
    unsigned rsv = 0;  ///< three bits: 4 is RSV1
    unsigned opcode = 1;
    std::string_view payload;
    std::uint32_t mask = 0x5AC3'0F96;
};
std::string wire(const Frame& frame);

/// One event a line: "text:hello", "binary:…", "ping:…", "pong", "close:1000:reason", and last, when the
/// stream was refused, "violation:1002".
using Events = std::vector<std::string>;

class Recorder final : public FrameHandler {
public:
    bool on_message(Opcode kind, std::span<std::byte> payload) override;
    bool on_ping(std::span<const std::byte> payload) override;
    bool on_pong() override;
    bool on_close(std::uint16_t code, std::string_view reason) override;

    Events events;
    std::size_t padding_sum = 0;  ///< the 64 bytes behind each message are read, for the sanitizer
};

/// Feeds `bytes` in pieces whose sizes `next_piece` gives, until a violation.
Events read_in_pieces(
    std::string_view bytes,
    const FrameReader::Options& options,
    const std::function<std::size_t()>& next_piece
);
Events read_whole(std::string_view bytes, const FrameReader::Options& options);

/// Cut in two at every position (at a few hundred, when it is long) and into single bytes, the stream
/// tells the same.
void expect_same_however_cut(
    std::string_view bytes, const FrameReader::Options& options, const Events& expected
);

/// A small generator whose numbers are the same everywhere.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    /// 0 to `bound` - 1.
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    bool one_in(std::size_t times) { return below(times) == 0; }

private:
    std::uint64_t state_;
};

}  // namespace parley::websocket::testing
