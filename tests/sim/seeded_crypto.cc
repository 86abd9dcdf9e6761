// OpenSSL 3 calls this interface old and has no other by which a program may be its source of chance.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tests/sim/seeded_crypto.h"

#include <optional>
#include <string>
#include <unordered_map>

#include <openssl/rand.h>

#include "base/assert.h"
#include "base/es256.h"

namespace parley::sim {
namespace {

constexpr std::size_t kCheckedMax = 10'000;

std::optional<SimRandom> source;
std::unordered_map<std::string, bool>
    checked;  // by key, message and signature; looked up, never walked

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

// What the compiler calls Es256Key::verify. The linker is told (CMakeLists.txt) to call what begins with __wrap_
// wherever the product calls that; __real_ is the product's own.
#define PARLEY_VERIFY_SYMBOL                                              \
    "_ZNK6parley6crypto8Es256Key6verifyESt17basic_string_viewIcSt11char_" \
    "traitsIcEESt4spanIKSt4byteLm18446744073709551615EE"

// NOLINTBEGIN(misc-use-internal-linkage): the linker knows both by name
bool product_verify(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept __asm__("__real_" PARLEY_VERIFY_SYMBOL);
bool verify_once(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept __asm__("__wrap_" PARLEY_VERIFY_SYMBOL);

bool verify_once(
    const crypto::Es256Key* key, std::string_view message, std::span<const std::byte> signature
) noexcept {
    const std::string_view signed_with{
        reinterpret_cast<const char*>(signature.data()), signature.size()
    };
    std::string what = key->kid();
    what.append(".").append(message).append(".").append(signed_with);
    if (checked.size() >= kCheckedMax) {
        checked.clear();
    }
    const auto [at, fresh] = checked.try_emplace(std::move(what), false);
    if (fresh) {
        at->second = product_verify(key, message, signature);
    }
    return at->second;
}
// NOLINTEND(misc-use-internal-linkage)

SeededCrypto::SeededCrypto(Rng rng) {
    PARLEY_ASSERT(!source);
    source.emplace(rng);
    PARLEY_ASSERT(RAND_set_rand_method(&kMethod) == 1);
}

SeededCrypto::~SeededCrypto() {
    PARLEY_ASSERT(RAND_set_rand_method(nullptr) == 1);
    source.reset();
    checked.clear();
}

}  // namespace parley::sim
