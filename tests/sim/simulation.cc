#include "tests/sim/simulation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

constexpr std::uint64_t kFold = 0x9E3779B97F4A7C15ULL;

std::uint64_t folded(std::uint64_t hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * kFold;
    return hash ^ (hash >> 29U);
}

}  // namespace

std::uint64_t Rng::next() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

std::uint64_t Rng::below(std::uint64_t bound) noexcept {
    PARLEY_ASSERT(bound > 0);
    return next() % bound;  // the bias is far below anything a test could see
}

bool Rng::chance(double probability) noexcept {
    return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability;
}

Duration Rng::between(Duration low, Duration high) noexcept {
    PARLEY_ASSERT(low <= high);
    return low + Duration{static_cast<std::int64_t>(
                     below(static_cast<std::uint64_t>((high - low).count()) + 1)
                 )};
}

Duration Rng::exponential(Duration mean) noexcept {
    // A table-free inverse without libm, whose last bits differ between systems: the sum of eight
    // geometric steps would do; halving until a coin falls wrong is enough of a tail here.
    Duration sum = between(Duration{0}, mean);
    while (chance(0.5)) {
        sum += between(Duration{0}, mean);
    }
    return sum;
}

void SimRandom::fill(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
        const std::uint64_t word = rng_.next();
        const std::size_t count = std::min(out.size(), sizeof(word));
        std::memcpy(out.data(), &word, count);
        out = out.subspan(count);
    }
}

std::uint64_t hash_of(std::string_view bytes) noexcept {
    std::uint64_t hash = bytes.size();
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof(word));
        hash = folded(hash, word);
        bytes.remove_prefix(sizeof(word));
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, bytes.data(), bytes.size());
    return folded(hash, rest);
}

std::uint64_t hash_of(std::span<const std::byte> bytes) noexcept {
    return hash_of(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string_view to_string(What what) noexcept {
    static constexpr std::array<std::string_view, 23> kNames{
        "job",        "timer",     "timer set", "timer off",  "pool",  "work",
        "disk write", "disk read", "disk sync", "disk other", "store", "directory",
        "connect",    "refuse",    "write",     "data",       "close", "cut",
        "kill",       "start",     "fault",     "client",     "phase",
    };
    return kNames.at(static_cast<std::size_t>(what));
}

std::string to_string(const TraceLine& line) {
    std::array<char, 96> text{};
    const std::string_view name = to_string(line.what);
    const int size = std::snprintf(
        text.data(),
        text.size(),
        "%12.6f s  %-10.*s %llu %llu",
        static_cast<double>(line.time.count()) / 1e9,
        static_cast<int>(name.size()),
        name.data(),
        static_cast<unsigned long long>(line.a),
        static_cast<unsigned long long>(line.b)
    );
    return {text.data(), static_cast<std::size_t>(size)};
}

EventId Simulation::at(Duration when, ProcessId owner, Job job) {
    std::uint32_t slot = 0;
    if (free_slots_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    const std::uint64_t order = next_order_++;
    slots_[slot].job = std::move(job);
    slots_[slot].order = order;
    slots_[slot].owner = owner;
    heap_.push_back({.when = std::max(when, now_), .order = order, .slot = slot});
    std::ranges::push_heap(heap_, later);
    return {.slot = slot, .order = order};
}

void Simulation::cancel(EventId event) {
    if (event.order == 0 || slots_[event.slot].order != event.order) {
        return;
    }
    slots_[event.slot].order = 0;
    Job dropped = std::move(slots_[event.slot].job);  // its destructor may ask for events
}

std::vector<Job> Simulation::take_events(ProcessId owner) {
    std::vector<Job> taken;
    for (Slot& slot : slots_) {
        if (slot.order != 0 && slot.owner == owner) {
            slot.order = 0;
            taken.push_back(std::move(slot.job));
        }
    }
    return taken;
}

Simulation::Entry Simulation::pop() {
    std::ranges::pop_heap(heap_, later);
    const Entry entry = heap_.back();
    heap_.pop_back();
    return entry;
}

bool Simulation::step() {
    while (!heap_.empty()) {
        const Entry entry = pop();
        const bool pending = slots_[entry.slot].order == entry.order;
        if (pending) {
            run_job(entry);
        }
        free_slots_.push_back(entry.slot);
        if (pending) {
            return true;
        }
    }
    return false;
}

void Simulation::run_job(const Entry& entry) {
    now_ = entry.when;
    charged_ = {};
    ++events_run_;
    const ProcessId owner = slots_[entry.slot].owner;
    if (owner == kWorld || !process_hook_ || process_hook_(owner)) {
        slots_[entry.slot].order = 0;
        Job job = std::move(slots_[entry.slot].job);
        job();
    }
    charged_ = {};
    run_after_event();
    PARLEY_ASSERT(slots_[entry.slot].order == 0);  // run, or taken with its process
}

void Simulation::run_after_event() {
    while (!after_event_.empty()) {
        std::vector<Job> jobs = std::exchange(after_event_, {});
        for (Job& job : jobs) {
            job();
        }
    }
}

void Simulation::run_until(Duration when) {
    while (!heap_.empty() && heap_.front().when <= when) {
        step();
    }
    now_ = std::max(now_, when);
}

void Simulation::trace(What what, std::uint64_t a, std::uint64_t b) {
    const TraceLine line{.time = now(), .what = what, .a = a, .b = b};
    mix(static_cast<std::uint64_t>(line.time.count()));
    mix(static_cast<std::uint64_t>(what));
    mix(a);
    mix(b);
    lines_.at(line_count_ % kLinesKept) = line;
    ++line_count_;
    if (printing_) {
        std::fprintf(stdout, "%s\n", to_string(line).c_str());
    }
}

void Simulation::say(std::string_view text) const {
    if (printing_) {
        std::fprintf(
            stdout,
            "%12.6f s  *** %.*s\n",
            static_cast<double>(now().count()) / 1e9,
            static_cast<int>(text.size()),
            text.data()
        );
    }
}

void Simulation::mix(std::uint64_t value) noexcept {
    hash_ = folded(hash_, value);
}

std::vector<TraceLine> Simulation::last_lines(std::size_t count) const {
    const std::size_t kept = std::min({count, kLinesKept, static_cast<std::size_t>(line_count_)});
    std::vector<TraceLine> lines;
    for (std::uint64_t i = line_count_ - kept; i < line_count_; ++i) {
        lines.push_back(lines_.at(i % kLinesKept));
    }
    return lines;
}

}  // namespace parley::sim
