#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/conversation_directory.h. Users 1, 2 and 3 exist.
template <class Directories>
class ConversationDirectoryContract : public DirectoryContract<Directories> {
protected:
    using Base = DirectoryContract<Directories>;

    void SetUp() override {
        for (std::uint64_t n = 1; n <= 3; ++n) {
            this->make_user(this->user(n, "user" + std::to_string(n)));
        }
    }

    ports::ConversationDirectory& conversations() { return this->directories_.conversations(); }
    runtime::Loop& home() { return this->directories_.home(); }

    Result<ports::OpenedPair> open(
        std::uint64_t one, std::uint64_t other, std::uint64_t candidate
    ) {
        return this->wait(conversations().open_direct(
            home(), Base::user_id(one), Base::user_id(other), ConversationNumber{candidate}
        ));
    }
    using Reserved = Result<ports::ConversationDirectory::ReservedGroup>;
    /// A group of user 1, under one client_id.
    Reserved reserve(
        std::uint64_t candidate, const std::vector<std::uint64_t>& members, bool make = true
    ) {
        ports::ConversationDirectory::NewGroup group{
            .creator = Base::user_id(1), .client_id = "c", .members = {}, .make = make
        };
        for (const std::uint64_t n : members) {
            group.members.push_back(Base::user_id(n));
        }
        return this->wait(
            conversations().reserve_group(home(), group, ConversationNumber{candidate})
        );
    }
    std::vector<std::uint64_t> of_user(std::uint64_t n) {
        std::vector<std::uint64_t> numbers;
        const auto found = this->wait(conversations().of_user(home(), Base::user_id(n)));
        for (const auto& number : *found) {
            numbers.push_back(number.value);
        }
        return numbers;
    }
    using Numbers = std::vector<std::uint64_t>;
};

TYPED_TEST_SUITE_P(ConversationDirectoryContract);

TYPED_TEST_P(ConversationDirectoryContract, OpensAPairOnceWhicheverWayRound) {
    const auto first = this->open(1, 2, 100);
    EXPECT_TRUE(first->created);
    EXPECT_EQ(first->number.value, 100U);
    for (const auto& again :
         {this->open(1, 2, 101), this->open(2, 1, 102), this->open(2, 1, 100)}) {
        ASSERT_TRUE(again.ok());
        EXPECT_FALSE(again->created);
        EXPECT_EQ(again->number.value, 100U);
    }
    EXPECT_EQ(this->of_user(1), (typename TestFixture::Numbers{100}));
}

TYPED_TEST_P(ConversationDirectoryContract, OpensNotesWithOneself) {
    EXPECT_TRUE(this->open(1, 1, 100)->created);
    EXPECT_EQ(this->open(1, 1, 101)->number.value, 100U);
    EXPECT_EQ(this->of_user(1), (typename TestFixture::Numbers{100}));
}

TYPED_TEST_P(ConversationDirectoryContract, RefusesANumberThatIsAnothers) {
    EXPECT_TRUE(this->open(1, 2, 100).ok());
    EXPECT_EQ(this->open(1, 3, 100).error().code, ErrorCode::conflict);
    EXPECT_TRUE(this->of_user(3).empty());
    EXPECT_TRUE(this->open(1, 3, 101)->created);
}

TYPED_TEST_P(ConversationDirectoryContract, RefusesUsersThatDoNotExist) {
    EXPECT_EQ(this->open(1, 9, 100).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->open(9, 1, 100).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->open(9, 9, 100).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->open(8, 9, 100).error().code, ErrorCode::not_found);
    EXPECT_TRUE(this->open(1, 2, 100)->created);
}

TYPED_TEST_P(ConversationDirectoryContract, ListsByNumber) {
    constexpr std::uint64_t kLargest = (1ULL << 62U) - 1;
    EXPECT_TRUE(this->open(2, 3, kLargest).ok());
    EXPECT_TRUE(this->open(2, 2, 5).ok());
    EXPECT_TRUE(this->open(1, 2, 50).ok());
    EXPECT_TRUE(this->open(1, 3, 7).ok());
    EXPECT_EQ(this->of_user(2), (typename TestFixture::Numbers{5, 50, kLargest}));
    EXPECT_EQ(this->of_user(1), (typename TestFixture::Numbers{7, 50}));
    EXPECT_TRUE(this->of_user(9).empty());
}

TYPED_TEST_P(ConversationDirectoryContract, AgreesOnOneNumberForManyAtOnce) {
    std::vector<runtime::Task<Result<ports::OpenedPair>>> tasks;
    for (std::uint64_t n = 0; n < 100; ++n) {
        const UserId one = this->user_id(1 + (n % 2));
        const UserId other = this->user_id(2 - (n % 2));
        tasks.push_back(
            this->conversations().open_direct(this->home(), one, other, ConversationNumber{100 + n})
        );
    }
    std::set<std::uint64_t> numbers;
    int created = 0;
    for (const auto& answer : await_all(this->home(), std::move(tasks))) {
        ASSERT_TRUE(answer.ok());
        numbers.insert(answer->number.value);
        created += answer->created ? 1 : 0;
    }
    EXPECT_EQ(numbers.size(), 1U);
    EXPECT_EQ(created, 1);
}

TYPED_TEST_P(ConversationDirectoryContract, ReservesAGroupOnceAndListsWhoeverIsNamed) {
    EXPECT_EQ(this->reserve(100, {1, 9}).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->reserve(100, {1, 2}, false).error().code, ErrorCode::not_found);
    EXPECT_TRUE(this->of_user(1).empty());
    const auto first = this->reserve(100, {1, 2});
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->number.value, 100U);
    EXPECT_TRUE(first->all_known);
    // Looked for, it is found as it is.
    EXPECT_EQ(this->reserve(101, {1, 3}, false)->number.value, 100U);
    EXPECT_TRUE(this->of_user(3).empty());
    // The client asks again, for more people.
    const auto again = this->reserve(101, {1, 2, 3});
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->number.value, 100U);
    EXPECT_TRUE(again->all_known);
    for (const std::uint64_t n : {1U, 2U, 3U}) {
        EXPECT_EQ(this->of_user(n), (typename TestFixture::Numbers{100})) << n;
    }
    const auto with_stranger = this->reserve(102, {1, 9});
    ASSERT_TRUE(with_stranger.ok());
    EXPECT_EQ(with_stranger->number.value, 100U);
    EXPECT_FALSE(with_stranger->all_known);
    EXPECT_TRUE(this->of_user(9).empty());
}

TYPED_TEST_P(ConversationDirectoryContract, ListsAllOfSomeOrNone) {
    ASSERT_TRUE(this->reserve(100, {1}).ok());
    const auto id = [](std::uint64_t n) { return TestFixture::user_id(n); };
    const auto add = [this](const std::vector<UserId>& users) {
        return this->wait(this->conversations().add_members(this->home(), {100}, users));
    };
    EXPECT_EQ(add({id(2), id(9), id(3)}).error().code, ErrorCode::not_found);
    EXPECT_TRUE(this->of_user(2).empty());
    for (int times = 0; times < 2; ++times) {
        EXPECT_TRUE(add({id(2), id(3)}).ok());
        EXPECT_EQ(this->of_user(2), (typename TestFixture::Numbers{100}));
        EXPECT_EQ(this->of_user(3), (typename TestFixture::Numbers{100}));
    }
}

TYPED_TEST_P(ConversationDirectoryContract, TellsWhatTwoShare) {
    this->make_user(this->user(4, "user4"));
    this->make_user(this->user(5, "user5"));
    const auto group = [this](std::uint64_t number, std::vector<UserId> members) {
        auto wanted = ports::ConversationDirectory::NewGroup{
            .creator = members.front(), .client_id = std::to_string(number), .members = members
        };
        return this->wait(this->conversations().reserve_group(
            this->home(), std::move(wanted), ConversationNumber{number}
        ));
    };
    const auto id = [](std::uint64_t n) { return TestFixture::user_id(n); };
    EXPECT_TRUE(this->open(1, 2, 100).ok());
    EXPECT_TRUE(this->open(1, 1, 101).ok());
    EXPECT_TRUE(group(200, {id(1), id(2), id(3)}).ok());
    EXPECT_TRUE(group(201, {id(3), id(1)}).ok());
    EXPECT_TRUE(group(202, {id(3), id(4)}).ok());
    EXPECT_TRUE(this->wait(this->conversations().add_members(this->home(), {202}, {id(2)})).ok());
    auto shared = *this->wait(
        this->conversations().shared_with(this->home(), id(1), {id(5), id(4), id(3), id(2), id(99)})
    );
    std::ranges::sort(shared, {}, &ports::SharedConversations::user);
    using Shared = ports::SharedConversations;
    const std::vector<Shared> wanted{
        {.user = id(2), .direct = true, .groups = {ConversationNumber{200}}},
        {.user = id(3),
         .direct = false,
         .groups = {ConversationNumber{200}, ConversationNumber{201}}},
    };
    EXPECT_EQ(shared, wanted);
    shared = *this->wait(this->conversations().shared_with(this->home(), id(4), {id(2)}));
    EXPECT_EQ(shared, (std::vector<Shared>{{.user = id(2), .groups = {ConversationNumber{202}}}}));
}

TYPED_TEST_P(ConversationDirectoryContract, KeepsWhatItAnsweredOverARestart) {
    EXPECT_TRUE(this->open(1, 2, 100).ok());
    EXPECT_TRUE(this->open(3, 3, 200).ok());
    this->directories_.restart();
    EXPECT_FALSE(this->open(2, 1, 300)->created);
    EXPECT_EQ(this->open(1, 3, 200).error().code, ErrorCode::conflict);
    EXPECT_EQ(this->of_user(2), (typename TestFixture::Numbers{100}));
    EXPECT_EQ(this->of_user(3), (typename TestFixture::Numbers{200}));
}

TYPED_TEST_P(ConversationDirectoryContract, ListsAllByNumber) {
    using Numbers = typename TestFixture::Numbers;
    const auto all = [this](std::uint64_t after, std::size_t limit) {
        const auto listed = this->wait(this->conversations().list(this->home(), {after}, limit));
        EXPECT_TRUE(listed.ok());
        Numbers numbers;
        for (const ConversationNumber number : *listed) {
            numbers.push_back(number.value);
        }
        return numbers;
    };
    EXPECT_EQ(all(0, 10), Numbers{});
    EXPECT_TRUE(this->open(1, 2, 50).ok());
    EXPECT_TRUE(this->open(1, 3, 7).ok());
    ports::ConversationDirectory::NewGroup group{
        .creator = this->user_id(1), .client_id = "g", .members = {this->user_id(1)}
    };
    EXPECT_TRUE(this->wait(this->conversations().reserve_group(this->home(), group, {20})).ok());
    EXPECT_EQ(all(0, 10), (Numbers{7, 20, 50}));
    EXPECT_EQ(all(7, 10), (Numbers{20, 50}));
    EXPECT_EQ(all(0, 2), (Numbers{7, 20}));
    EXPECT_EQ(all(50, 2), Numbers{});
}

REGISTER_TYPED_TEST_SUITE_P(
    ConversationDirectoryContract,
    OpensAPairOnceWhicheverWayRound,
    OpensNotesWithOneself,
    RefusesANumberThatIsAnothers,
    RefusesUsersThatDoNotExist,
    ListsByNumber,
    AgreesOnOneNumberForManyAtOnce,
    ReservesAGroupOnceAndListsWhoeverIsNamed,
    ListsAllOfSomeOrNone,
    TellsWhatTwoShare,
    KeepsWhatItAnsweredOverARestart,
    ListsAllByNumber
);

}  // namespace parley::contract
