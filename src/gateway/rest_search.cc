#include <array>
#include <string>
#include <utility>

#include "gateway/rest_call.h"
#include "services/search/search.h"

namespace parley::gateway {
namespace {

Error bad(std::string_view name) {
    return {
        ErrorCode::invalid_request,
        std::string{name} + " must be a date (2026-11-22) or a time (2026-11-22T03:40:00.125Z)"
    };
}

std::optional<Timestamp> time_in(std::string_view text) {
    constexpr std::size_t kDateSize = 10;
    constexpr std::size_t kSecondsSize = 19;
    if (text.size() == kDateSize) {
        return parse_rfc3339(std::string{text} + "T00:00:00.000Z");
    }
    if (text.size() == kSecondsSize + 1 && text.back() == 'Z') {
        return parse_rfc3339(std::string{text.substr(0, kSecondsSize)} + ".000Z");
    }
    return parse_rfc3339(text);
}

/// `before` is the `next` of the page before, which is a message's id; or a time.
Result<std::optional<ports::SearchPlace>> place_in(const Call& call) {
    const auto text = call.parameter("before");
    if (!text) {
        return std::optional<ports::SearchPlace>{};
    }
    if (const auto uuid = parse_uuid(*text)) {
        const auto place = locate(MessageId{*uuid});
        if (!place) {
            return Error{ErrorCode::invalid_request, "before names no message"};
        }
        return std::optional(
            ports::SearchPlace{.time = place->time, .conversation = place->conversation}
        );
    }
    const auto time = time_in(*text);
    if (!time) {
        return bad("before");
    }
    return std::optional(ports::SearchPlace{.time = *time, .conversation = {}});
}

Result<search::Request> request_in(const Call& call) {
    search::Request request;
    request.user = call.identity.user;
    const auto q = call.parameter("q");
    if (!q) {
        return Error{ErrorCode::invalid_request, "q is needed: the words to search for"};
    }
    request.q = *q;
    if (const auto conversation = call.parameter("conversation_id")) {
        TRY(request.conversation, conversation_in(std::string{*conversation}));
    }
    if (const auto sender = call.parameter("sender_id")) {
        const auto uuid = *sender == "me" ? call.identity.user.uuid : parse_uuid(*sender);
        if (!uuid) {
            return Error{ErrorCode::invalid_request, "sender_id must be a user's id, or me"};
        }
        request.sender = UserId{*uuid};
    }
    if (const auto after = call.parameter("after")) {
        const auto time = time_in(*after);
        if (!time) {
            return bad("after");
        }
        request.after = *time;
    }
    TRY(request.before, place_in(call));
    TRY(const auto limit, call.number("limit"));
    if (limit && *limit == 0) {
        return Error{ErrorCode::invalid_request, "limit must be at least 1"};
    }
    request.limit = static_cast<std::size_t>(limit.value_or(search::kLimitMax));
    return request;
}

runtime::Task<http::Response> search_messages(Call call) {
    search::Search* search = call.parts().search;
    if (search == nullptr) {
        co_return problem_response(503, "unavailable", "this server has no search");
    }
    ANSWER(auto request, request_in(call));
    auto found = co_await search->find(call.loop(), std::move(request));
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body = R"({"items":[)";
    for (const search::Found& item : found->items) {
        body.append(body.back() == '[' ? "" : ",");
        const bool own = item.event->sender == call.identity.user;
        wire::append_found(body, item.conversation, *item.event, item.snippet, own);
    }
    body.append(R"(],"next":)");
    body.append(found->next ? "\"" + to_string(found->next->uuid) + "\"" : "null");
    body.append(R"(,"complete":)").append(found->complete ? "true}" : "false}");
    co_return json_response(200, std::move(body));
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/search", .handler = &search_messages},
};

}  // namespace

std::span<const Route> search_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
