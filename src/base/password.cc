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

std::string unmatchable_hash(PasswordCost cost) {
    need_sodium();
    const auto random_base64 = [](std::size_t count) {
        std::array<unsigned char, 32> bytes{};
        randombytes_buf(bytes.data(), count);
        std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)>
            text{};
        return std::string(sodium_bin2base64(
            text.data(), text.size(), bytes.data(), count, sodium_base64_VARIANT_ORIGINAL_NO_PADDING
        ));
    };
    return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) +
           ",t=" + std::to_string(cost.passes) + ",p=1$" +
           random_base64(crypto_pwhash_argon2id_SALTBYTES) + "$" + random_base64(32);
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
