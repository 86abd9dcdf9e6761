#include "runtime/timer_wheel.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace parley::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Duration kStart = seconds{1000};

class TimerWheelTest : public ::testing::Test {
protected:
    /// A timer that notes its name.
    TimerId add(Duration delay, int name) {
        return wheel.add(now, delay, [this, name] { ran.push_back(name); });
    }
    void pass(Duration time) {
        now += time;
        wheel.advance(now);
    }

    Duration now = kStart;
    TimerWheel wheel{kStart};
    std::vector<int> ran;
};

TEST_F(TimerWheelTest, runs_a_timer_at_its_time_and_not_a_nanosecond_before) {
    add(milliseconds{50}, 1);
    pass(milliseconds{50} - nanoseconds{1});
    EXPECT_TRUE(ran.empty());
    pass(nanoseconds{1});
    EXPECT_EQ(ran, std::vector{1});
    EXPECT_EQ(wheel.pending(), 0U);
}

TEST_F(TimerWheelTest, rounds_up_to_a_tick) {
    now += milliseconds{3};
    add(milliseconds{12}, 1);
    pass(milliseconds{16});  // 15 ms after the start were asked for
    EXPECT_TRUE(ran.empty());
    pass(milliseconds{1});
    EXPECT_EQ(ran, std::vector{1});
}

TEST_F(TimerWheelTest, runs_timers_in_the_order_of_their_ticks_and_then_of_adding) {
    add(milliseconds{30}, 1);
    add(milliseconds{10}, 2);
    add(seconds{30}, 3);
    add(milliseconds{30}, 4);
    add(seconds{11}, 5);  // the same slot as another tick, a turn later
    pass(hours{1});
    EXPECT_EQ(ran, (std::vector{2, 1, 4, 5, 3}));
}

TEST_F(TimerWheelTest, leaves_timers_of_later_turns_alone) {
    add(milliseconds{20}, 1);
    add(TimerWheel::kTick * static_cast<int>(TimerWheel::kSlots) + milliseconds{20}, 2);
    pass(milliseconds{20});
    EXPECT_EQ(ran, std::vector{1});
    pass(TimerWheel::kTick * static_cast<int>(TimerWheel::kSlots) - nanoseconds{1});
    EXPECT_EQ(ran, std::vector{1});
    pass(nanoseconds{1});
    EXPECT_EQ(ran, (std::vector{1, 2}));
}

TEST_F(TimerWheelTest, forgets_cancelled_timers_once) {
    const TimerId first = add(milliseconds{10}, 1);
    add(milliseconds{10}, 2);
    EXPECT_TRUE(wheel.cancel(first));
    EXPECT_FALSE(wheel.cancel(first));
    EXPECT_FALSE(wheel.cancel({}));
    EXPECT_FALSE(wheel.cancel({.value = 12345}));
    pass(seconds{1});
    EXPECT_EQ(ran, std::vector{2});
    EXPECT_FALSE(wheel.cancel(first));
}

TEST_F(TimerWheelTest, never_gives_an_id_twice) {
    const TimerId first = add(milliseconds{10}, 1);
    wheel.cancel(first);
    const TimerId second = add(milliseconds{10}, 2);
    EXPECT_NE(first, second);
    EXPECT_FALSE(wheel.cancel(first));
    pass(milliseconds{10});
    EXPECT_EQ(ran, std::vector{2});
}

TEST_F(TimerWheelTest, a_job_may_cancel_another_of_its_own_tick) {
    TimerId second;
    wheel.add(now, milliseconds{10}, [&] { EXPECT_TRUE(wheel.cancel(second)); });
    second = add(milliseconds{10}, 2);
    add(milliseconds{10}, 3);
    pass(milliseconds{10});
    EXPECT_EQ(ran, std::vector{3});
}

TEST_F(TimerWheelTest, a_job_cannot_cancel_itself_any_more) {
    TimerId self;
    bool cancelled = true;
    self = wheel.add(now, milliseconds{10}, [&] { cancelled = wheel.cancel(self); });
    pass(milliseconds{10});
    EXPECT_FALSE(cancelled);
}

TEST_F(TimerWheelTest, a_job_that_starts_itself_again_without_delay_waits_for_the_next_tick) {
    int runs = 0;
    std::function<void()> again = [&] {
        ++runs;
        wheel.add(now, Duration{0}, [&] { again(); });
    };
    wheel.add(now, Duration{0}, [&] { again(); });
    pass(milliseconds{10});
    EXPECT_EQ(runs, 1);
    pass(milliseconds{10});
    EXPECT_EQ(runs, 2);
}

TEST_F(TimerWheelTest, takes_delays_below_zero_and_beyond_reason) {
    add(milliseconds{-5}, 1);
    add(Duration::max(), 2);
    pass(milliseconds{10});
    EXPECT_EQ(ran, std::vector{1});
    EXPECT_EQ(wheel.pending(), 1U);
}

TEST_F(TimerWheelTest, says_until_when_there_is_nothing_to_do) {
    EXPECT_FALSE(wheel.next_due().has_value());
    const TimerId timer = add(milliseconds{50}, 1);
    EXPECT_EQ(wheel.next_due(), now + milliseconds{50});
    add(seconds{1}, 2);
    EXPECT_EQ(wheel.next_due(), now + milliseconds{50});
    wheel.cancel(timer);
    EXPECT_EQ(wheel.next_due(), now + seconds{1});
    pass(seconds{1});
    EXPECT_FALSE(wheel.next_due().has_value());
}

TEST_F(TimerWheelTest, names_the_right_time_after_a_long_idleness) {
    pass(milliseconds{1});
    now += hours{100} + milliseconds{7};
    add(milliseconds{43}, 1);
    const auto due = wheel.next_due();
    ASSERT_TRUE(due.has_value());
    EXPECT_GE(*due, now + milliseconds{43});
    EXPECT_LT(*due, now + milliseconds{43} + TimerWheel::kTick);
}

TEST_F(TimerWheelTest, clear_destroys_jobs_without_running_them) {
    const auto held = std::make_shared<int>(1);
    wheel.add(now, seconds{1}, [held] {});
    wheel.add(now, seconds{100}, [held] {});
    wheel.clear();
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(wheel.pending(), 0U);
    pass(seconds{200});
}

/// Adds, cancels and lets time pass at random, and knows what should run.
class TimerWheelAgainstList : public TimerWheelTest {
protected:
    [[nodiscard]] int draw(int most) { return std::uniform_int_distribution<int>{0, most}(random); }

    void add_some() {
        for (int left = draw(5); left > 0; --left) {
            const Duration delay = milliseconds{draw(draw(3) == 0 ? 60'000 : 500)};
            expected[next_name] = {add(delay, next_name), now + delay};
            ++next_name;
        }
    }
    void cancel_one() {
        if (expected.empty()) {
            return;
        }
        const auto victim =
            std::next(expected.begin(), draw(static_cast<int>(expected.size()) - 1));
        EXPECT_TRUE(wheel.cancel(victim->second.first));
        expected.erase(victim);
    }
    void pass_some_time() {
        ran.clear();
        pass(std::chrono::microseconds{draw(draw(20) == 0 ? 20'000'000 : 100'000)});
    }
    /// What has run was due, in order; what has not is not due by a tick.
    void check() {
        Duration latest{0};
        for (const int name : ran) {
            const Duration due = expected.at(name).second;
            EXPECT_LE(due, now);
            EXPECT_GE(due + TimerWheel::kTick, latest);
            latest = std::max(latest, due);
            expected.erase(name);
        }
        for (const auto& [name, timer] : expected) {
            EXPECT_GT(timer.second + TimerWheel::kTick, now) << "a timer is late";
        }
        EXPECT_EQ(wheel.pending(), expected.size());
    }

    const unsigned seed = std::random_device{}();
    std::mt19937 random{seed};
    std::map<int, std::pair<TimerId, Duration>> expected;  // name → id and due time
    int next_name = 0;
};

TEST_F(TimerWheelAgainstList, agrees_with_a_sorted_list) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    for (int step = 0; step < 3000 && !HasFailure(); ++step) {
        add_some();
        if (draw(2) == 0) {
            cancel_one();
        }
        pass_some_time();
        check();
    }
}

}  // namespace
}  // namespace parley::runtime
