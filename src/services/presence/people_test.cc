#include "services/presence/people.h"

#include <gtest/gtest.h>

namespace parley::presence {
namespace {

using namespace std::chrono_literals;

constexpr UserId kAda{{1, 1}};
constexpr UserId kBob{{2, 2}};
constexpr runtime::LoopId kFirst{0};
constexpr runtime::LoopId kSecond{1};

Timestamp at(std::int64_t seconds) {
    return Timestamp::from_millis(1'800'000'000'000 + (seconds * 1000));
}

class PeopleTest : public ::testing::Test {
protected:
    /// A report at so many seconds, which is also when they were seen.
    void say(UserId user, runtime::LoopId loop, Status status, std::int64_t seconds) {
        people_.report(user, loop, status, at(seconds), std::chrono::seconds{seconds});
    }
    void watch(UserId user, runtime::LoopId loop = kFirst) {
        people_.watch(user, loop);
        for (const UserId& one : people_.take_unloaded(10)) {
            people_.load(one, false, std::nullopt);
        }
    }
    std::optional<Seen> told(UserId user) {
        std::optional<Seen> seen;
        for (const People::Change& change : people_.take_changes()) {
            EXPECT_EQ(change.user, user);
            EXPECT_FALSE(seen);
            seen = change.seen;
        }
        return seen;
    }

    People people_{5s};
};

TEST_F(PeopleTest, WhoIsWatchedIsToldOnceLoaded) {
    people_.watch(kAda, kFirst);
    EXPECT_TRUE(people_.take_changes().empty());
    EXPECT_EQ(people_.take_unloaded(10), std::vector{kAda});
    EXPECT_TRUE(people_.take_unloaded(10).empty());
    people_.load(kAda, false, at(3));
    EXPECT_EQ(told(kAda), (Seen{Status::offline, at(3)}));
    EXPECT_FALSE(told(kAda));
}

TEST_F(PeopleTest, OfSeveralSessionsTheMostPresentCounts) {
    watch(kAda);
    (void)people_.take_changes();
    say(kAda, kFirst, Status::away, 1);
    EXPECT_EQ(told(kAda)->status, Status::away);
    say(kAda, kSecond, Status::online, 2);
    EXPECT_EQ(told(kAda)->status, Status::online);
    say(kAda, kFirst, Status::online, 3);
    EXPECT_FALSE(told(kAda));
    say(kAda, kFirst, Status::away, 4);
    EXPECT_FALSE(told(kAda));
    say(kAda, kSecond, Status::offline, 5);
    EXPECT_EQ(told(kAda)->status, Status::away);
}

TEST_F(PeopleTest, OfflineFiveSecondsAfterTheLastSession) {
    watch(kAda);
    say(kAda, kFirst, Status::online, 1);
    (void)people_.take_changes();
    say(kAda, kFirst, Status::offline, 10);
    EXPECT_FALSE(told(kAda));
    EXPECT_EQ(people_.next_due(), Duration{15s});
    people_.advance(15s - 1ns);
    EXPECT_FALSE(told(kAda));
    EXPECT_EQ(people_.find(kAda)->status, Status::online);
    people_.advance(15s);
    EXPECT_EQ(told(kAda), (Seen{Status::offline, at(10)}));
    EXPECT_EQ(people_.next_due(), std::nullopt);
}

TEST_F(PeopleTest, ComingBackInTimeIsNoChange) {
    watch(kAda);
    say(kAda, kFirst, Status::online, 1);
    (void)people_.take_changes();
    say(kAda, kFirst, Status::offline, 10);
    say(kAda, kSecond, Status::online, 14);
    people_.advance(60s);
    EXPECT_FALSE(told(kAda));
    EXPECT_FALSE(people_.has_departed());
    say(kAda, kSecond, Status::offline, 61);
    say(kAda, kSecond, Status::online, 62);
    say(kAda, kSecond, Status::offline, 63);
    people_.advance(66s);  // The first of the two departures is void.
    EXPECT_FALSE(told(kAda));
    people_.advance(68s);
    EXPECT_EQ(told(kAda), (Seen{Status::offline, at(63)}));
}

TEST_F(PeopleTest, WhoHidesLooksOfflineWithoutATime) {
    people_.watch(kAda, kFirst);
    say(kAda, kFirst, Status::online, 1);
    people_.load(kAda, true, at(0));
    EXPECT_EQ(told(kAda), Seen{});
    say(kAda, kFirst, Status::away, 2);
    EXPECT_EQ(told(kAda), Seen{});
    people_.hide(kAda, false);
    EXPECT_EQ(told(kAda)->status, Status::away);
    people_.hide(kAda, true);
    EXPECT_EQ(told(kAda), Seen{});
    EXPECT_EQ(people_.find(kAda)->status, Status::away);
}

TEST_F(PeopleTest, WhatIsSetCountsForMoreThanALookThatBeganBefore) {
    people_.watch(kAda, kFirst);
    EXPECT_EQ(people_.take_unloaded(1).size(), 1U);
    people_.hide(kAda, true);
    say(kAda, kFirst, Status::online, 1);
    people_.load(kAda, false, std::nullopt);
    EXPECT_EQ(told(kAda), Seen{});
}

TEST_F(PeopleTest, TellsTheLoopsThatWatchAndNoOther) {
    watch(kAda, kSecond);
    auto changes = people_.take_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].loops, 2U);
    watch(kAda, kFirst);
    changes = people_.take_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].loops, 1U);
    people_.unwatch(kAda, kSecond);
    say(kAda, kSecond, Status::online, 1);
    changes = people_.take_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].loops, 1U);
}

TEST_F(PeopleTest, SavesWhoHasGoneOnceAndForgetsThem) {
    say(kAda, kFirst, Status::online, 1);
    say(kBob, kSecond, Status::away, 1);
    EXPECT_FALSE(people_.has_departed());
    say(kAda, kFirst, Status::offline, 2);
    say(kBob, kSecond, Status::offline, 3);
    people_.advance(8s);
    const auto first = people_.take_departed(1);
    EXPECT_EQ(first, (std::vector<ports::LastSeen>{{.user = kAda, .at = at(2)}}));
    const auto second = people_.take_departed(9);
    EXPECT_EQ(second, (std::vector<ports::LastSeen>{{.user = kBob, .at = at(3)}}));
    EXPECT_FALSE(people_.has_departed());
    people_.saved(first, true);
    EXPECT_EQ(people_.size(), 1U);
    people_.saved(second, false);
    EXPECT_EQ(people_.take_departed(9), second);
    people_.saved(second, true);
    EXPECT_EQ(people_.size(), 0U);
}

TEST_F(PeopleTest, WhoGoesAgainWhileBeingSavedIsSavedAgain) {
    say(kAda, kFirst, Status::online, 1);
    say(kAda, kFirst, Status::offline, 2);
    people_.advance(7s);
    const auto batch = people_.take_departed(9);
    say(kAda, kFirst, Status::online, 8);
    say(kAda, kFirst, Status::offline, 9);
    people_.advance(14s);
    people_.saved(batch, true);
    EXPECT_EQ(
        people_.take_departed(9), (std::vector<ports::LastSeen>{{.user = kAda, .at = at(9)}})
    );
}

TEST_F(PeopleTest, AStopMakesEveryoneLeave) {
    say(kAda, kFirst, Status::online, 1);
    say(kBob, kFirst, Status::online, 1);
    say(kBob, kFirst, Status::offline, 2);
    people_.leave_all(at(3));
    EXPECT_EQ(people_.take_departed(9).size(), 2U);
    EXPECT_EQ(people_.find(kAda), (Seen{Status::offline, at(3)}));
    EXPECT_EQ(people_.find(kBob), (Seen{Status::offline, at(2)}));
}

TEST_F(PeopleTest, KeepsNobodyWithoutNeed) {
    watch(kAda);
    people_.unwatch(kAda, kFirst);
    people_.unwatch(kBob, kFirst);
    say(kBob, kFirst, Status::offline, 1);
    EXPECT_EQ(people_.size(), 0U);
    people_.watch(kAda, kFirst);
    const auto looking = people_.take_unloaded(1);
    people_.unwatch(kAda, kFirst);
    people_.not_loaded(looking);
    EXPECT_EQ(people_.size(), 0U);
    EXPECT_TRUE(people_.take_unloaded(1).empty());
}

}  // namespace
}  // namespace parley::presence
