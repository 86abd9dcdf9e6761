#include "gateway/conformance.h"

#ifdef PARLEY_CONFORMANCE

#include "gateway/session.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kEchoPath = "/ws-conformance";

}  // namespace

void open_echo(Options& options) {
    options.echo = true;
    options.frame_bytes_max = 64UL << 20U;
    options.outbox_bytes_max = 256UL << 20U;
}

bool is_echo_path(const Options& options, std::string_view path) {
    return options.echo && path == kEchoPath;
}

void Session::echo(websocket::Opcode kind, std::span<const std::byte> payload) {
    const std::string_view content{reinterpret_cast<const char*>(payload.data()), payload.size()};
    if (deflate_bytes_max_ == 0) {
        push({websocket::encode_frame(kind, content), {}});
        return;
    }
    const std::string deflated = front_.deflater().deflate(content, deflate_bytes_max_);
    push({websocket::encode_frame(kind, deflated, true), {}});
}

}  // namespace parley::gateway

#endif
