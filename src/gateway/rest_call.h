#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "gateway/rest.h"

namespace parley::gateway {

/// One REST call on its way: what its handler needs. Lives in the coroutine that answers it.
struct Call {
    Front* front = nullptr;
    http::Request request;
    std::string address;
    std::vector<std::string> path;  ///< what stood at the pattern's `{}`
    std::vector<std::pair<std::string, std::string>> query;
    auth::Identity identity;  ///< set when the route asks for it
    bool control = false;     ///< through the control socket: there is no identity

    [[nodiscard]] runtime::Loop& loop() const noexcept { return front->loop(); }
    [[nodiscard]] Gateway::Dependencies& parts() const noexcept { return front->shared().parts; }
    /// The first value of a query parameter; nothing when it is absent.
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept;
    /// A whole number; `invalid_request` for anything else.
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name) const;
    /// The body as an object; valid until this loop reads JSON again: take what is needed before co_await.
    [[nodiscard]] Result<wire::JsonObject> body() const;
};

using Handler = runtime::Task<http::Response> (*)(Call call);

struct Route {
    std::string_view method;
    std::string_view pattern;  ///< "/api/devices/{}"
    Handler handler = nullptr;
    bool authenticated = true;
    bool for_operators = false;  ///< and nobody else: 403; needs no token on the control socket
    bool control_only = false;   ///< elsewhere there is no such path
};

// The routes of each part of the contract.
[[nodiscard]] std::span<const Route> auth_routes() noexcept;
[[nodiscard]] std::span<const Route> user_routes() noexcept;
[[nodiscard]] std::span<const Route> contact_routes() noexcept;
[[nodiscard]] std::span<const Route> conversation_routes() noexcept;
[[nodiscard]] std::span<const Route> message_routes() noexcept;
[[nodiscard]] std::span<const Route> group_routes() noexcept;
[[nodiscard]] std::span<const Route> search_routes() noexcept;
[[nodiscard]] std::span<const Route> operation_routes() noexcept;
[[nodiscard]] std::span<const Route> account_routes() noexcept;
[[nodiscard]] std::span<const Route> docs_routes() noexcept;
[[nodiscard]] std::span<const Route> report_routes() noexcept;
[[nodiscard]] std::span<const Route> administration_routes() noexcept;

[[nodiscard]] http::Response json_response(int status, std::string body);
[[nodiscard]] http::Response no_content();
[[nodiscard]] http::Response error_response(const Error& error);
[[nodiscard]] http::Response problem_response(
    int status, std::string_view code, std::string_view detail
);
/// 429 with what to wait in Retry-After.
[[nodiscard]] http::Response retry_later(std::string_view what, Duration wait);

/// A profile as it looks to whom it is shown; `own` is to its owner.
void append_user(JsonWriter& json, const ports::User& user, bool own, const presence::Seen& seen);
/// The user in the path; `me` is the caller.
[[nodiscard]] Result<UserId> user_of(const Call& call);
void append_device(JsonWriter& json, const ports::Device& device, bool current);
void append_contact(JsonWriter& json, const ports::Contact& contact);

/// A UUID path segment as an id; `not_found` for anything else: such a thing is nowhere.
template <class Id>
[[nodiscard]] Result<Id> id_of(const std::string& segment) {
    const auto uuid = parse_uuid(segment);
    if (!uuid) {
        return Error{ErrorCode::not_found, "no such thing"};
    }
    return Id{*uuid};
}

/// A UUID path segment as a conversation's number.
[[nodiscard]] Result<ConversationNumber> conversation_in(const std::string& segment);
/// How many items a page is to have.
[[nodiscard]] Result<std::size_t> limit_of(const Call& call);
/// A page of a conversation's history, as `…/messages` of conversations and groups answers it.
[[nodiscard]] runtime::Task<http::Response> list_messages(Call call);
/// A page of the caller's conversations, newest activity first; of the groups that they are in alone.
[[nodiscard]] runtime::Task<http::Response> list_by_activity(
    Call call, bool groups_only, void (*append)(std::string&, const wire::ConversationFields&)
);
[[nodiscard]] runtime::Task<http::Response> conversation_response(
    Call* call, int status, messaging::ConversationView view
);

/// What the wire shows of a conversation: its people have names.
[[nodiscard]] runtime::Task<Result<wire::ConversationFields>> describe(
    Front* front, messaging::ConversationView view
);
/// The conversation as `user` sees it now. Nothing is awaited between seeing and answering, so that of two
/// frames in a session the later one is not the older.
[[nodiscard]] runtime::Task<Result<wire::ConversationFields>> describe_newest(
    Front* front, UserId user, ConversationNumber number
);
[[nodiscard]] runtime::Task<Result<std::vector<wire::PersonFields>>> describe_people(
    Front* front, std::vector<messaging::ConversationView::Person> people, bool receipts
);

}  // namespace parley::gateway

/// ANSWER(auto x, f()); declares x from f()'s value, or answers this call with its error.
#define ANSWER(declaration, expression)                                     \
    auto PARLEY_CONCAT(answer_, __LINE__) = (expression);                   \
    if (!PARLEY_CONCAT(answer_, __LINE__).ok()) {                           \
        co_return error_response(PARLEY_CONCAT(answer_, __LINE__).error()); \
    }                                                                       \
    declaration = std::move(PARLEY_CONCAT(answer_, __LINE__)).value()
