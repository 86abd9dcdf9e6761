#include "base/es256.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace parley::crypto {
namespace {

/// The key of RFC 7515, appendix A.3: public for years, as PKCS #8 and as SEC 1.
constexpr std::string_view kPublishedPkcs8 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
)";
constexpr std::string_view kPublishedSec1 = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----
)";
constexpr std::string_view kPublishedInput =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr std::string_view kPublishedSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

Es256Signature signature_of(std::string_view base64) {
    const std::string bytes = base64url_decode(base64).value();
    Es256Signature signature{};
    std::ranges::transform(bytes, signature.begin(), [](char c) {
        return static_cast<std::byte>(c);
    });
    return signature;
}

/// 32 bytes, big-endian, from hex.
std::array<std::byte, 32> scalar(std::string_view hex) {
    std::array<std::byte, 32> value{};
    for (std::size_t i = 0; i < 32; ++i) {
        value.at(i) =
            static_cast<std::byte>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
    }
    return value;
}

Es256Signature joined(const std::array<std::byte, 32>& r, const std::array<std::byte, 32>& s) {
    Es256Signature signature{};
    std::ranges::copy(r, signature.begin());
    std::ranges::copy(s, signature.begin() + 32);
    return signature;
}

TEST(Es256Key, ReadsThePublishedKey) {
    for (const std::string_view pem : {kPublishedPkcs8, kPublishedSec1}) {
        const auto key = Es256Key::from_pem(pem);
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(key->x(), "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        EXPECT_EQ(key->y(), "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        EXPECT_EQ(key->kid(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        EXPECT_EQ(key->pem(), kPublishedPkcs8);
    }
}

TEST(Es256Key, VerifiesThePublishedSignature) {
    const auto key = Es256Key::from_pem(kPublishedPkcs8);
    const Es256Signature signature = signature_of(kPublishedSignature);
    EXPECT_TRUE(key->verify(kPublishedInput, signature));
    EXPECT_FALSE(key->verify(std::string(kPublishedInput) + "A", signature));
    EXPECT_FALSE(Es256Key::generate().verify(kPublishedInput, signature));
}

TEST(Es256Key, RefusesEveryFlippedBit) {
    const auto key = Es256Key::from_pem(kPublishedPkcs8);
    for (std::size_t bit = 0; bit < 512; ++bit) {
        Es256Signature signature = signature_of(kPublishedSignature);
        signature.at(bit / 8) ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_FALSE(key->verify(kPublishedInput, signature)) << bit;
    }
}

TEST(Es256Key, RefusesScalarsOutsideTheGroup) {
    const auto zero = scalar(std::string(64, '0'));
    const auto order = scalar("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    const auto more = scalar("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552");
    const auto most = scalar(std::string(64, 'F'));
    const auto key = Es256Key::from_pem(kPublishedPkcs8);
    const Es256Signature good = signature_of(kPublishedSignature);
    std::array<std::byte, 32> r{};
    std::array<std::byte, 32> s{};
    std::copy_n(good.begin(), 32, r.begin());
    std::copy_n(good.begin() + 32, 32, s.begin());
    EXPECT_TRUE(key->verify(kPublishedInput, joined(r, s)));
    for (const auto& bad : {zero, order, more, most}) {
        EXPECT_FALSE(key->verify(kPublishedInput, joined(bad, s)));
        EXPECT_FALSE(key->verify(kPublishedInput, joined(r, bad)));
        EXPECT_FALSE(key->verify(kPublishedInput, joined(bad, bad)));
    }
}

TEST(Es256Key, RefusesOtherLengths) {
    const auto key = Es256Key::from_pem(kPublishedPkcs8);
    const Es256Signature good = signature_of(kPublishedSignature);
    EXPECT_FALSE(key->verify(kPublishedInput, {}));
    EXPECT_FALSE(key->verify(kPublishedInput, std::span(good).first(63)));
    std::vector<std::byte> longer(good.begin(), good.end());
    longer.push_back(std::byte{0});
    EXPECT_FALSE(key->verify(kPublishedInput, longer));
}

TEST(Es256Key, VerifiesWhatItSigns) {
    const Es256Key key = Es256Key::generate();
    const auto again = Es256Key::from_pem("a line before it\n" + key.pem());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->kid(), key.kid());
    // Enough that some r and s begin with a zero byte or a high bit.
    for (int i = 0; i < 600; ++i) {
        const std::string message = "message " + std::to_string(i);
        const Es256Signature signature = key.sign(message);
        EXPECT_TRUE(again->verify(message, signature));
    }
}

TEST(Es256Key, IsNothingForOtherPem) {
    constexpr std::string_view kP384 = R"(-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDDIsXXoRxAl7nnu190sdgx1QEyYiajE93P15xMaHdLswUw6mNOcR8Y+
08mZzlpgbM6gBwYFK4EEACKhZANiAASR/40rLYjO6S0xsxYGhXCapi9Dcd0vRw+U
1xK5MPrCADh/vvX3DjIr1v4JKGkeQ1sVt5syRGr6S2kXh/uyuCp9YHJqBmoZc2ri
PsBZtcc3HK+LtG0YGKs1B6Kzog/TbtA=
-----END EC PRIVATE KEY-----
)";
    constexpr std::string_view kSecp256k1 = R"(-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIOl2zlD43ZGBT1blsgT6p7dAKloQ/IaDdfIiqrWHxpYGoAcGBSuBBAAK
oUQDQgAEUD6oTa/7gCNVR0X4uns2uVhrti12GoczPhbVxSOsBbMI45JgRP2lWYxS
MTHE9fKo4lmjZG6hfe2C1NoPAkcEzQ==
-----END EC PRIVATE KEY-----
)";
    constexpr std::string_view kEd25519 = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEL0hx++jJvSpc/BCQxNLhOzRAadFbASPEI/TO+yE3Gk
-----END PRIVATE KEY-----
)";
    for (const std::string_view pem : {kP384, kSecp256k1, kEd25519}) {
        EXPECT_FALSE(Es256Key::from_pem(pem).has_value());
    }
    EXPECT_FALSE(Es256Key::from_pem("").has_value());
    EXPECT_FALSE(Es256Key::from_pem(kPublishedPkcs8.substr(0, 120)).has_value());
    std::string damaged(kPublishedPkcs8);
    damaged.replace(damaged.find("7xO6"), 4, "7xO7");  // the point no longer fits
    EXPECT_FALSE(Es256Key::from_pem(damaged).has_value());
}

TEST(Es256Key, ServesManyThreadsAtOnce) {
    const Es256Key key = Es256Key::generate();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&key, t] {
            for (int i = 0; i < 50; ++i) {
                const std::string message = std::to_string(t) + "/" + std::to_string(i);
                EXPECT_TRUE(key.verify(message, key.sign(message)));
            }
        });
    }
}

}  // namespace
}  // namespace parley::crypto
