#include <algorithm>

#include "base/json_writer.h"
#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

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

void append_command_ack(std::string& out, const CommandAckFields& ack) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "ack");
    if (ack.client_id) {
        json.field("client_id", *ack.client_id);
    }
    json.field("conversation_id", conversation_id(ack.conversation).uuid);
    if (ack.sent) {
        json.field("message_id", ack.sent->message_id.uuid);
        json.field("seq", ack.sent->seq.value);
        json.field("timestamp", ack.sent->time);
    }
    json.field("status", "sent");
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
    const std::optional<std::string>& client_id,
    std::uint32_t retry_after
) {
    JsonWriter json{out};
    json.begin_object();
    json.field("type", "error");
    json.field("code", code);
    json.field("detail", detail);
    if (retry_after > 0) {
        json.field("retry_after", retry_after);
    }
    put_ref(json, ref);
    if (client_id) {
        json.field("client_id", *client_id);
    }
    json.end_object();
}

void append_typing(
    std::string& out, ConversationNumber conversation, const UserId& user, bool active
) {
    JsonWriter json{out};
    json.begin_object().field("type", "typing");
    json.field("conversation_id", conversation_id(conversation).uuid);
    json.field("user_id", user.uuid).field("active", active).end_object();
}

void append_presence(std::string& out, const PresenceFields& presence) {
    JsonWriter json{out};
    json.begin_object().field("type", "presence").field("user_id", presence.user.uuid);
    json.field("status", presence.status).name("last_seen");
    presence.last_seen ? json.time(*presence.last_seen) : json.null();
    if (!presence.ref.empty()) {
        json.name("ref").raw(presence.ref);
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
