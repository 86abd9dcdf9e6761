#include "app/control.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "app/standalone.h"
#include "gateway/wire/wire.h"
#include "runtime/local_socket.h"

namespace parley::app {
namespace {

constexpr std::size_t kAnswerBytesMax = 16UL << 20U;

std::string request_of(const ControlCall& call) {
    std::string text = call.method + " " + call.target + " HTTP/1.1\r\nHost: local\r\n";
    text += "Connection: close\r\n";
    if (!call.body.empty()) {
        text += "Content-Type: application/json\r\n";
    }
    text += "Content-Length: " + std::to_string(call.body.size()) + "\r\n\r\n";
    return text + call.body;
}

/// The body of a good answer; the words of a problem (RFC 9457) as an error.
Result<std::string> body_of(const std::string& answer) {
    constexpr std::string_view kProtocol = "HTTP/1.1 ";
    const std::size_t head = answer.find("\r\n\r\n");
    int status = 0;
    if (answer.starts_with(kProtocol)) {
        const char* digits = answer.data() + kProtocol.size();
        (void)std::from_chars(digits, answer.data() + answer.size(), status);
    }
    if (head == std::string::npos || status == 0) {
        return Error{ErrorCode::unavailable, "the server ended before it had answered"};
    }
    std::string body = answer.substr(head + 4);
    if (status < 300) {
        return body;
    }
    wire::JsonReader reader;
    const auto read = reader.read(body, false);
    std::optional<std::string> detail;
    if (const auto* object = std::get_if<wire::JsonObject>(&read)) {
        TRY(detail, object->text("detail"));
    }
    return Error{
        ErrorCode::invalid_request,
        std::move(detail).value_or("the server answered with status " + std::to_string(status))
    };
}

Result<std::string> ask(const Config& config, const ControlCall& call) {
    TRY(auto socket, runtime::connect_local(control_path(config)));
    TRY(const std::string answer,
        runtime::exchange_local(std::move(socket), request_of(call), call.seconds, kAnswerBytesMax)
    );
    return body_of(answer);
}

}  // namespace

Result<std::string> control(const Config& config, const ControlCall& call) {
    auto asked = ask(config, call);
    if (asked.ok() || asked.error().code != ErrorCode::not_found) {
        return asked;
    }
    std::string body;
    auto done = offline(config, [&]() -> Result<void> {
        TRY(body, ask(config, call));
        return {};
    });
    if (!done.ok()) {
        return std::move(done).error();
    }
    return body;
}

std::string percent_encoded(const std::string& text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@";
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        encoded += '%';
        encoded += kDigits[byte >> 4U];
        encoded += kDigits[byte & 15U];
    }
    return encoded;
}

}  // namespace parley::app
