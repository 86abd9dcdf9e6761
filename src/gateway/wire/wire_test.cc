#include "gateway/wire/wire.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley::wire {
namespace {

constexpr std::string_view kConversation = "64d4a800-e626-11f1-8153-f04ea8000400";
constexpr std::string_view kUser = "6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04";

Decoded decode(std::string text) {
    static JsonReader reader;
    const std::size_t size = text.size();
    text.resize(size + 64);
    return decode_frame(reader, {reinterpret_cast<std::byte*>(text.data()), size});
}

ErrorCode code(const std::string& text) {
    const Decoded decoded = decode(text);
    EXPECT_FALSE(decoded.frame.ok()) << text;
    return decoded.frame.ok() ? ErrorCode::internal : decoded.frame.error().code;
}

TEST(DecodeFrame, ReadsASendToAConversationOrAUser) {
    const std::string id{kConversation};
    const Decoded one = decode(
        R"({"type":"send_message","client_id":"c1","conversation_id":")" + id +
        R"(","content":"h\u00e9 \"you\"","ref":"r1","unknown":[1,{"a":2}]})"
    );
    ASSERT_TRUE(one.frame.ok()) << one.frame.error().detail;
    const auto& send = std::get<SendFrame>(*one.frame);
    EXPECT_EQ(std::get<ConversationNumber>(send.to), *conversation_number({*parse_uuid(id)}));
    EXPECT_EQ(send.content, "hé \"you\"");
    EXPECT_EQ(one.ref, "\"r1\"");
    EXPECT_EQ(one.client_id, "c1");
    const Decoded two = decode(
        R"({"type":"send_message","receiver_id":")" + std::string{kUser} +
        R"(","content":"x","ref":7})"
    );
    ASSERT_TRUE(two.frame.ok());
    EXPECT_EQ(std::get<UserId>(std::get<SendFrame>(*two.frame).to).uuid, *parse_uuid(kUser));
    EXPECT_FALSE(std::get<SendFrame>(*two.frame).client_id.has_value());
    EXPECT_EQ(two.ref, "7");
}

std::optional<Timestamp> muted_until(const std::string& time) {
    const Decoded decoded = decode(
        R"({"type":"mute","conversation_id":")" + std::string{kConversation} + R"(","until":")" +
        time + R"("})"
    );
    if (!decoded.frame.ok()) {
        EXPECT_EQ(decoded.frame.error().code, ErrorCode::invalid_request);
        return std::nullopt;
    }
    const auto& command = std::get<CommandFrame>(*decoded.frame).command;
    return std::get<core::ChangeSettings>(command).muted_until;
}

TEST(DecodeFrame, ReadsATimeAsOthersWriteIt) {
    const auto time = parse_rfc3339("2026-11-22T03:40:00.120Z");
    for (const std::string same :
         {"2026-11-22T03:40:00.120Z",
          "2026-11-22t03:40:00.12z",
          "2026-11-22T03:40:00.1209999999Z",
          "2026-11-22T03:40:00.12+00:00",
          "2026-11-22T05:10:00.12+01:30",
          "2026-11-21T22:40:00.12-05:00"}) {
        EXPECT_EQ(muted_until(same), time) << same;
    }
    EXPECT_EQ(muted_until("2026-11-22T03:40:00Z"), parse_rfc3339("2026-11-22T03:40:00.000Z"));
    EXPECT_EQ(muted_until("1970-01-01T01:00:00+01:00"), Timestamp{});
    for (const std::string wrong :
         {"",
          "2026-11-22T03:40:00",
          "2026-11-22T03:40:00.Z",
          "2026-11-22T03:40:00.1",
          "2026-11-22T03:40:00,1Z",
          "2026-11-22 03:40:00Z",
          "2026-11-22T03:40:00+0100",
          "2026-11-22T03:40:00+01.00",
          "2026-11-22T03:40:00+ab:00",
          "2026-11-22T03:40:00+1b:00",
          "2026-11-22T03:40:00+24:00",
          "2026-11-22T03:40:00+01:60",
          "2026-11-22T03:40:00+-1:00",
          "2026-11-22T03:40:00*01:00",
          "2026-13-22T03:40:00Z",
          "1970-01-01T00:00:00+00:01",
          "1969-12-31T23:59:59Z",
          "9999-12-31T23:59:59-00:01"}) {
        EXPECT_EQ(muted_until(wrong), std::nullopt) << wrong;
    }
}

TEST(DecodeFrame, ReadsWhatIsDoneToAMessage) {
    const auto number = *conversation_number({*parse_uuid(kConversation)});
    const std::string message =
        to_string(message_id(number, creation_time(number).plus(std::chrono::seconds{1})).uuid);
    const auto command = [&message](const std::string& fields) {
        const Decoded decoded = decode("{" + fields + R"(,"message_id":")" + message + "\"}");
        EXPECT_TRUE(decoded.frame.ok()) << fields;
        return std::get<CommandFrame>(*decoded.frame).command;
    };
    const auto edit = std::get<core::EditMessage>(
        command(R"("type":"edit_message","content":"new","client_id":"e")")
    );
    EXPECT_EQ(edit.content, "new");
    EXPECT_EQ(edit.client_id, "e");
    const auto react = std::get<core::React>(
        command(R"("type":"react","emoji":"+1","removed":true,"client_id":"r")")
    );
    EXPECT_EQ(react.emoji, "+1");
    EXPECT_TRUE(react.removed);
    EXPECT_EQ(react.client_id, "r");
    const std::string deletes = R"("type":"delete_message")";
    EXPECT_TRUE(std::holds_alternative<core::DeleteMessage>(command(deletes)));
    EXPECT_TRUE(
        std::holds_alternative<core::DeleteMessage>(command(deletes + R"(,"for":"everyone")"))
    );
    EXPECT_TRUE(std::holds_alternative<core::HideMessage>(command(deletes + R"(,"for":"me")")));
    const std::string id = R"(,"message_id":")" + message + "\"}";
    EXPECT_EQ(code(R"({"type":"delete_message","for":"him")" + id), ErrorCode::invalid_request);
    EXPECT_EQ(code(R"({"type":"delete_message"})"), ErrorCode::invalid_request);
    EXPECT_EQ(code(R"({"type":"edit_message")" + id), ErrorCode::invalid_request);
    EXPECT_EQ(code(R"({"type":"react")" + id), ErrorCode::invalid_request);
    EXPECT_EQ(code(R"({"type":"mute"})"), ErrorCode::invalid_request);
    EXPECT_EQ(
        code(R"({"type":"react","emoji":"x","message_id":"6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04"})"),
        ErrorCode::not_found
    );
}

TEST(DecodeFrame, TellsNoJsonFromJsonThatIsNoRequest) {
    for (const char* text :
         {"",
          "hello",
          "{",
          "{}x",
          R"({"type":"heartbeat"} {})",
          "{\"a\":\"\xff\"}",
          "\"\\x\"",
          R"({"a":01})",
          R"({'type':'heartbeat'})"}) {
        EXPECT_TRUE(decode(text).not_json) << text;
    }
    for (const char* text :
         {"[]", "1", "null", "{}", R"({"type":1})", R"({"type":"heartbeat","ref":{}})"}) {
        EXPECT_FALSE(decode(text).not_json) << text;
        EXPECT_EQ(code(text), ErrorCode::invalid_request) << text;
    }
}

TEST(DecodeFrame, TakesSixteenLevelsAndNoMore) {
    // `levels` with something in them, the frame among them.
    const auto nested = [](std::size_t levels, const std::string& innermost) {
        return R"({"type":"heartbeat","x":)" + std::string(levels - 1, '[') + innermost +
               std::string(levels - 1, ']') + "}";
    };
    for (const char* innermost : {"null", "1", R"("")", "[]", "{}"}) {
        EXPECT_TRUE(decode(nested(16, innermost)).frame.ok()) << innermost;
        EXPECT_TRUE(decode(nested(17, innermost)).not_json) << innermost;
        EXPECT_TRUE(decode(nested(100, innermost)).not_json) << innermost;
    }
}

TEST(DecodeFrame, TakesNumbersOfAnySizeInFieldsThatNobodyKnows) {
    const std::string huge = "1714666118998626536955338354786828288";
    for (const std::string& number : std::vector<std::string>{
             huge, "-" + huge, "1e999", "-1E+999", huge + ".5", "0." + huge, huge + "e-3", "1e-9"
         }) {
        EXPECT_TRUE(decode(R"({"type":"heartbeat","x":)" + number + "}").frame.ok()) << number;
        EXPECT_TRUE(
            decode(R"({"x":[1,)" + number + R"( , {"\\":"\""}],"type":"heartbeat"})").frame.ok()
        ) << number;
        EXPECT_EQ(
            code(
                R"({"type":"history","conversation_id":")" + std::string{kConversation} +
                R"(","after_seq":)" + number + "}"
            ),
            ErrorCode::invalid_request
        ) << number;
    }
    // What is no number stays none, and what stands in a text stays as it is.
    for (const std::string& number : std::vector<std::string>{
             "0" + huge,
             "--" + huge,
             "+" + huge,
             "1-" + huge,
             huge + "e",
             huge + ".",
             "." + huge,
             "1 1e999",
             huge + "x",
             "1e999.",
             "-1e",
             "1e+",
             "8e5e5",
             "1e9.5"
         }) {
        EXPECT_TRUE(decode(R"({"type":"heartbeat","y":1e999,"x":)" + number + "}").not_json)
            << number;
    }
    const Decoded sent = decode(
        R"({"type":"send_message","x":1e999,"receiver_id":")" + std::string{kUser} +
        R"(","content":"\"[ )" + huge + R"("})"
    );
    ASSERT_TRUE(sent.frame.ok());
    EXPECT_EQ(std::get<SendFrame>(*sent.frame).content, "\"[ " + huge);
}

TEST(DecodeFrame, NamesTheFieldThatIsWrong) {
    const Decoded decoded = decode(
        R"({"type":"send_message","receiver_id":")" + std::string{kUser} +
        R"(","content":5,"client_id":"c"})"
    );
    ASSERT_FALSE(decoded.frame.ok());
    EXPECT_EQ(decoded.frame.error().detail, "content must be a string");
    EXPECT_EQ(decoded.client_id, "c");
    EXPECT_EQ(code(R"({"type":"send_message","content":"x"})"), ErrorCode::invalid_request);
    EXPECT_EQ(
        code(R"({"type":"send_message","receiver_id":"me","content":"x"})"),
        ErrorCode::invalid_request
    );
    EXPECT_EQ(
        code(
            R"({"type":"send_message","content":"x","conversation_id":")" + std::string{kUser} +
            "\"}"
        ),
        ErrorCode::not_found
    );
    EXPECT_EQ(code(R"({"type":"ack","status":"seen"})"), ErrorCode::invalid_request);
    EXPECT_EQ(
        code(R"({"type":"ack","status":"read","message_id":")" + std::string{kUser} + "\"}"),
        ErrorCode::not_found
    );
    EXPECT_EQ(code(R"({"type":"history"})"), ErrorCode::invalid_request);
    EXPECT_EQ(code(R"({"type":"sync","cursors":[1]})"), ErrorCode::invalid_request);
}

TEST(DecodeFrame, ReadsAcksHistoryAndSync) {
    const std::string id{kConversation};
    const Decoded ack =
        decode(R"({"type":"ack","conversation_id":")" + id + R"(","seq":42,"status":"read"})");
    ASSERT_TRUE(ack.frame.ok());
    EXPECT_TRUE(std::get<AckFrame>(*ack.frame).read);
    EXPECT_EQ(std::get<Seq>(std::get<AckFrame>(*ack.frame).up_to), Seq{42});
    const Decoded history =
        decode(R"({"type":"history","conversation_id":")" + id + R"(","after_seq":0,"limit":999})");
    ASSERT_TRUE(history.frame.ok());
    EXPECT_EQ(std::get<HistoryFrame>(*history.frame).after, Seq{0});
    EXPECT_EQ(std::get<HistoryFrame>(*history.frame).limit, core::kPageEventsMax);
    const Decoded sync =
        decode(R"({"type":"sync","cursors":{")" + id + R"(":5},"since":"1.7","more":true})");
    ASSERT_TRUE(sync.frame.ok());
    EXPECT_EQ(std::get<SyncFrame>(*sync.frame).cursors.size(), 1U);
    EXPECT_TRUE(std::get<SyncFrame>(*sync.frame).more);
    EXPECT_EQ(std::get<UnknownFrame>(*decode(R"({"type":"dance"})").frame).type, "dance");
}

TEST(Encode, AnEventShowsItsClientIdToItsSenderAlone) {
    core::Event event;
    event.seq = {3};
    event.time = Timestamp::from_millis(1'800'000'000'000);
    event.sender = {*parse_uuid(kUser)};
    event.client_id = "secret";
    event.content = "a\x01\"\\\n\u00fc";
    const ConversationNumber number = *conversation_number({*parse_uuid(kConversation)});
    std::string own;
    append_event(own, number, event, true);
    std::string other;
    append_event(other, number, event, false);
    EXPECT_NE(own.find(R"("client_id":"secret")"), std::string::npos);
    EXPECT_EQ(other.find("secret"), std::string::npos);
    EXPECT_NE(other.find(R"("content":"a\u0001\"\\\nü")"), std::string::npos) << other;
    EXPECT_NE(
        other.find(R"("conversation_id":"64d4a800-e626-11f1-8153-f04ea8000400")"), std::string::npos
    );
}

TEST(Encode, ErrorsRepeatRefAndClientId) {
    std::string out;
    append_error(out, "conflict", "why", "\"r\"", "c");
    EXPECT_EQ(
        out, R"({"type":"error","code":"conflict","detail":"why","ref":"r","client_id":"c"})"
    );
}

}  // namespace
}  // namespace parley::wire
