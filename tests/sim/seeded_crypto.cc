// OpenSSL 3 calls this interface old and has no other by which a program may be its source of chance.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tests/sim/seeded_crypto.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <openssl/rand.h>

#include "base/assert.h"
#include "base/es256.h"

namespace parley::sim {
namespace {

constexpr std::size_t kKeptMax = 10'000;

std::optional<SimRandom> source;
// Looked up, never walked.
std::unordered_map<std::string, bool> checked;  // by key, message and signature
std::unordered_map<std::string, std::optional<crypto::Es256Key>> keys;  // by PEM

int fill(unsigned char* bytes, int count) {
    source->fill(std::as_writable_bytes(std::span{bytes, static_cast<std::size_t>(count)}));
    return 1;
}
int ready() {
    return 1;
}

const RAND_METHOD kMethod{
    .seed = nullptr,
    .bytes = fill,
    .cleanup = nullptr,
    .add = nullptr,
    .pseudorand = fill,
    .status = ready,
};

}  // namespace

// What the compiler calls three functions of Es256Key. The linker is told (CMakeLists.txt) to call what begins with
// __wrap_ wherever the product calls those; __real_ is the product's own.
#define PARLEY_FROM_PEM_SYMBOL \
    "_ZN6parley6crypto8Es256Key8from_pemESt17basic_string_viewIcSt11char_traitsIcEE"
#define PARLEY_SIGN_SYMBOL \
    "_ZNK6parley6crypto8Es256Key4signESt17basic_string_viewIcSt11char_traitsIcEE"
#define PARLEY_VERIFY_SYMBOL                                              \
    "_ZNK6parley6crypto8Es256Key6verifyESt17basic_string_viewIcSt11char_" \
    "traitsIcEESt4spanIKSt4byteLm18446744073709551615EE"

// NOLINTBEGIN(misc-use-internal-linkage): only a name that the linker sees can be put in front of another.
std::optional<crypto::Es256Key> product_from_pem(std::string_view pem
) __asm__("__real_" PARLEY_FROM_PEM_SYMBOL);
std::optional<crypto::Es256Key> from_pem_once(std::string_view pem
) __asm__("__wrap_" PARLEY_FROM_PEM_SYMBOL);
crypto::Es256Signature product_sign(const crypto::Es256Key* key, std::string_view message) __asm__(
    "__real_" PARLEY_SIGN_SYMBOL
);
crypto::Es256Signature sign_and_keep(const crypto::Es256Key* key, std::string_view message) __asm__(
    "__wrap_" PARLEY_SIGN_SYMBOL
);
bool product_verify(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept __asm__("__real_" PARLEY_VERIFY_SYMBOL);
bool verify_once(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept __asm__("__wrap_" PARLEY_VERIFY_SYMBOL);
// NOLINTEND(misc-use-internal-linkage)

namespace {

/// The place of an answer; second: nobody has given it yet.
auto answer_to(
    const crypto::Es256Key& key, std::string_view message, std::span<const std::byte> signature
) {
    const std::string_view signed_with{
        reinterpret_cast<const char*>(signature.data()), signature.size()
    };
    std::string what = key.kid();
    what.append(".").append(message).append(".").append(signed_with);
    if (checked.size() >= kKeptMax) {
        checked.clear();
    }
    return checked.try_emplace(std::move(what), false);
}

}  // namespace

std::optional<crypto::Es256Key> from_pem_once(std::string_view pem) {
    if (keys.size() >= kKeptMax) {
        keys.clear();
    }
    const auto [at, fresh] = keys.try_emplace(std::string{pem});
    if (fresh) {
        at->second = product_from_pem(pem);
    }
    return at->second;
}

crypto::Es256Signature sign_and_keep(const crypto::Es256Key* key, std::string_view message) {
    const crypto::Es256Signature signature = product_sign(key, message);
    answer_to(*key, message, signature).first->second = true;
    return signature;
}

bool verify_once(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept {
    const auto [at, fresh] = answer_to(*key, message, signature);
    if (fresh) {
        at->second = product_verify(key, message, signature);
    }
    return at->second;
}

SeededCrypto::SeededCrypto(Rng rng) {
    PARLEY_ASSERT(!source);
    source.emplace(rng);
    PARLEY_ASSERT(RAND_set_rand_method(&kMethod) == 1);
}

SeededCrypto::~SeededCrypto() {
    PARLEY_ASSERT(RAND_set_rand_method(nullptr) == 1);
    source.reset();
    checked.clear();
    keys.clear();
}

}  // namespace parley::sim
