#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

Error invalid(std::string detail) {
    return {ErrorCode::invalid_request, std::move(detail)};
}

Result<ConversationNumber> conversation_of(const Uuid& uuid) {
    const auto number = conversation_number(ConversationId{uuid});
    if (!number) {
        return Error{ErrorCode::not_found, "no such conversation"};
    }
    return *number;
}

Result<core::MessageType> message_type_of(const std::optional<std::string>& name) {
    if (!name || *name == "text") {
        return core::MessageType::text;
    }
    if (*name == "image") {
        return core::MessageType::image;
    }
    if (*name == "video") {
        return core::MessageType::video;
    }
    if (*name == "audio") {
        return core::MessageType::audio;
    }
    if (*name == "file") {
        return core::MessageType::file;
    }
    return invalid("message_type must be text, image, video, audio or file");
}

Result<ClientFrame> decode_auth(const JsonObject& object) {
    TRY(auto token, object.text("token"));
    return ClientFrame{AuthFrame{.token = token.value_or("")}};
}

Result<ClientFrame> decode_ack(const JsonObject& object) {
    AckFrame ack;
    TRY(const auto status, object.text("status"));
    if (!status || (*status != "delivered" && *status != "read")) {
        return invalid("status must be delivered or read");
    }
    ack.read = *status == "read";
    TRY(const auto message, object.uuid("message_id"));
    if (message) {
        const auto place = locate(MessageId{*message});
        if (!place) {
            return Error{ErrorCode::not_found, "no such message"};
        }
        ack.conversation = place->conversation;
        ack.up_to = MessageId{*message};
        return ClientFrame{ack};
    }
    TRY(const auto conversation, object.uuid("conversation_id"));
    TRY(const auto seq, object.number("seq"));
    if (!conversation || !seq) {
        return invalid("an ack needs message_id, or conversation_id and seq");
    }
    TRY(ack.conversation, conversation_of(*conversation));
    ack.up_to = Seq{*seq};
    return ClientFrame{ack};
}

Result<ClientFrame> decode_history(const JsonObject& object) {
    HistoryFrame history;
    TRY(const auto conversation, object.uuid("conversation_id"));
    if (!conversation) {
        return invalid("conversation_id is missing");
    }
    TRY(history.conversation, conversation_of(*conversation));
    TRY(const auto after, object.number("after_seq"));
    TRY(const auto before, object.number("before_seq"));
    TRY(const auto limit, object.number("limit"));
    if (after && before) {
        return invalid("either after_seq or before_seq, not both");
    }
    if (limit && *limit == 0) {
        return invalid("limit must be at least 1");
    }
    if (after) {
        history.after = Seq{*after};
    }
    if (before) {
        history.before = Seq{*before};
    }
    history.limit =
        std::min<std::uint64_t>(limit.value_or(core::kPageEventsMax), core::kPageEventsMax);
    return ClientFrame{history};
}

Result<ClientFrame> decode_sync(const JsonObject& object) {
    SyncFrame sync;
    TRY(const auto cursors, object.uuid_numbers("cursors", core::kSyncCursorsMax));
    for (const auto& [id, seq] : cursors) {
        // An id that no conversation can have is as good as one that the client is not in: no news.
        if (const auto number = conversation_number(ConversationId{id})) {
            sync.cursors.emplace_back(*number, Seq{seq});
        }
    }
    TRY(sync.since, object.text("since"));
    TRY(const auto more, object.boolean("more"));
    sync.more = more.value_or(false);
    return ClientFrame{std::move(sync)};
}

Result<ClientFrame> decode_typed(const JsonObject& object, const std::string& type) {
    if (type == "send_message") {
        TRY(auto send, decode_send(object));
        return ClientFrame{std::move(send)};
    }
    if (type == "ack") {
        return decode_ack(object);
    }
    if (type == "heartbeat") {
        return ClientFrame{HeartbeatFrame{}};
    }
    if (type == "history") {
        return decode_history(object);
    }
    if (type == "sync") {
        return decode_sync(object);
    }
    if (type == "auth") {
        return decode_auth(object);
    }
    return ClientFrame{UnknownFrame{.type = type}};
}

}  // namespace

Result<SendFrame> decode_send(const JsonObject& object) {
    SendFrame send;
    TRY(send.client_id, object.text("client_id"));
    TRY(const auto conversation, object.uuid("conversation_id"));
    TRY(const auto receiver, object.uuid("receiver_id"));
    if (conversation) {
        TRY(send.to, conversation_of(*conversation));
    } else if (receiver) {
        send.to = UserId{*receiver};
    } else {
        return invalid("a message needs conversation_id or receiver_id");
    }
    TRY(auto content, object.text("content"));
    TRY(const auto type, object.text("message_type"));
    TRY(send.message_type, message_type_of(type));
    TRY(const auto media, object.uuid("media_id"));
    if (media) {
        send.media = MediaId{*media};
    }
    if (!content && send.message_type == core::MessageType::text) {
        return invalid("content is missing");
    }
    send.content = std::move(content).value_or("");
    TRY(const auto reply, object.uuid("reply_to"));
    if (reply) {
        send.reply_to = MessageId{*reply};
    }
    TRY(const auto mentions, object.uuids("mentions", core::kMentionsMax));
    for (const Uuid& user : mentions) {
        send.mentions.push_back(UserId{user});
    }
    return send;
}

Decoded decode_frame(JsonReader& reader, std::span<std::byte> text) {
    Decoded decoded;
    const std::string_view view{reinterpret_cast<const char*>(text.data()), text.size()};
    const auto read = reader.read(view, true);
    if (const auto* fault = std::get_if<JsonReader::Fault>(&read)) {
        decoded.not_json = *fault == JsonReader::Fault::not_json;
        decoded.frame =
            invalid(decoded.not_json ? "the frame is not JSON" : "the frame is not a JSON object");
        return decoded;
    }
    const auto& object = std::get<JsonObject>(read);
    if (auto ref = object.ref(); ref.ok()) {
        decoded.ref = std::move(ref).value();
    } else {
        decoded.frame = std::move(ref).error();
        return decoded;
    }
    if (auto client_id = object.text("client_id"); client_id.ok()) {
        decoded.client_id = std::move(client_id).value();
    }
    auto type = object.text("type");
    if (!type.ok() || !type->has_value()) {
        decoded.frame = invalid("type must be a string");
        return decoded;
    }
    decoded.frame = decode_typed(object, **type);
    return decoded;
}

}  // namespace parley::wire
