#include "base/uuid.h"

#include <set>

#include <gtest/gtest.h>

namespace parley {
namespace {

class CountingRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() noexcept override { return value_ += 0x9E3779B97F4A7C15ULL; }
    void fill(std::span<std::byte> out) noexcept override {
        for (std::byte& byte : out) {
            byte = static_cast<std::byte>(next());
        }
    }

private:
    std::uint64_t value_ = ~std::uint64_t{0};
};

TEST(Uuid, is_written_as_the_standard_writes_it) {
    const Uuid uuid{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL};
    EXPECT_EQ(to_string(uuid), "01234567-89ab-cdef-fedc-ba9876543210");
    EXPECT_EQ(to_string(Uuid{}), "00000000-0000-0000-0000-000000000000");
    std::string out = "id=";
    append_uuid(out, uuid);
    EXPECT_EQ(out, "id=01234567-89ab-cdef-fedc-ba9876543210");
}

TEST(Uuid, is_read_in_either_case_and_only_whole) {
    const Uuid uuid{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL};
    EXPECT_EQ(parse_uuid("01234567-89ab-cdef-fedc-ba9876543210"), uuid);
    EXPECT_EQ(parse_uuid("01234567-89AB-CDEF-FEDC-BA9876543210"), uuid);
    for (const std::string_view wrong :
         {"",
          "01234567-89ab-cdef-fedc-ba987654321",
          "01234567-89ab-cdef-fedc-ba98765432100",
          "0123456789abcdeffedcba9876543210",
          "01234567x89ab-cdef-fedc-ba9876543210",
          "01234567-89ab-cdef-fedc-ba987654321g",
          "{1234567-89ab-cdef-fedc-ba987654321}",
          "01234567-89ab-cdef-fedc--a9876543210"}) {
        EXPECT_FALSE(parse_uuid(wrong).has_value()) << wrong;
    }
}

TEST(Uuid, random_ones_are_of_version_4_and_differ) {
    CountingRandom random;
    std::set<Uuid> seen;
    for (int i = 0; i < 1000; ++i) {
        const Uuid uuid = random_uuid(random);
        EXPECT_EQ((uuid.high >> 12U) & 0xFU, 4U);
        EXPECT_EQ(uuid.low >> 62U, 2U);
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(Uuid, time_ones_hold_a_time_and_62_bits) {
    const Timestamp time{17'000'000'001'234'567};
    const std::uint64_t low = 0x2AAAAAAAAAAAAAAAULL;
    const Uuid uuid = time_uuid(time, low);
    EXPECT_TRUE(is_time_uuid(uuid));
    EXPECT_EQ(uuid_time(uuid), time);
    EXPECT_EQ(uuid_low62(uuid), low);
    EXPECT_EQ(uuid_low62(time_uuid(time, ~std::uint64_t{0})), ~std::uint64_t{0} >> 2U);
    CountingRandom random;
    EXPECT_FALSE(is_time_uuid(random_uuid(random)));
    EXPECT_FALSE(is_time_uuid(Uuid{}));
}

/// RFC 9562, appendix A.1: 2022-02-22 14:22:22 -05:00 is C232AB00-9414-11EC-B3C8-9F6BDECED846.
TEST(Uuid, time_ones_agree_with_the_example_of_the_standard) {
    const auto example = parse_uuid("C232AB00-9414-11EC-B3C8-9F6BDECED846");
    ASSERT_TRUE(example.has_value());
    const auto time = parse_rfc3339("2022-02-22T19:22:22.000Z");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(uuid_time(*example), *time);
    EXPECT_EQ(time_uuid(*time, uuid_low62(*example)), *example);
}

TEST(Uuid, hashes_of_neighbours_differ) {
    std::set<std::size_t> hashes;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        hashes.insert(std::hash<Uuid>{}(Uuid{i, 0}));
        hashes.insert(std::hash<Uuid>{}(Uuid{0, i + 1}));
    }
    EXPECT_EQ(hashes.size(), 2000U);
}

}  // namespace
}  // namespace parley
