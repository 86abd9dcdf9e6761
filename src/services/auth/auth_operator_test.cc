#include <algorithm>

#include "base/crypto.h"
#include "services/auth/machine_test.h"

/// What an operator does to those who come in, and when.

namespace parley::auth {
namespace {

class AuthOperator : public AuthMachine {
protected:
    void SetUp() override { start(); }

    ports::AuditEntry act(std::string action) {
        return {
            .time = clock_.wall(),
            .actor = std::nullopt,
            .action = std::move(action),
            .subject = {},
            .detail = {},
            .address = "local",
            .security = false,
        };
    }
    std::vector<std::string> actions() {
        std::vector<std::string> names;
        for (const auto& one : audit_.state().entries) {
            names.push_back(one.entry.action);
        }
        return names;
    }
    Result<void> disable(UserId user) {
        return run(auth_->disable(home(), user, act("user.disabled")));
    }
    std::string invite(std::uint32_t uses) {
        ports::Invite made;
        made.id = random_uuid(home().random());
        made.uses_max = uses;
        made.created_at = clock_.wall();
        made.expires_at = clock_.wall().plus(std::chrono::hours{1});
        const std::string code = "pin_" + to_string(made.id);
        EXPECT_TRUE(
            run(accounts_->create_invite(home(), made, crypto::sha256(code), act("invite.created")))
                .ok()
        );
        return code;
    }
    Registration invited(std::string name, std::string code) {
        Registration wanted = registration(std::move(name));
        wanted.invite = std::move(code);
        return wanted;
    }
};

TEST_F(AuthOperator, AClosedServerRegistersNobody) {
    start({.registrations = Registrations::closed});
    EXPECT_EQ(outcome(sign_up(registration("alice"))), "forbidden");
    EXPECT_EQ(outcome(sign_up(invited("alice", invite(1)))), "forbidden");
}

TEST_F(AuthOperator, WhereInvitesAreNeededOneIsUsed) {
    start({.registrations = Registrations::invite});
    EXPECT_EQ(outcome(sign_up(registration("alice"))), "forbidden");
    EXPECT_EQ(outcome(sign_up(invited("alice", "pin_wrong"))), "forbidden");
    const std::string code = invite(1);
    EXPECT_EQ(outcome(sign_up(invited("alice", code))), "ok");
    EXPECT_EQ(outcome(sign_up(invited("bob", code))), "forbidden");
}

TEST_F(AuthOperator, WhereNoneIsNeededAnInviteIsPassedOver) {
    const std::string code = invite(1);
    EXPECT_EQ(outcome(sign_up(invited("alice", code))), "ok");
    EXPECT_EQ((*run(accounts_->invites(home())))[0].uses, 0U);
}

TEST_F(AuthOperator, ADisabledAccountIsOutAtOnceAndUntilItIsEnabled) {
    ASSERT_TRUE(sign_up(registration("operator")).ok());
    const auto grant = sign_up(registration("alice"));
    const auto other = log_in(login("alice"));
    ASSERT_TRUE(grant.ok() && other.ok());
    ASSERT_EQ(outcome(disable(grant->user.id)), "ok");
    for (const auto& one : {grant, other}) {
        EXPECT_EQ(outcome(verify(one->access_token, 0)), "unauthorized");
        EXPECT_EQ(outcome(verify(one->access_token, 1)), "unauthorized");
        EXPECT_EQ(outcome(refresh(one->refresh_token)), "unauthorized");
        for (const auto& listener : listeners_) {
            EXPECT_EQ(std::ranges::count(listener.revoked, one->device), 1);
        }
    }
    EXPECT_EQ(outcome(log_in(login("alice"))), "forbidden");
    // A wrong password does not tell that the account is disabled.
    EXPECT_EQ(outcome(log_in(login("alice", "wrong horse"))), "unauthorized");
    restart();
    EXPECT_EQ(outcome(verify(grant->access_token)), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("alice"))), "forbidden");
    ASSERT_TRUE(run(accounts_->enable(home(), grant->user.id, act("user.enabled"))).ok());
    EXPECT_EQ(outcome(log_in(login("alice"))), "ok");
}

TEST_F(AuthOperator, ALoginThatIsOvertakenDoesNotCount) {
    ASSERT_TRUE(sign_up(registration("operator")).ok());
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    // The password is hashed in the pool, which stands still: the login has read what was good before.
    for (const bool resets : {false, true}) {
        std::optional<Result<Grant>> answer;
        runtime::TaskScope scope;
        ASSERT_TRUE(scope.spawn(keep(auth_->log_in(home(), login("alice"), "192.0.2.1"), &answer)));
        while (loops_[0].run_one() || loops_[1].run_one()) {
        }
        ASSERT_FALSE(answer.has_value());
        std::optional<Result<void>> disabled;
        std::optional<Result<PasswordReset>> reset;
        runtime::TaskScope operators;
        const UserId user = grant->user.id;
        if (resets) {
            ASSERT_TRUE(
                operators.spawn(keep(auth_->begin_reset(home(), user, act("user.reset")), &reset))
            );
        } else {
            ASSERT_TRUE(
                operators.spawn(keep(auth_->disable(home(), user, act("user.disabled")), &disabled))
            );
        }
        pump();
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(outcome(*answer), "unauthorized");
        EXPECT_TRUE(run(auth_->devices(home(), user))->empty());
        ASSERT_TRUE(run(accounts_->enable(home(), user, act("user.enabled"))).ok());
    }
}

TEST_F(AuthOperator, AResetVoidsThePasswordUntilTheTokenSetsANewOne) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    const auto reset = run(auth_->begin_reset(home(), grant->user.id, act("user.reset")));
    ASSERT_TRUE(reset.ok());
    EXPECT_EQ(outcome(verify(grant->access_token)), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("alice"))), "unauthorized");
    const auto finish = [this](std::string token, std::string password) {
        return outcome(
            run(auth_->finish_reset(home(), std::move(token), std::move(password), "192.0.2.1"))
        );
    };
    EXPECT_EQ(finish("ppr_wrong", "battery staple"), "unauthorized");
    EXPECT_EQ(finish(reset->token, "short"), "invalid_request");
    EXPECT_EQ(finish(reset->token, "battery staple"), "ok");
    EXPECT_EQ(finish(reset->token, "battery stable"), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("alice"))), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("alice", "battery staple"))), "ok");
}

TEST_F(AuthOperator, AResetsTokenIsOverAfterItsTime) {
    const auto grant = sign_up(registration("alice"));
    const auto reset = run(auth_->begin_reset(home(), grant->user.id, act("user.reset")));
    ASSERT_TRUE(reset.ok());
    clock_.advance(std::chrono::hours{24});
    EXPECT_EQ(
        outcome(run(auth_->finish_reset(home(), reset->token, "battery staple", "192.0.2.1"))),
        "unauthorized"
    );
}

TEST_F(AuthOperator, WhatHappensAtTheDoorIsInTheAuditLogWithoutSecrets) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    EXPECT_EQ(outcome(log_in(login("alice", "wrong horse"))), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("nobody"))), "unauthorized");
    const auto next = refresh(grant->refresh_token);
    ASSERT_TRUE(next.ok());
    ASSERT_TRUE(refresh(next->refresh_token).ok());
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    EXPECT_EQ(
        actions(),
        (std::vector<std::string>{"user.registered", "login.failed", "login.failed", "token.reused"}
        )
    );
    for (const auto& one : audit_.state().entries) {
        EXPECT_TRUE(one.entry.security);
        EXPECT_EQ(one.entry.address, "192.0.2.1");
        for (const std::string& text : {one.entry.subject, one.entry.detail}) {
            EXPECT_EQ(text.find("horse"), std::string::npos);
            EXPECT_EQ(text.find("prt_"), std::string::npos);
            EXPECT_EQ(text.find("alice"), std::string::npos);
        }
    }
}

TEST_F(AuthOperator, TheServersOwnAccountIsOneAndNobodyLogsInToIt) {
    ASSERT_TRUE(sign_up(registration("operator")).ok());
    const auto first = run(auth_->server_user(home()));
    const auto second = run(auth_->server_user(home()));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(first->id, second->id);
    EXPECT_EQ(outcome(log_in(login("parley", ""))), "unauthorized");
    EXPECT_EQ(outcome(disable(first->id)), "forbidden");
}

TEST_F(AuthOperator, RequestsOfAnAddressAreLimitedWhenThatIsWanted) {
    EXPECT_TRUE(auth_->admit_request(home(), "192.0.2.1").ok());
    start({.requests_per_address = {.per_second = 0.1, .burst = 2}});
    EXPECT_TRUE(auth_->admit_request(home(), "192.0.2.1").ok());
    EXPECT_TRUE(auth_->admit_request(home(), "192.0.2.1").ok());
    const auto refused = auth_->admit_request(home(), "192.0.2.1");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(refused.error().retry_after_seconds, 10U);
    EXPECT_TRUE(auth_->admit_request(home(), "192.0.2.2").ok());
}

}  // namespace
}  // namespace parley::auth
