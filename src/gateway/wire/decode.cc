#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

Error invalid(std::string detail) {
    return {ErrorCode::invalid_request, std::move(detail)};
}

std::optional<std::int64_t> two_digits(std::string_view text, int at_most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool all = error == std::errc{} && end == text.data() + text.size();
    return all && text.front() != '-' && value <= at_most ? std::optional<std::int64_t>{value}
                                                          : std::nullopt;
}

/// RFC 3339 as others write it: any fraction of a second, or none, and any offset. What is finer than a
/// millisecond is dropped; years 1970 to 9999.
std::optional<Timestamp> parse_time(std::string_view text) {
    constexpr std::size_t kToSeconds = 19;
    constexpr std::int64_t kMillisMax = 253'402'300'799'999;
    if (text.size() <= kToSeconds || (text[10] != 'T' && text[10] != 't')) {
        return std::nullopt;
    }
    std::string canonical(text.substr(0, kToSeconds));
    canonical[10] = 'T';
    std::string_view rest = text.substr(kToSeconds);
    std::string millis = "000";
    if (rest.front() == '.') {
        const std::size_t end = rest.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::size_t kept = std::min<std::size_t>(end - 1, 3);
        millis.replace(0, kept, rest.substr(1, kept));
        rest.remove_prefix(end);
    }
    canonical.append(".").append(millis).append("Z");
    const auto local = parse_rfc3339(canonical);
    std::int64_t minutes_ahead = 0;
    if (rest != "Z" && rest != "z") {
        if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
            return std::nullopt;
        }
        const auto hours = two_digits(rest.substr(1, 2), 23);
        const auto minutes = two_digits(rest.substr(4, 2), 59);
        if (!hours || !minutes) {
            return std::nullopt;
        }
        minutes_ahead = (rest[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
    }
    if (!local) {
        return std::nullopt;
    }
    const std::int64_t utc = local->millis() - minutes_ahead * 60'000;
    return utc < 0 || utc > kMillisMax ? std::nullopt : std::optional(Timestamp::from_millis(utc));
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

/// What names one message: it also says which conversation.
Result<CommandFrame> about_message(const JsonObject& object, core::Command command) {
    TRY(const auto uuid, object.uuid("message_id"));
    if (!uuid) {
        return invalid("message_id is missing");
    }
    const auto place = locate(MessageId{*uuid});
    if (!place) {
        return Error{ErrorCode::not_found, "no such message"};
    }
    return CommandFrame{
        .conversation = place->conversation,
        .command = std::move(command),
        .message = MessageId{*uuid}
    };
}

Result<ClientFrame> decode_edit(const JsonObject& object) {
    core::EditMessage edit;
    TRY(auto content, object.text("content"));
    if (!content) {
        return invalid("content is missing");
    }
    edit.content = std::move(*content);
    TRY(auto client_id, object.text("client_id"));
    edit.client_id = std::move(client_id).value_or("");
    TRY(auto frame, about_message(object, std::move(edit)));
    return ClientFrame{std::move(frame)};
}

Result<ClientFrame> decode_delete(const JsonObject& object) {
    TRY(const auto whom, object.text("for"));
    if (whom && *whom != "everyone" && *whom != "me") {
        return invalid("for must be everyone or me");
    }
    core::Command command = core::DeleteMessage{};
    if (whom && *whom == "me") {
        command = core::HideMessage{};
    }
    TRY(auto frame, about_message(object, std::move(command)));
    return ClientFrame{std::move(frame)};
}

Result<ClientFrame> decode_react(const JsonObject& object) {
    core::React react;
    TRY(auto emoji, object.text("emoji"));
    if (!emoji) {
        return invalid("emoji is missing");
    }
    react.emoji = std::move(*emoji);
    TRY(const auto removed, object.boolean("removed"));
    react.removed = removed.value_or(false);
    TRY(auto client_id, object.text("client_id"));
    react.client_id = std::move(client_id).value_or("");
    TRY(auto frame, about_message(object, std::move(react)));
    return ClientFrame{std::move(frame)};
}

Result<ConversationNumber> named_conversation(const JsonObject& object) {
    TRY(const auto conversation, object.uuid("conversation_id"));
    if (!conversation) {
        return invalid("conversation_id is missing");
    }
    return conversation_of(*conversation);
}

Result<ClientFrame> decode_mute(const JsonObject& object) {
    CommandFrame frame;
    TRY(frame.conversation, named_conversation(object));
    core::ChangeSettings settings;
    TRY(const auto until, decode_time(object, "until"));
    settings.muted_until = until.value_or(Timestamp{});
    frame.command = std::move(settings);
    return ClientFrame{std::move(frame)};
}

Result<ClientFrame> decode_typing(const JsonObject& object) {
    TypingFrame typing;
    TRY(typing.conversation, named_conversation(object));
    TRY(const auto active, object.boolean("active"));
    typing.active = active.value_or(true);
    return ClientFrame{typing};
}

Result<ClientFrame> decode_presence(const JsonObject& object) {
    TRY(const auto status, object.text("status"));
    if (!status || (*status != "online" && *status != "away")) {
        return invalid("status must be online or away");
    }
    return ClientFrame{PresenceFrame{.away = *status == "away"}};
}

Result<ClientFrame> decode_watch(const JsonObject& object) {
    if (!object.has("user_ids")) {
        return invalid("user_ids is missing");
    }
    WatchPresenceFrame watch;
    TRY(const auto uuids, object.uuids("user_ids", kWatchedMax));
    for (const Uuid& uuid : uuids) {
        watch.users.push_back(UserId{uuid});
    }
    return ClientFrame{std::move(watch)};
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
    if (type == "typing") {
        return decode_typing(object);
    }
    if (type == "presence") {
        return decode_presence(object);
    }
    if (type == "watch_presence") {
        return decode_watch(object);
    }
    if (type == "edit_message") {
        return decode_edit(object);
    }
    if (type == "delete_message") {
        return decode_delete(object);
    }
    if (type == "react") {
        return decode_react(object);
    }
    if (type == "mute") {
        return decode_mute(object);
    }
    if (type == "auth") {
        return decode_auth(object);
    }
    return ClientFrame{UnknownFrame{.type = type}};
}

}  // namespace

Result<ConversationNumber> conversation_of(const Uuid& uuid) {
    const auto number = conversation_number(ConversationId{uuid});
    if (!number) {
        return Error{ErrorCode::not_found, "no such conversation"};
    }
    return *number;
}

Result<std::optional<Timestamp>> decode_time(const JsonObject& object, std::string_view name) {
    TRY(const auto text, object.text(name));
    if (!text) {
        return std::optional<Timestamp>{};
    }
    const auto time = parse_time(*text);
    if (!time) {
        return invalid(std::string(name) + " must be an RFC 3339 time");
    }
    return time;
}

Result<core::Role> decode_role(const JsonObject& object) {
    TRY(const auto role, object.text("role"));
    for (const core::Role one : {core::Role::member, core::Role::admin, core::Role::owner}) {
        if (role == role_name(one)) {
            return one;
        }
    }
    return invalid("role must be owner, admin or member");
}

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
