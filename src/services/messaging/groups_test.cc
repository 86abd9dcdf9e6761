#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "services/messaging/group_fixture_test.h"

/// Groups through their owner: who is told what, and what a retry, a restart and a failing store change (nothing).

namespace parley::messaging {
namespace {

TEST_F(GroupMessaging, WhoIsInItAtTheSendGetsItAndNobodyElse) {
    ASSERT_TRUE(create({kBob}).ok());      // 1
    said(kAda, "a");                       // 2
    ASSERT_TRUE(add(kEve).ok());           // 3
    said(kBob, "b");                       // 4
    ASSERT_TRUE(remove(kAda, kBob).ok());  // 5
    said(kEve, "e");                       // 6
    EXPECT_EQ(code(send(kBob, "x")), ErrorCode::forbidden);
    const auto seqs = [](std::initializer_list<std::uint64_t> numbers) {
        std::vector<Seq> all;
        for (const std::uint64_t n : numbers) {
            all.push_back({n});
        }
        return all;
    };
    EXPECT_EQ(life_->heard.of(kAda), seqs({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(life_->heard.of(kBob), seqs({1, 2, 3, 4, 5}));
    EXPECT_EQ(life_->heard.of(kEve), seqs({3, 4, 5, 6}));
    // Histories are the same, now and after a restart.
    for (const bool again : {false, true}) {
        if (again) {
            restart(false);
        }
        for (const auto& [who, first, last] :
             {std::tuple{kAda, 1U, 6U}, {kBob, 1U, 5U}, {kEve, 3U, 6U}}) {
            const auto events = history(who);
            ASSERT_EQ(events.size(), last - first + 1);
            EXPECT_EQ(events.front()->seq, Seq{first});
            EXPECT_NE(events.front()->type, core::EventType::void_place);
        }
    }
    EXPECT_EQ(
        code(life_->wait(messaging().conversation(loop(), user(9), group_))), ErrorCode::not_found
    );
}

TEST_F(GroupMessaging, WhoHasLeftIsToldNothingNew) {
    ASSERT_TRUE(create({kBob, kEve}).ok());
    const MessageId edited_before = said(kEve, "1", "one");
    ASSERT_TRUE(edit(kEve, edited_before, "e1", "two").ok());
    const MessageId as_sent = said(kEve, "2", "first");
    const Timestamp last_seen = history(kBob).back()->time;
    ASSERT_TRUE(remove(kAda, kBob).ok());
    const std::uint64_t then = life_->log.committed().offset;
    ASSERT_TRUE(edit(kEve, edited_before, "e2", "three").ok());
    ASSERT_TRUE(edit(kEve, as_sent, "e3", "second").ok());
    ASSERT_TRUE(react(kAda, as_sent).ok());
    core::GroupUpdated named;
    named.name = "Go";
    named.description = "new";
    ASSERT_TRUE(
        command(core::UpdateGroup{.actor = kAda, .device = {}, .what = std::move(named)}).ok()
    );
    ASSERT_TRUE(add(user(9)).ok());
    said(kAda, "3");
    for (const bool again : {false, true}) {
        if (again) {
            restart();
        }
        const auto events = history(kBob);
        ASSERT_EQ(events.size(), 5U);
        EXPECT_EQ(events[1]->content, "two");
        EXPECT_TRUE(events[1]->amendment->edited_at.has_value());
        EXPECT_EQ(events[3]->content, "first");
        EXPECT_FALSE(events[3]->amendment->edited_at.has_value());
        EXPECT_TRUE(events[3]->amendment->reactions.empty());
        const auto alone = life_->wait(messaging().message(loop(), kBob, as_sent));
        EXPECT_EQ(alone->event->content, "first");
        EXPECT_FALSE(alone->receipts);
        EXPECT_EQ(alone->read_by + alone->delivered_to + alone->sent_to, 0U);
        const ConversationView seen = view(kBob);
        EXPECT_EQ(seen.info->name, "Chess");
        EXPECT_EQ(seen.info->description, "");
        EXPECT_TRUE(seen.people.empty());
        EXPECT_EQ(seen.active, 0U);
        EXPECT_EQ(seen.head, Seq{5});
        EXPECT_EQ(seen.unread, 0U);
        EXPECT_LE(seen.last_time.ticks - last_seen.ticks, 10);
        EXPECT_EQ(
            code(life_->wait(messaging().members(loop(), kBob, group_, 0, 10))),
            ErrorCode::forbidden
        );
        EXPECT_FALSE(catch_up(kBob, {5}, then).changed);
        EXPECT_TRUE(catch_up(kBob, {2}, 0).changed);
        EXPECT_EQ(catch_up(kBob, {2}, then).events.size(), 3U);
        // The others see what it is now.
        EXPECT_EQ(history(kEve)[3]->content, "second");
        EXPECT_EQ(view(kEve).info->name, "Go");
    }
    // An erased message is erased for everyone.
    ASSERT_TRUE(erase(kEve, as_sent).ok());
    EXPECT_TRUE(core::is_deleted(*history(kBob)[3]));
    EXPECT_EQ(history(kBob)[3]->content, "");
    // Back in it, one sees it as it is.
    ASSERT_TRUE(add(kBob).ok());
    EXPECT_EQ(history(kBob)[1]->content, "three");
    EXPECT_EQ(view(kBob).info->name, "Go");
}

TEST_F(GroupMessaging, ARetryIsAnsweredAsTheFirstTimeAlsoAfterARestart) {
    const auto made = create({kBob, kEve});
    const MessageId message = said(kBob, "s");
    const auto edited = edit(kBob, message, "e", "new");
    const auto reacted = react(kEve, message, "r");
    const auto again = [](const Result<CommandReply>& one, const Result<CommandReply>& first) {
        ASSERT_TRUE(one.ok()) << one.error().detail;
        EXPECT_FALSE(one->changed);
        ASSERT_TRUE(one->sent.has_value());
        EXPECT_EQ(one->sent->message_id, first->sent->message_id);
    };
    for (int life = 0; life < 3; ++life) {
        again(create({kBob, kEve}), made);
        EXPECT_EQ(send(kBob, "s")->sent.message_id, message);
        again(edit(kBob, message, "e", "new"), edited);
        again(react(kEve, message, "r"), reacted);
        EXPECT_EQ(code(create({kBob})), ErrorCode::conflict);
        EXPECT_EQ(code(edit(kBob, message, "e", "other")), ErrorCode::conflict);
        EXPECT_EQ(code(react(kEve, message, "r", true)), ErrorCode::conflict);
        EXPECT_EQ(history(kAda).size(), 4U);
        restart(life == 0);
    }
    // Whatever has become of the message and of them.
    ASSERT_TRUE(erase(kAda, message).ok());
    ASSERT_TRUE(remove(kAda, kBob).ok());
    again(edit(kBob, message, "e", "new"), edited);
    again(react(kEve, message, "r"), reacted);
    EXPECT_EQ(code(edit(kBob, message, "e9", "new")), ErrorCode::not_found);
    // What has no client_id says the same as often as it is asked.
    for (int times = 0; times < 2; ++times) {
        EXPECT_TRUE(erase(kAda, message).ok());
        EXPECT_TRUE(remove(kAda, kBob).ok());
        EXPECT_TRUE(remove(kBob, kBob).ok());
        EXPECT_TRUE(hide(kEve, message).ok());
    }
    EXPECT_EQ(history(kAda).size(), 6U);
}

TEST_F(GroupMessaging, AStoreThatFailsMeanwhileLosesNothing) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId first = said(kAda, "1", "one");
    life_->loop.fire();  // written
    const std::size_t batches_before = life_->store.unflushed();
    const MessageId second = said(kAda, "2", "uno");
    life_->store.refuse_next(1);
    life_->loop.fire();
    ASSERT_EQ(life_->store.unflushed(), batches_before);
    // Of two that are changed one is in the store, the other was on its way to it.
    ASSERT_TRUE(edit(kAda, first, "e1", "two").ok());
    ASSERT_TRUE(edit(kAda, second, "e2", "due").ok());
    life_->store.refuse_next(1);
    life_->loop.fire();
    ASSERT_TRUE(react(kBob, second).ok());
    ASSERT_TRUE(add(kEve).ok());
    life_->loop.fire();
    ASSERT_EQ(life_->store.unflushed(), batches_before + 1);
    const auto before = history(kAda);
    EXPECT_EQ(before[1]->content, "two");
    EXPECT_EQ(before[2]->content, "due");
    for (const bool batches : {true, false}) {
        restart(batches);
        const auto after = history(kAda);
        ASSERT_EQ(after.size(), before.size());
        for (std::size_t i = 0; i < after.size(); ++i) {
            EXPECT_EQ(*after[i], *before[i]);
        }
    }
}

TEST_F(GroupMessaging, AGroupThatOutgrowsOneValueComesBackWhole) {
    ASSERT_TRUE(create({kBob, kEve}).ok());
    for (std::uint64_t n = 4; n <= kUsers; ++n) {
        ASSERT_TRUE(add(user(n)).ok());
        said(user(n), "hello");
        said(kAda, "a" + std::to_string(n));
        if (n % 5 == 0) {
            life_->loop.fire();
        }
        if (n % 7 == 0) {
            restart(n % 2 == 0);
        }
    }
    ASSERT_TRUE(remove(kAda, user(20)).ok());
    restart(false);
    EXPECT_EQ(view(kAda).active, kUsers - 1);
    for (std::uint64_t n = 4; n <= kUsers; ++n) {
        EXPECT_TRUE(send(user(n), "hello")->sent.repeated) << n;
    }
    // By page, in the order in which they came.
    std::vector<UserId> listed;
    for (std::size_t from = 0; from < kUsers; from += 15) {
        const auto page = life_->wait(messaging().members(loop(), kAda, group_, from, 15));
        ASSERT_TRUE(page.ok());
        for (const auto& person : *page) {
            listed.push_back(person.user);
        }
    }
    ASSERT_EQ(listed.size(), kUsers - 1);
    EXPECT_TRUE(std::ranges::is_sorted(listed));
}

TEST_F(GroupMessaging, TheDirectoryListsWhoIsAdded) {
    ASSERT_TRUE(create({kBob}).ok());
    ASSERT_TRUE(add(kEve).ok());
    for (const UserId who : {kAda, kBob, kEve}) {
        const auto all = life_->wait(messaging().conversations(loop(), who));
        ASSERT_TRUE(all.ok());
        ASSERT_EQ(all->size(), 1U);
        EXPECT_EQ(all->front().number, group_);
    }
    EXPECT_EQ(code(add(user(kUsers + 5))), ErrorCode::not_found);
}

TEST_F(GroupMessaging, WhoIsNamedOnlyWhenItIsTriedAgainIsListedToo) {
    life_->log.refuse_next_group();
    EXPECT_EQ(code(create({kBob})), ErrorCode::unavailable);
    EXPECT_EQ(code(create({kBob, user(kUsers + 5)})), ErrorCode::not_found);
    ASSERT_TRUE(create({kBob, kEve}).ok());
    for (const bool again : {false, true}) {
        if (again) {
            restart();
        }
        for (const UserId who : {kAda, kBob, kEve}) {
            const auto all = life_->wait(messaging().conversations(loop(), who));
            ASSERT_TRUE(all.ok());
            EXPECT_EQ(all->size(), 1U);
        }
    }
    // A repeat is answered although someone it names is gone now.
    EXPECT_EQ(code(create({kBob, kEve, user(kUsers + 5)})), ErrorCode::conflict);
}

TEST_F(GroupMessaging, AllAreAddedOrNobody) {
    ASSERT_TRUE(create({kBob}).ok());
    const auto add_all = [this](UserId actor, std::vector<UserId> users) {
        AddMembersRequest request{
            .conversation = group_, .actor = actor, .device = {}, .users = {}
        };
        request.users = std::move(users);
        return life_->wait(messaging().add_members(loop(), std::move(request)));
    };
    EXPECT_EQ(code(add_all(kAda, {kEve, user(kUsers + 5), user(4)})), ErrorCode::not_found);
    EXPECT_EQ(code(add_all(kBob, {kEve})), ErrorCode::forbidden);
    EXPECT_EQ(code(add_all(kEve, {kEve})), ErrorCode::not_found);
    std::vector<UserId> too_many;
    for (std::uint64_t n = 3; n <= kUsers; ++n) {
        too_many.push_back(user(n));
    }
    EXPECT_EQ(code(add_all(kAda, too_many)), ErrorCode::too_large);
    EXPECT_EQ(history(kAda).size(), 1U);
    EXPECT_TRUE(life_->wait(messaging().conversations(loop(), kEve))->empty());
    // Who is in it already is passed over; all the others come with one group of the log.
    too_many.resize(kMembersMax - 2);
    too_many.push_back(kBob);
    const std::uint64_t before = life_->log.committed().offset;
    ASSERT_TRUE(add_all(kAda, too_many).ok());
    EXPECT_EQ(life_->log.committed().offset - before, kMembersMax - 2);
    restart();
    EXPECT_EQ(view(kAda).active, kMembersMax);
    ASSERT_TRUE(add_all(kAda, too_many).ok());
    EXPECT_EQ(history(kAda).size(), kMembersMax - 1);
    EXPECT_EQ(code(add_all(kAda, {user(kUsers)})), ErrorCode::too_large);
}

TEST_F(GroupMessaging, NewGroupsAndMembersHaveBucketsOfTheirOwn) {
    const auto take = [this](UserId who, unsigned groups, std::size_t members) {
        return messaging().take_growth(loop(), who, groups, members);
    };
    // 3 groups at once and then one an hour; 100 members, and then one a minute.
    for (int groups = 0; groups < 3; ++groups) {
        EXPECT_EQ(take(kAda, 1, 0).count(), 0);
    }
    EXPECT_EQ(std::chrono::round<std::chrono::seconds>(take(kAda, 1, 0)), std::chrono::hours{1});
    EXPECT_EQ(take(kBob, 1, 0).count(), 0);
    EXPECT_EQ(take(kAda, 0, 60).count(), 0);
    const auto minutes = [](Duration wait) {
        return std::chrono::round<std::chrono::minutes>(wait).count();
    };
    EXPECT_EQ(minutes(take(kAda, 0, 60)), 20);
    EXPECT_EQ(take(kAda, 0, 39).count(), 0);
    EXPECT_EQ(minutes(take(kAda, 0, 2)), 1);
}

TEST_F(GroupMessaging, WhatIsReadWhileAChangeGoesIntoTheStoreIsReadAgain) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId message = said(kAda, "1", "secret");
    for (int i = 0; i < 300; ++i) {
        said(kAda, "more" + std::to_string(i));  // out of memory, into the store
    }
    life_->loop.fire();
    restart();
    // The read has what the store has now; before it is told, the deletion is committed and written.
    std::optional<Result<HistoryPage>> page;
    life_->held.hold_next_read();
    HistoryRequest request{.user = kBob, .conversation = group_, .after = Seq{1}, .before = {}};
    request.limit = 1;
    fakes::detail::await_into(messaging().history(loop(), request), page);
    life_->loop.run();
    ASSERT_FALSE(page.has_value());
    ASSERT_TRUE(erase(kAda, message).ok());
    life_->loop.fire();
    life_->held.let_read_go();
    life_->loop.run();
    ASSERT_TRUE(page.has_value());
    EXPECT_TRUE(core::is_deleted(*(*page)->events.front()));
    EXPECT_EQ((*page)->events.front()->content, "");
}

TEST_F(GroupMessaging, WhoIsInItAndNotListedIsListedByAddingThemAgain) {
    ASSERT_TRUE(create({kBob}).ok());
    Life::Left left = life_->crash(true);
    left.directory.by_user.erase(kBob);
    life_ = nullptr;
    life_ = std::make_unique<Life>(std::move(left));
    EXPECT_TRUE(life_->wait(messaging().conversations(loop(), kBob))->empty());
    const auto added = add(kBob);
    ASSERT_TRUE(added.ok());
    EXPECT_FALSE(added->changed);
    EXPECT_EQ(life_->wait(messaging().conversations(loop(), kBob))->size(), 1U);
}

TEST_F(GroupMessaging, AMessageFromBeforeOnesTimeIsAsOneThatNeverWas) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId before = said(kAda, "1");
    ASSERT_TRUE(add(kEve).ok());
    const MessageId after = said(kAda, "2");
    for (const bool again : {false, true}) {
        if (again) {
            for (int i = 0; i < 300; ++i) {
                said(kAda, "more" + std::to_string(i));  // out of memory, into the store
            }
            life_->loop.fire();
            restart();
        }
        EXPECT_EQ(code(mark(kEve, before)), ErrorCode::not_found);
        EXPECT_EQ(code(react(kEve, before)), ErrorCode::not_found);
        EXPECT_EQ(code(hide(kEve, before)), ErrorCode::not_found);
        EXPECT_EQ(
            code(life_->wait(messaging().message(loop(), kEve, before))), ErrorCode::not_found
        );
        EXPECT_TRUE(mark(kEve, after).ok());
        EXPECT_TRUE(mark(kEve, Seq{1}).ok());  // a cursor is further
    }
}

TEST_F(GroupMessaging, WhatIsDoneToAMessageFromBeforeOnesTimeIsVoid) {
    ASSERT_TRUE(create({kBob}).ok());  // 1
    const MessageId before = said(kAda, "1");
    ASSERT_TRUE(add(kEve).ok());               // 3
    ASSERT_TRUE(remove(kAda, kEve).ok());      // 4
    const MessageId away = said(kAda, "2");    // 5
    ASSERT_TRUE(add(kEve).ok());               // 6
    const MessageId theirs = said(kAda, "3");  // 7
    life_->heard.events.clear();
    ASSERT_TRUE(edit(kAda, before, "e1", "secret").ok());  // 8
    ASSERT_TRUE(react(kBob, away).ok());                   // 9
    const MessageId changed = history(kAda).back()->type == core::EventType::reaction
                                  ? message_id(group_, history(kAda).back()->time)
                                  : MessageId{};
    ASSERT_TRUE(edit(kAda, theirs, "e2", "for all").ok());  // 10
    ASSERT_TRUE(erase(kAda, before).ok());                  // 11
    // Everyone gets each place once; who came later gets those three void.
    const auto heard = [this](UserId who) {
        std::vector<core::EventType> types;
        for (const auto& [event, audience] : life_->heard.events) {
            if (audience->contains(who)) {
                EXPECT_EQ(event->seq, Seq{8 + types.size()});
                types.push_back(event->type);
            }
        }
        return types;
    };
    using enum core::EventType;
    const std::vector<core::EventType> all{
        message_edited, reaction, message_edited, message_deleted
    };
    const std::vector<core::EventType> few{void_place, void_place, message_edited, void_place};
    EXPECT_EQ(heard(kAda), all);
    EXPECT_EQ(heard(kBob), all);
    EXPECT_EQ(heard(kEve), few);
    for (const bool again : {false, true}) {
        if (again) {
            restart();
        }
        const auto events = history(kEve);
        ASSERT_EQ(events.size(), 9U);
        for (std::size_t i = 0; i < few.size(); ++i) {
            EXPECT_EQ(events[5 + i]->change == nullptr, few[i] == void_place) << i;
        }
        EXPECT_EQ(view(kEve).last_event->type, void_place);
        EXPECT_EQ(code(mark(kEve, changed)), ErrorCode::not_found);
    }
}

TEST_F(GroupMessaging, OnlyMessagesThatAreThereArePinned) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId message = said(kBob, "1");
    const auto pin = [this](MessageId id) {
        core::UpdateConversation update{.actor = kAda, .device = {}, .what = {}};
        update.what.pinned = std::vector<MessageId>{id};
        return command(std::move(update));
    };
    EXPECT_TRUE(pin(message).ok());
    EXPECT_EQ(view(kBob).info->pinned.size(), 1U);
    ASSERT_TRUE(erase(kBob, message).ok());
    EXPECT_TRUE(view(kBob).info->pinned.empty());
    EXPECT_EQ(code(pin(message)), ErrorCode::not_found);
    EXPECT_EQ(code(pin(MessageId{})), ErrorCode::not_found);
    const core::EventPtr created = history(kAda).front();
    EXPECT_EQ(code(pin(message_id(group_, created->time))), ErrorCode::not_found);
}

TEST_F(GroupMessaging, ADeletionReachesEveryEdit) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId message = said(kBob, "1", "secret one");
    ASSERT_TRUE(edit(kBob, message, "e1", "secret two").ok());
    life_->loop.fire();
    ASSERT_TRUE(edit(kBob, message, "e2", "secret three").ok());
    ASSERT_TRUE(erase(kAda, message).ok());
    life_->loop.fire();
    for (const bool again : {false, true}) {
        if (again) {
            restart();
        }
        for (const core::EventPtr& event : history(kAda)) {
            EXPECT_EQ(event->content, "");
            EXPECT_EQ(core::change_as<core::MessageEdited>(*event), nullptr);
        }
    }
    const auto durable = life_->store.durable(life_->store.unflushed());
    for (const auto& [seq, event] : durable.conversations.at(group_.value).events) {
        EXPECT_EQ(event->content.find("secret"), std::string::npos) << seq;
        EXPECT_EQ(core::change_as<core::MessageEdited>(*event), nullptr) << seq;
        EXPECT_TRUE(event->amendment == nullptr || event->amendment->original.empty());
    }
}

TEST_F(GroupMessaging, ADeletionReachesEditsThatAreOnTheirWay) {
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId message = said(kBob, "1", "secret one");
    life_->heard.events.clear();
    const auto answers = at_once(
        message,
        {edit_command(kBob, "e1", "secret two"),
         core::DeleteMessage{.actor = kAda, .device = {}, .target = {}},
         edit_command(kBob, "e2", "secret three"),
         edit_command(kBob, "e3", "secret four")}
    );
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer.ok());
    }
    // Who was told of it first has seen the one that was there; the others went out as erased.
    ASSERT_EQ(life_->heard.events.size(), 4U);
    for (const std::size_t i : {2U, 3U}) {
        EXPECT_EQ(core::change_as<core::MessageEdited>(*life_->heard.events[i].first), nullptr);
    }
    const auto clean = [this](const char* when) {
        for (const core::EventPtr& event : history(kAda)) {
            EXPECT_EQ(event->content, "") << when;
            EXPECT_EQ(core::change_as<core::MessageEdited>(*event), nullptr) << when;
        }
        const auto durable = life_->store.durable(life_->store.unflushed());
        const auto at = durable.conversations.find(group_.value);
        if (at == durable.conversations.end()) {
            return;  // Not written yet.
        }
        for (const auto& [seq, event] : at->second.events) {
            EXPECT_EQ(core::change_as<core::MessageEdited>(*event), nullptr) << when << seq;
        }
    };
    clean("at once");
    restart(false);
    clean("replayed");
    life_->loop.fire();
    clean("written");
    restart(true);
    clean("read again");
}

TEST_F(GroupMessaging, ReceiptsAndTypingGoToThoseWhoAreInIt) {
    ASSERT_TRUE(create({kBob, kEve}).ok());
    said(kAda, "1");
    ASSERT_TRUE(remove(kAda, kEve).ok());
    ASSERT_TRUE(mark(kBob, Seq{3}).ok());
    ASSERT_EQ(life_->heard.receipts.size(), 1U);
    EXPECT_TRUE(life_->heard.receipts.front().second->contains(kAda));
    EXPECT_FALSE(life_->heard.receipts.front().second->contains(kEve));
    messaging().typing(loop(), {.conversation = group_, .user = kBob, .active = true});
    messaging().typing(loop(), {.conversation = group_, .user = kEve, .active = true});
    messaging().typing(loop(), {.conversation = group_, .user = user(9), .active = true});
    life_->loop.run();
    ASSERT_EQ(life_->heard.typings.size(), 1U);
    EXPECT_FALSE(life_->heard.typings.front().second->contains(kEve));
    // Own settings are told to oneself alone.
    core::ChangeSettings settings{.user = kBob};
    settings.draft = "not yet";
    const std::size_t events = life_->heard.events.size();
    ASSERT_TRUE(command(settings).ok());
    EXPECT_EQ(life_->heard.changed, std::vector<UserId>{kBob});
    EXPECT_EQ(life_->heard.events.size(), events);
    EXPECT_EQ(view(kBob).mine.extra->draft, "not yet");
    EXPECT_EQ(view(kAda).mine.extra, nullptr);
}

TEST_F(GroupMessaging, AMessageTellsHowManyHaveReadIt) {
    ASSERT_TRUE(create({kBob, kEve}).ok());
    const MessageId message = said(kAda, "1");
    ASSERT_TRUE(mark(kBob, message).ok());
    ASSERT_TRUE(add(user(9)).ok());
    const auto seen = life_->wait(messaging().message(loop(), kAda, message));
    ASSERT_TRUE(seen.ok());
    EXPECT_TRUE(seen->receipts);
    EXPECT_EQ(seen->sent_to, 2U);  // not to who came later
    EXPECT_EQ(seen->delivered_to, 1U);
    EXPECT_EQ(seen->read_by, 1U);
    EXPECT_EQ(seen->recipients.size(), 2U);
}

}  // namespace
}  // namespace parley::messaging
