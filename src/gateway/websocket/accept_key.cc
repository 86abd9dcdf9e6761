#include <array>

#include <openssl/evp.h>

#include "base/assert.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {

std::string accept_key(std::string_view key) {
    constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
    constexpr std::size_t kSha1Bytes = 20;
    std::string text(key);
    text.append(kGuid);
    std::array<unsigned char, kSha1Bytes> digest{};
    PARLEY_ASSERT(
        EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1
    );
    std::array<unsigned char, 4 * ((kSha1Bytes + 2) / 3) + 1> base64{};
    const int size = EVP_EncodeBlock(base64.data(), digest.data(), kSha1Bytes);
    return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size)};
}

}  // namespace parley::websocket
