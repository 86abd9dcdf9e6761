#include "bench/scanner.h"

#include <array>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

TEST(Scanner, OfAPresenceReadsWhoAndHow) {
    WireFrame frame;
    ASSERT_TRUE(
        scan(R"({"type":"presence","user_id":"u1","status":"away","last_seen":null})", frame)
    );
    EXPECT_EQ(frame.type, FrameType::presence);
    EXPECT_EQ(frame.user_id, "u1");
    EXPECT_EQ(frame.status, "away");
}

TEST(Scanner, ReadsAMessageInAnyOrderOfFields) {
    WireFrame frame;
    ASSERT_TRUE(scan(
        R"({"seq":42,"message_type":"text","content":"Hello!","sender_id":"s","type":"new_message",)"
        R"("message_id":"m","conversation_id":"c","timestamp":"2026-11-22T03:40:00.125Z"})",
        frame
    ));
    EXPECT_EQ(frame.type, FrameType::new_message);
    EXPECT_EQ(frame.seq, 42U);
    EXPECT_EQ(frame.content, "Hello!");
    EXPECT_EQ(frame.sender_id, "s");
    EXPECT_EQ(frame.message_id, "m");
    EXPECT_EQ(frame.conversation_id, "c");
    EXPECT_EQ(frame.client_id, "");
}

TEST(Scanner, IsNotMisledByQuotesBracketsAndNestedFields) {
    WireFrame frame;
    ASSERT_TRUE(scan(
        R"( { "content" : "a \"}],{ \\" , "extra":{"seq":7,"x":["]","}"]},"type":"ack" , "seq" : 3 } )",
        frame
    ));
    EXPECT_EQ(frame.content, R"(a \"}],{ \\)");
    EXPECT_EQ(frame.type, FrameType::ack);
    EXPECT_EQ(frame.seq, 3U);
}

TEST(Scanner, ForgetsTheFrameBefore) {
    WireFrame frame;
    ASSERT_TRUE(scan(R"({"type":"ack","client_id":"c1","seq":1})", frame));
    ASSERT_TRUE(scan(R"({"type":"heartbeat_ack"})", frame));
    EXPECT_EQ(frame.type, FrameType::other);
    EXPECT_EQ(frame.client_id, "");
    EXPECT_EQ(frame.seq, 0U);
}

TEST(Scanner, GoesThroughTheItemsOfAPage) {
    WireFrame frame;
    ASSERT_TRUE(scan(
        R"({"type":"events","conversation_id":"c","has_more":true,"events":[)"
        R"({"type":"new_message","seq":1,"content":"]"}, {"type":"void","seq":2}]})",
        frame
    ));
    EXPECT_TRUE(frame.has_more);
    std::string_view rest = frame.events;
    WireFrame item;
    auto text = next_item(rest);
    ASSERT_TRUE(text && scan(*text, item));
    EXPECT_EQ(item.type, FrameType::new_message);
    EXPECT_EQ(item.seq, 1U);
    text = next_item(rest);
    ASSERT_TRUE(text && scan(*text, item));
    EXPECT_EQ(item.type, FrameType::void_event);
    EXPECT_EQ(item.seq, 2U);
    EXPECT_FALSE(next_item(rest));
    std::string_view empty = "[]";
    EXPECT_FALSE(next_item(empty));
}

TEST(Scanner, RefusesWhatIsNoObject) {
    WireFrame frame;
    for (const std::string_view text :
         {"",
          "[]",
          "12",
          "{",
          R"({"a)",
          R"({"a":)",
          R"({"a":1)",
          R"({"a":"x\"})",
          R"({"a":[1})",
          R"({"a" 1})",
          R"({"a":1,})",
          R"({"a":1}{)",
          R"({"a":1 "b":2})"}) {
        EXPECT_FALSE(scan(text, frame)) << text;
    }
    EXPECT_TRUE(scan("{}", frame));
}

TEST(Scanner, NeverReadsPastACutOffFrame) {
    const std::string whole =
        R"({"type":"events","events":[{"seq":1,"content":"a\\\"b"}],"code":"x","has_more":false})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);  // its own memory, so that a sanitizer sees
        WireFrame frame;
        EXPECT_FALSE(scan(cut, frame)) << cut;
    }
}

TEST(Mark, ComesBackAsItWasWritten) {
    std::array<char, Mark::kChars + 3> content{};
    content.fill('x');
    write_mark(content.data(), {.run = 0xC0FFEE, .number = 77, .due = 123'456'789'012'345});
    const auto mark = read_mark({content.data(), content.size()});
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->run, 0xC0FFEEU);
    EXPECT_EQ(mark->number, 77U);
    EXPECT_EQ(mark->due, 123'456'789'012'345);
    EXPECT_FALSE(read_mark("Hello!"));
    EXPECT_FALSE(read_mark("a sentence that a person has written, not we"));
}

TEST(Mark, StandsInClientIdsToo) {
    std::array<char, kClientIdChars> text{};
    write_client_id(text.data(), 5, 0xFFFF'FFFF);
    const auto mark = read_client_id({text.data(), text.size()});
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->run, 5U);
    EXPECT_EQ(mark->number, 0xFFFF'FFFFU);
    EXPECT_FALSE(read_client_id("c1"));
    EXPECT_FALSE(read_client_id("00000005+00000001"));
}

}  // namespace
}  // namespace parley::bench
