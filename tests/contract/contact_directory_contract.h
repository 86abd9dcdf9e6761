#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/contact_directory.h.
template <class Directories>
class ContactDirectoryContract : public DirectoryContract<Directories> {
protected:
    void SetUp() override {
        for (std::uint64_t n = 1; n <= 6; ++n) {
            this->make_user(this->user(n, "user" + std::to_string(n)));
        }
    }

    ports::ContactDirectory& contacts() { return this->directories_.contacts(); }
    runtime::Loop& home() { return this->directories_.home(); }

    static ports::Contact line(
        std::uint64_t n, std::string_view nickname = "", bool blocked = false
    ) {
        return {
            .id = {0x3000'0000'0000'4000ULL, 0x8000'0000'0000'0000ULL | n},
            .user = ContactDirectoryContract::user_id(n),
            .nickname = std::string(nickname),
            .blocked = blocked,
            .created_at = ContactDirectoryContract::at(static_cast<std::int64_t>(n)),
        };
    }
    Result<ports::ContactDirectory::Added> add(
        std::uint64_t owner, ports::Contact contact, std::size_t most = 100
    ) {
        return this->wait(contacts().add(home(), this->user_id(owner), std::move(contact), most));
    }
    Result<ports::Contact> change(
        std::uint64_t owner, std::uint64_t user, ports::ContactChange wanted
    ) {
        return this->wait(
            contacts().change(home(), this->user_id(owner), this->user_id(user), std::move(wanted))
        );
    }
    Result<void> remove(std::uint64_t owner, std::uint64_t user) {
        return this->wait(contacts().remove(home(), this->user_id(owner), this->user_id(user)));
    }
    std::vector<ports::Contact> list(
        std::uint64_t owner, std::uint64_t after = 0, std::size_t limit = 100
    ) {
        const UserId from = after == 0 ? UserId{} : this->user_id(after);
        return *this->wait(contacts().list(home(), this->user_id(owner), from, limit));
    }
    std::optional<ports::Contact> find(std::uint64_t owner, std::uint64_t user) {
        return *this->wait(contacts().find(home(), this->user_id(owner), this->user_id(user)));
    }
    std::vector<ports::Relation> relations(std::uint64_t user) {
        std::vector<UserId> others;
        for (std::uint64_t n = 1; n <= 7; ++n) {
            if (n != user) {
                others.push_back(this->user_id(n));
            }
        }
        auto found =
            *this->wait(contacts().relations(home(), this->user_id(user), std::move(others)));
        std::ranges::sort(found, {}, &ports::Relation::user);
        return found;
    }
};

TYPED_TEST_SUITE_P(ContactDirectoryContract);

TYPED_TEST_P(ContactDirectoryContract, ListsWhoWasAdded) {
    const auto added = this->add(1, this->line(3, "Carla"));
    ASSERT_TRUE(added.ok());
    EXPECT_TRUE(added->created);
    EXPECT_EQ(added->contact, this->line(3, "Carla"));
    EXPECT_TRUE(this->add(1, this->line(2)).ok());
    EXPECT_EQ(this->list(1), (std::vector{this->line(2), this->line(3, "Carla")}));
    EXPECT_TRUE(this->list(2).empty());
    EXPECT_EQ(this->find(1, 3), this->line(3, "Carla"));
    EXPECT_EQ(this->find(3, 1), std::nullopt);
}

TYPED_TEST_P(ContactDirectoryContract, KnowsOnlyUsersThatExist) {
    EXPECT_EQ(this->add(1, this->line(99)).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->add(99, this->line(1)).error().code, ErrorCode::not_found);
    EXPECT_TRUE(this->list(1).empty());
}

TYPED_TEST_P(ContactDirectoryContract, AddingAgainKeepsTheLine) {
    (void)this->add(1, this->line(2, "Bea"));
    ports::Contact again = this->line(2);
    again.id = {1, 1};
    again.created_at = this->at(500);
    const auto same = this->add(1, again);
    ASSERT_TRUE(same.ok());
    EXPECT_FALSE(same->created);
    EXPECT_EQ(same->contact, this->line(2, "Bea"));
    again.nickname = "Beatrix";
    again.blocked = true;
    EXPECT_EQ(this->add(1, again)->contact, this->line(2, "Beatrix", true));
    EXPECT_EQ(this->list(1).size(), 1U);
}

TYPED_TEST_P(ContactDirectoryContract, HoldsNoMoreThanTheMost) {
    EXPECT_TRUE(this->add(1, this->line(2), 2).ok());
    EXPECT_TRUE(this->add(1, this->line(3), 2).ok());
    EXPECT_EQ(this->add(1, this->line(4), 2).error().code, ErrorCode::too_large);
    EXPECT_TRUE(this->add(1, this->line(3, "again"), 2).ok());
    EXPECT_TRUE(this->add(2, this->line(4), 2).ok());
    EXPECT_TRUE(this->remove(1, 2).ok());
    EXPECT_TRUE(this->add(1, this->line(4), 2).ok());
}

TYPED_TEST_P(ContactDirectoryContract, ChangesOnlyWhatIsGiven) {
    (void)this->add(1, this->line(2, "Bea"));
    EXPECT_EQ(*this->change(1, 2, {.nickname = {}, .blocked = true}), this->line(2, "Bea", true));
    EXPECT_EQ(*this->change(1, 2, {.nickname = "", .blocked = {}}), this->line(2, "", true));
    EXPECT_EQ(*this->change(1, 2, {}), this->line(2, "", true));
    EXPECT_EQ(*this->change(1, 2, {.nickname = {}, .blocked = false}), this->line(2));
    EXPECT_EQ(this->change(2, 1, {}).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->find(1, 2), this->line(2));
}

TYPED_TEST_P(ContactDirectoryContract, ABlockOutlivesItsContact) {
    (void)this->add(1, this->line(2, "Bea", true));
    EXPECT_TRUE(this->remove(1, 2).ok());
    EXPECT_EQ(this->remove(1, 2).error().code, ErrorCode::not_found);
    EXPECT_EQ(this->change(1, 2, {}).error().code, ErrorCode::not_found);
    EXPECT_TRUE(this->list(1).empty());
    EXPECT_EQ(this->find(1, 2), std::nullopt);
    const ports::Relation blocked{.user = this->user_id(2), .contact = false, .blocked = true};
    EXPECT_EQ(this->relations(1), std::vector{blocked});
    this->directories_.restart();
    ports::Contact again = this->line(2);
    again.id = {7, 7};
    const auto added = this->add(1, again);
    again.blocked = true;
    EXPECT_TRUE(added->created);
    EXPECT_EQ(added->contact, again);
}

TYPED_TEST_P(ContactDirectoryContract, RemovesForGood) {
    (void)this->add(1, this->line(2, "Bea"));
    EXPECT_TRUE(this->remove(1, 2).ok());
    EXPECT_TRUE(this->relations(1).empty());
    EXPECT_EQ(this->add(1, this->line(2))->contact, this->line(2));
}

TYPED_TEST_P(ContactDirectoryContract, PagesAreTheWholeOnce) {
    for (const std::uint64_t n : {5U, 2U, 4U, 3U, 6U}) {
        (void)this->add(1, this->line(n));
    }
    (void)this->change(1, 4, {.nickname = {}, .blocked = true});
    (void)this->remove(1, 4);
    EXPECT_EQ(this->list(1, 0, 2), (std::vector{this->line(2), this->line(3)}));
    EXPECT_EQ(this->list(1, 3, 2), (std::vector{this->line(5), this->line(6)}));
    EXPECT_TRUE(this->list(1, 6, 2).empty());
}

TYPED_TEST_P(ContactDirectoryContract, TellsWhatStandsBetweenTwo) {
    (void)this->add(1, this->line(2));
    (void)this->add(3, this->line(1));
    (void)this->add(4, this->line(1, "", true));
    (void)this->add(1, this->line(5, "", true));
    (void)this->add(5, this->line(1));
    (void)this->add(2, this->line(3));
    const auto between = [this](std::uint64_t n, bool blocked) {
        return ports::Relation{.user = this->user_id(n), .contact = true, .blocked = blocked};
    };
    EXPECT_EQ(
        this->relations(1),
        (std::vector{between(2, false), between(3, false), between(4, true), between(5, true)})
    );
    EXPECT_EQ(this->relations(6), std::vector<ports::Relation>{});
}

REGISTER_TYPED_TEST_SUITE_P(
    ContactDirectoryContract,
    ListsWhoWasAdded,
    KnowsOnlyUsersThatExist,
    AddingAgainKeepsTheLine,
    HoldsNoMoreThanTheMost,
    ChangesOnlyWhatIsGiven,
    ABlockOutlivesItsContact,
    RemovesForGood,
    PagesAreTheWholeOnce,
    TellsWhatStandsBetweenTwo
);

}  // namespace parley::contract
