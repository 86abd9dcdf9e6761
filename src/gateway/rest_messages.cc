#include <array>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

runtime::Task<http::Response> send_message(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(auto send, wire::decode_send(body));
    if (send.message_type != core::MessageType::text || send.media) {
        co_return problem_response(404, "not_found", "no such media");
    }
    messaging::SendRequest request;
    request.to = send.to;
    request.received_at = call.loop().clock().steady();
    request.message.sender = call.identity.user;
    request.message.sender_device = call.identity.device;
    request.message.client_id =
        send.client_id ? std::move(*send.client_id) : to_string(random_uuid(call.loop().random()));
    request.message.message_type = send.message_type;
    request.message.content = std::move(send.content);
    request.message.reply_to = send.reply_to;
    request.message.mentions = std::move(send.mentions);
    runtime::Callback<Result<messaging::SendReply>> answer;
    call.parts().messaging.send(call.loop(), std::move(request), answer.completion());
    auto sent = co_await answer.wait();
    if (!sent.ok()) {
        co_return error_response(sent.error());
    }
    std::string out;
    JsonWriter json{out};
    json.begin_object().field("message_id", sent->sent.message_id.uuid);
    json.field("conversation_id", conversation_id(sent->conversation).uuid);
    json.field("seq", sent->sent.seq.value).field("timestamp", sent->sent.time);
    json.field("status", "sent").end_object();
    http::Response response = json_response(sent->sent.repeated ? 200 : 201, std::move(out));
    response.headers.push_back(
        {"Location", "/api/messages/" + to_string(sent->sent.message_id.uuid)}
    );
    co_return response;
}

runtime::Task<http::Response> get_message(Call call) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    auto found = co_await call.parts().messaging.message(call.loop(), call.identity.user, id);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    wire::append_event(
        body, found->conversation, *found->event, found->event->sender == call.identity.user
    );
    co_return json_response(200, std::move(body));
}

std::string_view status_of(const core::Cursor& cursor, Seq seq) noexcept {
    if (cursor.read >= seq) {
        return "read";
    }
    return cursor.delivered >= seq ? "delivered" : "sent";
}

runtime::Task<http::Response> get_status(Call call) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    auto found = co_await call.parts().messaging.message(call.loop(), call.identity.user, id);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    if (!found->receipts) {
        co_return problem_response(403, "forbidden", "you have left this conversation");
    }
    const Seq seq = found->event->seq;
    // The message's own status is what holds for every recipient.
    std::string_view all = "sent";
    if (found->read_by == found->sent_to) {
        all = "read";
    } else if (found->delivered_to == found->sent_to) {
        all = "delivered";
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().field("status", all).field("sent_to", found->sent_to);
    json.field("delivered_to", found->delivered_to).field("read_by", found->read_by);
    json.name("recipients").begin_array();
    for (const auto& recipient : found->recipients) {
        json.begin_object().field("user_id", recipient.user.uuid);
        json.field("status", status_of(recipient.cursor, seq))
            .name("timestamp")
            .null()
            .end_object();
    }
    json.end_array().end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> set_status(Call call) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    const auto place = locate(id);
    ANSWER(const auto body, call.body());
    ANSWER(const auto status, body.text("status"));
    if (!status || (*status != "delivered" && *status != "read")) {
        co_return problem_response(400, "invalid_request", "status must be delivered or read");
    }
    if (!place) {
        co_return problem_response(404, "not_found", "no such message");
    }
    const messaging::MarkRequest request{
        .user = call.identity.user,
        .session = {},
        .conversation = place->conversation,
        .up_to = id,
        .status = *status == "read" ? messaging::ReceiptStatus::read
                                    : messaging::ReceiptStatus::delivered,
    };
    runtime::Callback<Result<void>> answer;
    call.parts().messaging.mark(call.loop(), request, answer.completion());
    auto marked = co_await answer.wait();
    if (!marked.ok()) {
        co_return error_response(marked.error());
    }
    co_return no_content();
}

/// A command about the message in the path.
runtime::Task<Result<messaging::CommandReply>> command_on(
    Call* call, MessageId id, core::Command command
) {
    const auto place = locate(id);
    if (!place) {
        co_return Error{ErrorCode::not_found, "no such message"};
    }
    messaging::CommandRequest request{
        .conversation = place->conversation,
        .command = std::move(command),
        .message = id,
        .session = {}
    };
    co_return co_await call->parts().messaging.command(call->loop(), std::move(request));
}

runtime::Task<http::Response> edit_message(Call call) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    ANSWER(const auto body, call.body());
    ANSWER(auto content, body.text("content"));
    ANSWER(auto client_id, body.text("client_id"));
    if (!content) {
        co_return problem_response(400, "invalid_request", "content is needed");
    }
    core::EditMessage edit{
        .actor = call.identity.user,
        .device = call.identity.device,
        .client_id = std::move(client_id).value_or(to_string(random_uuid(call.loop().random()))),
        .target = {},
        .content = std::move(*content)
    };
    auto edited = co_await command_on(&call, id, std::move(edit));
    if (!edited.ok()) {
        co_return error_response(edited.error());
    }
    co_return co_await get_message(std::move(call));
}

runtime::Task<http::Response> delete_message(Call call) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    const std::string_view whom = call.parameter("for").value_or("everyone");
    if (whom != "everyone" && whom != "me") {
        co_return problem_response(400, "invalid_request", "for must be everyone or me");
    }
    core::Command command = core::DeleteMessage{
        .actor = call.identity.user, .device = call.identity.device, .target = {}
    };
    if (whom == "me") {
        command = core::HideMessage{.user = call.identity.user, .seq = {}};
    }
    auto deleted = co_await command_on(&call, id, std::move(command));
    co_return deleted.ok() ? no_content() : error_response(deleted.error());
}

runtime::Task<http::Response> react(Call call, bool removed) {
    ANSWER(const auto id, id_of<MessageId>(call.path[0]));
    std::optional<std::string> client_id;
    if (!call.request.body.empty()) {
        ANSWER(const auto body, call.body());
        ANSWER(client_id, body.text("client_id"));
    }
    core::React reaction{
        .actor = call.identity.user,
        .device = call.identity.device,
        .client_id = std::move(client_id).value_or(""),
        .target = {},
        .emoji = call.path[1],
        .removed = removed
    };
    auto done = co_await command_on(&call, id, std::move(reaction));
    co_return done.ok() ? no_content() : error_response(done.error());
}

runtime::Task<http::Response> put_reaction(Call call) {
    return react(std::move(call), false);
}
runtime::Task<http::Response> delete_reaction(Call call) {
    return react(std::move(call), true);
}

constexpr std::array kRoutes{
    Route{.method = "POST", .pattern = "/api/messages", .handler = &send_message},
    Route{.method = "GET", .pattern = "/api/messages/{}", .handler = &get_message},
    Route{.method = "PATCH", .pattern = "/api/messages/{}", .handler = &edit_message},
    Route{.method = "DELETE", .pattern = "/api/messages/{}", .handler = &delete_message},
    Route{.method = "GET", .pattern = "/api/messages/{}/status", .handler = &get_status},
    Route{.method = "PUT", .pattern = "/api/messages/{}/status", .handler = &set_status},
    Route{.method = "PUT", .pattern = "/api/messages/{}/reactions/{}", .handler = &put_reaction},
    Route{
        .method = "DELETE", .pattern = "/api/messages/{}/reactions/{}", .handler = &delete_reaction
    },
};

}  // namespace

std::span<const Route> message_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
