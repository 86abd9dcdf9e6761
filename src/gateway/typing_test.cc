#include "gateway/typing.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

using namespace std::chrono_literals;

constexpr ConversationNumber kHere{1};
constexpr ConversationNumber kThere{2};

TEST(TypingTest, IsToldAtOnceAndThenNowAndThen) {
    Typing typing;
    EXPECT_EQ(typing.say(kHere, true, 100s).begun, kHere);
    EXPECT_EQ(typing.say(kHere, true, 101s).begun, std::nullopt);
    EXPECT_EQ(typing.until(), 107s);
    EXPECT_EQ(typing.say(kHere, true, 102500ms).begun, kHere);
    EXPECT_EQ(typing.say(kHere, true, 103s).begun, std::nullopt);
    EXPECT_EQ(typing.until(), 109s);
}

TEST(TypingTest, EndsOnce) {
    Typing typing;
    EXPECT_EQ(typing.say(kHere, false, 1s).ended, std::nullopt);
    (void)typing.say(kHere, true, 1s);
    EXPECT_EQ(typing.say(kThere, false, 2s).ended, std::nullopt);
    EXPECT_EQ(typing.say(kHere, false, 2s).ended, kHere);
    EXPECT_EQ(typing.say(kHere, false, 2s).ended, std::nullopt);
    EXPECT_EQ(typing.end(), std::nullopt);
    EXPECT_EQ(typing.say(kHere, true, 2s).begun, kHere);
    EXPECT_EQ(typing.end(), kHere);
    EXPECT_FALSE(typing.active());
}

TEST(TypingTest, GoesOnInOnePlaceAtATime) {
    Typing typing;
    (void)typing.say(kHere, true, 1s);
    const auto told = typing.say(kThere, true, 1s);
    EXPECT_EQ(told.ended, kHere);
    EXPECT_EQ(told.begun, kThere);
}

TEST(TypingTest, WhoFlickersIsNotHeard) {
    Typing typing;
    std::size_t told = 0;
    for (int i = 0; i < 10'000; ++i) {
        const Duration now = 1h + (i * 1ms);  // ten seconds
        for (const auto& one : {typing.say(kHere, true, now), typing.say(kHere, false, now)}) {
            told += one.begun ? 1 : 0;
            told += one.ended ? 1 : 0;
        }
    }
    EXPECT_LE(told, 2U * (Typing::kBeginningsMax + 10));
    EXPECT_GE(told, 2U * Typing::kBeginningsMax);
}

}  // namespace
}  // namespace parley::gateway
