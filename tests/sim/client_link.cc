#include "tests/sim/client_link.h"

#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

/// A page of fifty of the longest messages fits, escaped.
constexpr std::size_t kMessageBytesMax = 8UL << 20U;

websocket::FrameReader::Options reader_options(bool deflate) {
    return {
        .role = websocket::Role::client, .message_bytes_max = kMessageBytesMax, .deflate = deflate
    };
}

}  // namespace

ClientLink::ClientLink(
    Simulation& simulation, SimNetwork& network, websocket::Deflater& deflater, Listener& listener
)
    : simulation_(simulation),
      network_(network),
      deflater_(deflater),
      listener_(listener),
      frames_(reader_options(false)) {}

void ClientLink::connect(Options options) {
    options_ = std::move(options);
    network_.connect([this,
                      alive = std::weak_ptr<int>(alive_)](std::unique_ptr<runtime::Stream> stream) {
        if (!alive.expired() && !down_) {
            connected(std::move(stream));
        }
    });
}

void ClientLink::connected(std::unique_ptr<runtime::Stream> stream) {
    if (stream == nullptr) {
        down(0);
        return;
    }
    stream_ = std::move(stream);
    stream_->start(*this);
    out_ =
        "GET /ws HTTP/1.1\r\nHost: parley.invalid\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (!options_.token.empty()) {
        out_ += "Authorization: Bearer " + options_.token + "\r\n";
    }
    if (options_.deflate) {
        out_ += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    }
    out_ += "\r\n";
    if (!options_.first_frame.empty()) {
        out_ += websocket::encode_masked_frame(
            websocket::Opcode::text, options_.first_frame, 0x55667788
        );
    }
    flush();
}

void ClientLink::read_answer() {
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
        return;
    }
    if (!head_.starts_with("HTTP/1.1 101 ")) {
        const int status = head_.size() > 12 ? std::atoi(head_.substr(9, 3).c_str()) : 0;
        stream_->close();
        down(status);
        return;
    }
    const bool deflate = head_.substr(0, end).find("permessage-deflate") != std::string::npos;
    PARLEY_ASSERT(!deflate || options_.deflate);
    frames_ = websocket::FrameReader{reader_options(deflate)};
    open_ = true;
    std::string rest = head_.substr(end + 4);
    head_ = {};
    const std::weak_ptr<int> alive = alive_;
    listener_.on_open();
    if (!alive.expired() && !down_ && !rest.empty()) {
        const std::size_t size = rest.size();
        rest.resize(size + runtime::kReadPadding);
        on_data(std::as_writable_bytes(std::span{rest}).first(size));
    }
}

void ClientLink::on_data(std::span<std::byte> bytes) {
    if (down_) {
        return;
    }
    if (!open_) {
        head_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        read_answer();
        return;
    }
    const std::weak_ptr<int> alive = alive_;
    const auto violation = frames_.feed(bytes, deflater_, *this);
    if (violation && !alive.expired() && !down_) {
        listener_.on_garbage(violation->reason);
        stream_->close();
        down(0);
    }
}

bool ClientLink::on_message(websocket::Opcode kind, std::span<std::byte> payload) {
    if (kind != websocket::Opcode::text) {
        listener_.on_garbage("a binary message");
    }
    const std::weak_ptr<int> alive = alive_;
    listener_.on_text({reinterpret_cast<const char*>(payload.data()), payload.size()});
    return !alive.expired() && !down_;
}

bool ClientLink::on_ping(std::span<const std::byte> payload) {
    write_frame(
        websocket::Opcode::pong, {reinterpret_cast<const char*>(payload.data()), payload.size()}
    );
    return !down_;
}

bool ClientLink::on_pong() {
    listener_.on_sign_of_life();
    return true;
}

bool ClientLink::on_close(std::uint16_t code, std::string_view reason) {
    close_code_ = code;
    if (code == websocket::close_code::kNoStatus) {
        code = websocket::close_code::kNormal;
    }
    out_ += websocket::encode_masked_frame(
        websocket::Opcode::close, websocket::encode_close(code, reason).substr(2), 0x11223344
    );
    flush();
    return !down_;  // the server ends TCP
}

void ClientLink::write_frame(websocket::Opcode opcode, std::string_view payload) {
    if (open_ && !down_) {
        const auto mask = static_cast<std::uint32_t>(simulation_.rng().next());
        out_ += websocket::encode_masked_frame(opcode, payload, mask);
        flush();
    }
}

void ClientLink::send(std::string_view payload) {
    write_frame(websocket::Opcode::text, payload);
}

void ClientLink::ping() {
    write_frame(websocket::Opcode::ping, "sim");
}

void ClientLink::close() {
    write_frame(
        websocket::Opcode::close,
        websocket::encode_close(websocket::close_code::kNormal, {}).substr(2)
    );
}

void ClientLink::drop() {
    down_ = true;
    if (stream_ != nullptr) {
        stream_->close();
    }
}

void ClientLink::pause_reading() {
    if (stream_ != nullptr && !down_) {
        stream_->pause_reading();
    }
}

void ClientLink::resume_reading() {
    if (stream_ != nullptr && !down_) {
        stream_->resume_reading();
    }
}

void ClientLink::flush() {
    if (blocked_ || down_ || out_.empty()) {
        return;
    }
    const std::string_view part = out_;
    const std::size_t taken = stream_->write({&part, 1});
    blocked_ = taken < out_.size();
    out_.erase(0, taken);
}

void ClientLink::on_writable() {
    blocked_ = false;
    flush();
}

void ClientLink::on_closed(runtime::CloseReason /*reason*/) {
    down(close_code_);
}

void ClientLink::down(int status) {
    if (!std::exchange(down_, true)) {
        listener_.on_down(status);
    }
}

}  // namespace parley::sim
