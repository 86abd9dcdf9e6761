#include "services/auth/auth.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/password.h"
#include "services/auth/machine_test.h"

namespace parley::auth {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

class AuthTest : public AuthMachine {
protected:
    void SetUp() override { start(); }

    static std::vector<DeviceId> ids(const std::vector<ports::Device>& devices) {
        std::vector<DeviceId> all;
        for (const auto& device : devices) {
            all.push_back(device.id);
        }
        return all;
    }
    std::vector<DeviceId> devices_of(UserId user) {
        const auto listed = run(auth_->devices(home(), user));
        EXPECT_TRUE(listed.ok());
        return ids(*listed);
    }
};

// --- registration -----------------------------------------------------------------------------------

TEST_F(AuthTest, RegistersAUserWhoIsThenLoggedIn) {
    Registration wanted = registration("Alice");
    wanted.email = "Alice@Example.org";
    wanted.phone = "+49 30 123456";
    const auto grant = sign_up(wanted);
    ASSERT_TRUE(grant.ok()) << grant.error().detail;
    EXPECT_EQ(grant->user.username, "Alice");
    EXPECT_EQ(grant->user.display_name, "Alice");
    EXPECT_EQ(grant->user.email, "alice@example.org");
    EXPECT_EQ(grant->user.phone, "+4930123456");
    EXPECT_EQ(grant->expires_in, minutes{15});
    EXPECT_EQ(grant->refresh_expires_in, days{60});
    const auto identity = verify(grant->access_token);
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity->user, grant->user.id);
    EXPECT_EQ(identity->device, grant->device);
    EXPECT_EQ(identity->expires_at, clock_.wall().plus(minutes{15}));
    EXPECT_EQ(devices_of(grant->user.id), std::vector{grant->device});
}

TEST_F(AuthTest, GivesEachUsernameOnce) {
    ASSERT_TRUE(sign_up(registration("Alice")).ok());
    const auto second = sign_up(registration("aLICE"));
    EXPECT_EQ(outcome(second), "conflict");
    EXPECT_EQ(hashing_.jobs_run(), 1) << "a name that is taken is not worth a hash";
}

TEST_F(AuthTest, GivesANameToOneOfManyAtOnce) {
    std::vector<runtime::Task<Result<Grant>>> tasks;
    for (int i = 0; i < 5; ++i) {
        tasks.push_back(auth_->register_user(
            loops_.at(static_cast<std::size_t>(i % 2)), registration("alice"), "a"
        ));
    }
    std::multiset<std::string> outcomes;
    for (const auto& answer : run_all(std::move(tasks))) {
        outcomes.insert(outcome(answer));
    }
    EXPECT_EQ(outcomes.count("ok"), 1U);
    EXPECT_EQ(outcomes.count("conflict"), 4U);
}

TEST_F(AuthTest, RefusesWhatIsMalformedBeforeAnyWork) {
    const auto refused = [&](void (*change)(Registration&)) {
        Registration wanted = registration("alice");
        change(wanted);
        EXPECT_EQ(outcome(sign_up(wanted)), "invalid_request");
    };
    refused([](Registration& r) { r.username = "a"; });
    refused([](Registration& r) { r.username = "a@b.c"; });
    refused([](Registration& r) { r.password = "short"; });
    refused([](Registration& r) { r.password = "password123"; });
    refused([](Registration& r) { r.password = std::string(257, 'x'); });
    refused([](Registration& r) { r.email = "nonsense"; });
    refused([](Registration& r) { r.phone = "nonsense"; });
    refused([](Registration& r) { r.display_name = "a\nb"; });
    refused([](Registration& r) { r.device.name = std::string(65, 'd'); });
    refused([](Registration& r) { r.device.platform = "\x01"; });
    EXPECT_EQ(hashing_.jobs_run(), 0);
    EXPECT_TRUE(users_->state().accounts.empty());
}

TEST_F(AuthTest, TellsNobodyThatAnEmailOrPhoneIsInUse) {
    Registration alice = registration("alice");
    alice.email = "a@example.org";
    alice.phone = "+4930123456";
    ASSERT_TRUE(sign_up(alice).ok());
    Registration mallory = registration("mallory");
    mallory.email = alice.email;
    mallory.phone = alice.phone;
    const auto grant = sign_up(mallory);
    ASSERT_TRUE(grant.ok());
    EXPECT_EQ(grant->user.email, "a@example.org");
    EXPECT_EQ(grant->user.phone, "+4930123456");
    EXPECT_EQ(users_->state().accounts.at(grant->user.id).user, grant->user) << "nor later";
    EXPECT_EQ(log_in(login("a@example.org"))->user.username, "alice");
}

// --- login ------------------------------------------------------------------------------------------

TEST_F(AuthTest, LogsInByUsernameEmailAndPhone) {
    Registration alice = registration("Alice");
    alice.email = "a@example.org";
    alice.phone = "+4930123456";
    const UserId id = sign_up(alice)->user.id;
    std::set<DeviceId> devices;
    for (const char* name :
         {"alice", "ALICE", "A@Example.ORG", "+49 30 123456", "4930123456", "0049 30 123456"}) {
        const auto grant = log_in(login(name));
        ASSERT_TRUE(grant.ok()) << name;
        EXPECT_EQ(grant->user.id, id);
        EXPECT_TRUE(verify(grant->access_token).ok());
        devices.insert(grant->device);
    }
    EXPECT_EQ(devices.size(), 6U);
    EXPECT_EQ(devices_of(id).size(), 7U);
}

TEST_F(AuthTest, AnswersAnUnknownLoginLikeAWrongPassword) {
    ASSERT_TRUE(sign_up(registration("alice")).ok());
    const int before = hashing_.jobs_run();
    const auto wrong = log_in(login("alice", "correct horsf"));
    const int wrong_jobs = hashing_.jobs_run() - before;
    std::set<std::string> details{wrong.error().detail};
    EXPECT_EQ(outcome(wrong), "unauthorized");
    EXPECT_EQ(wrong_jobs, 1);
    for (const char* name :
         {"nobody", "nobody@example.org", "+4999999999", "", "' OR 1=1 --", "12345678"}) {
        const int jobs = hashing_.jobs_run();
        const auto unknown = log_in(login(name));
        EXPECT_EQ(outcome(unknown), "unauthorized");
        details.insert(unknown.error().detail);
        EXPECT_EQ(hashing_.jobs_run() - jobs, wrong_jobs) << "the same work for " << name;
    }
    EXPECT_EQ(details.size(), 1U) << "the same words";
}

TEST_F(AuthTest, RefusesOverlongLoginsWithoutWork) {
    EXPECT_EQ(outcome(log_in(login(std::string(255, 'a')))), "invalid_request");
    EXPECT_EQ(outcome(log_in(login("alice", std::string(257, 'a')))), "invalid_request");
    EXPECT_EQ(hashing_.jobs_run(), 0);
}

TEST_F(AuthTest, LogsInAgainOnAKnownDevice) {
    const auto first = sign_up(registration("alice"));
    Login again = login("alice");
    again.device_id = first->device;
    const auto second = log_in(again);
    EXPECT_EQ(second->device, first->device);
    EXPECT_EQ(devices_of(first->user.id).size(), 1U);
    EXPECT_EQ(outcome(refresh(first->refresh_token)), "unauthorized") << "its old family is over";
    EXPECT_EQ(outcome(refresh(second->refresh_token)), "ok");
}

TEST_F(AuthTest, GivesANewDeviceWhenTheOldOneIsNotTheUsers) {
    const auto alice = sign_up(registration("alice"));
    const auto bob = sign_up(registration("bob"));
    const auto revoked = log_in(login("alice"));
    ASSERT_TRUE(run(auth_->revoke(home(), alice->user.id, revoked->device)).ok());
    for (const DeviceId& wanted : {bob->device, revoked->device, DeviceId{{1, 2}}, DeviceId{}}) {
        Login again = login("alice");
        again.device_id = wanted;
        const auto grant = log_in(again);
        ASSERT_TRUE(grant.ok());
        EXPECT_NE(grant->device, wanted);
        EXPECT_TRUE(verify(grant->access_token).ok());
    }
    EXPECT_EQ(outcome(refresh(bob->refresh_token)), "ok");
}

TEST_F(AuthTest, LimitsRegistrationsAndLoginsPerAddress) {
    restart({.per_address = {.per_second = 0.5, .burst = 3}});
    EXPECT_EQ(outcome(sign_up(registration("alice"), "192.0.2.1")), "ok");
    EXPECT_EQ(outcome(log_in(login("alice", "wrong"), "192.0.2.1")), "unauthorized");
    EXPECT_EQ(outcome(log_in(login("alice"), "192.0.2.1")), "ok");
    const auto refused = log_in(login("alice"), "192.0.2.1");
    EXPECT_EQ(outcome(refused), "rate_limited");
    EXPECT_NE(refused.error().detail.find("try again in 2 s"), std::string::npos)
        << refused.error().detail;
    EXPECT_EQ(outcome(sign_up(registration("bob"), "192.0.2.1")), "rate_limited");
    EXPECT_EQ(outcome(log_in(login("alice"), "192.0.2.2")), "ok");
    clock_.advance(seconds{2});
    EXPECT_EQ(outcome(log_in(login("alice"), "192.0.2.1")), "ok");
}

TEST_F(AuthTest, AnswersRateLimitedWhenTooManyPasswordsWait) {
    restart({.per_address = {}});
    std::vector<runtime::Task<Result<Grant>>> tasks;
    for (std::size_t i = 0; i < kHashingQueueMax + 10; ++i) {
        tasks.push_back(auth_->log_in(home(), login(std::string(254, 'x'), ""), "a"));
    }
    std::multiset<std::string> outcomes;
    for (const auto& answer : run_all(std::move(tasks))) {
        outcomes.insert(outcome(answer));
    }
    EXPECT_EQ(outcomes.count("unauthorized"), kHashingQueueMax);
    EXPECT_EQ(outcomes.count("rate_limited"), 10U);
}

TEST_F(AuthTest, HashesAgainWhenTheCostRose) {
    const UserId id = sign_up(registration("alice"))->user.id;
    const Options dearer{.password_memory_bytes = 20ULL << 20U};
    restart(dearer);
    const std::string before = users_->state().accounts.at(id).password_hash;
    EXPECT_EQ(outcome(log_in(login("alice", "wrong password"))), "unauthorized");
    EXPECT_EQ(users_->state().accounts.at(id).password_hash, before);
    EXPECT_EQ(outcome(log_in(login("alice"))), "ok");
    const std::string after = users_->state().accounts.at(id).password_hash;
    EXPECT_NE(after, before);
    EXPECT_FALSE(
        crypto::needs_rehash(after, {.memory_bytes = dearer.password_memory_bytes, .passes = 2})
    );
    EXPECT_EQ(outcome(log_in(login("alice"))), "ok");
    EXPECT_EQ(users_->state().accounts.at(id).password_hash, after);
}

TEST_F(AuthTest, EndsTheLongestUnusedDeviceForOneTooMany) {
    restart({.devices_per_user_max = 2});
    const auto first = sign_up(registration("alice"));
    clock_.advance(seconds{1});
    const auto second = log_in(login("alice"));
    clock_.advance(seconds{1});
    EXPECT_EQ(outcome(refresh(first->refresh_token)), "ok");
    clock_.advance(seconds{1});
    const auto third = log_in(login("alice"));
    EXPECT_EQ(devices_of(first->user.id), (std::vector{third->device, first->device}));
    for (std::size_t loop = 0; loop < 2; ++loop) {
        EXPECT_EQ(listeners_.at(loop).revoked, std::vector{second->device});
        EXPECT_EQ(outcome(verify(second->access_token, loop)), "unauthorized");
        EXPECT_EQ(outcome(verify(first->access_token, loop)), "ok");
    }
    EXPECT_EQ(outcome(refresh(second->refresh_token)), "unauthorized");
}

// --- refresh ----------------------------------------------------------------------------------------

TEST_F(AuthTest, RotatesRefreshTokens) {
    auto grant = sign_up(registration("alice"));
    for (int i = 0; i < 5; ++i) {
        clock_.advance(minutes{14});
        const auto next = refresh(grant->refresh_token);
        ASSERT_TRUE(next.ok());
        EXPECT_NE(next->refresh_token, grant->refresh_token);
        EXPECT_EQ(next->device, grant->device);
        EXPECT_EQ(next->user, grant->user);
        EXPECT_TRUE(verify(next->access_token).ok());
        grant = next;
    }
    EXPECT_EQ(outcome(verify(sign_up(registration("bob"))->refresh_token)), "unauthorized");
    EXPECT_EQ(outcome(refresh(grant->access_token)), "unauthorized");
}

TEST_F(AuthTest, GivesTheSameSuccessorAgainWithinTheGrace) {
    const auto grant = sign_up(registration("alice"));
    const auto first = refresh(grant->refresh_token);
    clock_.advance(seconds{10});
    const auto again = refresh(grant->refresh_token);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->refresh_token, first->refresh_token);
    EXPECT_TRUE(verify(again->access_token).ok());
    EXPECT_EQ(outcome(refresh(first->refresh_token)), "ok");
}

TEST_F(AuthTest, EndsTheDeviceWhenATokenComesBack) {
    const auto grant = sign_up(registration("alice"));
    const auto other = log_in(login("alice"));
    const auto next = refresh(grant->refresh_token);
    clock_.advance(seconds{11});
    const auto reused = refresh(grant->refresh_token);
    EXPECT_EQ(outcome(reused), "unauthorized");
    EXPECT_EQ(reused.error().detail, refresh("prt_nonsense").error().detail);

    EXPECT_EQ(outcome(refresh(next->refresh_token)), "unauthorized");
    for (std::size_t loop = 0; loop < 2; ++loop) {
        EXPECT_EQ(outcome(verify(grant->access_token, loop)), "unauthorized");
        EXPECT_EQ(outcome(verify(next->access_token, loop)), "unauthorized");
        EXPECT_EQ(outcome(verify(other->access_token, loop)), "ok");
        EXPECT_EQ(listeners_.at(loop).revoked, std::vector{grant->device});
    }
    EXPECT_EQ(devices_of(grant->user.id), std::vector{other->device});
}

TEST_F(AuthTest, EndsTheDeviceWhenTheSuccessorWasUsed) {
    const auto grant = sign_up(registration("alice"));
    const auto next = refresh(grant->refresh_token);
    ASSERT_TRUE(refresh(next->refresh_token).ok());
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    EXPECT_EQ(listeners_[1].revoked, std::vector{grant->device});
}

TEST_F(AuthTest, GivesAHundredAtOnceOneSuccessor) {
    const auto grant = sign_up(registration("alice"));
    std::vector<runtime::Task<Result<Grant>>> tasks;
    for (std::size_t i = 0; i < 100; ++i) {
        tasks.push_back(auth_->refresh(loops_.at(i % 2), grant->refresh_token, "a"));
    }
    std::set<std::string> successors;
    for (const auto& answer : run_all(std::move(tasks))) {
        ASSERT_TRUE(answer.ok());
        successors.insert(answer->refresh_token);
    }
    EXPECT_EQ(successors.size(), 1U);
    EXPECT_EQ(outcome(refresh(*successors.begin())), "ok");
}

TEST_F(AuthTest, GivesTheSameSuccessorAgainAfterARestartUntilItIsUsed) {
    const auto grant = sign_up(registration("alice"));
    const auto lost = refresh(grant->refresh_token);
    clock_.advance(minutes{5});
    restart();
    clock_.advance(std::chrono::hours{8});
    const auto again = refresh(grant->refresh_token);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->refresh_token, lost->refresh_token);
    EXPECT_TRUE(verify(again->access_token).ok());
    ASSERT_TRUE(refresh(again->refresh_token).ok());
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    EXPECT_TRUE(devices_of(grant->user.id).empty());
}

TEST_F(AuthTest, LimitsRefreshesOfAnAddress) {
    restart({.refreshes_per_address = {.per_second = 1, .burst = 2}});
    const auto grant = sign_up(registration("alice"));
    EXPECT_EQ(outcome(refresh("prt_nonsense")), "unauthorized");
    EXPECT_EQ(outcome(refresh("prt_nonsense")), "unauthorized");
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "rate_limited");
    EXPECT_EQ(outcome(refresh(grant->refresh_token, "192.0.2.2")), "ok");
    EXPECT_EQ(outcome(log_in(login("alice"))), "ok") << "logins have a bucket of their own";
    clock_.advance(seconds{1});
    EXPECT_EQ(outcome(refresh("prt_nonsense")), "unauthorized");
}

TEST_F(AuthTest, LimitsAnIpv6NetworkAsOneAddress) {
    restart({.refreshes_per_address = {.per_second = 1, .burst = 1}});
    EXPECT_EQ(outcome(refresh("x", "2001:db8::1")), "unauthorized");
    EXPECT_EQ(outcome(refresh("x", "2001:db8::2")), "rate_limited");
    EXPECT_EQ(outcome(refresh("x", "2001:db8:0:1::1")), "unauthorized");
}

TEST_F(AuthTest, RefusesRefreshTokensThatExpiredOrNeverWere) {
    const auto grant = sign_up(registration("alice"));
    for (const std::string& token :
         std::vector<std::string>{"", "prt_", "prt_" + std::string(43, 'A'), "x"}) {
        EXPECT_EQ(outcome(refresh(token)), "unauthorized");
    }
    clock_.advance(days{60});
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    EXPECT_EQ(devices_of(grant->user.id).size(), 1U) << "an expired token is no theft";
}

TEST_F(AuthTest, StoresNoToken) {
    const auto grant = sign_up(registration("alice"));
    const auto next = refresh(grant->refresh_token);
    for (const auto& [hash, token] : devices_->state().tokens) {
        const std::string bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
        for (const auto& text : {grant->refresh_token, next->refresh_token}) {
            EXPECT_EQ(text.find(bytes), std::string::npos);
            EXPECT_NE(text.substr(4), bytes);
        }
    }
}

// --- revocation -------------------------------------------------------------------------------------

TEST_F(AuthTest, RevokesADeviceOnEveryLoop) {
    const auto grant = sign_up(registration("alice"));
    const auto stays = log_in(login("alice"));
    EXPECT_EQ(outcome(run(auth_->revoke(loops_[1], grant->user.id, grant->device))), "ok");
    for (std::size_t loop = 0; loop < 2; ++loop) {
        const auto refused = verify(grant->access_token, loop);
        EXPECT_EQ(outcome(refused), "unauthorized");
        EXPECT_EQ(outcome(verify(stays->access_token, loop)), "ok");
        EXPECT_EQ(listeners_.at(loop).revoked, std::vector{grant->device});
    }
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "unauthorized");
    EXPECT_EQ(outcome(run(auth_->revoke(home(), grant->user.id, grant->device))), "not_found");
}

TEST_F(AuthTest, RevokesOnlyTheUsersOwnDevices) {
    const auto alice = sign_up(registration("alice"));
    const auto bob = sign_up(registration("bob"));
    EXPECT_EQ(outcome(run(auth_->revoke(home(), alice->user.id, bob->device))), "not_found");
    EXPECT_EQ(outcome(run(auth_->revoke(home(), alice->user.id, DeviceId{}))), "not_found");
    EXPECT_TRUE(verify(bob->access_token).ok());
    EXPECT_TRUE(listeners_[0].revoked.empty());
}

TEST_F(AuthTest, ConfirmsAPasswordBeforeWhatCannotBeUndone) {
    start({.per_address = {.per_second = 1, .burst = 6}});
    const UserId ada = sign_up(registration("ada"))->user.id;
    const auto confirm = [this](UserId user, std::string password, std::string address) {
        return outcome(
            run(auth_->confirm_password(home(), user, std::move(password), std::move(address)))
        );
    };
    EXPECT_EQ(confirm(ada, "correct horse", "192.0.2.2"), "ok");
    EXPECT_EQ(confirm(ada, "correct house", "192.0.2.2"), "forbidden");
    EXPECT_EQ(confirm(ada, std::string(1'000, 'x'), "192.0.2.2"), "invalid_request");
    EXPECT_EQ(confirm(UserId{{.high = 9, .low = 9}}, "correct horse", "192.0.2.2"), "not_found");
    EXPECT_EQ(confirm(ada, "correct horse", "192.0.2.2"), "ok");
    EXPECT_EQ(confirm(ada, "correct horse", "192.0.2.2"), "ok");
    EXPECT_EQ(confirm(ada, "correct horse", "192.0.2.2"), "rate_limited");
}

TEST_F(AuthTest, TellsEveryLoopOfDevicesThatEndedWithTheirAccount) {
    const auto grant = sign_up(registration("ada"));
    ASSERT_EQ(outcome(verify(grant->access_token, 1)), "ok");
    auth_->announce_ended(home(), {grant->device});
    pump();
    for (const RecordingListener& listener : listeners_) {
        EXPECT_EQ(listener.revoked, std::vector<DeviceId>{grant->device});
    }
    EXPECT_EQ(outcome(verify(grant->access_token, 0)), "unauthorized");
    EXPECT_EQ(outcome(verify(grant->access_token, 1)), "unauthorized");
}

TEST_F(AuthTest, RemembersRevocationsOverARestart) {
    const auto grant = sign_up(registration("alice"));
    const auto stays = log_in(login("alice"));
    ASSERT_TRUE(run(auth_->revoke(home(), grant->user.id, grant->device)).ok());
    clock_.advance(minutes{14});
    restart();
    for (std::size_t loop = 0; loop < 2; ++loop) {
        EXPECT_EQ(outcome(verify(grant->access_token, loop)), "unauthorized");
        EXPECT_EQ(outcome(verify(stays->access_token, loop)), "ok");
    }
}

TEST_F(AuthTest, ForgetsRevocationsOnlyWhenTheTokensAreOver) {
    const auto grant = sign_up(registration("alice"));
    ASSERT_TRUE(run(auth_->revoke(home(), grant->user.id, grant->device)).ok());
    for (int minute = 1; minute <= 20; ++minute) {
        clock_.advance(minutes{1});
        const auto other = log_in(login("alice"));
        ASSERT_TRUE(run(auth_->revoke(home(), other->user.id, other->device)).ok()
        );  // makes it prune
        EXPECT_EQ(
            outcome(verify(grant->access_token)), minute < 15 ? "unauthorized" : "token_expired"
        );
    }
}

// --- tokens and keys --------------------------------------------------------------------------------

TEST_F(AuthTest, ExpiresAccessTokens) {
    const auto grant = sign_up(registration("alice"));
    clock_.advance(minutes{15} - seconds{1});
    EXPECT_EQ(outcome(verify(grant->access_token)), "ok");
    clock_.advance(seconds{1});
    EXPECT_EQ(outcome(verify(grant->access_token)), "token_expired");
    EXPECT_EQ(outcome(refresh(grant->refresh_token)), "ok");
}

TEST_F(AuthTest, KeepsTokensGoodOverARestart) {
    const auto grant = sign_up(registration("alice"));
    const auto next = refresh(grant->refresh_token);
    restart();
    EXPECT_EQ(outcome(verify(grant->access_token)), "ok");
    EXPECT_EQ(refresh(grant->refresh_token)->refresh_token, next->refresh_token)
        << "the secret is the same";
}

TEST_F(AuthTest, RotatesKeysWithoutLoggingAnybodyOut) {
    const std::string keys = auth_->jwks();
    clock_.advance(days{30} - minutes{1});
    EXPECT_FALSE(*run(auth_->rotate_keys_if_due(home())));
    const auto grant = sign_up(registration("alice"));
    clock_.advance(minutes{1});
    EXPECT_TRUE(*run(auth_->rotate_keys_if_due(home())));
    EXPECT_NE(auth_->jwks(), keys);
    EXPECT_EQ(outcome(verify(grant->access_token)), "ok");
    EXPECT_EQ(outcome(verify(log_in(login("alice"))->access_token, 1)), "ok");
    restart();
    EXPECT_EQ(outcome(verify(grant->access_token)), "ok");
}

TEST_F(AuthTest, IssuesTokensForLoadTests) {
    const UserId user{{1, 2}};
    const DeviceId device{{3, 4}};
    const std::string token = auth_->issue_access_token(user, device, clock_.wall(), days{1});
    clock_.advance(days{1} - seconds{1});
    EXPECT_EQ(verify(token)->user, user);
    EXPECT_EQ(verify(token)->device, device);
    EXPECT_NE(token, auth_->issue_access_token(user, device, clock_.wall(), days{1}));
}

TEST_F(AuthTest, CountsWhatItDoes) {
    metrics::Registry registry;
    auth_->register_metrics(registry);
    const auto grant = sign_up(registration("alice"));
    (void)log_in(login("alice", "wrong password"));
    (void)verify(grant->access_token);
    (void)verify("nonsense", 1);
    (void)refresh(grant->refresh_token);
    clock_.advance(minutes{1});
    (void)refresh(grant->refresh_token);
    const std::string text = registry.text();
    for (const char* line :
         {"parley_access_tokens_issued_total 2",
          "parley_access_tokens_verified_total 1",
          "parley_access_tokens_refused_total 1",
          "parley_logins_failed_total 1",
          "parley_refresh_tokens_reused_total 1"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
    }
}

// --- start ------------------------------------------------------------------------------------------

TEST_F(AuthTest, RefusesASecretThatOthersCanRead) {
    const std::string secret = directory() + "/secret";
    EXPECT_EQ(std::filesystem::file_size(secret), 32U);
    EXPECT_EQ(std::filesystem::status(secret).permissions(), std::filesystem::perms{0600});
    std::filesystem::permissions(secret, std::filesystem::perms{0644});
    const auto refused = try_start();
    EXPECT_EQ(outcome(refused), "forbidden");
    EXPECT_EQ(
        refused.error().detail, secret + " is open to other users (mode 644): chmod 600 " + secret
    );
}

TEST_F(AuthTest, RefusesASecretOfAnotherLength) {
    const std::string secret = directory() + "/secret";
    std::filesystem::resize_file(secret, 31);
    EXPECT_EQ(outcome(try_start()), "internal");
    std::filesystem::resize_file(secret, 33);
    EXPECT_EQ(outcome(try_start()), "internal");
}

TEST_F(AuthTest, RefusesWeakOptions) {
    const auto refused = [&](void (*change)(Options&)) {
        Options options;
        change(options);
        EXPECT_EQ(outcome(try_start(options)), "invalid_request");
        EXPECT_EQ(outcome(validate(options)), "invalid_request");
    };
    EXPECT_EQ(outcome(validate({})), "ok");
    refused([](Options& o) { o.password_memory_bytes = (19ULL << 20U) - 1; });
    refused([](Options& o) { o.password_passes = 1; });
    refused([](Options& o) { o.password_chars_min = 7; });
    refused([](Options& o) { o.password_chars_min = 257; });
    refused([](Options& o) { o.issuer = ""; });
    refused([](Options& o) { o.issuer = "a\"b"; });
    refused([](Options& o) { o.issuer = "a[b"; });
    refused([](Options& o) { o.issuer = "a~b"; });
    refused([](Options& o) { o.issuer = "\u00fc"; });
    refused([](Options& o) { o.issuer = std::string(129, 'i'); });
    refused([](Options& o) { o.access_token_lifetime = Duration{1}; });
    refused([](Options& o) { o.refresh_token_lifetime = minutes{1}; });
    refused([](Options& o) { o.signing_key_rotation = minutes{1}; });
    refused([](Options& o) { o.devices_per_user_max = 0; });
    EXPECT_EQ(outcome(validate({.issuer = "https://Chat.example:8443/a_b-z9"})), "ok");
}

}  // namespace
}  // namespace parley::auth
