// Any messages as frames, deflated or not, masked or not, and read again however the bytes are cut: the same
// messages come out, and nothing else.

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "fuzz/support/target.h"
#include "gateway/websocket/websocket.h"

namespace {

using parley::fuzz::Choices;
using parley::websocket::Deflater;
using parley::websocket::FrameHandler;
using parley::websocket::FrameReader;
using parley::websocket::Opcode;
using parley::websocket::Role;

constexpr std::size_t kPaddingBytes = 64;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::size_t kMessageBytesMax = 100'000;

struct Message {
    Opcode opcode = Opcode::text;
    std::string payload;
    bool deflated = false;

    friend bool operator==(const Message& a, const Message& b) {
        return a.opcode == b.opcode && a.payload == b.payload;
    }
};

class Listener final : public FrameHandler {
public:
    bool on_message(Opcode kind, std::span<std::byte> payload) override {
        return add(kind, payload);
    }
    bool on_ping(std::span<const std::byte> payload) override { return add(Opcode::ping, payload); }
    bool on_pong() override { return add(Opcode::pong, {}); }
    bool on_close(std::uint16_t code, std::string_view reason) override {
        heard.push_back({.opcode = Opcode::close, .payload = std::to_string(code)});
        heard.back().payload.append(reason);
        return true;
    }

    std::vector<Message> heard;

private:
    bool add(Opcode opcode, std::span<const std::byte> payload) {
        heard.push_back(
            {.opcode = opcode,
             .payload = {reinterpret_cast<const char*>(payload.data()), payload.size()}}
        );
        return true;
    }
};

Message make_message(Choices& choices, bool may_deflate) {
    constexpr Opcode kOpcodes[] = {Opcode::text, Opcode::binary, Opcode::ping, Opcode::pong};
    Message made{.opcode = kOpcodes[choices.below(4)]};
    made.deflated = may_deflate && choices.flag();
    const std::size_t times = 1 + choices.below(256) * choices.below(4);
    const std::string_view once = choices.text();
    if (made.opcode == Opcode::pong) {
        return made;  // what a pong holds is not told
    }
    if (made.opcode == Opcode::ping) {
        made.payload = once.substr(0, kControlBytesMax);
        return made;
    }
    for (std::size_t i = 0; i < times && made.payload.size() + once.size() <= kMessageBytesMax;
         ++i) {
        made.payload += once;
    }
    if (made.opcode == Opcode::text && !parley::fuzz::is_plain_utf8(made.payload)) {
        made.opcode = Opcode::binary;
    }
    return made;
}

std::string encoded(const Message& message, Role reader, std::uint32_t mask, Deflater& deflater) {
    const bool data = message.opcode == Opcode::text || message.opcode == Opcode::binary;
    const bool deflated = data && message.deflated;
    const std::string payload = deflated ? deflater.deflate(message.payload) : message.payload;
    if (reader == Role::server) {
        return parley::websocket::encode_masked_frame(message.opcode, payload, mask, deflated);
    }
    std::string frame = parley::websocket::encode_frame(message.opcode, payload, deflated);
    std::string by_parts;
    parley::websocket::append_frame_header(by_parts, message.opcode, payload.size(), deflated);
    PARLEY_ASSERT(by_parts + payload == frame);
    return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Deflater deflater;
    Choices choices{data, size};
    const Role role = choices.flag() ? Role::server : Role::client;
    const bool deflate = choices.flag();
    const std::size_t cut = 1 + choices.below(256);
    std::vector<Message> said;
    std::string stream;
    while (!choices.empty() && said.size() < 16) {
        said.push_back(make_message(choices, deflate));
        const auto mask = static_cast<std::uint32_t>(choices.number(4));
        stream += encoded(said.back(), role, mask, deflater);
    }
    if (role == Role::client && !said.empty()) {
        // A reason of any length is cut where a character ends; one that is no text is the caller's mistake.
        const std::string reason =
            said.back().opcode == Opcode::text ? said.back().payload : std::string{};
        stream += parley::websocket::encode_close(1000, reason);
        Message closed{.opcode = Opcode::close, .payload = "1000"};
        std::size_t kept = std::min<std::size_t>(reason.size(), 123);
        while (!parley::fuzz::is_plain_utf8(std::string_view{reason}.substr(0, kept))) {
            --kept;
        }
        closed.payload.append(reason, 0, kept);
        said.push_back(std::move(closed));
    }
    FrameReader reader({.role = role, .message_bytes_max = kMessageBytesMax, .deflate = deflate});
    Listener listener;
    for (std::string_view left = stream; !left.empty();) {
        const std::string_view piece = left.substr(0, cut == 256 ? left.size() : cut);
        left.remove_prefix(piece.size());
        std::vector<std::byte> buffer(piece.size() + kPaddingBytes);
        std::memcpy(buffer.data(), piece.data(), piece.size());
        PARLEY_ASSERT(!reader.feed({buffer.data(), piece.size()}, deflater, listener));
    }
    PARLEY_ASSERT(listener.heard == said);
    return 0;
}
