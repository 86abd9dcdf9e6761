#include "services/auth/refresh_token.h"

#include <array>
#include <utility>

#include "base/crypto.h"

namespace parley::auth {
namespace {

constexpr std::string_view kPrefix = "prt_";
constexpr std::string_view kSuccessor = "refresh successor";
constexpr std::size_t kTokenBytes = 32;

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

RefreshToken RefreshToken::random(Random& random) {
    std::array<std::byte, kTokenBytes> bytes{};
    random.fill(bytes);
    return RefreshToken(text_of(bytes));
}

std::optional<RefreshToken> RefreshToken::parse(std::string_view text) {
    if (!text.starts_with(kPrefix)) {
        return std::nullopt;
    }
    auto bytes = crypto::base64url_decode(text.substr(kPrefix.size()));
    if (!bytes || bytes->size() != kTokenBytes) {
        return std::nullopt;
    }
    return RefreshToken(std::move(*bytes));
}

RefreshToken RefreshToken::successor(std::string_view secret) const {
    return RefreshToken(text_of(crypto::hmac_sha256(secret, std::string(kSuccessor) + bytes_)));
}

std::string RefreshToken::text() const {
    return std::string(kPrefix) + crypto::base64url(bytes_);
}

ports::TokenHash RefreshToken::hash() const {
    return crypto::sha256(bytes_);
}

}  // namespace parley::auth
