#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

Result<ConversationNumber> conversation_of(const std::string& segment) {
    TRY(const auto id, id_of<ConversationId>(segment));
    const auto number = conversation_number(id);
    if (!number) {
        return Error{ErrorCode::not_found, "no such conversation"};
    }
    return *number;
}

Result<std::size_t> limit_of(const Call& call) {
    TRY(const auto limit, call.number("limit"));
    if (limit && *limit == 0) {
        return Error{ErrorCode::invalid_request, "limit must be at least 1"};
    }
    return std::min<std::uint64_t>(limit.value_or(core::kPageEventsDefault), core::kPageEventsMax);
}

runtime::Task<http::Response> conversation_response(
    Call* call, int status, messaging::ConversationView view
) {
    const UserId viewer = call->identity.user;
    auto described = co_await describe(call->front, std::move(view), viewer);
    if (!described.ok()) {
        co_return error_response(described.error());
    }
    std::string body;
    wire::append_conversation(body, *described, viewer, false);
    co_return json_response(status, std::move(body));
}

runtime::Task<http::Response> open_conversation(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(const auto user, body.uuid("user_id"));
    if (!user) {
        co_return problem_response(400, "invalid_request", "user_id is needed");
    }
    const UserId other{*user};
    auto opened =
        co_await call.parts().messaging.open_direct(call.loop(), call.identity.user, other);
    if (!opened.ok()) {
        co_return error_response(opened.error());
    }
    const bool created = opened->created;
    std::string place = "/api/conversations/";
    append_uuid(place, conversation_id(opened->view.number).uuid);
    messaging::ConversationView view = std::move(opened->view);
    http::Response response =
        co_await conversation_response(&call, created ? 201 : 200, std::move(view));
    if (response.status == 201) {
        response.headers.push_back({"Location", std::move(place)});
    }
    co_return response;
}

/// Lists go by (last activity, number); a page's cursor is the last pair of the page before, in the
/// form of a UUID: 32 digits of one spelling.
std::string cursor_of(const messaging::ConversationView& view) {
    return to_string(
        Uuid{.high = static_cast<std::uint64_t>(view.last_time.ticks), .low = view.number.value}
    );
}

Result<std::pair<Timestamp, ConversationNumber>> parse_cursor(std::string_view text) {
    const auto place = parse_uuid(text);
    if (!place) {
        return Error{ErrorCode::invalid_request, "cursor is not one of ours"};
    }
    return std::pair{
        Timestamp{static_cast<std::int64_t>(place->high)}, ConversationNumber{place->low}
    };
}

runtime::Task<http::Response> list_conversations(Call call) {
    ANSWER(const auto limit, limit_of(call));
    std::optional<std::pair<Timestamp, ConversationNumber>> below;
    if (const auto cursor = call.parameter("cursor")) {
        ANSWER(below, parse_cursor(*cursor));
    }
    const UserId viewer = call.identity.user;
    auto found = co_await call.parts().messaging.conversations(call.loop(), viewer);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::vector<messaging::ConversationView> views = std::move(found).value();
    if (below) {
        std::erase_if(views, [&](const auto& view) {
            return std::pair{view.last_time, view.number} >= *below;
        });
    }
    std::string next;
    if (views.size() > limit) {
        views.resize(limit);
        next = cursor_of(views.back());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (messaging::ConversationView& view : views) {
        messaging::ConversationView one = std::move(view);
        auto described = co_await describe(call.front, std::move(one), viewer);
        if (!described.ok()) {
            co_return error_response(described.error());
        }
        std::string item;
        wire::append_conversation(item, *described, viewer, false);
        json.raw(item);
    }
    json.end_array().name("next");
    next.empty() ? json.null() : json.string(next);
    json.end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> get_conversation(Call call) {
    ANSWER(const auto number, conversation_of(call.path[0]));
    auto view =
        co_await call.parts().messaging.conversation(call.loop(), call.identity.user, number);
    if (!view.ok()) {
        co_return error_response(view.error());
    }
    messaging::ConversationView found = std::move(view).value();
    co_return co_await conversation_response(&call, 200, std::move(found));
}

runtime::Task<http::Response> list_messages(Call call) {
    messaging::HistoryRequest request;
    request.user = call.identity.user;
    ANSWER(request.conversation, conversation_of(call.path[0]));
    ANSWER(request.limit, limit_of(call));
    ANSWER(const auto before, call.number("before_seq"));
    ANSWER(const auto after, call.number("after_seq"));
    if (before && after) {
        co_return problem_response(
            400, "invalid_request", "either before_seq or after_seq, not both"
        );
    }
    if (before) {
        request.before = Seq{*before};
    }
    if (after) {
        request.after = Seq{*after};
    }
    const UserId viewer = request.user;
    const ConversationNumber conversation = request.conversation;
    auto page = co_await call.parts().messaging.history(call.loop(), request);
    if (!page.ok()) {
        co_return error_response(page.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const core::EventPtr& event : page->events) {
        std::string item;
        wire::append_event(item, conversation, *event, event->sender == viewer);
        json.raw(item);
    }
    json.end_array().name("next");
    page->has_more ? json.number(page->events.back()->seq.value) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

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
    const Seq seq = found->event->seq;
    // The message's own status is what holds for every recipient.
    std::string_view all = "read";
    for (const auto& recipient : found->recipients) {
        const std::string_view one = status_of(recipient.cursor, seq);
        if (one == "sent" || (one == "delivered" && all == "read")) {
            all = one;
        }
        if (all == "sent") {
            break;
        }
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().field("status", all).name("recipients").begin_array();
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

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/conversations", .handler = &list_conversations},
    Route{.method = "POST", .pattern = "/api/conversations", .handler = &open_conversation},
    Route{.method = "GET", .pattern = "/api/conversations/{}", .handler = &get_conversation},
    Route{.method = "GET", .pattern = "/api/conversations/{}/messages", .handler = &list_messages},
    Route{.method = "POST", .pattern = "/api/messages", .handler = &send_message},
    Route{.method = "GET", .pattern = "/api/messages/{}", .handler = &get_message},
    Route{.method = "GET", .pattern = "/api/messages/{}/status", .handler = &get_status},
    Route{.method = "PUT", .pattern = "/api/messages/{}/status", .handler = &set_status},
};

}  // namespace

std::span<const Route> conversation_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
