#include "runtime/thread_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include "runtime/runtime_testing.h"
#include "runtime/scope.h"
#include "runtime/system.h"
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

/// Where work is done, as the kernel sees it.
struct Place {
    int nice = 0;
    int policy = -1;
    std::thread::id thread;

    static Place here() {
        return {
            .nice = ::getpriority(PRIO_PROCESS, 0),
            .policy = ::sched_getscheduler(0),
            .thread = std::this_thread::get_id(),
        };
    }
};

/// When to look where the work is done: before or after what makes it long.
enum class After : unsigned char {
    nothing,
    it
};

/// Where a pool of one thread runs a job, and the work that the job has performed.
std::pair<Place, Place> places(
    ThreadPool& pool, Duration length = {}, After after = After::nothing
) {
    std::promise<std::pair<Place, Place>> answer;
    EXPECT_TRUE(pool.try_post([&] {
        Place inner;
        pool.perform([&] {
            inner = Place::here();
            std::promise<void> never;
            never.get_future().wait_for(length);
            if (after == After::it) {
                inner = Place::here();
            }
        });
        answer.set_value({Place::here(), inner});
    }));
    return answer.get_future().get();
}

TEST(Pool, lets_others_go_first_when_it_is_told_to) {
    const Place ours = Place::here();
    ThreadPool normal{"test", 1, 1};
    const auto [job, work] = places(normal);
    EXPECT_EQ(job.nice, ours.nice);
    EXPECT_EQ(job.policy, ours.policy);
    EXPECT_EQ(work.thread, job.thread);

    ThreadPool background{"test", 1, 1, PoolPriority::background};
    const auto [polite_job, polite_work] = places(background);
    EXPECT_EQ(polite_job.nice, std::max(ours.nice, 10));
    EXPECT_EQ(polite_job.policy, ours.policy)
        << "it answers loops, and holds their locks meanwhile";
    const bool may_idle = may_run_with_others_again();
    EXPECT_EQ(polite_work.policy, may_idle ? SCHED_IDLE : ours.policy);
    EXPECT_EQ(polite_work.thread != polite_job.thread, may_idle);
    EXPECT_EQ(Place::here().nice, ours.nice) << "of its own threads alone";
}

TEST(Pool, does_not_starve_in_the_background) {
    using std::chrono::milliseconds;
    if (!may_run_with_others_again()) {
        GTEST_SKIP() << "the system lets no thread come back from SCHED_IDLE (RLIMIT_NICE): "
                        "nothing can starve";
    }
    ThreadPool pool{"test", 1, 1, PoolPriority::background};
    EXPECT_EQ(places(pool, milliseconds{1}).second.policy, SCHED_IDLE);
    // That is too long for work that has a core: it is called back, and what comes next goes on there.
    const Place called_back = places(pool, milliseconds{1500}, After::it).second;
    EXPECT_EQ(called_back.policy, SCHED_OTHER);
    EXPECT_GE(called_back.nice, 10);
    const auto [job, work] = places(pool);
    EXPECT_EQ(work.policy, job.policy);
    EXPECT_EQ(work.thread, job.thread);
}

TEST(Pool, performs_as_much_at_once_as_it_has_threads) {
    constexpr int kThreads = 3;
    ThreadPool pool{"test", kThreads, kThreads, PoolPriority::background};
    std::barrier together{kThreads};
    for (int i = 0; i < kThreads; ++i) {
        ASSERT_TRUE(pool.try_post([&] { pool.perform([&] { together.arrive_and_wait(); }); }));
    }
    pool.stop();
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
