#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "services/auth/machine_test.h"
#include "tests/fakes/failing_directories.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/manual_loop.h"

/// What auth answers when the world below it fails: every call of a directory in turn, every call of the disk.

namespace parley::auth {
namespace {

class AuthFaults : public AuthMachine {
protected:
    void SetUp() override { start_on(machine_.disk()); }

    Result<void> try_start_on(runtime::Disk& disk, const Options& options = {}) {
        auth_.emplace(
            options,
            Auth::Dependencies{
                .users = failing_users_,
                .devices = failing_devices_,
                .accounts = failing_accounts_,
                .audit = audit_,
                .limiter = limiter_,
                .hashing = hashing_,
                .disk = disk,
                .loops = {&loops_[0], &loops_[1]},
            }
        );
        return auth_->start(directory());
    }
    void start_on(runtime::Disk& disk, const Options& options = {}) {
        const auto started = try_start_on(disk, options);
        ASSERT_TRUE(started.ok()) << started.error().detail;
    }

    /// Runs `act` with the first directory call failing, then the second, and so on until none is left.
    /// `act` answers the outcome; `check` looks at what a failure has left. Answers how many calls there were.
    int for_each_failing_call(
        const std::function<std::string(int)>& act, const std::function<void(int)>& check
    ) {
        for (int call = 1;; ++call) {
            SCOPED_TRACE("call " + std::to_string(call));
            calls_ = {};
            calls_.fail_at(static_cast<std::uint64_t>(call));
            const std::string outcome = act(call);
            if (!calls_.failed()) {
                EXPECT_EQ(outcome, "ok");
                return call - 1;
            }
            calls_.heal();
            EXPECT_EQ(outcome, "unavailable");
            check(call);
        }
    }

    fakes::CallCounter calls_;
    std::optional<Result<void>> revoked_;
    fakes::FailingUsers failing_users_{*users_, calls_};
    fakes::FailingDevices failing_devices_{*devices_, calls_};
    fakes::FailingAccounts failing_accounts_{*accounts_, calls_};
};

// `unavailable` is an unknown outcome: whoever asks again under the same name comes in.
TEST_F(AuthFaults, ARegistrationThatFailsAnywhereCanBeRepeatedOrLoggedInTo) {
    const auto name = [](int call) { return "user" + std::to_string(call); };
    const int calls = for_each_failing_call(
        [&](int call) { return outcome(sign_up(registration(name(call)))); },
        [&](int call) {
            const auto again = sign_up(registration(name(call)));
            if (again.ok()) {
                return;
            }
            EXPECT_EQ(outcome(again), "conflict");
            EXPECT_EQ(outcome(log_in(login(name(call)))), "ok");
        }
    );
    EXPECT_EQ(calls, 3);
}

TEST_F(AuthFaults, ALoginThatFailsAnywhereIsRefusedForNowAndWorksAgain) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    Login known = login("alice");
    known.device_id = grant->device;
    const int calls = for_each_failing_call(
        [&](int) { return outcome(log_in(known)); },
        [&](int) { EXPECT_EQ(outcome(log_in(known)), "ok"); }
    );
    EXPECT_EQ(calls, 5);
}

// Only a better hash of the same password is lost: the login goes on.
TEST_F(AuthFaults, ALoginDoesNotNeedItsBetterHashToBeKept) {
    ASSERT_TRUE(sign_up(registration("alice")).ok());
    start_on(machine_.disk(), {.password_passes = 3});
    constexpr std::uint64_t kSetPasswordHash = 2;
    calls_.fail_at(kSetPasswordHash);
    EXPECT_EQ(outcome(log_in(login("alice"))), "ok");
    EXPECT_TRUE(calls_.failed());
}

TEST_F(AuthFaults, ARefreshThatFailsAnywhereLeavesTheTokenUsable) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    std::string token = grant->refresh_token;
    const int calls = for_each_failing_call(
        [&](int) { return outcome(refresh(token)); },
        [&](int) {
            // The same token, at once, as a client that had no answer does.
            auto again = refresh(token);
            ASSERT_EQ(outcome(again), "ok");
            EXPECT_EQ(outcome(verify(again->access_token)), "ok");
            token = again->refresh_token;
        }
    );
    EXPECT_EQ(calls, 2);
}

TEST_F(AuthFaults, ALogoutThatFailsHasNotHappened) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    const int calls = for_each_failing_call(
        [&](int) { return outcome(run(auth_->revoke(home(), grant->user.id, grant->device))); },
        [&](int) { EXPECT_EQ(outcome(verify(grant->access_token)), "ok"); }
    );
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(outcome(verify(grant->access_token)), "unauthorized");
}

// Between the look at the user's devices and the login on one of them, somebody ends it: it stays dead.
TEST_F(AuthFaults, ADeviceThatIsRevokedUnderALoginIsNotRevived) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    constexpr std::uint64_t kLogIn = 4;
    calls_.before(kLogIn, [&] {
        fakes::detail::await_into(
            devices_->revoke(home(), grant->user.id, grant->device, clock_.wall()), revoked_
        );
    });
    Login known = login("alice");
    known.device_id = grant->device;
    const auto again = log_in(known);
    ASSERT_EQ(outcome(again), "ok");
    ASSERT_TRUE(revoked_.has_value() && revoked_->ok());
    EXPECT_NE(again->device, grant->device);
    EXPECT_EQ(outcome(verify(again->access_token)), "ok");
}

TEST_F(AuthFaults, ADirectoryOfAnotherBackupRefusesTokensOfUsersThatItDoesNotHave) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(grant.ok());
    memory::UserDirectory empty;
    fakes::FailingUsers users{empty, calls_};
    auth_.emplace(
        Options{},
        Auth::Dependencies{
            .users = users,
            .devices = failing_devices_,
            .accounts = failing_accounts_,
            .audit = audit_,
            .limiter = limiter_,
            .hashing = hashing_,
            .disk = machine_.disk(),
            .loops = {&loops_[0], &loops_[1]},
        }
    );
    ASSERT_TRUE(auth_->start(directory()).ok());
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    auth_.reset();
}

TEST_F(AuthFaults, TwoLogoutsWithinAMinuteAreBothRemembered) {
    const auto first = sign_up(registration("alice"));
    const auto second = log_in(login("alice"));
    ASSERT_TRUE(first.ok() && second.ok());
    for (const auto& grant : {first, second}) {
        EXPECT_EQ(outcome(run(auth_->revoke(home(), grant->user.id, grant->device))), "ok");
    }
    for (const auto& grant : {first, second}) {
        EXPECT_EQ(outcome(verify(grant->access_token, 0)), "unauthorized");
        EXPECT_EQ(outcome(verify(grant->access_token, 1)), "unauthorized");
    }
}

TEST_F(AuthFaults, AHashThatCannotBeMadeIsNoRateLimit) {
    constexpr std::uint64_t kMoreThanThereIs = 1ULL << 46U;
    start_on(machine_.disk(), {.password_memory_bytes = kMoreThanThereIs});
    EXPECT_EQ(outcome(sign_up(registration("alice"))), "internal");
}

TEST_F(AuthFaults, AStartThatCannotReadWhoWasRevokedIsNoStart) {
    calls_.fail_at(1);
    const auto started = try_start_on(machine_.disk());
    EXPECT_EQ(outcome(started), "unavailable");
}

/// Whatever call of the disk fails, a start either works or says why; the next one works, and tokens that were
/// given by a start that worked stay good.
TEST_F(AuthFaults, ADiskThatFailsAtAnyCallOfAStartCostsNoKey) {
    std::string token;
    int told = 0;
    for (std::uint64_t call = 1;; ++call) {
        SCOPED_TRACE("call " + std::to_string(call));
        fakes::FakeDisk disk;
        if (call % 2 == 0) {
            start_on(disk);  // a later start, with keys there
            token = auth_->issue_access_token(
                UserId{{.high = 1, .low = 2}},
                DeviceId{{.high = 3, .low = 4}},
                clock_.wall(),
                std::chrono::minutes{5}
            );
        }
        const std::uint64_t before = disk.calls();
        disk.fail_at(before + (call + 1) / 2, {ErrorCode::internal, "input/output error"});
        const auto started = try_start_on(disk);
        const bool reached = disk.calls() >= before + (call + 1) / 2;
        told += started.ok() ? 0 : 1;
        if (!started.ok()) {
            EXPECT_EQ(started.error().detail, "input/output error");
        }
        disk.restart(fakes::FakeDisk::Survival::nothing);
        start_on(disk);
        if (call % 2 == 0) {
            EXPECT_EQ(outcome(verify(token)), "ok");
        } else if (!reached) {
            break;
        }
    }
    EXPECT_GT(told, 12);
}

}  // namespace
}  // namespace parley::auth
