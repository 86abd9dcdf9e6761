#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace parley::runtime {
namespace {

using testing::on;

TEST(Loop, runs_the_jobs_of_one_thread_in_the_order_posted) {
    Runtime runtime{{.loops = 1}};
    runtime.start();
    std::vector<int> order;
    for (int i = 0; i < 1000; ++i) {
        runtime.loop(0).post([&order, i] { order.push_back(i); });
    }
    on(runtime.loop(0), [] {});
    ASSERT_EQ(order.size(), 1000U);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    }
}

/// Notes for each producer the last number it sent, and whether all came in order. One loop's.
struct Arrivals {
    std::vector<int> last;
    bool in_order = true;

    void note(std::size_t producer, int number) {
        in_order = in_order && last[producer] == number - 1;
        last[producer] = number;
    }
};

TEST(Loop, loses_nothing_from_many_producers_and_keeps_the_order_of_each) {
    constexpr std::size_t kProducers = 4;
    constexpr int kJobs = 20'000;
    Runtime runtime{{.loops = 1}};
    runtime.start();
    Arrivals arrivals{.last = std::vector<int>(kProducers, -1)};
    const auto produce = [&](std::size_t producer) {
        for (int i = 0; i < kJobs; ++i) {
            runtime.loop(0).post([&, producer, i] { arrivals.note(producer, i); });
        }
    };
    std::vector<std::thread> producers;
    producers.reserve(kProducers);
    for (std::size_t producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back(produce, producer);
    }
    for (auto& producer : producers) {
        producer.join();
    }
    on(runtime.loop(0), [] {});
    EXPECT_TRUE(arrivals.in_order);
    EXPECT_EQ(arrivals.last, std::vector<int>(kProducers, kJobs - 1));
}

TEST(Loop, runs_deferred_jobs_after_all_that_were_posted_before_the_batch) {
    Runtime runtime{{.loops = 1}};
    std::vector<std::string> order;
    Loop& loop = runtime.loop(0);
    loop.post([&] {
        order.emplace_back("first");
        loop.defer([&] { order.emplace_back("deferred"); });
    });
    loop.post([&] { order.emplace_back("second"); });
    loop.post([&] { order.emplace_back("third"); });
    runtime.start();
    on(loop, [] {});
    on(loop, [] {});  // the first may be of the same batch
    EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "third", "deferred"}));
}

TEST(Loop, runs_what_a_deferred_job_defers) {
    Runtime runtime{{.loops = 1}};
    runtime.start();
    Loop& loop = runtime.loop(0);
    std::promise<int> depth;
    std::function<void(int)> go = [&](int level) {
        if (level == 100) {
            depth.set_value(level);
            return;
        }
        loop.defer([&go, level] { go(level + 1); });
    };
    loop.post([&] { go(0); });
    EXPECT_EQ(depth.get_future().get(), 100);
}

TEST(Loop, runs_timers_in_the_order_of_their_times_and_never_early) {
    Runtime runtime{{.loops = 1}};
    runtime.start();
    Loop& loop = runtime.loop(0);
    std::vector<int> order;
    bool early = false;
    std::promise<void> done;
    const auto begin = loop.clock().steady();
    const auto start = [&](int millis) {
        const Duration delay = std::chrono::milliseconds{millis};
        loop.after(delay, [&, delay, millis] {
            early = early || loop.clock().steady() - begin < delay;
            order.push_back(millis);
            if (order.size() == 3) {
                done.set_value();
            }
        });
    };
    on(loop, [&] { std::ranges::for_each(std::array{60, 20, 40}, start); });
    done.get_future().wait();
    EXPECT_EQ(order, (std::vector<int>{20, 40, 60}));
    EXPECT_FALSE(early);
}

TEST(Loop, knows_its_own_thread_and_its_id) {
    Runtime runtime{{.loops = 2}};
    runtime.start();
    EXPECT_FALSE(runtime.loop(1).is_current());
    EXPECT_EQ(runtime.loop(1).id(), LoopId{1});
    bool own = false;
    bool other = true;
    on(runtime.loop(1), [&] {
        own = runtime.loop(1).is_current();
        other = runtime.loop(0).is_current();
    });
    EXPECT_TRUE(own);
    EXPECT_FALSE(other);
}

TEST(Loop, stops_only_after_it_has_run_what_was_posted) {
    std::atomic<int> ran = 0;
    Runtime runtime{{.loops = 2}};
    runtime.start();
    for (int i = 0; i < 1000; ++i) {
        runtime.loop(static_cast<std::size_t>(i % 2)).post([&] {
            ++ran;
            runtime.loop(0).post([&] { ++ran; });
        });
    }
    on(runtime.loop(1), [] {});
    runtime.stop();
    runtime.stop();
    EXPECT_EQ(ran, 2000);
}

TEST(Loop, destroys_what_never_ran_when_the_runtime_ends) {
    const auto held = std::make_shared<int>(1);
    {
        Runtime runtime{{.loops = 1}};
        runtime.loop(0).post([held] {});
        runtime.loop(0).after(std::chrono::seconds{1}, [held] {});
        runtime.loop(0).defer([held] {});
        EXPECT_EQ(held.use_count(), 4);
    }
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Loop, random_numbers_differ) {
    Runtime runtime{{.loops = 1}};
    Random& random = runtime.loop(0).random();
    const auto first = random.next();
    EXPECT_NE(first, random.next());
    std::vector<std::byte> bytes(10'000);
    random.fill(bytes);
    EXPECT_NE(bytes, std::vector<std::byte>(10'000));
}

}  // namespace
}  // namespace parley::runtime
