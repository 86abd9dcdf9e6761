// Bytes as a client's text message: what is JSON and what is not is decided as by a plain parser (RFC 8259);
// what is decoded is what stands there; and a frame written again from what was decoded is decoded the same.

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "base/json_writer.h"
#include "fuzz/support/plain_json.h"
#include "fuzz/support/target.h"
#include "gateway/wire/wire.h"

namespace {

using parley::ErrorCode;
using parley::JsonWriter;
using parley::Uuid;
using parley::fuzz::PlainJson;
namespace core = parley::core;
namespace wire = parley::wire;

constexpr std::size_t kPaddingBytes = 64;
constexpr std::size_t kDepthMax = 16;

/// Behind the text stands `padding`, which must make no difference; behind that, nothing that may be read.
wire::Decoded decode(std::string_view text, char padding) {
    static wire::JsonReader reader;  // as one serves all connections of a loop
    std::vector<std::byte> buffer(text.size() + kPaddingBytes, static_cast<std::byte>(padding));
    std::memcpy(buffer.data(), text.data(), text.size());
    return wire::decode_frame(reader, {buffer.data(), text.size()});
}

// --- a frame as JSON again ------------------------------------------------------------------------

void put(JsonWriter& json, const wire::AuthFrame& frame) {
    json.field("type", "auth").field("token", frame.token);
}

std::string_view name_of(parley::core::MessageType type) {
    constexpr std::string_view kNames[] = {"text", "image", "video", "audio", "file"};
    return kNames[static_cast<std::size_t>(type) - 1];
}

void put(JsonWriter& json, const wire::SendFrame& frame) {
    json.field("type", "send_message").field("content", frame.content);
    if (const auto* number = std::get_if<parley::ConversationNumber>(&frame.to)) {
        json.field("conversation_id", parley::conversation_id(*number).uuid);
    } else {
        json.field("receiver_id", std::get<parley::UserId>(frame.to).uuid);
    }
    if (frame.client_id) {
        json.field("client_id", *frame.client_id);
    }
    json.field("message_type", name_of(frame.message_type));
    if (frame.media) {
        json.field("media_id", frame.media->uuid);
    }
    if (frame.reply_to) {
        json.field("reply_to", frame.reply_to->uuid);
    }
    json.name("mentions").begin_array();
    for (const parley::UserId& user : frame.mentions) {
        json.uuid(user.uuid);
    }
    json.end_array();
}

void put(JsonWriter& json, const wire::AckFrame& frame) {
    json.field("type", "ack").field("status", frame.read ? "read" : "delivered");
    if (const auto* message = std::get_if<parley::MessageId>(&frame.up_to)) {
        json.field("message_id", message->uuid);
        return;
    }
    json.field("conversation_id", parley::conversation_id(frame.conversation).uuid);
    json.field("seq", std::get<parley::Seq>(frame.up_to).value);
}

void put(JsonWriter& json, const wire::HistoryFrame& frame) {
    json.field("type", "history");
    json.field("conversation_id", parley::conversation_id(frame.conversation).uuid);
    if (frame.after) {
        json.field("after_seq", frame.after->value);
    }
    if (frame.before) {
        json.field("before_seq", frame.before->value);
    }
    json.field("limit", frame.limit);
}

void put(JsonWriter& json, const wire::SyncFrame& frame) {
    json.field("type", "sync").name("cursors").begin_object();
    for (const auto& [number, seq] : frame.cursors) {
        std::string name;
        parley::append_uuid(name, parley::conversation_id(number).uuid);
        json.field(name, seq.value);
    }
    json.end_object();
    if (frame.since) {
        json.field("since", *frame.since);
    }
    json.field("more", frame.more);
}

void put(JsonWriter& json, const wire::HeartbeatFrame& /*frame*/) {
    json.field("type", "heartbeat");
}

void put(JsonWriter& json, const wire::TypingFrame& frame) {
    json.field("type", "typing").field("active", frame.active);
    json.field("conversation_id", parley::conversation_id(frame.conversation).uuid);
}

void put(JsonWriter& json, const wire::PresenceFrame& frame) {
    json.field("type", "presence").field("status", frame.away ? "away" : "online");
}

void put(JsonWriter& json, const wire::WatchPresenceFrame& frame) {
    json.field("type", "watch_presence").name("user_ids").begin_array();
    for (const parley::UserId& user : frame.users) {
        json.uuid(user.uuid);
    }
    json.end_array();
}

void put(JsonWriter& json, const wire::CommandFrame& frame) {
    if (const auto* edit = std::get_if<core::EditMessage>(&frame.command)) {
        json.field("type", "edit_message").field("content", edit->content);
        json.field("client_id", edit->client_id);
    } else if (const auto* react = std::get_if<core::React>(&frame.command)) {
        json.field("type", "react").field("emoji", react->emoji);
        json.field("removed", react->removed).field("client_id", react->client_id);
    } else if (const auto* settings = std::get_if<core::ChangeSettings>(&frame.command)) {
        json.field("type", "mute").field("until", *settings->muted_until);
        json.field("conversation_id", parley::conversation_id(frame.conversation).uuid);
    } else {
        const bool everyone = std::holds_alternative<core::DeleteMessage>(frame.command);
        json.field("type", "delete_message").field("for", everyone ? "everyone" : "me");
    }
    if (frame.message) {
        json.field("message_id", frame.message->uuid);
    }
}

void put(JsonWriter& json, const wire::UnknownFrame& frame) {
    json.field("type", frame.type);
}

std::string written(const wire::ClientFrame& frame, std::string_view ref) {
    std::string text;
    JsonWriter json{text};
    json.begin_object();
    std::visit([&json](const auto& one) { put(json, one); }, frame);
    if (!ref.empty()) {
        json.name("ref").raw(ref);
    }
    json.end_object();
    return text;
}

// --- what stands in the text ----------------------------------------------------------------------

bool is_uuid(const PlainJson* json, const Uuid& expected) {
    if (json == nullptr || json->kind != PlainJson::Kind::text || json->text.size() != 36) {
        return false;
    }
    std::string lower = json->text;
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return lower == parley::to_string(expected);
}

bool is_text(const PlainJson* json, std::string_view expected) {
    return json != nullptr && json->kind == PlainJson::Kind::text && json->text == expected;
}

bool is_number(const PlainJson* json, std::uint64_t expected) {
    return json != nullptr && json->kind == PlainJson::Kind::natural && json->number == expected;
}

void expect_says(const PlainJson& json, const wire::AuthFrame& frame) {
    PARLEY_ASSERT(is_text(json.find("token"), frame.token) || frame.token.empty());
}

void expect_says(const PlainJson& json, const wire::SendFrame& frame) {
    PARLEY_ASSERT(is_text(json.find("content"), frame.content) || json.find("content") == nullptr);
    PARLEY_ASSERT((json.find("content") != nullptr) || frame.content.empty());
    if (const auto* number = std::get_if<parley::ConversationNumber>(&frame.to)) {
        PARLEY_ASSERT(is_uuid(json.find("conversation_id"), parley::conversation_id(*number).uuid));
    } else {
        PARLEY_ASSERT(json.find("conversation_id") == nullptr);
        PARLEY_ASSERT(is_uuid(json.find("receiver_id"), std::get<parley::UserId>(frame.to).uuid));
    }
    PARLEY_ASSERT(frame.media.has_value() == (json.find("media_id") != nullptr));
    PARLEY_ASSERT(!frame.media || is_uuid(json.find("media_id"), frame.media->uuid));
    PARLEY_ASSERT(!frame.reply_to || is_uuid(json.find("reply_to"), frame.reply_to->uuid));
    const PlainJson* mentions = json.find("mentions");
    PARLEY_ASSERT(frame.mentions.size() == (mentions == nullptr ? 0 : mentions->items.size()));
    PARLEY_ASSERT(frame.mentions.size() <= parley::core::kMentionsMax);
    for (std::size_t i = 0; i < frame.mentions.size(); ++i) {
        PARLEY_ASSERT(is_uuid(&mentions->items[i], frame.mentions[i].uuid));
    }
}

void expect_says(const PlainJson& json, const wire::AckFrame& frame) {
    PARLEY_ASSERT(is_text(json.find("status"), frame.read ? "read" : "delivered"));
    if (const auto* message = std::get_if<parley::MessageId>(&frame.up_to)) {
        PARLEY_ASSERT(is_uuid(json.find("message_id"), message->uuid));
        return;
    }
    PARLEY_ASSERT(
        is_uuid(json.find("conversation_id"), parley::conversation_id(frame.conversation).uuid)
    );
    PARLEY_ASSERT(is_number(json.find("seq"), std::get<parley::Seq>(frame.up_to).value));
}

void expect_says(const PlainJson& json, const wire::HistoryFrame& frame) {
    PARLEY_ASSERT(
        is_uuid(json.find("conversation_id"), parley::conversation_id(frame.conversation).uuid)
    );
    PARLEY_ASSERT(!frame.after || is_number(json.find("after_seq"), frame.after->value));
    PARLEY_ASSERT(!frame.before || is_number(json.find("before_seq"), frame.before->value));
    PARLEY_ASSERT(!(frame.after && frame.before));
    PARLEY_ASSERT(frame.limit >= 1 && frame.limit <= parley::core::kPageEventsMax);
}

void expect_says(const PlainJson& json, const wire::SyncFrame& frame) {
    PARLEY_ASSERT(frame.cursors.size() <= parley::core::kSyncCursorsMax);
    const PlainJson* cursors = json.find("cursors");
    std::size_t next = 0;
    for (const auto& [number, seq] : frame.cursors) {
        // In the order of the text; ids that no conversation can have are left out.
        PARLEY_ASSERT(cursors != nullptr);
        PlainJson name;
        name.kind = PlainJson::Kind::text;
        do {
            PARLEY_ASSERT(next < cursors->items.size());
            name.text = cursors->names[next++];
        } while (!is_uuid(&name, parley::conversation_id(number).uuid));
        PARLEY_ASSERT(is_number(&cursors->items[next - 1], seq.value));
    }
    PARLEY_ASSERT(!frame.since || is_text(json.find("since"), *frame.since));
    PARLEY_ASSERT(!frame.more || json.find("more")->truth);
}

void expect_says(const PlainJson& /*json*/, const wire::HeartbeatFrame& /*frame*/) {}
void expect_says(const PlainJson& /*json*/, const wire::UnknownFrame& /*frame*/) {}

void expect_says(const PlainJson& json, const wire::TypingFrame& frame) {
    PARLEY_ASSERT(
        is_uuid(json.find("conversation_id"), parley::conversation_id(frame.conversation).uuid)
    );
    const PlainJson* active = json.find("active");
    const bool said = active != nullptr && active->kind != PlainJson::Kind::null;
    PARLEY_ASSERT(frame.active == (!said || active->truth));
}

void expect_says(const PlainJson& json, const wire::PresenceFrame& frame) {
    PARLEY_ASSERT(is_text(json.find("status"), frame.away ? "away" : "online"));
}

void expect_says(const PlainJson& json, const wire::WatchPresenceFrame& frame) {
    const PlainJson* users = json.find("user_ids");
    PARLEY_ASSERT(users != nullptr && frame.users.size() == users->items.size());
    PARLEY_ASSERT(frame.users.size() <= wire::kWatchedMax);
    for (std::size_t i = 0; i < frame.users.size(); ++i) {
        PARLEY_ASSERT(is_uuid(&users->items[i], frame.users[i].uuid));
    }
}

void expect_says(const PlainJson& json, const wire::CommandFrame& frame) {
    PARLEY_ASSERT(!frame.message || is_uuid(json.find("message_id"), frame.message->uuid));
    const std::string& type = json.find("type")->text;
    PARLEY_ASSERT(frame.message.has_value() == (type != "mute"));
    if (const auto* edit = std::get_if<core::EditMessage>(&frame.command)) {
        PARLEY_ASSERT(type == "edit_message" && is_text(json.find("content"), edit->content));
    } else if (const auto* react = std::get_if<core::React>(&frame.command)) {
        PARLEY_ASSERT(type == "react" && is_text(json.find("emoji"), react->emoji));
        PARLEY_ASSERT(!react->removed || json.find("removed")->truth);
    } else if (std::holds_alternative<core::ChangeSettings>(frame.command)) {
        PARLEY_ASSERT(type == "mute");
    } else {
        const bool hides = std::holds_alternative<core::HideMessage>(frame.command);
        PARLEY_ASSERT(type == "delete_message" && hides == is_text(json.find("for"), "me"));
    }
}

void check_decoded(const PlainJson& json, const wire::Decoded& decoded) {
    PARLEY_ASSERT(!decoded.client_id || is_text(json.find("client_id"), *decoded.client_id));
    if (!decoded.ref.empty()) {
        const auto ref = parley::fuzz::PlainJsonParser::parse(decoded.ref, 0);
        const PlainJson* given = json.find("ref");
        PARLEY_ASSERT(ref && given != nullptr && ref->kind == given->kind);
        PARLEY_ASSERT(ref->text == given->text && ref->number == given->number);
    }
    if (!decoded.frame.ok()) {
        const parley::Error& error = decoded.frame.error();
        PARLEY_ASSERT(
            error.code == ErrorCode::invalid_request || error.code == ErrorCode::not_found
        );
        PARLEY_ASSERT(!error.detail.empty());
        return;
    }
    std::visit([&json](const auto& frame) { expect_says(json, frame); }, *decoded.frame);
    const std::string again = written(*decoded.frame, decoded.ref);
    const auto& type = json.find("type")->text;
    const wire::Decoded back = decode(again, '}');
    PARLEY_ASSERT(back.frame.ok() && back.frame->index() == decoded.frame->index());
    PARLEY_ASSERT(written(*back.frame, back.ref) == again);
    PARLEY_ASSERT(
        again.starts_with(R"({"type":)") && !type.empty() == !again.starts_with(R"({"type":"")")
    );
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const wire::Decoded decoded = decode(text, '"');
    const wire::Decoded again = decode(text, '\0');
    PARLEY_ASSERT(again.not_json == decoded.not_json && again.ref == decoded.ref);
    PARLEY_ASSERT(again.client_id == decoded.client_id);
    PARLEY_ASSERT(again.frame.ok() == decoded.frame.ok());

    const auto json = parley::fuzz::PlainJsonParser::parse(text, kDepthMax);
    PARLEY_ASSERT(decoded.not_json == !json.has_value());
    // As a body of REST, where nothing stands behind the text.
    static wire::JsonReader reader;
    const auto body = reader.read(std::string(text), false);
    PARLEY_ASSERT(
        std::holds_alternative<wire::JsonObject>(body) ==
        (json && json->kind == PlainJson::Kind::object)
    );
    if (!json) {
        return 0;
    }
    if (json->kind != PlainJson::Kind::object) {
        PARLEY_ASSERT(!decoded.frame.ok());
        return 0;
    }
    check_decoded(*json, decoded);
    return 0;
}
