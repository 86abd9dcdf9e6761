#include "base/hash.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace parley {
namespace {

/// Fingerprints are stored: these values may never change. OpenSSL's SipHash gives the same.
TEST(Hash128, gives_the_stored_values_for_ever) {
    EXPECT_EQ(hash128(""), (Hash128{0x930231B299CAC616, 0x130E3014D6E694B7}));
    EXPECT_EQ(hash128("parley"), (Hash128{0x731E7521F245DA4F, 0x864CABB90636FE79}));
    EXPECT_EQ(hash128("b", hash128("a")), (Hash128{0x230DD23DC90E9E18, 0xA073972195427C99}));
    EXPECT_EQ(hash128(std::string(10'000, 'x')), (Hash128{0xA6707666523D3FFE, 0x09CE4EEF2CC6F49C}));
}

TEST(Hash128, depends_on_where_parts_end) {
    EXPECT_NE(hash128("bc", hash128("a")), hash128("c", hash128("ab")));
    EXPECT_NE(hash128("", hash128("a")), hash128("a"));
    EXPECT_NE(hash128("a"), hash128("a", {.high = 0, .low = 1}));
}

TEST(Hash128, of_every_length_around_the_stack_buffer_differ) {
    std::set<Hash128> seen;
    for (std::size_t length = 0; length < 2100; ++length) {
        seen.insert(hash128(std::string(length, '\0')));
    }
    EXPECT_EQ(seen.size(), 2100U);
}

}  // namespace
}  // namespace parley
