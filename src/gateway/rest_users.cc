#include <array>
#include <string>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {

void append_user(JsonWriter& json, const ports::User& user, bool own, const presence::Seen& seen) {
    json.field("user_id", user.id.uuid)
        .field("username", user.username)
        .field("display_name", user.display_name);
    json.field("about", user.about).name("avatar_media_id").null();
    json.field("status", presence::to_string(seen.status)).name("last_seen");
    seen.last_seen ? json.time(*seen.last_seen) : json.null();
    if (own) {
        json.name("email");
        user.email ? json.string(*user.email) : json.null();
        json.name("phone");
        user.phone ? json.string(*user.phone) : json.null();
        json.field("hide_presence", user.hides_presence);
    }
    json.field("created_at", user.created_at);
}

Result<UserId> user_of(const Call& call) {
    if (call.path[0] == "me") {
        return call.identity.user;
    }
    return id_of<UserId>(call.path[0]);
}

namespace {

void append_profile(
    JsonWriter& json, const Call& call, const ports::User& user, presence::Seen seen
) {
    if (seen.status == presence::Status::online) {
        seen.last_seen = call.loop().clock().wall();  // Whoever is online is seen now.
    }
    json.begin_object();
    append_user(json, user, user.id == call.identity.user, seen);
    json.end_object();
}

runtime::Task<http::Response> profile_response(Call* call, ports::User user) {
    const std::vector<ports::User> one{user};
    auto looked = co_await call->parts().presence.look(call->loop(), call->identity.user, one);
    if (!looked.ok()) {
        co_return error_response(looked.error());
    }
    std::string body;
    JsonWriter json{body};
    append_profile(json, *call, user, looked->front());
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> get_user(Call call) {
    ANSWER(const auto id, user_of(call));
    auto found = co_await call.parts().directory.profile(call.loop(), id);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    ports::User user = std::move(found).value();
    co_return co_await profile_response(&call, std::move(user));
}

Result<ports::ProfileChange> change_in(const wire::JsonObject& body) {
    ports::ProfileChange change;
    TRY(change.display_name, body.text("display_name"));
    TRY(change.about, body.text("about"));
    TRY(change.hides_presence, body.boolean("hide_presence"));
    TRY(const auto avatar, body.uuid("avatar_media_id"));
    if (avatar) {
        return Error{ErrorCode::not_found, "no such media"};  // There is none yet.
    }
    return change;
}

runtime::Task<http::Response> put_user(Call call) {
    ANSWER(const auto id, user_of(call));
    if (id != call.identity.user) {
        co_return problem_response(403, "forbidden", "only one's own profile can be changed");
    }
    ANSWER(const auto body, call.body());
    ANSWER(auto change, change_in(body));
    const bool tells = change.hides_presence.has_value();
    auto changed = co_await call.parts().directory.change(call.loop(), id, std::move(change));
    if (!changed.ok()) {
        co_return error_response(changed.error());
    }
    ports::User user = std::move(changed).value();
    if (tells) {
        call.parts().presence.hide(call.loop(), id, user.hides_presence);
    }
    co_return co_await profile_response(&call, std::move(user));
}

runtime::Task<http::Response> find_users(Call call) {
    ANSWER(const auto limit, limit_of(call));
    ANSWER(const auto cursor, call.number("cursor"));
    const auto query = call.parameter("query");
    if (!query) {
        co_return problem_response(400, "invalid_request", "query is missing");
    }
    // One more than is shown tells whether there are more.
    ports::UserSearch search{
        .query = std::string(*query), .from = cursor.value_or(0), .limit = limit + 1
    };
    const std::size_t from = search.from;
    auto found = co_await call.parts().directory.search(call.loop(), std::move(search));
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::vector<ports::User> users = std::move(found).value();
    const bool more = users.size() > limit && from + limit < directory::kFoundMax;
    users.resize(std::min(users.size(), limit));
    std::vector<ports::User> shown = users;
    auto looked =
        co_await call.parts().presence.look(call.loop(), call.identity.user, std::move(shown));
    if (!looked.ok()) {
        co_return error_response(looked.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (std::size_t i = 0; i < users.size(); ++i) {
        append_profile(json, call, users[i], (*looked)[i]);
    }
    json.end_array().name("next");
    more ? json.string(std::to_string(from + limit)) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/users", .handler = &find_users},
    Route{.method = "GET", .pattern = "/api/users/{}", .handler = &get_user},
    Route{.method = "PUT", .pattern = "/api/users/{}", .handler = &put_user},
};

}  // namespace

std::span<const Route> user_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
