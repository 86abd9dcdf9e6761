#include "tests/sim/simulation.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/scope.h"
#include "tests/sim/machine.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

TEST(Simulation, RunsEventsByTimeThenByOrder) {
    Simulation simulation{1};
    std::string ran;
    simulation.at(2ms, kWorld, [&] { ran += "c"; });
    simulation.at(1ms, kWorld, [&] { ran += "a"; });
    simulation.at(1ms, kWorld, [&] { ran += "b"; });
    while (simulation.step()) {
    }
    EXPECT_EQ(ran, "abc");
    EXPECT_EQ(simulation.now(), 2ms);
}

TEST(Simulation, ACancelledEventDoesNotRunAndItsSlotIsNotMistaken) {
    Simulation simulation{1};
    int ran = 0;
    const EventId first = simulation.in(1ms, kWorld, [&] { ++ran; });
    simulation.cancel(first);
    simulation.in(1ms, kWorld, [&] { ran += 10; });
    simulation.cancel(first);
    while (simulation.step()) {
    }
    EXPECT_EQ(ran, 10);
}

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
    const auto run = [](std::uint64_t seed) {
        Simulation simulation{seed};
        for (int i = 0; i < 100; ++i) {
            simulation.in(simulation.rng().between(0s, 1s), kWorld, [&simulation, i] {
                simulation.trace(What::job, static_cast<std::uint64_t>(i));
            });
        }
        simulation.run_until(1s);
        return simulation.trace_hash();
    };
    EXPECT_EQ(run(7), run(7));
    EXPECT_NE(run(7), run(8));
}

TEST(Simulation, TimeThatAnEventChargesDelaysWhatItAsksFor) {
    Simulation simulation{1};
    Duration seen{};
    simulation.at(1ms, kWorld, [&] {
        simulation.charge(5ms);
        simulation.in(1ms, kWorld, [&] { seen = simulation.now(); });
    });
    while (simulation.step()) {
    }
    EXPECT_EQ(seen, 7ms);
}

/// A process with two loops.
struct Machine {
    explicit Machine(std::uint64_t seed, bool one_mailbox = true) : simulation(seed) {
        options.one_mailbox = one_mailbox;
        simulation.on_process_event([this](ProcessId) { return process.count_event(); });
    }
    Simulation simulation;
    MachineOptions options;
    Duration jump{};
    Process process{simulation, 1};
    SimClock clock{simulation, jump};
    SimLoop one{process, {0}, clock, options};
    SimLoop two{process, {1}, clock, options};

    void run() {
        while (simulation.step()) {
        }
    }
};

TEST(SimLoop, JobsOfOneProducerRunInTheirOrder) {
    for (const bool one_mailbox : {true, false}) {
        Machine machine{3, one_mailbox};
        std::vector<int> ran;
        machine.one.post([&] {
            for (int i = 0; i < 50; ++i) {
                machine.two.post([&ran, i] { ran.push_back(i); });
            }
        });
        machine.run();
        ASSERT_EQ(ran.size(), 50U);
        EXPECT_TRUE(std::ranges::is_sorted(ran));
    }
}

TEST(SimLoop, KnowsWhenItIsRunning) {
    Machine machine{1};
    bool inside = false;
    bool other = true;
    machine.one.post([&] {
        inside = machine.one.is_current();
        other = machine.two.is_current();
    });
    machine.run();
    EXPECT_TRUE(inside);
    EXPECT_FALSE(other);
    EXPECT_FALSE(machine.one.is_current());
}

TEST(SimLoop, DeferredJobsRunBehindTheBatch) {
    Machine machine{5};
    std::string ran;
    machine.one.post([&] {
        machine.one.defer([&] { ran += "d"; });
        ran += "a";
    });
    machine.one.post([&] { ran += "b"; });
    machine.run();
    EXPECT_EQ(ran, "abd");
}

TEST(SimLoop, TimersAreNeverEarlyAndCanBeCancelled) {
    Machine machine{1};
    Duration ran{};
    machine.one.post([&] {
        machine.one.after(50ms, [&] { ran = machine.simulation.now(); });
        const auto timer = machine.one.after(10ms, [&] { FAIL(); });
        machine.one.cancel(timer);
        machine.one.cancel({});
    });
    machine.run();
    EXPECT_GE(ran, 50ms);
    EXPECT_LE(ran, 61ms);
}

TEST(SimPool, RefusesWhatItsQueueCannotHoldAndEndsJobsInAnyOrder) {
    Machine machine{2};
    SimPool pool{machine.process, 4, 6, machine.options};
    std::vector<int> ran;
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
        taken += pool.try_post([&ran, i] { ran.push_back(i); }) ? 1 : 0;
    }
    EXPECT_EQ(taken, 10);
    machine.run();
    ASSERT_EQ(ran.size(), 10U);
    EXPECT_FALSE(std::ranges::is_sorted(ran));
}

TEST(SimWorker, RunsInOrderAndWaitsForWhatAJobCharges) {
    Machine machine{2};
    SimWorker worker{machine.process, machine.options};
    std::vector<Duration> ran;
    for (int i = 0; i < 3; ++i) {
        worker.post([&] {
            ran.push_back(machine.simulation.now());
            machine.simulation.charge(100ms);
        });
    }
    machine.run();
    ASSERT_EQ(ran.size(), 3U);
    EXPECT_GE(ran[1], ran[0] + 100ms);
    EXPECT_GE(ran[2], ran[1] + 100ms);
}

TEST(SimWorker, IsBusyForWhatAJobCharged) {
    Machine machine{2};
    SimWorker worker{machine.process, machine.options};
    Duration second{};
    worker.post([&] { machine.simulation.charge(100ms); });
    machine.simulation.in(50ms, kWorld, [&] {
        worker.post([&] { second = machine.simulation.now(); });
    });
    machine.run();
    EXPECT_GE(second, 100ms);
}

TEST(Process, AKilledOneRunsNothingAndHasNoEffect) {
    Machine machine{1};
    bool reaped = false;
    bool ran = false;
    machine.process.on_reap([&] {
        reaped = true;
        machine.process.bury_events();
    });
    machine.one.post([&] {
        machine.two.post([&] { ran = true; });
        machine.process.kill();
        EXPECT_FALSE(reaped);  // not while its code runs
        machine.one.post([&] { ran = true; });
        machine.one.after(1ms, [&] { ran = true; });
    });
    machine.run();
    EXPECT_TRUE(reaped);
    EXPECT_FALSE(ran);
}

TEST(Process, DiesBeforeTheEventThatWasChosen) {
    Machine machine{1};
    machine.process.on_reap([&] { machine.process.bury_events(); });
    machine.process.kill_at_event(3);
    int ran = 0;
    for (int i = 0; i < 5; ++i) {
        machine.one.post([&] { ++ran; });
    }
    machine.run();
    EXPECT_EQ(ran, 2);
}

runtime::Task<void> wait_in_pool(SimPool* pool, SimLoop* loop, bool* done) {
    auto work = [] { return Result<void>{}; };
    const auto result = co_await pool->run(*loop, work);
    *done = result.ok();
}

TEST(Process, ACoroutineThatWaitsWhenItDiesIsFreedWithItsScope) {
    Machine machine{1};
    SimPool pool{machine.process, 1, 10, machine.options};
    bool done = false;
    auto scope = std::make_unique<runtime::TaskScope>();
    machine.one.post([&] { scope->spawn(wait_in_pool(&pool, &machine.one, &done)); });
    machine.simulation.step();
    machine.process.kill();
    scope.reset();
    machine.process.bury_events();
    machine.process.empty_graveyard();
    machine.run();
    EXPECT_FALSE(done);
}

}  // namespace
}  // namespace parley::sim
