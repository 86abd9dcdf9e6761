#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ports/rate_limiter.h"

namespace parley::contract {

/// The suite of ports/rate_limiter.h, for a default-constructible limiter.
template <class Limiter>
class RateLimiterContract : public ::testing::Test {
protected:
    static constexpr Duration kStart = std::chrono::hours{1};
    static constexpr ports::RateRule kRule{.per_second = 20, .burst = 60};

    static Duration after(std::int64_t millis) {
        return kStart + std::chrono::milliseconds{millis};
    }
    static Hash128 key(int n) { return hash128("key " + std::to_string(n)); }
    /// How many of `tries` were let through.
    int takes(int tries, const ports::RateRule& rule, Duration now, int n = 1) {
        int taken = 0;
        for (int i = 0; i < tries; ++i) {
            taken += limiter_.take(key(n), rule, now) == Duration::zero() ? 1 : 0;
        }
        return taken;
    }

    Limiter limiter_;
};

TYPED_TEST_SUITE_P(RateLimiterContract);

TYPED_TEST_P(RateLimiterContract, LetsTheBurstThroughAtOnce) {
    EXPECT_EQ(this->takes(100, this->kRule, this->kStart), 60);
}

TYPED_TEST_P(RateLimiterContract, RefillsAtTheRate) {
    EXPECT_EQ(this->takes(60, this->kRule, this->kStart), 60);
    EXPECT_EQ(this->takes(10, this->kRule, this->after(49)), 0);
    EXPECT_EQ(this->takes(10, this->kRule, this->after(50)), 1);
    EXPECT_EQ(this->takes(10, this->kRule, this->after(150)), 2);
    EXPECT_EQ(this->takes(100, this->kRule, this->after(1150)), 20);
    EXPECT_EQ(this->takes(100, this->kRule, this->after(60'000)), 60);
}

TYPED_TEST_P(RateLimiterContract, SaysHowLongToWaitAndTakesNothing) {
    EXPECT_EQ(this->takes(60, this->kRule, this->kStart), 60);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(
            this->limiter_.take(this->key(1), this->kRule, this->after(20)),
            std::chrono::milliseconds{30}
        );
    }
    EXPECT_EQ(this->limiter_.take(this->key(1), this->kRule, this->after(50)), Duration::zero());
}

TYPED_TEST_P(RateLimiterContract, KeepsKeysApart) {
    EXPECT_EQ(this->takes(100, this->kRule, this->kStart, 1), 60);
    EXPECT_EQ(this->takes(100, this->kRule, this->kStart, 2), 60);
}

TYPED_TEST_P(RateLimiterContract, HasNoLimitAtRateZero) {
    EXPECT_EQ(this->takes(10'000, {}, this->kStart), 10'000);
}

TYPED_TEST_P(RateLimiterContract, LetsOneThroughWhenTheBurstIsLess) {
    EXPECT_EQ(this->takes(5, {.per_second = 2, .burst = 0}, this->kStart), 1);
    EXPECT_EQ(this->takes(5, {.per_second = 2, .burst = 0.5}, this->after(500)), 1);
}

TYPED_TEST_P(RateLimiterContract, TakesSlowRates) {
    const ports::RateRule daily{.per_second = 1.0 / 86'400, .burst = 2};
    EXPECT_EQ(this->takes(5, daily, this->kStart), 2);
    EXPECT_EQ(this->takes(5, daily, this->after(86'400'000 - 1000)), 0);
    EXPECT_EQ(this->takes(5, daily, this->after(86'400'000 + 1000)), 1);
    const ports::RateRule never{.per_second = 1e-300, .burst = 1e300};
    EXPECT_EQ(this->takes(1, never, this->kStart, 2), 1);
}

TYPED_TEST_P(RateLimiterContract, CountsExactlyFromManyThreads) {
    std::atomic<int> taken{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] { taken += this->takes(200, this->kRule, this->kStart); });
        }
    }
    EXPECT_EQ(taken, 60);
}

TYPED_TEST_P(RateLimiterContract, StaysExactAmongManyKeys) {
    for (int n = 0; n < 20'000; ++n) {
        EXPECT_EQ(this->takes(3, {.per_second = 1, .burst = 2}, this->kStart, n), 2);
    }
    for (int n = 0; n < 20'000; ++n) {
        EXPECT_EQ(this->takes(1, {.per_second = 1, .burst = 2}, this->after(500), n), 0);
    }
}

REGISTER_TYPED_TEST_SUITE_P(
    RateLimiterContract,
    LetsTheBurstThroughAtOnce,
    RefillsAtTheRate,
    SaysHowLongToWaitAndTakesNothing,
    KeepsKeysApart,
    HasNoLimitAtRateZero,
    LetsOneThroughWhenTheBurstIsLess,
    TakesSlowRates,
    CountsExactlyFromManyThreads,
    StaysExactAmongManyKeys
);

}  // namespace parley::contract
