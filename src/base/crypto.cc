#include "base/crypto.h"

#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/assert.h"

namespace parley::crypto {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned char kNoDigit = 0xFF;

constexpr std::array<unsigned char, 256> make_digits() noexcept {
    std::array<unsigned char, 256> digits{};
    digits.fill(kNoDigit);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        digits.at(static_cast<unsigned char>(kAlphabet[i])) = static_cast<unsigned char>(i);
    }
    return digits;
}
constexpr std::array<unsigned char, 256> kDigits = make_digits();

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Fetched once: looking an algorithm up costs more than hashing a token with it.
const EVP_MD* sha256_algorithm() noexcept {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    PARLEY_ASSERT(algorithm != nullptr);
    return algorithm;
}

/// One context a thread, kept; it holds no secret once a digest is finished.
EVP_MD_CTX* sha256_context() noexcept {
    struct Context {
        Context() = default;
        Context(const Context&) = delete;
        Context& operator=(const Context&) = delete;
        Context(Context&&) = delete;
        Context& operator=(Context&&) = delete;
        ~Context() { EVP_MD_CTX_free(held); }
        EVP_MD_CTX* const held = EVP_MD_CTX_new();
    };
    static thread_local const Context context;
    PARLEY_ASSERT(context.held != nullptr);
    return context.held;
}

}  // namespace

// The calls below fail only when there is no memory, or when OpenSSL was built without the algorithm.

Sha256 sha256(std::string_view bytes) noexcept {
    Sha256 digest{};
    EVP_MD_CTX* const context = sha256_context();
    PARLEY_ASSERT(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1);
    PARLEY_ASSERT(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    PARLEY_ASSERT(EVP_DigestFinal_ex(context, out, nullptr) == 1);
    return digest;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
    PARLEY_ASSERT(context_ != nullptr);
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    PARLEY_ASSERT(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

void Sha256Stream::add(std::span<const std::byte> piece) noexcept {
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    PARLEY_ASSERT(EVP_DigestUpdate(context, piece.data(), piece.size()) == 1);
}

Sha256 Sha256Stream::finish() noexcept {
    Sha256 digest{};
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    PARLEY_ASSERT(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out, nullptr) == 1);
    return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) noexcept {
    Sha256 digest{};
    // An empty key must not be a null pointer: that would mean "the key of the last call".
    const void* const key_bytes = key.empty() ? "" : key.data();
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    const auto* const done = HMAC(
        sha256_algorithm(),
        key_bytes,
        static_cast<int>(key.size()),
        bytes_of(bytes),
        bytes.size(),
        out,
        nullptr
    );
    PARLEY_ASSERT(done == out);
    return digest;
}

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void random_bytes(std::span<std::byte> out) noexcept {
    auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
    PARLEY_ASSERT(RAND_priv_bytes(bytes, static_cast<int>(out.size())) == 1);
}

void wipe(std::string& secret) noexcept {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

std::string base64url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char byte : bytes) {
        pending = (pending << 8U) | static_cast<unsigned char>(byte);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text.push_back(kAlphabet[(pending >> bits) & 0x3FU]);
        }
    }
    if (bits > 0) {
        text.push_back(kAlphabet[(pending << (6 - bits)) & 0x3FU]);
    }
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const unsigned char digit = kDigits.at(static_cast<unsigned char>(c));
        if (digit == kNoDigit) {
            return std::nullopt;
        }
        pending = (pending << 6U) | digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>((pending >> bits) & 0xFFU));
        }
    }
    if ((pending & ((1U << bits) - 1)) != 0) {
        return std::nullopt;  // the same bytes would have a second spelling
    }
    return bytes;
}

}  // namespace parley::crypto
