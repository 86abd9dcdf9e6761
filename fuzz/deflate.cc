#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "fuzz/support/target.h"
#include "gateway/websocket/websocket.h"

/// Inflating what was deflated gives it back, and inflating anything stays within its bound. One
/// Deflater serves all inputs, as it serves all connections: none may change what the next one gets.

namespace {

using parley::websocket::Deflater;
using Outcome = Deflater::Outcome;

struct Inflated {
    Outcome outcome = Outcome::malformed;
    std::string text;

    bool operator==(const Inflated&) const = default;
};

Inflated inflate(Deflater& deflater, std::string_view payload, std::size_t bytes_max) {
    Inflated inflated;
    inflated.outcome =
        deflater.inflate(std::as_bytes(std::span{payload}), bytes_max, inflated.text);
    PARLEY_ASSERT(inflated.text.size() <= bytes_max);
    PARLEY_ASSERT(inflated.text.capacity() <= 2 * bytes_max + 256);
    PARLEY_ASSERT(inflated.outcome == Outcome::ok || inflated.text.empty());
    return inflated;
}

void check_round_trip(Deflater& deflater, std::string_view text) {
    const std::string payload = deflater.deflate(text);
    PARLEY_ASSERT(payload.size() <= text.size() + text.size() / 16 + 64);
    constexpr std::size_t kSmallestWindow = 256;
    const std::string sliced = deflater.deflate(text, kSmallestWindow);
    PARLEY_ASSERT(text.size() > kSmallestWindow || sliced == payload);
    PARLEY_ASSERT(inflate(deflater, sliced, text.size()).text == text);
    const Inflated back = inflate(deflater, payload, text.size());
    PARLEY_ASSERT(back.outcome == Outcome::ok);
    PARLEY_ASSERT(back.text == text);
    if (!text.empty()) {
        PARLEY_ASSERT(inflate(deflater, payload, text.size() - 1).outcome == Outcome::too_large);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Deflater shared;
    if (size == 0) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    check_round_trip(shared, input);

    constexpr std::size_t kBytesMax = 100000;
    const std::size_t bytes_max = std::min<std::size_t>(kBytesMax, data[0] * std::size_t{data[0]});
    const Inflated inflated = inflate(shared, input, bytes_max);
    Deflater fresh;
    PARLEY_ASSERT(inflate(fresh, input, bytes_max) == inflated);
    if (inflated.outcome == Outcome::ok) {
        check_round_trip(shared, inflated.text);
    }
    return 0;
}
