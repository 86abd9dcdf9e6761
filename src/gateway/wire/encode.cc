#include <algorithm>

#include "base/json_writer.h"
#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

std::string_view name_of(core::MessageType type) noexcept {
    switch (type) {
        case core::MessageType::text:
            return "text";
        case core::MessageType::image:
            return "image";
        case core::MessageType::video:
            return "video";
        case core::MessageType::audio:
            return "audio";
        case core::MessageType::file:
            return "file";
    }
    return "text";
}

void put_ref(JsonWriter& json, std::string_view ref) {
    if (!ref.empty()) {
        json.name("ref").raw(ref);
    }
}

}  // namespace

Frame::Frame(std::string_view head, std::string_view payload)
    : size_(head.size() + payload.size()) {
    // NOLINTNEXTLINE(modernize-avoid-c-arrays)
    auto bytes = std::make_shared_for_overwrite<char[]>(size_);
    std::ranges::copy(head, bytes.get());
    std::ranges::copy(payload, bytes.get() + head.size());
    bytes_ = std::move(bytes);
}

void append_event(
    std::string& out, ConversationNumber conversation, const core::Event& event, bool own
) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "new_message");
    json.field("message_id", message_id(conversation, event.time).uuid);
    json.field("conversation_id", conversation_id(conversation).uuid);
    json.field("seq", event.seq.value);
    json.field("sender_id", event.sender.uuid);
    json.field("content", event.content);
    json.field("message_type", name_of(event.message_type));
    if (event.reply_to) {
        json.field("reply_to", event.reply_to->uuid);
    }
    if (!event.mentions.empty()) {
        json.name("mentions").begin_array();
        for (const UserId& user : event.mentions) {
            json.uuid(user.uuid);
        }
        json.end_array();
    }
    json.field("sender_device_id", event.sender_device.uuid);
    if (own) {
        json.field("client_id", event.client_id);
    }
    json.field("timestamp", event.time);
    json.end_object();
}

void append_send_ack(std::string& out, const SendAckFields& ack) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "ack");
    json.field("client_id", ack.client_id);
    json.field("message_id", ack.message_id.uuid);
    json.field("conversation_id", conversation_id(ack.conversation).uuid);
    json.field("seq", ack.seq.value);
    json.field("status", "sent");
    json.field("timestamp", ack.time);
    put_ref(json, ack.ref);
    json.end_object();
}

void append_receipt(std::string& out, const ReceiptFields& receipt) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "ack");
    json.field("conversation_id", conversation_id(receipt.conversation).uuid);
    json.field("message_id", receipt.message_id.uuid);
    json.field("seq", receipt.seq.value);
    json.field("user_id", receipt.user.uuid);
    json.field("status", receipt.read ? "read" : "delivered");
    json.field("timestamp", receipt.time);
    json.end_object();
}

void append_conversation(
    std::string& out, const ConversationFields& conversation, UserId viewer, bool frame
) {
    JsonWriter json{out};
    json.begin_object();
    const std::string_view type = conversation.direct ? "direct" : "group";
    if (frame) {
        json.field("type", "conversation");
    }
    json.field("conversation_id", conversation_id(conversation.number).uuid);
    json.field(frame ? "conversation_type" : "type", type);
    json.field("title", conversation.title);
    json.name("members").begin_array();
    for (const ConversationFields::Member& member : conversation.members) {
        json.begin_object();
        json.field("user_id", member.user.uuid);
        json.field("username", member.username);
        json.field("display_name", member.display_name);
        json.end_object();
    }
    json.end_array();
    json.field("last_seq", conversation.last_seq.value);
    json.name("last_event");
    if (conversation.last_event == nullptr) {
        json.null();
    } else {
        std::string event;
        append_event(
            event,
            conversation.number,
            *conversation.last_event,
            conversation.last_event->sender == viewer
        );
        json.raw(event);
    }
    json.field("read_seq", conversation.read_seq.value);
    json.field("delivered_seq", conversation.delivered_seq.value);
    json.field("unread", conversation.unread);
    json.field("muted", false);
    json.field("created_at", creation_time(conversation.number));
    json.end_object();
}

std::size_t append_events(
    std::string& out,
    ConversationNumber conversation,
    std::span<const core::EventPtr> events,
    const EventsOptions& options
) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "events");
    json.field("conversation_id", conversation_id(conversation).uuid);
    json.name("events").begin_array();
    std::string one;
    std::size_t written = 0;
    for (const core::EventPtr& event : events) {
        one.clear();
        append_event(one, conversation, *event, event->sender == options.viewer);
        if (written > 0 && out.size() + one.size() > kEventsBytesMax) {
            break;
        }
        json.raw(one);
        ++written;
    }
    json.end_array();
    json.field("has_more", options.has_more || (options.cut_is_more && written < events.size()));
    put_ref(json, options.ref);
    json.end_object();
    return written;
}

void append_error(
    std::string& out,
    std::string_view code,
    std::string_view detail,
    std::string_view ref,
    const std::optional<std::string>& client_id
) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "error");
    json.field("code", code);
    json.field("detail", detail);
    put_ref(json, ref);
    if (client_id) {
        json.field("client_id", *client_id);
    }
    json.end_object();
}

std::string problem(int status, std::string_view code, std::string_view detail) {
    std::string out;
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "about:blank");
    std::string title{code};
    std::ranges::replace(title, '_', ' ');
    json.field("title", title);
    json.field("status", status);
    json.field("detail", detail);
    json.field("code", code);
    json.end_object();
    return out;
}

int http_status(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_request:
            return 400;
        case ErrorCode::unauthorized:
        case ErrorCode::token_expired:
            return 401;
        case ErrorCode::forbidden:
        case ErrorCode::blocked:
            return 403;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::too_large:
            return 413;
        case ErrorCode::rate_limited:
            return 429;
        case ErrorCode::unavailable:
            return 503;
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

}  // namespace parley::wire
