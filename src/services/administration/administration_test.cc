#include "services/administration/administration.h"

#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/command_log.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/report_directory.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "tests/fakes/deaf_sessions.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/manual_loop.h"

namespace parley::administration {
namespace {

class Nobody final : public fakes::DeafSessions {
public:
    void on_event(
        ConversationNumber /*conversation*/,
        const core::EventPtr& event,
        const messaging::Audience& audience,
        SessionId /*except*/,
        Duration /*received_at*/
    ) override {
        events.emplace_back(event, audience);
    }

    std::vector<std::pair<core::EventPtr, messaging::Audience>> events;
};

class AdministrationTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(auth_.start("/auth").ok());
        messaging_.attach(loop_.id(), sink_);
        std::optional<Result<void>> started;
        messaging_.start([&started](Result<void> result) { started = std::move(result); });
        ASSERT_TRUE(loop_.run_until([&started] { return started.has_value(); }));
        ASSERT_TRUE(started->ok());
        for (const char* name : {"operator", "ada", "bob", "eve"}) {
            ids_.push_back(join(name));
            ASSERT_TRUE(sessions_.add(loop_.id(), ids_.back(), DeviceId{}));
        }
    }
    void TearDown() override {
        stop();
        bool stopped = false;
        messaging_.stop([&stopped] { stopped = true; });
        turn();
        ASSERT_TRUE(loop_.run_until([&stopped] { return stopped; }));
    }
    void stop() {
        if (!std::exchange(stopped_, true)) {
            bool done = false;
            administration_.stop([&done] { done = true; });
            turn();
            ASSERT_TRUE(done);
        }
    }

    UserId join(const std::string& name) {
        auto grant = wait(auth_.register_user(
            loop_,
            {.username = name, .password = "correct horse", .display_name = {}, .device = {}},
            "192.0.2.1"
        ));
        EXPECT_TRUE(grant.ok());
        return grant->user.id;
    }
    /// Everything that can happen by itself.
    void turn() {
        for (int i = 0; i < 50; ++i) {
            loop_.run();
            log_.commit_group();
        }
    }
    template <class T>
    static runtime::Task<void> keep(runtime::Task<T> task, std::optional<T>* answer) {
        answer->emplace(co_await std::move(task));
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> answer;
        runtime::TaskScope scope;
        EXPECT_TRUE(scope.spawn(keep(std::move(task), &answer)));
        turn();
        EXPECT_TRUE(answer.has_value());
        return std::move(*answer);
    }
    MessageId say(UserId from, UserId to, std::string content) {
        messaging::SendRequest request;
        request.to = to;
        request.message.sender = from;
        request.message.client_id = content;
        request.message.content = std::move(content);
        std::optional<Result<messaging::SendReply>> answer;
        messaging_.send(loop_, std::move(request), [&answer](Result<messaging::SendReply> reply) {
            answer = std::move(reply);
        });
        turn();
        EXPECT_TRUE(answer.has_value() && answer->ok());
        return (*answer)->sent.message_id;
    }
    template <class T>
    static std::string outcome(const Result<T>& result) {
        return result.ok() ? "ok" : std::string(to_string(result.error().code));
    }
    std::string report(UserId by, NewReport what) {
        return outcome(wait(administration_.report(loop_, by, std::move(what))));
    }
    std::string broadcast(std::string client_id, std::string content = "hear, hear") {
        return outcome(wait(administration_.broadcast(
            loop_, actor_, {.client_id = std::move(client_id), .content = std::move(content)}
        )));
    }
    /// How often each of ids_ was told something.
    std::vector<int> told() {
        std::vector<int> counts(ids_.size(), 0);
        for (const auto& [event, audience] : sink_.events) {
            for (std::size_t i = 0; i < ids_.size(); ++i) {
                counts[i] += audience->contains(ids_[i]) ? 1 : 0;
            }
        }
        return counts;
    }
    ports::AuditEntry newest() { return audit_.state().entries.back().entry; }

    fakes::ManualLoop loop_;
    fakes::FakeDisk disk_;
    fakes::InlinePool hashing_;
    memory::CommandLog log_;
    memory::MessageStore store_{{}, nullptr};
    memory::UserDirectory users_;
    memory::DeviceDirectory devices_;
    memory::AuditLog audit_;
    memory::ReportDirectory reports_{audit_};
    memory::AccountDirectory accounts_{users_, devices_, audit_};
    memory::ConversationDirectory conversations_{users_};
    memory::SessionRegistry sessions_;
    memory::RateLimiter limiter_;
    Nobody sink_;
    auth::Auth auth_{
        auth::Options{.per_address = {}},
        {.users = users_,
         .devices = devices_,
         .accounts = accounts_,
         .audit = audit_,
         .limiter = limiter_,
         .hashing = hashing_,
         .disk = disk_,
         .loops = {&loop_}}
    };
    messaging::Messaging messaging_{
        {},
        {.loops = {&loop_},
         .log = log_,
         .store = store_,
         .directory = conversations_,
         .sessions = sessions_,
         .limiter = limiter_}
    };
    Administration administration_{
        {},
        {.first_loop = loop_,
         .accounts = accounts_,
         .reports = reports_,
         .audit = audit_,
         .limiter = limiter_,
         .auth = auth_,
         .messaging = messaging_}
    };
    const Actor actor_{.user = std::nullopt, .address = "local"};
    std::vector<UserId> ids_;
    bool stopped_ = false;
};

TEST_F(AdministrationTest, OnlyOperatorsWhoAreNotDisabledAreOperators) {
    const auto may = [this](UserId user) {
        return outcome(wait(administration_.require_operator(loop_, user)));
    };
    EXPECT_EQ(may(ids_[0]), "ok");
    EXPECT_EQ(may(ids_[1]), "forbidden");
    EXPECT_EQ(may(UserId{{.high = 1, .low = 1}}), "forbidden");
    const auto set = [this](UserId user, ports::AccountRole role) {
        return outcome(wait(administration_.set_role(loop_, actor_, user, role)));
    };
    EXPECT_EQ(set(ids_[1], ports::AccountRole::administrator), "ok");
    EXPECT_EQ(may(ids_[1]), "ok");
    const auto self = wait(administration_.set_disabled(
        loop_, {.user = ids_[1], .address = "192.0.2.1"}, ids_[1], true
    ));
    EXPECT_EQ(outcome(self), "forbidden");
    EXPECT_EQ(outcome(wait(administration_.set_disabled(loop_, actor_, ids_[1], true))), "ok");
    EXPECT_EQ(may(ids_[1]), "forbidden");
    EXPECT_EQ(newest().action, "user.disabled");
    EXPECT_EQ(newest().subject, to_string(ids_[1].uuid));
    EXPECT_EQ(newest().actor, std::nullopt);
}

TEST_F(AdministrationTest, FindsByIdAndByName) {
    EXPECT_EQ(wait(administration_.find(loop_, "@ADA"))->user.id, ids_[1]);
    EXPECT_EQ(wait(administration_.find(loop_, to_string(ids_[2].uuid)))->user.username, "bob");
    for (const char* nothing :
         {"", "@", "@nobody", "ada", "0b4e6a2c-5f0d-4c5e-9d1c-1c9f0f6a7b21"}) {
        EXPECT_EQ(outcome(wait(administration_.find(loop_, nothing))), "not_found") << nothing;
    }
}

TEST_F(AdministrationTest, AReportHasTheMessageAsItWas) {
    const MessageId message = say(ids_[2], ids_[1], "something rude");
    EXPECT_EQ(report(ids_[1], {.message = message, .user = {}, .reason = "rude"}), "ok");
    const auto all = wait(administration_.reports(loop_, {}));
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ(all->front().about, ids_[2]);
    EXPECT_EQ(all->front().message->content, "something rude");
    // Not for who may not read it, nor one's own.
    EXPECT_EQ(report(ids_[3], {.message = message, .user = {}, .reason = "rude"}), "not_found");
    EXPECT_EQ(
        report(ids_[2], {.message = message, .user = {}, .reason = "rude"}), "invalid_request"
    );
}

TEST_F(AdministrationTest, AReportNamesOneThingAndAReason) {
    EXPECT_EQ(report(ids_[1], {.message = {}, .user = {}, .reason = "rude"}), "invalid_request");
    EXPECT_EQ(report(ids_[1], {.message = {}, .user = ids_[2], .reason = ""}), "invalid_request");
    EXPECT_EQ(report(ids_[1], {.message = {}, .user = ids_[1], .reason = "x"}), "invalid_request");
    const std::string umlauts = [] {
        std::string text;
        for (std::size_t i = 0; i < kReasonCharsMax; ++i) {
            text += "ü";
        }
        return text;
    }();
    EXPECT_EQ(report(ids_[1], {.message = {}, .user = ids_[2], .reason = umlauts}), "ok");
    EXPECT_EQ(
        report(ids_[1], {.message = {}, .user = ids_[2], .reason = umlauts + "x"}),
        "invalid_request"
    );
    EXPECT_EQ(
        report(ids_[1], {.message = {}, .user = UserId{{.high = 1, .low = 1}}, .reason = "x"}),
        "not_found"
    );
}

TEST_F(AdministrationTest, TooManyReportsHaveToWait) {
    for (int n = 0; n < 10; ++n) {
        EXPECT_EQ(report(ids_[1], {.message = {}, .user = ids_[2], .reason = "rude"}), "ok");
    }
    const auto refused = wait(
        administration_.report(loop_, ids_[1], {.message = {}, .user = ids_[2], .reason = "rude"})
    );
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(refused.error().retry_after_seconds, 120U);
}

TEST_F(AdministrationTest, AnInvitesCodeIsToldOnceAndNotKept) {
    const auto made =
        wait(administration_.create_invite(loop_, actor_, {.uses = 2, .days = 1, .note = "x"}));
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->code.starts_with("pin_"));
    for (const auto& [id, stored] : accounts_.state().invites) {
        EXPECT_NE(std::string(reinterpret_cast<const char*>(stored.code.data()), 32), made->code);
    }
    for (const NewInvite& wanted :
         {NewInvite{.uses = 0},
          NewInvite{.uses = kInviteUsesMax + 1},
          NewInvite{.days = 0},
          NewInvite{.days = kInviteDaysMax + 1}}) {
        EXPECT_EQ(
            outcome(wait(administration_.create_invite(loop_, actor_, wanted))), "invalid_request"
        );
    }
}

TEST_F(AdministrationTest, ABroadcastReachesEachUserOnce) {
    ASSERT_TRUE(wait(administration_.set_disabled(loop_, actor_, ids_[3], true)).ok());
    ASSERT_EQ(broadcast("tonight"), "ok");
    turn();
    EXPECT_EQ(newest().action, "broadcast.ended");
    EXPECT_EQ(newest().detail, "3 reached, 0 not");
    EXPECT_EQ(told(), (std::vector<int>{1, 1, 1, 0}));
    ASSERT_EQ(broadcast("tonight"), "ok");  // again, as after an interruption
    turn();
    EXPECT_EQ(told(), (std::vector<int>{1, 1, 1, 0}));
    ASSERT_EQ(broadcast("tomorrow"), "ok");
    turn();
    EXPECT_EQ(told(), (std::vector<int>{2, 2, 2, 0}));
}

TEST_F(AdministrationTest, ABroadcastOfNothingOrTooMuchDoesNotBegin) {
    EXPECT_EQ(broadcast("a", ""), "invalid_request");
    EXPECT_EQ(broadcast("a", std::string(core::kContentBytesMax + 1, 'x')), "too_large");
    EXPECT_EQ(broadcast("a"), "ok");
}

TEST_F(AdministrationTest, ABroadcastThatALogRefusesIsTriedAgain) {
    ASSERT_EQ(broadcast("first"), "ok");  // opens the conversations
    turn();
    log_.refuse_next_group();
    ASSERT_EQ(broadcast("second"), "ok");
    turn();
    EXPECT_EQ(broadcast("third"), "conflict");  // it waits, and one runs at a time
    for (int i = 0; i < 10; ++i) {
        loop_.fire();
        turn();
    }
    EXPECT_EQ(newest().detail, "4 reached, 0 not");
    EXPECT_EQ(told(), (std::vector<int>{2, 2, 2, 2}));
}

}  // namespace
}  // namespace parley::administration
