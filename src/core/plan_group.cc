#include <algorithm>
#include <utility>

#include "core/plan.h"

namespace parley::core {
namespace {

std::optional<Decision> refuse_below(
    const ConversationState& state, const UserId& actor, Role role, std::string_view detail
) {
    if (state.type != ConversationType::group) {
        return refuse(ErrorCode::not_found, "no such group");
    }
    if (auto refused = refuse_outsider(state, actor)) {
        return refused;
    }
    if (state.find(actor)->role < role) {
        return refuse(ErrorCode::forbidden, detail);
    }
    return std::nullopt;
}

/// Was in the group and is not any more: to remove them again is a retry.
bool has_left(const ConversationState& state, const UserId& user) noexcept {
    const Member* member = state.find(user);
    return state.type == ConversationType::group && member != nullptr && !member->active();
}

/// The deletion is the last event there is.
bool left_by_deletion(const ConversationState& state, const Member& member) noexcept {
    return state.info->deleted && member.last == state.head;
}

}  // namespace

EventPtr handed_on(const Planning& at, const Event& leaving, const Member& next) {
    auto event = next_event(
        at,
        leaving.sender,
        leaving.sender_device,
        RoleChanged{.user = next.user, .role = Role::owner}
    );
    event->seq = leaving.seq.next();
    event->time = {leaving.time.ticks + 1};
    return event;
}

Decision decide(const Planning& at, const CreateGroup& command) {
    const std::uint64_t payload = payload_hash(command);
    if (!at.state.members.empty()) {
        // The number belongs to this client_id of the creator, so this is its retry or a conflict.
        if (auto before = earlier(at.state, command.creator, command.client_id, payload)) {
            return std::move(*before);
        }
        return refuse(ErrorCode::conflict, "this conversation is there already");
    }
    std::vector<UserId> members{command.creator};
    members.insert(members.end(), command.members.begin(), command.members.end());
    auto event = next_event(
        at,
        command.creator,
        command.device,
        GroupCreated{.name = command.name, .members = std::move(members)}
    );
    // Its number says when it was made; the clock may have gone back since.
    event->time = event_time(creation_time(at.state.number), at.wall);
    event->client_id = command.client_id;
    return happens_once(at, std::move(event), payload);
}

Decision decide(const Planning& at, const AddMember& command) {
    const bool anyone = at.state.info != nullptr && at.state.info->members_can_add;
    if (auto refused = refuse_below(
            at.state,
            command.actor,
            anyone ? Role::member : Role::admin,
            "only admins add members to this group"
        )) {
        return std::move(*refused);
    }
    if (at.state.members.find_active(command.user) != nullptr) {
        return unchanged();
    }
    if (is_forgotten(at.state, command.user)) {
        return refuse(ErrorCode::not_found, "no such user");
    }
    const Member* former = at.state.find(command.user);
    if (former != nullptr && former->extra != nullptr &&
        former->extra->earlier.size() >= kStaysMax) {
        return refuse(ErrorCode::too_large, "this user has come and gone too often");
    }
    if (at.state.active >= command.members_max) {
        return refuse(ErrorCode::too_large, "the group is full");
    }
    return happens(
        at, next_event(at, command.actor, command.device, MemberAdded{.user = command.user})
    );
}

Decision decide(const Planning& at, const RemoveMember& command) {
    const bool leaves = command.actor == command.user;
    if (leaves && has_left(at.state, command.user)) {
        return unchanged();
    }
    if (auto refused = refuse_below(
            at.state,
            command.actor,
            leaves ? Role::member : Role::admin,
            "only admins remove members"
        )) {
        return std::move(*refused);
    }
    if (has_left(at.state, command.user)) {
        return unchanged();
    }
    const Member* member = at.state.members.find_active(command.user);
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such member");
    }
    if (!leaves && member->role >= at.state.find(command.actor)->role &&
        at.state.find(command.actor)->role != Role::owner) {
        return refuse(ErrorCode::forbidden, "only the owner removes admins");
    }
    Decision decision = happens(
        at, next_event(at, command.actor, command.device, MemberRemoved{.user = command.user})
    );
    if (const Member* next = successor(at.state, command.user)) {
        decision.follow_up = handed_on(at, *decision.event, *next);
    }
    return decision;
}

Decision decide(const Planning& at, const SetRole& command) {
    if (auto refused = refuse_below(at.state, command.actor, Role::member, {})) {
        return std::move(*refused);
    }
    const Member* member = at.state.members.find_active(command.user);
    const bool same = member != nullptr && member->role == command.role;
    // Their own as it is: the retry of an owner who has given it away.
    const bool given_away = same && command.user == command.actor;
    if (at.state.find(command.actor)->role < Role::owner && !given_away) {
        return refuse(ErrorCode::forbidden, "only the owner gives roles");
    }
    if (same) {
        return unchanged();
    }
    if (member == nullptr) {
        return refuse(ErrorCode::not_found, "no such member");
    }
    const auto other_owner = [&command](const Member& m) {
        return m.active() && m.role == Role::owner && m.user != command.user;
    };
    if (member->role == Role::owner && std::ranges::none_of(at.state.members, other_owner)) {
        return refuse(ErrorCode::conflict, "make someone else the owner first");
    }
    return happens(
        at,
        next_event(
            at,
            command.actor,
            command.device,
            RoleChanged{.user = command.user, .role = command.role}
        )
    );
}

Decision decide(const Planning& at, const UpdateGroup& command) {
    if (auto refused =
            refuse_below(at.state, command.actor, Role::admin, "only admins change the group")) {
        return std::move(*refused);
    }
    const ConversationInfo& now = *at.state.info;
    GroupUpdated what = command.what;
    if (what.name == now.name) {
        what.name.reset();
    }
    if (what.description == now.description) {
        what.description.reset();
    }
    if (what.avatar == now.avatar) {
        what.avatar.reset();
    }
    if (what.members_can_add == now.members_can_add) {
        what.members_can_add.reset();
    }
    if (what == GroupUpdated{}) {
        return unchanged();
    }
    return happens(at, next_event(at, command.actor, command.device, std::move(what)));
}

Decision decide(const Planning& at, const DeleteGroup& command) {
    const Member* actor = at.state.find(command.actor);
    if (actor != nullptr && !actor->active() && left_by_deletion(at.state, *actor)) {
        return unchanged();
    }
    if (auto refused = refuse_below(
            at.state, command.actor, Role::owner, "only the owner deletes the group"
        )) {
        return std::move(*refused);
    }
    return happens(at, next_event(at, command.actor, command.device, GroupDeleted{}));
}

}  // namespace parley::core
