#include "adapters/memory/rate_limiter.h"

#include <string>

#include <gtest/gtest.h>

namespace parley::memory {
namespace {

constexpr ports::RateRule kRule{.per_second = 1, .burst = 2};

Hash128 key(int n) {
    return hash128("key " + std::to_string(n));
}

TEST(RateLimiter, NeverHoldsMoreThanItsBound) {
    constexpr std::size_t kKeysMax = 64UL * 256;
    RateLimiter limiter(kKeysMax);
    for (int n = 0; n < 100'000; ++n) {
        EXPECT_EQ(limiter.take(key(n), kRule, Duration{1}), Duration::zero());
        EXPECT_LE(limiter.size(), kKeysMax);
    }
    EXPECT_GT(limiter.size(), kKeysMax / 2);
}

TEST(RateLimiter, StillLimitsWhoIsBusyWhenItIsFull) {
    RateLimiter limiter(64UL * 64);
    for (int n = 0; n < 100'000; ++n) {
        (void)limiter.take(key(n), kRule, Duration{1});
    }
    int taken = 0;
    for (int i = 0; i < 1000; ++i) {
        taken += limiter.take(key(-1), kRule, Duration{1}) == Duration::zero() ? 1 : 0;
    }
    EXPECT_EQ(taken, 2);
}

TEST(RateLimiter, ForgetsBucketsThatAreFullAgain) {
    RateLimiter limiter;
    for (int second = 0; second < 100; ++second) {
        for (int n = 0; n < 1000; ++n) {
            (void)limiter.take(key((second * 1000) + n), kRule, std::chrono::seconds{10 * second});
        }
    }
    EXPECT_LT(limiter.size(), 10'000U);  // of 100,000 keys, a thousand of them limited
}

}  // namespace
}  // namespace parley::memory
