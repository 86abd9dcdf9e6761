#pragma once

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ports/session_registry.h"

namespace parley::contract {

/// The suite of ports/session_registry.h, for a registry made from the sessions that a device may have.
template <class Registry>
class SessionRegistryContract : public ::testing::Test {
protected:
    static constexpr std::size_t kSessionsPerDevice = 3;

    static UserId user(std::uint64_t n) {
        return {{0x1000'0000'0000'4000ULL, 0x8000'0000'0000'0000ULL | n}};
    }
    static DeviceId device(std::uint64_t n) {
        return {{0x2000'0000'0000'4000ULL, 0x8000'0000'0000'0000ULL | n}};
    }
    static runtime::LoopId loop(std::uint32_t n) { return {n}; }

    Registry registry_{kSessionsPerDevice};
};

TYPED_TEST_SUITE_P(SessionRegistryContract);

TYPED_TEST_P(SessionRegistryContract, TellsTheLoopsOfAUser) {
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0U);
    EXPECT_TRUE(this->registry_.add(this->loop(0), this->user(1), this->device(1)));
    EXPECT_TRUE(this->registry_.add(this->loop(63), this->user(1), this->device(2)));
    EXPECT_TRUE(this->registry_.add(this->loop(5), this->user(2), this->device(3)));
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), (1ULL << 63U) | 1U);
    EXPECT_EQ(this->registry_.loops_of(this->user(2)), 1ULL << 5U);
    EXPECT_EQ(this->registry_.loops_of(this->user(3)), 0U);
    EXPECT_EQ(this->registry_.session_count(), 3U);
    EXPECT_EQ(this->registry_.user_count(), 2U);
}

TYPED_TEST_P(SessionRegistryContract, KeepsALoopUntilItsLastSessionEnds) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(this->registry_.add(this->loop(4), this->user(1), this->device(1)));
    }
    EXPECT_TRUE(this->registry_.add(this->loop(2), this->user(1), this->device(2)));
    for (int i = 0; i < 2; ++i) {
        this->registry_.remove(this->loop(4), this->user(1), this->device(1));
        EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0b10100U);
    }
    this->registry_.remove(this->loop(4), this->user(1), this->device(1));
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0b00100U);
    EXPECT_EQ(this->registry_.user_count(), 1U);
    this->registry_.remove(this->loop(2), this->user(1), this->device(2));
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0U);
    EXPECT_EQ(this->registry_.session_count(), 0U);
    EXPECT_EQ(this->registry_.user_count(), 0U);
}

TYPED_TEST_P(SessionRegistryContract, BoundsTheSessionsOfADevice) {
    for (std::uint32_t i = 0; i < this->kSessionsPerDevice; ++i) {
        EXPECT_TRUE(this->registry_.add(this->loop(i), this->user(1), this->device(1)));
    }
    EXPECT_FALSE(this->registry_.add(this->loop(9), this->user(1), this->device(1)));
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0b111U);
    EXPECT_EQ(this->registry_.session_count(), 3U);
    EXPECT_TRUE(this->registry_.add(this->loop(9), this->user(1), this->device(2)));
    this->registry_.remove(this->loop(1), this->user(1), this->device(1));
    EXPECT_TRUE(this->registry_.add(this->loop(9), this->user(1), this->device(1)));
    EXPECT_EQ(this->registry_.loops_of(this->user(1)), 0b10'0000'0101U);
}

TYPED_TEST_P(SessionRegistryContract, HoldsManyUsers) {
    for (std::uint64_t n = 0; n < 10'000; ++n) {
        EXPECT_TRUE(this->registry_.add(this->loop(n % 4), this->user(n), this->device(n)));
    }
    EXPECT_EQ(this->registry_.user_count(), 10'000U);
    for (std::uint64_t n = 0; n < 10'000; ++n) {
        EXPECT_EQ(this->registry_.loops_of(this->user(n)), 1ULL << (n % 4));
        this->registry_.remove(this->loop(n % 4), this->user(n), this->device(n));
    }
    EXPECT_EQ(this->registry_.session_count(), 0U);
}

TYPED_TEST_P(SessionRegistryContract, AgreesAfterManyThreads) {
    {
        std::vector<std::jthread> threads;
        for (std::uint32_t t = 0; t < 4; ++t) {
            threads.emplace_back([this, t] {
                for (std::uint64_t n = 0; n < 2000; ++n) {
                    const UserId user = this->user(n % 10);
                    ASSERT_TRUE(this->registry_.add(this->loop(t), user, this->device(t)));
                    EXPECT_NE(this->registry_.loops_of(user) & (1ULL << t), 0U);
                    this->registry_.remove(this->loop(t), user, this->device(t));
                }
            });
        }
    }
    EXPECT_EQ(this->registry_.session_count(), 0U);
    EXPECT_EQ(this->registry_.user_count(), 0U);
}

REGISTER_TYPED_TEST_SUITE_P(
    SessionRegistryContract,
    TellsTheLoopsOfAUser,
    KeepsALoopUntilItsLastSessionEnds,
    BoundsTheSessionsOfADevice,
    HoldsManyUsers,
    AgreesAfterManyThreads
);

}  // namespace parley::contract
