#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/conversation.h"

namespace parley::core {
namespace {

const UserId kAda{{1, 1}};
const UserId kBob{{2, 2}};
const UserId kEve{{3, 3}};
const UserId kDan{{4, 4}};
const ConversationNumber kNumber = make_conversation_number(1'800'000'000'000, 0, 7);

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

TEST_F(GroupTest, ItsFirstEventIsItsCreationAndNamesTheMembers) {
    const Decision made = create();
    EXPECT_EQ(seq(made), Seq{1});
    const auto* created = change_as<GroupCreated>(*made.event);
    ASSERT_NE(created, nullptr);
    EXPECT_EQ(created->members, (std::vector<UserId>{kAda, kBob, kEve}));
    EXPECT_EQ(state().type, ConversationType::group);
    EXPECT_EQ(state().active, 3U);
    EXPECT_EQ(member(kAda).role, Role::owner);
    EXPECT_EQ(member(kBob).role, Role::member);
    EXPECT_EQ(state().unread(member(kBob)), 0U);
    EXPECT_EQ(state().info->name, "Chess");
}

TEST_F(GroupTest, AClockThatWentBackSinceTheNumberWasMadeDoesNotMatter) {
    CreateGroup create{.creator = kAda, .device = {}, .client_id = "c", .name = "Chess"};
    const Record record{.conversation = kNumber, .time = {5}, .command = std::move(create)};
    const Decision decision = conversation_.plan(record);
    conversation_.commit(record, decision, {.epoch = 1, .offset = 1});
    EXPECT_GT(decision.event->time, creation_time(kNumber));
    EXPECT_EQ(state().head, Seq{1});
}

TEST_F(GroupTest, CreatingAgainWithTheSameClientIdGivesTheSameAnswer) {
    const auto first = std::get<Sent>(create().outcome);
    const auto again = std::get<Sent>(create().outcome);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.message_id, first.message_id);
    EXPECT_EQ(code(create({kBob})), ErrorCode::conflict);
    EXPECT_EQ(state().head, Seq{1});
}

TEST_F(GroupTest, WhoComesLaterReadsFromTheEventThatAddedThem) {
    create();
    send(kAda, "a");
    send(kAda, "b");
    const Seq added = seq(add(kAda, kDan));
    EXPECT_FALSE(member(kDan).can_read({2}));
    EXPECT_TRUE(member(kDan).can_read(added));
    EXPECT_EQ(state().unread(member(kDan)), 0U);
    send(kAda, "c");
    EXPECT_EQ(state().unread(member(kDan)), 1U);
}

TEST_F(GroupTest, WithHistoryForAllTheyReadEverythingAndNothingOfItIsUnread) {
    create({kBob}, true);
    send(kAda, "a");
    add(kAda, kDan);
    EXPECT_TRUE(member(kDan).can_read({1}));
    EXPECT_EQ(state().unread(member(kDan)), 0U);
}

TEST_F(GroupTest, WhoIsRemovedKeepsWhatTheyCouldReadAndGetsNothingLater) {
    create();
    send(kAda, "a");
    const Seq removed = seq(remove(kAda, kBob));
    send(kAda, "b");
    EXPECT_TRUE(member(kBob).can_read(removed));
    EXPECT_FALSE(member(kBob).can_read(removed.next()));
    EXPECT_EQ(state().active, 2U);
    EXPECT_EQ(code(send(kBob, "x")), ErrorCode::forbidden);
    EXPECT_EQ(
        code(apply(MoveCursor{.user = kBob, .delivered = removed.next()})),
        ErrorCode::invalid_request
    );
    EXPECT_EQ(code(send(kDan, "x")), ErrorCode::not_found);
}

TEST_F(GroupTest, WhoComesBackReadsBothTimesAndNotWhatWasBetween) {
    create();
    const Seq removed = seq(remove(kAda, kBob));
    send(kAda, "between");
    const Seq back = seq(add(kAda, kBob));
    EXPECT_TRUE(member(kBob).can_read(removed));
    EXPECT_FALSE(member(kBob).can_read(removed.next()));
    EXPECT_TRUE(member(kBob).can_read(back));
    EXPECT_EQ(state().unread(member(kBob)), 0U);
    EXPECT_EQ(state().active, 3U);
}

TEST_F(GroupTest, ARetryOfASendIsAnsweredAfterTheSenderWasRemoved) {
    create();
    const Seq first = seq(send(kBob, "b"));
    remove(kAda, kBob);
    const auto again = std::get<Sent>(send(kBob, "b").outcome);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.seq, first);
}

TEST_F(GroupTest, RolesDecideWhoMayDoWhat) {
    create({kBob, kEve, kDan});
    EXPECT_EQ(code(remove(kBob, kEve)), ErrorCode::forbidden);
    EXPECT_EQ(code(role(kBob, kEve, Role::admin)), ErrorCode::forbidden);
    role(kAda, kBob, Role::admin);
    role(kAda, kEve, Role::admin);
    EXPECT_EQ(code(role(kBob, kDan, Role::admin)), ErrorCode::forbidden);
    EXPECT_EQ(code(remove(kBob, kEve)), ErrorCode::forbidden);  // Another admin.
    EXPECT_EQ(code(remove(kBob, kAda)), ErrorCode::forbidden);
    EXPECT_NE(remove(kBob, kDan).event, nullptr);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(remove(kBob, kDan).outcome));
    EXPECT_EQ(code(remove(kBob, UserId{{9, 9}})), ErrorCode::not_found);
    const GroupUpdated named{.name = "Go", .description = {}, .avatar = {}, .members_can_add = {}};
    EXPECT_NE(apply(UpdateGroup{.actor = kBob, .device = {}, .what = named}).event, nullptr);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(
        apply(UpdateGroup{.actor = kBob, .device = {}, .what = named}).outcome
    ));
    EXPECT_EQ(code(apply(DeleteGroup{.actor = kBob, .device = {}})), ErrorCode::forbidden);
}

TEST_F(GroupTest, MembersAddWhereTheGroupAllowsItUntilItIsFull) {
    create({kBob});
    EXPECT_EQ(code(add(kBob, kDan)), ErrorCode::forbidden);
    const GroupUpdated open{.name = {}, .description = {}, .avatar = {}, .members_can_add = true};
    apply(UpdateGroup{.actor = kAda, .device = {}, .what = open});
    EXPECT_NE(add(kBob, kDan).event, nullptr);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(add(kBob, kDan).outcome));
    add(kBob, kEve);
    EXPECT_EQ(code(add(kBob, UserId{{9, 9}})), ErrorCode::too_large);
}

TEST_F(GroupTest, TheLastOwnersLeavingHandsOwnershipOn) {
    create({kBob, kEve});
    role(kAda, kEve, Role::admin);
    const Decision left = remove(kAda, kAda);
    ASSERT_NE(left.follow_up, nullptr);
    EXPECT_EQ(change_as<RoleChanged>(*left.follow_up)->user, kEve);
    EXPECT_EQ(left.follow_up->seq, left.event->seq.next());
    EXPECT_EQ(member(kEve).role, Role::owner);
    remove(kEve, kEve);
    EXPECT_EQ(member(kBob).role, Role::owner);
    EXPECT_EQ(remove(kBob, kBob).follow_up, nullptr);
    EXPECT_EQ(state().active, 0U);
}

TEST_F(GroupTest, TheOnlyOwnerStaysOneUntilThereIsAnother) {
    create({kBob});
    EXPECT_EQ(code(role(kAda, kAda, Role::member)), ErrorCode::conflict);
    role(kAda, kBob, Role::owner);
    EXPECT_NE(role(kAda, kAda, Role::member).event, nullptr);
    EXPECT_EQ(remove(kBob, kBob).follow_up != nullptr, true);
}

TEST_F(GroupTest, ADeletedGroupHasNoMembersAndTakesNothing) {
    create();
    const Seq last = seq(apply(DeleteGroup{.actor = kAda, .device = {}}));
    EXPECT_EQ(state().active, 0U);
    EXPECT_TRUE(state().info->deleted);
    EXPECT_TRUE(member(kBob).can_read(last));
    EXPECT_EQ(code(send(kAda, "x")), ErrorCode::forbidden);
}

TEST_F(GroupTest, OnlyTheWriterEditsAndAdminsDelete) {
    create();
    const Seq said = seq(send(kBob, "b", "hi"));
    const EditMessage by_eve{
        .actor = kEve, .device = {}, .client_id = "e", .target = target(said), .content = "ho"
    };
    EXPECT_EQ(code(apply(by_eve)), ErrorCode::forbidden);
    EditMessage by_bob = by_eve;
    by_bob.actor = kBob;
    const Decision edited = apply(by_bob);
    const EventPtr now = amend(*events_[said.value - 1], *edited.event);
    EXPECT_EQ(now->content, "ho");
    EXPECT_EQ(now->amendment->edited_at, edited.event->time);
    EXPECT_TRUE(std::get<Sent>(apply(by_bob).outcome).repeated);
    EXPECT_EQ(
        code(apply(DeleteMessage{.actor = kEve, .device = {}, .target = target(said)})),
        ErrorCode::forbidden
    );
    const Decision gone = apply(DeleteMessage{.actor = kAda, .device = {}, .target = target(said)});
    const EventPtr erased = amend(*now, *gone.event);
    EXPECT_TRUE(is_deleted(*erased));
    EXPECT_EQ(erased->content, "");
    EXPECT_EQ(amend(*erased, *edited.event), nullptr);
    EXPECT_EQ(state().unread(member(kEve)), 1U);
}

TEST_F(GroupTest, ReactionsAreAddedOnceAndTakenBack) {
    create();
    const Seq said = seq(send(kBob, "b", "hi"));
    EventPtr message = events_[said.value - 1];
    React react{.actor = kEve, .device = {}, .target = target(said), .emoji = "👍"};
    message = amend(*message, *apply(react).event);
    EXPECT_EQ(message->amendment->reactions.front().users, std::vector<UserId>{kEve});
    EXPECT_EQ(amend(*message, *apply(react).event), nullptr);
    react.removed = true;
    message = amend(*message, *apply(react).event);
    EXPECT_TRUE(message->amendment->reactions.empty());
}

TEST_F(GroupTest, SettingsAreTheMembersOwn) {
    create();
    ChangeSettings mute{
        .user = kBob, .muted_until = Timestamp{5}, .pinned = {}, .archived = {}, .draft = {}
    };
    const std::uint64_t before = state().changed_at;
    apply(mute);
    EXPECT_EQ(member(kBob).extra->muted_until, Timestamp{5});
    EXPECT_EQ(member(kBob).changed_at, offset_);
    EXPECT_EQ(state().changed_at, before);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(apply(mute).outcome));
}

TEST_F(GroupTest, DeletedForOneselfIsVoidForOneselfAlone) {
    create();
    const Seq said = seq(send(kBob, "b"));
    apply(HideMessage{.user = kEve, .seq = said});
    const Event& event = *events_[said.value - 1];
    EXPECT_TRUE(is_void(state(), member(kEve), event, event.time));
    EXPECT_FALSE(is_void(state(), member(kAda), event, event.time));
    EXPECT_EQ(code(apply(HideMessage{.user = kEve, .seq = {99}})), ErrorCode::not_found);
}

TEST_F(GroupTest, WhatHasExpiredIsVoidAndNotUnread) {
    create();
    apply(UpdateConversation{
        .actor = kAda, .device = {}, .what = {.ttl_seconds = 60, .pinned = std::nullopt}
    });
    const Decision said = send(kBob, "b");
    EXPECT_EQ(said.event->ttl_seconds, 60U);
    const Timestamp later{said.event->time.ticks + 60 * 10'000'000LL};
    EXPECT_FALSE(is_void(state(), member(kAda), *said.event, said.event->time));
    EXPECT_TRUE(is_void(state(), member(kAda), *said.event, later));
    EXPECT_EQ(state().unread(member(kAda)), 1U);
    apply(Expire{.through = seq(said), .ordinal = said.event->ordinal});
    EXPECT_EQ(state().unread(member(kAda)), 0U);
    EXPECT_TRUE(
        std::holds_alternative<Unchanged>(apply(Expire{.through = {1}, .ordinal = {0}}).outcome)
    );
}

TEST_F(GroupTest, AnAccountThatIsGoneLeavesNoTrace) {
    create({kBob, kEve});
    const Seq said = seq(send(kAda, "a", "hi"));
    const Decision gone = apply(ForgetUser{.user = kAda});
    EXPECT_TRUE(gone.event->sender.is_nil());
    EXPECT_TRUE(change_as<MemberRemoved>(*gone.event)->user.is_nil());
    EXPECT_EQ(change_as<RoleChanged>(*gone.follow_up)->user, kBob);
    EXPECT_EQ(state().find(kAda), nullptr);
    EXPECT_EQ(state().active, 2U);
    EXPECT_EQ(state().info->forgotten, std::vector<UserId>{kAda});
    EXPECT_TRUE(state().info->created_by.is_nil());
    EXPECT_TRUE(without_user(*events_[said.value - 1], kAda)->sender.is_nil());
    const EventPtr created = without_user(*events_[0], kAda);
    EXPECT_TRUE(change_as<GroupCreated>(*created)->members.front().is_nil());
    EXPECT_EQ(code(send(kAda, "b")), ErrorCode::not_found);
}

class BlockTest : public GroupTest {
protected:
    BlockTest() { apply(OpenDirect{.first = kAda, .second = kBob}); }
    void block(UserId user, bool blocked = true) {
        apply(SetBlock{.user = user, .blocked = blocked});
    }
};

TEST_F(BlockTest, WhatTheBlockedOneSendsIsVoidForTheOtherAndCountsForNobody) {
    block(kAda);
    const Decision said = send(kBob, "b");
    EXPECT_TRUE(std::holds_alternative<Sent>(said.outcome));
    EXPECT_TRUE(is_void(state(), member(kAda), *said.event, said.event->time));
    EXPECT_FALSE(is_void(state(), member(kBob), *said.event, said.event->time));
    EXPECT_EQ(state().unread(member(kAda)), 0U);
    EXPECT_EQ(code(send(kAda, "a")), ErrorCode::blocked);
    block(kAda, false);
    EXPECT_FALSE(send(kBob, "c").event->hidden);
    EXPECT_TRUE(is_void(state(), member(kAda), *said.event, said.event->time));
    EXPECT_EQ(state().unread(member(kAda)), 1U);
}

TEST_F(BlockTest, WhatIsDoneToAHiddenMessageIsHiddenToo) {
    block(kAda);
    const Seq said = seq(send(kBob, "b"));
    block(kAda, false);
    EXPECT_TRUE(
        apply(DeleteMessage{.actor = kBob, .device = {}, .target = target(said)}).event->hidden
    );
}

TEST_F(BlockTest, WhoIsGoneCannotBeWrittenToButTheirWordsStay) {
    send(kBob, "b");
    apply(ForgetUser{.user = kBob});
    EXPECT_EQ(state().active, 1U);
    EXPECT_EQ(state().other(kAda), nullptr);
    EXPECT_TRUE(std::holds_alternative<Sent>(send(kAda, "a").outcome));
}

/// Whatever happens to a group, these hold after each record.
TEST_F(GroupTest, InvariantsHoldUnderAnyStory) {
    std::mt19937_64 random{11};  // NOLINT(bugprone-random-generator-seed): the same story each time
    const std::vector<UserId> users{kAda, kBob, kEve, kDan, UserId{{5, 5}}, UserId{{6, 6}}};
    const auto pick = [&] { return users[random() % users.size()]; };
    create({kBob, kEve}, true);
    for (int step = 0; step < 5'000; ++step) {
        const Seq any{1 + random() % state().head.value};
        const UserId who = pick();
        switch (random() % 12) {
            case 0:
                add(who, pick());
                break;
            case 1:
                remove(who, pick());
                break;
            case 2:
                role(who, pick(), static_cast<Role>(1 + random() % 3));
                break;
            case 3:
                apply(MoveCursor{
                    .user = who,
                    .delivered = any,
                    .read = any,
                    .read_ordinal = events_[any.value - 1]->ordinal
                });
                break;
            case 4:
                apply(HideMessage{.user = who, .seq = any});
                break;
            case 5:
                apply(React{.actor = who, .device = {}, .target = target(any), .emoji = "x"});
                break;
            case 6:
                apply(DeleteMessage{.actor = who, .device = {}, .target = target(any)});
                break;
            case 7:
                apply(Expire{.through = {any.value / 2}, .ordinal = {}});
                break;
            default:
                send(who, "c" + std::to_string(random() % 500));
        }
        const auto owner = [](const Member& m) { return m.active() && m.role == Role::owner; };
        ASSERT_EQ(state().active, std::ranges::count_if(state().members, &Member::active));
        ASSERT_TRUE(state().active == 0 || std::ranges::any_of(state().members, owner));
        ASSERT_EQ(state().head.value, events_.size());
        for (const Member& m : state().members) {
            ASSERT_LE(m.cursor.read, m.cursor.delivered);
            ASSERT_LE(m.cursor.delivered, state().head);
            ASSERT_LE(state().unread(m), state().ordinal.value);
            ASSERT_TRUE(m.active() || m.last <= state().head);
        }
    }
    Conversation again{kNumber};
    std::uint64_t offset = 0;
    for (const Record& record : records_) {
        const Decision decision = again.plan(record);
        again.commit(record, decision, {.epoch = 1, .offset = ++offset});
    }
    EXPECT_EQ(again.state(), state());
    EXPECT_EQ(again.state().rev, records_.size());
}

// --- retries: whatever was answered, the same again has no other effect ----------------------------

TEST_F(GroupTest, ToLeaveOrBeRemovedAgainChangesNothing) {
    create();
    remove(kAda, kBob);
    remove(kEve, kEve);
    for (const auto& [actor, user] : {std::pair{kAda, kBob}, {kBob, kBob}, {kEve, kEve}}) {
        EXPECT_TRUE(std::holds_alternative<Unchanged>(remove(actor, user).outcome));
    }
    EXPECT_EQ(state().active, 1U);
    // But who has left removes nobody else.
    EXPECT_EQ(code(remove(kBob, kAda)), ErrorCode::forbidden);
    EXPECT_EQ(code(remove(kDan, kDan)), ErrorCode::not_found);
}

TEST_F(GroupTest, ToGiveOnesRoleAwayAgainChangesNothing) {
    create();
    role(kAda, kBob, Role::owner);
    EXPECT_NE(role(kAda, kAda, Role::member).event, nullptr);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(role(kAda, kAda, Role::member).outcome));
    EXPECT_EQ(code(role(kAda, kEve, Role::admin)), ErrorCode::forbidden);
    EXPECT_EQ(code(role(kBob, kDan, Role::admin)), ErrorCode::not_found);
}

TEST_F(GroupTest, ToDeleteTheGroupAgainChangesNothing) {
    create();
    remove(kAda, kEve);
    apply(DeleteGroup{.actor = kAda, .device = {}});
    EXPECT_TRUE(std::holds_alternative<Unchanged>(apply(DeleteGroup{.actor = kAda, .device = {}}
    ).outcome));
    // Who was removed before learns nothing of it.
    EXPECT_EQ(code(apply(DeleteGroup{.actor = kEve, .device = {}})), ErrorCode::forbidden);
    EXPECT_EQ(code(apply(DeleteGroup{.actor = kDan, .device = {}})), ErrorCode::not_found);
    EXPECT_EQ(code(add(kAda, kDan)), ErrorCode::forbidden);
}

TEST_F(GroupTest, AReactionWithAClientIdIsTheSameReactionWhateverHappenedSince) {
    create();
    const Seq said = seq(send(kBob, "b"));
    React react{
        .actor = kEve, .device = {}, .client_id = "r", .target = target(said), .emoji = "x"
    };
    const auto first = std::get<Sent>(apply(react).outcome);
    React back = react;
    back.client_id = "r2";
    back.removed = true;
    apply(back);
    const auto again = std::get<Sent>(apply(react).outcome);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.message_id, first.message_id);
    react.emoji = "y";
    EXPECT_EQ(code(apply(react)), ErrorCode::conflict);
    EXPECT_EQ(code(send(kEve, "r")), ErrorCode::conflict);
}

TEST_F(GroupTest, WhatWasAnsweredIsKnownBeforeAnythingIsLookedUp) {
    create();
    const Seq said = seq(send(kBob, "b"));
    EditMessage edit{
        .actor = kBob, .device = {}, .client_id = "e", .target = target(said), .content = "ho"
    };
    EXPECT_EQ(conversation_.answered(edit), std::nullopt);
    const auto first = std::get<Sent>(apply(edit).outcome);
    // Of a retry only the message is known yet.
    edit.target = {.message = edit.target.message, .seq = {}, .sender = {}};
    const auto again = conversation_.answered(edit);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(std::get<Sent>(*again).message_id, first.message_id);
    EXPECT_EQ(conversation_.answered(DeleteGroup{.actor = kAda, .device = {}}), std::nullopt);
    remove(kAda, kBob);
    EXPECT_TRUE(std::get<Sent>(apply(edit).outcome).repeated);
}

TEST_F(GroupTest, ToCreateItAgainIsAnsweredToACreatorWhoHasLeft) {
    const auto first = std::get<Sent>(create().outcome);
    remove(kAda, kAda);
    const auto again = std::get<Sent>(create().outcome);
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.message_id, first.message_id);
}

// --- who has left ---------------------------------------------------------------------------------

TEST_F(GroupTest, WhoHasLeftKeepsItsNameAsItWas) {
    create();
    remove(kAda, kBob);
    EXPECT_EQ(member(kBob).extra->title, "Chess");
    EXPECT_EQ(member(kBob).changed_at, offset_);
    const GroupUpdated named{.name = "Go", .description = {}, .avatar = {}, .members_can_add = {}};
    apply(UpdateGroup{.actor = kAda, .device = {}, .what = named});
    EXPECT_EQ(member(kBob).extra->title, "Chess");
    EXPECT_LT(member(kBob).changed_at, state().changed_at);
    add(kAda, kBob);
    EXPECT_EQ(member(kBob).extra->title, "");
}

TEST_F(GroupTest, AnEditedMessageIsShownAsItWasBefore) {
    create();
    const Seq said = seq(send(kBob, "b", "one"));
    EventPtr message = events_[said.value - 1];
    EditMessage edit{
        .actor = kBob, .device = {}, .client_id = "e1", .target = target(said), .content = "two"
    };
    const EventPtr first = apply(edit).event;
    message = amend(*message, *first);
    const React react{.actor = kEve, .device = {}, .target = target(said), .emoji = "x"};
    message = amend(*message, *apply(react).event);
    edit.client_id = "e2";
    edit.content = "three";
    message = amend(*message, *apply(edit).event);
    EXPECT_EQ(message->content, "three");
    const EventPtr as_sent = before_edits(*message, nullptr);
    EXPECT_EQ(as_sent->content, "one");
    EXPECT_EQ(as_sent->amendment->edited_at, std::nullopt);
    EXPECT_TRUE(as_sent->amendment->reactions.empty());
    const EventPtr after_first = before_edits(*message, first.get());
    EXPECT_EQ(after_first->content, "two");
    EXPECT_EQ(after_first->amendment->edited_at, first->time);
    // Nothing of what was written is left when it is deleted.
    const Decision gone = apply(DeleteMessage{.actor = kBob, .device = {}, .target = target(said)});
    message = amend(*message, *gone.event);
    EXPECT_EQ(message->amendment->original, "");
    EXPECT_EQ(before_edits(*message, nullptr)->content, "");
}

TEST_F(GroupTest, WhoComesBackToAGroupWithHistoryReadsEverything) {
    create({kBob, kEve}, true);
    remove(kAda, kBob);
    send(kAda, "between");
    add(kAda, kBob);
    EXPECT_TRUE(member(kBob).can_read({3}));
    EXPECT_TRUE(member(kBob).extra->earlier.empty());
}

TEST_F(GroupTest, ReadableSpansAllTimesInTheGroup) {
    create();
    EXPECT_EQ(readable(state(), member(kBob)).first, Seq{1});
    remove(kAda, kBob);
    send(kAda, "between");
    EXPECT_EQ(readable(state(), member(kBob)).last, Seq{2});
    add(kAda, kBob);
    EXPECT_EQ(readable(state(), member(kBob)).first, Seq{1});
    EXPECT_EQ(readable(state(), member(kBob)).last, state().head);
    add(kAda, kDan);
    EXPECT_EQ(readable(state(), member(kDan)).first, state().head);
}

// --- expiry -----------------------------------------------------------------------------------------

TEST_F(GroupTest, NothingIsDoneToAMessageThatHasExpiredMeanwhile) {
    create();
    const Decision said = send(kBob, "b");
    const Target gone = target(seq(said));
    apply(Expire{.through = seq(said), .ordinal = said.event->ordinal});
    EXPECT_EQ(
        code(apply(EditMessage{
            .actor = kBob, .device = {}, .client_id = "e", .target = gone, .content = "x"
        })),
        ErrorCode::not_found
    );
    EXPECT_EQ(
        code(apply(React{.actor = kEve, .device = {}, .target = gone, .emoji = "x"})),
        ErrorCode::not_found
    );
    EXPECT_EQ(
        code(apply(DeleteMessage{.actor = kBob, .device = {}, .target = gone})),
        ErrorCode::not_found
    );
}

TEST_F(GroupTest, WhatIsDoneToAMessageExpiresWithIt) {
    create();
    apply(UpdateConversation{
        .actor = kAda, .device = {}, .what = {.ttl_seconds = 60, .pinned = std::nullopt}
    });
    const Decision said = send(kBob, "b");
    Target goes = target(seq(said));
    goes.expires_at = expiry_of(*said.event);
    const Decision edited = apply(
        EditMessage{.actor = kBob, .device = {}, .client_id = "e", .target = goes, .content = "x"}
    );
    const Decision reacted =
        apply(React{.actor = kEve, .device = {}, .target = goes, .emoji = "x"});
    for (const Decision& done : {edited, reacted}) {
        ASSERT_NE(done.event, nullptr);
        EXPECT_TRUE(is_expired(*done.event, goes.expires_at));
        EXPECT_FALSE(is_expired(*done.event, done.event->time));
    }
    // What has expired takes nothing in any more, and nothing brings it back.
    Event late = *edited.event;
    late.time = goes.expires_at;
    EXPECT_EQ(amend(*said.event, late), nullptr);
    const EventPtr left = expire(*said.event);
    EXPECT_TRUE(is_bare(*left));
    EXPECT_TRUE(left->sender.is_nil());
    EXPECT_TRUE(is_expired(*left, goes.expires_at));
    EXPECT_EQ(left->time, said.event->time);
    EXPECT_EQ(left->ordinal, said.event->ordinal);
}

TEST_F(GroupTest, WhatHasExpiredFurtherOnIsNotUnread) {
    create();
    send(kBob, "stays");
    apply(UpdateConversation{
        .actor = kAda, .device = {}, .what = {.ttl_seconds = 60, .pinned = std::nullopt}
    });
    const Decision first = send(kBob, "1");
    const Decision second = send(kBob, "2");
    EXPECT_EQ(state().expiring, seq(first));
    EXPECT_EQ(state().expires_at, expiry_of(*first.event));
    EXPECT_EQ(state().unread(member(kAda)), 3U);
    apply(Expire{
        .through = {},
        .ordinal = {},
        .expiring = seq(second),
        .expires_at = expiry_of(*second.event),
        .gone = {{{first.event->ordinal.value - 1}, first.event->ordinal}}
    });
    EXPECT_EQ(state().unread(member(kAda)), 2U);
    EXPECT_EQ(state().expiring, seq(second));
    const Expire rest{
        .through = {},
        .ordinal = {},
        .expiring = state().head.next(),
        .expires_at = {1},
        .gone = {{{second.event->ordinal.value - 1}, second.event->ordinal}}
    };
    apply(rest);
    EXPECT_EQ(state().unread(member(kAda)), 1U);
    EXPECT_EQ(state().expiring, Seq{});
    EXPECT_EQ(state().gone.size(), 1U);                        // they touch
    EXPECT_EQ(code(apply(rest)), ErrorCode::invalid_request);  // those are gone already
    send(kBob, "3");
    EXPECT_EQ(state().unread(member(kAda)), 2U);
    EXPECT_EQ(state().expiring, state().head);
    Expire wrong = rest;
    wrong.gone = {{{90}, {99}}};
    EXPECT_EQ(code(apply(wrong)), ErrorCode::invalid_request);
}

TEST_F(GroupTest, WhoIsGoneIsNotAddedAgain) {
    create({kBob});
    EXPECT_TRUE(std::holds_alternative<Changed>(apply(ForgetUser{.user = kEve}).outcome));
    EXPECT_TRUE(std::holds_alternative<Unchanged>(apply(ForgetUser{.user = kEve}).outcome));
    EXPECT_EQ(
        code(apply(AddMember{.actor = kAda, .device = {}, .user = kEve, .members_max = 500})),
        ErrorCode::not_found
    );
    apply(ForgetUser{.user = kBob});
    EXPECT_EQ(
        code(apply(AddMember{.actor = kAda, .device = {}, .user = kBob, .members_max = 500})),
        ErrorCode::not_found
    );
}

TEST_F(GroupTest, NothingExpiresThatIsNotThere) {
    create();
    const Seq head = state().head;
    EXPECT_EQ(
        code(apply(Expire{.through = head.next(), .ordinal = {}})), ErrorCode::invalid_request
    );
    EXPECT_EQ(code(apply(Expire{.through = head, .ordinal = {5}})), ErrorCode::invalid_request);
}

// --- the rest of the rules -------------------------------------------------------------------------

TEST_F(GroupTest, OnlyAdminsChangeWhatIsForEveryoneAndOnlyWhatIsNew) {
    create();
    const Seq said = seq(send(kBob, "b"));
    UpdateConversation pin{.actor = kBob, .device = {}, .what = {}};
    pin.what.pinned = std::vector<MessageId>{target(said).message};
    EXPECT_EQ(code(apply(pin)), ErrorCode::forbidden);
    pin.actor = kAda;
    pin.what.ttl_seconds = 0;
    const Decision pinned = apply(pin);
    EXPECT_EQ(change_as<ConversationUpdated>(*pinned.event)->ttl_seconds, std::nullopt);
    EXPECT_EQ(state().info->pinned.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(apply(pin).outcome));
    // What is deleted is pinned no more.
    apply(DeleteMessage{.actor = kBob, .device = {}, .target = target(said)});
    EXPECT_TRUE(state().info->pinned.empty());
}

TEST_F(GroupTest, AnUpdateSaysWhatHasChangedAndNothingElse) {
    create();
    const GroupUpdated what{
        .name = "Chess", .description = "on Mondays", .avatar = MediaId{}, .members_can_add = false
    };
    const Decision changed = apply(UpdateGroup{.actor = kAda, .device = {}, .what = what});
    const auto* event = change_as<GroupUpdated>(*changed.event);
    EXPECT_EQ(event->name, std::nullopt);
    EXPECT_EQ(event->description, "on Mondays");
    EXPECT_EQ(event->avatar, std::nullopt);
    EXPECT_EQ(event->members_can_add, std::nullopt);
    EXPECT_EQ(state().info->description, "on Mondays");
    EXPECT_EQ(state().info->name, "Chess");
}

TEST_F(GroupTest, OneDeletesForOneselfSoManyMessagesAndNoMore) {
    create();
    for (std::size_t i = 0; i <= kHiddenSeqsMax; ++i) {
        send(kAda, "c" + std::to_string(i));
    }
    for (std::uint64_t i = kHiddenSeqsMax; i > 0; --i) {
        apply(HideMessage{.user = kEve, .seq = {i}});
    }
    EXPECT_TRUE(std::ranges::is_sorted(member(kEve).extra->hidden));
    EXPECT_TRUE(
        std::holds_alternative<Unchanged>(apply(HideMessage{.user = kEve, .seq = {7}}).outcome)
    );
    EXPECT_EQ(
        code(apply(HideMessage{.user = kEve, .seq = {kHiddenSeqsMax + 1}})), ErrorCode::too_large
    );
}

TEST_F(GroupTest, GroupCommandsMeanNothingToADirectConversation) {
    apply(OpenDirect{.first = kAda, .second = kBob});
    EXPECT_EQ(code(add(kAda, kEve)), ErrorCode::not_found);
    EXPECT_EQ(code(remove(kAda, kAda)), ErrorCode::not_found);
    EXPECT_EQ(code(role(kAda, kBob, Role::admin)), ErrorCode::not_found);
    EXPECT_EQ(
        code(apply(UpdateGroup{.actor = kAda, .device = {}, .what = {}})), ErrorCode::not_found
    );
    EXPECT_EQ(code(apply(DeleteGroup{.actor = kAda, .device = {}})), ErrorCode::not_found);
    EXPECT_EQ(code(create()), ErrorCode::conflict);
    EXPECT_EQ(state().active, 2U);
}

TEST_F(GroupTest, AStrangerIsToldNothing) {
    create();
    const Seq said = seq(send(kBob, "b"));
    EXPECT_EQ(code(apply(ChangeSettings{.user = kDan})), ErrorCode::not_found);
    EXPECT_EQ(code(apply(SetBlock{.user = kDan, .blocked = true})), ErrorCode::not_found);
    EXPECT_EQ(code(apply(HideMessage{.user = kDan, .seq = said})), ErrorCode::not_found);
    EXPECT_EQ(
        code(apply(UpdateConversation{.actor = kDan, .device = {}, .what = {}})),
        ErrorCode::not_found
    );
    EXPECT_EQ(code(apply(SetBlock{.user = kBob, .blocked = true})), ErrorCode::invalid_request);
}

TEST_F(GroupTest, SomeoneWhoLeftAndThenDeletesTheirAccountLeavesNoEvent) {
    create();
    remove(kAda, kBob);
    const Seq head = state().head;
    const Decision gone = apply(ForgetUser{.user = kBob});
    EXPECT_TRUE(std::holds_alternative<Changed>(gone.outcome));
    EXPECT_EQ(state().head, head);
    EXPECT_EQ(state().active, 2U);
    EXPECT_EQ(state().find(kBob), nullptr);
}

TEST_F(GroupTest, OfSomeoneWhoIsGoneNoReactionMentionOrRoleIsLeft) {
    create();
    SendMessage send;
    send.sender = kAda;
    send.client_id = "m";
    send.content = "you";
    send.mentions = {kBob, kEve};
    EventPtr said = apply(send).event;
    const React react{.actor = kBob, .device = {}, .target = target(said->seq), .emoji = "x"};
    said = amend(*said, *apply(react).event);
    const EventPtr without = without_user(*said, kBob);
    EXPECT_EQ(without->mentions, std::vector<UserId>{kEve});
    EXPECT_TRUE(without->amendment->reactions.empty());
    EXPECT_EQ(without_user(*said, kDan), nullptr);
    const EventPtr promoted = role(kAda, kBob, Role::admin).event;
    EXPECT_TRUE(change_as<RoleChanged>(*without_user(*promoted, kBob))->user.is_nil());
    const EventPtr added = add(kAda, kDan).event;
    EXPECT_TRUE(change_as<MemberAdded>(*without_user(*added, kDan))->user.is_nil());
    const EventPtr removed = remove(kAda, kDan).event;
    EXPECT_TRUE(change_as<MemberRemoved>(*without_user(*removed, kDan))->user.is_nil());
}

TEST_F(GroupTest, AMessageTakesSoManyReactionsAndEditsAndNoMore) {
    create();
    const Seq said = seq(send(kBob, "b"));
    EventPtr message = events_[said.value - 1];
    Event by;
    by.type = EventType::reaction;
    const auto react = [&](const std::string& emoji, std::uint64_t user) {
        by.sender = {{user, user}};
        by.change = std::make_shared<const Change>(Reaction{{}, said, emoji, false});
        return amend(*message, by);
    };
    for (std::size_t i = 0; i < kReactionKindsMax; ++i) {
        message = react("e" + std::to_string(i), 1);
    }
    EXPECT_EQ(react("one more", 1), nullptr);
    for (std::uint64_t i = 2; i <= kReactionUsersMax; ++i) {
        message = react("e0", i);
    }
    EXPECT_EQ(react("e0", kReactionUsersMax + 1), nullptr);
    by.type = EventType::message_edited;
    by.change = std::make_shared<const Change>(MessageEdited{{}, said, "x"});
    for (std::size_t i = 0; i < kEditsMax; ++i) {
        message = amend(*message, by);
    }
    EXPECT_EQ(amend(*message, by), nullptr);
    EXPECT_EQ(message->amendment->original, "x");
}

TEST_F(BlockTest, WhatTheBlockedOneDoesToAnEarlierMessageIsNotShown) {
    const Seq said = seq(send(kBob, "b", "hi"));
    const Event message = *events_[said.value - 1];
    block(kAda);
    const Decision edited = apply(EditMessage{
        .actor = kBob, .device = {}, .client_id = "e", .target = target(said), .content = "you fool"
    });
    EXPECT_TRUE(edited.event->hidden);
    EXPECT_EQ(amend(message, *edited.event), nullptr);
    const React react{.actor = kBob, .device = {}, .target = target(said), .emoji = "x"};
    EXPECT_EQ(amend(message, *apply(react).event), nullptr);
    EXPECT_EQ(
        code(apply(React{.actor = kAda, .device = {}, .target = target(said), .emoji = "x"})),
        ErrorCode::blocked
    );
    // To take it back is no word to anyone.
    const Decision gone = apply(DeleteMessage{.actor = kBob, .device = {}, .target = target(said)});
    EXPECT_TRUE(is_deleted(*amend(message, *gone.event)));
}

TEST_F(BlockTest, NobodyBlocksThemselves) {
    Conversation notes{kNumber};
    Record open{.conversation = kNumber, .time = {}, .command = OpenDirect{kAda, kAda}};
    notes.commit(open, notes.plan(open), {.epoch = 1, .offset = 1});
    const Record block{
        .conversation = kNumber, .time = {}, .command = SetBlock{.user = kAda, .blocked = true}
    };
    EXPECT_EQ(code(notes.plan(block)), ErrorCode::invalid_request);
}

// --- which members a command changes: the store has to be told -----------------------------------

TEST_F(GroupTest, OnlyTheMembersThatAreNamedChange) {
    std::mt19937_64 random{5};  // NOLINT(bugprone-random-generator-seed): the same story each time
    const std::vector<UserId> users{kAda, kBob, kEve, kDan, UserId{{5, 5}}};
    const auto pick = [&] { return users[random() % users.size()]; };
    create({kBob, kEve});
    for (int step = 0; step < 3'000; ++step) {
        const UserId who = pick();
        const UserId whom = pick();
        const Seq any{1 + random() % state().head.value};
        const std::vector<Command> commands{
            AddMember{.actor = who, .device = {}, .user = whom, .members_max = 9},
            RemoveMember{.actor = who, .device = {}, .user = whom},
            SetRole{.actor = who, .device = {}, .user = whom, .role = Role::owner},
            MoveCursor{.user = who, .delivered = any, .read = any, .read_ordinal = {}},
            HideMessage{.user = who, .seq = any},
            ChangeSettings{
                .user = who, .muted_until = {}, .pinned = step % 2 == 0, .archived = {}, .draft = {}
            },
            React{
                .actor = who,
                .device = {},
                .client_id = std::to_string(step),
                .target = target(any),
                .emoji = "x"
            },
            SendMessage{
                .sender = who,
                .sender_device = {},
                .client_id = std::to_string(step),
                .content = "x",
                .media = {},
                .reply_to = {},
                .mentions = {}
            },
        };
        const Command command = commands[random() % commands.size()];
        const ConversationState before = state();
        std::vector<UserId> named = users_changed_by(command);
        if (const Member* next = successor_after(before, command)) {
            named.push_back(next->user);
        }
        apply(command);
        for (std::size_t i = 0; i < before.members.size(); ++i) {
            const bool told = std::ranges::count(named, before.members[i].user) != 0;
            ASSERT_TRUE(told || before.members[i] == state().members[i]) << command.index();
        }
    }
}

TEST(Members, AreFoundInLargeGroupsToo) {
    Members members;
    const auto user = [](std::uint64_t n) { return UserId{{n, n}}; };
    for (std::uint64_t n = 1; n <= 100; ++n) {
        members.add(Member{.user = user(n), .first = {n}});
        for (std::uint64_t i = 1; i <= n; ++i) {
            ASSERT_EQ(members.find(user(i))->first, Seq{i});
        }
        ASSERT_EQ(members.find(user(n + 1)), nullptr);
    }
    members.forget(user(50));
    EXPECT_EQ(members.find(user(50)), nullptr);
    EXPECT_EQ(members.find(UserId{}), nullptr);
    EXPECT_EQ(members.find(user(51))->first, Seq{51});
    EXPECT_EQ(members.index_of(members[7]), 7U);
    members[7].last = {9};
    EXPECT_EQ(members.find_active(user(8)), nullptr);
}

TEST(Check, BoundsWhatACommandMayHold) {
    const auto code = [](const Result<void>& result) {
        return result.ok() ? ErrorCode{} : result.error().code;
    };
    CreateGroup create{.creator = kAda, .device = {}, .client_id = "c", .name = "n"};
    EXPECT_TRUE(check(create, 1).ok());
    create.members = {kBob};
    EXPECT_EQ(code(check(create, 1)), ErrorCode::too_large);
    create.name = std::string(kGroupNameCharsMax + 1, 'x');
    EXPECT_EQ(code(check(create, 2)), ErrorCode::invalid_request);
    create.name.clear();
    EXPECT_EQ(code(check(create, 2)), ErrorCode::invalid_request);
    create.name = "n";
    create.description = std::string(kGroupDescriptionCharsMax + 1, 'x');
    EXPECT_EQ(code(check(create, 2)), ErrorCode::invalid_request);

    UpdateGroup update{.actor = kAda, .device = {}, .what = {}};
    EXPECT_TRUE(check(update).ok());
    update.what.name = "";
    EXPECT_EQ(code(check(update)), ErrorCode::invalid_request);
    update.what.name = "n";
    update.what.description = create.description;
    EXPECT_EQ(code(check(update)), ErrorCode::invalid_request);

    React react{.actor = kAda, .device = {}, .target = {}, .emoji = "x"};
    EXPECT_TRUE(check(react).ok());
    const std::string long_one(kEmojiCharsMax + 1, 'x');
    for (const std::string& emoji : {std::string(), long_one, std::string("a b")}) {
        react.emoji = emoji;
        EXPECT_EQ(code(check(react)), ErrorCode::invalid_request);
    }
    react.emoji = "x";
    react.client_id = std::string(kClientIdCharsMax + 1, 'x');
    EXPECT_EQ(code(check(react)), ErrorCode::invalid_request);

    EditMessage edit{.actor = kAda, .device = {}, .client_id = "e", .target = {}, .content = "x"};
    EXPECT_TRUE(check(edit).ok());
    edit.content = std::string(kContentBytesMax + 1, 'x');
    EXPECT_EQ(code(check(edit)), ErrorCode::too_large);
    edit.content.clear();
    EXPECT_EQ(code(check(edit)), ErrorCode::invalid_request);

    ChangeSettings settings{.user = kAda};
    EXPECT_TRUE(check(settings).ok());
    settings.draft = std::string(kDraftBytesMax + 1, 'x');
    EXPECT_EQ(code(check(settings)), ErrorCode::too_large);

    UpdateConversation shared{.actor = kAda, .device = {}, .what = {}};
    for (const std::uint32_t ttl : {0U, kTtlSecondsMin, kTtlSecondsMax}) {
        shared.what.ttl_seconds = ttl;
        EXPECT_TRUE(check(shared).ok());
    }
    for (const std::uint32_t ttl : {kTtlSecondsMin - 1, kTtlSecondsMax + 1}) {
        shared.what.ttl_seconds = ttl;
        EXPECT_EQ(code(check(shared)), ErrorCode::invalid_request);
    }
    shared.what = {.ttl_seconds = {}, .pinned = std::vector<MessageId>(kPinnedMessagesMax + 1)};
    EXPECT_EQ(code(check(shared)), ErrorCode::invalid_request);

    SendMessage send;
    send.client_id = "c";
    EXPECT_EQ(code(check(send)), ErrorCode::invalid_request);
    send.message_type = MessageType::image;
    EXPECT_TRUE(check(send).ok());
    send.mentions.resize(kMentionsMax + 1);
    EXPECT_EQ(code(check(send)), ErrorCode::invalid_request);
}

}  // namespace
}  // namespace parley::core
