#include "base/time.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Time, is_written_in_utc_with_milliseconds) {
    EXPECT_EQ(to_rfc3339(Timestamp{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(Timestamp::from_millis(951'782'399'999)), "2000-02-28T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(Timestamp::from_millis(951'782'400'000)), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(Timestamp::from_millis(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
    std::string out = "at ";
    append_rfc3339(out, Timestamp::from_millis(1'795'318'800'125));
    EXPECT_EQ(out, "at 2026-11-22T03:40:00.125Z");
}

TEST(Time, is_read_back_as_it_was_written) {
    for (std::int64_t millis = 1; millis < 253'402'300'799'999; millis = millis * 3 + 12'345) {
        const auto time = Timestamp::from_millis(millis);
        EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
    }
}

TEST(Time, nothing_else_is_read) {
    for (const std::string_view wrong :
         {"",
          "2026-11-22",
          "2026-11-22T03:40:00Z",
          "2026-11-22T03:40:00.125",
          "2026-11-22T03:40:00.125+",
          "2026-11-22 03:40:00.125Z",
          "2026-11-22t03:40:00.125Z",
          "2026-13-22T03:40:00.125Z",
          "2026-11-31T03:40:00.125Z",
          "2026-02-29T03:40:00.125Z",
          "2026-00-22T03:40:00.125Z",
          "2026-11-00T03:40:00.125Z",
          "2026-11-22T24:00:00.000Z",
          "2026-11-22T23:60:00.000Z",
          "2026-11-22T23:59:60.000Z",
          "-026-11-22T03:40:00.125Z",
          "2026-11-22T03:40:00.1255Z",
          "2026-11-2aT03:40:00.125Z"}) {
        EXPECT_FALSE(parse_rfc3339(wrong).has_value()) << wrong;
    }
}

TEST(Time, is_counted_in_units_of_100_nanoseconds) {
    const auto time = Timestamp::from_millis(1500);
    EXPECT_EQ(time.ticks, 15'000'000);
    EXPECT_EQ(time.seconds(), 1);
    EXPECT_EQ(time.millis(), 1500);
    EXPECT_EQ(time.plus(std::chrono::microseconds{1}).ticks, 15'000'010);
    EXPECT_EQ(time.plus(std::chrono::milliseconds{-500}), Timestamp::from_millis(1000));
    EXPECT_LT(time, time.plus(Duration{100}));
}

}  // namespace
}  // namespace parley
