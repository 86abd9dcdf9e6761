// Anything that a server may have to say, as JSON: whatever the texts in it are, a plain parser reads the
// same texts back, nothing can break out of its field, and others never see a sender's client_id.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/json_writer.h"
#include "fuzz/support/plain_json.h"
#include "fuzz/support/target.h"
#include "gateway/wire/wire.h"

namespace {

using parley::ConversationNumber;
using parley::UserId;
using parley::fuzz::Choices;
using parley::fuzz::PlainJson;
namespace core = parley::core;
namespace wire = parley::wire;

constexpr std::size_t kDepthMax = 8;
constexpr UserId kViewer{{.high = 1, .low = 1}};
constexpr UserId kOther{{.high = 2, .low = 2}};

/// The server holds UTF-8 alone: other bytes stand for text that is made of them.
std::string text_of(std::string_view bytes) {
    return parley::fuzz::is_plain_utf8(bytes) ? std::string(bytes)
                                              : parley::crypto::base64url(bytes);
}

PlainJson parsed(const std::string& text) {
    auto json = parley::fuzz::PlainJsonParser::parse(text, kDepthMax);
    PARLEY_ASSERT(json && json->kind == PlainJson::Kind::object);
    return *std::move(json);
}

const PlainJson& field(const PlainJson& json, std::string_view name) {
    const PlainJson* found = json.find(name);
    PARLEY_ASSERT(found != nullptr);
    return *found;
}

void expect_event(const PlainJson& json, const core::Event& event, bool own) {
    PARLEY_ASSERT(field(json, "type").text == "new_message");
    PARLEY_ASSERT(field(json, "seq").number == event.seq.value);
    PARLEY_ASSERT(field(json, "content").text == event.content);
    PARLEY_ASSERT(field(json, "sender_id").text == parley::to_string(event.sender.uuid));
    PARLEY_ASSERT((json.find("client_id") != nullptr) == (own && !event.client_id.empty()));
    PARLEY_ASSERT(
        !own || event.client_id.empty() || field(json, "client_id").text == event.client_id
    );
    PARLEY_ASSERT((json.find("reply_to") != nullptr) == event.reply_to.has_value());
    const PlainJson* mentions = json.find("mentions");
    PARLEY_ASSERT((mentions == nullptr ? 0 : mentions->items.size()) == event.mentions.size());
    const auto time = parley::parse_rfc3339(field(json, "timestamp").text);
    PARLEY_ASSERT(time && time->millis() == event.time.millis());
}

core::EventPtr make_event(Choices& choices, parley::Seq seq) {
    auto event = std::make_shared<core::Event>();
    event->seq = seq;
    event->time = parley::Timestamp::from_millis(
        1'700'000'000'000 + static_cast<std::int64_t>(choices.number(4))
    );
    event->sender = choices.flag() ? kViewer : kOther;
    event->sender_device = {{.high = choices.number(2), .low = 3}};
    event->client_id = text_of(choices.text());
    event->message_type = static_cast<core::MessageType>(1 + choices.below(5));
    event->content = text_of(choices.text());
    if (const std::size_t times = choices.below(64); times > 32) {
        const std::string once = event->content;
        for (std::size_t i = 0; i < times && event->content.size() < core::kContentBytesMax; ++i) {
            event->content += once + std::string(256, '\1');
        }
    }
    if (choices.flag()) {
        event->reply_to = parley::MessageId{{.high = choices.number(2), .low = 5}};
    }
    event->mentions.assign(choices.below(4), kViewer);
    return event;
}

void check_events(Choices& choices, ConversationNumber conversation) {
    std::vector<core::EventPtr> events;
    while (!choices.empty() && events.size() < 20) {
        events.push_back(make_event(choices, {events.size() + 1}));
    }
    std::string ref;
    parley::append_json_string(ref, "ref");
    std::string out;
    const std::size_t in_frame =
        wire::append_events(out, conversation, events, {.viewer = kViewer, .ref = ref});
    PARLEY_ASSERT(in_frame <= events.size() && (in_frame > 0 || events.empty()));
    const PlainJson json = parsed(out);
    const PlainJson& items = field(json, "events");
    PARLEY_ASSERT(items.items.size() == in_frame);
    for (std::size_t i = 0; i < in_frame; ++i) {
        expect_event(items.items[i], *events[i], events[i]->sender == kViewer);
    }
    PARLEY_ASSERT(field(json, "has_more").truth == (in_frame < events.size()));
    PARLEY_ASSERT(field(json, "ref").text == "ref");
    PARLEY_ASSERT(in_frame <= 1 || out.size() <= wire::kEventsBytesMax + 256);
}

void check_event(Choices& choices, ConversationNumber conversation) {
    const core::EventPtr event = make_event(choices, {choices.number(4)});
    for (const bool own : {false, true}) {
        std::string out;
        wire::append_event(out, conversation, *event, own);
        expect_event(parsed(out), *event, own);
    }
}

void check_conversation(Choices& choices, ConversationNumber conversation) {
    wire::ConversationFields fields{.number = conversation, .last_event = nullptr};
    fields.direct = choices.flag();
    fields.title = text_of(choices.text());
    fields.unread = choices.number(8);
    fields.mine.user = kViewer;
    auto& members = fields.members.emplace();
    for (std::size_t i = choices.below(4); i > 0; --i) {
        members.push_back(
            {.user = kOther,
             .username = text_of(choices.text()),
             .display_name = text_of(choices.text())}
        );
    }
    if (choices.flag()) {
        fields.last_event = make_event(choices, {9});
    }
    for (const bool frame : {false, true}) {
        std::string out;
        wire::append_conversation(out, fields, frame);
        const PlainJson json = parsed(out);
        PARLEY_ASSERT(field(json, "title").text == fields.title);
        PARLEY_ASSERT(field(json, "unread").number == fields.unread);
        PARLEY_ASSERT(field(json, "members").items.size() == members.size());
        for (std::size_t i = 0; i < members.size(); ++i) {
            const PlainJson& member = field(json, "members").items[i];
            PARLEY_ASSERT(field(member, "username").text == members[i].username);
            PARLEY_ASSERT(field(member, "display_name").text == members[i].display_name);
        }
        PARLEY_ASSERT((json.find("last_event") == nullptr) == (fields.last_event == nullptr));
        if (fields.last_event != nullptr) {
            const bool own = fields.last_event->sender == kViewer;
            expect_event(field(json, "last_event"), *fields.last_event, own);
        }
    }
}

void check_answers(Choices& choices, ConversationNumber conversation) {
    const std::string client_id = text_of(choices.text());
    const std::string detail = text_of(choices.text());
    std::string out;
    wire::append_send_ack(
        out,
        {.client_id = client_id,
         .ref = "7",
         .conversation = conversation,
         .message_id = {},
         .seq = {choices.number(8)},
         .time = {}}
    );
    const PlainJson ack = parsed(out);
    PARLEY_ASSERT(field(ack, "client_id").text == client_id && field(ack, "ref").number == 7);
    out.clear();
    wire::append_error(out, "conflict", detail, "", client_id);
    const PlainJson error = parsed(out);
    PARLEY_ASSERT(
        field(error, "detail").text == detail && field(error, "client_id").text == client_id
    );
    PARLEY_ASSERT(error.find("ref") == nullptr);
    const PlainJson problem = parsed(wire::problem(409, "conflict", detail));
    PARLEY_ASSERT(
        field(problem, "detail").text == detail && field(problem, "status").number == 409
    );
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choices choices{data, size};
    const std::size_t kind = choices.below(4);
    const ConversationNumber conversation = parley::make_conversation_number(
        1'750'000'000'000 + static_cast<std::int64_t>(choices.number(4)), 0, choices.byte()
    );
    switch (kind) {
        case 0:
            check_events(choices, conversation);
            break;
        case 1:
            check_event(choices, conversation);
            break;
        case 2:
            check_conversation(choices, conversation);
            break;
        default:
            check_answers(choices, conversation);
    }
    return 0;
}
