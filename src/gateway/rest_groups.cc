#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "gateway/rest_call.h"

namespace parley::gateway {
namespace {

/// The group in the path as the caller sees it; a direct conversation is none.
runtime::Task<Result<messaging::ConversationView>> group_of(Call* call) {
    auto number = conversation_in(call->path[0]);
    CO_TRY(const ConversationNumber group, std::move(number));
    auto seen =
        co_await call->parts().messaging.conversation(call->loop(), call->identity.user, group);
    if (seen.ok() && seen->type != core::ConversationType::group) {
        co_return Error{ErrorCode::not_found, "no such group"};
    }
    co_return seen;
}

runtime::Task<http::Response> group_response(
    Call* call, int status, messaging::ConversationView view
) {
    auto described = co_await describe(call->front, std::move(view));
    if (!described.ok()) {
        co_return error_response(described.error());
    }
    std::string body;
    wire::append_group(body, *described);
    co_return json_response(status, std::move(body));
}

/// Each once, in the order in which they are named; without `except`, nil: with all.
Result<std::vector<UserId>> users_in(
    const wire::JsonObject& body, std::string_view name, std::size_t most, const UserId& except
) {
    TRY(const auto uuids, body.uuids(name, most));
    std::vector<UserId> users;
    std::unordered_set<UserId> seen;
    if (!except.uuid.is_nil()) {
        seen.insert(except);
    }
    for (const Uuid& uuid : uuids) {
        if (seen.insert(UserId{uuid}).second) {
            users.push_back(UserId{uuid});
        }
    }
    return users;
}

/// There is no media yet that an id could name.
Result<void> no_avatar(const wire::JsonObject& body) {
    TRY(const auto avatar, body.uuid("avatar_media_id"));
    return avatar ? Result<void>{Error{ErrorCode::not_found, "no such media"}} : Result<void>{};
}

Result<core::CreateGroup> creation_in(const Call& call, const wire::JsonObject& body) {
    core::CreateGroup create;
    create.creator = call.identity.user;
    create.device = call.identity.device;
    TRY(auto name, body.text("name"));
    TRY(auto description, body.text("description"));
    TRY(auto client_id, body.text("client_id"));
    TRY(const auto history, body.text("history"));
    if (auto avatar = no_avatar(body); !avatar.ok()) {
        return std::move(avatar).error();
    }
    TRY(const auto anyone, body.boolean("members_can_add"));
    TRY(create.members,
        users_in(body, "member_ids", core::kGroupMembersPerCallMax, call.identity.user));
    if (history && *history != "all" && *history != "joined") {
        return Error{ErrorCode::invalid_request, "history must be all or joined"};
    }
    create.name = std::move(name).value_or("");
    create.description = std::move(description).value_or("");
    create.client_id = std::move(client_id).value_or(to_string(random_uuid(call.loop().random())));
    create.history_for_all = history && *history == "all";
    create.members_can_add = anyone.value_or(false);
    return create;
}

/// The call's actor says what happens to the group; then it answers with the group as it is now.
runtime::Task<Result<messaging::CommandReply>> change_group(
    Call* call, ConversationNumber group, core::Command command
) {
    messaging::CommandRequest request{
        .conversation = group, .command = std::move(command), .message = std::nullopt, .session = {}
    };
    co_return co_await call->parts().messaging.command(call->loop(), std::move(request));
}

runtime::Task<http::Response> create_group(Call call) {
    ANSWER(const auto body, call.body());
    ANSWER(auto create, creation_in(call, body));
    const SessionId nobody;
    auto made =
        co_await call.parts().messaging.create_group(call.loop(), std::move(create), nobody);
    if (!made.ok()) {
        co_return error_response(made.error());
    }
    const int status = made->changed ? 201 : 200;
    call.path = {to_string(conversation_id(made->conversation).uuid)};
    const std::string place = "/api/groups/" + call.path[0];
    auto seen = co_await group_of(&call);
    if (!seen.ok()) {
        co_return error_response(seen.error());
    }
    messaging::ConversationView view = std::move(seen).value();
    http::Response response = co_await group_response(&call, status, std::move(view));
    if (response.status == 201) {
        response.headers.push_back({"Location", place});
    }
    co_return response;
}

runtime::Task<http::Response> get_group(Call call) {
    auto seen = co_await group_of(&call);
    if (!seen.ok()) {
        co_return error_response(seen.error());
    }
    messaging::ConversationView view = std::move(seen).value();
    co_return co_await group_response(&call, 200, std::move(view));
}

runtime::Task<http::Response> list_groups(Call call) {
    return list_by_activity(std::move(call), true, &wire::append_group);
}

runtime::Task<http::Response> update_group(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    ANSWER(const auto body, call.body());
    if (auto avatar = no_avatar(body); !avatar.ok()) {
        co_return error_response(avatar.error());
    }
    core::GroupUpdated what;
    ANSWER(what.name, body.text("name"));
    ANSWER(what.description, body.text("description"));
    ANSWER(what.members_can_add, body.boolean("members_can_add"));
    core::UpdateGroup update{
        .actor = call.identity.user, .device = call.identity.device, .what = std::move(what)
    };
    auto changed = co_await change_group(&call, number, std::move(update));
    if (!changed.ok()) {
        co_return error_response(changed.error());
    }
    co_return co_await get_group(std::move(call));
}

runtime::Task<http::Response> delete_group(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    const core::DeleteGroup gone{.actor = call.identity.user, .device = call.identity.device};
    auto deleted = co_await change_group(&call, number, gone);
    co_return deleted.ok() ? no_content() : error_response(deleted.error());
}

runtime::Task<http::Response> list_members(Call call) {
    ANSWER(const auto limit, limit_of(call));
    ANSWER(const auto cursor, call.number("cursor"));
    auto seen = co_await group_of(&call);
    if (!seen.ok()) {
        co_return error_response(seen.error());
    }
    const std::size_t from = cursor.value_or(0);
    auto found = co_await call.parts().messaging.members(
        call.loop(), call.identity.user, seen->number, from, limit
    );
    if (!found.ok()) {
        co_return error_response(found.error());
    }
    const std::size_t count = found->size();
    auto people = co_await describe_people(call.front, std::move(*found), false);
    if (!people.ok()) {
        co_return error_response(people.error());
    }
    std::string body;
    JsonWriter json{body};
    json.begin_object().name("items").begin_array();
    for (const wire::PersonFields& person : *people) {
        wire::append_person(json, person, false);
    }
    json.end_array().name("next");
    from + count < seen->active ? json.string(std::to_string(from + count)) : json.null();
    json.end_object();
    co_return json_response(200, std::move(body));
}

runtime::Task<http::Response> add_members(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    ANSWER(const auto body, call.body());
    ANSWER(const auto users, users_in(body, "user_ids", core::kGroupMembersPerCallMax, UserId{}));
    if (users.empty()) {
        co_return problem_response(400, "invalid_request", "user_ids is needed");
    }
    const Duration wait =
        call.parts().messaging.take_growth(call.loop(), call.identity.user, 0, users.size());
    if (wait.count() > 0) {
        co_return retry_later("too many new groups and members", wait);
    }
    messaging::AddMembersRequest request{
        .conversation = number,
        .actor = call.identity.user,
        .device = call.identity.device,
        .users = users
    };
    auto added = co_await call.parts().messaging.add_members(call.loop(), std::move(request));
    if (!added.ok()) {
        co_return error_response(added.error());
    }
    co_return co_await get_group(std::move(call));
}

runtime::Task<http::Response> set_role(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    ANSWER(const auto user, id_of<UserId>(call.path[1]));
    ANSWER(const auto body, call.body());
    ANSWER(const auto role, wire::decode_role(body));
    const core::SetRole set{
        .actor = call.identity.user, .device = call.identity.device, .user = user, .role = role
    };
    auto changed = co_await change_group(&call, number, set);
    co_return changed.ok() ? no_content() : error_response(changed.error());
}

runtime::Task<http::Response> remove_member(Call call) {
    ANSWER(const auto number, conversation_in(call.path[0]));
    UserId user = call.identity.user;
    if (call.path[1] != "me") {
        ANSWER(user, id_of<UserId>(call.path[1]));
    }
    const core::RemoveMember remove{
        .actor = call.identity.user, .device = call.identity.device, .user = user
    };
    auto removed = co_await change_group(&call, number, remove);
    co_return removed.ok() ? no_content() : error_response(removed.error());
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/api/groups", .handler = &list_groups},
    Route{.method = "POST", .pattern = "/api/groups", .handler = &create_group},
    Route{.method = "GET", .pattern = "/api/groups/{}", .handler = &get_group},
    Route{.method = "PUT", .pattern = "/api/groups/{}", .handler = &update_group},
    Route{.method = "DELETE", .pattern = "/api/groups/{}", .handler = &delete_group},
    Route{.method = "GET", .pattern = "/api/groups/{}/members", .handler = &list_members},
    Route{.method = "POST", .pattern = "/api/groups/{}/members", .handler = &add_members},
    Route{.method = "PUT", .pattern = "/api/groups/{}/members/{}", .handler = &set_role},
    Route{.method = "DELETE", .pattern = "/api/groups/{}/members/{}", .handler = &remove_member},
    Route{.method = "GET", .pattern = "/api/groups/{}/messages", .handler = &list_messages},
};

}  // namespace

std::span<const Route> group_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
