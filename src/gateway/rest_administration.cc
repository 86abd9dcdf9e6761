#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/utf8.h"
#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

/// Longer than any username.
constexpr std::size_t kNameCharsMax = 64;

administration::Administration& administration_of(const Call& call) {
    return call.parts().administration;
}

administration::Actor actor_of(const Call& call) {
    administration::Actor actor;
    if (!call.control) {
        actor.user = call.identity.user;
    }
    actor.address = call.address;
    return actor;
}

void append_optional(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& at) {
    json.name(name);
    at ? json.time(*at) : json.null();
}

void append_optional(JsonWriter& json, std::string_view name, const std::optional<UserId>& user) {
    json.name(name);
    user ? json.uuid(user->uuid) : json.null();
}

void append_id(JsonWriter& json, std::string_view name, const UserId& user) {
    json.name(name);
    user.uuid.is_nil() ? json.null() : json.uuid(user.uuid);
}

/// A number that the path or the query has as an id.
Result<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > INT64_MAX) {
        return Error{ErrorCode::not_found, "no such thing"};
    }
    return value;
}

Result<std::optional<std::uint64_t>> cursor_in(const Call& call) {
    const auto text = call.parameter("cursor");
    if (!text) {
        return std::optional<std::uint64_t>{};
    }
    auto value = number_in(*text);
    if (!value.ok()) {
        return Error{ErrorCode::invalid_request, "cursor is no cursor of this list"};
    }
    return std::optional(*value);
}

/// Ends a list whose cursor is the number of its last item.
std::string end_list(JsonWriter& json, std::string& body, bool full, std::uint64_t last) {
    json.end_array().name("next");
    full ? json.string(std::to_string(last)) : json.null();
    json.end_object();
    return std::move(body);
}

// --- users ------------------------------------------------------------------------------------------

std::string_view role_of(ports::AccountRole role) {
    switch (role) {
        case ports::AccountRole::user:
            return "user";
        case ports::AccountRole::administrator:
            return "operator";
        case ports::AccountRole::server:
            return "server";
    }
    return "user";
}

void append_account(JsonWriter& json, const Call& call, const ports::Account& account) {
    presence::Seen seen;  // Who hides is hidden from operators too.
    if (!account.user.hides_presence) {
        const bool online = call.parts().messaging.is_connected(account.user.id);
        seen.status = online ? presence::Status::online : presence::Status::offline;
        seen.last_seen = account.user.last_seen;
    }
    json.begin_object();
    append_user(json, account.user, true, seen);
    json.field("role", role_of(account.role));
    append_optional(json, "disabled_at", account.disabled_at);
    json.end_object();
}

runtime::Task<http::Response> list_users(Call call) {
    ports::AccountDirectory::Query query;
    query.prefix = call.parameter("query").value_or("");
    query.after = call.parameter("cursor").value_or("");
    if (characters(query.prefix) > kNameCharsMax || characters(query.after) > kNameCharsMax) {
        co_return problem_response(
            400, "invalid_request", "query and cursor must have at most 64 characters"
        );
    }
    ANSWER(query.limit, limit_of(call));
    const std::size_t limit = query.limit;
    auto found = co_await administration_of(call).list(call.loop(), std::move(query));
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Account& account : *found) {
        append_account(json, call, account);
    }
    json.end_array().name("next");
    found->size() == limit ? json.string(found->back().user.username) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> show_user(Call call) {
    auto found = co_await administration_of(call).find(call.loop(), call.path[0]);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    append_account(json, call, *found);
    co_return json_response(200, std::move(body));
}

Result<std::optional<ports::AccountRole>> role_in(const wire::JsonObject& body) {
    TRY(const auto role, body.text("role"));
    if (!role) {
        return std::optional<ports::AccountRole>{};
    }
    if (*role == "user") {
        return std::optional(ports::AccountRole::user);
    }
    if (*role == "operator") {
        return std::optional(ports::AccountRole::administrator);
    }
    return Error{ErrorCode::invalid_request, "role must be user or operator"};
}

runtime::Task<http::Response> change_user(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(const auto disabled, body.boolean("disabled"));
    ANSWER(const auto role, role_in(body));
    auto found = co_await administration_of(call).find(call.loop(), call.path[0]);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    const UserId user = found->user.id;
    if (role) {
        auto set =
            co_await administration_of(call).set_role(call.loop(), actor_of(call), user, *role);
        if (!set.ok()) {
            co_return error_response(set.error());
        }
    }
    if (disabled) {
        auto set = co_await administration_of(call).set_disabled(
            call.loop(), actor_of(call), user, *disabled
        );
        if (!set.ok()) {
            co_return error_response(set.error());
        }
    }
    co_return co_await show_user(std::move(call));
}

runtime::Task<http::Response> reset_user(Call call) {
    auto found = co_await administration_of(call).find(call.loop(), call.path[0]);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    auto reset = co_await administration_of(call).reset_password(
        call.loop(), actor_of(call), found->user.id
    );
    if (!reset.ok()) {
        co_return error_response(reset.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().field("user_id", found->user.id.uuid);
    json.field("reset_token", reset->token).field("expires_at", reset->expires_at).end_object();
    co_return json_response(201, std::move(body));
}

// --- invites ----------------------------------------------------------------------------------------

void append_invite(JsonWriter& json, const ports::Invite& invite) {
    json.field("invite_id", invite.id).field("note", invite.note);
    json.field("uses", invite.uses).field("uses_max", invite.uses_max);
    append_optional(json, "created_by", invite.created_by);
    json.field("created_at", invite.created_at).field("expires_at", invite.expires_at);
    append_optional(json, "revoked_at", invite.revoked_at);
}

runtime::Task<http::Response> list_invites(Call call) {
    auto found = co_await administration_of(call).invites(call.loop());
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Invite& invite : *found) {
        json.begin_object();
        append_invite(json, invite);
        json.end_object();
    }
    json.end_array().name("next").null().end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> create_invite(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(const auto uses, body.number("uses"));
    ANSWER(const auto days, body.number("days"));
    ANSWER(auto note, body.text("note"));
    administration::NewInvite wanted;
    wanted.uses = static_cast<std::uint32_t>(std::min<std::uint64_t>(uses.value_or(1), UINT32_MAX));
    wanted.days = static_cast<std::uint32_t>(std::min<std::uint64_t>(days.value_or(7), UINT32_MAX));
    wanted.note = std::move(note).value_or("");
    auto made = co_await administration_of(call).create_invite(
        call.loop(), actor_of(call), std::move(wanted)
    );
    if (!made.ok()) {
        co_return error_response(made.error());
    }
    std::string out;
    JsonWriter json{out};
    json.begin_object();
    append_invite(json, made->invite);
    json.field("code", made->code).end_object();
    co_return json_response(201, std::move(out));
}

runtime::Task<http::Response> revoke_invite(Call call) {
    const auto id = parse_uuid(call.path[0]);
    if (!id) {
        co_return problem_response(404, "not_found", "no such invite");
    }
    auto revoked = co_await administration_of(call).revoke_invite(call.loop(), actor_of(call), *id);
    co_return revoked.ok() ? no_content() : error_response(revoked.error());
}

// --- reports ----------------------------------------------------------------------------------------

void append_report(JsonWriter& json, const ports::Report& report) {
    json.begin_object().field("report_id", std::to_string(report.number));
    append_id(json, "reporter_id", report.reporter);
    append_id(json, "user_id", report.about);
    json.name("message");
    if (report.message) {
        const ports::ReportedMessage& message = *report.message;
        json.begin_object().field("message_id", message.id.uuid);
        json.field("conversation_id", conversation_id(message.conversation).uuid);
        append_id(json, "sender_id", message.sender);
        json.field("timestamp", message.sent_at);
        json.field("message_type", wire::message_type_name(message.message_type));
        json.field("content", message.content).end_object();
    } else {
        json.null();
    }
    json.field("reason", report.reason).field("created_at", report.created_at);
    append_optional(json, "resolved_at", report.resolved_at);
    append_optional(json, "resolved_by", report.resolved_by);
    json.field("note", report.note).end_object();
}

runtime::Task<http::Response> list_reports(Call call) {
    const std::string_view state = call.parameter("state").value_or("open");
    if (state != "open" && state != "all") {
        co_return problem_response(400, "invalid_request", "state must be open or all");
    }
    ports::ReportDirectory::Query query{.open_only = state == "open", .before = {}, .limit = 0};
    ANSWER(query.before, cursor_in(call));
    ANSWER(query.limit, limit_of(call));
    auto found = co_await administration_of(call).reports(call.loop(), query);
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const ports::Report& report : *found) {
        append_report(json, report);
    }
    const bool full = found->size() == query.limit;
    co_return json_response(200, end_list(json, body, full, full ? found->back().number : 0));
}

runtime::Task<http::Response> resolve_report(Call call) {
    ANSWER(const auto number, number_in(call.path[0]));
    ANSWER(const auto body, call.body());
    ANSWER(const auto resolved, body.boolean("resolved"));
    ANSWER(auto note, body.text("note"));
    if (!resolved.value_or(false)) {
        co_return problem_response(400, "invalid_request", "resolved must be true");
    }
    auto done = co_await administration_of(call).resolve_report(
        call.loop(), actor_of(call), number, std::move(note).value_or("")
    );
    if (!done.ok()) {
        co_return error_response(done.error());
    }
    std::string out;
    JsonWriter json{out};
    append_report(json, *done);
    co_return json_response(200, std::move(out));
}

// --- the server -------------------------------------------------------------------------------------

std::string_view name_of(auth::Registrations registrations) {
    switch (registrations) {
        case auth::Registrations::open:
            return "open";
        case auth::Registrations::invite:
            return "invite";
        case auth::Registrations::closed:
            return "closed";
    }
    return "open";
}

runtime::Task<http::Response> show_statistics(Call call) {
    auto counted = co_await administration_of(call).statistics(call.loop());
    if (!counted.ok()) {
        co_return error_response(counted.error());
    }
    const auto& metrics = call.front->shared().metrics;
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("users").begin_object();
    json.field("total", counted->users).field("disabled", counted->disabled);
    json.field("operators", counted->administrators);
    json.field("created_within_day", counted->created_within_day);
    json.field("created_within_week", counted->created_within_week).end_object();
    json.field("devices", counted->devices);
    json.field("sessions", metrics.sessions.value());
    json.field("connections", metrics.connections.value());
    json.field("registrations", name_of(call.parts().auth.registrations()));
    json.field("server_time", call.loop().clock().wall()).end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> broadcast(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(auto content, body.text("content"));
    ANSWER(auto client_id, body.text("client_id"));
    if (!content) {
        co_return problem_response(400, "invalid_request", "content is needed");
    }
    administration::Broadcast wanted;
    wanted.content = std::move(*content);
    wanted.client_id = std::move(client_id).value_or(to_string(random_uuid(call.loop().random())));
    const std::string id = wanted.client_id;
    auto begun =
        co_await administration_of(call).broadcast(call.loop(), actor_of(call), std::move(wanted));
    if (!begun.ok()) {
        co_return error_response(begun.error());
    }
    std::string out;
    JsonWriter json{out};
    json.begin_object().field("client_id", id).field("users", *begun).end_object();
    co_return json_response(202, std::move(out));
}

runtime::Task<http::Response> show_audit(Call call) {
    ANSWER(const auto before, cursor_in(call));
    ANSWER(const auto limit, limit_of(call));
    auto page = co_await administration_of(call).audit(call.loop(), before, limit);
    if (!page.ok()) {
        co_return error_response(page.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const auto& [number, entry] : *page) {
        json.begin_object().field("number", number).field("time", entry.time);
        append_optional(json, "actor_id", entry.actor);
        json.field("action", entry.action).field("subject", entry.subject);
        json.field("detail", entry.detail).field("address", entry.address).end_object();
    }
    const bool full = page->size() == limit;
    co_return json_response(200, end_list(json, body, full, full ? page->back().number : 0));
}

runtime::Task<http::Response> back_up(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(auto path, body.text("path"));
    if (!path || !path->starts_with('/')) {
        co_return problem_response(400, "invalid_request", "path must be an absolute path");
    }
    if (!call.parts().back_up) {
        co_return problem_response(503, "unavailable", "this server makes no backups");
    }
    const std::string where = *path;
    auto made = co_await call.parts().back_up(call.loop(), std::move(*path));
    if (!made.ok()) {
        co_return error_response(made.error());
    }
    auto noted =
        co_await administration_of(call).note(call.loop(), actor_of(call), "backup.made", where);
    if (!noted.ok()) {
        co_return error_response(noted.error());
    }
    std::string out;
    JsonWriter json{out};
    json.begin_object().field("path", where).field("files", made->files);
    json.field("bytes", made->bytes).field("epoch", made->position.epoch);
    json.field("offset", made->position.offset).end_object();
    co_return json_response(201, std::move(out));
}

constexpr Route for_operators(std::string_view method, std::string_view pattern, Handler handler) {
    return {.method = method, .pattern = pattern, .handler = handler, .for_operators = true};
}

constexpr std::array kRoutes{
    for_operators("GET", "/api/admin/users", &list_users),
    for_operators("GET", "/api/admin/users/{}", &show_user),
    for_operators("PATCH", "/api/admin/users/{}", &change_user),
    for_operators("POST", "/api/admin/users/{}/reset", &reset_user),
    for_operators("GET", "/api/admin/invites", &list_invites),
    for_operators("POST", "/api/admin/invites", &create_invite),
    for_operators("DELETE", "/api/admin/invites/{}", &revoke_invite),
    for_operators("GET", "/api/admin/reports", &list_reports),
    for_operators("PATCH", "/api/admin/reports/{}", &resolve_report),
    for_operators("GET", "/api/admin/statistics", &show_statistics),
    for_operators("POST", "/api/admin/broadcasts", &broadcast),
    for_operators("GET", "/api/admin/audit", &show_audit),
    Route{
        .method = "POST",
        .pattern = "/control/backups",
        .handler = &back_up,
        .for_operators = true,
        .control_only = true
    },
};

}  // namespace

std::span<const Route> administration_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
