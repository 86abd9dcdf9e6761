#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace parley::auth {

struct SigningKey;
class Keyring;

/// What an access token says. On the wire it is a JWT as RFC 9068 describes: header {"alg":"ES256",
/// "typ":"at+jwt","kid":…}, claims iss, sub (user), did (device), aud "parley", iat, exp, jti.
struct AccessClaims {
    UserId user;
    DeviceId device;
    std::int64_t issued_at = 0;   ///< seconds since 1970
    std::int64_t expires_at = 0;  ///< seconds since 1970; from then on the token is over
    std::string id;               ///< jti
};

inline constexpr std::size_t kTokenBytesMax = 2048;
inline constexpr std::int64_t kIssuedAheadSecondsMax =
    5;  ///< of our clock, for one that was set back

/// The JWT header of tokens by the key `kid`, base64url.
[[nodiscard]] std::string access_token_header(std::string_view kid);

/// The claims as JSON, in one fixed layout; `read_claims` is its exact inverse and reads nothing else.
///
/// Parley alone issues these tokens, so it need not understand any other spelling: what differs in one byte,
/// by white space, order, a duplicate, an extra or a missing claim, is not ours. That leaves no room for
/// the disagreements between JSON readers that JWT attacks live on.
[[nodiscard]] std::string write_claims(std::string_view issuer, const AccessClaims& claims);
[[nodiscard]] std::optional<AccessClaims> read_claims(
    std::string_view issuer, std::string_view json
);

[[nodiscard]] std::string sign_access_token(
    const SigningKey& key, std::string_view issuer, const AccessClaims& claims
);

/// The claims of a token that one of `keys` signed, for `issuer`, in force at `now`. `token_expired` when
/// only its time is over; `unauthorized` for everything else, without saying why.
[[nodiscard]] Result<AccessClaims> check_access_token(
    const Keyring& keys, std::string_view issuer, std::string_view token, Timestamp now
);

}  // namespace parley::auth
