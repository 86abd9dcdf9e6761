#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/group_fixture_test.h"

namespace parley::core {
namespace {

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

TEST_F(GroupTest, WhatOneDeletedForOneselfIsNotUnread) {
    create();
    const Seq first = seq(send(kAda, "a"));
    send(kAda, "b");
    EXPECT_EQ(state().unread(member(kBob)), 2U);
    apply(HideMessage{.user = kBob, .seq = first});
    EXPECT_EQ(state().unread(member(kBob)), 1U);
    EXPECT_EQ(state().unread(member(kEve)), 2U);
    apply(MoveCursor{.user = kBob, .delivered = first, .read = first, .read_ordinal = {1}});
    EXPECT_EQ(state().unread(member(kBob)), 1U);
}

TEST_F(GroupTest, WhoHasLeftKeepsTheNameOfThatTimeUntilTheyComeBack) {
    create();
    apply(UpdateGroup{.actor = kAda, .device = {}, .what = {.name = "Go"}});
    remove(kAda, kBob);
    const std::uint64_t left_at = offset_;
    apply(UpdateGroup{.actor = kAda, .device = {}, .what = {.name = "Secrets"}});
    ASSERT_NE(member(kBob).extra, nullptr);
    EXPECT_EQ(member(kBob).extra->left_name, "Go");
    EXPECT_EQ(member(kBob).changed_at, left_at);
    add(kAda, kBob);
    EXPECT_EQ(member(kBob).extra->left_name, "");
}

TEST_F(GroupTest, AnEditOfWhatDisappearsDisappearsWithIt) {
    create();
    apply(UpdateConversation{.actor = kAda, .device = {}, .what = {.ttl_seconds = 60}});
    const Seq said = seq(send(kAda, "a"));
    Target target = this->target(said);
    target.expires = expires_at(*events_.back());
    const Decision edited = apply(
        EditMessage{.actor = kAda, .device = {}, .client_id = "e", .target = target, .content = "y"}
    );
    EXPECT_EQ(edited.event->ttl_seconds, 59U);  // ticks later: whole seconds, and never longer
    EXPECT_TRUE(is_expired(*edited.event, target.expires));
    target.expires = {};
    const Decision other = apply(
        EditMessage{.actor = kAda, .device = {}, .client_id = "f", .target = target, .content = "z"}
    );
    EXPECT_EQ(other.event->ttl_seconds, 0U);
}

TEST(ShadowTest, WhatTheBlockedOneDoesToAMessageIsTheirsAlone) {
    Event message{.seq = {1}, .sender = kAda};
    message.content = "before";
    const auto change = [](UserId by, Change what, bool hidden) {
        Event event{.seq = {2}, .time = {7}, .sender = by};
        event.type = type_of(what);
        event.hidden = hidden;
        event.change = std::make_shared<const Change>(std::move(what));
        return event;
    };
    const EventPtr edited =
        amend(message, change(kAda, MessageEdited{.target_seq = {1}, .content = "after"}, true));
    EXPECT_EQ(seen_by(edited, kAda)->content, "after");
    EXPECT_TRUE(seen_by(edited, kAda)->amendment->edited_at.has_value());
    EXPECT_EQ(seen_by(edited, kBob)->content, "before");
    EXPECT_FALSE(seen_by(edited, kBob)->amendment->edited_at.has_value());
    const EventPtr reacted =
        amend(*edited, change(kBob, Reaction{.target_seq = {1}, .emoji = "+1"}, false));
    EXPECT_EQ(seen_by(reacted, kAda)->amendment->reactions.size(), 1U);
    EXPECT_EQ(seen_by(reacted, kBob)->amendment->reactions.size(), 1U);
    const EventPtr again =
        amend(*reacted, change(kAda, MessageEdited{.target_seq = {1}, .content = "both"}, false));
    EXPECT_EQ(seen_by(again, kAda)->content, "both");
    EXPECT_EQ(seen_by(again, kBob)->content, "both");
    EXPECT_TRUE(seen_by(again, kBob)->amendment->shadows.empty());
    const EventPtr gone = amend(*again, change(kAda, MessageDeleted{.target_seq = {1}}, false));
    EXPECT_TRUE(gone->amendment->shadows.empty());
    EXPECT_EQ(seen_by(gone, kAda)->content, "");
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

}  // namespace
}  // namespace parley::core
