#include "runtime/thread_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <memory>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "runtime/runtime_testing.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace parley::runtime {
namespace {

using testing::on;

/// Keeps a thread busy until it is opened.
class Gate {
public:
    [[nodiscard]] Job job() {
        return [this] {
            entered_.set_value();
            opened_.get_future().wait();
        };
    }
    void wait_until_entered() { entered_.get_future().wait(); }
    void open() { opened_.set_value(); }

private:
    std::promise<void> entered_;
    std::promise<void> opened_;
};

TEST(Pool, refuses_what_its_queue_has_no_room_for) {
    Gate gate;
    std::atomic<int> ran = 0;
    ThreadPool pool{"test", 1, 2};
    ASSERT_TRUE(pool.try_post(gate.job()));
    gate.wait_until_entered();
    EXPECT_TRUE(pool.try_post([&] { ++ran; }));
    EXPECT_TRUE(pool.try_post([&] { ++ran; }));
    EXPECT_FALSE(pool.try_post([&] { ++ran; }));
    EXPECT_EQ(pool.queued(), 2U);
    gate.open();
    pool.stop();
    EXPECT_EQ(ran, 2);
    EXPECT_FALSE(pool.try_post([&] { ++ran; }));
    pool.stop();
}

TEST(Pool, runs_as_many_jobs_at_once_as_it_has_threads) {
    std::array<Gate, 3> gates;
    ThreadPool pool{"test", 3, 10};
    for (Gate& gate : gates) {
        ASSERT_TRUE(pool.try_post(gate.job()));
    }
    for (Gate& gate : gates) {
        gate.wait_until_entered();
    }
    for (Gate& gate : gates) {
        gate.open();
    }
}

Task<void> ask(Pool* pool, Loop* home, std::promise<Result<int>>* answer) {
    const auto work = [home]() -> Result<int> { return home->is_current() ? 1 : 2; };
    auto result = co_await pool->run(*home, work);
    EXPECT_TRUE(home->is_current());
    answer->set_value(std::move(result));
}

TEST(Pool, answers_an_awaiting_task_on_its_own_loop) {
    Runtime runtime{{.loops = 2}};
    Pool& pool = runtime.make_pool("test", 1, 10);
    runtime.start();
    TaskScope scope;
    std::promise<Result<int>> answer;
    on(runtime.loop(1), [&] { EXPECT_TRUE(scope.spawn(ask(&pool, &runtime.loop(1), &answer))); });
    EXPECT_EQ(*answer.get_future().get(), 2);
    on(runtime.loop(1), [&] { EXPECT_EQ(scope.running(), 0U); });
}

TEST(Pool, lets_others_go_first_when_it_is_told_to) {
    Runtime runtime{{.loops = 1}};
    const auto nice = [] { return ::getpriority(PRIO_PROCESS, 0); };
    const auto nice_of = [&](PoolPriority priority) {
        std::promise<int> answer;
        Pool& pool = runtime.make_pool("test", 1, 1, priority);
        EXPECT_TRUE(pool.try_post([&] { answer.set_value(nice()); }));
        return answer.get_future().get();
    };
    const int ours = nice();
    EXPECT_EQ(nice_of(PoolPriority::normal), ours);
    EXPECT_EQ(nice_of(PoolPriority::background), std::max(ours, 10));
    EXPECT_EQ(nice(), ours) << "of its own thread alone";
}

TEST(Pool, answers_unavailable_when_too_much_waits) {
    Gate gate;
    Runtime runtime{{.loops = 1}};
    Pool& pool = runtime.make_pool("test", 1, 1);
    runtime.start();
    ASSERT_TRUE(pool.try_post(gate.job()));
    gate.wait_until_entered();
    ASSERT_TRUE(pool.try_post([] {}));
    TaskScope scope;
    std::promise<Result<int>> answer;
    on(runtime.loop(0), [&] { EXPECT_TRUE(scope.spawn(ask(&pool, &runtime.loop(0), &answer))); });
    const auto result = answer.get_future().get();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::unavailable);
    gate.open();
}

TEST(Worker, runs_jobs_one_at_a_time_in_the_order_posted) {
    WorkerThread worker{"test"};
    std::vector<int> order;
    for (int i = 0; i < 10'000; ++i) {
        worker.post([&order, i] { order.push_back(i); });
    }
    worker.stop();
    ASSERT_EQ(order.size(), 10'000U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(Worker, runs_what_its_jobs_post_before_it_ends_and_drops_what_comes_later) {
    WorkerThread worker{"test"};
    const auto held = std::make_shared<int>(0);
    int ran = 0;
    worker.post([&] { worker.post([&] { worker.post([&] { ++ran; }); }); });
    worker.stop();
    EXPECT_EQ(ran, 1);
    worker.post([held] { ADD_FAILURE(); });
    EXPECT_EQ(held.use_count(), 1);
    worker.stop();
}

TEST(Runtime, stop_lets_pools_and_workers_answer_their_loops) {
    std::atomic<int> answered = 0;
    Runtime runtime{{.loops = 1}};
    Pool& pool = runtime.make_pool("pool", 1, 100);
    Worker& worker = runtime.make_worker("worker");
    runtime.start();
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(pool.try_post([&] { runtime.loop(0).post([&] { ++answered; }); }));
        worker.post([&] { runtime.loop(0).post([&] { ++answered; }); });
    }
    runtime.stop();
    EXPECT_EQ(answered, 100);
}

}  // namespace
}  // namespace parley::runtime
