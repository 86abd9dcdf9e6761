#include "gateway/rest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

constexpr std::string_view kBearer = "bearer ";
/// The largest whole number that every JSON reader reads as it is (RFC 8259 section 6).
constexpr std::uint64_t kNumberMax = (1ULL << 53U) - 1;

/// Matches a path against a pattern; fills `values` with what stands at each {}.
bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& values) {
    values.clear();
    for (;;) {
        const std::size_t p = std::min(pattern.find('/', 1), pattern.size());
        const std::size_t q = std::min(path.find('/', 1), path.size());
        if (pattern.substr(0, p) == "/{}") {
            if (q < 2) {
                return false;
            }
            auto value = http::percent_decode(path.substr(1, q - 1), false);
            if (!value) {
                return false;
            }
            values.push_back(std::move(*value));
        } else if (pattern.substr(0, p) != path.substr(0, q)) {
            return false;
        }
        pattern.remove_prefix(p);
        path.remove_prefix(q);
        if (pattern.empty() || path.empty()) {
            return pattern.empty() && path.empty();
        }
    }
}

auto all_routes() {
    return std::array{
        auth_routes(),
        user_routes(),
        contact_routes(),
        conversation_routes(),
        message_routes(),
        group_routes(),
        search_routes(),
        operation_routes(),
        account_routes(),
        docs_routes(),
        report_routes(),
        administration_routes()
    };
}

/// What `OPTIONS *` tells of the server as a whole (RFC 9110 §9.3.7).
std::string known_methods() {
    std::string methods = "OPTIONS, HEAD";
    for (const auto routes : all_routes()) {
        for (const Route& route : routes) {
            if (methods.find(route.method) == std::string::npos) {
                methods.append(", ").append(route.method);
            }
        }
    }
    return methods;
}

struct Found {
    const Route* route = nullptr;
    std::vector<std::string> values;
    std::string allow;  ///< the methods that the path has
};

Found find_route(std::string_view method, std::string_view path, bool control) {
    Found found;
    std::vector<std::string> values;
    for (const auto routes : all_routes()) {
        for (const Route& route : routes) {
            if ((route.control_only && !control) || !matches(route.pattern, path, values)) {
                continue;
            }
            found.allow.append(found.allow.empty() ? "" : ", ").append(route.method);
            if (route.method == "GET" && route.handler != nullptr) {
                found.allow.append(", HEAD");
            }
            if (found.route == nullptr &&
                (route.method == method || (route.method == "GET" && method == "HEAD"))) {
                found.route = &route;
                found.values = values;
            }
        }
    }
    return found;
}

Result<auth::Identity> identify(const Call& call) {
    const auto token = bearer_token(call.request);
    if (!token) {
        return Error{ErrorCode::unauthorized, "an access token is needed"};
    }
    return call.parts().auth.verify(call.loop(), *token);
}

/// Whether the call may be made, and by whom.
runtime::Task<Result<void>> admit(Call* call, const Route* route) {
    if (!route->authenticated || (route->for_operators && call->control)) {
        co_return Result<void>{};
    }
    CO_TRY(call->identity, identify(*call));
    if (!route->for_operators) {
        co_return Result<void>{};
    }
    co_return co_await call->parts().administration.require_operator(
        call->loop(), call->identity.user
    );
}

}  // namespace

std::optional<std::string_view> Call::parameter(std::string_view name) const noexcept {
    for (const auto& [key, value] : query) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

Result<std::optional<std::uint64_t>> Call::number(std::string_view name) const {
    const auto text = parameter(name);
    if (!text) {
        return std::optional<std::uint64_t>{};
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value > kNumberMax) {
        return Error{ErrorCode::invalid_request, std::string{name} + " must be a whole number"};
    }
    return std::optional<std::uint64_t>{value};
}

Result<wire::JsonObject> Call::body() const {
    const auto read = front->reader().read(request.body, false);
    if (const auto* object = std::get_if<wire::JsonObject>(&read)) {
        return *object;
    }
    return Error{ErrorCode::invalid_request, "the body must be a JSON object"};
}

http::Response json_response(int status, std::string body) {
    return {
        .status = status, .content_type = "application/json", .headers = {}, .body = std::move(body)
    };
}

http::Response no_content() {
    return {.status = 204, .content_type = {}, .headers = {}, .body = {}};
}

http::Response problem_response(int status, std::string_view code, std::string_view detail) {
    http::Response response{
        .status = status, .content_type = "application/problem+json", .headers = {}, .body = {}
    };
    response.body = wire::problem(status, code, detail);
    if (status == 401) {
        response.headers.push_back({"WWW-Authenticate", "Bearer"});
    }
    if (status == 429 || status == 503) {
        response.headers.push_back({"Retry-After", "1"});
    }
    return response;
}

http::Response retry_later(std::string_view what, Duration wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    http::Response response = problem_response(
        429,
        to_string(ErrorCode::rate_limited),
        std::string{what} + "; try again in " + std::to_string(seconds) + " s"
    );
    for (http::HeaderField& field : response.headers) {
        if (field.name == "Retry-After") {
            field.value = std::to_string(seconds);
        }
    }
    return response;
}

http::Response error_response(const Error& error) {
    http::Response response =
        problem_response(wire::http_status(error.code), to_string(error.code), error.detail);
    if (error.retry_after_seconds > 1) {
        std::ranges::find(response.headers, "Retry-After", &http::HeaderField::name)->value =
            std::to_string(error.retry_after_seconds);
    }
    return response;
}

std::optional<std::string_view> bearer_token(const http::Request& request) noexcept {
    std::string_view value = request.header("authorization");
    const auto same_letter = [](char given, char lower) {
        return given == lower || (given >= 'A' && given <= 'Z' && given + ('a' - 'A') == lower);
    };
    if (request.header_count("authorization") != 1 ||
        !std::ranges::equal(value.substr(0, kBearer.size()), kBearer, same_letter)) {
        return std::nullopt;
    }
    value.remove_prefix(kBearer.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));  // 1*SP
    return value;
}

void protect(http::Response& response, bool secure) {
    struct Default {
        std::string_view name;
        std::string_view value;
    };
    static constexpr std::array kDefaults{
        Default{"X-Content-Type-Options", "nosniff"},
        Default{
            "Content-Security-Policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        },
        Default{"Referrer-Policy", "no-referrer"},
        Default{"Cross-Origin-Resource-Policy", "same-origin"},
        Default{"Cache-Control", "no-store"},
    };
    for (const auto& [name, value] : kDefaults) {
        if (std::ranges::find(response.headers, name, &http::HeaderField::name) ==
            response.headers.end()) {
            response.headers.push_back({std::string{name}, std::string{value}});
        }
    }
    if (secure) {
        response.headers.push_back(
            {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"}
        );
    }
}

bool is_own_origin(std::string_view origin, std::string_view host) noexcept {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) {
            return !host.empty() && origin.substr(scheme.size()) == host;
        }
    }
    return false;
}

runtime::Task<http::Response> handle_request(
    Front* front, http::Request request, std::string address, bool control
) {
    if (!control) {
        auto room = front->shared().parts.auth.admit_request(front->loop(), address);
        if (!room.ok()) {
            co_return error_response(room.error());
        }
    }
    if (request.target == "*") {
        http::Response response = no_content();
        response.headers.push_back({"Allow", known_methods()});
        co_return response;
    }
    if (auto file = control ? std::nullopt : front->options().web.answer(request)) {
        if (file->status == 405) {
            file->content_type = "application/problem+json";
            file->body = wire::problem(405, "invalid_request", "the path has other methods");
        }
        co_return std::move(*file);
    }
    Found found = find_route(request.method, request.path(), control);
    if (found.allow.empty()) {
        co_return problem_response(404, "not_found", "there is nothing at this path");
    }
    if (found.route == nullptr) {
        http::Response response =
            problem_response(405, "invalid_request", "the path has other methods");
        response.headers.push_back({"Allow", found.allow});
        co_return response;
    }
    if (found.route->handler == nullptr) {
        http::Response response =
            problem_response(426, "invalid_request", "this path speaks WebSocket");
        response.headers.push_back({"Upgrade", "websocket"});
        response.headers.push_back({"Sec-WebSocket-Version", "13"});
        co_return response;
    }
    Call call;
    call.front = front;
    call.request = std::move(request);
    call.address = std::move(address);
    call.path = std::move(found.values);
    call.control = control;
    auto admitted = co_await admit(&call, found.route);
    if (!admitted.ok()) {
        co_return error_response(admitted.error());
    }
    auto query = http::parse_query(call.request.query());
    if (!query) {
        co_return problem_response(400, "invalid_request", "the query is malformed");
    }
    call.query = std::move(*query);
    const Handler handler = found.route->handler;
    co_return co_await handler(std::move(call));
}

}  // namespace parley::gateway
