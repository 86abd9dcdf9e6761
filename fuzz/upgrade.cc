// Bytes as the header fields of an upgrade (RFC 6455 §4.2, RFC 7692 §5): whatever is accepted was asked for,
// the answer is one well-formed head, and nothing of the request stands in it but the subprotocol.

#include <algorithm>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "fuzz/support/target.h"
#include "gateway/websocket/websocket.h"

namespace {

using parley::websocket::UpgradeAnswer;
using parley::websocket::UpgradeRequest;

constexpr std::string_view kSubprotocol = "parley.v1";
constexpr std::size_t kWindowBytesMin = 256;

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return out;
}

/// Lines that end with CRLF, the last one empty, and no other control characters.
void check_head(std::string_view head) {
    PARLEY_ASSERT(head.ends_with("\r\n\r\n"));
    PARLEY_ASSERT(head.find("\r\n\r\n") == head.size() - 4);
    for (std::size_t i = 0; i < head.size(); ++i) {
        const auto byte = static_cast<unsigned char>(head[i]);
        PARLEY_ASSERT(byte >= 0x20 || byte == '\r' || byte == '\n');
        PARLEY_ASSERT(byte != '\n' || (i > 0 && head[i - 1] == '\r'));
    }
}

void check_accepted(const UpgradeRequest& request, const UpgradeAnswer& answer) {
    PARLEY_ASSERT(request.method == "GET" && request.http_1_1);
    PARLEY_ASSERT(request.version == "13" && request.key_count == 1);
    PARLEY_ASSERT(lowered(request.upgrade).find("websocket") != std::string::npos);
    PARLEY_ASSERT(lowered(request.connection).find("upgrade") != std::string::npos);
    check_head(answer.head);
    PARLEY_ASSERT(answer.head.starts_with("HTTP/1.1 101 "));
    PARLEY_ASSERT(
        answer.head.find("Sec-WebSocket-Accept: " + parley::websocket::accept_key(request.key)) !=
        std::string::npos
    );
    const bool extension = answer.head.find("permessage-deflate") != std::string::npos;
    PARLEY_ASSERT(extension == answer.deflate);
    PARLEY_ASSERT(
        !extension || lowered(request.extensions).find("permessage-deflate") != std::string::npos
    );
    PARLEY_ASSERT(answer.deflate_window_bytes >= kWindowBytesMin);
    const bool protocol =
        answer.head.find("Sec-WebSocket-Protocol: parley.v1") != std::string::npos;
    PARLEY_ASSERT(!protocol || request.protocols.find(kSubprotocol) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    parley::fuzz::Choices choices{data, size};
    const std::size_t usual = choices.byte();  // which fields are as they should be
    const bool allow_deflate = choices.flag();
    const auto field = [&](unsigned bit, std::string_view good) {
        return (usual >> bit & 1U) != 0 ? good : choices.text();
    };
    UpgradeRequest request;
    request.method = field(0, "GET");
    request.http_1_1 = (usual >> 1U & 1U) != 0;
    request.upgrade = field(2, "websocket");
    request.connection = field(3, "keep-alive, Upgrade");
    request.key = field(4, "dGhlIHNhbXBsZSBub25jZQ==");
    request.key_count = (usual >> 5U & 1U) != 0 ? 1 : static_cast<int>(choices.below(3));
    request.version = field(6, "13");
    request.protocols = field(7, kSubprotocol);
    request.extensions = choices.rest();
    const UpgradeAnswer answer =
        parley::websocket::answer_upgrade(request, kSubprotocol, allow_deflate);
    if (answer.status == 101) {
        check_accepted(request, answer);
        PARLEY_ASSERT(!answer.deflate || allow_deflate);
        return 0;
    }
    PARLEY_ASSERT(answer.status == 400 || answer.status == 405 || answer.status == 426);
    PARLEY_ASSERT(!answer.deflate && !answer.problem.empty());
    PARLEY_ASSERT(answer.head.empty() == (answer.status != 426));
    if (answer.status == 426) {
        check_head(answer.head);
    }
    return 0;
}
