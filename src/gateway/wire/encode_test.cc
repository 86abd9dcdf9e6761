#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

constexpr UserId kViewer{{.high = 1, .low = 1}};
constexpr UserId kOther{{.high = 2, .low = 2}};

ConversationNumber conversation() {
    return make_conversation_number(1'750'000'000'000, 1, 1);
}

core::Event event(std::uint64_t seq, UserId sender = kOther) {
    core::Event made;
    made.seq = {seq};
    made.time = Timestamp::from_millis(1'750'000'000'000 + static_cast<std::int64_t>(seq));
    made.sender = sender;
    made.client_id = "c" + std::to_string(seq);
    made.content = "hello";
    return made;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

TEST(AppendEvent, SaysWhatKindOfMessageItIs) {
    constexpr std::array<std::pair<core::MessageType, std::string_view>, 5> kTypes{{
        {core::MessageType::text, "text"},
        {core::MessageType::image, "image"},
        {core::MessageType::video, "video"},
        {core::MessageType::audio, "audio"},
        {core::MessageType::file, "file"},
    }};
    for (const auto& [type, name] : kTypes) {
        core::Event one = event(1);
        one.message_type = type;
        std::string out;
        append_event(out, conversation(), one, false);
        EXPECT_TRUE(has(out, R"("message_type":")" + std::string(name) + "\"")) << out;
    }
}

TEST(AppendEvent, HasReplyAndMentionsOnlyWhenThereAreSome) {
    std::string plain;
    append_event(plain, conversation(), event(1), false);
    EXPECT_FALSE(has(plain, "reply_to"));
    EXPECT_FALSE(has(plain, "mentions"));

    core::Event rich = event(2);
    rich.reply_to = message_id(conversation(), rich.time);
    rich.mentions = {kViewer, kOther};
    std::string out;
    append_event(out, conversation(), rich, false);
    EXPECT_TRUE(has(out, R"("reply_to":")" + to_string(rich.reply_to->uuid) + "\""));
    EXPECT_TRUE(has(
        out,
        R"("mentions":[")" + to_string(kViewer.uuid) + R"(",")" + to_string(kOther.uuid) + "\"]"
    ));
}

TEST(AppendReceipt, TellsReadFromDelivered) {
    for (const bool read : {false, true}) {
        std::string out;
        append_receipt(
            out,
            {.conversation = conversation(),
             .message_id = {},
             .seq = {5},
             .user = kOther,
             .read = read,
             .time = {}}
        );
        EXPECT_TRUE(has(out, read ? R"("status":"read")" : R"("status":"delivered")"));
        EXPECT_TRUE(has(out, R"("seq":5)"));
    }
}

TEST(AppendConversation, IsNamedTypeInRestAndConversationTypeInAFrame) {
    ConversationFields fields{.number = conversation(), .last_event = nullptr};
    fields.members = {{.user = kOther, .username = "bob", .display_name = "Bob"}};
    std::string rest;
    append_conversation(rest, fields, kViewer, false);
    EXPECT_TRUE(rest.starts_with(R"({"conversation_id":)"));
    EXPECT_TRUE(has(rest, R"("type":"direct")"));
    EXPECT_TRUE(has(rest, R"("last_event":null)"));
    std::string frame;
    append_conversation(frame, fields, kViewer, true);
    EXPECT_TRUE(frame.starts_with(R"({"type":"conversation",)"));
    EXPECT_TRUE(has(frame, R"("conversation_type":"direct")"));
    fields.direct = false;
    std::string group;
    append_conversation(group, fields, kViewer, true);
    EXPECT_TRUE(has(group, R"("conversation_type":"group")"));
}

TEST(AppendConversation, ShowsTheClientIdOfTheLastEventToItsSenderAlone) {
    for (const UserId sender : {kViewer, kOther}) {
        ConversationFields fields{.number = conversation(), .last_event = nullptr};
        fields.last_event = std::make_shared<core::Event>(event(7, sender));
        std::string out;
        append_conversation(out, fields, kViewer, false);
        EXPECT_EQ(has(out, R"("client_id":"c7")"), sender == kViewer) << out;
    }
}

TEST(AppendEvents, StopsAtTheBoundAndSaysThatThereIsMore) {
    std::vector<core::EventPtr> events;
    for (std::uint64_t seq = 1; seq <= 12; ++seq) {
        core::Event one = event(seq, kViewer);
        one.content.assign(core::kContentBytesMax, 'x');
        events.push_back(std::make_shared<core::Event>(std::move(one)));
    }
    std::string cut;
    const std::size_t written =
        append_events(cut, conversation(), events, {.viewer = kViewer, .ref = "7"});
    EXPECT_GT(written, 1U);
    EXPECT_LT(written, events.size());
    EXPECT_LE(cut.size(), kEventsBytesMax + 64);
    EXPECT_TRUE(has(cut, R"("has_more":true,"ref":7)"));
    EXPECT_TRUE(has(cut, R"("client_id":"c1")"));

    // As in a sync, where what is cut off follows in the next frame.
    std::string piece;
    const std::span<const core::EventPtr> all = events;
    EXPECT_EQ(
        append_events(piece, conversation(), all, {.viewer = kViewer, .cut_is_more = false}),
        written
    );
    EXPECT_TRUE(has(piece, R"("has_more":false)"));
    std::string rest;
    EXPECT_EQ(append_events(rest, conversation(), all.first(2), {.viewer = kOther}), 2U);
    EXPECT_TRUE(has(rest, R"("has_more":false})"));
    EXPECT_FALSE(has(rest, "client_id"));
}

TEST(AppendEvents, OneThatIsTooLargeGoesAlone) {
    core::Event huge = event(1);
    huge.content.assign(core::kContentBytesMax, '\1');  // six bytes each in JSON
    const auto shared = std::make_shared<core::Event>(huge);
    const std::vector<core::EventPtr> events(3, shared);
    std::string out;
    EXPECT_EQ(append_events(out, conversation(), events, {.viewer = kViewer}), 1U);
    std::string none;
    EXPECT_EQ(append_events(none, conversation(), {}, {.viewer = kViewer}), 0U);
    EXPECT_TRUE(has(none, R"("events":[],"has_more":false)"));
}

TEST(AppendError, LeavesOutWhatItDoesNotAnswer) {
    std::string out;
    append_error(out, "conflict", "why", "", std::nullopt);
    EXPECT_EQ(out, R"({"type":"error","code":"conflict","detail":"why"})");
}

TEST(Frame, HoldsHeadAndPayloadBehindEachOther) {
    const Frame none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.size(), 0U);
    const Frame frame{"head", "payload"};
    EXPECT_TRUE(frame);
    EXPECT_EQ(frame.bytes(), "headpayload");
}

TEST(Problem, IsRfc9457WithTheContractsCode) {
    EXPECT_EQ(
        problem(404, "not_found", "no \"such\""),
        R"({"type":"about:blank","title":"not found","status":404,"detail":"no \"such\"","code":"not_found"})"
    );
}

TEST(HttpStatus, OfEachCode) {
    constexpr std::array<std::pair<ErrorCode, int>, 11> kStatuses{{
        {ErrorCode::invalid_request, 400},
        {ErrorCode::unauthorized, 401},
        {ErrorCode::token_expired, 401},
        {ErrorCode::forbidden, 403},
        {ErrorCode::blocked, 403},
        {ErrorCode::not_found, 404},
        {ErrorCode::conflict, 409},
        {ErrorCode::too_large, 413},
        {ErrorCode::rate_limited, 429},
        {ErrorCode::unavailable, 503},
        {ErrorCode::internal, 500},
    }};
    for (const auto& [code, status] : kStatuses) {
        EXPECT_EQ(http_status(code), status) << to_string(code);
    }
}

}  // namespace
}  // namespace parley::wire
