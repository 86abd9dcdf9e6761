#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/group_fixture_test.h"

namespace parley::core {
namespace {

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
    EXPECT_EQ(member(kBob).extra->left_name, "Chess");
    EXPECT_EQ(member(kBob).changed_at, offset_);
    const GroupUpdated named{.name = "Go", .description = {}, .avatar = {}, .members_can_add = {}};
    apply(UpdateGroup{.actor = kAda, .device = {}, .what = named});
    EXPECT_EQ(member(kBob).extra->left_name, "Chess");
    EXPECT_LT(member(kBob).changed_at, state().changed_at);
    add(kAda, kBob);
    EXPECT_EQ(member(kBob).extra->left_name, "");
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
    goes.expires = expires_at(*said.event);
    const Decision edited = apply(
        EditMessage{.actor = kBob, .device = {}, .client_id = "e", .target = goes, .content = "x"}
    );
    const Decision reacted =
        apply(React{.actor = kEve, .device = {}, .target = goes, .emoji = "x"});
    for (const Decision& done : {edited, reacted}) {
        ASSERT_NE(done.event, nullptr);
        EXPECT_TRUE(is_expired(*done.event, goes.expires));
        EXPECT_FALSE(is_expired(*done.event, done.event->time));
    }
    // What has expired takes nothing in any more, and nothing brings it back.
    Event late = *edited.event;
    late.time = goes.expires;
    EXPECT_EQ(amend(*said.event, late), nullptr);
    const EventPtr left = expire(*said.event);
    EXPECT_TRUE(is_bare(*left));
    EXPECT_TRUE(left->sender.is_nil());
    EXPECT_TRUE(is_expired(*left, goes.expires));
    // Though the clock stands before the sweep again, and who has read it was there.
    EXPECT_TRUE(is_expired(*left, left->time));
    EXPECT_TRUE(is_void(state(), member(kBob), *left, left->time));
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
    EXPECT_EQ(state().expires_at, expires_at(*first.event));
    EXPECT_EQ(state().unread(member(kAda)), 3U);
    apply(Expire{
        .through = {},
        .ordinal = {},
        .expiring = seq(second),
        .expires_at = expires_at(*second.event),
        .gone = {{{first.event->ordinal.value - 1}, first.event->ordinal, seq(first), seq(first)}}
    });
    EXPECT_EQ(state().unread(member(kAda)), 2U);
    EXPECT_EQ(state().expiring, seq(second));
    const Expire rest{
        .through = {},
        .ordinal = {},
        .expiring = state().head.next(),
        .expires_at = {1},
        .gone =
            {{{second.event->ordinal.value - 1}, second.event->ordinal, seq(second), seq(second)}}
    };
    apply(rest);
    EXPECT_EQ(state().unread(member(kAda)), 1U);
    // What one has deleted for oneself is not taken off twice.
    apply(HideMessage{.user = kAda, .seq = seq(first)});
    EXPECT_EQ(state().unread(member(kAda)), 1U);
    EXPECT_EQ(state().expiring, Seq{});
    EXPECT_EQ(state().gone.size(), 1U);                        // they touch
    EXPECT_EQ(code(apply(rest)), ErrorCode::invalid_request);  // those are gone already
    send(kBob, "3");
    EXPECT_EQ(state().unread(member(kAda)), 2U);
    EXPECT_EQ(state().expiring, state().head);
    Expire wrong = rest;
    wrong.gone = {{{90}, {99}, {90}, {99}}};
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

TEST_F(GroupTest, OneComesAndGoesSoOftenAndNoMore) {
    create({kBob});
    for (std::size_t i = 0; i < kStaysMax; ++i) {
        remove(kAda, kBob);
        EXPECT_NE(add(kAda, kBob).event, nullptr) << i;
    }
    EXPECT_EQ(member(kBob).extra->earlier.size(), kStaysMax);
    remove(kAda, kBob);
    EXPECT_EQ(code(add(kAda, kBob)), ErrorCode::too_large);
    EXPECT_NE(add(kAda, kEve).event, nullptr);
}

TEST(Reactions, AreNamedUpToSoManyAndTheOthersCounted) {
    const auto user = [](std::uint64_t n) { return UserId{{7, n}}; };
    Event message;
    Amendment amendment;
    for (const std::uint64_t kind : {1U, 2U, 3U}) {
        ReactionCount& reaction = amendment.reactions.emplace_back();
        reaction.emoji = std::to_string(kind);
        for (std::uint64_t n = 1; n <= 60; ++n) {
            reaction.users.push_back(user(n));
        }
    }
    const auto of = [&](std::size_t kinds) {
        Amendment some = amendment;
        some.reactions.resize(kinds);
        message.amendment = std::make_shared<const Amendment>(std::move(some));
        return std::make_shared<const Event>(message);
    };
    const EventPtr few = of(1);
    EXPECT_EQ(with_few_named(few, user(60)), few);
    const EventPtr seen = with_few_named(of(3), user(60));
    const auto& all = seen->amendment->reactions;
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].users.size(), 60U);
    EXPECT_EQ(all[0].unnamed, 0U);
    EXPECT_EQ(all[1].users.size(), kReactionUsersShown - 60);
    EXPECT_EQ(all[1].unnamed, 20U);
    EXPECT_EQ(all[1].users.front(), user(60));
    EXPECT_EQ(all[2].users, std::vector<UserId>{user(60)});
    EXPECT_EQ(all[2].unnamed, 59U);
    EXPECT_EQ(with_few_named(of(3), user(99))->amendment->reactions[2].users.size(), 1U);
}

TEST_F(BlockTest, WhatTheBlockedOneDoesToAnEarlierMessageIsNotShown) {
    const Seq said = seq(send(kBob, "b", "hi"));
    const Event message = *events_[said.value - 1];
    block(kAda);
    const Decision edited = apply(EditMessage{
        .actor = kBob, .device = {}, .client_id = "e", .target = target(said), .content = "you fool"
    });
    EXPECT_TRUE(edited.event->hidden);
    // Who did it sees it on all of their devices, whenever they fetch it.
    const EventPtr after = amend(message, *edited.event);
    EXPECT_EQ(seen_by(after, kAda)->content, "hi");
    EXPECT_EQ(seen_by(after, kBob)->content, "you fool");
    const React react{.actor = kBob, .device = {}, .target = target(said), .emoji = "x"};
    const EventPtr reacted = amend(*after, *apply(react).event);
    EXPECT_TRUE(seen_by(reacted, kAda)->amendment->reactions.empty());
    EXPECT_EQ(seen_by(reacted, kBob)->amendment->reactions.size(), 1U);
    EXPECT_EQ(
        code(apply(React{.actor = kAda, .device = {}, .target = target(said), .emoji = "x"})),
        ErrorCode::blocked
    );
    // To take it back is no word to anyone.
    const Decision gone = apply(DeleteMessage{.actor = kBob, .device = {}, .target = target(said)});
    EXPECT_TRUE(is_deleted(*amend(message, *gone.event)));
}

TEST_F(BlockTest, ABlockKeepsBothFromChangingTheConversation) {
    const auto stay = [&](UserId who, std::uint32_t seconds) {
        UpdateConversation update{.actor = who, .device = {}, .what = {}};
        update.what.ttl_seconds = seconds;
        return apply(std::move(update));
    };
    block(kBob);
    // Who is blocked is told nothing of it.
    const Decision hidden = stay(kAda, 60);
    EXPECT_TRUE(hidden.event->hidden);
    EXPECT_EQ(state().ttl_seconds(), 0U);
    EXPECT_EQ(code(stay(kBob, 60)), ErrorCode::blocked);
    block(kBob, false);
    stay(kAda, 60);
    EXPECT_EQ(state().ttl_seconds(), 60U);
}

TEST_F(BlockTest, WhoIsBlockedIsNotToldThatTheOtherOneReads) {
    const Seq said = seq(send(kAda, "a"));
    const auto reads = [&](UserId who, Seq up_to) {
        apply(MoveCursor{.user = who, .delivered = up_to, .read = up_to, .read_ordinal = {1}});
    };
    block(kBob);
    const std::uint64_t before = state().changed_at;
    reads(kBob, said);
    EXPECT_EQ(state().changed_at, before);
    EXPECT_EQ(member(kBob).changed_at, offset_);  // their own devices are
    block(kBob, false);
    const Seq next = seq(send(kBob, "b"));
    reads(kAda, next);
    EXPECT_EQ(state().changed_at, offset_);
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
        const Command& command = commands[random() % commands.size()];
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
