#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/wire/wire.h"

namespace parley::wire {

/// A public key for ES256 as a JWK has it (RFC 7518 section 6.2.1): coordinates in base64url.
struct JwkFields {
    std::string x;
    std::string y;
};

/// What a DPoP proof says (RFC 9449 section 4.2), in its right shape and otherwise unchecked.
struct ProofFields {
    JwkFields key;
    std::string signed_text;     ///< header and payload, as they were signed
    std::string signature;       ///< bytes
    std::string method;          ///< htm
    std::string uri;             ///< htu
    std::string id;              ///< jti
    std::int64_t issued_at = 0;  ///< iat, seconds since 1970
};

inline constexpr std::size_t kProofBytesMax = 4096;

/// The `jwk` of an object; nothing when there is none. `invalid_request` for any key but a public one on P-256, also
/// for one that holds a private part: whoever sends that has made a mistake that is better told.
[[nodiscard]] Result<std::optional<JwkFields>> decode_jwk(const JsonObject& object);

/// The one DPoP field of a request. `unauthorized`, with the reason, for anything but a compact JWS of type dpop+jwt,
/// algorithm ES256, with a public key on P-256 in it, no critical extensions, and the four claims.
[[nodiscard]] Result<ProofFields> decode_proof(JsonReader& reader, std::string_view field);

}  // namespace parley::wire
