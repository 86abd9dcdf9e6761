#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/contract/directories.h"

namespace parley::contract {

/// The suite of ports/account_directory.h.
template <class Directories>
class AccountDirectoryContract : public DirectoryContract<Directories> {
protected:
    using Role = ports::AccountRole;
    using Names = std::vector<std::string>;

    ports::AccountDirectory& accounts() { return this->directories_.accounts(); }
    runtime::Loop& home() { return this->directories_.home(); }

    static ports::TokenHash hash(std::uint8_t n) {
        ports::TokenHash made{};
        made.fill(static_cast<std::byte>(n));
        return made;
    }
    Result<ports::CreatedUser> join(
        std::uint64_t n, std::string name, std::optional<ports::TokenHash> invite = {}, int when = 0
    ) {
        ports::NewAccount account{
            .user = this->user(n, std::move(name)), .password_hash = "hash", .invite = invite
        };
        return this->wait(
            accounts().register_user(home(), std::move(account), this->act("user.registered", when))
        );
    }
    ports::Account find(std::uint64_t n) {
        return **this->wait(accounts().find_account(home(), this->user_id(n)));
    }
    std::string outcome(const Result<void>& result) {
        return result.ok() ? "ok" : std::string(to_string(result.error().code));
    }
    Result<std::vector<DeviceId>> disable(std::uint64_t n) {
        return this->wait(
            accounts().disable(home(), this->user_id(n), this->act("user.disabled", 3))
        );
    }
    std::string set_role(std::uint64_t n, Role role) {
        return outcome(
            this->wait(accounts().set_role(home(), this->user_id(n), role, this->act("user.role")))
        );
    }
    void log_in(std::uint64_t user, std::uint64_t device) {
        ports::Device row{
            .id = this->device_id(device),
            .user = this->user_id(user),
            .name = "Laptop",
            .platform = "test",
            .created_at = this->at(0),
            .last_used_at = this->at(0),
        };
        const auto token = hash(static_cast<std::uint8_t>(device));
        EXPECT_TRUE(
            this->wait(this->directories_.devices().log_in(home(), row, token, this->at(1000), 9))
                .ok()
        );
    }
    std::size_t devices_of(std::uint64_t user) {
        return this->wait(this->directories_.devices().list(home(), this->user_id(user)))->size();
    }
    std::string invite(std::uint8_t n, std::uint32_t uses, int until) {
        ports::Invite made;
        made.id = {.high = 1, .low = n};
        made.note = "for a friend";
        made.uses_max = uses;
        made.created_at = this->at(0);
        made.expires_at = this->at(until);
        return outcome(this->wait(
            accounts().create_invite(home(), made, hash(n), this->act("invite.created", until - 1))
        ));
    }
    Names list(ports::AccountDirectory::Query query) {
        Names names;
        const auto found = this->wait(accounts().list_accounts(home(), std::move(query)));
        for (const auto& account : *found) {
            names.push_back(account.user.username);
        }
        return names;
    }
    std::string password_of(std::string name) {
        return (*this->wait(this->directories_.users().find_login(home(), std::move(name))))
            ->password_hash;
    }
    Result<std::vector<DeviceId>> begin_reset(std::uint64_t n, std::uint8_t token, int until) {
        ports::AccountDirectory::PasswordReset reset{
            .token = hash(token), .expires_at = this->at(until), .unmatchable_hash = "none"
        };
        return this->wait(
            accounts().begin_reset(home(), this->user_id(n), reset, this->act("user.reset", 1))
        );
    }
    Result<UserId> finish_reset(std::uint8_t token, int when) {
        return this->wait(
            accounts().finish_reset(home(), hash(token), "new", this->act("password.reset", when))
        );
    }
};

TYPED_TEST_SUITE_P(AccountDirectoryContract);

TYPED_TEST_P(AccountDirectoryContract, TheFirstAccountIsTheAdministrator) {
    ASSERT_TRUE(this->join(1, "Alice").ok());
    ASSERT_TRUE(this->join(2, "bob").ok());
    this->directories_.restart();
    EXPECT_EQ(this->find(1).role, ports::AccountRole::administrator);
    EXPECT_EQ(this->find(2).role, ports::AccountRole::user);
    EXPECT_EQ(this->find(1).user.username, "Alice");
    const auto named = this->wait(this->accounts().find_account_named(this->home(), "ALICE"));
    EXPECT_EQ((*named)->user.id, this->user_id(1));
    EXPECT_EQ(this->join(3, "alice").error().code, ErrorCode::conflict);
    EXPECT_EQ(this->actions().size(), 2U);
}

TYPED_TEST_P(AccountDirectoryContract, AnAccountHasWhatTheUserHas) {
    ASSERT_TRUE(this->join(1, "alice").ok());
    auto& users = this->directories_.users();
    const UserId alice = this->user_id(1);
    ASSERT_TRUE(this->wait(users.change_profile(this->home(), alice, {.hides_presence = true})).ok()
    );
    ASSERT_TRUE(this->wait(users.save_last_seen(this->home(), {{.user = alice, .at = this->at(7)}})
    ).ok());
    EXPECT_EQ(this->find(1).user, **this->wait(users.find(this->home(), alice)));
}

TYPED_TEST_P(AccountDirectoryContract, TheServersOwnAccountIsMadeOnceAndIsNobodysToChange) {
    ASSERT_TRUE(this->join(1, "parley").ok());
    const auto made =
        this->wait(this->accounts().server_user(this->home(), this->user(7, "parley"), "none"));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->username, "parley2");
    this->directories_.restart();
    const auto again =
        this->wait(this->accounts().server_user(this->home(), this->user(8, "parley"), "none"));
    EXPECT_EQ(again->id, this->user_id(7));
    EXPECT_EQ(this->find(7).role, ports::AccountRole::server);
    EXPECT_EQ(this->disable(7).error().code, ErrorCode::forbidden);
    EXPECT_EQ(this->set_role(7, ports::AccountRole::administrator), "forbidden");
    EXPECT_EQ(this->begin_reset(7, 1, 9).error().code, ErrorCode::forbidden);
}

TYPED_TEST_P(AccountDirectoryContract, TheServersOwnAccountIsNotTheFirst) {
    ASSERT_TRUE(
        this->wait(this->accounts().server_user(this->home(), this->user(7, "parley"), "none")).ok()
    );
    ASSERT_TRUE(this->join(1, "alice").ok());
    EXPECT_EQ(this->find(1).role, ports::AccountRole::administrator);
}

TYPED_TEST_P(AccountDirectoryContract, AnInviteLetsInSoManyAndNoMore) {
    ASSERT_EQ(this->invite(5, 2, 100), "ok");
    ASSERT_TRUE(this->join(1, "alice", this->hash(5)).ok());
    // A name that is taken costs no use.
    EXPECT_EQ(this->join(2, "ALICE", this->hash(5)).error().code, ErrorCode::conflict);
    ASSERT_TRUE(this->join(3, "bob", this->hash(5)).ok());
    EXPECT_EQ(this->join(4, "carol", this->hash(5)).error().code, ErrorCode::forbidden);
    EXPECT_EQ(this->join(4, "carol", this->hash(6)).error().code, ErrorCode::forbidden);
    EXPECT_FALSE(
        this->wait(this->accounts().find_account(this->home(), this->user_id(4)))->has_value()
    );
    this->directories_.restart();
    const auto invites = *this->wait(this->accounts().invites(this->home()));
    ASSERT_EQ(invites.size(), 1U);
    EXPECT_EQ(invites[0].uses, 2U);
    EXPECT_EQ(invites[0].note, "for a friend");
}

TYPED_TEST_P(AccountDirectoryContract, ManyAtOnceShareAnInvitesUses) {
    ASSERT_EQ(this->invite(5, 3, 100), "ok");
    std::vector<runtime::Task<Result<ports::CreatedUser>>> tasks;
    for (std::uint64_t n = 1; n <= 8; ++n) {
        ports::NewAccount account{
            .user = this->user(n, "user" + std::to_string(n)),
            .password_hash = "hash",
            .invite = this->hash(5)
        };
        tasks.push_back(this->accounts().register_user(
            this->home(), std::move(account), this->act("user.registered")
        ));
    }
    int let_in = 0;
    for (const auto& joined : await_all(this->home(), std::move(tasks))) {
        let_in += joined.ok() ? 1 : 0;
    }
    EXPECT_EQ(let_in, 3);
}

TYPED_TEST_P(AccountDirectoryContract, AnInviteThatIsOverOrRevokedLetsNobodyIn) {
    ASSERT_EQ(this->invite(5, 9, 100), "ok");
    EXPECT_TRUE(this->join(1, "alice", this->hash(5), 99).ok());
    EXPECT_EQ(this->join(2, "bob", this->hash(5), 100).error().code, ErrorCode::forbidden);
    const auto revoke = [this](std::uint64_t n) {
        return this->outcome(this->wait(this->accounts().revoke_invite(
            this->home(), Uuid{.high = 1, .low = n}, this->act("invite.revoked", 4)
        )));
    };
    EXPECT_EQ(revoke(5), "ok");
    EXPECT_EQ(revoke(5), "ok");
    EXPECT_EQ(revoke(6), "not_found");
    EXPECT_EQ(this->join(2, "bob", this->hash(5), 5).error().code, ErrorCode::forbidden);
    EXPECT_EQ((*this->wait(this->accounts().invites(this->home())))[0].revoked_at, this->at(4));
    const auto actions = this->actions();
    EXPECT_EQ(std::ranges::count(actions, "invite.revoked"), 1);
}

TYPED_TEST_P(AccountDirectoryContract, OldInvitesAreForgottenWhenNewOnesCome) {
    ASSERT_EQ(this->invite(5, 1, 10), "ok");
    ASSERT_EQ(this->invite(6, 1, 100), "ok");  // made at 99, when the first is over
    const auto invites = *this->wait(this->accounts().invites(this->home()));
    ASSERT_EQ(invites.size(), 1U);
    EXPECT_EQ(invites[0].id.low, 6U);
}

TYPED_TEST_P(AccountDirectoryContract, DisablingEndsAllDevicesInTheSameStep) {
    ASSERT_TRUE(this->join(1, "alice").ok());
    ASSERT_TRUE(this->join(2, "bob").ok());
    this->log_in(2, 21);
    this->log_in(2, 22);
    this->log_in(1, 11);
    const auto before = *this->wait(this->directories_.users().find_login(this->home(), "bob"));
    const auto ended = this->disable(2);
    ASSERT_TRUE(ended.ok());
    EXPECT_EQ(ended->size(), 2U);
    this->directories_.restart();
    EXPECT_EQ(this->devices_of(2), 0U);
    EXPECT_EQ(this->devices_of(1), 1U);
    EXPECT_EQ(this->find(2).disabled_at, this->at(3));
    const auto after = *this->wait(this->directories_.users().find_login(this->home(), "bob"));
    EXPECT_TRUE(after->disabled);
    EXPECT_GT(after->generation, before->generation);
    const auto revoked = this->directories_.devices().revoked_since(this->at(2));
    EXPECT_EQ(revoked->size(), 2U);

    EXPECT_TRUE(this->disable(2)->empty());
    EXPECT_EQ(
        this->outcome(this->wait(
            this->accounts().enable(this->home(), this->user_id(2), this->act("user.enabled"))
        )),
        "ok"
    );
    EXPECT_EQ(this->find(2).disabled_at, std::nullopt);
    EXPECT_EQ(this->disable(9).error().code, ErrorCode::not_found);
    const auto actions = this->actions();
    EXPECT_EQ(std::ranges::count(actions, "user.disabled"), 1);
    EXPECT_EQ(std::ranges::count(actions, "user.enabled"), 1);
}

TYPED_TEST_P(AccountDirectoryContract, ThereIsAlwaysAnAdministrator) {
    using Role = ports::AccountRole;
    ASSERT_TRUE(this->join(1, "alice").ok());
    ASSERT_TRUE(this->join(2, "bob").ok());
    EXPECT_EQ(this->set_role(1, Role::user), "conflict");
    EXPECT_EQ(this->disable(1).error().code, ErrorCode::conflict);
    EXPECT_EQ(this->set_role(2, Role::administrator), "ok");
    EXPECT_TRUE(this->disable(2).ok());
    EXPECT_EQ(this->set_role(1, Role::user), "conflict");  // the other one is disabled
    EXPECT_EQ(this->find(1).role, Role::administrator);
    EXPECT_EQ(this->set_role(9, Role::user), "not_found");
}

TYPED_TEST_P(AccountDirectoryContract, AResetVoidsThePasswordAndItsTokenSetsANewOneOnce) {
    ASSERT_TRUE(this->join(1, "alice").ok());
    this->log_in(1, 11);
    const auto ended = this->begin_reset(1, 40, 10);
    ASSERT_TRUE(ended.ok());
    EXPECT_EQ(ended->size(), 1U);
    EXPECT_EQ(this->password_of("alice"), "none");
    EXPECT_EQ(this->devices_of(1), 0U);
    EXPECT_EQ(this->find(1).generation, 1U);
    this->directories_.restart();
    EXPECT_EQ(this->finish_reset(41, 5).error().code, ErrorCode::unauthorized);
    EXPECT_EQ(this->finish_reset(40, 10).error().code, ErrorCode::unauthorized);  // over
    const auto done = this->finish_reset(40, 9);
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(*done, this->user_id(1));
    EXPECT_EQ(this->password_of("alice"), "new");
    EXPECT_EQ(this->finish_reset(40, 9).error().code, ErrorCode::unauthorized);
    EXPECT_EQ(this->actions().front(), "password.reset");
}

TYPED_TEST_P(AccountDirectoryContract, ALaterResetTakesTheFormersPlace) {
    ASSERT_TRUE(this->join(1, "alice").ok());
    ASSERT_TRUE(this->begin_reset(1, 40, 10).ok());
    ASSERT_TRUE(this->begin_reset(1, 41, 10).ok());
    EXPECT_EQ(this->finish_reset(40, 5).error().code, ErrorCode::unauthorized);
    EXPECT_TRUE(this->finish_reset(41, 5).ok());
}

TYPED_TEST_P(AccountDirectoryContract, ListsByNameInPages) {
    std::uint64_t n = 0;
    for (const char* name : {"Carol", "alice", "bob", "alfred", "Dora"}) {
        ASSERT_TRUE(this->join(++n, name).ok());
    }
    using Names = std::vector<std::string>;
    EXPECT_EQ(this->list({}), (Names{"alfred", "alice", "bob", "Carol", "Dora"}));
    EXPECT_EQ(this->list({.prefix = "AL", .after = "", .limit = 9}), (Names{"alfred", "alice"}));
    EXPECT_EQ(this->list({.prefix = "", .after = "Alice", .limit = 2}), (Names{"bob", "Carol"}));
    EXPECT_EQ(this->list({.prefix = "", .after = "dora", .limit = 2}), Names{});
}

TYPED_TEST_P(AccountDirectoryContract, CountsThem) {
    ASSERT_TRUE(this->join(1, "alice").ok());
    ASSERT_TRUE(this->join(2, "bob").ok());
    this->log_in(1, 11);
    ASSERT_TRUE(this->disable(2).ok());
    ASSERT_TRUE(
        this->wait(this->accounts().server_user(this->home(), this->user(7, "parley"), "none")).ok()
    );
    constexpr std::int64_t kTwoDays = 2L * 24 * 3600;
    const auto counted = this->wait(this->accounts().statistics(this->home(), this->at(kTwoDays)));
    ASSERT_TRUE(counted.ok());
    const ports::AccountStatistics expected{
        .users = 2,
        .disabled = 1,
        .administrators = 1,
        .created_within_day = 0,
        .created_within_week = 2,
        .devices = 1,
    };
    EXPECT_EQ(*counted, expected);
}

REGISTER_TYPED_TEST_SUITE_P(
    AccountDirectoryContract,
    AnAccountHasWhatTheUserHas,
    TheFirstAccountIsTheAdministrator,
    TheServersOwnAccountIsMadeOnceAndIsNobodysToChange,
    TheServersOwnAccountIsNotTheFirst,
    AnInviteLetsInSoManyAndNoMore,
    ManyAtOnceShareAnInvitesUses,
    AnInviteThatIsOverOrRevokedLetsNobodyIn,
    OldInvitesAreForgottenWhenNewOnesCome,
    DisablingEndsAllDevicesInTheSameStep,
    ThereIsAlwaysAnAdministrator,
    AResetVoidsThePasswordAndItsTokenSetsANewOneOnce,
    ALaterResetTakesTheFormersPlace,
    ListsByNameInPages,
    CountsThem
);

}  // namespace parley::contract
