#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/conversation.h"

namespace parley::core {

inline const UserId kAda{{1, 1}};
inline const UserId kBob{{2, 2}};
inline const UserId kEve{{3, 3}};
inline const UserId kDan{{4, 4}};
inline const ConversationNumber kNumber = make_conversation_number(1'800'000'000'000, 0, 7);

/// One group's story: commands, what they came to, and every event.
class GroupTest : public ::testing::Test {
protected:
    Decision apply(Command command) {
        Record record{.conversation = kNumber, .time = {}, .command = std::move(command)};
        record.time = Timestamp::from_millis(1'800'000'001'000);
        Decision decision = conversation_.plan(record);
        conversation_.commit(record, decision, {.epoch = 1, .offset = ++offset_});
        records_.push_back(record);
        for (const EventPtr& event : {decision.event, decision.follow_up}) {
            if (event != nullptr) {
                events_.push_back(event);
            }
        }
        return decision;
    }
    Decision create(std::vector<UserId> members = {kBob, kEve}, bool history_for_all = false) {
        return apply(CreateGroup{
            .creator = kAda,
            .device = {},
            .client_id = "create",
            .name = "Chess",
            .description = "",
            .avatar = {},
            .history_for_all = history_for_all,
            .members_can_add = false,
            .members = std::move(members)
        });
    }
    Decision send(UserId who, std::string client_id, std::string content = "x") {
        SendMessage send;
        send.sender = who;
        send.client_id = std::move(client_id);
        send.content = std::move(content);
        return apply(std::move(send));
    }
    Decision add(UserId actor, UserId user) {
        return apply(AddMember{.actor = actor, .device = {}, .user = user, .members_max = 4});
    }
    Decision remove(UserId actor, UserId user) {
        return apply(RemoveMember{.actor = actor, .device = {}, .user = user});
    }
    Decision role(UserId actor, UserId user, Role role) {
        return apply(SetRole{.actor = actor, .device = {}, .user = user, .role = role});
    }
    static ErrorCode code(const Decision& decision) {
        return std::get<Error>(decision.outcome).code;
    }
    static Seq seq(const Decision& decision) { return std::get<Sent>(decision.outcome).seq; }
    const Member& member(UserId user) { return *conversation_.state().find(user); }
    const ConversationState& state() { return conversation_.state(); }
    Target target(Seq seq) {
        const Event& event = *events_[seq.value - 1];
        return {
            .message = message_id(kNumber, event.time),
            .seq = seq,
            .sender = event.sender,
            .hidden = event.hidden
        };
    }

    Conversation conversation_{kNumber};
    std::vector<Record> records_;
    std::vector<EventPtr> events_;
    std::uint64_t offset_ = 0;
};

/// The same with a direct conversation of two.
class BlockTest : public GroupTest {
protected:
    BlockTest() { apply(OpenDirect{.first = kAda, .second = kBob}); }
    void block(UserId user, bool blocked = true) {
        apply(SetBlock{.user = user, .blocked = blocked});
    }
};

}  // namespace parley::core
