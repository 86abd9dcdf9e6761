#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/conversation.h"
#include "ports/message_store.h"

namespace parley::fakes {

/// A conversation that lives through the rules of core, and what it would write.
class Talk {
public:
    /// A direct conversation of two.
    explicit Talk(std::uint64_t number) : conversation_(ConversationNumber{number}) {
        run(core::OpenDirect{.first = user(1), .second = user(2)});
    }
    /// A group of so many.
    Talk(std::uint64_t number, std::size_t members) : conversation_(ConversationNumber{number}) {
        core::CreateGroup create{.creator = user(1), .device = {}, .client_id = "create"};
        create.name = "a group";
        for (std::size_t i = 2; i <= members; ++i) {
            create.members.push_back(user(i));
        }
        run(std::move(create));
    }
    explicit Talk(core::ConversationState state, std::uint64_t offset)
        : conversation_(std::move(state)), offset_(offset) {}

    [[nodiscard]] UserId user(std::uint64_t n) const {
        return {{.high = state().number.value, .low = n}};
    }
    void say(std::string content, std::size_t member = 0) {
        core::SendMessage send;
        send.sender = state().members[member].user;
        send.sender_device = {{.high = 7, .low = member}};
        send.client_id = "c" + std::to_string(offset_);
        send.content = std::move(content);
        if (offset_ % 5 == 0) {
            send.reply_to = MessageId{{.high = offset_, .low = 9}};
            send.mentions = {state().members[0].user, state().members[1].user};
        }
        run(std::move(send));
    }
    void read_all(std::size_t member) {
        run(core::MoveCursor{
            .user = state().members[member].user,
            .delivered = state().head,
            .read = state().head,
            .read_ordinal = state().ordinal
        });
    }
    void edit(Seq seq, std::string content) {
        core::EditMessage edit{.actor = at(seq).sender, .device = {}, .client_id = {}};
        edit.client_id = "e" + std::to_string(offset_);
        edit.target = target(seq);
        edit.content = std::move(content);
        run(std::move(edit));
    }
    void remove(Seq seq) {
        run(core::DeleteMessage{.actor = at(seq).sender, .device = {}, .target = target(seq)});
    }
    void react(Seq seq, std::size_t member) {
        run(core::React{
            .actor = state().members[member].user,
            .device = {},
            .target = target(seq),
            .emoji = "\xF0\x9F\x91\x8D"
        });
    }
    void add_member(std::uint64_t n) {
        run(core::AddMember{.actor = user(1), .device = {}, .user = user(n), .members_max = 1'000});
    }
    void expire(Seq through) {
        run(core::Expire{.through = through, .ordinal = at(through).ordinal});
    }
    void run(core::Command command) {
        ++offset_;
        const core::Record record{
            .conversation = state().number,
            .time = {17'700'000'000'000'000 + static_cast<std::int64_t>(offset_ * 1'000)},
            .rules = core::kRulesNow,
            .command = std::move(command)
        };
        const core::Decision decision = conversation_.plan(record);
        note_changed(record.command);
        const std::size_t members_before = state().members.size();
        conversation_.commit(record, decision, {.epoch = 1, .offset = offset_});
        const std::size_t members_now = state().members.size();
        const bool outgrown = members_before <= ports::kMembersWrittenWhole &&
                              members_now > ports::kMembersWrittenWhole;
        for (std::size_t i = outgrown ? 0 : members_before; i < members_now; ++i) {
            changed_.emplace(
                static_cast<std::uint32_t>(i),
                i < members_before ? state().members[i].sends.count() : 0
            );
        }
        for (const core::EventPtr& event : {decision.event, decision.follow_up}) {
            if (event != nullptr) {
                all_.push_back(event);
                amend(*event);
            }
        }
    }

    /// Everything since `take`.
    [[nodiscard]] ports::ConversationWrite peek() const {
        ports::ConversationWrite write{
            .state = core::without_members(state()),
            .members_total = static_cast<std::uint32_t>(state().members.size()),
            .members = {},
            .events = {},
            .amended = {}
        };
        write.events.assign(all_.begin() + static_cast<std::ptrdiff_t>(taken_), all_.end());
        for (const auto& [seq, event] : amended_) {
            write.amended.push_back(event);
        }
        const bool whole = state().members.size() <= ports::kMembersWrittenWhole;
        for (std::uint32_t i = 0; i < state().members.size(); ++i) {
            const core::Member& member = state().members[i];
            const auto changed = changed_.find(i);
            if (changed != changed_.end()) {
                write.members.push_back(ports::member_write(member, i, changed->second));
            } else if (whole) {
                write.members.push_back(ports::member_write(member, i, member.sends.count()));
            }
        }
        return write;
    }
    /// The same, and from now on anew.
    ports::ConversationWrite take() {
        ports::ConversationWrite write = peek();
        taken_ = all_.size();
        changed_.clear();
        amended_.clear();
        return write;
    }

    [[nodiscard]] const core::ConversationState& state() const { return conversation_.state(); }
    /// Every event since this object began, as it is now, oldest first.
    [[nodiscard]] const std::vector<core::EventPtr>& events() const { return all_; }

private:
    [[nodiscard]] const core::Event& at(Seq seq) const { return *all_[seq.value - 1]; }
    [[nodiscard]] core::Target target(Seq seq) const {
        return {
            .message = message_id(state().number, at(seq).time),
            .seq = seq,
            .sender = at(seq).sender,
            .hidden = at(seq).hidden
        };
    }
    void note_changed(const core::Command& command) {
        for (const UserId& user : core::users_changed_by(command)) {
            if (const core::Member* member = state().find(user)) {
                const auto index = static_cast<std::uint32_t>(state().members.index_of(*member));
                changed_.emplace(index, member->sends.count());
            }
        }
    }
    void amend(const core::Event& change) {
        Seq target;
        if (const auto* edit = core::change_as<core::MessageEdited>(change)) {
            target = edit->target_seq;
        } else if (const auto* deletion = core::change_as<core::MessageDeleted>(change)) {
            target = deletion->target_seq;
        } else if (const auto* reaction = core::change_as<core::Reaction>(change)) {
            target = reaction->target_seq;
        } else {
            return;
        }
        core::EventPtr& place = all_[target.value - 1];
        if (core::EventPtr now = core::amend(*place, change)) {
            place = std::move(now);
            if (target.value <= taken_) {
                amended_[target] = place;
            }
        }
    }

    core::Conversation conversation_;
    std::vector<core::EventPtr> all_;
    std::size_t taken_ = 0;
    std::map<std::uint32_t, std::uint64_t> changed_;  // members by index: sends that were taken
    std::map<Seq, core::EventPtr> amended_;           // of those that were taken
    std::uint64_t offset_ = 0;
};

inline bool same(const std::vector<core::EventPtr>& one, const std::vector<core::EventPtr>& other) {
    return std::ranges::equal(one, other, [](const auto& a, const auto& b) { return *a == *b; });
}

}  // namespace parley::fakes
