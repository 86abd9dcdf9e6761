#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <future>
#include <mutex>
#include <string_view>

#include "runtime/runtime.h"

/// Three mistakes that two loops can make with one value, and one use that is right. Nothing here fails by
/// itself: only a race detector can tell the first three from the last. `parley_planted_race NAME`.

namespace {

using parley::runtime::Runtime;

/// Runs both jobs, one on each of two loops, and waits for both.
template <class First, class Second>
void on_two_loops(First first, Second second) {
    Runtime runtime{{.loops = 2}};
    std::promise<void> first_done;
    std::promise<void> second_done;
    runtime.start();
    runtime.loop(0).post([&] {
        first();
        first_done.set_value();
    });
    runtime.loop(1).post([&] {
        second();
        second_done.set_value();
    });
    first_done.get_future().wait();
    second_done.get_future().wait();
    runtime.stop();
}

/// Right: the value goes to the other loop as a job.
void posted() {
    Runtime runtime{{.loops = 2}};
    std::promise<int> seen;
    int value = 0;
    runtime.start();
    runtime.loop(0).post([&] {
        value = 42;
        runtime.loop(1).post([&] { seen.set_value(value); });
    });
    seen.get_future().wait();
    runtime.stop();
}

/// Both loops count.
void counter() {
    int count = 0;
    const auto add = [&count] {
        for (int i = 0; i < 1'000; ++i) {
            ++count;
        }
    };
    on_two_loops(add, add);
}

/// The flag is atomic, but says nothing of what was written before it.
void relaxed_flag() {
    int value = 0;
    std::atomic<bool> ready{false};
    on_two_loops(
        [&] {
            value = 42;
            ready.store(true, std::memory_order_relaxed);
        },
        [&] {
            while (!ready.load(std::memory_order_relaxed)) {
            }
            volatile int seen = value;
            static_cast<void>(seen);
        }
    );
}

/// Each writes outside the lock, one behind and one before it. When the first comes second, the lock hides the
/// race from the detector: this is why a green run is repeated.
void behind_a_lock() {
    int value = 0;
    std::mutex mutex;
    on_two_loops(
        [&] {
            {
                const std::scoped_lock lock(mutex);
            }
            value = 2;
        },
        [&] {
            value = 1;
            const std::scoped_lock lock(mutex);
        }
    );
}

struct Case {
    std::string_view name;
    void (*run)();
};
constexpr std::array kCases{
    Case{.name = "posted", .run = posted},
    Case{.name = "counter", .run = counter},
    Case{.name = "relaxed_flag", .run = relaxed_flag},
    Case{.name = "behind_a_lock", .run = behind_a_lock},
};

}  // namespace

int main(int count, char** arguments) {
    const std::string_view name = count == 2 ? arguments[1] : "";
    const auto* const found = std::ranges::find(kCases, name, &Case::name);
    if (found == kCases.end()) {
        std::fputs(
            "usage: parley_planted_race posted|counter|relaxed_flag|behind_a_lock\n", stderr
        );
        return 2;
    }
    found->run();
    return 0;
}
