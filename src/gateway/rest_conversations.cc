#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
Result<ConversationNumber> conversation_in(const std::string& segment) {
    TRY(const auto id, id_of<ConversationId>(segment));
    return wire::conversation_of(id.uuid);
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
    auto described = co_await describe(call->front, std::move(view));
    if (!described.ok()) {
        co_return error_response(described.error());
    }
    std::string body;
    wire::append_conversation(body, *described, false);
    co_return json_response(status, std::move(body));
}

runtime::Task<http::Response> list_messages(Call call) {
    messaging::HistoryRequest request;
    request.user = call.identity.user;
    ANSWER(request.conversation, conversation_in(call.path[0]));
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

namespace {

/// A page's cursor is the last place of the page before, in the form of a UUID: 32 digits of one spelling.
std::string cursor_of(const messaging::Activity& place) {
    return to_string(
        Uuid{.high = static_cast<std::uint64_t>(place.last_time.ticks), .low = place.number.value}
    );
}

Result<messaging::Activity> parse_cursor(std::string_view text) {
    const auto place = parse_uuid(text);
    if (!place) {
        return Error{ErrorCode::invalid_request, "cursor is not one of ours"};
    }
    return messaging::Activity{
        .last_time = Timestamp{static_cast<std::int64_t>(place->high)},
        .number = ConversationNumber{place->low}
    };
}

}  // namespace

runtime::Task<http::Response> list_by_activity(
    Call call, bool groups_only, void (*append)(std::string&, const wire::ConversationFields&)
) {
    messaging::ListRequest request{.user = call.identity.user, .groups_only = groups_only};
    ANSWER(request.limit, limit_of(call));
    if (const auto cursor = call.parameter("cursor")) {
        ANSWER(request.below, parse_cursor(*cursor));
    }
    auto found = co_await call.parts().messaging.list(call.loop(), request);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (messaging::ConversationView& view : found->views) {
        messaging::ConversationView one = std::move(view);
        auto described = co_await describe(call.front, std::move(one));
        if (!described.ok()) {
            co_return error_response(described.error());
        }
        std::string item;
        append(item, *described);
        json.raw(item);
    }
    json.end_array().name("next");
    found->next ? json.string(cursor_of(*found->next)) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

namespace {

runtime::Task<http::Response> list_conversations(Call call) {
    return list_by_activity(
        std::move(call),
        false,
        [](std::string& out, const wire::ConversationFields& fields) {
            wire::append_conversation(out, fields, false);
        }
    );
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

runtime::Task<http::Response> get_conversation(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    auto view =
        co_await call.parts().messaging.conversation(call.loop(), call.identity.user, number);
    if (!view.ok()) {
        co_return error_response(view.error());
    }
    messaging::ConversationView found = std::move(view).value();
    co_return co_await conversation_response(&call, 200, std::move(found));
}

/// What stands in the body, null included, changes; the rest stays.
Result<core::ChangeSettings> settings_in(const wire::JsonObject& body) {
    core::ChangeSettings settings;
    if (body.has("muted_until")) {
        TRY(const auto until, wire::decode_time(body, "muted_until"));
        settings.muted_until = until.value_or(Timestamp{});
    }
    TRY(settings.pinned, body.boolean("pinned"));
    TRY(settings.archived, body.boolean("archived"));
    if (body.has("draft")) {
        TRY(auto draft, body.text("draft"));
        settings.draft = std::move(draft).value_or("");
    }
    return settings;
}

Result<core::ConversationUpdated> update_in(const wire::JsonObject& body) {
    core::ConversationUpdated update;
    TRY(const auto ttl, body.number("ttl_seconds"));
    if (ttl) {
        update.ttl_seconds = static_cast<std::uint32_t>(std::min<std::uint64_t>(*ttl, UINT32_MAX));
    }
    if (body.has("pinned_message_ids")) {
        TRY(const auto ids, body.uuids("pinned_message_ids", core::kPinnedMessagesMax));
        update.pinned.emplace();
        for (const Uuid& id : ids) {
            update.pinned->push_back(MessageId{id});
        }
    }
    return update;
}

/// Whom the caller blocks by blocking in this conversation: the list of contacts has it too, and is never
/// behind the conversation.
runtime::Task<Result<UserId>> other_in(Call* call, ConversationNumber number) {
    auto seen =
        co_await call->parts().messaging.conversation(call->loop(), call->identity.user, number);
    if (!seen.ok()) {
        co_return std::move(seen).error();
    }
    if (seen->type == core::ConversationType::direct) {
        for (const auto& person : seen->people) {
            if (person.user != call->identity.user && !person.user.is_nil()) {
                co_return person.user;
            }
        }
    }
    co_return Error{ErrorCode::invalid_request, "there is nobody to block here"};
}

runtime::Task<http::Response> patch_conversation(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    ANSWER(const auto body, call.body());
    ANSWER(auto settings, settings_in(body));
    ANSWER(auto update, update_in(body));
    settings.user = call.identity.user;
    std::vector<core::Command> commands;
    // What is for everyone may be refused, so it goes first; what can be looked at is before any of it.
    if (update != core::ConversationUpdated{}) {
        commands.emplace_back(core::UpdateConversation{
            .actor = call.identity.user, .device = call.identity.device, .what = std::move(update)
        });
    }
    if (settings != core::ChangeSettings{.user = call.identity.user}) {
        commands.emplace_back(std::move(settings));
    }
    ANSWER(const auto blocked, body.boolean("blocked"));
    UserId other;
    if (blocked) {
        auto found = co_await other_in(&call, number);
        if (!found.ok()) {
            co_return error_response(found.error());
        }
        other = *found;
    }
    for (const core::Command& command : commands) {
        if (auto checked = messaging::Messaging::check(command); !checked.ok()) {
            co_return error_response(checked.error());
        }
    }
    bool first = true;
    for (core::Command& command : commands) {
        messaging::CommandRequest request{
            .conversation = number,
            .command = std::move(command),
            .message = std::nullopt,
            .session = {},
            .counts = std::exchange(first, false)
        };
        auto done = co_await call.parts().messaging.command(call.loop(), std::move(request));
        if (!done.ok()) {
            co_return error_response(done.error());
        }
    }
    if (blocked) {
        auto done =
            co_await call.parts().contacts.block(call.loop(), call.identity.user, other, *blocked);
        if (!done.ok()) {
            co_return error_response(done.error());
        }
    }
    co_return co_await get_conversation(std::move(call));
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/conversations", .handler = &list_conversations},
    Route{.method = "POST", .pattern = "/api/conversations", .handler = &open_conversation},
    Route{.method = "GET", .pattern = "/api/conversations/{}", .handler = &get_conversation},
    Route{.method = "PATCH", .pattern = "/api/conversations/{}", .handler = &patch_conversation},
    Route{.method = "GET", .pattern = "/api/conversations/{}/messages", .handler = &list_messages},
};

}  // namespace

std::span<const Route> conversation_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
