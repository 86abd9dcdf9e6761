#include "services/presence/presence.h"

#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "adapters/memory/contact_directory.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/user_directory.h"
#include "tests/fakes/manual_loop.h"

namespace parley::presence {
namespace {

constexpr UserId kAda{{1, 1}};
constexpr UserId kBob{{2, 2}};
constexpr UserId kEve{{3, 3}};
constexpr SessionId kOne{{10, 1}};
constexpr SessionId kTwo{{10, 2}};
constexpr ConversationNumber kGroup{77};

struct Frame {
    SessionId session;
    UserId user;
    Status status = Status::offline;
    bool last_seen = false;
    std::string ref;

    friend bool operator==(const Frame&, const Frame&) = default;
};

class Sink final : public PresenceSink {
public:
    void on_presence(
        UserId user, const Seen& seen, std::span<const SessionId> sessions, std::string_view ref
    ) override {
        for (const SessionId& session : sessions) {
            frames.push_back(
                {session, user, seen.status, seen.last_seen.has_value(), std::string(ref)}
            );
        }
    }
    void on_watch_failed(
        SessionId /*session*/, const Error& /*error*/, std::string_view /*ref*/
    ) override {
        ++failed;
    }
    std::vector<Frame> take() { return std::exchange(frames, {}); }

    std::vector<Frame> frames;
    int failed = 0;
};

/// Two loops: sessions of Ada on the first, those of Bob on the second; whose home is where is up to their ids.
class PresenceTest : public ::testing::Test {
protected:
    PresenceTest() {
        presence_.attach(first_.id(), first_sink_);
        presence_.attach(second_.id(), second_sink_);
    }
    void TearDown() override {
        if (!stopped_) {
            stop();
        }
    }
    void stop() {
        presence_.stop([this] { stopped_ = true; });
        run();
        EXPECT_TRUE(stopped_);
    }
    static memory::UserDirectory::State everyone() {
        memory::UserDirectory::State state;
        for (const UserId id : {kAda, kBob, kEve}) {
            state.accounts[id].user.id = id;
        }
        return state;
    }
    void run() {
        while (first_.run() + second_.run() > 0) {
        }
    }
    void fire() {
        for (fakes::ManualLoop* loop : {&first_, &second_}) {
            loop->manual_clock().steady_nanos += Duration{std::chrono::seconds{6}}.count();
        }
        first_.fire();
        second_.fire();
        run();
    }
    void say(runtime::Loop& loop, UserId user, Status status) {
        presence_.report(loop, user, status, loop.clock().wall());
        run();
    }
    void watch(
        runtime::Loop& loop,
        SessionId session,
        UserId viewer,
        std::vector<UserId> users,
        std::string ref = ""
    ) {
        EXPECT_TRUE(presence_.watch(
            loop,
            {.session = session, .user = viewer, .wanted = std::move(users), .ref = std::move(ref)}
        ));
        run();
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> value;
        fakes::detail::await_into(std::move(task), value);
        run();
        EXPECT_TRUE(value);
        return std::move(*value);
    }
    void add_contact(UserId owner, UserId user, bool blocked = false) {
        const ports::Contact line{.id = {1, 1}, .user = user, .nickname = "", .blocked = blocked};
        EXPECT_TRUE(wait(contacts_.add(first_, owner, line, 10)).ok());
    }
    ports::User user(UserId id) { return **wait(users_.find(first_, id)); }
    Seen look(UserId viewer, UserId id) {
        return wait(presence_.look(first_, viewer, {user(id)}))->front();
    }
    static runtime::Task<Result<bool>> in_group(PresenceTest* test, UserId one, UserId other) {
        co_return test->group_.contains(one) && test->group_.contains(other);
    }

    fakes::ManualLoop first_{0};
    fakes::ManualLoop second_{1};
    memory::UserDirectory users_{everyone()};
    memory::ContactDirectory contacts_{users_};
    memory::ConversationDirectory conversations_{users_};
    std::set<UserId> group_;
    bool stopped_ = false;
    Sink first_sink_;
    Sink second_sink_;
    Presence presence_{
        {},
        {.loops = {&first_, &second_},
         .users = users_,
         .contacts = contacts_,
         .conversations = conversations_,
         .both_in = [this](
                        runtime::Loop&, ConversationNumber, UserId one, UserId other
                    ) { return in_group(this, one, other); }}
    };
};

TEST_F(PresenceTest, AContactIsToldAtOnceAndOfChanges) {
    add_contact(kAda, kBob);
    watch(first_, kOne, kAda, {kBob}, "5");
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::offline, false, "5"}}));
    say(second_, kBob, Status::online);
    EXPECT_TRUE(first_sink_.take().empty());  // Told with what else changes within a moment.
    fire();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::online, false, ""}}));
    say(second_, kBob, Status::away);
    fire();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::away, true, ""}}));
    say(second_, kBob, Status::offline);
    fire();
    fire();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::offline, true, ""}}));
    fire();
    EXPECT_TRUE(user(kBob).last_seen);
    presence_.drop(first_, kOne);
    run();
    say(second_, kBob, Status::online);
    fire();
    EXPECT_TRUE(first_sink_.take().empty());
}

TEST_F(PresenceTest, AStrangerIsToldNothing) {
    say(second_, kBob, Status::online);
    watch(first_, kOne, kAda, {kBob, kEve, UserId{{9, 9}}});
    say(second_, kBob, Status::away);
    fire();
    EXPECT_TRUE(first_sink_.take().empty());
    EXPECT_EQ(look(kAda, kBob), Seen{});
    EXPECT_EQ(look(kBob, kBob).status, Status::away);
}

TEST_F(PresenceTest, ADirectConversationIsEnough) {
    EXPECT_TRUE(wait(conversations_.open_direct(first_, kAda, kBob, {5})).ok());
    say(second_, kBob, Status::online);
    watch(first_, kOne, kAda, {kBob});
    EXPECT_EQ(first_sink_.take().size(), 1U);
    EXPECT_EQ(look(kAda, kBob).status, Status::online);
}

TEST_F(PresenceTest, WhoHasLeftTheGroupSeesNothingMore) {
    EXPECT_TRUE(
        wait(conversations_.reserve_group(
                 first_, {.creator = kAda, .client_id = "g", .members = {kAda, kBob}}, kGroup
             ))
            .ok()
    );
    watch(first_, kOne, kAda, {kBob});
    EXPECT_TRUE(first_sink_.take().empty());  // Listed, and in it they are not yet.
    group_ = {kAda, kBob};
    say(second_, kBob, Status::online);
    watch(first_, kOne, kAda, {kBob});
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::online, false, ""}}));
    group_ = {kBob};
    presence_.left_conversation(first_.id(), kAda);
    run();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::offline, false, ""}}));
    say(second_, kBob, Status::away);
    fire();
    EXPECT_TRUE(first_sink_.take().empty());
}

TEST_F(PresenceTest, ABlockHidesBothFromOneAnother) {
    add_contact(kAda, kBob);
    say(second_, kBob, Status::online);
    say(first_, kAda, Status::online);
    watch(first_, kOne, kAda, {kBob});
    watch(second_, kTwo, kBob, {kAda});
    EXPECT_EQ(first_sink_.take().size() + second_sink_.take().size(), 2U);
    add_contact(kBob, kAda, true);
    presence_.relation_changed(second_, kBob, kAda);
    run();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::offline, false, ""}}));
    EXPECT_EQ(second_sink_.take(), (std::vector<Frame>{{kTwo, kAda, Status::offline, false, ""}}));
    say(second_, kBob, Status::away);
    say(first_, kAda, Status::away);
    fire();
    watch(first_, kOne, kAda, {kBob});
    EXPECT_TRUE(first_sink_.take().empty());
    EXPECT_TRUE(second_sink_.take().empty());
    EXPECT_EQ(look(kAda, kBob), Seen{});
}

TEST_F(PresenceTest, WhoHidesSeesTheOthers) {
    add_contact(kAda, kBob);
    EXPECT_TRUE(wait(users_.change_profile(first_, kBob, {.hides_presence = true})).ok());
    say(second_, kBob, Status::online);
    say(first_, kAda, Status::online);
    watch(first_, kOne, kAda, {kBob});
    watch(second_, kTwo, kBob, {kAda});
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::offline, false, ""}}));
    EXPECT_EQ(second_sink_.take(), (std::vector<Frame>{{kTwo, kAda, Status::online, false, ""}}));
    EXPECT_EQ(look(kAda, kBob), Seen{});
    EXPECT_EQ(look(kBob, kBob).status, Status::online);
    presence_.hide(second_, kBob, false);
    run();
    fire();
    EXPECT_EQ(first_sink_.take(), (std::vector<Frame>{{kOne, kBob, Status::online, false, ""}}));
}

TEST_F(PresenceTest, EachIsAnsweredOnceHoweverOftenTheyAreNamed) {
    add_contact(kAda, kBob);
    watch(first_, kOne, kAda, {kBob});
    EXPECT_EQ(first_sink_.take().size(), 1U);
    watch(first_, kOne, kAda, {kBob, kBob, kBob});
    EXPECT_EQ(first_sink_.take().size(), 1U);
    watch(first_, kOne, kAda, {});
    EXPECT_TRUE(first_sink_.take().empty());
}

TEST_F(PresenceTest, AStopSavesWhoIsThere) {
    say(first_, kAda, Status::online);
    stop();
    EXPECT_EQ(user(kAda).last_seen, first_.clock().wall());
}

}  // namespace
}  // namespace parley::presence
