#include "services/auth/proof.h"

#include <algorithm>
#include <span>

#include "base/es256.h"

namespace parley::auth {
namespace {

Error refused(std::string_view why) {
    return {ErrorCode::unauthorized, "the DPoP proof " + std::string(why)};
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_host(std::string_view one, std::string_view other) noexcept {
    return std::ranges::equal(one, other, {}, lower, lower);
}

/// Is `uri` that of the refresh at `host`? Query and fragment do not count (RFC 9449 section 4.3). Behind a proxy that
/// ends TLS the scheme is not ours to know: either will do.
bool is_refresh_uri(std::string_view uri, std::string_view host) noexcept {
    const std::size_t scheme_end = uri.find("://");
    if (scheme_end == std::string_view::npos) {
        return false;
    }
    const std::string_view scheme = uri.substr(0, scheme_end);
    std::string_view rest = uri.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    const std::size_t path = rest.find('/');
    if (path == std::string_view::npos ||
        (!same_host(scheme, "https") && !same_host(scheme, "http"))) {
        return false;
    }
    return !host.empty() && same_host(rest.substr(0, path), host) &&
           rest.substr(path) == kRefreshPath;
}

}  // namespace

Result<ports::KeyThumbprint> thumbprint_of(const PublicJwk& key) {
    const auto known = crypto::Es256PublicKey::from_coordinates(key.x, key.y);
    if (!known) {
        return Error{ErrorCode::invalid_request, "jwk must be a public key on P-256"};
    }
    return known->thumbprint();
}

Result<ports::KeyThumbprint> check_proof(const Proof& proof, Timestamp now) {
    const auto key = crypto::Es256PublicKey::from_coordinates(proof.key.x, proof.key.y);
    if (!key) {
        return refused("lacks a public key on P-256");
    }
    if (!key->verify(proof.signed_text, std::as_bytes(std::span(proof.signature)))) {
        return refused("is not signed by its key");
    }
    if (proof.method != kRefreshMethod || !is_refresh_uri(proof.uri, proof.host)) {
        return refused("is for another request");
    }
    // Before subtracting: any number may stand there.
    const std::int64_t second = now.seconds();
    if (proof.issued_at < second - kProofSecondsMax ||
        proof.issued_at > second + kProofSecondsMax) {
        return refused("is not of this time: iat is more than 120 s from the server's clock");
    }
    return key->thumbprint();
}

}  // namespace parley::auth
