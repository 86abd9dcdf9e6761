#include "gateway/short_client.h"

#include <utility>

#include "base/json_writer.h"
#include "gateway/session.h"

namespace parley::gateway {

ShortClient* ShortClient::of(Front& front, SessionId id) noexcept {
    Session* session = front.find(id);
    return session == nullptr || !session->open() ? nullptr : session->short_client();
}

void ShortClient::push(const std::string& payload) {
    if (Session* session = front_.find(session_)) {
        session->push_payload(payload);
    }
}

void ShortClient::refuse(const Error& error, const std::string& to) {
    front_.shared().metrics.refusals.add(front_.lane());
    std::string payload;
    JsonWriter json{payload};
    json.begin_object().field("error", to_string(error.code)).field("detail", error.detail);
    if (!to.empty()) {
        json.field("to", to);
    }
    json.end_object();
    push(payload);
}

bool ShortClient::take(std::span<std::byte> text) {
    const std::string_view view{reinterpret_cast<const char*>(text.data()), text.size()};
    const auto read = front_.reader().read(view, true);
    const auto* object = std::get_if<wire::JsonObject>(&read);
    if (object == nullptr) {
        refuse({ErrorCode::invalid_request, "a frame is a JSON object"}, {});
        return false;
    }
    auto to = object->text("to");
    auto msg = object->text("msg");
    for (const auto* field : {&to, &msg}) {
        if (!field->ok()) {
            refuse(field->error(), {});
            return true;
        }
    }
    if (!*to || !*msg) {
        refuse({ErrorCode::invalid_request, "to and msg are needed"}, {});
        return true;
    }
    if (said_.size() >= kWaitingMax) {
        refuse({ErrorCode::rate_limited, "too many messages at once"}, **to);
        return true;
    }
    said_.push_back({.to = std::move(**to), .text = std::move(**msg)});
    // It may come to its end within spawn.
    if (!std::exchange(saying_, true) && !front_.spawn(say(&front_, session_))) {
        saying_ = false;
    }
    return true;
}

/// A user_id, or a username as its owner or anyone else writes it.
runtime::Task<Result<UserId>> ShortClient::find(Front* front, std::string to) {
    if (const auto id = parse_uuid(to)) {
        co_return UserId{*id};
    }
    auto found = co_await front->shared().parts.directory.by_username(front->loop(), to);
    CO_TRY(const ports::User user, std::move(found));
    co_return user.id;
}

runtime::Task<void> ShortClient::say(Front* front, SessionId id) {
    for (ShortClient* self = of(*front, id); self != nullptr; self = of(*front, id)) {
        if (self->said_.empty()) {
            self->saying_ = false;
            co_return;
        }
        const Saying next = std::move(self->said_.front());
        self->said_.pop_front();
        messaging::SendRequest request;
        request.session = id;
        request.received_at = front->now();
        request.message.sender = self->user_;
        request.message.sender_device = self->device_;
        request.message.client_id = to_string(random_uuid(front->loop().random()));
        request.message.content = next.text;
        auto receiver = co_await find(front, next.to);
        runtime::Callback<Result<messaging::SendReply>> answer;
        if (receiver.ok()) {
            request.to = *receiver;
            front->shared().parts.messaging.send(
                front->loop(), std::move(request), answer.completion()
            );
        } else {
            answer.completion()(receiver.error());
        }
        const auto sent = co_await answer.wait();
        self = of(*front, id);
        if (self == nullptr) {
            co_return;
        }
        if (!sent.ok()) {
            self->refuse(sent.error(), next.to);
            continue;
        }
        std::string payload;
        JsonWriter json{payload};
        json.begin_object().field("ack", sent->sent.message_id.uuid).field("to", next.to);
        json.end_object();
        self->push(payload);
    }
}

void ShortClient::show(ConversationNumber conversation, core::EventPtr event) {
    const bool says_something = event->type == core::EventType::message && !event->hidden &&
                                event->sender != user_ && !event->sender.is_nil();
    if (!says_something || heard_.size() >= kWaitingMax) {
        return;  // It knows no history: what it misses, any other client has.
    }
    heard_.push_back({.conversation = conversation, .event = std::move(event)});
    if (!std::exchange(telling_, true) && !front_.spawn(tell(&front_, session_))) {
        telling_ = false;
    }
}

runtime::Task<void> ShortClient::tell(Front* front, SessionId id) {
    for (ShortClient* self = of(*front, id); self != nullptr; self = of(*front, id)) {
        if (self->heard_.empty()) {
            self->telling_ = false;
            co_return;
        }
        const Hearing next = std::move(self->heard_.front());
        self->heard_.pop_front();
        const UserId sender = next.event->sender;
        std::vector<UserId> one{sender};
        const auto names = co_await front->names(std::move(one));
        self = of(*front, id);
        if (self == nullptr) {
            co_return;
        }
        const bool named = names.ok() && names->contains(sender);
        std::string payload;
        JsonWriter json{payload};
        json.begin_object();
        json.field("from", named ? names->at(sender).username : to_string(sender.uuid));
        json.field("msg", next.event->content).field("from_id", sender.uuid);
        json.field("conversation_id", conversation_id(next.conversation).uuid);
        json.field("timestamp", next.event->time).end_object();
        self->push(payload);
    }
}

}  // namespace parley::gateway
