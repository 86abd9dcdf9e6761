#include "base/result.h"

#include <memory>
#include <set>

#include <gtest/gtest.h>

namespace parley {
namespace {

Result<int> half(int value) {
    if (value % 2 != 0) {
        return Error{ErrorCode::invalid_request, "odd"};
    }
    return value / 2;
}

Result<std::string> quarter(int value) {
    TRY(const int once, half(value));
    TRY(const int twice, half(once));
    return std::to_string(twice);
}

TEST(Result, holds_a_value_or_an_error) {
    EXPECT_TRUE(half(4).ok());
    EXPECT_EQ(*half(4), 2);
    const auto failed = half(3);
    EXPECT_FALSE(failed);
    EXPECT_EQ(failed.error(), (Error{ErrorCode::invalid_request, "odd"}));
}

TEST(Result, try_returns_the_first_error) {
    EXPECT_EQ(*quarter(8), "2");
    EXPECT_EQ(quarter(6).error().detail, "odd");
    EXPECT_EQ(quarter(7).error().detail, "odd");
}

TEST(Result, moves_what_cannot_be_copied) {
    Result<std::unique_ptr<int>> result{std::make_unique<int>(7)};
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, of_nothing_is_good_unless_told_otherwise) {
    const Result<void> good;
    EXPECT_TRUE(good.ok());
    const Result<void> bad{Error{ErrorCode::unavailable, "later"}};
    EXPECT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().code, ErrorCode::unavailable);
}

TEST(ResultDeathTest, reading_the_value_of_a_failure_stops_the_process) {
    const Result<int> failed{Error{}};
    EXPECT_DEATH(static_cast<void>(failed.value()), "assertion failed: ok\\(\\) at .*result.h:");
}

TEST(ErrorCode, has_a_name_of_its_own_for_each) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        names.insert(to_string(static_cast<ErrorCode>(code)));
    }
    EXPECT_EQ(names.size(), 11U);
    EXPECT_EQ(to_string(ErrorCode::rate_limited), "rate_limited");
}

}  // namespace
}  // namespace parley
