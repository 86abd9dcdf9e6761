#include "core/event.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "core/limits.h"

namespace parley::core {
namespace {

template <class T>
bool same(const std::shared_ptr<const T>& one, const std::shared_ptr<const T>& other) {
    if (one == nullptr || other == nullptr) {
        return one == other;
    }
    return *one == *other;
}

Amendment amendment_of(const Event& event) {
    return event.amendment == nullptr ? Amendment{} : *event.amendment;
}

void clear(Event& event) {
    event.content.clear();
    event.media = {};
    event.reply_to.reset();
    event.mentions.clear();
    event.amendment = nullptr;
    event.change = nullptr;
}

EventPtr with(const Event& target, Amendment amendment) {
    auto changed = std::make_shared<Event>(target);
    changed->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return changed;
}

/// The change is the sender's alone: the other one has blocked them, and has seen the message itself.
bool is_shadowed(const Event& target, const Event& by) noexcept {
    return by.hidden && !target.hidden;
}

/// What `viewer` alone sees of the message; as everyone does when there is nothing yet.
Shadow& shadow_of(Amendment& amendment, const Event& target, const UserId& viewer) {
    const auto at = std::ranges::find(amendment.shadows, viewer, &Shadow::viewer);
    if (at != amendment.shadows.end()) {
        return *at;
    }
    amendment.shadows.push_back(
        {.viewer = viewer,
         .edited_at = amendment.edited_at,
         .content = target.content,
         .reactions = amendment.reactions}
    );
    return amendment.shadows.back();
}

EventPtr edited(const Event& target, const Event& by, const MessageEdited& edit) {
    Amendment amendment = amendment_of(target);
    if (amendment.deleted || amendment.edits.size() >= kEditsMax) {
        return nullptr;
    }
    if (amendment.edits.empty()) {
        amendment.original = target.content;
    }
    amendment.edits.push_back(by.seq);
    auto changed = std::make_shared<Event>(target);
    if (is_shadowed(target, by)) {
        shadow_of(amendment, target, by.sender);
    } else {
        amendment.edited_at = by.time;
        changed->content = edit.content;
    }
    for (Shadow& shadow : amendment.shadows) {
        if (!is_shadowed(target, by) || shadow.viewer == by.sender) {
            shadow.edited_at = by.time;
            shadow.content = edit.content;
        }
    }
    changed->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return changed;
}

EventPtr deleted(const Event& target) {
    if (is_deleted(target)) {
        return nullptr;
    }
    Amendment amendment;
    amendment.deleted = true;
    auto changed = std::make_shared<Event>(target);
    clear(*changed);
    changed->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return changed;
}

/// False when it is so already, or there is no room.
bool react(std::vector<ReactionCount>& all, const UserId& user, const Reaction& reaction) {
    auto at = std::ranges::find(all, reaction.emoji, &ReactionCount::emoji);
    if (reaction.removed) {
        if (at == all.end() || std::erase(at->users, user) == 0) {
            return false;
        }
        if (at->users.empty()) {
            all.erase(at);
        }
        return true;
    }
    if (at == all.end()) {
        if (all.size() >= kReactionKindsMax) {
            return false;
        }
        at = all.insert(all.end(), {.emoji = reaction.emoji, .users = {}});
    }
    if (std::ranges::find(at->users, user) != at->users.end() ||
        at->users.size() >= kReactionUsersMax) {
        return false;
    }
    at->users.push_back(user);
    return true;
}

EventPtr reacted(const Event& target, const Event& by, const Reaction& reaction) {
    if (is_deleted(target)) {
        return nullptr;
    }
    Amendment amendment = amendment_of(target);
    bool changed = false;
    if (is_shadowed(target, by)) {
        shadow_of(amendment, target, by.sender);
    } else {
        changed = react(amendment.reactions, by.sender, reaction);
    }
    for (Shadow& shadow : amendment.shadows) {
        if (!is_shadowed(target, by) || shadow.viewer == by.sender) {
            changed |= react(shadow.reactions, by.sender, reaction);
        }
    }
    return changed ? with(target, std::move(amendment)) : nullptr;
}

bool forget(UserId& id, const UserId& user) noexcept {
    if (id != user) {
        return false;
    }
    id = {};
    return true;
}

bool forget(std::vector<UserId>& ids, const UserId& user) {
    bool found = false;
    for (UserId& id : ids) {
        found |= forget(id, user);
    }
    return found;
}

/// The change without the user; nothing when they are not in it.
std::shared_ptr<const Change> without(const Change& change, const UserId& user) {
    Change copy = change;
    bool found = false;
    if (auto* created = std::get_if<GroupCreated>(&copy)) {
        found = forget(created->members, user);
    } else if (auto* added = std::get_if<MemberAdded>(&copy)) {
        found = forget(added->user, user);
    } else if (auto* removed = std::get_if<MemberRemoved>(&copy)) {
        found = forget(removed->user, user);
    } else if (auto* role = std::get_if<RoleChanged>(&copy)) {
        found = forget(role->user, user);
    }
    return found ? std::make_shared<const Change>(std::move(copy)) : nullptr;
}

bool forget(std::vector<ReactionCount>& reactions, const UserId& user) {
    bool found = false;
    for (ReactionCount& reaction : reactions) {
        found |= std::erase(reaction.users, user) != 0;
    }
    std::erase_if(reactions, [](const ReactionCount& r) { return r.users.empty(); });
    return found;
}

bool among(const std::vector<ReactionCount>& reactions, const UserId& user) noexcept {
    return std::ranges::any_of(reactions, [&user](const ReactionCount& reaction) {
        return std::ranges::find(reaction.users, user) != reaction.users.end();
    });
}

/// Does anything in the event say who they are?
bool names(const Event& event, const UserId& user) noexcept {
    if (event.sender == user || std::ranges::find(event.mentions, user) != event.mentions.end() ||
        event.change != nullptr) {
        return true;  // Changes are few, and small.
    }
    if (event.amendment == nullptr) {
        return false;
    }
    const auto shows = [&user](const Shadow& shadow) {
        return shadow.viewer == user || among(shadow.reactions, user);
    };
    return among(event.amendment->reactions, user) ||
           std::ranges::any_of(event.amendment->shadows, shows);
}

/// Somebody who is gone reacts no more.
std::shared_ptr<const Amendment> without(const Amendment& amendment, const UserId& user) {
    Amendment copy = amendment;
    bool found = forget(copy.reactions, user);
    found |= std::erase_if(copy.shadows, [&user](const Shadow& s) { return s.viewer == user; }) > 0;
    for (Shadow& shadow : copy.shadows) {
        found |= forget(shadow.reactions, user);
    }
    return found ? std::make_shared<const Amendment>(std::move(copy)) : nullptr;
}

}  // namespace

EventType type_of(const Change& change) noexcept {
    return static_cast<EventType>(
        static_cast<std::size_t>(EventType::message_edited) + change.index()
    );
}

bool operator==(const Event& one, const Event& other) {
    return one.seq == other.seq && one.ordinal == other.ordinal && one.time == other.time &&
           one.sender == other.sender && one.sender_device == other.sender_device &&
           one.client_id == other.client_id && one.type == other.type &&
           one.hidden == other.hidden && one.message_type == other.message_type &&
           one.content == other.content && one.media == other.media &&
           one.reply_to == other.reply_to && one.mentions == other.mentions &&
           one.ttl_seconds == other.ttl_seconds && same(one.amendment, other.amendment) &&
           same(one.change, other.change);
}

std::optional<Seq> target_seq(const Event& event) noexcept {
    if (const auto* edit = change_as<MessageEdited>(event)) {
        return edit->target_seq;
    }
    if (const auto* deletion = change_as<MessageDeleted>(event)) {
        return deletion->target_seq;
    }
    const auto* reaction = change_as<Reaction>(event);
    return reaction == nullptr ? std::nullopt : std::optional(reaction->target_seq);
}

bool is_deleted(const Event& event) noexcept {
    return event.amendment != nullptr && event.amendment->deleted;
}

Timestamp expires_at(const Event& event) noexcept {
    if (event.ttl_seconds == 0) {
        return {};
    }
    return {event.time.ticks + std::int64_t{event.ttl_seconds} * kTicksPerSecond};
}

bool is_expired(const Event& event, Timestamp now) noexcept {
    // What was taken away stays so, though a wall clock may go back.
    return event.ttl_seconds != 0 && (now >= expires_at(event) || is_bare(event));
}

EventPtr seen_by(const EventPtr& event, const UserId& reader) {
    if (event->amendment == nullptr || event->amendment->shadows.empty()) {
        return event;
    }
    Amendment amendment = *event->amendment;
    const std::vector<Shadow> shadows = std::exchange(amendment.shadows, {});
    auto seen = std::make_shared<Event>(*event);
    const auto own = std::ranges::find(shadows, reader, &Shadow::viewer);
    if (own != shadows.end()) {
        seen->content = own->content;
        amendment.edited_at = own->edited_at;
        amendment.reactions = own->reactions;
    }
    seen->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return seen;
}

EventPtr expire(const Event& event) {
    auto changed = std::make_shared<Event>(event);
    clear(*changed);
    changed->client_id.clear();
    changed->sender = {};
    changed->sender_device = {};
    return changed;
}

bool is_bare(const Event& event) noexcept {
    return event.content.empty() && event.media.is_nil() && !event.reply_to &&
           event.mentions.empty() && event.client_id.empty() && event.sender.is_nil() &&
           event.amendment == nullptr && event.change == nullptr;
}

EventPtr with_few_named(const EventPtr& event, const UserId& reader) {
    const auto named = [](const Amendment& amendment) {
        std::size_t count = 0;
        for (const ReactionCount& reaction : amendment.reactions) {
            count += reaction.users.size();
        }
        return count;
    };
    if (event->amendment == nullptr || named(*event->amendment) <= kReactionUsersShown) {
        return event;
    }
    Amendment amendment = *event->amendment;
    std::size_t left = kReactionUsersShown;
    for (ReactionCount& reaction : amendment.reactions) {
        // One's own first: nobody must seem to have said nothing.
        const auto own = std::ranges::find(reaction.users, reader);
        if (own != reaction.users.end()) {
            std::rotate(reaction.users.begin(), own, own + 1);
        }
        const std::size_t named_here =
            std::min(reaction.users.size(), std::max<std::size_t>(left, 1));
        reaction.unnamed = reaction.users.size() - named_here;
        reaction.users.resize(named_here);
        left -= std::min(left, named_here);
    }
    auto seen = std::make_shared<Event>(*event);
    seen->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return seen;
}

EventPtr amend(const Event& target, const Event& change) {
    PARLEY_ASSERT(target.type == EventType::message);
    if (is_expired(target, change.time)) {
        return nullptr;  // Nobody sees it any more: nothing comes back into it.
    }
    if (const auto* edit = change_as<MessageEdited>(change)) {
        return edited(target, change, *edit);
    }
    if (change_as<MessageDeleted>(change) != nullptr) {
        return deleted(target);
    }
    const auto* reaction = change_as<Reaction>(change);
    PARLEY_ASSERT(reaction != nullptr);
    return reacted(target, change, *reaction);
}

EventPtr void_event(Seq seq) {
    auto event = std::make_shared<Event>();
    event->seq = seq;
    event->type = EventType::void_place;
    return event;
}

EventPtr erase(const Event& event) {
    auto changed = std::make_shared<Event>(event);
    clear(*changed);
    return changed;
}

EventPtr before_edits(const Event& message, const Event* by) {
    Amendment amendment = amendment_of(message);
    auto changed = std::make_shared<Event>(message);
    const auto* edit = by == nullptr ? nullptr : change_as<MessageEdited>(*by);
    changed->content = edit == nullptr ? amendment.original : edit->content;
    amendment.edited_at = edit == nullptr ? std::nullopt : std::optional(by->time);
    amendment.reactions.clear();
    changed->amendment = std::make_shared<const Amendment>(std::move(amendment));
    return changed;
}

EventPtr without_user(const Event& event, const UserId& user) {
    if (!names(event, user)) {
        return nullptr;  // Nearly always; to copy it first would cost more than all the rest of reading it.
    }
    auto changed = std::make_shared<Event>(event);
    bool found = forget(changed->sender, user);
    if (found) {
        changed->sender_device = {};
        changed->client_id.clear();
    }
    found |= std::erase(changed->mentions, user) != 0;
    if (event.change != nullptr) {
        if (auto without_them = without(*event.change, user)) {
            changed->change = std::move(without_them);
            found = true;
        }
    }
    if (event.amendment != nullptr) {
        if (auto without_them = without(*event.amendment, user)) {
            changed->amendment = std::move(without_them);
            found = true;
        }
    }
    return found ? changed : nullptr;
}

}  // namespace parley::core
