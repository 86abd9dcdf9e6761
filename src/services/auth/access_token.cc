#include "services/auth/access_token.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "base/crypto.h"
#include "base/mutant.h"
#include "services/auth/keyring.h"

namespace parley::auth {
namespace {

constexpr std::string_view kAudience = "parley";
constexpr std::size_t kUuidChars = 36;
constexpr std::size_t kIdCharsMax = 64;
constexpr std::size_t kSignatureChars = 86;  // 64 bytes in base64url

Error refused() {
    return Error{ErrorCode::unauthorized, "the access token is not valid"};
}

constexpr bool is_base64url(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/// Takes one text apart from its front; what does not fit makes it fail for good.
class Scanner {
public:
    explicit Scanner(std::string_view text) noexcept : rest_(text) {}

    void expect(std::string_view literal) noexcept {
        good_ = good_ && rest_.starts_with(literal);
        skip(literal.size());
    }
    Uuid uuid() noexcept {
        const std::string_view text = rest_.substr(0, kUuidChars);
        const std::optional<Uuid> read = parse_uuid(text);
        // One spelling only: parse_uuid reads upper case as well.
        good_ = good_ && read &&
                std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
        skip(kUuidChars);
        return read.value_or(Uuid{});
    }
    /// A positive number without sign or leading zero.
    std::int64_t number() noexcept {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        // What could be read begins with a digit or a minus.
        good_ = good_ && error == std::errc{} && rest_.front() >= '1';
        skip(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }
    std::string_view id() noexcept {
        const auto end = std::ranges::find_if_not(rest_, is_base64url);
        const std::string_view text =
            rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        good_ = good_ && !text.empty() && text.size() <= kIdCharsMax;
        skip(text.size());
        return text;
    }
    [[nodiscard]] bool is_done() const noexcept { return good_ && rest_.empty(); }

private:
    void skip(std::size_t bytes) noexcept { rest_.remove_prefix(std::min(bytes, rest_.size())); }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::string access_token_header(std::string_view kid) {
    return crypto::base64url(
        R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::string(kid) + R"("})"
    );
}

std::string write_claims(std::string_view issuer, const AccessClaims& claims) {
    std::string json = R"({"iss":")";
    json += issuer;
    json += R"(","sub":")";
    append_uuid(json, claims.user.uuid);
    json += R"(","did":")";
    append_uuid(json, claims.device.uuid);
    json += R"(","aud":")";
    json += kAudience;
    json += R"(","iat":)";
    json += std::to_string(claims.issued_at);
    json += R"(,"exp":)";
    json += std::to_string(claims.expires_at);
    json += R"(,"jti":")";
    json += claims.id;
    json += R"("})";
    return json;
}

std::optional<AccessClaims> read_claims(std::string_view issuer, std::string_view json) {
    AccessClaims claims;
    Scanner scanner(json);
    scanner.expect(R"({"iss":")");
    scanner.expect(issuer);
    scanner.expect(R"(","sub":")");
    claims.user = {scanner.uuid()};
    scanner.expect(R"(","did":")");
    claims.device = {scanner.uuid()};
    scanner.expect(R"(","aud":")");
    scanner.expect(kAudience);
    scanner.expect(R"(","iat":)");
    claims.issued_at = scanner.number();
    scanner.expect(R"(,"exp":)");
    claims.expires_at = scanner.number();
    scanner.expect(R"(,"jti":")");
    claims.id = scanner.id();
    scanner.expect(R"("})");
    if (!scanner.is_done()) {
        return std::nullopt;
    }
    return claims;
}

std::string sign_access_token(
    const SigningKey& key, std::string_view issuer, const AccessClaims& claims
) {
    std::string token = key.header + "." + crypto::base64url(write_claims(issuer, claims));
    const crypto::Es256Signature signature = key.key.sign(token);
    token += "." +
             crypto::base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
    return token;
}

Result<AccessClaims> check_access_token(
    const Keyring& keys, std::string_view issuer, std::string_view token, Timestamp now
) {
    const std::size_t first_dot = token.find('.');
    const std::size_t last_dot = token.rfind('.');
    if (token.size() > kTokenBytesMax || first_dot == std::string_view::npos ||
        first_dot == last_dot) {
        return refused();
    }
    const std::string_view header = token.substr(0, first_dot);
    const std::string_view payload = token.substr(first_dot + 1, last_dot - first_dot - 1);
    const std::string_view signature_text = token.substr(last_dot + 1);

    // The header is one of a few known texts, so it is compared and never interpreted: alg, typ and kid
    // are ours, and there is no crit, jku, jwk, x5u or zip.
    const SigningKey* key = keys.find(header);
    if (key == nullptr || signature_text.size() != kSignatureChars) {
        return refused();
    }
    const auto signature = crypto::base64url_decode(signature_text);
    if (!signature ||
        (!key->key.verify(token.substr(0, last_dot), std::as_bytes(std::span(*signature))) &&
         !mutant(Mutant::any_signature))) {
        return refused();
    }
    // From here on it is what a key of ours signed. It is read as strictly all the same.
    const auto json = crypto::base64url_decode(payload);
    if (!json) {
        return refused();
    }
    auto claims = read_claims(issuer, *json);
    if (!claims || claims->issued_at > now.seconds() + kIssuedAheadSecondsMax) {
        return refused();
    }
    if (claims->expires_at <= now.seconds() && !mutant(Mutant::expired_token)) {
        return Error{ErrorCode::token_expired, "the access token has expired"};
    }
    return std::move(*claims);
}

}  // namespace parley::auth
