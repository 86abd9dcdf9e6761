#include "gateway/wire/proof.h"

#include <utility>

#include "base/crypto.h"

namespace parley::wire {
namespace {

constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kSignatureBytes = 64;

Error refused(std::string_view why) {
    return {ErrorCode::unauthorized, "the DPoP proof " + std::string(why)};
}

/// A required text.
Result<std::string> text_of(const JsonObject& object, std::string_view name) {
    const auto text = object.text(name);
    if (!text.ok() || !*text) {
        return refused("lacks " + std::string(name));
    }
    return **text;
}

Result<JsonObject> object_in(JsonReader& reader, std::string_view encoded) {
    const auto json = crypto::base64url_decode(encoded);
    if (!json) {
        return refused("is not base64url");
    }
    const auto read = reader.read(*json, false);
    const auto* object = std::get_if<JsonObject>(&read);
    if (object == nullptr) {
        return refused("is not JSON");
    }
    return *object;
}

Result<JwkFields> read_header(const JsonObject& header) {
    TRY(const std::string type, text_of(header, "typ"));
    TRY(const std::string algorithm, text_of(header, "alg"));
    if (type != "dpop+jwt") {
        return refused("is of another type than dpop+jwt");
    }
    if (algorithm != "ES256") {
        return refused("is signed by another algorithm than ES256");
    }
    if (header.has("crit")) {
        return refused("has critical extensions");  // RFC 7515 section 4.1.11: none is known here
    }
    auto key = decode_jwk(header);
    if (!key.ok() || !*key) {
        return refused("lacks a public key on P-256");
    }
    return std::move(**key);
}

}  // namespace

Result<std::optional<JwkFields>> decode_jwk(const JsonObject& object) {
    TRY(const auto jwk, object.object("jwk"));
    if (!jwk) {
        return std::optional<JwkFields>{};
    }
    TRY(const auto type, jwk->text("kty"));
    TRY(const auto curve, jwk->text("crv"));
    TRY(auto x, jwk->text("x"));
    TRY(auto y, jwk->text("y"));
    if (type != "EC" || curve != "P-256" || !x || !y) {
        return Error{ErrorCode::invalid_request, "jwk must be a public key on P-256"};
    }
    if (jwk->has("d")) {
        return Error{ErrorCode::invalid_request, "jwk holds a private key: keep it to yourself"};
    }
    return std::optional(JwkFields{.x = std::move(*x), .y = std::move(*y)});
}

Result<ProofFields> decode_proof(JsonReader& reader, std::string_view field) {
    const std::size_t first = field.find('.');
    const std::size_t last = field.rfind('.');
    if (field.size() > kProofBytesMax || first == std::string_view::npos || first == last ||
        field.find('.', first + 1) != last) {
        return refused("is no compact JWS");
    }
    ProofFields proof;
    proof.signed_text = field.substr(0, last);
    const auto signature = crypto::base64url_decode(field.substr(last + 1));
    if (!signature || signature->size() != kSignatureBytes) {
        return refused("has no signature of ES256");
    }
    proof.signature = *signature;
    // One after the other: an object lives until the reader reads again.
    {
        TRY(const JsonObject header, object_in(reader, field.substr(0, first)));
        TRY(proof.key, read_header(header));
    }
    TRY(const JsonObject claims, object_in(reader, field.substr(first + 1, last - first - 1)));
    TRY(proof.method, text_of(claims, "htm"));
    TRY(proof.uri, text_of(claims, "htu"));
    TRY(proof.id, text_of(claims, "jti"));
    const auto issued_at = claims.number("iat");
    if (!issued_at.ok() || !*issued_at || **issued_at > INT64_MAX) {
        return refused("lacks iat");
    }
    proof.issued_at = static_cast<std::int64_t>(**issued_at);
    if (proof.id.empty() || proof.id.size() > kIdBytesMax) {
        return refused("has a jti of no or more than 256 bytes");
    }
    return proof;
}

}  // namespace parley::wire
