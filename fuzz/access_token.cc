#include "services/auth/access_token.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/crypto.h"
#include "fuzz/support/target.h"
#include "services/auth/account_rules.h"
#include "services/auth/keyring.h"
#include "services/auth/refresh_token.h"
#include "tests/fakes/fake_disk.h"

/// What a stranger sends to be let in, in every role that it can have: as a token, as a token's signature or
/// claims, as a name. Only what was signed is accepted, and what is accepted has one spelling.

namespace {

namespace auth = parley::auth;
namespace crypto = parley::crypto;

constexpr std::string_view kIssuer = "parley";

struct Server {
    Server() {
        const auto opened = keys.open("keys", now);
        PARLEY_ASSERT(opened.ok());
        claims.issued_at = now.seconds();
        claims.expires_at = now.seconds() + 900;
        claims.id = "id";
        token = auth::sign_access_token(keys.signing(), kIssuer, claims);
    }
    /// Made anew each time the program runs: no input can have been signed with it.
    parley::fakes::FakeDisk disk;
    auth::Keyring keys{
        disk, {.rotate_after = std::chrono::days{30}, .token_lifetime = std::chrono::minutes{15}}
    };
    parley::Timestamp now = parley::Timestamp::from_millis(1'800'000'000'000);
    auth::AccessClaims claims;
    std::string token;
};

void check_tokens(const Server& server, std::string_view input) {
    const std::string& token = server.token;
    const std::string signed_part = token.substr(0, token.rfind('.'));
    const std::string header = token.substr(0, token.find('.'));
    const std::string signature = token.substr(token.rfind('.'));
    const auto refused = [&](const std::string& text) {
        const auto answer = auth::check_access_token(server.keys, kIssuer, text, server.now);
        PARLEY_ASSERT(!answer.ok());
        PARLEY_ASSERT(answer.error().code == parley::ErrorCode::unauthorized);
    };
    if (input == auth::write_claims(kIssuer, server.claims)) {
        return;  // that is the token
    }
    refused(std::string(input));
    refused(header + "." + std::string(input) + signature);
    refused(header + "." + crypto::base64url(input) + signature);
    refused(signed_part + "." + std::string(input));
    refused(signed_part + "." + crypto::base64url(input));
    PARLEY_ASSERT(auth::check_access_token(server.keys, kIssuer, token, server.now).ok());
}

void check_spellings(std::string_view input) {
    if (const auto claims = auth::read_claims(kIssuer, input)) {
        PARLEY_ASSERT(auth::write_claims(kIssuer, *claims) == input);
        PARLEY_ASSERT(claims->expires_at > 0);
    }
    if (const auto bytes = crypto::base64url_decode(input)) {
        PARLEY_ASSERT(crypto::base64url(*bytes) == input);
    }
    if (const auto token = auth::RefreshToken::parse(input)) {
        PARLEY_ASSERT(token->text() == input);
    }
    if (const auto email = auth::normalised_email(input); email.ok()) {
        const auto again = auth::normalised_email(*email);
        PARLEY_ASSERT(again.ok() && *again == *email);
        PARLEY_ASSERT(auth::login_names(input) == std::vector<std::string>{*email});
    }
    if (const auto phone = auth::normalised_phone(input); phone.ok()) {
        const auto again = auth::normalised_phone(*phone);
        PARLEY_ASSERT(again.ok() && *again == *phone);
        PARLEY_ASSERT(auth::login_names(input).back() == *phone);
    }
    const auto names = auth::login_names(input);
    PARLEY_ASSERT(!names.empty() && names.size() <= 2);
    if (auth::checked_username(std::string(input)).ok()) {
        PARLEY_ASSERT(input.find_first_of("@+") == std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Server server;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_tokens(server, input);
    check_spellings(input);
    return 0;
}
