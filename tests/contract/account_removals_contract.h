#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/account_removals.h. Users 1, 2 and 3 exist; user 1 has an e-mail and device 1.
template <class Directories>
class AccountRemovalsContract : public DirectoryContract<Directories> {
protected:
    using Base = DirectoryContract<Directories>;
    using Numbers = std::vector<std::uint64_t>;
    static constexpr std::size_t kDevicesMax = 10;

    void SetUp() override {
        ports::User first = this->user(1, "User1");
        first.email = "one@example.org";
        this->make_user(std::move(first));
        this->make_user(this->user(2, "user2"));
        this->make_user(this->user(3, "user3"));
        ASSERT_TRUE(log_in(1, 1).ok());
    }

    ports::AccountRemovals& removals() { return this->directories_.removals(); }
    runtime::Loop& home() { return this->directories_.home(); }

    static ports::TokenHash token(std::uint64_t n) {
        ports::TokenHash hash{};
        hash[0] = static_cast<std::byte>(n);
        return hash;
    }
    Result<std::vector<DeviceId>> log_in(std::uint64_t user, std::uint64_t device) {
        const ports::Device row{
            .id = Base::device_id(device),
            .user = Base::user_id(user),
            .name = "phone",
            .platform = "test",
            .created_at = Base::at(0),
            .last_used_at = Base::at(0)
        };
        return this->wait(this->directories_.devices().log_in(
            home(), row, token(device), Base::at(10'000), kDevicesMax
        ));
    }
    Result<ports::OpenedPair> open(std::uint64_t one, std::uint64_t other, std::uint64_t number) {
        return this->wait(this->directories_.conversations().open_direct(
            home(), Base::user_id(one), Base::user_id(other), ConversationNumber{number}
        ));
    }
    Result<ConversationNumber> reserve(
        std::uint64_t creator, const std::vector<UserId>& members, std::uint64_t number
    ) {
        ports::ConversationDirectory::NewGroup group{
            .creator = Base::user_id(creator),
            .client_id = std::to_string(number),
            .members = members
        };
        auto reserved = this->wait(this->directories_.conversations().reserve_group(
            home(), std::move(group), ConversationNumber{number}
        ));
        TRY(const auto made, std::move(reserved));
        return made.number;
    }
    Result<std::vector<DeviceId>> remove(std::uint64_t user, std::int64_t seconds = 100) {
        return this->wait(removals().remove(home(), Base::user_id(user), Base::at(seconds)));
    }
    static Numbers values(const std::vector<ConversationNumber>& numbers) {
        Numbers all;
        for (const ConversationNumber& number : numbers) {
            all.push_back(number.value);
        }
        return all;
    }
    Numbers noted(std::uint64_t user, std::uint64_t after = 0, std::size_t limit = 100) {
        return values(*this->wait(
            removals().conversations(home(), Base::user_id(user), ConversationNumber{after}, limit)
        ));
    }
    Numbers of_user(std::uint64_t n) {
        return values(
            *this->wait(this->directories_.conversations().of_user(home(), Base::user_id(n)))
        );
    }
    void forget(std::uint64_t user, const Numbers& numbers) {
        std::vector<ConversationNumber> all;
        for (const std::uint64_t number : numbers) {
            all.push_back({number});
        }
        ASSERT_TRUE(this->wait(removals().forgotten(home(), Base::user_id(user), all)).ok());
    }
    void finish(std::uint64_t user) {
        ASSERT_TRUE(this->wait(removals().finish(home(), Base::user_id(user))).ok());
    }
    std::vector<ports::Removal> pending(std::size_t limit = 100) {
        return *this->wait(removals().pending(home(), limit));
    }
};

TYPED_TEST_SUITE_P(AccountRemovalsContract);

TYPED_TEST_P(AccountRemovalsContract, TheAccountIsGoneAndItsNamesAreFree) {
    ASSERT_TRUE(this->remove(1).ok());
    auto& users = this->directories_.users();
    EXPECT_FALSE(this->wait(users.find(this->home(), this->user_id(1)))->has_value());
    for (const char* login : {"user1", "one@example.org"}) {
        EXPECT_FALSE(this->wait(users.find_login(this->home(), login))->has_value());
    }
    EXPECT_TRUE(this->wait(users.search(this->home(), {.query = "user1"}))->empty());
    ports::User again = this->user(9, "user1");
    again.email = "one@example.org";
    const auto created = this->wait(users.create(this->home(), again, "hash"));
    ASSERT_TRUE(created.ok());
    EXPECT_FALSE(created->email_owner.has_value());
}

TYPED_TEST_P(AccountRemovalsContract, ItsDevicesEndForEver) {
    ASSERT_TRUE(this->log_in(1, 2).ok());
    ASSERT_TRUE(this->wait(this->directories_.devices().revoke(
                               this->home(), this->user_id(1), this->device_id(2), this->at(50)
                           ))
                    .ok());
    const auto ended = this->remove(1);
    ASSERT_TRUE(ended.ok());
    EXPECT_EQ(*ended, (std::vector{this->device_id(1)}));  // the other one had ended before
    auto& devices = this->directories_.devices();
    EXPECT_TRUE(this->wait(devices.list(this->home(), this->user_id(1)))->empty());
    const ports::RotationRequest request{
        .presented = this->token(1),
        .successor = this->token(77),
        .now = this->at(101),
        .expires_at = this->at(10'000),
        .serving_since = this->at(0)
    };
    EXPECT_EQ(
        this->wait(devices.rotate(this->home(), request)).error().code, ErrorCode::unauthorized
    );
    EXPECT_EQ(this->log_in(2, 1).error().code, ErrorCode::conflict);
    this->directories_.restart();
    EXPECT_EQ(
        *this->directories_.devices().revoked_since(this->at(99)), (std::vector{this->device_id(1)})
    );
    EXPECT_EQ(this->directories_.devices().revoked_since(this->at(49))->size(), 2U);
}

TYPED_TEST_P(AccountRemovalsContract, ConversationsStayWithTheOthersAndAreNoted) {
    ASSERT_TRUE(this->open(1, 2, 100).ok());
    ASSERT_TRUE(this->open(3, 1, 50).ok());
    ASSERT_TRUE(this->open(1, 1, 70).ok());
    ASSERT_TRUE(this->open(2, 3, 60).ok());
    ASSERT_TRUE(this->reserve(1, {this->user_id(1), this->user_id(2)}, 80).ok());
    ASSERT_TRUE(this->remove(1).ok());
    EXPECT_EQ(this->noted(1), (typename TestFixture::Numbers{50, 70, 80, 100}));
    EXPECT_EQ(this->noted(1, 50, 2), (typename TestFixture::Numbers{70, 80}));
    EXPECT_TRUE(this->of_user(1).empty());
    EXPECT_EQ(this->of_user(2), (typename TestFixture::Numbers{60, 80, 100}));
    EXPECT_EQ(this->of_user(3), (typename TestFixture::Numbers{50, 60}));
    // Numbers are never given again, and there is nobody to talk to.
    for (const std::uint64_t number : {50U, 70U, 80U, 100U}) {
        EXPECT_EQ(this->open(2, 2, number).error().code, ErrorCode::conflict);
    }
    EXPECT_EQ(this->open(2, 1, 200).error().code, ErrorCode::not_found);
    EXPECT_EQ(
        this->reserve(1, {this->user_id(1), this->user_id(2)}, 201).error().code,
        ErrorCode::not_found
    );
}

TYPED_TEST_P(AccountRemovalsContract, BothOfAPairMayGo) {
    ASSERT_TRUE(this->open(1, 2, 100).ok());
    ASSERT_TRUE(this->remove(1).ok());
    ASSERT_TRUE(this->remove(2).ok());
    EXPECT_EQ(this->noted(2), (typename TestFixture::Numbers{100}));
    EXPECT_EQ(this->open(3, 3, 100).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(AccountRemovalsContract, WhatIsNotedGoesOneByOneAndSurvives) {
    ASSERT_TRUE(this->open(1, 2, 100).ok());
    ASSERT_TRUE(this->open(1, 3, 101).ok());
    ASSERT_TRUE(this->remove(1, 100).ok());
    ASSERT_TRUE(this->remove(2, 50).ok());
    this->directories_.restart();
    const std::vector<ports::Removal> both{
        {.user = this->user_id(2), .since = this->at(50)},
        {.user = this->user_id(1), .since = this->at(100)}
    };
    EXPECT_EQ(this->pending(), both);
    EXPECT_EQ(this->pending(1).size(), 1U);
    this->forget(1, {100});
    this->forget(1, {100});  // again is once
    this->finish(1);         // not yet
    this->directories_.restart();
    EXPECT_EQ(this->noted(1), (typename TestFixture::Numbers{101}));
    EXPECT_EQ(this->pending(), both);
    this->forget(1, {101});
    this->finish(1);
    EXPECT_EQ(this->pending(), (std::vector{both.front()}));
    EXPECT_TRUE(this->noted(1).empty());
}

TYPED_TEST_P(AccountRemovalsContract, OnlyWhatIsThereGoesAndOnlyOnce) {
    EXPECT_EQ(this->remove(9).error().code, ErrorCode::not_found);
    ASSERT_TRUE(this->remove(1).ok());
    EXPECT_EQ(this->remove(1).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->pending().size(), 1U);
}

TYPED_TEST_P(AccountRemovalsContract, TheLastOperatorStaysWhileThereAreOthers) {
    auto& accounts = this->directories_.accounts();
    const auto become = [&](std::uint64_t user, ports::AccountRole role) {
        return this->wait(
            accounts.set_role(this->home(), this->user_id(user), role, this->act("role"))
        );
    };
    const auto operates = ports::AccountRole::administrator;
    ASSERT_TRUE(become(1, operates).ok());
    ASSERT_TRUE(become(2, operates).ok());
    ASSERT_TRUE(
        this->wait(accounts.disable(this->home(), this->user_id(2), this->act("disable"))).ok()
    );
    EXPECT_EQ(this->remove(1).error().code, ErrorCode::conflict);  // the other one is disabled
    EXPECT_TRUE(this->pending().empty());
    ASSERT_TRUE(become(3, operates).ok());
    EXPECT_TRUE(this->remove(1).ok());
    EXPECT_EQ(this->remove(3).error().code, ErrorCode::conflict);
    EXPECT_TRUE(this->remove(2).ok());
    EXPECT_TRUE(this->remove(3).ok());  // nobody is left to operate for
}

REGISTER_TYPED_TEST_SUITE_P(
    AccountRemovalsContract,
    TheLastOperatorStaysWhileThereAreOthers,
    TheAccountIsGoneAndItsNamesAreFree,
    ItsDevicesEndForEver,
    ConversationsStayWithTheOthersAndAreNoted,
    BothOfAPairMayGo,
    WhatIsNotedGoesOneByOneAndSurvives,
    OnlyWhatIsThereGoesAndOnlyOnce
);

}  // namespace parley::contract
