#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

/// What goes: messages whose time is over, what is older than the server keeps, and accounts; with what is in the store
/// after it, and what anyone sees before it.

namespace parley::messaging {
namespace {

using namespace std::chrono_literals;

constexpr UserId kAda{{.high = 1, .low = 1}};
constexpr UserId kBob{{.high = 1, .low = 2}};
constexpr UserId kEve{{.high = 1, .low = 3}};

class Sweep : public testing::Test {
protected:
    struct Left {
        memory::CommandLog::Durable log;
        memory::MessageStore::Durable store;
        memory::ConversationDirectory::State directory;
    };

    /// One life of a server.
    struct Life {
        Life(Options options, Left left, std::int64_t now)
            : log(std::move(left.log)),
              store(std::move(left.store), nullptr),
              users(everyone()),
              directory(users, std::move(left.directory)),
              messaging(
                  options,
                  {.loops = {&loop},
                   .log = log,
                   .store = store,
                   .directory = directory,
                   .sessions = sessions,
                   .limiter = limiter}
              ) {
            loop.manual_clock().wall_ticks = now;
            messaging.attach(loop.id(), silent);
            std::optional<Result<void>> started;
            messaging.start([&started](Result<void> result) { started = std::move(result); });
            EXPECT_TRUE(loop.run_until([&started] { return started.has_value(); }));
        }
        Life(const Life&) = delete;
        Life& operator=(const Life&) = delete;
        Life(Life&&) = delete;
        Life& operator=(Life&&) = delete;
        ~Life() {
            bool stopped = false;
            messaging.stop([&stopped] { stopped = true; });
            EXPECT_TRUE(loop.run_until([&stopped] { return stopped; }));
        }

        fakes::ManualLoop loop;
        memory::CommandLog log;
        memory::MessageStore store;
        memory::UserDirectory users;
        memory::ConversationDirectory directory;
        memory::SessionRegistry sessions;
        memory::RateLimiter limiter;
        fakes::DeafSessions silent;
        Messaging messaging;
    };

    static memory::UserDirectory::State everyone() {
        memory::UserDirectory::State state;
        for (const UserId& id : {kAda, kBob, kEve}) {
            state.accounts[id].user.id = id;
        }
        return state;
    }
    void begin(Options options = {}) {
        options.sends = {};
        options_ = options;
        life_ = std::make_unique<Life>(options_, Left{}, now_);
    }
    static void spare(memory::MessageStore::Durable& /*store*/) {}
    template <class Damage = decltype(&spare)>
    void restart(Damage damage = &spare) {
        Left left{
            .log = life_->log.durable(),
            .store = life_->store.durable(life_->store.unflushed()),
            .directory = life_->directory.state()
        };
        damage(left.store);
        life_ = nullptr;
        life_ = std::make_unique<Life>(options_, std::move(left), now_);
    }
    void pass(Duration time) {
        now_ += time.count() / 100;
        life_->loop.manual_clock().wall_ticks = now_;
        life_->loop.manual_clock().steady_nanos += time.count();
    }
    void run() {
        for (int turns = 0; turns < 20; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
    }
    void sweep_once() {
        life_->loop.fire();
        run();
    }
    /// Everything that waits for time: the store is written, and the sweeper looks at all conversations.
    void sweep() {
        for (int i = 0; i < 4; ++i) {
            sweep_once();
        }
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> value;
        fakes::detail::await_into(std::move(task), value);
        for (int turns = 0; turns < 100 && !value; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
        EXPECT_TRUE(value.has_value());
        return std::move(*value);
    }
    void open(UserId other = kBob) {
        auto opened = wait(life_->messaging.open_direct(life_->loop, kAda, other));
        ASSERT_TRUE(opened.ok());
        number_ = opened->view.number;
    }
    Result<CommandReply> command(core::Command what, std::optional<MessageId> message = {}) {
        CommandRequest request{
            .conversation = number_, .command = std::move(what), .message = message, .session = {}
        };
        return wait(life_->messaging.command(life_->loop, std::move(request)));
    }
    void set_ttl(std::uint32_t seconds) {
        core::UpdateConversation update{.actor = kAda, .device = {}, .what = {}};
        update.what.ttl_seconds = seconds;
        ASSERT_TRUE(command(std::move(update)).ok());
    }
    MessageId say(std::string content, UserId who = kAda) {
        SendRequest request;
        request.to = number_;
        request.message.sender = who;
        request.message.client_id = "c" + std::to_string(++sent_);
        request.message.content = std::move(content);
        std::optional<Result<SendReply>> answer;
        life_->messaging.send(life_->loop, std::move(request), [&answer](Result<SendReply> reply) {
            answer = std::move(reply);
        });
        run();
        EXPECT_TRUE(answer && answer->ok());
        return (*answer)->sent.message_id;
    }
    std::vector<std::string> seen(UserId who = kBob) {
        HistoryRequest request{.user = who, .conversation = number_, .after = Seq{0}, .before = {}};
        request.limit = core::kPageEventsMax;
        auto page = wait(life_->messaging.history(life_->loop, request));
        std::vector<std::string> contents;
        for (const core::EventPtr& event : page->events) {
            if (event->type == core::EventType::message) {
                contents.push_back(event->content);
            }
        }
        return contents;
    }
    std::uint64_t unread(UserId who = kBob) {
        return wait(life_->messaging.conversation(life_->loop, who, number_))->unread;
    }
    /// All text that the store has of the conversation.
    std::string stored() {
        const auto content = life_->store.durable(life_->store.unflushed());
        std::string text;
        for (const auto& [seq, event] : content.conversations.at(number_.value).events) {
            text += event->content;
            if (const auto* edit = core::change_as<core::MessageEdited>(*event)) {
                text += edit->content;
            }
            if (event->amendment != nullptr) {
                text += event->amendment->original;
            }
        }
        return text;
    }
    const core::ConversationState& state() {
        content_ = life_->store.durable(life_->store.unflushed());
        return content_.conversations.at(number_.value).state;
    }
    using Texts = std::vector<std::string>;

    Options options_;
    std::int64_t now_ = 18'000'000'000'000'000;
    std::unique_ptr<Life> life_;
    memory::MessageStore::Durable content_;
    ConversationNumber number_;
    int sent_ = 0;
};

TEST_F(Sweep, WhatHasExpiredIsSeenByNobodyAtOnceAndGoesFromTheStoreSoon) {
    begin();
    open();
    say("stays");
    set_ttl(60);
    say("first");
    pass(31s);
    say("second");
    EXPECT_EQ(unread(), 3U);
    pass(31s);
    EXPECT_EQ(seen(), (Texts{"stays", "second"}));  // before anybody swept
    sweep();
    EXPECT_EQ(stored(), "stayssecond");
    EXPECT_EQ(unread(), 2U);
    EXPECT_EQ(state().expiring, Seq{4});
    pass(31s);
    sweep();
    EXPECT_EQ(stored(), "stays");
    EXPECT_EQ(seen(), Texts{"stays"});
    EXPECT_EQ(unread(), 1U);
    EXPECT_EQ(state().expiring, Seq{});
    // What is said later expires in its turn.
    say("third");
    pass(61s);
    sweep();
    EXPECT_EQ(stored(), "stays");
}

TEST_F(Sweep, WhatWasDoneToAMessageGoesWithIt) {
    begin();
    open();
    set_ttl(60);
    const MessageId id = say("first");
    pass(20s);
    core::EditMessage edit{.actor = kAda, .device = {}, .client_id = "e", .target = {}};
    edit.content = "edited";
    ASSERT_TRUE(command(std::move(edit), id).ok());
    EXPECT_EQ(seen(), Texts{"edited"});
    pass(41s);
    EXPECT_EQ(seen(), Texts{});
    core::EditMessage late{.actor = kAda, .device = {}, .client_id = "l", .target = {}};
    late.content = "late";
    EXPECT_EQ(command(std::move(late), id).error().code, ErrorCode::not_found);
    sweep();
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(unread(), 0U);
}

TEST_F(Sweep, AClockThatGoesBackBringsNothingBack) {
    begin();
    open();
    set_ttl(60);
    say("first");
    pass(61s);
    sweep();
    now_ -= std::chrono::nanoseconds{61s}.count() / 100;
    restart();
    EXPECT_EQ(seen(), Texts{});
    EXPECT_EQ(unread(), 0U);
    say("second");
    EXPECT_EQ(seen(), Texts{"second"});
}

TEST_F(Sweep, ARestartForgetsNothing) {
    begin();
    open();
    set_ttl(60);
    say("first");
    life_->loop.fire();  // what waits for the store is written
    run();
    pass(61s);
    restart();
    EXPECT_EQ(seen(), Texts{});
    sweep();
    EXPECT_EQ(stored(), "");
    restart();
    EXPECT_EQ(seen(), Texts{});
    EXPECT_EQ(unread(), 0U);
}

TEST_F(Sweep, ACrashBeforeTheStoreHasItBringsNothingBack) {
    begin();
    open();
    set_ttl(60);
    const MessageId id = say("first");
    core::EditMessage edit{.actor = kAda, .device = {}, .client_id = "e", .target = {}};
    edit.content = "edited";
    ASSERT_TRUE(command(std::move(edit), id).ok());
    say("second");
    sweep();  // all of it is written
    pass(61s);
    life_->loop.fire();
    run();  // swept, and in the log; not in the store yet
    ASSERT_NE(stored(), "");
    restart();
    sweep();
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(unread(), 0U);
    EXPECT_EQ(state().expiring, Seq{});
}

TEST_F(Sweep, ManyGoPieceByPiece) {
    begin();
    open();
    set_ttl(60);
    constexpr int kMany = 2'500;
    for (int i = 0; i < kMany; ++i) {
        say("x");
    }
    pass(61s);
    sweep();
    sweep();
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(state().expiring, Seq{});
    EXPECT_EQ(unread(), 0U);
}

TEST_F(Sweep, WhatIsErasedMayBeMoreThanMayWaitForTheStore) {
    Options options;
    options.unwritten_bytes_max = 4'000;
    begin(options);
    open();
    set_ttl(60);
    for (int i = 0; i < 50; ++i) {
        say("x");
        sweep_once();  // written
    }
    pass(61s);
    sweep_once();
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(unread(), 0U);
    sweep_once();
    EXPECT_EQ(state().expiring, Seq{});
}

TEST_F(Sweep, AConversationThatCannotBeSweptKeepsNoOtherFromIt) {
    begin();
    open(kEve);
    set_ttl(60);
    say("lost");
    const ConversationNumber damaged = number_;
    life_->loop.manual_clock().wall_ticks = now_ += 10'000'000;
    open(kBob);
    ASSERT_LT(damaged, number_);
    set_ttl(60);
    say("first");
    sweep();  // all of it is written
    restart([damaged](memory::MessageStore::Durable& store) {
        store.conversations.at(damaged.value).events.clear();
    });
    pass(61s);
    sweep();
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(state().expiring, Seq{});
}

TEST_F(Sweep, WhatIsOlderThanTheServerKeepsIsGone) {
    Options options;
    options.retention = std::chrono::days{10};
    begin(options);
    open();
    say("old");
    say("older");
    pass(std::chrono::days{9});
    say("new");
    sweep();
    EXPECT_EQ(stored(), "oldoldernew");
    pass(std::chrono::days{1} + 1s);
    sweep();
    EXPECT_EQ(stored(), "new");
    EXPECT_EQ(seen(), Texts{"new"});
    EXPECT_EQ(unread(), 1U);
    EXPECT_EQ(state().expired, Seq{2});
}

TEST_F(Sweep, NobodysConversationIsEmptied) {
    begin();
    open();
    say("hello");
    ASSERT_TRUE(wait(life_->messaging.forget(life_->loop, kAda, number_)).ok());
    ASSERT_TRUE(wait(life_->messaging.forget(life_->loop, kAda, number_)).ok());  // again is once
    EXPECT_EQ(seen(), Texts{"hello"});
    ASSERT_TRUE(wait(life_->messaging.forget(life_->loop, kBob, number_)).ok());
    life_->loop.fire();
    run();
    EXPECT_EQ(stored(), "");
}

TEST_F(Sweep, AConversationThatNeverWasForgetsToo) {
    begin();
    EXPECT_TRUE(wait(life_->messaging.forget(life_->loop, kAda, ConversationNumber{77})).ok());
}

TEST_F(Sweep, WhoIsGoneIsSentNothingAndAddedToNothing) {
    begin();
    open();
    SendRequest request;
    ASSERT_TRUE(wait(life_->messaging.forget(life_->loop, kBob, number_)).ok());
    request.to = kBob;  // found before the account went
    request.message.sender = kAda;
    request.message.client_id = "x";
    request.message.content = "anybody there?";
    std::optional<Result<SendReply>> answer;
    life_->messaging.send(life_->loop, std::move(request), [&answer](Result<SendReply> reply) {
        answer = std::move(reply);
    });
    run();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->error().code, ErrorCode::not_found);

    core::CreateGroup create{.creator = kAda, .device = {}, .client_id = "g", .name = "Chess"};
    create.members = {kEve};
    number_ = wait(life_->messaging.create_group(life_->loop, std::move(create), {}))->conversation;
    // Bob was about to be added when his account ended.
    ASSERT_TRUE(wait(life_->messaging.forget(life_->loop, kBob, number_)).ok());
    const auto added =
        command(core::AddMember{.actor = kAda, .device = {}, .user = kBob, .members_max = 500});
    EXPECT_EQ(added.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace parley::messaging
