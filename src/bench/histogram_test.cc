#include "bench/histogram.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

TEST(Histogram, AnswersZeroWhenNothingWasRecorded) {
    const Histogram histogram;
    EXPECT_EQ(histogram.percentile(99), 0U);
    EXPECT_EQ(histogram.max(), 0U);
}

TEST(Histogram, IsExactForSmallValues) {
    Histogram histogram;
    for (std::int64_t i = 1; i <= 200; ++i) {
        histogram.record(i);
    }
    EXPECT_EQ(histogram.percentile(50), 100U);
    EXPECT_EQ(histogram.percentile(99), 198U);
    EXPECT_EQ(histogram.percentile(100), 200U);
    EXPECT_EQ(histogram.percentile(0), 1U);
}

TEST(Histogram, IsNeverMoreThanOnePercentAbove) {
    for (std::uint64_t value = 1; value < 1'000'000'000'000; value = (value * 7 / 5) + 1) {
        Histogram histogram;
        histogram.record(static_cast<std::int64_t>(value));
        histogram.record(2'000'000'000'000);  // so that max() does not cut the first one
        const std::uint64_t told = histogram.percentile(50);
        EXPECT_GE(told, value);
        EXPECT_LE(told, value + (value / 100));
    }
}

TEST(Histogram, NeverAnswersMoreThanTheLargestValue) {
    Histogram histogram;
    histogram.record(1'000'001);
    EXPECT_EQ(histogram.percentile(50), 1'000'001U);
    EXPECT_EQ(histogram.max(), 1'000'001U);
}

TEST(Histogram, TakesWhatIsBeyondItsEnds) {
    Histogram histogram;
    histogram.record(-5);
    EXPECT_EQ(histogram.percentile(100), 0U);
    histogram.record(INT64_MAX);
    EXPECT_EQ(histogram.percentile(100), static_cast<std::uint64_t>(INT64_MAX));
    EXPECT_EQ(histogram.count(), 2U);
}

TEST(Histogram, AddsUp) {
    Histogram left;
    Histogram right;
    for (std::int64_t i = 0; i < 99; ++i) {
        left.record(10);
    }
    right.record(5'000);
    left.add(right);
    EXPECT_EQ(left.count(), 100U);
    EXPECT_EQ(left.percentile(99), 10U);
    EXPECT_EQ(left.max(), 5'000U);
}

}  // namespace
}  // namespace parley::bench
