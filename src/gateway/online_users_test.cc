#include "gateway/online_users.h"

#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

constexpr ConversationNumber kGroup{7};

UserId user(std::uint64_t n) {
    return {{.high = 1, .low = n}};
}

/// Users 1 to `count`.
messaging::Audience members(std::uint64_t count) {
    std::vector<UserId> users;
    for (std::uint64_t n = 1; n <= count; ++n) {
        users.push_back(user(n));
    }
    return std::make_shared<const messaging::AudienceList>(std::move(users));
}

class OnlineUsersTest : public testing::Test {
protected:
    void come(std::uint64_t n) {
        here_.emplace(user(n), 0);
        online_.arrived(user(n));
    }
    void go(std::uint64_t n) { here_.erase(user(n)); }
    std::set<std::uint64_t> reached(const messaging::Audience& audience) {
        std::set<std::uint64_t> numbers;
        online_.for_each(kGroup, audience, here_, [&numbers](const UserId& who, int /*value*/) {
            EXPECT_TRUE(numbers.insert(who.uuid.low).second);
        });
        return numbers;
    }
    using Numbers = std::set<std::uint64_t>;

    OnlineUsers online_;
    std::unordered_map<UserId, int> here_;
};

TEST_F(OnlineUsersTest, ReachesWhoIsInItAndHere) {
    for (const std::uint64_t size : {3U, 500U}) {
        const auto group = members(size);
        EXPECT_EQ(reached(group), (Numbers{}));
        come(2);
        come(3);
        come(1000);
        EXPECT_EQ(reached(group), (Numbers{2, 3}));
        go(2);
        EXPECT_EQ(reached(group), (Numbers{3}));
        come(2);
        go(3);
        come(3);
        come(1);
        EXPECT_EQ(reached(group), (Numbers{1, 2, 3}));
        for (const std::uint64_t n : {1U, 2U, 3U, 1000U}) {
            go(n);
        }
        EXPECT_EQ(reached(group), (Numbers{}));
    }
}

TEST_F(OnlineUsersTest, AnotherAudienceIsAnotherList) {
    for (std::uint64_t n = 1; n <= 200; ++n) {
        come(n);
    }
    const auto all = members(100);
    EXPECT_EQ(reached(all).size(), 100U);
    EXPECT_EQ(reached(members(99)).size(), 99U);
    EXPECT_EQ(reached(all).size(), 100U);
}

TEST_F(OnlineUsersTest, ADeliveryLooksAtWhoHasComeSinceAndNotAtEverybody) {
    const auto group = members(5000);
    for (std::uint64_t n = 4001; n <= 9000; ++n) {
        come(n);
    }
    EXPECT_EQ(reached(group).size(), 1000U);
    const std::uint64_t made = online_.looks();
    for (std::uint64_t n = 1; n <= 50; ++n) {
        come(n);
        EXPECT_EQ(reached(group).size(), 1000U + n);
        EXPECT_EQ(reached(group).size(), 1000U + n);
    }
    EXPECT_EQ(online_.looks() - made, 50U);
}

TEST_F(OnlineUsersTest, MoreArrivalsThanAreKeptAreNotMissed) {
    const auto group = members(20'000);
    EXPECT_TRUE(reached(group).empty());
    for (std::uint64_t n = 1; n <= OnlineUsers::kArrivalsKept + 100; ++n) {
        come(n);
    }
    EXPECT_EQ(reached(group).size(), OnlineUsers::kArrivalsKept + 100);
}

TEST_F(OnlineUsersTest, KeepsNoMoreListsThanItsBoundAndThoseThatAreUsed) {
    const auto group = members(100);
    come(1);
    for (std::uint64_t n = 1; n <= 2 * OnlineUsers::kListsMax; ++n) {
        std::size_t reached = 0;
        online_.for_each({n}, group, here_, [&reached](const UserId& /*who*/, int /*value*/) {
            ++reached;
        });
        EXPECT_EQ(reached, 1U);
        EXPECT_LE(online_.lists(), OnlineUsers::kListsMax);
    }
    // Full, and yet the list of who is told again and again is not made again.
    online_.for_each({1}, group, here_, [](const UserId& /*who*/, int /*value*/) {});
    const std::uint64_t made = online_.looks();
    online_.for_each({1}, group, here_, [](const UserId& /*who*/, int /*value*/) {});
    EXPECT_EQ(online_.looks(), made);
}

TEST_F(OnlineUsersTest, ListsNoMoreUsersThanItsBoundAndOneList) {
    constexpr std::uint64_t kMany = 20'000;
    const auto group = members(kMany);
    for (std::uint64_t n = 1; n <= kMany; ++n) {
        come(n);
    }
    for (std::uint64_t n = 1; n <= 2 * OnlineUsers::kListedUsersMax / kMany; ++n) {
        online_.for_each({n}, group, here_, [](const UserId& /*who*/, int /*value*/) {});
        EXPECT_LE(online_.listed_users(), OnlineUsers::kListedUsersMax + kMany);
    }
}

}  // namespace
}  // namespace parley::gateway
