#include "base/job.h"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(UniqueFunction, calls_what_it_holds_with_what_it_is_given) {
    UniqueFunction<int(int, std::string)> f = [](int n, const std::string& text) {
        return n + static_cast<int>(text.size());
    };
    EXPECT_EQ(f(2, "abc"), 5);
    UniqueFunction<void(std::unique_ptr<int>)> take = [](const std::unique_ptr<int>& value) {
        EXPECT_EQ(*value, 1);
    };
    take(std::make_unique<int>(1));
}

TEST(UniqueFunction, is_empty_by_default_and_after_being_moved_from) {
    Job job;
    EXPECT_FALSE(job);
    job = [] {};
    EXPECT_TRUE(job);
    const Job moved = std::move(job);
    EXPECT_TRUE(moved);
    EXPECT_FALSE(job);  // NOLINT(bugprone-use-after-move): that is the promise
}

TEST(UniqueFunction, destroys_what_it_holds_exactly_once_small_or_large) {
    const auto held = std::make_shared<int>(0);
    {
        Job small = [held] { ++*held; };
        std::array<char, 200> bulk{};
        Job large = [held, bulk] { *held += 10 + bulk[0]; };
        EXPECT_EQ(held.use_count(), 3);
        small();
        large();
        Job moved = std::move(large);
        moved();
        EXPECT_EQ(held.use_count(), 3);
        small = nullptr;
        EXPECT_EQ(held.use_count(), 2);
        moved = [] {};
        EXPECT_EQ(held.use_count(), 1);
    }
    EXPECT_EQ(*held, 21);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(UniqueFunction, keeps_state_between_calls) {
    UniqueFunction<int()> next = [n = 0]() mutable { return ++n; };
    EXPECT_EQ(next(), 1);
    EXPECT_EQ(next(), 2);
}

}  // namespace
}  // namespace parley
