#include <array>
#include <string>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
void append_contact(JsonWriter& json, const ports::Contact& contact) {
    json.begin_object()
        .field("contact_id", contact.id)
        .field("user_id", contact.user.uuid)
        .name("nickname");
    contact.nickname.empty() ? json.null() : json.string(contact.nickname);
    json.field("blocked", contact.blocked).field("created_at", contact.created_at).end_object();
}

namespace {

http::Response contact_response(int status, const ports::Contact& contact) {
    std::string body;
    JsonWriter json{body};
    append_contact(json, contact);
    return json_response(status, std::move(body));
}

/// The caller, whose list it has to be.
Result<UserId> owner_of(const Call& call) {
    TRY(const UserId owner, user_of(call));
    if (owner != call.identity.user) {
        return Error{ErrorCode::forbidden, "these are another user's contacts"};
    }
    return owner;
}

/// A nickname that is null is taken away, one that is absent stays.
Result<contacts::Wanted> wanted_in(const wire::JsonObject& body) {
    contacts::Wanted wanted;
    TRY(wanted.nickname, body.text("nickname"));
    if (!wanted.nickname && body.has("nickname")) {
        wanted.nickname = "";
    }
    TRY(wanted.blocked, body.boolean("blocked"));
    return wanted;
}

runtime::Task<http::Response> list_contacts(Call call) {
    ANSWER(const auto owner, owner_of(call));
    ANSWER(const auto limit, limit_of(call));
    UserId after;
    if (const auto cursor = call.parameter("cursor")) {
        const auto uuid = parse_uuid(*cursor);
        if (!uuid) {
            co_return problem_response(400, "invalid_request", "no such cursor");
        }
        after = UserId{*uuid};
    }
    // One more than is shown tells whether there are more.
    auto found = co_await call.parts().contacts.list(call.loop(), owner, after, limit + 1);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    const bool more = found->size() > limit;
    found->resize(std::min(found->size(), limit));
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Contact& contact : *found) {
        append_contact(json, contact);
    }
    json.end_array().name("next");
    more ? json.uuid(found->back().user.uuid) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> add_contact(Call call) {
    ANSWER(const auto owner, owner_of(call));
    ANSWER(const auto body, call.body());
    ANSWER(const auto uuid, body.uuid("user_id"));
    if (!uuid) {
        co_return problem_response(400, "invalid_request", "user_id is missing");
    }
    ANSWER(auto wanted, wanted_in(body));
    const UserId user{*uuid};
    auto added = co_await call.parts().contacts.add(call.loop(), owner, user, std::move(wanted));
    if (!added.ok()) {
        co_return error_response(added.error());
    }
    http::Response response = contact_response(added->created ? 201 : 200, added->contact);
    if (added->created) {
        response.headers.push_back(
            {"Location", "/api/users/me/contacts/" + to_string(added->contact.user.uuid)}
        );
    }
    co_return response;
}

runtime::Task<http::Response> change_contact(Call call) {
    ANSWER(const auto owner, owner_of(call));
    ANSWER(const auto user, id_of<UserId>(call.path[1]));
    ANSWER(const auto body, call.body());
    ANSWER(auto wanted, wanted_in(body));
    auto changed =
        co_await call.parts().contacts.change(call.loop(), owner, user, std::move(wanted));
    co_return changed.ok() ? contact_response(200, *changed) : error_response(changed.error());
}

runtime::Task<http::Response> remove_contact(Call call) {
    ANSWER(const auto owner, owner_of(call));
    ANSWER(const auto user, id_of<UserId>(call.path[1]));
    auto removed = co_await call.parts().contacts.remove(call.loop(), owner, user);
    co_return removed.ok() ? no_content() : error_response(removed.error());
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/users/{}/contacts", .handler = &list_contacts},
    Route{.method = "POST", .pattern = "/api/users/{}/contacts", .handler = &add_contact},
    Route{.method = "PUT", .pattern = "/api/users/{}/contacts/{}", .handler = &change_contact},
    Route{.method = "DELETE", .pattern = "/api/users/{}/contacts/{}", .handler = &remove_contact},
};

}  // namespace

std::span<const Route> contact_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
