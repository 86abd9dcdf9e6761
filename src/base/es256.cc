#include "base/es256.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/assert.h"
#include "base/crypto.h"

namespace parley::crypto {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* held) const noexcept {
        Free(held);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Freed<OSSL_DECODER_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kHalf = 32;
/// SEQUENCE { INTEGER r, INTEGER s }, each with a sign byte at most.
constexpr std::size_t kDerBytesMax = 2 + (2 * (2 + 1 + kHalf));

using Half = std::array<unsigned char, kHalf>;

/// The order n of P-256 (FIPS 186-4, D.1.2.3).
constexpr Half kOrder{0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                      0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};

/// True for 0 < value < n.
bool is_scalar(std::span<const unsigned char, kHalf> value) noexcept {
    const bool zero = std::ranges::all_of(value, [](unsigned char byte) { return byte == 0; });
    return !zero && std::ranges::lexicographical_compare(value, kOrder);
}

class DerWriter {
public:
    void integer(std::span<const unsigned char, kHalf> value) noexcept {
        std::size_t skip = 0;
        while (skip + 1 < kHalf && value[skip] == 0) {
            ++skip;
        }
        const bool sign_byte = (value[skip] & 0x80U) != 0;
        const std::size_t length = kHalf - skip + (sign_byte ? 1 : 0);
        put(0x02);
        put(static_cast<unsigned char>(length));
        if (sign_byte) {
            put(0x00);
        }
        for (const unsigned char byte : value.subspan(skip)) {
            put(byte);
        }
    }
    /// Call last.
    std::span<const unsigned char> sequence() noexcept {
        bytes_[0] = 0x30;
        bytes_[1] = static_cast<unsigned char>(used_ - 2);
        return std::span(bytes_).first(used_);
    }

private:
    void put(unsigned char byte) noexcept { bytes_.at(used_++) = byte; }
    std::array<unsigned char, kDerBytesMax> bytes_{};
    std::size_t used_ = 2;
};

const unsigned char* unsigned_bytes(const std::byte* bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes);
}

/// Never asks anybody for a pass phrase.
int no_pass_phrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

/// Only the decoders for EC are asked: the others are many, and nothing that they read would be taken.
Pkey read_private_key(BIO* pem) {
    EVP_PKEY* key = nullptr;
    const Decoder decoder{OSSL_DECODER_CTX_new_for_pkey(
        &key, "PEM", nullptr, "EC", EVP_PKEY_KEYPAIR, nullptr, nullptr
    )};
    PARLEY_ASSERT(decoder != nullptr);
    OSSL_DECODER_CTX_set_pem_password_cb(decoder.get(), no_pass_phrase, nullptr);
    const int read = OSSL_DECODER_from_bio(decoder.get(), pem);
    Pkey owned{key};
    return read == 1 ? std::move(owned) : nullptr;
}

/// The uncompressed public point: 0x04 ‖ x ‖ y; empty when the key has none of that size.
std::string public_point(EVP_PKEY* key) {
    std::array<unsigned char, 1 + (2 * kHalf)> point{};
    std::size_t size = 0;
    const int got = EVP_PKEY_get_octet_string_param(
        key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size
    );
    if (got != 1 || size != point.size() || point[0] != 0x04) {
        return {};
    }
    return {point.begin(), point.end()};
}

bool is_p256_pair(EVP_PKEY* key) {
    std::array<char, 32> group{};
    if (EVP_PKEY_is_a(key, "EC") != 1 ||
        EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1 ||
        std::string_view(group.data()) != "prime256v1" || public_point(key).empty()) {
        return false;
    }
    const PkeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
    return context != nullptr && EVP_PKEY_check(context.get()) == 1;
}

/// RFC 7638: the members that a key needs, in the order of their names, without white space.
Sha256 thumbprint_of(std::string_view x, std::string_view y) {
    std::string jwk = R"({"crv":"P-256","kty":"EC","x":")";
    jwk.append(x).append(R"(","y":")").append(y).append(R"("})");
    return sha256(jwk);
}

bool verify_with(
    EVP_PKEY_CTX* verifying, std::string_view message, std::span<const std::byte> signature
) noexcept {
    if (signature.size() != 2 * kHalf) {
        return false;
    }
    const std::span<const unsigned char, 2 * kHalf> raw{
        unsigned_bytes(signature.data()), 2 * kHalf
    };
    const auto r = raw.first<kHalf>();
    const auto s = raw.last<kHalf>();
    if (!is_scalar(r) || !is_scalar(s)) {
        return false;
    }
    DerWriter writer;
    writer.integer(r);
    writer.integer(s);
    const std::span<const unsigned char> der = writer.sequence();
    const Sha256 digest = sha256(message);
    const PkeyContext context{EVP_PKEY_CTX_dup(verifying)};
    const int verified = EVP_PKEY_verify(
        context.get(), der.data(), der.size(), unsigned_bytes(digest.data()), digest.size()
    );
    if (verified != 1) {
        ERR_clear_error();
    }
    return verified == 1;
}

/// Null for a point that is not on the curve.
Pkey public_key(std::string_view point) {
    const PkeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
    PARLEY_ASSERT(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    std::string group = "prime256v1";
    std::string bytes(point);
    std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY* made = nullptr;
    const int read =
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data());
    Pkey key{made};
    if (read != 1 || key == nullptr) {
        return nullptr;
    }
    const PkeyContext check{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    return check != nullptr && EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

}  // namespace

/// The key, and contexts made ready once: a copy of one costs a fraction of making it.
struct Es256Key::Held {
    Pkey key;
    PkeyContext signing;
    PkeyContext verifying;
};

Es256Key::Es256Key(const std::shared_ptr<Held>& held) : held_(held) {
    held->signing.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, held->key.get(), nullptr));
    held->verifying.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, held->key.get(), nullptr));
    PARLEY_ASSERT(EVP_PKEY_sign_init(held->signing.get()) == 1);
    PARLEY_ASSERT(EVP_PKEY_verify_init(held->verifying.get()) == 1);

    const std::string point = public_point(held_->key.get());
    PARLEY_ASSERT(point.size() == 1 + (2 * kHalf));
    x_ = base64url(std::string_view(point).substr(1, kHalf));
    y_ = base64url(std::string_view(point).substr(1 + kHalf));
    const Sha256 thumbprint = thumbprint_of(x_, y_);
    kid_ = base64url({reinterpret_cast<const char*>(thumbprint.data()), thumbprint.size()});
}

Es256Key::Es256Key(const Es256Key& other) = default;
Es256Key& Es256Key::operator=(const Es256Key& other) = default;
Es256Key::Es256Key(Es256Key&& other) noexcept = default;
Es256Key& Es256Key::operator=(Es256Key&& other) noexcept = default;
Es256Key::~Es256Key() = default;

Es256Key Es256Key::generate() {
    const auto held = std::make_shared<Held>();
    held->key.reset(EVP_EC_gen("P-256"));
    PARLEY_ASSERT(held->key != nullptr);
    return Es256Key(held);
}

std::optional<Es256Key> Es256Key::from_pem(std::string_view pem) {
    const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    const auto held = std::make_shared<Held>();
    held->key = read_private_key(bio.get());
    const bool good = held->key != nullptr && is_p256_pair(held->key.get());
    ERR_clear_error();
    if (!good) {
        return std::nullopt;
    }
    return Es256Key(held);
}

std::string Es256Key::pem() const {
    const Bio bio{BIO_new(BIO_s_secmem())};
    PARLEY_ASSERT(
        PEM_write_bio_PKCS8PrivateKey(
            bio.get(), held_->key.get(), nullptr, nullptr, 0, nullptr, nullptr
        ) == 1
    );
    char* text = nullptr;
    const long size =
        BIO_get_mem_data(bio.get(), &text);  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
    PARLEY_ASSERT(size > 0);
    return {text, static_cast<std::size_t>(size)};
}

Es256Signature Es256Key::sign(std::string_view message) const {
    const Sha256 digest = sha256(message);
    const PkeyContext context{EVP_PKEY_CTX_dup(held_->signing.get())};
    std::array<unsigned char, kDerBytesMax> der{};
    std::size_t size = der.size();
    PARLEY_ASSERT(
        EVP_PKEY_sign(
            context.get(), der.data(), &size, unsigned_bytes(digest.data()), digest.size()
        ) == 1
    );
    const unsigned char* at = der.data();
    const Signature parsed{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size))};
    PARLEY_ASSERT(parsed != nullptr);
    Es256Signature signature{};
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    PARLEY_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, kHalf) == kHalf);
    PARLEY_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out + kHalf, kHalf) == kHalf);
    return signature;
}

bool Es256Key::verify(std::string_view message, std::span<const std::byte> signature)
    const noexcept {
    return verify_with(held_->verifying.get(), message, signature);
}

// --- somebody else's ----------------------------------------------------------------------------

struct Es256PublicKey::Held {
    Pkey key;
    PkeyContext verifying;
};

Es256PublicKey::Es256PublicKey(std::unique_ptr<Held> held) : held_(std::move(held)) {
    held_->verifying.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, held_->key.get(), nullptr));
    PARLEY_ASSERT(EVP_PKEY_verify_init(held_->verifying.get()) == 1);
}

Es256PublicKey::Es256PublicKey(Es256PublicKey&& other) noexcept = default;
Es256PublicKey& Es256PublicKey::operator=(Es256PublicKey&& other) noexcept = default;
Es256PublicKey::~Es256PublicKey() = default;

bool Es256PublicKey::verify(std::string_view message, std::span<const std::byte> signature)
    const noexcept {
    return verify_with(held_->verifying.get(), message, signature);
}

std::optional<Es256PublicKey> Es256PublicKey::from_coordinates(
    std::string_view x, std::string_view y
) {
    const auto first = base64url_decode(x);
    const auto second = base64url_decode(y);
    if (!first || !second || first->size() != kHalf || second->size() != kHalf) {
        return std::nullopt;
    }
    auto held = std::make_unique<Held>();
    held->key = public_key("\x04" + *first + *second);
    if (held->key == nullptr) {
        ERR_clear_error();
        return std::nullopt;
    }
    Es256PublicKey key(std::move(held));
    key.thumbprint_ = thumbprint_of(x, y);
    return key;
}

}  // namespace parley::crypto
