#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ports/device_directory.h"

namespace parley::auth {

/// A public key on P-256, coordinates in base64url.
struct PublicJwk {
    std::string x;
    std::string y;
};

/// A DPoP proof (RFC 9449 section 4.2) as it was read, and the host that the request was for.
struct Proof {
    PublicJwk key;
    std::string signed_text;
    std::string signature;  ///< 64 bytes
    std::string method;
    std::string uri;
    std::string id;
    std::int64_t issued_at = 0;  ///< seconds since 1970
    std::string host;            ///< the request's Host field
};

/// How far a proof's time may be from ours, either way. For as long as that a proof's id is remembered.
inline constexpr std::int64_t kProofSecondsMax = 120;
/// What a refresh token is renewed by.
inline constexpr std::string_view kRefreshMethod = "POST";
inline constexpr std::string_view kRefreshPath = "/api/auth/refresh";

/// The key's name (RFC 7638), which follows from the key; `invalid_request` for what is no point of P-256.
[[nodiscard]] Result<ports::KeyThumbprint> thumbprint_of(const PublicJwk& key);

/// The thumbprint of the key that made this proof, just now, for a refresh at this very host (RFC 9449 section 4.3).
/// `unauthorized` with the reason. Whether it was shown before is not known here.
[[nodiscard]] Result<ports::KeyThumbprint> check_proof(const Proof& proof, Timestamp now);

}  // namespace parley::auth
