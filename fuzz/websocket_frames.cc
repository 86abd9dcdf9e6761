#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/utf8.h"
#include "fuzz/support/target.h"
#include "gateway/websocket/websocket.h"

/// The first bytes choose the options and the cuts, the rest is a peer's stream. However it is cut, the
/// reader tells the same; what it tells keeps what websocket.h promises.

namespace {

using parley::is_valid_utf8;
using parley::websocket::Deflater;
using parley::websocket::FrameHandler;
using parley::websocket::FrameReader;
using parley::websocket::Opcode;
using parley::websocket::Role;

constexpr std::size_t kPaddingBytes = 64;
constexpr std::size_t kControlBytesMax = 125;

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Listener final : public FrameHandler {
public:
    explicit Listener(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

    bool on_message(Opcode kind, std::span<std::byte> payload) override {
        PARLEY_ASSERT(kind == Opcode::text || kind == Opcode::binary);
        PARLEY_ASSERT(payload.size() <= message_bytes_max_);
        PARLEY_ASSERT(kind == Opcode::binary || is_valid_utf8(text_of(payload)));
        unsigned sum = 0;
        for (std::size_t i = 0; i < kPaddingBytes; ++i) {
            sum += std::to_integer<unsigned>(payload.data()[payload.size() + i]);
        }
        PARLEY_ASSERT(sum < 256 * kPaddingBytes);
        tell(kind == Opcode::text ? "text" : "binary", text_of(payload));
        // A handler may write into the payload: parsing in place does.
        if (!payload.empty()) {
            std::memset(payload.data(), 0xAA, payload.size());
        }
        return true;
    }
    bool on_ping(std::span<const std::byte> payload) override {
        PARLEY_ASSERT(payload.size() <= kControlBytesMax);
        tell("ping", text_of(payload));
        return true;
    }
    bool on_pong() override {
        tell("pong", {});
        return true;
    }
    bool on_close(std::uint16_t code, std::string_view reason) override {
        PARLEY_ASSERT(code >= 1000 && code < 5000);
        PARLEY_ASSERT(reason.size() < kControlBytesMax && is_valid_utf8(reason));
        PARLEY_ASSERT(!closed_);
        closed_ = true;
        tell("close " + std::to_string(code), reason);
        return true;
    }

    void tell(std::string_view what, std::string_view with) {
        told_.append(what).append(":").append(std::to_string(with.size())).append(":").append(with);
        told_.push_back('\n');
    }
    [[nodiscard]] const std::string& told() const { return told_; }

private:
    std::size_t message_bytes_max_;
    bool closed_ = false;
    std::string told_;
};

/// Feeds the stream in pieces of sizes that repeat `cuts` (none: whole), and returns what was told.
std::string listen(
    std::string_view stream, const FrameReader::Options& options, std::span<const std::uint8_t> cuts
) {
    static Deflater deflater;  // as one serves all connections of a loop
    FrameReader reader(options);
    Listener listener(options.message_bytes_max);
    std::size_t next_cut = 0;
    while (!stream.empty()) {
        const std::size_t size = cuts.empty() ? stream.size() : 1U + cuts[next_cut++ % cuts.size()];
        const std::string_view piece = stream.substr(0, size);
        stream.remove_prefix(piece.size());
        std::vector<std::byte> buffer(piece.size() + kPaddingBytes);
        std::memcpy(buffer.data(), piece.data(), piece.size());
        const std::span<std::byte> input{buffer.data(), piece.size()};
        if (const auto violation = reader.feed(input, deflater, listener)) {
            PARLEY_ASSERT(!violation->reason.empty());
            listener.tell("violation", std::to_string(violation->close_code));
            break;
        }
    }
    return listener.told();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kChoiceBytes = 4;
    if (size < kChoiceBytes) {
        return 0;
    }
    const std::span choice{data, kChoiceBytes};
    const std::string_view stream{
        reinterpret_cast<const char*>(data) + kChoiceBytes, size - kChoiceBytes
    };
    const FrameReader::Options options{
        .role = (choice[0] & 1U) == 0 ? Role::server : Role::client,
        .message_bytes_max = (choice[0] & 4U) == 0 ? 65536U : choice[0],
        .deflate = (choice[0] & 2U) == 0,
    };
    const std::string whole = listen(stream, options, {});
    PARLEY_ASSERT(listen(stream, options, choice.subspan(1)) == whole);
    constexpr std::uint8_t kSingleBytes = 0;
    PARLEY_ASSERT(listen(stream, options, {&kSingleBytes, 1}) == whole);
    return 0;
}
