#include "bench/message_template.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/scanner.h"
#include "gateway/websocket/websocket.h"

namespace parley::bench {
namespace {

class Collector final : public websocket::FrameHandler {
public:
    bool on_message(websocket::Opcode kind, std::span<std::byte> payload) override {
        kinds.push_back(kind);
        messages.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
        return true;
    }
    bool on_ping(std::span<const std::byte> /*payload*/) override { return true; }
    bool on_pong() override { return true; }
    bool on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override { return false; }

    std::vector<websocket::Opcode> kinds;
    std::vector<std::string> messages;
};

TEST(MessageTemplate, ChangesOnlyWhatIsTheSendsOwn) {
    auto form = MessageTemplate::chat(
        {.run = 9,
         .conversation_id = "c",
         .receiver_id = "r",
         .content_bytes = 100,
         .filler_seed = 1}
    );
    const std::string first(form.fill(1, 1000));
    const std::string second(form.fill(2, 2000));
    EXPECT_EQ(first.size(), second.size());
    WireFrame frame;
    ASSERT_TRUE(scan(second, frame));
    EXPECT_EQ(frame.conversation_id, "c");
    EXPECT_EQ(frame.content.size(), 100U);
    EXPECT_EQ(read_mark(frame.content)->number, 2U);
    EXPECT_EQ(read_mark(frame.content)->due, 2000);
    EXPECT_EQ(read_client_id(frame.client_id)->number, 2U);
    EXPECT_EQ(read_client_id(frame.client_id)->run, 9U);
    EXPECT_EQ(std::string(form.fill(1, 1000)), first);  // a retry is the same message
}

TEST(MessageTemplate, NamesTheReceiverWhereNoConversationIsKnown) {
    auto form = MessageTemplate::chat({.conversation_id = "", .receiver_id = "r"});
    EXPECT_NE(form.fill(1, 1).find(R"("receiver_id":"r")"), std::string_view::npos);
    EXPECT_EQ(form.fill(1, 1).find("conversation_id"), std::string_view::npos);
}

TEST(MessageTemplate, IsReadBackFromTheRelaysAckAndMessage) {
    auto form = MessageTemplate::raw({.content_bytes = 100});
    std::string payload(form.fill(7, 99));
    EXPECT_EQ(payload.size(), 100U);
    RawFrame frame;
    ASSERT_TRUE(read_raw(payload, frame));
    EXPECT_FALSE(frame.ack);
    EXPECT_EQ(frame.number, 7U);
    EXPECT_EQ(frame.due, 99);
    payload.resize(kRawAckBytes);
    EXPECT_FALSE(read_raw(payload, frame));
    payload[0] = 'a';
    ASSERT_TRUE(read_raw(payload, frame));
    EXPECT_TRUE(frame.ack);
    EXPECT_FALSE(read_raw("short", frame));
}

TEST(MaskedFrame, IsUnderstoodByAServer) {
    std::string bytes;
    std::vector<std::string> sent;
    for (const std::size_t size : {0UL, 1UL, 7UL, 8UL, 125UL, 126UL, 127UL, 300UL, 65'000UL}) {
        sent.emplace_back(size, 'p');
        append_masked_frame(
            bytes, size == 7, sent.back(), 0xA1B2C3D4U + static_cast<unsigned>(size)
        );
    }
    const std::size_t used = bytes.size();
    bytes.append(64, '\0');  // what FrameReader may read beyond
    websocket::FrameReader reader({.role = websocket::Role::server});
    websocket::Deflater deflater;
    Collector collector;
    const auto violation =
        reader.feed(std::as_writable_bytes(std::span(bytes.data(), used)), deflater, collector);
    ASSERT_FALSE(violation) << violation->reason;
    EXPECT_EQ(collector.messages, sent);
    EXPECT_EQ(collector.kinds.at(2), websocket::Opcode::binary);
    EXPECT_EQ(collector.kinds.at(3), websocket::Opcode::text);
}

}  // namespace
}  // namespace parley::bench
