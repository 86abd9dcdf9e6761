#include <array>
#include <utility>

#include "gateway/rest_call.h"
#include "gateway/wire/proof.h"

namespace parley::gateway {

void append_device(JsonWriter& json, const ports::Device& device, bool current) {
    json.begin_object();
    json.field("device_id", device.id.uuid)
        .field("name", device.name)
        .field("platform", device.platform);
    json.field("created_at", device.created_at).field("last_used_at", device.last_used_at);
    json.field("current", current).end_object();
}

namespace {

/// Over TLS with the prefix that makes browsers keep the cookie to this very host (RFC 6265bis section 4.1.3.2), which
/// demands the path /; without TLS they would not take it.
constexpr std::string_view kCookie = "parley_refresh";
constexpr std::string_view kSecureCookie = "__Host-parley_refresh";
/// The access token's, for the WebSocket on /: no request of REST is allowed by it.
constexpr std::string_view kAccessCookie = "parley_access";
constexpr std::string_view kSecureAccessCookie = "__Host-parley_access";

std::string_view cookie_name(const Call& call) {
    return call.front->options().secure ? kSecureCookie : kCookie;
}

Result<auth::DeviceInfo> device_info(const wire::JsonObject& body) {
    auth::DeviceInfo info;
    TRY(const auto device, body.object("device"));
    if (device) {
        TRY(auto name, device->text("name"));
        TRY(auto platform, device->text("platform"));
        info.name = std::move(name).value_or("");
        info.platform = std::move(platform).value_or("");
        TRY(auto key, wire::decode_jwk(*device));
        if (key) {
            info.key = auth::PublicJwk{.x = std::move(key->x), .y = std::move(key->y)};
        }
    }
    return info;
}

void set_cookie(
    http::Response& response, const Call& call, std::string_view token, Duration lifetime
) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
    std::string cookie{cookie_name(call)};
    cookie.append("=").append(token);
    cookie.append(call.front->options().secure ? "; Path=/; Secure" : "; Path=/api/auth");
    cookie.append("; HttpOnly; SameSite=Strict; Max-Age=").append(std::to_string(seconds));
    response.headers.push_back({"Set-Cookie", std::move(cookie)});
}

void set_access_cookie(
    http::Response& response, bool secure, std::string_view token, Duration lifetime
) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
    std::string cookie{secure ? kSecureAccessCookie : kAccessCookie};
    cookie.append("=").append(token).append(secure ? "; Path=/; Secure" : "; Path=/");
    cookie.append("; HttpOnly; SameSite=Strict; Max-Age=").append(std::to_string(seconds));
    response.headers.push_back({"Set-Cookie", std::move(cookie)});
}

http::Response grant_response(const Call& call, int status, const auth::Grant& grant, bool cookie) {
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("user").begin_object();
    append_user(json, grant.user, true, {.last_seen = grant.user.last_seen});
    json.end_object();
    json.field("device_id", grant.device.uuid);
    json.field("access_token", grant.access_token);
    json.field(
        "expires_in", std::chrono::duration_cast<std::chrono::seconds>(grant.expires_in).count()
    );
    if (!cookie) {
        json.field("refresh_token", grant.refresh_token);
    }
    json.end_object();
    http::Response response = json_response(status, std::move(body));
    response.headers.push_back({"Cache-Control", "no-store"});
    if (cookie) {
        set_cookie(response, call, grant.refresh_token, grant.refresh_expires_in);
        set_access_cookie(
            response, call.front->options().secure, grant.access_token, grant.expires_in
        );
    }
    return response;
}

/// A cookie, only from a page of this very server: the one Origin field says so.
std::string own_cookie(const http::Request& request, std::string_view name) {
    const std::string_view origin = request.header("origin");
    if (request.header_count("origin") != 1 || !is_own_origin(origin, request.header("host"))) {
        return {};
    }
    const std::string all = request.joined_header("cookie");
    std::string_view rest = all;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(";,"), rest.size());
        std::string_view one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (one.starts_with(' ')) {
            one.remove_prefix(1);
        }
        if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
            return std::string{one.substr(name.size() + 1)};
        }
    }
    return {};
}

std::string cookie_token(const Call& call) {
    return own_cookie(call.request, cookie_name(call));
}

runtime::Task<http::Response> register_user(Call call) {
    ANSWER(const auto body, call.body());
    auth::Registration wanted;
    ANSWER(auto username, body.text("username"));
    ANSWER(auto password, body.text("password"));
    ANSWER(auto display_name, body.text("display_name"));
    ANSWER(wanted.email, body.text("email"));
    ANSWER(wanted.phone, body.text("phone"));
    ANSWER(wanted.device, device_info(body));
    ANSWER(wanted.invite, body.text("invite"));
    ANSWER(const auto cookie, body.boolean("cookie"));
    if (!username || !password) {
        co_return problem_response(400, "invalid_request", "username and password are needed");
    }
    wanted.username = std::move(*username);
    wanted.password = std::move(*password);
    wanted.display_name = std::move(display_name).value_or("");
    auto grant =
        co_await call.parts().auth.register_user(call.loop(), std::move(wanted), call.address);
    if (!grant.ok()) {
        co_return error_response(grant.error());
    }
    http::Response response = grant_response(call, 201, *grant, cookie.value_or(false));
    response.headers.push_back({"Location", "/api/users/" + to_string(grant->user.id.uuid)});
    co_return response;
}

runtime::Task<http::Response> log_in(Call call) {
    ANSWER(const auto body, call.body());
    auth::Login wanted;
    ANSWER(auto login, body.text("login"));
    ANSWER(auto password, body.text("password"));
    ANSWER(wanted.device, device_info(body));
    ANSWER(const auto device, body.uuid("device_id"));
    ANSWER(const auto cookie, body.boolean("cookie"));
    if (!login || !password) {
        co_return problem_response(400, "invalid_request", "login and password are needed");
    }
    wanted.login = std::move(*login);
    wanted.password = std::move(*password);
    if (device) {
        wanted.device_id = DeviceId{*device};
    }
    auto grant = co_await call.parts().auth.log_in(call.loop(), std::move(wanted), call.address);
    if (!grant.ok()) {
        co_return error_response(grant.error());
    }
    co_return grant_response(call, 200, *grant, cookie.value_or(false));
}

/// Nothing when the request has no DPoP field.
Result<std::optional<auth::Proof>> proof_of(const Call& call) {
    if (call.request.header_count("dpop") == 0) {
        return std::optional<auth::Proof>{};
    }
    if (call.request.header_count("dpop") > 1) {
        return Error{ErrorCode::unauthorized, "a request has one DPoP field"};
    }
    TRY(auto read, wire::decode_proof(call.front->reader(), call.request.header("dpop")));
    auth::Proof proof{
        .key = {.x = std::move(read.key.x), .y = std::move(read.key.y)},
        .signed_text = std::move(read.signed_text),
        .signature = std::move(read.signature),
        .method = std::move(read.method),
        .uri = std::move(read.uri),
        .id = std::move(read.id),
        .issued_at = read.issued_at,
        .host = std::string(call.request.header("host"))
    };
    return std::optional(std::move(proof));
}

runtime::Task<http::Response> refresh(Call call) {
    std::optional<std::string> token;
    if (!call.request.body.empty()) {
        ANSWER(const auto body, call.body());
        ANSWER(token, body.text("refresh_token"));
    }
    const bool by_cookie = !token.has_value();
    if (by_cookie) {
        token = cookie_token(call);
        if (token->empty()) {
            co_return problem_response(400, "invalid_request", "refresh_token is needed");
        }
    }
    ANSWER(auto proof, proof_of(call));
    auto grant = co_await call.parts().auth.refresh(
        call.loop(), std::move(*token), call.address, std::move(proof)
    );
    if (!grant.ok()) {
        co_return error_response(grant.error());
    }
    co_return grant_response(call, 200, *grant, by_cookie);
}

/// A new password by the token that an operator has handed over.
runtime::Task<http::Response> reset_password(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(auto token, body.text("reset_token"));
    ANSWER(auto password, body.text("password"));
    if (!token || !password) {
        co_return problem_response(400, "invalid_request", "reset_token and password are needed");
    }
    auto done = co_await call.parts().auth.finish_reset(
        call.loop(), std::move(*token), std::move(*password), call.address
    );
    co_return done.ok() ? no_content() : error_response(done.error());
}

runtime::Task<http::Response> log_out(Call call) {
    auto ended =
        co_await call.parts().auth.revoke(call.loop(), call.identity.user, call.identity.device);
    if (!ended.ok() && ended.error().code != ErrorCode::not_found) {
        co_return error_response(ended.error());
    }
    http::Response response = no_content();
    if (call.request.header("cookie").find(cookie_name(call)) != std::string_view::npos) {
        set_cookie(response, call, "", Duration{0});
        set_access_cookie(response, call.front->options().secure, "", Duration{0});
    }
    co_return response;
}

runtime::Task<http::Response> list_devices(Call call) {
    auto found = co_await call.parts().auth.devices(call.loop(), call.identity.user);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Device& device : *found) {
        append_device(json, device, device.id == call.identity.device);
    }
    json.end_array().name("next").null().end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> delete_device(Call call) {
    ANSWER(const auto device, id_of<DeviceId>(call.path[0]));
    auto ended = co_await call.parts().auth.revoke(call.loop(), call.identity.user, device);
    if (!ended.ok()) {
        co_return error_response(ended.error());
    }
    co_return no_content();
}

runtime::Task<http::Response> jwks(Call call) {
    http::Response response = json_response(200, call.parts().auth.jwks());
    response.headers.push_back({"Cache-Control", "max-age=300"});
    co_return response;
}

constexpr std::array kRoutes{
    Route{
        .method = "POST",
        .pattern = "/api/auth/register",
        .handler = &register_user,
        .authenticated = false
    },
    Route{
        .method = "POST", .pattern = "/api/auth/login", .handler = &log_in, .authenticated = false
    },
    Route{
        .method = "POST",
        .pattern = "/api/auth/refresh",
        .handler = &refresh,
        .authenticated = false
    },
    Route{
        .method = "POST",
        .pattern = "/api/auth/reset",
        .handler = &reset_password,
        .authenticated = false
    },
    Route{.method = "POST", .pattern = "/api/auth/logout", .handler = &log_out},
    Route{.method = "GET", .pattern = "/api/devices", .handler = &list_devices},
    Route{.method = "DELETE", .pattern = "/api/devices/{}", .handler = &delete_device},
    Route{
        .method = "GET",
        .pattern = "/.well-known/jwks.json",
        .handler = &jwks,
        .authenticated = false
    },
};

}  // namespace

std::span<const Route> auth_routes() noexcept {
    return kRoutes;
}

std::string access_cookie(const http::Request& request, bool secure) {
    return own_cookie(request, secure ? kSecureAccessCookie : kAccessCookie);
}

}  // namespace parley::gateway
