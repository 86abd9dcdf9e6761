#include "tests/sim/seeded_crypto.h"

#include <string>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/es256.h"

namespace parley::sim {
namespace {

/// A key, a signature of it, and other bytes, as text.
std::string drawn(std::uint64_t seed) {
    const SeededCrypto crypto{Rng{seed}};
    const auto key = crypto::Es256Key::generate();
    const auto signature = key.sign("words");
    std::array<std::byte, 32> secret{};
    crypto::random_bytes(secret);
    std::string text = key.pem();
    for (const auto& bytes :
         {std::span<const std::byte>{signature}, std::span<const std::byte>{secret}}) {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return text;
}

TEST(SeededCrypto, DrawsTheSameForTheSameSeed) {
    EXPECT_EQ(drawn(1), drawn(1));
    EXPECT_NE(drawn(1), drawn(2));
}

TEST(SeededCrypto, LeavesChanceToOpensslWhenItIsGone) {
    static_cast<void>(drawn(1));
    std::array<std::byte, 32> one{};
    std::array<std::byte, 32> other{};
    crypto::random_bytes(one);
    crypto::random_bytes(other);
    EXPECT_NE(one, other);
}

TEST(SeededCrypto, ASignatureThatIsRememberedIsOfThatKeyAndThatMessage) {
    const SeededCrypto crypto{Rng{1}};
    const auto key = crypto::Es256Key::generate();
    const auto other = crypto::Es256Key::generate();
    const auto signature = key.sign("words");
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(key.verify("words", signature));
        EXPECT_FALSE(key.verify("wards", signature));
        EXPECT_FALSE(other.verify("words", signature));
        EXPECT_FALSE(key.verify("words", other.sign("words")));
    }
}

}  // namespace
}  // namespace parley::sim
