#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/wire/wire.h"

/// Every field of every frame: left out, null, of another type, out of bounds.

namespace parley::wire {
namespace {

const std::string kConversation = "64d4a800-e626-11f1-8153-f04ea8000400";
const std::string kUser = "6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04";

/// An event of the conversation, a second after its creation.
std::string message() {
    const auto number = *conversation_number({*parse_uuid(kConversation)});
    return to_string(message_id(number, creation_time(number).plus(std::chrono::seconds{1})).uuid);
}

Decoded decode(std::string text) {
    static JsonReader reader;
    const std::size_t size = text.size();
    text.resize(size + 64);
    return decode_frame(reader, {reinterpret_cast<std::byte*>(text.data()), size});
}

/// `"a":1,"b":"x"` as the fields of a frame of that type.
Decoded frame(std::string_view type, std::string_view fields) {
    std::string text = R"({"type":")" + std::string(type) + "\"";
    if (!fields.empty()) {
        text.append(",").append(fields);
    }
    return decode(text + "}");
}

/// What the error says, or "ok".
std::string verdict(const Decoded& decoded) {
    return decoded.frame.ok() ? "ok" : decoded.frame.error().detail;
}

std::string field(std::string_view name, std::string_view json) {
    return "\"" + std::string(name) + "\":" + std::string(json);
}

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

TEST(DecodeAuth, TakesATokenOrNone) {
    EXPECT_EQ(std::get<AuthFrame>(*frame("auth", R"("token":"t")").frame).token, "t");
    EXPECT_EQ(std::get<AuthFrame>(*frame("auth", "").frame).token, "");
    EXPECT_EQ(verdict(frame("auth", R"("token":1)")), "token must be a string");
}

TEST(DecodeHeartbeat, NeedsNothing) {
    EXPECT_TRUE(std::holds_alternative<HeartbeatFrame>(*frame("heartbeat", "").frame));
}

TEST(DecodeSend, NamesEachFieldThatIsWrong) {
    const std::string to = field("receiver_id", in_quotes(kUser));
    const std::string good = to + R"(,"content":"x")";
    EXPECT_EQ(verdict(frame("send_message", good)), "ok");
    const std::pair<std::string, std::string> wrong[] = {
        {good + R"(,"client_id":7)", "client_id must be a string"},
        {good + R"(,"conversation_id":7)", "conversation_id must be a UUID"},
        {good + R"(,"message_type":7)", "message_type must be a string"},
        {good + R"(,"message_type":"dance")",
         "message_type must be text, image, video, audio or file"},
        {good + R"(,"media_id":"7")", "media_id must be a UUID"},
        {good + R"(,"reply_to":"7")", "reply_to must be a UUID"},
        {good + R"(,"mentions":"7")", "mentions must be an array of at most 50 UUIDs"},
        {good + R"(,"mentions":[7])", "mentions must be an array of UUIDs"},
        {good + R"(,"mentions":["7"])", "mentions must be an array of UUIDs"},
        {to, "content is missing"},
        {to + R"(,"content":null)", "content is missing"},
        {R"("content":"x","receiver_id":7)", "receiver_id must be a UUID"},
        {R"("content":"x")", "a message needs conversation_id or receiver_id"},
    };
    for (const auto& [fields, detail] : wrong) {
        EXPECT_EQ(verdict(frame("send_message", fields)), detail) << fields;
    }
}

TEST(DecodeSend, TakesEveryTypeOfMessage) {
    const std::pair<std::string, core::MessageType> types[] = {
        {"text", core::MessageType::text},
        {"image", core::MessageType::image},
        {"video", core::MessageType::video},
        {"audio", core::MessageType::audio},
        {"file", core::MessageType::file},
    };
    for (const auto& [name, type] : types) {
        const Decoded decoded = frame(
            "send_message",
            field("receiver_id", in_quotes(kUser)) + R"(,"content":"x","message_type":)" +
                in_quotes(name)
        );
        ASSERT_TRUE(decoded.frame.ok()) << name;
        EXPECT_EQ(std::get<SendFrame>(*decoded.frame).message_type, type);
    }
}

TEST(DecodeSend, AnImageMayBeSilentAndTextMayNot) {
    const std::string to = field("receiver_id", in_quotes(kUser));
    const std::string media = to + R"(,"message_type":"image","media_id":)" + in_quotes(kUser);
    const Decoded decoded = frame("send_message", media);
    ASSERT_TRUE(decoded.frame.ok());
    const auto& send = std::get<SendFrame>(*decoded.frame);
    EXPECT_EQ(send.content, "");
    EXPECT_EQ(to_string(send.media->uuid), kUser);
}

TEST(DecodeSend, TakesAReplyAndUpToFiftyMentions) {
    const auto with_mentions = [](std::size_t count) {
        std::string list = in_quotes(kUser);
        for (std::size_t i = 1; i < count; ++i) {
            list.append(",").append(in_quotes(kUser));
        }
        return frame(
            "send_message",
            field("conversation_id", in_quotes(kConversation)) + R"(,"content":"x",)" +
                field("reply_to", in_quotes(message())) + ",\"mentions\":[" + list + "]"
        );
    };
    const Decoded most = with_mentions(core::kMentionsMax);
    ASSERT_TRUE(most.frame.ok());
    EXPECT_EQ(std::get<SendFrame>(*most.frame).mentions.size(), core::kMentionsMax);
    EXPECT_EQ(to_string(std::get<SendFrame>(*most.frame).reply_to->uuid), message());
    EXPECT_EQ(
        verdict(with_mentions(core::kMentionsMax + 1)),
        "mentions must be an array of at most 50 UUIDs"
    );
}

TEST(DecodeAck, NeedsAStatusAndAPlace) {
    const std::string place = field("conversation_id", in_quotes(kConversation)) + R"(,"seq":3)";
    const Decoded delivered = frame("ack", R"("status":"delivered",)" + place);
    ASSERT_TRUE(delivered.frame.ok());
    EXPECT_FALSE(std::get<AckFrame>(*delivered.frame).read);
    const Decoded by_message =
        frame("ack", R"("status":"read",)" + field("message_id", in_quotes(message())));
    ASSERT_TRUE(by_message.frame.ok());
    EXPECT_EQ(
        to_string(std::get<MessageId>(std::get<AckFrame>(*by_message.frame).up_to).uuid), message()
    );

    const std::string read = R"("status":"read")";
    const std::string neither = "an ack needs message_id, or conversation_id and seq";
    const std::pair<std::string, std::string> wrong[] = {
        {place, "status must be delivered or read"},
        {R"("status":1,)" + place, "status must be a string"},
        {R"("status":"sent",)" + place, "status must be delivered or read"},
        {read, neither},
        {read + R"(,"seq":3)", neither},
        {read + "," + field("conversation_id", in_quotes(kConversation)), neither},
        {read + R"(,"message_id":"x")", "message_id must be a UUID"},
        {read + R"(,"conversation_id":1,"seq":3)", "conversation_id must be a UUID"},
        {read + "," + field("conversation_id", in_quotes(kConversation)) + R"(,"seq":-1)",
         "seq must be a whole number, not negative"},
        {read + "," + field("conversation_id", in_quotes(kUser)) + R"(,"seq":1)",
         "no such conversation"},
    };
    for (const auto& [fields, detail] : wrong) {
        EXPECT_EQ(verdict(frame("ack", fields)), detail) << fields;
    }
}

TEST(DecodeHistory, TakesOneDirectionAndALimit) {
    const std::string in = field("conversation_id", in_quotes(kConversation));
    const Decoded before = frame("history", in + R"(,"before_seq":9,"limit":2)");
    ASSERT_TRUE(before.frame.ok());
    const auto& history = std::get<HistoryFrame>(*before.frame);
    EXPECT_EQ(history.before, Seq{9});
    EXPECT_FALSE(history.after.has_value());
    EXPECT_EQ(history.limit, 2U);

    const std::pair<std::string, std::string> wrong[] = {
        {"", "conversation_id is missing"},
        {R"("conversation_id":[])", "conversation_id must be a UUID"},
        {field("conversation_id", in_quotes(kUser)), "no such conversation"},
        {in + R"(,"after_seq":1,"before_seq":2)", "either after_seq or before_seq, not both"},
        {in + R"(,"after_seq":"1")", "after_seq must be a whole number, not negative"},
        {in + R"(,"before_seq":1.5)", "before_seq must be a whole number, not negative"},
        {in + R"(,"limit":true)", "limit must be a whole number, not negative"},
        {in + R"(,"limit":0)", "limit must be at least 1"},
    };
    for (const auto& [fields, detail] : wrong) {
        EXPECT_EQ(verdict(frame("history", fields)), detail) << fields;
    }
}

TEST(DecodeSync, PassesOverWhatNoConversationCanBe) {
    const Decoded decoded = frame(
        "sync", R"("cursors":{)" + in_quotes(kUser) + ":1," + in_quotes(kConversation) + ":2}"
    );
    ASSERT_TRUE(decoded.frame.ok());
    const auto& sync = std::get<SyncFrame>(*decoded.frame);
    ASSERT_EQ(sync.cursors.size(), 1U);
    EXPECT_EQ(sync.cursors.front().second, Seq{2});
    EXPECT_FALSE(sync.since.has_value());
    EXPECT_FALSE(sync.more);
}

TEST(DecodeSync, NamesEachFieldThatIsWrong) {
    const std::string unfit = "cursors must be an object of UUIDs and numbers";
    const std::pair<std::string, std::string> wrong[] = {
        {R"("cursors":[])", "cursors must be an object of at most 500 UUIDs and numbers"},
        {R"("cursors":{"x":1})", unfit},
        {R"("cursors":{)" + in_quotes(kUser) + R"(:"1"})", unfit},
        {R"("since":1)", "since must be a string"},
        {R"("more":1)", "more must be true or false"},
    };
    for (const auto& [fields, detail] : wrong) {
        EXPECT_EQ(verdict(frame("sync", fields)), detail) << fields;
    }
    std::string many = R"("cursors":{)";
    for (std::size_t i = 0; i <= core::kSyncCursorsMax; ++i) {
        many.append(i == 0 ? "" : ",").append(in_quotes(kUser)).append(":1");
    }
    EXPECT_EQ(
        verdict(frame("sync", many + "}")),
        "cursors must be an object of at most 500 UUIDs and numbers"
    );
}

TEST(DecodeCommands, NameEachFieldThatIsWrong) {
    const std::string of = field("message_id", in_quotes(message()));
    const std::string in = field("conversation_id", in_quotes(kConversation));
    const struct {
        std::string_view type;
        std::string fields;
        std::string_view detail;
    } wrong[] = {
        {"edit_message", of + R"(,"content":7)", "content must be a string"},
        {"edit_message", of, "content is missing"},
        {"edit_message", of + R"(,"content":"x","client_id":7)", "client_id must be a string"},
        {"edit_message", R"("content":"x")", "message_id is missing"},
        {"edit_message", R"("content":"x","message_id":7)", "message_id must be a UUID"},
        {"delete_message", of + R"(,"for":7)", "for must be a string"},
        {"delete_message", of + R"(,"for":"him")", "for must be everyone or me"},
        {"react", of + R"(,"emoji":7)", "emoji must be a string"},
        {"react", of, "emoji is missing"},
        {"react", of + R"(,"emoji":"x","removed":7)", "removed must be true or false"},
        {"react", of + R"(,"emoji":"x","client_id":7)", "client_id must be a string"},
        {"react", R"("emoji":"x")", "message_id is missing"},
        {"mute", R"("conversation_id":7)", "conversation_id must be a UUID"},
        {"mute", "", "conversation_id is missing"},
        {"mute", in + R"(,"until":7)", "until must be a string"},
        {"mute", in + R"(,"until":"soon")", "until must be an RFC 3339 time"},
    };
    for (const auto& [type, fields, detail] : wrong) {
        EXPECT_EQ(verdict(frame(type, fields)), detail) << type << ' ' << fields;
    }
    const Decoded unmute = frame("mute", in);
    ASSERT_TRUE(unmute.frame.ok());
    const auto& command = std::get<CommandFrame>(*unmute.frame).command;
    EXPECT_EQ(std::get<core::ChangeSettings>(command).muted_until, Timestamp{});
}

TEST(DecodeTyping, GoesOnUnlessItSaysThatItEnds) {
    const std::string in = field("conversation_id", in_quotes(kConversation));
    const auto active = [&in](const std::string& more) {
        const Decoded decoded = frame("typing", in + more);
        EXPECT_EQ(verdict(decoded), "ok") << more;
        return std::get<TypingFrame>(*decoded.frame).active;
    };
    EXPECT_TRUE(active(""));
    EXPECT_TRUE(active(R"(,"active":true)"));
    EXPECT_FALSE(active(R"(,"active":false)"));
    EXPECT_EQ(verdict(frame("typing", in + R"(,"active":7)")), "active must be true or false");
    EXPECT_EQ(verdict(frame("typing", "")), "conversation_id is missing");
}

TEST(DecodePresence, IsOnlineOrAway) {
    const auto away = [](const std::string& status) {
        return std::get<PresenceFrame>(*frame("presence", field("status", status)).frame).away;
    };
    EXPECT_FALSE(away(R"("online")"));
    EXPECT_TRUE(away(R"("away")"));
    for (const char* status : {"null", R"("offline")"}) {
        EXPECT_EQ(
            verdict(frame("presence", field("status", status))), "status must be online or away"
        );
    }
    EXPECT_EQ(verdict(frame("presence", R"("status":1)")), "status must be a string");
}

TEST(DecodeWatch, TakesUpToFiveHundredUsers) {
    const auto ids = [](std::size_t count) {
        std::string text = R"("user_ids":[)";
        for (std::size_t i = 0; i < count; ++i) {
            text.append(i == 0 ? "" : ",").append(in_quotes(kUser));
        }
        return text + "]";
    };
    for (const std::size_t count : {0UL, 1UL, kWatchedMax}) {
        const Decoded decoded = frame("watch_presence", ids(count));
        ASSERT_EQ(verdict(decoded), "ok") << count;
        const auto& users = std::get<WatchPresenceFrame>(*decoded.frame).users;
        EXPECT_EQ(users, std::vector<UserId>(count, UserId{*parse_uuid(kUser)}));
    }
    const std::string_view many = "user_ids must be an array of at most 500 UUIDs";
    EXPECT_EQ(verdict(frame("watch_presence", ids(kWatchedMax + 1))), many);
    EXPECT_EQ(verdict(frame("watch_presence", R"("user_ids":7)")), many);
    EXPECT_EQ(verdict(frame("watch_presence", "")), "user_ids is missing");
}

TEST(DecodeRole, IsOneOfThree) {
    const auto role = [](const std::string& json) {
        JsonReader reader;
        const auto read = reader.read("{" + field("role", json) + "}", false);
        return decode_role(std::get<JsonObject>(read));
    };
    for (const core::Role one : {core::Role::member, core::Role::admin, core::Role::owner}) {
        EXPECT_EQ(*role(in_quotes(role_name(one))), one);
    }
    EXPECT_EQ(role(R"("king")").error().detail, "role must be owner, admin or member");
    EXPECT_EQ(role("null").error().detail, "role must be owner, admin or member");
    EXPECT_EQ(role("7").error().detail, "role must be a string");
}

TEST(DecodeFrame, RepeatsARefThatIsShortTextOrAWholeNumber) {
    const std::pair<std::string, std::string> good[] = {
        {"7", "7"},
        {"-7", "-7"},
        {"18446744073709551615", "18446744073709551615"},
        {R"("a\u0022b")", R"("a\"b")"},
        {"null", ""},
        {in_quotes(std::string(128, 'r')), in_quotes(std::string(128, 'r'))},
    };
    for (const auto& [ref, repeated] : good) {
        const Decoded decoded = frame("heartbeat", field("ref", ref));
        EXPECT_TRUE(decoded.frame.ok()) << ref;
        EXPECT_EQ(decoded.ref, repeated);
    }
    for (const std::string& ref :
         {std::string{"1.5"},
          std::string{"true"},
          std::string{"[]"},
          in_quotes(std::string(129, 'r'))}) {
        const Decoded decoded = frame("heartbeat", field("ref", ref));
        EXPECT_EQ(verdict(decoded), "ref must be a string of at most 128 bytes or a whole number");
        EXPECT_EQ(decoded.ref, "");
    }
}

TEST(DecodeFrame, AnErrorNamesTheClientIdOnlyIfItIsOne) {
    EXPECT_EQ(frame("dance", R"("client_id":"c")").client_id, "c");
    EXPECT_FALSE(frame("dance", R"("client_id":1)").client_id.has_value());
    EXPECT_EQ(verdict(decode(R"({"type":null})")), "type must be a string");
}

TEST(JsonObject, GivesTheObjectWithinOrSaysWhyNot) {
    JsonReader reader;
    const auto read = reader.read(R"({"device":{"name":"d"},"other":1,"nothing":null})", false);
    const auto& object = std::get<JsonObject>(read);
    const auto device = object.object("device");
    ASSERT_TRUE(device.ok() && device->has_value());
    EXPECT_EQ(*(*device)->text("name"), "d");
    EXPECT_FALSE(object.object("nothing")->has_value());
    EXPECT_FALSE(object.object("absent")->has_value());
    EXPECT_EQ(object.object("other").error().detail, "other must be an object");
}

}  // namespace
}  // namespace parley::wire
