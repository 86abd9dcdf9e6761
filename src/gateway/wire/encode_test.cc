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

template <class Change>
std::string change_frame(Change change, bool own = false) {
    core::Event one = event(3);
    one.content.clear();
    one.type = core::type_of(change);
    one.change = std::make_shared<const core::Change>(std::move(change));
    std::string out;
    append_event(out, conversation(), one, own);
    return out;
}

TEST(AppendEvent, EachChangeHasItsTypeAndFields) {
    const MessageId target = message_id(conversation(), Timestamp::from_millis(1'750'000'000'001));
    const std::string named = R"("target_id":")" + to_string(target.uuid) + "\"";
    const std::string user = R"("user_id":")" + to_string(kViewer.uuid) + "\"";
    const auto expect = [](const std::string& out, const std::vector<std::string>& parts) {
        for (const std::string& part : parts) {
            EXPECT_TRUE(has(out, part)) << part << " in " << out;
        }
    };
    const std::string edit = change_frame(core::MessageEdited{target, {1}, "new"}, true);
    expect(
        edit, {R"("type":"message_edited")", named, R"("content":"new")", R"("client_id":"c3")"}
    );
    EXPECT_FALSE(has(change_frame(core::MessageEdited{target, {1}, "new"}), "client_id"));
    expect(change_frame(core::MessageDeleted{target, {1}}), {R"("message_deleted")", named});
    expect(
        change_frame(core::GroupCreated{"Chess", {kViewer, {}}}),
        {R"("type":"group_created")", R"("name":"Chess")", R"(",null])"}
    );
    expect(
        change_frame(core::MemberAdded{kViewer, core::Role::admin}),
        {R"("type":"member_added")", user, R"("role":"admin")"}
    );
    expect(change_frame(core::MemberRemoved{{}}), {R"("member_removed")", R"("user_id":null)"});
    expect(
        change_frame(core::RoleChanged{kViewer, core::Role::owner}),
        {R"("type":"member_role")", user, R"("role":"owner")"}
    );
    expect(change_frame(core::GroupDeleted{}), {R"("type":"group_deleted")"});
    const std::string reaction = change_frame(core::Reaction{target, {1}, "+1", false});
    expect(reaction, {R"("type":"reaction")", named, R"("emoji":"+1")"});
    EXPECT_FALSE(has(reaction, "removed"));
    expect(change_frame(core::Reaction{target, {1}, "+1", true}), {R"("removed":true)"});
}

TEST(AppendEvent, AnUpdateSaysOnlyWhatHasChanged) {
    core::GroupUpdated update{
        .name = "Go", .description = std::nullopt, .avatar = std::nullopt, .members_can_add = true
    };
    const std::string some = change_frame(update);
    EXPECT_TRUE(has(some, R"("type":"group_updated")")) << some;
    EXPECT_TRUE(has(some, R"("name":"Go")"));
    EXPECT_TRUE(has(some, R"("members_can_add":true)"));
    EXPECT_FALSE(has(some, "description"));
    EXPECT_FALSE(has(some, "avatar"));
    update = {.name = {}, .description = "d", .avatar = MediaId{}, .members_can_add = {}};
    const std::string rest = change_frame(update);
    EXPECT_TRUE(has(rest, R"("description":"d")")) << rest;
    EXPECT_TRUE(has(rest, R"("avatar_media_id":null)"));
    const std::string ttl = change_frame(core::ConversationUpdated{60, std::nullopt});
    EXPECT_TRUE(has(ttl, R"("type":"conversation_updated")")) << ttl;
    EXPECT_TRUE(has(ttl, R"("ttl_seconds":60)"));
    EXPECT_FALSE(has(ttl, "pinned"));
    const MessageId pin = message_id(conversation(), Timestamp::from_millis(1'750'000'000'001));
    const std::string pins =
        change_frame(core::ConversationUpdated{std::nullopt, std::vector<MessageId>{pin}});
    EXPECT_TRUE(has(pins, R"("pinned_message_ids":[")" + to_string(pin.uuid) + "\"]")) << pins;
}

TEST(AppendEvent, AMessageIsShownAsItIsNow) {
    core::Event one = event(1);
    core::Amendment amendment;
    amendment.edited_at = Timestamp::from_millis(1'750'000'009'000);
    amendment.original = "before";
    amendment.reactions = {{.emoji = "+1", .users = {kViewer}}};
    one.amendment = std::make_shared<const core::Amendment>(amendment);
    one.ttl_seconds = 9;
    std::string out;
    append_event(out, conversation(), one, false);
    EXPECT_TRUE(has(out, R"("content":"hello")")) << out;
    EXPECT_TRUE(has(out, R"("edited_at":"2025)")) << out;
    EXPECT_TRUE(has(out, R"("ttl_seconds":9)"));
    EXPECT_TRUE(has(out, R"("reactions":[{"emoji":"+1","user_ids":[")"));
    EXPECT_FALSE(has(out, "before"));
    amendment = {.edited_at = {}, .deleted = true, .original = {}, .edits = {}, .reactions = {}};
    one.amendment = std::make_shared<const core::Amendment>(amendment);
    std::string gone;
    append_event(gone, conversation(), one, false);
    EXPECT_TRUE(has(gone, R"("deleted":true)")) << gone;
    EXPECT_FALSE(has(gone, R"("content")"));
}

TEST(AppendEvent, OfWhatIsVoidOnlyThePlaceIsLeft) {
    std::string out;
    append_event(out, conversation(), *core::void_event({7}), false);
    EXPECT_EQ(
        out,
        R"({"type":"void","conversation_id":")" + to_string(conversation_id(conversation()).uuid) +
            R"(","seq":7})"
    );
    // An edit of a message that was deleted later.
    core::Event erased = event(7);
    erased.type = core::EventType::message_edited;
    std::string same;
    append_event(same, conversation(), erased, true);
    EXPECT_EQ(same, out);
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

TEST(AppendCommandAck, NamesTheEventIfThereIsOne) {
    std::string setting;
    append_command_ack(
        setting, {.client_id = {}, .ref = "7", .conversation = conversation(), .sent = {}}
    );
    const std::string named = to_string(conversation_id(conversation()).uuid);
    EXPECT_EQ(
        setting, R"({"type":"ack","conversation_id":")" + named + R"(","status":"sent","ref":7})"
    );
    const auto time = Timestamp::from_millis(1'750'000'000'009);
    const core::Sent sent{.message_id = message_id(conversation(), time), .seq = {9}, .time = time};
    std::string edit;
    append_command_ack(
        edit, {.client_id = "e", .ref = {}, .conversation = conversation(), .sent = sent}
    );
    EXPECT_TRUE(edit.starts_with(R"({"type":"ack","client_id":"e",)")) << edit;
    EXPECT_TRUE(has(edit, R"("message_id":")" + to_string(sent.message_id.uuid) + "\""));
    EXPECT_TRUE(has(edit, R"("seq":9,"timestamp":"2025)")) << edit;
    EXPECT_FALSE(has(edit, "ref"));
}

TEST(AppendPresence, OfWhomNothingMayBeKnownHasNoLastSeen) {
    std::string hidden;
    append_presence(
        hidden, {.user = kOther, .status = "offline", .last_seen = {}, .ref = R"("w")"}
    );
    EXPECT_TRUE(has(hidden, R"("status":"offline","last_seen":null,"ref":"w"})")) << hidden;
    std::string away;
    append_presence(
        away,
        {.user = kOther,
         .status = "away",
         .last_seen = Timestamp::from_millis(1'750'000'000'000),
         .ref = {}}
    );
    EXPECT_TRUE(has(away, R"("status":"away","last_seen":"2025)")) << away;
    EXPECT_FALSE(has(away, "ref"));
}

TEST(AppendPerson, ShowsHowFarTheyAreOnlyWhereAllSeeIt) {
    const auto person = [](const PersonFields& fields, bool direct) {
        std::string out;
        JsonWriter json{out};
        append_person(json, fields, direct);
        return out;
    };
    PersonFields bob{.user = kOther, .username = "bob", .display_name = "Bob"};
    bob.role = core::Role::admin;
    const std::string plain = person(bob, false);
    EXPECT_TRUE(has(plain, R"("role":"admin","joined_at":")")) << plain;
    EXPECT_FALSE(has(plain, "_seq"));
    bob.delivered_seq = {9};
    bob.read_seq = {7};
    const std::string far = person(bob, true);
    EXPECT_TRUE(has(far, R"("display_name":"Bob","delivered_seq":9,"read_seq":7})")) << far;
    EXPECT_TRUE(has(person({}, true), R"("user_id":null)"));
}

TEST(AppendConversation, IsNamedTypeInRestAndConversationTypeInAFrame) {
    ConversationFields fields{.number = conversation(), .last_event = nullptr};
    fields.members = {{.user = kOther, .username = "bob", .display_name = "Bob"}};
    std::string rest;
    append_conversation(rest, fields, false);
    EXPECT_TRUE(rest.starts_with(R"({"conversation_id":)"));
    EXPECT_TRUE(has(rest, R"("type":"direct")"));
    EXPECT_TRUE(has(rest, R"("last_event":null)"));
    EXPECT_TRUE(has(rest, R"("blocked":false)"));
    EXPECT_FALSE(has(rest, R"("role")"));
    std::string frame;
    append_conversation(frame, fields, true);
    EXPECT_TRUE(frame.starts_with(R"({"type":"conversation",)"));
    EXPECT_TRUE(has(frame, R"("conversation_type":"direct")"));
}

TEST(AppendConversation, OfAGroupHasItsFactsAndTheViewersRole) {
    ConversationFields fields{.number = conversation(), .direct = false, .last_event = nullptr};
    core::ConversationInfo info;
    info.name = "Chess";
    info.description = "on Mondays";
    info.created_by = kOther;
    info.history_for_all = true;
    fields.info = std::make_shared<const core::ConversationInfo>(info);
    fields.title = "Chess";
    fields.member_count = 500;
    fields.mine.user = kViewer;
    fields.mine.role = core::Role::admin;
    std::string group;
    append_conversation(group, fields, true);
    EXPECT_TRUE(has(group, R"("conversation_type":"group","title":"Chess","member_count":500)"));
    EXPECT_TRUE(has(group, R"("description":"on Mondays","avatar_media_id":null)"));
    EXPECT_TRUE(has(group, R"("history":"all","role":"admin","left":false)")) << group;
    fields.mine.last = {7};
    std::string left;
    append_conversation(left, fields, true);
    EXPECT_TRUE(has(left, R"("left":true)"));
    std::string by_itself;
    append_group(by_itself, fields);
    EXPECT_TRUE(has(by_itself, R"("name":"Chess","description":"on Mondays")")) << by_itself;
}

TEST(AppendConversation, HasWhatTheViewerHasSet) {
    ConversationFields fields{.number = conversation(), .last_event = nullptr};
    fields.now = Timestamp::from_millis(1'750'000'000'000);
    core::MemberExtra extra;
    extra.muted_until = Timestamp::from_millis(1'750'000'060'000);
    extra.pinned = true;
    extra.draft = "not yet";
    extra.hidden = {{3}, {9}};
    fields.mine.extra = std::make_shared<const core::MemberExtra>(extra);
    std::string out;
    append_conversation(out, fields, false);
    EXPECT_TRUE(has(out, R"("muted":true,"muted_until":"2025)")) << out;
    EXPECT_TRUE(has(out, R"("pinned":true,"archived":false,"draft":"not yet")"));
    EXPECT_TRUE(has(out, R"("deleted_for_me":[3,9])"));
    fields.now = extra.muted_until;
    std::string later;
    append_conversation(later, fields, false);
    EXPECT_TRUE(has(later, R"("muted":false,"muted_until":null)")) << later;
}

TEST(AppendConversation, ShowsTheClientIdOfTheLastEventToItsSenderAlone) {
    for (const UserId sender : {kViewer, kOther}) {
        ConversationFields fields{.number = conversation(), .last_event = nullptr};
        fields.mine.user = kViewer;
        fields.last_event = std::make_shared<core::Event>(event(7, sender));
        std::string out;
        append_conversation(out, fields, false);
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
