#include "runtime/scope.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/task.h"

namespace parley::runtime {
namespace {

Task<int> number(int value) {
    co_return value;
}

Task<void> add_up(int count, std::int64_t* sum) {
    for (int i = 0; i < count; ++i) {
        *sum += co_await number(i);
    }
}

TEST(Task, a_chain_of_a_hundred_thousand_needs_no_stack) {
    TaskScope scope;
    std::int64_t sum = 0;
    EXPECT_TRUE(scope.spawn(add_up(100'000, &sum)));
    EXPECT_EQ(sum, 4'999'950'000);
    EXPECT_EQ(scope.running(), 0U);
}

Task<int> nested(int depth) {
    if (depth == 0) {
        co_return 0;
    }
    const int below = co_await nested(depth - 1);
    co_return below + 1;
}

Task<void> measure(int depth, int* reached) {
    *reached = co_await nested(depth);
}

TEST(Task, tasks_inside_tasks_a_hundred_thousand_deep_need_no_stack) {
    TaskScope scope;
    int reached = 0;
    EXPECT_TRUE(scope.spawn(measure(100'000, &reached)));
    EXPECT_EQ(reached, 100'000);
}

Task<void> mark(bool* ran) {
    *ran = true;
    co_return;
}

TEST(Task, does_nothing_until_it_is_awaited) {
    bool ran = false;
    {
        const auto task = mark(&ran);
    }
    EXPECT_FALSE(ran);
}

Task<void> wait_for(Callback<int>* callback, int* got) {
    *got = co_await callback->wait();
}

TEST(TaskScope, starts_a_task_at_once_and_close_waits_for_it) {
    TaskScope scope;
    Callback<int> callback;
    auto answer = callback.completion();
    int got = 0;
    bool closed = false;
    EXPECT_TRUE(scope.spawn(wait_for(&callback, &got)));
    EXPECT_EQ(scope.running(), 1U);
    scope.close([&] { closed = true; });
    EXPECT_FALSE(closed);
    answer(7);
    EXPECT_EQ(got, 7);
    EXPECT_TRUE(closed);
    EXPECT_EQ(scope.running(), 0U);
}

TEST(TaskScope, closes_at_once_when_nothing_runs_and_then_refuses) {
    TaskScope scope;
    bool closed = false;
    scope.close([&] { closed = true; });
    EXPECT_TRUE(closed);
    bool ran = false;
    EXPECT_FALSE(scope.spawn(mark(&ran)));
    EXPECT_FALSE(ran);
}

TEST(TaskScope, waits_for_the_last_of_many_in_any_order) {
    TaskScope scope;
    std::vector<std::unique_ptr<Callback<int>>> callbacks;
    std::vector<int> got(100, -1);
    for (int& slot : got) {
        callbacks.push_back(std::make_unique<Callback<int>>());
        EXPECT_TRUE(scope.spawn(wait_for(callbacks.back().get(), &slot)));
    }
    int closed = 0;
    scope.close([&] { ++closed; });
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(closed, 0);
        const int which = (i * 37) % 100;
        callbacks[static_cast<std::size_t>(which)]->completion()(which);
    }
    EXPECT_EQ(closed, 1);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
    }
}

TEST(TaskScope, may_be_destroyed_by_what_its_end_tells) {
    auto scope = std::make_unique<TaskScope>();
    Callback<int> callback;
    int got = 0;
    EXPECT_TRUE(scope->spawn(wait_for(&callback, &got)));
    scope->close([&] { scope.reset(); });
    callback.completion()(1);
    EXPECT_EQ(scope, nullptr);
}

Task<void> close_from_inside(TaskScope* scope, bool* closed) {
    scope->close([closed] { *closed = true; });
    EXPECT_FALSE(*closed);
    co_return;
}

TEST(TaskScope, may_be_closed_by_its_own_task) {
    TaskScope scope;
    bool closed = false;
    EXPECT_TRUE(scope.spawn(close_from_inside(&scope, &closed)));
    EXPECT_TRUE(closed);
}

Task<void> hold(std::shared_ptr<int> held, Callback<int>* callback) {
    static_cast<void>(co_await callback->wait());
    *held = 1;
}

TEST(TaskScope, destroys_tasks_that_wait_for_ever_when_it_goes) {
    const auto held = std::make_shared<int>(0);
    Callback<int> never;
    {
        TaskScope scope;
        EXPECT_TRUE(scope.spawn(hold(held, &never)));
        EXPECT_TRUE(scope.spawn(hold(held, &never)));
        EXPECT_EQ(held.use_count(), 3);
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

TEST(Callback, that_is_answered_before_it_is_awaited_does_not_wait) {
    TaskScope scope;
    Callback<int> callback;
    callback.completion()(5);
    int got = 0;
    EXPECT_TRUE(scope.spawn(wait_for(&callback, &got)));
    EXPECT_EQ(got, 5);
}

}  // namespace
}  // namespace parley::runtime
