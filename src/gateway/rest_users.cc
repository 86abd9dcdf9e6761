#include <array>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {

void append_user(JsonWriter& json, const ports::User& user, bool own, bool online) {
    json.field("user_id", user.id.uuid)
        .field("username", user.username)
        .field("display_name", user.display_name);
    json.field("about", user.about).name("avatar_media_id").null();
    json.field("status", online ? "online" : "offline").name("last_seen").null();
    if (own) {
        json.name("email");
        user.email ? json.string(*user.email) : json.null();
        json.name("phone");
        user.phone ? json.string(*user.phone) : json.null();
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

http::Response profile_response(const Call& call, const ports::User& user) {
    const bool own = user.id == call.identity.user;
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    append_user(json, user, own, own && call.parts().messaging.is_connected(user.id));
    json.end_object();
    return json_response(200, std::move(body));
}

runtime::Task<http::Response> get_user(Call call) {
    ANSWER(const auto id, user_of(call));
    auto user = co_await call.parts().directory.profile(call.loop(), id);
    if (!user.ok()) {
        co_return error_response(user.error());
    }
    co_return profile_response(call, *user);
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/users/{}", .handler = &get_user},
};

}  // namespace

std::span<const Route> user_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
