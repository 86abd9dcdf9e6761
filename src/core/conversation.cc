#include "core/conversation.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/mutant.h"
#include "core/plan.h"

namespace parley::core {
namespace {

template <class T>
bool same(const std::shared_ptr<const T>& one, const std::shared_ptr<const T>& other) {
    if (one == nullptr || other == nullptr) {
        return one == other;
    }
    return *one == *other;
}

/// Changes the info: a new one takes its place.
template <class Change>
void update(ConversationState& state, Change change) {
    auto info = state.info == nullptr ? std::make_shared<ConversationInfo>()
                                      : std::make_shared<ConversationInfo>(*state.info);
    change(*info);
    state.info = std::move(info);
}

template <class Change>
void update(Member& member, Change change) {
    auto extra = member.extra == nullptr ? std::make_shared<MemberExtra>()
                                         : std::make_shared<MemberExtra>(*member.extra);
    change(*extra);
    member.extra = std::move(extra);
}

// --- what an event does to the state ------------------------------------------------------------

struct Joining {
    Seq seq;  ///< of the event by which they come
    Timestamp time;
    bool reads_all = false;
};

void join(ConversationState& state, const UserId& user, Role role, const Joining& by) {
    Seq first = by.reads_all ? Seq{1} : by.seq;
    if (mutant(Mutant::history_to_all)) {
        first = Seq{1};
    }
    const Seq before{by.seq.value - 1};
    Member* member = state.find(user);
    if (member == nullptr) {
        member = &state.members.add(Member{.user = user});
    } else if (!by.reads_all) {
        update(*member, [&](MemberExtra& extra) {
            extra.earlier.push_back({.first = member->first, .last = member->last});
        });
    }
    if (member->extra != nullptr && !member->extra->left_name.empty()) {
        update(*member, [](MemberExtra& extra) { extra.left_name.clear(); });
    }
    member->role = role;
    member->joined_at = by.time;
    member->first = first;
    member->last = {};
    // What was said before they came is not unread.
    member->cursor.delivered = std::max(member->cursor.delivered, before);
    member->cursor.read = std::max(member->cursor.read, before);
    member->cursor.read_ordinal = std::max(member->cursor.read_ordinal, state.ordinal);
    ++state.active;
}

void leave(ConversationState& state, Member& member, Seq seq) {
    PARLEY_ASSERT(member.active());
    member.last = seq;
    member.role = Role::member;
    // From here on the conversation's own changes are none of theirs; this one is.
    member.changed_at = state.position.offset;
    if (state.info != nullptr && !state.info->name.empty()) {
        const std::string& name = state.info->name;
        update(member, [&name](MemberExtra& extra) { extra.left_name = name; });
    }
    --state.active;
}

void take(ConversationState& state, const Event& /*event*/, const RoleChanged& change) {
    Member* member = state.find(change.user);
    PARLEY_ASSERT(member != nullptr && member->active());
    member->role = change.role;
}

void take(ConversationState& state, const Event& event, const MemberAdded& change) {
    const Joining by{
        .seq = event.seq, .time = event.time, .reads_all = state.info->history_for_all
    };
    join(state, change.user, change.role, by);
}

void take(ConversationState& state, const Event& event, const MemberRemoved& change) {
    if (change.user.is_nil()) {
        return;  // An account that is gone: commit has the command, and so the user.
    }
    Member* member = state.find(change.user);
    PARLEY_ASSERT(member != nullptr);
    leave(state, *member, event.seq);
}

void take(ConversationState& state, const Event& /*event*/, const GroupUpdated& change) {
    update(state, [&change](ConversationInfo& info) {
        info.name = change.name.value_or(info.name);
        info.description = change.description.value_or(info.description);
        info.avatar = change.avatar.value_or(info.avatar);
        info.members_can_add = change.members_can_add.value_or(info.members_can_add);
    });
}

void take(ConversationState& state, const Event& event, const GroupDeleted& /*change*/) {
    for (Member& member : state.members) {
        if (member.active()) {
            leave(state, member, event.seq);
        }
    }
    update(state, [](ConversationInfo& info) { info.deleted = true; });
}

void take(ConversationState& state, const Event& event, const ConversationUpdated& change) {
    if (event.hidden) {
        return;  // The other one has blocked them: it is void for them, and so it changes nothing.
    }
    update(state, [&change](ConversationInfo& info) {
        info.ttl_seconds = change.ttl_seconds.value_or(info.ttl_seconds);
        info.pinned = change.pinned.value_or(info.pinned);
    });
}

/// A message that is gone is pinned no more.
void take(ConversationState& state, const Event& /*event*/, const MessageDeleted& change) {
    if (state.info == nullptr || std::ranges::count(state.info->pinned, change.target) == 0) {
        return;
    }
    update(state, [&change](ConversationInfo& info) { std::erase(info.pinned, change.target); });
}

void take(ConversationState& /*state*/, const Event& /*event*/, const MessageEdited& /*change*/) {}
void take(ConversationState& /*state*/, const Event& /*event*/, const Reaction& /*change*/) {}
/// Done by commit, which has the command.
void take(ConversationState& /*state*/, const Event& /*event*/, const GroupCreated& /*change*/) {}

/// The event takes its place.
void append(ConversationState& state, const Event& event) {
    PARLEY_ASSERT(event.seq == state.head.next());
    PARLEY_ASSERT(event.time > state.last_time);
    PARLEY_ASSERT(event.ordinal >= state.ordinal);
    state.head = event.seq;
    state.ordinal = event.ordinal;
    state.last_time = event.time;
    if (event.ttl_seconds != 0 && state.expiring.value == 0) {
        state.expiring = event.seq;
        state.expires_at = core::expires_at(event);
    }
    if (event.change != nullptr) {
        std::visit([&](const auto& change) { take(state, event, change); }, *event.change);
        return;
    }
    Member* sender = state.find(event.sender);
    PARLEY_ASSERT(sender != nullptr);
    if (mutant(Mutant::own_unread)) {
        sender->cursor.read = sender->cursor.delivered = event.seq;
        return;
    }
    sender->cursor = {.delivered = event.seq, .read = event.seq, .read_ordinal = event.ordinal};
}

// --- what a command does to it besides ----------------------------------------------------------

struct Committing {
    ConversationState& state;
    LogPosition at;
};

template <class Command>
void apply(const Committing& /*to*/, const Command& /*command*/) {}

void apply(const Committing& to, const OpenDirect& open) {
    to.state.type = ConversationType::direct;
    to.state.last_time = creation_time(to.state.number);
    to.state.changed_at = to.at.offset;
    const Timestamp since = to.state.last_time;
    to.state.members.add(Member{.user = open.first, .joined_at = since, .first = {1}});
    if (open.second != open.first) {
        to.state.members.add(Member{.user = open.second, .joined_at = since, .first = {1}});
    }
    to.state.active = static_cast<std::uint32_t>(to.state.members.size());
}

void found(ConversationState& state, const CreateGroup& create, Timestamp time) {
    state.type = ConversationType::group;
    state.last_time = creation_time(state.number);
    update(state, [&create](ConversationInfo& info) {
        info.name = create.name;
        info.description = create.description;
        info.avatar = create.avatar;
        info.created_by = create.creator;
        info.history_for_all = create.history_for_all;
        info.members_can_add = create.members_can_add;
    });
    const Joining by{.seq = {1}, .time = time};
    join(state, create.creator, Role::owner, by);
    for (const UserId& user : create.members) {
        join(state, user, Role::member, by);
    }
}

void apply(const Committing& to, const HideMessage& command) {
    Member& member = *to.state.find(command.user);
    update(member, [&command](MemberExtra& extra) {
        extra.hidden.insert(std::ranges::upper_bound(extra.hidden, command.seq), command.seq);
    });
    member.changed_at = to.at.offset;
}

void apply(const Committing& to, const ChangeSettings& command) {
    Member& member = *to.state.find(command.user);
    update(member, [&command](MemberExtra& extra) {
        extra.muted_until = command.muted_until.value_or(extra.muted_until);
        extra.pinned = command.pinned.value_or(extra.pinned);
        extra.archived = command.archived.value_or(extra.archived);
        extra.draft = command.draft.value_or(extra.draft);
    });
    member.changed_at = to.at.offset;
}

void apply(const Committing& to, const SetBlock& command) {
    Member& member = *to.state.find(command.user);
    update(member, [&command](MemberExtra& extra) { extra.blocks = command.blocked; });
    member.changed_at = to.at.offset;
}

/// Stretches that touch become one.
void take_gone(ConversationState& state, const GoneMessages& more) {
    if (!state.gone.empty() && more.after <= state.gone.back().last) {
        GoneMessages& newest = state.gone.back();
        newest.last = std::max(newest.last, more.last);
        newest.last_seq = std::max(newest.last_seq, more.last_seq);
        return;
    }
    if (state.gone.size() >= kGoneStretchesMax) {
        state.gone.erase(state.gone.begin());
    }
    state.gone.push_back(more);
}

void apply(const Committing& to, const Expire& command) {
    ConversationState& state = to.state;
    if (command.through > state.expired || !command.gone.empty()) {
        state.changed_at = to.at.offset;
    }
    state.expired = std::max(state.expired, command.through);
    state.expired_ordinal = std::max(state.expired_ordinal, command.ordinal);
    for (const GoneMessages& more : command.gone) {
        take_gone(state, more);
    }
    std::erase_if(state.gone, [&state](const GoneMessages& one) {
        return one.last <= state.expired_ordinal;
    });
    if (state.expiring.value != 0 && command.expiring > state.expiring) {
        state.expiring = command.expiring > state.head ? Seq{} : command.expiring;
        state.expires_at = state.expiring.value == 0 ? Timestamp{} : command.expires_at;
    }
}

void apply(const Committing& to, const ForgetUser& command) {
    to.state.changed_at = to.at.offset;
    if (Member* member = to.state.find(command.user)) {
        if (member->active()) {
            // Of a group: by the event. Of a direct conversation, which goes on without them: here.
            leave(to.state, *member, to.state.head);
        }
        member->extra = nullptr;
        member->sends = {};
        to.state.members.forget(command.user);
    }
    update(to.state, [&command](ConversationInfo& info) {
        info.forgotten.push_back(command.user);
        if (info.created_by == command.user) {
            info.created_by = {};
        }
    });
}

void move(const Committing& to, const CursorMoved& moved) {
    Member* member = to.state.find(moved.user);
    PARLEY_ASSERT(member != nullptr);
    PARLEY_ASSERT(moved.cursor.read <= moved.cursor.delivered);
    member->cursor = moved.cursor;
    member->changed_at = to.at.offset;
    if (to.state.shows_receipts() && !to.state.is_blocked(*member)) {
        to.state.changed_at = to.at.offset;
    }
}

}  // namespace

std::uint64_t ConversationState::unread(const Member& member) const noexcept {
    if (!member.active()) {
        return 0;
    }
    const Ordinal read = std::max(member.cursor.read_ordinal, expired_ordinal);
    PARLEY_ASSERT(read <= ordinal);
    // What they deleted for themselves is void, and void is never unread: only messages can be deleted.
    std::uint64_t void_unread = 0;
    if (member.extra != nullptr) {
        const auto from =
            std::ranges::upper_bound(member.extra->hidden, std::max(member.cursor.read, expired));
        void_unread += static_cast<std::uint64_t>(std::count_if(
            from,
            member.extra->hidden.end(),
            [this](Seq seq) {
                return std::ranges::none_of(gone, [seq](const GoneMessages& one) {
                    return one.first_seq <= seq && seq <= one.last_seq;
                });
            }
        ));
    }
    for (const GoneMessages& one : gone) {
        const Ordinal from = std::max(read, one.after);
        void_unread += one.last > from ? one.last.value - from.value : 0;
    }
    const std::uint64_t count = ordinal.value - read.value;
    PARLEY_ASSERT(count >= void_unread);
    return count - void_unread;
}

const Member* ConversationState::other(const UserId& user) const noexcept {
    if (type != ConversationType::direct || members.size() != 2) {
        return nullptr;
    }
    const Member& one = members[members[0].user == user ? 1 : 0];
    return one.user.is_nil() ? nullptr : &one;
}

bool ConversationState::is_blocked(const Member& member) const noexcept {
    const Member* them = other(member.user);
    return member.blocks() || (them != nullptr && them->blocks());
}

bool operator==(const ConversationState& one, const ConversationState& other) {
    return one.number == other.number && one.type == other.type && one.head == other.head &&
           one.ordinal == other.ordinal && one.last_time == other.last_time &&
           one.rev == other.rev && one.position == other.position &&
           one.changed_at == other.changed_at && one.expired == other.expired &&
           one.expired_ordinal == other.expired_ordinal && one.expiring == other.expiring &&
           one.expires_at == other.expires_at && one.gone == other.gone &&
           one.active == other.active && same(one.info, other.info) && one.members == other.members;
}

ConversationState without_members(const ConversationState& state) {
    ConversationState copy;
    copy.number = state.number;
    copy.type = state.type;
    copy.head = state.head;
    copy.ordinal = state.ordinal;
    copy.last_time = state.last_time;
    copy.rev = state.rev;
    copy.position = state.position;
    copy.changed_at = state.changed_at;
    copy.expired = state.expired;
    copy.expired_ordinal = state.expired_ordinal;
    copy.expiring = state.expiring;
    copy.expires_at = state.expires_at;
    copy.gone = state.gone;
    copy.active = state.active;
    copy.info = state.info;
    return copy;
}

std::vector<UserId> users_changed_by(const Command& command) {
    return std::visit(
        [](const auto& one) -> std::vector<UserId> {
            if constexpr (requires { one.sender; }) {
                return {one.sender};
            } else if constexpr (requires { one.user; }) {
                return {one.user};
            } else if constexpr (requires { one.actor; }) {
                return {one.actor};
            } else {
                return {};
            }
        },
        command
    );
}

const Member* successor_after(const ConversationState& state, const Command& command) noexcept {
    if (const auto* remove = std::get_if<RemoveMember>(&command)) {
        return successor(state, remove->user);
    }
    const auto* forget = std::get_if<ForgetUser>(&command);
    return forget == nullptr ? nullptr : successor(state, forget->user);
}

Readable readable(const ConversationState& state, const Member& member) noexcept {
    Readable range{.first = member.first, .last = member.active() ? state.head : member.last};
    if (member.extra != nullptr && !member.extra->earlier.empty()) {
        range.first = std::min(range.first, member.extra->earlier.front().first);
    }
    return range;
}

bool may_read(const Member& reader, const Event& event) noexcept {
    const std::optional<Seq> target = target_seq(event);
    return reader.can_read(event.seq) && (!target || reader.can_read(*target));
}

bool is_void(
    const ConversationState& state, const Member& reader, const Event& event, Timestamp now
) noexcept {
    if (!mutant(Mutant::expired_is_shown) && is_expired(event, now)) {
        return true;
    }
    return event.seq <= state.expired || !may_read(reader, event) || reader.has_hidden(event.seq) ||
           (event.hidden && event.sender != reader.user);
}

std::optional<Outcome> Conversation::admit(const Command& command) const {
    const Planning now{.state = state_, .wall = state_.last_time};
    if (const auto* send = std::get_if<SendMessage>(&command)) {
        auto known = precheck(now, *send);
        return known ? std::optional<Outcome>{std::move(known->outcome)} : std::nullopt;
    }
    Decision decision = std::visit([&now](const auto& one) { return decide(now, one); }, command);
    if (decision.event != nullptr || std::holds_alternative<Opened>(decision.outcome) ||
        std::holds_alternative<Changed>(decision.outcome) ||
        std::holds_alternative<CursorMoved>(decision.outcome)) {
        return std::nullopt;
    }
    return std::move(decision.outcome);
}

std::optional<Outcome> Conversation::answered(const Command& command) const {
    return std::visit(
        [this, &command](const auto& one) -> std::optional<Outcome> {
            if constexpr (requires {
                              one.client_id;
                              payload_hash(one);
                          }) {
                auto before = earlier(state_, actor_of(command), one.client_id, payload_hash(one));
                return before ? std::optional(std::move(before->outcome)) : std::nullopt;
            } else {
                return std::nullopt;
            }
        },
        command
    );
}

Decision Conversation::plan(const Record& record) const {
    PARLEY_ASSERT(record.conversation == state_.number);
    const Planning at{.state = state_, .wall = record.time};
    return std::visit([&at](const auto& command) { return decide(at, command); }, record.command);
}

void Conversation::commit(const Record& record, const Decision& decision, LogPosition at) {
    PARLEY_ASSERT(state_.rev == 0 || at > state_.position);
    const bool begins =
        std::holds_alternative<Opened>(decision.outcome) || decision.event != nullptr;
    if (!exists() && !begins) {
        return;  // Nothing is kept for a conversation that is not there, so nothing is counted either.
    }
    ++state_.rev;
    state_.position = at;
    if (std::holds_alternative<Error>(decision.outcome) ||
        std::holds_alternative<Unchanged>(decision.outcome)) {
        return;
    }
    const Committing to{.state = state_, .at = at};
    if (const auto* moved = std::get_if<CursorMoved>(&decision.outcome)) {
        move(to, *moved);
        return;
    }
    if (decision.event == nullptr) {
        if (!std::holds_alternative<Sent>(decision.outcome)) {
            std::visit([&to](const auto& command) { apply(to, command); }, record.command);
        }
        return;
    }
    state_.changed_at = at.offset;
    if (const auto* create = std::get_if<CreateGroup>(&record.command)) {
        found(state_, *create, decision.event->time);
    }
    if (const auto* forget = std::get_if<ForgetUser>(&record.command)) {
        leave(state_, *state_.find(forget->user), decision.event->seq);
    }
    append(state_, *decision.event);
    if (decision.follow_up != nullptr) {
        append(state_, *decision.follow_up);
    }
    std::visit([&to](const auto& command) { apply(to, command); }, record.command);
    if (decision.remember) {
        Member* sender = state_.find(actor_of(record.command));
        PARLEY_ASSERT(sender != nullptr);
        sender->sends.add(*decision.remember);
    }
}

}  // namespace parley::core
