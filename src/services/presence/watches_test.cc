#include "services/presence/watches.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace parley::presence {
namespace {

constexpr UserId kAda{{1, 1}};
constexpr UserId kBob{{2, 2}};
constexpr UserId kEve{{3, 3}};
constexpr SessionId kOne{{10, 1}};
constexpr SessionId kTwo{{10, 2}};
constexpr Seen kOnline{Status::online, Timestamp{5}};
constexpr Seen kAway{Status::away, Timestamp{6}};
constexpr Seen kGone{Status::offline, Timestamp{7}};

class WatchesTest : public ::testing::Test {
protected:
    void set(SessionId session, UserId viewer, std::vector<UserId> users, std::string ref = "") {
        std::ranges::sort(users);
        watches_.set(session, viewer, users, std::move(ref));
    }
    using Interest = std::vector<std::pair<UserId, bool>>;

    Watches watches_;
};

TEST_F(WatchesTest, AnswersWhenItIsKnown) {
    set(kOne, kAda, {kBob, kEve}, "7");
    EXPECT_EQ(watches_.take_interest(), (Interest{{kBob, true}, {kEve, true}}));
    EXPECT_TRUE(watches_.take_answers().empty());
    watches_.update(kBob, kOnline);
    const auto answers = watches_.take_answers();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].user, kBob);
    EXPECT_EQ(answers[0].seen, kOnline);
    EXPECT_EQ(answers[0].sessions, std::vector{kOne});
    EXPECT_EQ(answers[0].ref, "7");
    EXPECT_FALSE(watches_.has_changes());
    set(kTwo, kEve, {kBob});
    EXPECT_TRUE(watches_.take_interest().empty());
    ASSERT_EQ(watches_.take_answers().size(), 1U);
}

TEST_F(WatchesTest, TellsAllInOneGoWhatDiffersFromWhatTheyWereTold) {
    set(kOne, kAda, {kBob});
    watches_.update(kBob, kOnline);
    watches_.update(kBob, kAway);
    set(kTwo, kEve, {kBob});  // Is told how they are now.
    (void)watches_.take_answers();
    auto changes = watches_.take_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].sessions, std::vector{kOne});
    EXPECT_EQ(changes[0].seen, kAway);
    watches_.update(kBob, kGone);
    watches_.update(kBob, kAway);
    EXPECT_TRUE(watches_.take_changes().empty());
    watches_.update(kBob, kGone);
    changes = watches_.take_changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].sessions.size(), 2U);
}

TEST_F(WatchesTest, AnotherSetTakesTheOldOnesPlace) {
    set(kOne, kAda, {kBob});
    (void)watches_.take_interest();
    watches_.update(kBob, kOnline);
    (void)watches_.take_answers();
    set(kOne, kAda, {kEve});
    EXPECT_EQ(watches_.take_interest(), (Interest{{kBob, false}, {kEve, true}}));
    watches_.update(kBob, kGone);
    EXPECT_TRUE(watches_.take_changes().empty());
    set(kOne, kAda, {});
    EXPECT_EQ(watches_.take_interest(), (Interest{{kEve, false}}));
    EXPECT_EQ(watches_.session_count(), 0U);
    EXPECT_EQ(watches_.user_count(), 0U);
}

TEST_F(WatchesTest, WhoIsForbiddenLooksOfflineAndThatIsTheLast) {
    set(kOne, kAda, {kBob, kEve});
    watches_.update(kBob, kOnline);
    watches_.update(kEve, Seen{});
    (void)watches_.take_answers();
    watches_.forbid(kOne, kBob);
    watches_.forbid(kOne, kBob);
    watches_.forbid(kTwo, kBob);
    const auto answers = watches_.take_answers();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].seen, Seen{});
    watches_.update(kBob, kGone);
    EXPECT_TRUE(watches_.take_changes().empty());
    watches_.forbid(kOne, kEve);  // Looked so already.
    EXPECT_TRUE(watches_.take_answers().empty());
    EXPECT_EQ(watches_.session_count(), 0U);
}

TEST_F(WatchesTest, AWatchThatBeginsAgainAtOnceNeedsNoNewAnswerFromHome) {
    set(kOne, kAda, {kBob});
    (void)watches_.take_interest();
    watches_.update(kBob, kOnline);
    (void)watches_.take_answers();
    watches_.drop(kOne);
    set(kTwo, kAda, {kBob});
    EXPECT_TRUE(watches_.take_interest().empty());
    EXPECT_EQ(watches_.take_answers().size(), 1U);
}

TEST_F(WatchesTest, FindsWhoIsConcerned) {
    set(kOne, kAda, {kBob, kEve});
    set(kTwo, kBob, {kAda});
    EXPECT_EQ(watches_.pairs_between(kAda, kBob).size(), 2U);
    EXPECT_EQ(watches_.pairs_between(kBob, kAda).size(), 2U);
    EXPECT_EQ(watches_.pairs_between(kAda, kEve).size(), 1U);
    EXPECT_TRUE(watches_.pairs_between(kBob, kEve).empty());
    EXPECT_EQ(watches_.pairs_of(kAda).size(), 3U);
    EXPECT_EQ(watches_.pairs_of(kEve).size(), 1U);
    EXPECT_EQ(watches_.pairs_within(std::vector{kAda, kBob}).size(), 2U);
    EXPECT_TRUE(watches_.pairs_within(std::vector{kBob, kEve}).empty());
}

}  // namespace
}  // namespace parley::presence
