#include "services/search/search.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/memory/command_log.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/search_index.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "tests/fakes/deaf_sessions.h"
#include "tests/fakes/manual_loop.h"

/// Searching what was said: who finds what, and what a change, a crash, a lost and a damaged index make of it.

namespace parley::search {
namespace {

constexpr UserId user(std::uint64_t n) {
    return {{.high = 1, .low = n}};
}
constexpr UserId kAda = user(1);
constexpr UserId kBob = user(2);
constexpr UserId kEve = user(3);
constexpr UserId kDan = user(4);

/// One life of a server, on what an earlier one has left.
class Life {
public:
    struct Left {
        memory::CommandLog::Durable log;
        memory::MessageStore::Durable store;
        memory::ConversationDirectory::State directory;
        memory::SearchIndex::State index;
    };

    Life(Left left, Options options)
        : log(std::move(left.log)),
          store(std::move(left.store), nullptr),
          users(everyone()),
          directory(users, std::move(left.directory)),
          index(std::move(left.index)),
          search(
              options,
              {.loops = {&loop},
               .messaging = messaging,
               .index = index,
               .directory = directory,
               .limiter = limiter,
               .log = log}
          ) {
        messaging.attach(loop.id(), deaf);
        std::optional<Result<void>> started;
        messaging.start([&started](Result<void> result) { started = std::move(result); });
        EXPECT_TRUE(loop.run_until([&started] { return started.has_value(); }));
        EXPECT_TRUE(started->ok()) << started->error().detail;
        search.start();
        loop.run();
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    Life(Life&&) = delete;
    Life& operator=(Life&&) = delete;
    ~Life() {
        bool stopped = false;
        search.stop([&] { messaging.stop([&stopped] { stopped = true; }); });
        EXPECT_TRUE(loop.run_until([&stopped] { return stopped; }));
    }

    /// What a crash leaves: of the store all that is written, or all that is flushed.
    [[nodiscard]] Left crash(bool batches) const {
        return {
            .log = log.durable(),
            .store = store.durable(batches ? store.unflushed() : 0),
            .directory = directory.state(),
            .index = index.durable()
        };
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> value;
        fakes::detail::await_into(std::move(task), value);
        for (int turns = 0; turns < 100 && !value; ++turns) {
            loop.run();
            log.commit_group();
        }
        EXPECT_TRUE(value.has_value());
        return std::move(*value);
    }
    /// Lets all timers ring a few times.
    void settle(int rings = 8) {
        for (int i = 0; i < rings; ++i) {
            loop.run();
            log.commit_group();
            loop.run();
            loop.fire();
        }
    }

    fakes::ManualLoop loop;
    memory::CommandLog log;
    memory::MessageStore store;
    memory::UserDirectory users;
    memory::ConversationDirectory directory;
    memory::SessionRegistry sessions;
    memory::RateLimiter limiter;
    memory::SearchIndex index;
    fakes::DeafSessions deaf;
    messaging::Messaging messaging{
        messaging_options(),
        {.loops = {&loop},
         .log = log,
         .store = store,
         .directory = directory,
         .sessions = sessions,
         .limiter = limiter}
    };
    Search search;

private:
    static messaging::Options messaging_options() {
        messaging::Options options;
        options.sends = {};
        options.flush_records = 1;
        return options;
    }
    static memory::UserDirectory::State everyone() {
        memory::UserDirectory::State state;
        for (std::uint64_t n = 1; n <= 9; ++n) {
            state.accounts[user(n)].user.id = user(n);
        }
        return state;
    }
};

class Searching : public testing::Test {
protected:
    void live(Life::Left left = {}) {
        life_ = nullptr;
        life_ = std::make_unique<Life>(std::move(left), options_);
    }
    void SetUp() override {
        options_.searches = {};
        live();
    }
    messaging::Messaging& messaging() { return life_->messaging; }
    runtime::Loop& loop() { return life_->loop; }

    /// Everything has a time of its own, also after a restart.
    void tick() {
        wall_ += 10'000'000;
        life_->loop.manual_clock().wall_ticks = wall_;
    }
    MessageId say(UserId who, std::variant<ConversationNumber, UserId> to, std::string content) {
        tick();
        messaging::SendRequest request;
        request.to = to;
        request.message.sender = who;
        request.message.client_id = "c" + std::to_string(++sent_);
        request.message.content = std::move(content);
        std::optional<Result<messaging::SendReply>> answer;
        messaging().send(loop(), std::move(request), [&](Result<messaging::SendReply> reply) {
            answer = std::move(reply);
        });
        for (int turns = 0; turns < 10 && !answer; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
        life_->loop.run();
        EXPECT_TRUE(answer.has_value() && answer->ok());
        last_ = (*answer)->conversation;
        return (*answer)->sent.message_id;
    }
    ConversationNumber group(std::vector<UserId> members, bool all = false) {
        tick();
        core::CreateGroup create{
            .creator = kAda, .device = {}, .client_id = "g" + std::to_string(++sent_), .name = "G"
        };
        create.members = std::move(members);
        create.history_for_all = all;
        auto made = life_->wait(messaging().create_group(loop(), std::move(create), {}));
        EXPECT_TRUE(made.ok());
        return made->conversation;
    }
    void command(
        ConversationNumber number, core::Command what, std::optional<MessageId> message = {}
    ) {
        messaging::CommandRequest request{
            .conversation = number, .command = std::move(what), .message = message, .session = {}
        };
        const auto done = life_->wait(messaging().command(loop(), std::move(request)));
        EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().detail);
    }
    void edit(UserId who, MessageId id, std::string to) {
        core::EditMessage edit{
            .actor = who, .device = {}, .client_id = "e" + std::to_string(++sent_), .target = {}
        };
        edit.content = std::move(to);
        command(locate(id)->conversation, std::move(edit), id);
    }

    Result<Page> page(UserId who, std::string q, Request request = {}) {
        request.user = who;
        request.q = std::move(q);
        return life_->wait(life_->search.find(loop(), std::move(request)));
    }
    /// The contents found, newest first.
    std::vector<std::string> find(UserId who, std::string q, Request request = {}) {
        const auto found = page(who, std::move(q), std::move(request));
        EXPECT_TRUE(found.ok()) << (found.ok() ? "" : found.error().detail);
        std::vector<std::string> contents;
        if (found.ok()) {
            for (const Found& item : found->items) {
                contents.push_back(item.event->content);
            }
        }
        return contents;
    }
    std::size_t documents() {
        std::size_t count = 0;
        for (const auto& [number, all] : life_->index.state().documents) {
            count += all.size();
        }
        return count;
    }

    using Texts = std::vector<std::string>;

    Options options_;
    std::unique_ptr<Life> life_;
    ConversationNumber last_;
    std::int64_t wall_ = 18'000'000'000'000'000;
    int sent_ = 0;
};

TEST_F(Searching, WhatWasSaidIsFoundByThoseWhoMayReadIt) {
    say(kAda, kBob, "hello Bob");
    say(kBob, kAda, "Hello, Ada!");
    say(kAda, kEve, "hello Eve");
    life_->settle(3);
    EXPECT_EQ(find(kAda, "hello"), (Texts{"hello Eve", "Hello, Ada!", "hello Bob"}));
    EXPECT_EQ(find(kBob, "hello"), (Texts{"Hello, Ada!", "hello Bob"}));
    EXPECT_EQ(find(kEve, "hello"), (Texts{"hello Eve"}));
    EXPECT_EQ(find(kDan, "hello"), (Texts{}));
    Request request;
    request.sender = kBob;
    EXPECT_EQ(find(kAda, "hello", request), (Texts{"Hello, Ada!"}));
    request = {};
    request.conversation = last_;
    EXPECT_EQ(find(kAda, "hello", request), (Texts{"hello Eve"}));
    const auto strange = page(kBob, "hello", request);
    ASSERT_FALSE(strange.ok());
    EXPECT_EQ(strange.error().code, ErrorCode::not_found);
}

TEST_F(Searching, TheFoundPartIsMarked) {
    say(kAda, kBob, "a brave new world");
    life_->settle(3);
    const auto found = page(kBob, "brav");
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->items.size(), 1U);
    const std::vector<core::SnippetPart> expected{
        {"a ", false}, {"brave", true}, {" new world", false}
    };
    EXPECT_EQ(found->items[0].snippet, expected);
    EXPECT_EQ(found->items[0].conversation, last_);
}

TEST_F(Searching, MembersFindWhatTheyCanRead) {
    const auto number = group({kBob});
    say(kAda, number, "word one");
    command(number, core::AddMember{.actor = kAda, .device = {}, .user = kEve, .members_max = 9});
    say(kAda, number, "word two");
    command(number, core::RemoveMember{.actor = kAda, .device = {}, .user = kBob});
    say(kAda, number, "word three");
    command(number, core::AddMember{.actor = kAda, .device = {}, .user = kBob, .members_max = 9});
    say(kAda, number, "word four");
    life_->settle(3);
    EXPECT_EQ(find(kAda, "word"), (Texts{"word four", "word three", "word two", "word one"}));
    EXPECT_EQ(find(kBob, "word"), (Texts{"word four", "word two", "word one"}));
    EXPECT_EQ(find(kEve, "word"), (Texts{"word four", "word three", "word two"}));
    EXPECT_EQ(find(kDan, "word"), (Texts{}));
}

TEST_F(Searching, AnEditReplacesAndADeletionErases) {
    const MessageId first = say(kAda, kBob, "an apple");
    const MessageId second = say(kAda, kBob, "a pear");
    const MessageId third = say(kAda, kBob, "a plum");
    life_->settle(3);
    edit(kAda, first, "an orange");
    // Before the index knows of it, too.
    EXPECT_EQ(find(kBob, "apple"), (Texts{}));
    life_->settle(3);
    EXPECT_EQ(find(kBob, "apple"), (Texts{}));
    EXPECT_EQ(find(kBob, "orange"), (Texts{"an orange"}));
    command(last_, core::DeleteMessage{.actor = kAda, .device = {}, .target = {}}, second);
    EXPECT_EQ(find(kAda, "pear"), (Texts{}));
    life_->settle(3);
    EXPECT_EQ(documents(), 2U);
    command(last_, core::HideMessage{.user = kBob, .seq = {}}, third);
    EXPECT_EQ(find(kBob, "plum"), (Texts{}));
    EXPECT_EQ(find(kAda, "plum"), (Texts{"a plum"}));
}

TEST_F(Searching, WhoHasLeftFindsWhatTheySaw) {
    const auto number = group({kBob});
    const MessageId id = say(kAda, number, "an apple");
    command(number, core::RemoveMember{.actor = kAda, .device = {}, .user = kBob});
    edit(kAda, id, "a secret");
    life_->settle(3);
    EXPECT_EQ(find(kBob, "secret"), (Texts{}));
    EXPECT_EQ(find(kAda, "secret"), (Texts{"a secret"}));
}

TEST_F(Searching, WhatABlockHidesIsNotFound) {
    say(kAda, kBob, "hello before");
    command(last_, core::SetBlock{.user = kBob});
    say(kAda, kBob, "hello hidden");
    life_->settle(3);
    EXPECT_EQ(find(kBob, "hello"), (Texts{"hello before"}));
    EXPECT_EQ(find(kAda, "hello"), (Texts{"hello hidden", "hello before"}));
}

TEST_F(Searching, ExpiredAndForgotten) {
    say(kAda, kBob, "hello one");
    say(kBob, kAda, "hello two");
    say(kBob, kAda, "hello three");
    life_->settle(3);
    command(last_, core::Expire{.through = {1}, .ordinal = {1}});
    EXPECT_EQ(find(kAda, "hello"), (Texts{"hello three", "hello two"}));
    life_->settle(3);
    EXPECT_EQ(documents(), 2U);
    command(last_, core::ForgetUser{.user = kBob});
    life_->settle(3);
    const auto found = page(kAda, "hello");
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->items.size(), 2U);
    EXPECT_TRUE(found->items[0].event->sender.is_nil());
    Request request;
    request.sender = kBob;
    EXPECT_EQ(find(kAda, "hello", request), (Texts{}));
    for (const auto& [number, all] : life_->index.state().documents) {
        for (const auto& [seq, document] : all) {
            EXPECT_NE(document.sender, kBob);
        }
    }
}

TEST_F(Searching, PagesHaveNoHoleAndNoRepeat) {
    Texts all;
    for (int i = 0; i < 40; ++i) {
        const std::string text = "hello " + std::to_string(i);
        const MessageId id = say(kAda, i % 3 == 0 ? kBob : kEve, text);
        if (i % 5 == 0) {
            command(last_, core::HideMessage{.user = kAda, .seq = {}}, id);
        } else {
            all.insert(all.begin(), text);
        }
    }
    life_->settle(3);
    for (const std::size_t limit : {1U, 3U, 7U, 32U, 50U}) {
        Texts paged;
        Request request;
        request.limit = limit;
        for (int pages = 0;; ++pages) {
            ASSERT_LT(pages, 60);
            const auto found = page(kAda, "hello", request);
            ASSERT_TRUE(found.ok());
            EXPECT_LE(found->items.size(), limit);
            for (const Found& item : found->items) {
                paged.push_back(item.event->content);
            }
            if (!found->next) {
                break;
            }
            const auto place = locate(*found->next);
            request.before = {.time = place->time, .conversation = place->conversation};
        }
        EXPECT_EQ(paged, all) << "limit " << limit;
    }
}

TEST_F(Searching, ANewIndexLooksAtEverything) {
    for (int i = 0; i < 250; ++i) {
        say(kAda, kBob, "hello " + std::to_string(i));
    }
    say(kAda, kEve, "hello Eve");
    life_->settle(6);
    Life::Left left = life_->crash(true);
    left.index = {};
    live(std::move(left));
    const auto early = page(kAda, "hello");
    ASSERT_TRUE(early.ok());
    EXPECT_FALSE(early->complete);
    life_->settle(20);
    const auto later = page(kAda, "hello");
    ASSERT_TRUE(later.ok());
    EXPECT_TRUE(later->complete);
    EXPECT_EQ(documents(), 251U);
    EXPECT_EQ(find(kEve, "hello"), (Texts{"hello Eve"}));
}

TEST_F(Searching, ItStopsWhileItLooksAtEverything) {
    say(kAda, kBob, "hello Bob");
    life_->settle(6);
    Life::Left left = life_->crash(true);
    left.index = {};
    live(left);
    live(std::move(left));  // The destructor waits for the stop of the one before.
    life_->settle(20);
    EXPECT_EQ(find(kBob, "hello"), (Texts{"hello Bob"}));
}

TEST_F(Searching, ACrashAnywhereLosesNothing) {
    std::set<std::string> said;
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 5; ++i) {
            const std::string text = "hello r" + std::to_string(round) + " n" + std::to_string(i);
            const MessageId id = say(kAda, i % 2 == 0 ? kBob : kEve, text);
            said.insert(text);
            if (i == 3) {
                edit(kAda, id, text + " edited");
                said.erase(text);
                said.insert(text + " edited");
            }
            if (i == 4) {
                command(last_, core::DeleteMessage{.actor = kAda, .device = {}, .target = {}}, id);
                said.erase(text);
            }
        }
        life_->settle(round % 4);  // more or less of it is written and flushed
        live(life_->crash(round % 2 == 0));
    }
    life_->settle(20);
    EXPECT_EQ(documents(), said.size());
    Request request;
    std::set<std::string> found;
    for (int round = 0; round < 12; ++round) {
        for (const std::string& text : find(kAda, "hello \"r" + std::to_string(round) + "\"")) {
            found.insert(text);
        }
    }
    EXPECT_EQ(found, said);
}

TEST_F(Searching, TheLogKeepsWhatTheIndexHasNot) {
    say(kAda, kBob, "hello one");
    life_->settle(6);
    const LogPosition passed = life_->search.passed();
    EXPECT_GT(passed.offset, 0U);
    EXPECT_EQ(life_->log.durable().begin, passed);
    life_->index.refuse_next(1'000'000, {ErrorCode::unavailable, "full"});
    say(kAda, kBob, "hello two");
    life_->settle(10);
    EXPECT_EQ(life_->log.durable().begin, passed) << "released before the index had it";
    EXPECT_EQ(find(kBob, "hello"), (Texts{"hello one"}));
    life_->index.refuse_next(0, {});
    life_->settle(10);
    EXPECT_GT(life_->log.durable().begin, passed);
    EXPECT_EQ(find(kBob, "hello"), (Texts{"hello two", "hello one"}));
}

TEST_F(Searching, ADamagedIndexIsMadeAnew) {
    say(kAda, kBob, "hello one");
    life_->settle(6);
    life_->index.refuse_next(1, {ErrorCode::internal, "damaged"});
    say(kAda, kBob, "hello two");
    life_->settle(20);
    EXPECT_EQ(find(kBob, "hello"), (Texts{"hello two", "hello one"}));
    EXPECT_TRUE(page(kBob, "hello")->complete);
}

TEST_F(Searching, WhatIsTooMuchToRememberIsLookedAtAgain) {
    options_.pending_max = 5;
    live();
    for (std::uint64_t n = 2; n <= 9; ++n) {
        say(kAda, user(n), "hello " + std::to_string(n));
    }
    for (int i = 0; i < 3; ++i) {
        say(kAda, user(9), "hello again");
    }
    life_->settle(20);
    EXPECT_EQ(find(kAda, "hello").size(), 11U);
    EXPECT_TRUE(page(kAda, "hello")->complete);
}

TEST_F(Searching, AnIndexThatIsFarBehindLetsTheLogGo) {
    options_.lag_records_max = 3;
    live();
    say(kAda, kBob, "hello one");
    life_->settle(6);
    life_->index.refuse_next(1'000'000, {ErrorCode::unavailable, "full"});
    for (int i = 0; i < 10; ++i) {
        say(kAda, kBob, "hello " + std::to_string(i));
        life_->settle(2);
    }
    life_->index.refuse_next(0, {});
    life_->settle(30);
    EXPECT_EQ(find(kBob, "hello").size(), 11U);
    EXPECT_TRUE(page(kBob, "hello")->complete);
}

TEST_F(Searching, SearchesAreLimited) {
    options_.searches = {.per_second = 1, .burst = 2};
    live();
    EXPECT_TRUE(page(kAda, "hello").ok());
    EXPECT_TRUE(page(kAda, "hello").ok());
    const auto refused = page(kAda, "hello");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_TRUE(page(kBob, "hello").ok());
    EXPECT_EQ(page(kBob, std::string(200, 'a')).error().code, ErrorCode::invalid_request);
    EXPECT_TRUE(page(kBob, " ")->items.empty());
}

}  // namespace
}  // namespace parley::search
