#include "tests/sim/backends.h"

#include <optional>

#include <gtest/gtest.h>

#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/user_directory.h"
#include "runtime/scope.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

/// A process with one loop, and a directory and a store behind it.
struct Backends {
    explicit Backends(std::uint64_t seed) : simulation(seed) {}

    void run() {
        while (simulation.step()) {
        }
    }
    /// Asks for the store to be flushed; what came of it.
    std::optional<Result<LogPosition>> flush() {
        std::optional<Result<LogPosition>> result;
        loop.post([&] { scope.spawn(ask(&store, &loop, &result)); });
        run();
        return result;
    }
    std::optional<Result<ports::OpenedPair>> open_pair(UserId one, UserId other) {
        std::optional<Result<ports::OpenedPair>> result;
        loop.post([&] { scope.spawn(ask(&conversations, &loop, one, other, &result)); });
        run();
        return result;
    }
    static runtime::Task<void> ask(
        SlowMessageStore* store, SimLoop* loop, std::optional<Result<LogPosition>>* out
    ) {
        out->emplace(co_await store->flush(*loop));
    }
    static runtime::Task<void> ask(
        SlowConversationDirectory* directory,
        SimLoop* loop,
        UserId one,
        UserId other,
        std::optional<Result<ports::OpenedPair>>* out
    ) {
        const ConversationNumber number{1};
        out->emplace(co_await directory->open_direct(*loop, one, other, number));
    }

    Simulation simulation;
    MachineOptions machine;
    BackendOptions options;
    Duration jump{};
    Process process{simulation, 1};
    SimClock clock{simulation, jump};
    SimLoop loop{process, {0}, clock, machine};
    SimPool pool{process, 1, 10, machine};
    memory::UserDirectory::State state;
    UserId ada{Uuid{}};
    std::unique_ptr<memory::UserDirectory> users = make_users();
    memory::ConversationDirectory inner_conversations{*users};
    memory::MessageStore inner_store{{}, &pool};
    SlowMessageStore store{{process, pool, options, Count::store_failures}, inner_store};
    SlowConversationDirectory conversations{
        {process, pool, options, Count::directory_failures}, inner_conversations
    };
    runtime::TaskScope scope;

private:
    std::unique_ptr<memory::UserDirectory> make_users() {
        state.accounts[ada] = {.user = {.id = ada, .username = "ada"}, .password_hash = "none"};
        state.by_username["ada"] = ada;
        return std::make_unique<memory::UserDirectory>(state);
    }
};

TEST(Backends, AnswerWhenAllIsWell) {
    Backends backends{1};
    ASSERT_TRUE(backends.flush()->ok());
    ASSERT_TRUE(backends.open_pair(backends.ada, backends.ada)->ok());
    EXPECT_EQ(backends.simulation.tally[Count::store_failures], 0U);
}

TEST(Backends, FailWithAPassingOrALastingError) {
    bool passing = false;
    bool lasting = false;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        Backends backends{seed};
        backends.options.failure_chance = 1;
        const auto result = backends.flush();
        ASSERT_TRUE(result.has_value());
        ASSERT_FALSE(result->ok());
        EXPECT_TRUE(result->error().detail.ends_with(kSimulatedBackendFailed));
        passing = passing || result->error().code == ErrorCode::unavailable;
        lasting = lasting || result->error().code == ErrorCode::internal;
        EXPECT_EQ(backends.simulation.tally[Count::store_failures], 1U);
    }
    EXPECT_TRUE(passing && lasting);
}

TEST(Backends, ADirectoryMayHaveDoneWhatItSaysHasFailed) {
    int done = 0;
    int not_done = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Backends backends{seed};
        backends.options.failure_chance = 0.5;
        const auto result = backends.open_pair(backends.ada, backends.ada);
        ASSERT_TRUE(result.has_value());
        const bool there = !backends.inner_conversations.state().by_number.empty();
        EXPECT_TRUE(there || !result->ok());
        done += there && !result->ok() ? 1 : 0;
        not_done += there ? 0 : 1;
    }
    EXPECT_GT(done, 3);
    EXPECT_GT(not_done, 3);
}

TEST(Backends, AreSlowWhenTold) {
    Backends backends{1};
    backends.options.slow_chance = 1;
    backends.options.slow_max = 2s;
    Duration longest{};
    for (int i = 0; i < 10; ++i) {
        const Duration before = backends.simulation.now();
        ASSERT_TRUE(backends.flush()->ok());
        longest = std::max(longest, backends.simulation.now() - before);
    }
    EXPECT_GT(longest, 1s);
    EXPECT_EQ(backends.simulation.tally[Count::slow_calls], 10U);
}

TEST(Backends, DoNothingForTheDead) {
    Backends backends{1};
    std::optional<Result<ports::OpenedPair>> result;
    backends.loop.post([&] {
        backends.scope.spawn(Backends::ask(
            &backends.conversations, &backends.loop, backends.ada, backends.ada, &result
        ));
    });
    backends.simulation.step();
    backends.process.kill();
    backends.process.bury_events();
    backends.run();
    EXPECT_FALSE(result.has_value());
    EXPECT_TRUE(backends.inner_conversations.state().by_number.empty());
    backends.process.empty_graveyard();
}

}  // namespace
}  // namespace parley::sim
