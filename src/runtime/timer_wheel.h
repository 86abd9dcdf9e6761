#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/job.h"
#include "base/time.h"
#include "runtime/loop.h"

namespace parley::runtime {

/// A hashed timer wheel as pure code: time goes in as an argument, nothing is read or slept. Adding and
/// cancelling are O(1); a tick with nothing due costs nothing, because ticks are skipped by a bitmap.
/// Timers never run early; they run in the order of their ticks, and within a tick in the order added.
/// Times are those of Clock::steady(). Belongs to one loop.
class TimerWheel {
public:
    static constexpr Duration kTick = std::chrono::milliseconds{10};
    static constexpr std::size_t kSlots = 1024;  // one turn of the wheel: 10.24 s

    explicit TimerWheel(Duration now);

    /// Runs `job` in the first advance() whose time is at least now + delay, rounded up to a tick.
    /// A delay below zero counts as zero; the soonest is the next tick.
    TimerId add(Duration now, Duration delay, Job job);

    /// False, and nothing happens, for a timer that has run, was cancelled, or never was.
    bool cancel(TimerId timer) noexcept;

    /// Runs what is due. Jobs may add and cancel timers, and must not call advance().
    void advance(Duration now);

    /// Before this time advance() has nothing to run (it may have nothing then, either: a timer more
    /// than a turn away shows up once per turn). Nothing when no timer is pending.
    [[nodiscard]] std::optional<Duration> next_due() const noexcept;

    [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

    /// Forgets all timers without running them.
    void clear() noexcept;

private:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};
    static constexpr std::uint32_t kReadyList = kSlots;  // what is due at the tick being run
    static constexpr std::uint32_t kNoList = kSlots + 1;

    struct Node {
        Job job;
        std::uint64_t due = 0;  // tick
        std::uint32_t previous = kNone;
        std::uint32_t next = kNone;
        std::uint32_t generation = 0;
        std::uint32_t list = kNoList;
    };
    struct List {
        std::uint32_t first = kNone;
        std::uint32_t last = kNone;
    };

    [[nodiscard]] std::uint64_t next_occupied_tick() const noexcept;
    void append(std::uint32_t list, std::uint32_t node) noexcept;
    void unlink(std::uint32_t node) noexcept;
    void release(std::uint32_t node) noexcept;
    void run_tick();

    std::vector<Node> nodes_;  // bounded by the most timers pending at once
    std::uint32_t free_ = kNone;
    std::array<List, kSlots + 1> lists_{};
    std::array<std::uint64_t, kSlots / 64> occupied_{};
    std::uint64_t current_;  // the last tick whose timers have run
    std::size_t pending_ = 0;
    bool advancing_ = false;
};

}  // namespace parley::runtime
