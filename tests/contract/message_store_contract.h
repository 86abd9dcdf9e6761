#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/message_store.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/talk.h"

/// What every message store keeps. A subject is a class with
///
///     ports::MessageStore& store();
///     void crash();  // starts again on what is durable
///
/// It runs once for each adapter: message_store_contract_test.cc.

namespace parley::contract {

using fakes::same;
using fakes::Talk;

template <class Subject>
class MessageStoreContract : public testing::Test {
protected:
    ports::MessageStore& store() { return subject_.store(); }
    std::optional<core::ConversationState> load(std::uint64_t number) {
        auto loaded = fakes::wait(loop_, store().load(loop_, ConversationNumber{number}));
        EXPECT_TRUE(loaded.ok()) << loaded.error().detail;
        return loaded.ok() ? std::move(*loaded) : std::nullopt;
    }
    Result<std::vector<core::EventPtr>> try_read(ports::EventRange range) {
        return fakes::wait(loop_, store().read(loop_, range));
    }
    std::vector<core::EventPtr> read(ports::EventRange range) {
        auto events = try_read(range);
        EXPECT_TRUE(events.ok()) << events.error().detail;
        return events.ok() ? std::move(*events) : std::vector<core::EventPtr>{};
    }
    std::vector<core::EventPtr> read(
        std::uint64_t number, std::uint64_t first, std::uint64_t last
    ) {
        return read({.conversation = {number}, .first = {first}, .last = {last}, .limit = 100'000});
    }
    std::optional<Seq> find(std::uint64_t number, Timestamp time, Seq first = {1}) {
        auto found =
            fakes::wait(loop_, store().find_seq(loop_, ConversationNumber{number}, first, time));
        EXPECT_TRUE(found.ok()) << found.error().detail;
        return found.ok() ? *found : std::nullopt;
    }
    void write(ports::StoreBatch batch) {
        const auto written = fakes::wait(loop_, store().write(loop_, std::move(batch)));
        ASSERT_TRUE(written.ok()) << written.error().detail;
    }
    void write(std::uint32_t lane, LogPosition covers, Talk& talk) {
        ports::StoreBatch batch{.lane = lane, .covers = covers, .writes = {}};
        batch.writes.push_back(talk.take());
        write(std::move(batch));
    }
    LogPosition flush() {
        const auto flushed = fakes::wait(loop_, store().flush(loop_));
        EXPECT_TRUE(flushed.ok()) << flushed.error().detail;
        return flushed.ok() ? *flushed : LogPosition{};
    }
    LogPosition replay_from() {
        const auto from = store().replay_from();
        EXPECT_TRUE(from.ok());
        return from.ok() ? *from : LogPosition{};
    }

    fakes::ManualLoop loop_;
    Subject subject_;
};

TYPED_TEST_SUITE_P(MessageStoreContract);

TYPED_TEST_P(MessageStoreContract, AnEmptyStoreHasNothing) {
    EXPECT_EQ(this->replay_from(), LogPosition{});
    EXPECT_EQ(this->load(1), std::nullopt);
    EXPECT_EQ(this->find(1, {1}), std::nullopt);
    const auto read = this->try_read({.conversation = {1}, .first = {1}, .last = {1}});
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::internal);
    EXPECT_EQ(this->flush(), LogPosition{});
}

TYPED_TEST_P(MessageStoreContract, AStateComesBackWhole) {
    Talk talk(5);
    this->write(0, {1, 1}, talk);
    EXPECT_EQ(this->load(5), talk.state());
    talk.say("hello", 0);
    talk.say("hi", 1);
    talk.read_all(0);
    this->write(0, {1, 4}, talk);
    EXPECT_EQ(this->load(5), talk.state());
    EXPECT_EQ(this->load(6), std::nullopt);
}

TYPED_TEST_P(MessageStoreContract, SendRingsComeBackHoweverFullTheyAre) {
    Talk talk(5);
    for (int i = 0; i < 400; ++i) {
        talk.say("m", i % 3 == 0 ? 1 : 0);
        if (i % 7 == 0) {
            this->write(0, {1, static_cast<std::uint64_t>(i) + 1}, talk);
            ASSERT_EQ(this->load(5), talk.state());
        }
        if (i % 50 == 0) {
            this->flush();
        }
    }
    this->write(0, {1, 1'000}, talk);
    this->flush();
    this->subject_.crash();
    EXPECT_EQ(this->load(5), talk.state());
}

TYPED_TEST_P(MessageStoreContract, EventsComeBackAsTheyWereFromEitherEnd) {
    Talk talk(9);
    std::mt19937_64 chance(3);
    for (std::uint64_t i = 0; i < 300; ++i) {
        talk.say(std::string(chance() % 2'000, 'x'), i % 2);
        if (chance() % 10 == 0) {
            this->write(0, {1, i + 2}, talk);
        }
    }
    this->write(0, {1, 301}, talk);
    const auto& all = talk.events();
    EXPECT_TRUE(same(this->read(9, 1, 300), all));
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t first = 1 + chance() % 300;
        const std::uint64_t last = first + chance() % (301 - first);
        const std::size_t limit = chance() % 80;
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(first - 1);
        const auto to = all.begin() + static_cast<std::ptrdiff_t>(last);
        std::vector<core::EventPtr> oldest(from, to);
        std::vector<core::EventPtr> newest(oldest.rbegin(), oldest.rend());
        oldest.resize(std::min(oldest.size(), limit));
        newest.resize(std::min(newest.size(), limit));
        ports::EventRange range{
            .conversation = {9}, .first = {first}, .last = {last}, .limit = limit
        };
        EXPECT_TRUE(same(this->read(range), oldest));
        range.newest_first = true;
        EXPECT_TRUE(same(this->read(range), newest));
    }
}

TYPED_TEST_P(MessageStoreContract, PlacesThatWereNeverWrittenAreAnError) {
    Talk talk(9);
    talk.say("one");
    talk.say("two");
    this->write(0, {1, 3}, talk);
    for (const auto& [first, last] : {std::pair{1U, 3U}, {3U, 3U}, {0U, 2U}, {500U, 600U}}) {
        const auto read = this->try_read({.conversation = {9}, .first = {first}, .last = {last}});
        ASSERT_FALSE(read.ok());
        EXPECT_EQ(read.error().code, ErrorCode::internal);
    }
    // Only what the limit keeps is looked at; an empty range is empty.
    EXPECT_EQ(this->read({.conversation = {9}, .first = {1}, .last = {9}, .limit = 2}).size(), 2U);
    EXPECT_TRUE(this->read(9, 2, 1).empty());
}

TYPED_TEST_P(MessageStoreContract, ConversationsDoNotTouch) {
    std::vector<Talk> talks;
    for (std::uint64_t number = 250; number < 262; ++number) {
        talks.emplace_back(number);
        for (std::uint64_t i = 0; i < number % 7 * 20; ++i) {
            talks.back().say(std::to_string(number) + "/" + std::to_string(i));
        }
    }
    ports::StoreBatch batch{.lane = 0, .covers = {1, 999}, .writes = {}};
    for (Talk& talk : talks) {
        batch.writes.push_back(talk.take());
    }
    this->write(std::move(batch));
    for (const Talk& talk : talks) {
        const std::uint64_t number = talk.state().number.value;
        EXPECT_EQ(this->load(number), talk.state());
        EXPECT_TRUE(same(this->read(number, 1, talk.events().size()), talk.events()));
    }
}

TYPED_TEST_P(MessageStoreContract, APlaceIsFoundByItsTime) {
    Talk talk(9);
    for (int i = 0; i < 200; ++i) {
        talk.say("m");
    }
    this->write(0, {1, 201}, talk);
    const auto& all = talk.events();
    EXPECT_EQ(this->find(9, {all.front()->time.ticks - 1}), std::nullopt);
    for (const std::size_t i : {0U, 1U, 62U, 63U, 64U, 65U, 126U, 127U, 128U, 150U, 199U}) {
        EXPECT_EQ(this->find(9, all[i]->time), all[i]->seq);
        EXPECT_EQ(this->find(9, {all[i]->time.ticks + 1}), all[i]->seq);
        EXPECT_EQ(
            this->find(9, {all[i]->time.ticks - 1}),
            i == 0 ? std::nullopt : std::optional(all[i - 1]->seq)
        );
    }
    EXPECT_EQ(this->find(9, {all.back()->time.ticks * 2}), Seq{200});
}

TYPED_TEST_P(MessageStoreContract, WritingTheSameAgainChangesNothing) {
    Talk talk(9);
    for (int i = 0; i < 100; ++i) {
        talk.say("m", i % 2 == 0 ? 0 : 1);
    }
    ports::StoreBatch batch{.lane = 0, .covers = {1, 101}, .writes = {talk.take()}};
    this->write(batch);
    this->write(batch);
    EXPECT_TRUE(same(this->read(9, 1, 100), talk.events()));
    EXPECT_EQ(this->load(9), talk.state());
    this->flush();
    this->write(batch);
    this->flush();
    EXPECT_TRUE(same(this->read(9, 1, 100), talk.events()));
    EXPECT_EQ(this->load(9), talk.state());
}

// A write that failed is tried again with what came meanwhile, so runs of events may overlap.
TYPED_TEST_P(MessageStoreContract, EventsThatComeAgainInOtherBatchesAreTheSameEvents) {
    std::mt19937_64 chance(11);
    for (std::uint64_t round = 1; round <= 10; ++round) {
        Talk talk(round);
        this->write(0, {1, 1}, talk);
        for (int batches = 0; batches < 12; ++batches) {
            const std::size_t more = 1 + chance() % 40;
            for (std::size_t i = 0; i < more; ++i) {
                talk.say("m" + std::to_string(i), i % 2);
            }
            ports::ConversationWrite write = talk.take();
            const std::size_t again = chance() % (talk.events().size() + 1);
            write.events.assign(
                talk.events().end() -
                    static_cast<std::ptrdiff_t>(std::max(again, write.events.size())),
                talk.events().end()
            );
            this->write({.lane = 0, .covers = {1, talk.state().position.offset}, .writes = {write}}
            );
            if (chance() % 3 == 0) {
                this->flush();
            }
            ASSERT_TRUE(same(this->read(round, 1, talk.events().size()), talk.events()));
            ASSERT_EQ(this->load(round), talk.state());
        }
    }
}

TYPED_TEST_P(MessageStoreContract, ReplayStartsAtTheLowestLane) {
    ASSERT_TRUE(this->store().set_lanes(3, {1, 10}).ok());
    EXPECT_EQ(this->replay_from(), (LogPosition{1, 10}));
    this->write({.lane = 0, .covers = {1, 50}, .writes = {}});
    this->write({.lane = 1, .covers = {1, 30}, .writes = {}});
    EXPECT_EQ(this->flush(), (LogPosition{1, 10}));
    this->write({.lane = 2, .covers = {1, 40}, .writes = {}});
    EXPECT_EQ(this->flush(), (LogPosition{1, 30}));
    this->subject_.crash();
    EXPECT_EQ(this->replay_from(), (LogPosition{1, 30}));
}

TYPED_TEST_P(MessageStoreContract, LanesCanBecomeFewerAndMore) {
    ASSERT_TRUE(this->store().set_lanes(4, {1, 10}).ok());
    this->flush();
    ASSERT_TRUE(this->store().set_lanes(1, {1, 20}).ok());
    EXPECT_EQ(this->replay_from(), (LogPosition{1, 20}));
    this->write({.lane = 0, .covers = {2, 5}, .writes = {}});
    EXPECT_EQ(this->flush(), (LogPosition{2, 5}));
    this->subject_.crash();
    EXPECT_EQ(this->replay_from(), (LogPosition{2, 5}));
    ASSERT_TRUE(this->store().set_lanes(2, {2, 5}).ok());
    this->write({.lane = 1, .covers = {2, 9}, .writes = {}});
    EXPECT_EQ(this->flush(), (LogPosition{2, 5}));
}

TYPED_TEST_P(MessageStoreContract, WhatWasFlushedSurvivesAndTheRestIsWhole) {
    ASSERT_TRUE(this->store().set_lanes(1, {1, 0}).ok());
    Talk talk(9);
    for (int i = 0; i < 10; ++i) {
        talk.say("flushed");
    }
    this->write(0, {1, 11}, talk);
    const core::ConversationState flushed = talk.state();
    EXPECT_EQ(this->flush(), (LogPosition{1, 11}));
    talk.say("not flushed");
    this->write(0, {1, 12}, talk);
    this->subject_.crash();
    // Batches are kept whole and in order: either all of the last one, or nothing of it.
    const auto state = this->load(9);
    ASSERT_TRUE(state.has_value());
    if (this->replay_from() == LogPosition{1, 11}) {
        EXPECT_EQ(*state, flushed);
    } else {
        EXPECT_EQ(this->replay_from(), (LogPosition{1, 12}));
        EXPECT_EQ(*state, talk.state());
    }
    EXPECT_TRUE(same(this->read(9, 1, 10), {talk.events().begin(), talk.events().begin() + 10}));
}

TYPED_TEST_P(MessageStoreContract, AGroupComesBackWholeHoweverLarge) {
    for (const std::size_t members : {1U, 2U, 15U, 16U, 17U, 40U}) {
        Talk talk(members + 1, members);
        this->write(0, {1, 1}, talk);
        ASSERT_EQ(this->load(members + 1), talk.state());
        for (std::size_t i = 0; i < 60; ++i) {
            talk.say("m", i % std::min<std::size_t>(members, 3));
            if (i % 9 == 0) {
                talk.read_all(members - 1);
                talk.add_member(100 + i);
                this->write(0, {1, 10 * (i + 1)}, talk);
                ASSERT_EQ(this->load(members + 1), talk.state());
            }
        }
        this->write(0, {1, 5'000}, talk);
        this->flush();
        this->subject_.crash();
        ASSERT_EQ(this->load(members + 1), talk.state());
    }
}

TYPED_TEST_P(MessageStoreContract, AmendedEventsTakeTheirPlaces) {
    Talk talk(9);
    for (int i = 0; i < 150; ++i) {
        talk.say("what was said " + std::to_string(i), i % 2 == 0 ? 0 : 1);
    }
    this->write(0, {1, 200}, talk);
    for (std::uint64_t seq = 3; seq < 150; seq += 20) {
        talk.edit({seq}, "edited");
        talk.react({seq + 1}, 1);
        talk.remove({seq + 2});
        this->write(0, {1, 300 + seq}, talk);
        ASSERT_TRUE(same(this->read(9, 1, talk.events().size()), talk.events()));
        if (seq % 3 == 0) {
            this->flush();
        }
    }
    this->flush();
    this->subject_.crash();
    EXPECT_TRUE(same(this->read(9, 1, talk.events().size()), talk.events()));
    EXPECT_EQ(this->find(9, talk.events()[100]->time), Seq{101});
}

TYPED_TEST_P(MessageStoreContract, WhatHasExpiredIsGoneAndTheRestStays) {
    Talk talk(9);
    for (int i = 0; i < 300; ++i) {
        talk.say("m");
    }
    this->write(0, {1, 301}, talk);
    for (const std::uint64_t through : {5U, 63U, 64U, 130U, 200U}) {
        talk.expire({through});
        this->write(0, {1, 400 + through}, talk);
        if (through % 2 == 0) {
            this->flush();
        }
        const std::vector<core::EventPtr> left(
            talk.events().begin() + static_cast<std::ptrdiff_t>(through), talk.events().end()
        );
        ASSERT_TRUE(same(this->read(9, through + 1, 300), left));
        ASSERT_EQ(this->find(9, left.front()->time, {through + 1}), Seq{through + 1});
        ASSERT_EQ(this->find(9, {left.front()->time.ticks - 1}, {through + 1}), std::nullopt);
        ASSERT_EQ(this->load(9), talk.state());
    }
}

TYPED_TEST_P(MessageStoreContract, ScansConversationsByNumber) {
    std::vector<core::ConversationState> states;
    for (const std::uint64_t number : {3U, 9U, 20U}) {
        Talk talk(number);
        talk.say("m");
        this->write(0, {1, number}, talk);
        states.push_back(core::without_members(talk.state()));
    }
    this->flush();
    const auto scan = [this](std::uint64_t after, std::size_t limit) {
        return *fakes::wait(
            this->loop_, this->store().scan(this->loop_, ConversationNumber{after}, limit)
        );
    };
    EXPECT_EQ(scan(0, 10), states);
    EXPECT_EQ(scan(3, 1), (std::vector{states[1]}));
    EXPECT_EQ(scan(9, 10), (std::vector{states[2]}));
    EXPECT_TRUE(scan(20, 10).empty());
}

TYPED_TEST_P(MessageStoreContract, WhoIsForgottenHasSentNothing) {
    Talk talk(9);
    for (int i = 0; i < 40; ++i) {
        talk.say("m", 0);
        talk.say("m", 1);
    }
    this->write(0, {1, 81}, talk);
    this->flush();
    talk.run(core::ForgetUser{.user = talk.user(1)});
    this->write(0, {1, 82}, talk);
    this->flush();
    ASSERT_EQ(this->load(9), talk.state());
    std::vector<ConversationNumber> lighter{{9}};
    EXPECT_TRUE(
        fakes::wait(this->loop_, this->store().reclaim(this->loop_, std::move(lighter))).ok()
    );
    ASSERT_EQ(this->load(9), talk.state());
    EXPECT_EQ(talk.state().members[0].sends.count(), 0U);
    EXPECT_EQ(talk.state().members[1].sends.count(), 40U);
}

REGISTER_TYPED_TEST_SUITE_P(
    MessageStoreContract,
    AnEmptyStoreHasNothing,
    AStateComesBackWhole,
    SendRingsComeBackHoweverFullTheyAre,
    EventsComeBackAsTheyWereFromEitherEnd,
    PlacesThatWereNeverWrittenAreAnError,
    ConversationsDoNotTouch,
    APlaceIsFoundByItsTime,
    WritingTheSameAgainChangesNothing,
    EventsThatComeAgainInOtherBatchesAreTheSameEvents,
    ReplayStartsAtTheLowestLane,
    LanesCanBecomeFewerAndMore,
    WhatWasFlushedSurvivesAndTheRestIsWhole,
    AGroupComesBackWholeHoweverLarge,
    AmendedEventsTakeTheirPlaces,
    WhatHasExpiredIsGoneAndTheRestStays,
    ScansConversationsByNumber,
    WhoIsForgottenHasSentNothing
);

}  // namespace parley::contract
