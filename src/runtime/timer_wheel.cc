#include "runtime/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace parley::runtime {
namespace {

/// A delay that no process lives to see; longer ones are cut to it so that sums cannot overflow.
constexpr Duration kDelayMax = std::chrono::hours{24 * 365 * 100};

std::uint64_t tick_before(Duration time) noexcept {
    return static_cast<std::uint64_t>(time.count() / TimerWheel::kTick.count());
}

std::uint64_t tick_after(Duration time) noexcept {
    const auto tick = TimerWheel::kTick.count();
    return static_cast<std::uint64_t>((time.count() + tick - 1) / tick);
}

}  // namespace

TimerWheel::TimerWheel(Duration now) : current_(tick_before(now)) {}

TimerId TimerWheel::add(Duration now, Duration delay, Job job) {
    if (!advancing_) {
        // Keep up with time where that skips nothing, so that next_due() looks at the right turn.
        const std::uint64_t reached = tick_before(now);
        if (reached > current_ && (pending_ == 0 || next_occupied_tick() > reached)) {
            current_ = reached;
        }
    }
    if (free_ == kNone) {
        PARLEY_ASSERT(nodes_.size() < kNone);
        free_ = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    }
    const std::uint32_t index = free_;
    Node& node = nodes_[index];
    free_ = node.next;
    node.job = std::move(job);
    const Duration due = now + std::clamp(delay, Duration{0}, kDelayMax);
    node.due = std::max(tick_after(due), current_ + 1);
    append(static_cast<std::uint32_t>(node.due % kSlots), index);
    ++pending_;
    // Generations start at 0 and indexes too, hence the + 1: no timer has the id 0.
    return {(std::uint64_t{node.generation} << 32U) | (std::uint64_t{index} + 1)};
}

bool TimerWheel::cancel(TimerId timer) noexcept {
    const std::uint64_t index = (timer.value & 0xFFFFFFFFULL) - 1;
    if (timer.value == 0 || index >= nodes_.size()) {
        return false;
    }
    const auto at = static_cast<std::uint32_t>(index);
    Node& node = nodes_[at];
    if (node.list == kNoList || node.generation != timer.value >> 32U) {
        return false;
    }
    unlink(at);
    const Job dropped = std::move(node.job);  // its destructor may come back here: last of all
    release(at);
    return true;
}

void TimerWheel::advance(Duration now) {
    PARLEY_ASSERT(!advancing_);
    advancing_ = true;
    const std::uint64_t target = tick_before(now);
    while (current_ < target) {
        if (pending_ == 0) {
            current_ = target;
            break;
        }
        current_ = std::min(next_occupied_tick(), target);
        run_tick();
    }
    advancing_ = false;
}

void TimerWheel::run_tick() {
    std::uint32_t index = lists_[current_ % kSlots].first;
    while (index != kNone) {
        const std::uint32_t next = nodes_[index].next;
        if (nodes_[index].due <= current_) {
            unlink(index);
            append(kReadyList, index);
        }
        index = next;
    }
    // A job may cancel timers of this list and grow nodes_: look everything up again each time.
    while ((index = lists_[kReadyList].first) != kNone) {
        unlink(index);
        Job job = std::move(nodes_[index].job);
        release(index);
        job();
    }
}

std::optional<Duration> TimerWheel::next_due() const noexcept {
    if (pending_ == 0) {
        return std::nullopt;
    }
    return kTick * static_cast<std::int64_t>(next_occupied_tick());
}

void TimerWheel::clear() noexcept {
    for (std::uint32_t list = 0; list <= kReadyList; ++list) {
        while (lists_[list].first != kNone) {
            const std::uint32_t index = lists_[list].first;
            unlink(index);
            const Job dropped = std::move(nodes_[index].job);
            release(index);
        }
    }
}

/// The first tick after current_ whose slot holds anything; a turn away when none does.
std::uint64_t TimerWheel::next_occupied_tick() const noexcept {
    const std::uint64_t from = current_ + 1;
    const std::size_t slot = from % kSlots;
    std::size_t word = slot / 64;
    std::uint64_t bits = occupied_[word] & (~std::uint64_t{0} << (slot % 64));
    // One word more than there are: the first is looked at twice, its upper and its lower part.
    for (std::size_t looked = 0; looked <= occupied_.size(); ++looked) {
        if (bits != 0) {
            const std::size_t found =
                (word * 64) + static_cast<std::size_t>(std::countr_zero(bits));
            return from + ((found + kSlots - slot) % kSlots);
        }
        word = (word + 1) % occupied_.size();
        bits = occupied_[word];
    }
    return current_ + kSlots;
}

void TimerWheel::append(std::uint32_t list, std::uint32_t node) noexcept {
    List& to = lists_[list];
    nodes_[node].list = list;
    nodes_[node].previous = to.last;
    nodes_[node].next = kNone;
    (to.last == kNone ? to.first : nodes_[to.last].next) = node;
    to.last = node;
    if (list < kSlots) {
        occupied_[list / 64] |= std::uint64_t{1} << (list % 64);
    }
}

void TimerWheel::unlink(std::uint32_t node) noexcept {
    const Node& leaving = nodes_[node];
    List& from = lists_[leaving.list];
    (leaving.previous == kNone ? from.first : nodes_[leaving.previous].next) = leaving.next;
    (leaving.next == kNone ? from.last : nodes_[leaving.next].previous) = leaving.previous;
    if (leaving.list < kSlots && from.first == kNone) {
        occupied_[leaving.list / 64] &= ~(std::uint64_t{1} << (leaving.list % 64));
    }
}

void TimerWheel::release(std::uint32_t node) noexcept {
    Node& leaving = nodes_[node];
    leaving.list = kNoList;
    --pending_;
    if (++leaving.generation == 0) {
        return;  // all ids of this node have been given out: it retires, and none is ever reused
    }
    leaving.next = free_;
    free_ = node;
}

}  // namespace parley::runtime
