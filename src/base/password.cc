#include "base/password.h"

#include <array>

#include <sodium.h>

#include "base/assert.h"

namespace parley::crypto {
namespace {

/// libsodium picks its implementations once; asking again is cheap and thread-safe.
void need_sodium() {
    static const int started = sodium_init();
    PARLEY_ASSERT(started >= 0);
}

}  // namespace

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
    need_sodium();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int done = crypto_pwhash_str_alg(
        text.data(),
        password.data(),
        password.size(),
        cost.passes,
        cost.memory_bytes,
        crypto_pwhash_ALG_ARGON2ID13
    );
    if (done != 0) {
        return Error{ErrorCode::internal, "no memory to hash a password"};
    }
    return std::string(text.data());
}

bool password_matches(std::string_view password, const std::string& hash) {
    need_sodium();
    return hash.size() < crypto_pwhash_STRBYTES &&
           crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& hash, PasswordCost cost) {
    need_sodium();
    return hash.size() >= crypto_pwhash_STRBYTES ||
           crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory_bytes) != 0;
}

}  // namespace parley::crypto
