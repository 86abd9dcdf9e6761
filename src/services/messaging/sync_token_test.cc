#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "adapters/memory/command_log.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "services/messaging/messaging.h"
#include "tests/fakes/deaf_sessions.h"
#include "tests/fakes/manual_loop.h"

/// What a sync's token promises, in the moment between a record's being durable and its being applied: too
/// short for the simulation to end a connection in it.

namespace parley::messaging {
namespace {

memory::UserDirectory::State two_users(UserId one, UserId other) {
    memory::UserDirectory::State state;
    for (const UserId id : {one, other}) {
        state.accounts[id].user.id = id;
    }
    return state;
}

class SyncToken : public testing::Test {
protected:
    void SetUp() override {
        messaging_.attach(loop_.id(), sink_);
        std::optional<Result<void>> started;
        messaging_.start([&started](Result<void> result) { started = std::move(result); });
        ASSERT_TRUE(loop_.run_until([&started] { return started.has_value(); }));
        ASSERT_TRUE(started->ok());
    }
    void TearDown() override {
        bool stopped = false;
        messaging_.stop([&stopped] { stopped = true; });
        ASSERT_TRUE(loop_.run_until([&stopped] { return stopped; }));
    }

    /// Up to the log, which has not committed it.
    void send(std::string client_id) {
        SendRequest request;
        request.to = kBob;
        request.message.sender = kAda;
        request.message.client_id = std::move(client_id);
        request.message.content = "hello";
        messaging_.send(loop_, std::move(request), [this](const Result<SendReply>& result) {
            ASSERT_TRUE(result.ok());
            ++acknowledged_;
        });
        loop_.run();
    }
    std::uint64_t token() {
        auto begun = fakes::wait(loop_, messaging_.begin_sync(loop_, kBob));
        EXPECT_TRUE(begun.ok());
        return begun->position.offset;
    }

    static constexpr UserId kAda{{.high = 1, .low = 1}};
    static constexpr UserId kBob{{.high = 1, .low = 2}};

    fakes::ManualLoop loop_;
    memory::CommandLog log_;
    memory::MessageStore store_{{}, nullptr};
    memory::UserDirectory users_{two_users(kAda, kBob)};
    memory::ConversationDirectory directory_{users_};
    memory::SessionRegistry sessions_;
    memory::RateLimiter limiter_;
    fakes::DeafSessions sink_;
    Messaging messaging_{
        Options{},
        {.loops = {&loop_},
         .log = log_,
         .store = store_,
         .directory = directory_,
         .sessions = sessions_,
         .limiter = limiter_}
    };
    int acknowledged_ = 0;
};

TEST_F(SyncToken, CoversOnlyWhatTheOwnersShow) {
    send("1");
    log_.commit_group();
    loop_.run();
    ASSERT_EQ(acknowledged_, 1);
    const std::uint64_t shown = log_.committed().offset;
    EXPECT_EQ(token(), shown);

    send("2");
    EXPECT_EQ(token(), shown);  // in the log's memory
    log_.commit_group();
    ASSERT_GT(log_.committed().offset, shown);
    EXPECT_EQ(token(), shown);  // durable, and no reader would get it yet
    loop_.run();
    ASSERT_EQ(acknowledged_, 2);
    EXPECT_EQ(token(), log_.committed().offset);
}

}  // namespace
}  // namespace parley::messaging
