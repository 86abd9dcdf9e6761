#include "base/password.h"

#include <gtest/gtest.h>

namespace parley::crypto {
namespace {

/// The least that libsodium allows: tests need not be slow.
constexpr PasswordCost kCheap{.memory_bytes = 8192, .passes = 1};

TEST(Password, MatchesItsOwnHashOnly) {
    const auto hash = hash_password("correct horse", kCheap);
    ASSERT_TRUE(hash.ok());
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << *hash;
    EXPECT_TRUE(password_matches("correct horse", *hash));
    EXPECT_FALSE(password_matches("correct horsf", *hash));
    EXPECT_FALSE(password_matches("", *hash));
}

TEST(Password, IsSaltedEachTime) {
    EXPECT_NE(*hash_password("correct horse", kCheap), *hash_password("correct horse", kCheap));
}

TEST(Password, MayContainAnyByte) {
    const std::string password("zero\0byte \xF0\x9F\x90\xB4", 14);
    const auto hash = hash_password(password, kCheap);
    EXPECT_TRUE(password_matches(password, *hash));
    EXPECT_FALSE(password_matches(std::string("zero"), *hash));
}

TEST(Password, IsRehashedWhenTheCostIsAnother) {
    const auto hash = hash_password("correct horse", kCheap);
    EXPECT_FALSE(needs_rehash(*hash, kCheap));
    EXPECT_TRUE(needs_rehash(*hash, {.memory_bytes = 16384, .passes = 1}));
    EXPECT_TRUE(needs_rehash(*hash, {.memory_bytes = 8192, .passes = 2}));
    EXPECT_TRUE(needs_rehash("no hash at all", kCheap));
    EXPECT_TRUE(needs_rehash(std::string(1000, 'x'), kCheap));
}

TEST(Password, AnUnmatchableHashIsAsDearAsAnyAndMatchesNothing) {
    const PasswordCost cost{.memory_bytes = 1UL << 20U, .passes = 2};
    const std::string hash = unmatchable_hash(cost);
    const std::string real = *hash_password("correct horse", cost);
    EXPECT_EQ(hash.size(), real.size());
    EXPECT_EQ(hash.substr(0, hash.find_last_of(',')), real.substr(0, real.find_last_of(',')));
    // It is read as a hash, so that checking it is not over at once.
    EXPECT_FALSE(needs_rehash(hash, cost));
    EXPECT_TRUE(needs_rehash(hash, {.memory_bytes = 1UL << 21U, .passes = 2}));
    EXPECT_FALSE(password_matches("correct horse", hash));
    EXPECT_FALSE(password_matches("", hash));
    EXPECT_NE(hash, unmatchable_hash(cost));
}

TEST(Password, NeverMatchesWhatIsNoHash) {
    for (const std::string& hash : {std::string(), std::string("x"), std::string(1000, '$')}) {
        EXPECT_FALSE(password_matches("correct horse", hash));
    }
}

}  // namespace
}  // namespace parley::crypto
