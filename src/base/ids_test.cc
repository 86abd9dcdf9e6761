#include "base/ids.h"

#include <optional>

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr std::int64_t kCreated = 1'795'318'800'125;

TEST(Ids, a_conversation_number_holds_its_millisecond_node_and_counter) {
    const auto number = make_conversation_number(kCreated, 5, 7);
    EXPECT_EQ(creation_time(number), Timestamp::from_millis(kCreated));
    EXPECT_EQ((number.value >> 10U) & 0x3FFU, 5U);
    EXPECT_EQ(number.value & 0x3FFU, 7U);
    EXPECT_LT(number.value, 1ULL << 62U);
    EXPECT_LT(number, make_conversation_number(kCreated + 1, 0, 0));
}

TEST(Ids, a_clock_before_the_epoch_gives_the_first_millisecond) {
    EXPECT_EQ(make_conversation_number(0, 1, 2), make_conversation_number(-5, 1, 2));
    const auto first = make_conversation_number(0, 0, 0);
    EXPECT_EQ(creation_time(first), Timestamp::from_millis(1'704'067'200'001));
    // Lists go on after the last number they had, and begin with what comes after 0.
    EXPECT_GT(first, ConversationNumber{});
    EXPECT_EQ(make_conversation_number(1'704'067'200'000, 0, 0), first);
}

TEST(Ids, a_conversation_and_its_number_name_each_other) {
    const auto number = make_conversation_number(kCreated, 1023, 1023);
    const ConversationId id = conversation_id(number);
    EXPECT_TRUE(is_time_uuid(id.uuid));
    EXPECT_EQ(conversation_number(id), number);
}

TEST(Ids, a_uuid_that_no_conversation_can_have_has_no_number) {
    const auto number = make_conversation_number(kCreated, 1, 1);
    ConversationId wrong_time = conversation_id(number);
    wrong_time.uuid.high ^= 1ULL << 40U;
    EXPECT_EQ(conversation_number(wrong_time), std::nullopt);
    EXPECT_EQ(conversation_number(ConversationId{}), std::nullopt);
    const auto foreign = parse_uuid("c232ab00-9414-41ec-b3c8-9f6bdeced846");
    EXPECT_EQ(conversation_number(ConversationId{*foreign}), std::nullopt);
}

TEST(Ids, a_message_says_its_conversation_and_its_time) {
    const auto number = make_conversation_number(kCreated, 3, 4);
    const auto time = Timestamp::from_millis(kCreated).plus(std::chrono::microseconds{1});
    const auto location = locate(message_id(number, time));
    ASSERT_TRUE(location.has_value());
    EXPECT_EQ(location->conversation, number);
    EXPECT_EQ(location->time, time);
}

TEST(Ids, no_message_is_as_old_as_its_conversation) {
    const auto number = make_conversation_number(kCreated, 3, 4);
    EXPECT_FALSE(locate(message_id(number, creation_time(number))).has_value());
    EXPECT_FALSE(locate(MessageId{conversation_id(number).uuid}).has_value());
    EXPECT_FALSE(locate(MessageId{}).has_value());
}

TEST(Ids, positions_count_from_before_the_first) {
    EXPECT_EQ(Seq{}.next(), Seq{1});
    EXPECT_LT((LogPosition{.epoch = 1, .offset = 9}), (LogPosition{.epoch = 2, .offset = 0}));
    EXPECT_TRUE(UserId{}.is_nil());
}

}  // namespace
}  // namespace parley
