#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/user_directory.h.
template <class Directories>
class UserDirectoryContract : public DirectoryContract<Directories> {
protected:
    using Base = DirectoryContract<Directories>;

    ports::UserDirectory& users() { return this->directories_.users(); }
    runtime::Loop& home() { return this->directories_.home(); }

    std::optional<ports::User> find(UserId id) { return *this->wait(users().find(home(), id)); }
    std::optional<ports::Credentials> login(std::string name) {
        return *this->wait(users().find_login(home(), std::move(name)));
    }
    std::vector<std::string> search(
        std::string_view query, std::size_t limit = 50, std::size_t from = 0
    ) {
        std::vector<std::string> names;
        const auto found = this->wait(
            users().search(home(), {.query = std::string(query), .from = from, .limit = limit})
        );
        for (const ports::User& user : *found) {
            names.push_back(user.username);
        }
        return names;
    }
    ports::User change(UserId id, ports::ProfileChange wanted) {
        return *this->wait(users().change_profile(home(), id, std::move(wanted)));
    }
};

TYPED_TEST_SUITE_P(UserDirectoryContract);

TYPED_TEST_P(UserDirectoryContract, FindsWhatWasCreated) {
    ports::User alice = this->user(1, "Alice");
    alice.display_name = "Alice Ü";
    alice.about = "hello\nthere";
    alice.email = "alice@example.org";
    alice.phone = "+4930123456";
    EXPECT_EQ(this->make_user(alice), alice);
    EXPECT_EQ(this->find(alice.id), alice);
    EXPECT_EQ(this->find(this->user_id(2)), std::nullopt);
}

TYPED_TEST_P(UserDirectoryContract, KeepsUsernamesUniqueWithoutRegardToCase) {
    this->make_user(this->user(1, "Alice"));
    const auto second =
        this->wait(this->users().create(this->home(), this->user(2, "aLICE"), "hash"));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(this->find(this->user_id(2)), std::nullopt);
    EXPECT_EQ(this->find(this->user_id(1))->username, "Alice");
}

TYPED_TEST_P(UserDirectoryContract, AnEmailOrPhoneThatAnotherHasIsShownAndNoLogin) {
    ports::User alice = this->user(1, "alice");
    alice.email = "a@example.org";
    alice.phone = "+4930123456";
    this->make_user(alice);
    ports::User bob = this->user(2, "bob");
    bob.email = alice.email;
    bob.phone = alice.phone;
    const auto made = this->wait(this->users().create(this->home(), bob, "hash"));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->user, bob);
    EXPECT_EQ(made->email_owner, alice.id);
    EXPECT_EQ(made->phone_owner, alice.id);
    EXPECT_EQ(this->find(bob.id), bob);
    this->directories_.restart();
    EXPECT_EQ(this->find(bob.id), bob);
    EXPECT_EQ(this->change(bob.id, {.display_name = {}, .about = "me"}).email, bob.email);
    EXPECT_EQ(this->login("a@example.org")->id, alice.id);
    EXPECT_EQ(this->login("+4930123456")->id, alice.id);
}

TYPED_TEST_P(UserDirectoryContract, RefusedNamesHoldNothing) {
    this->make_user(this->user(1, "alice"));
    ports::User refused = this->user(2, "ALICE");
    refused.email = "free@example.org";
    refused.phone = "+4930123456";
    EXPECT_FALSE(this->wait(this->users().create(this->home(), refused, "hash")).ok());
    EXPECT_EQ(this->login("free@example.org"), std::nullopt);
    ports::User bob = this->user(3, "bob");
    bob.email = refused.email;
    bob.phone = refused.phone;
    EXPECT_EQ(this->make_user(bob), bob);
}

TYPED_TEST_P(UserDirectoryContract, ManyMayHaveNoEmailAndNoPhone) {
    for (std::uint64_t n = 1; n <= 3; ++n) {
        this->make_user(this->user(n, "user" + std::to_string(n)));
    }
    EXPECT_EQ(this->search("user").size(), 3U);
    EXPECT_EQ(this->login(""), std::nullopt);
}

TYPED_TEST_P(UserDirectoryContract, FindsLoginsByUsernameEmailAndPhone) {
    ports::User alice = this->user(1, "Alice");
    alice.email = "alice@example.org";
    alice.phone = "+4930123456";
    this->make_user(alice, "a hash");
    for (const std::string name :
         {"alice", "ALICE", "Alice", "alice@example.org", "Alice@Example.org", "+4930123456"}) {
        const auto found = this->login(name);
        ASSERT_TRUE(found.has_value()) << name;
        EXPECT_EQ(found->id, alice.id);
        EXPECT_EQ(found->password_hash, "a hash");
    }
    for (const std::string name :
         {"alic", "alice ", "4930123456", "lice@example.org", "%", "alice' OR '1'='1"}) {
        EXPECT_FALSE(this->login(name).has_value()) << name;
    }
}

TYPED_TEST_P(UserDirectoryContract, ReplacesThePasswordHash) {
    this->make_user(this->user(1, "alice"), "old");
    EXPECT_TRUE(
        this->wait(this->users().set_password_hash(this->home(), this->user_id(1), "new")).ok()
    );
    EXPECT_EQ(this->login("alice")->password_hash, "new");
    const auto nobody =
        this->wait(this->users().set_password_hash(this->home(), this->user_id(9), "new"));
    EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
}

TYPED_TEST_P(UserDirectoryContract, FindsAllThatExistOnce) {
    for (std::uint64_t n = 1; n <= 5; ++n) {
        this->make_user(this->user(n, "user" + std::to_string(n)));
    }
    const auto id = [](std::uint64_t n) { return TestFixture::user_id(n); };
    auto found = *this->wait(this->users().find_all(this->home(), {id(4), id(99), id(2), id(4)}));
    std::ranges::sort(found, {}, &ports::User::id);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].username, "user2");
    EXPECT_EQ(found[1].username, "user4");
    EXPECT_TRUE(this->wait(this->users().find_all(this->home(), {}))->empty());
    std::vector<UserId> most;
    for (std::uint64_t n = 1; n <= 500; ++n) {
        most.push_back(id(n));
    }
    EXPECT_EQ(this->wait(this->users().find_all(this->home(), most))->size(), 5U);
}

TYPED_TEST_P(UserDirectoryContract, ChangesOnlyWhatIsGiven) {
    ports::User alice = this->make_user(this->user(1, "alice"));
    alice.display_name = "Alice Liddell";
    EXPECT_EQ(this->change(alice.id, {.display_name = "Alice Liddell", .about = {}}), alice);
    alice.about = "down the rabbit hole";
    EXPECT_EQ(this->change(alice.id, {.display_name = {}, .about = alice.about}), alice);
    EXPECT_EQ(this->change(alice.id, {}), alice);
    alice.about = "";
    EXPECT_EQ(this->change(alice.id, {.display_name = {}, .about = ""}), alice);
    EXPECT_EQ(this->find(alice.id), alice);
    const auto nobody =
        this->wait(this->users().change_profile(this->home(), this->user_id(9), {}));
    EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
}

TYPED_TEST_P(UserDirectoryContract, SearchesBeginningsOfNames) {
    ports::User alice = this->user(1, "alice");
    alice.display_name = "Zoë Alice";
    ports::User bob = this->user(2, "bob");
    bob.display_name = "ÄLTERER Alan";
    ports::User alina = this->user(3, "Alina");
    alina.display_name = "Alina";
    ports::User carol = this->user(4, "carol");
    carol.display_name = "Alan";
    for (const auto& user : {alice, bob, alina, carol}) {
        this->make_user(user);
    }
    using Names = std::vector<std::string>;
    EXPECT_EQ(this->search("al"), (Names{"alice", "Alina", "carol"}));
    EXPECT_EQ(this->search("AL"), (Names{"alice", "Alina", "carol"}));
    EXPECT_EQ(this->search("älterer"), (Names{"bob"}));
    EXPECT_EQ(this->search("zoë"), (Names{"alice"}));
    EXPECT_EQ(this->search("al", 2), (Names{"alice", "Alina"}));
    EXPECT_EQ(this->search("al", 0), (Names{}));
    EXPECT_EQ(this->search("lice"), (Names{}));
    EXPECT_EQ(this->search("%"), (Names{}));
    EXPECT_EQ(this->search("a_"), (Names{}));
    EXPECT_EQ(this->search("").size(), 4U);
}

TYPED_TEST_P(UserDirectoryContract, PagesOfASearchAreTheWholeOnce) {
    for (std::uint64_t n = 1; n <= 7; ++n) {
        ports::User user = this->user(n, (n % 2 == 0 ? "pat" : "x") + std::to_string(n));
        user.display_name = n == 4 ? "Other" : "Pat " + std::to_string(n);
        this->make_user(user);
    }
    const auto whole = this->search("pat");
    EXPECT_EQ(whole.size(), 7U);
    for (std::size_t limit = 1; limit <= 8; ++limit) {
        std::vector<std::string> pages;
        for (std::size_t from = 0; from < 8; from += limit) {
            std::ranges::copy(this->search("pat", limit, from), std::back_inserter(pages));
        }
        EXPECT_EQ(pages, whole) << limit;
    }
    EXPECT_TRUE(this->search("pat", 5, 1'000).empty());
}

TYPED_TEST_P(UserDirectoryContract, LastSeenOnlyGrows) {
    const auto alice = this->make_user(this->user(1, "alice"));
    const auto bob = this->make_user(this->user(2, "bob"));
    EXPECT_EQ(this->find(alice.id)->last_seen, std::nullopt);
    const auto save = [this](std::vector<ports::LastSeen> seen) {
        return this->wait(this->users().save_last_seen(this->home(), std::move(seen))).ok();
    };
    EXPECT_TRUE(save({}));
    EXPECT_TRUE(save(
        {{.user = alice.id, .at = this->at(10)},
         {.user = this->user_id(99), .at = this->at(10)},
         {.user = bob.id, .at = this->at(20)}}
    ));
    EXPECT_TRUE(save({{.user = alice.id, .at = this->at(5)}}));
    EXPECT_EQ(this->find(alice.id)->last_seen, this->at(10));
    this->directories_.restart();
    EXPECT_EQ(this->find(bob.id)->last_seen, this->at(20));
    EXPECT_TRUE(save({{.user = bob.id, .at = this->at(21)}}));
    EXPECT_EQ(
        (*this->wait(this->users().find_all(this->home(), {bob.id})))[0].last_seen, this->at(21)
    );
}

TYPED_TEST_P(UserDirectoryContract, KeepsWhoHides) {
    const auto alice = this->make_user(this->user(1, "alice"));
    EXPECT_FALSE(alice.hides_presence);
    EXPECT_TRUE(this->change(alice.id, {.hides_presence = true}).hides_presence);
    EXPECT_TRUE(this->change(alice.id, {.about = "there"}).hides_presence);
    this->directories_.restart();
    EXPECT_TRUE(this->find(alice.id)->hides_presence);
    EXPECT_FALSE(this->change(alice.id, {.hides_presence = false}).hides_presence);
}

TYPED_TEST_P(UserDirectoryContract, SearchesByTheNameAsItIsNow) {
    ports::User alice = this->make_user(this->user(1, "alice"));
    (void)this->change(alice.id, {.display_name = "Queen", .about = {}});
    EXPECT_EQ(this->search("que").size(), 1U);
    (void)this->change(alice.id, {.display_name = "King", .about = {}});
    EXPECT_TRUE(this->search("que").empty());
    EXPECT_EQ(this->search("king").size(), 1U);
}

TYPED_TEST_P(UserDirectoryContract, GivesOneOfManyTheName) {
    std::vector<runtime::Task<Result<ports::CreatedUser>>> tasks;
    for (std::uint64_t n = 1; n <= 100; ++n) {
        tasks.push_back(
            this->users().create(this->home(), this->user(n, n % 2 == 0 ? "Same" : "same"), "hash")
        );
    }
    const auto answers = await_all(this->home(), std::move(tasks));
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.ok(); }), 1);
    EXPECT_TRUE(std::ranges::all_of(answers, [](const auto& answer) {
        return answer.ok() || answer.error().code == ErrorCode::conflict;
    }));
    EXPECT_EQ(this->search("same").size(), 1U);
}

TYPED_TEST_P(UserDirectoryContract, KeepsWhatItAnsweredOverARestart) {
    ports::User alice = this->user(1, "Alice");
    alice.email = "alice@example.org";
    alice.phone = "+4930123456";
    this->make_user(alice, "old");
    alice = this->change(alice.id, {.display_name = "Ünal", .about = "about"});
    EXPECT_TRUE(this->wait(this->users().set_password_hash(this->home(), alice.id, "new")).ok());
    this->directories_.restart();
    EXPECT_EQ(this->find(alice.id), alice);
    EXPECT_EQ(this->login("alice@example.org")->password_hash, "new");
    EXPECT_EQ(this->search("üna").size(), 1U);
    EXPECT_FALSE(this->wait(this->users().create(this->home(), this->user(2, "alice"), "hash")).ok()
    );
}

REGISTER_TYPED_TEST_SUITE_P(
    UserDirectoryContract,
    FindsWhatWasCreated,
    KeepsUsernamesUniqueWithoutRegardToCase,
    AnEmailOrPhoneThatAnotherHasIsShownAndNoLogin,
    RefusedNamesHoldNothing,
    ManyMayHaveNoEmailAndNoPhone,
    FindsLoginsByUsernameEmailAndPhone,
    ReplacesThePasswordHash,
    FindsAllThatExistOnce,
    ChangesOnlyWhatIsGiven,
    SearchesBeginningsOfNames,
    PagesOfASearchAreTheWholeOnce,
    LastSeenOnlyGrows,
    KeepsWhoHides,
    SearchesByTheNameAsItIsNow,
    GivesOneOfManyTheName,
    KeepsWhatItAnsweredOverARestart
);

}  // namespace parley::contract
