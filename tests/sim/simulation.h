#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/job.h"
#include "base/random.h"
#include "base/time.h"
#include "tests/sim/tally.h"

/// The simulated machine's heart: virtual time, chance from one seed, and a trace that says whether two
/// runs were the same. One thread; everything that happens is an event of one queue.

namespace parley::sim {

/// splitmix64 (Steele, Lea, Flood 2014): small, fast, and the same with every compiler.
class Rng {
public:
    explicit Rng(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept;
    /// Uniform below `bound`, which is not 0.
    std::uint64_t below(std::uint64_t bound) noexcept;
    bool chance(double probability) noexcept;
    /// Uniform in [low, high].
    Duration between(Duration low, Duration high) noexcept;
    /// Exponentially distributed: how long until the next of events that come at random.
    Duration exponential(Duration mean) noexcept;
    template <class Choices>
    auto& pick(Choices& choices) noexcept {
        return choices[static_cast<std::size_t>(below(choices.size()))];
    }
    /// Another generator, so that what one part draws does not change what the others draw.
    [[nodiscard]] Rng fork() noexcept { return Rng{next()}; }

private:
    std::uint64_t state_;
};

/// The product's view of an Rng.
class SimRandom final : public Random {
public:
    explicit SimRandom(Rng rng) noexcept : rng_(rng) {}
    [[nodiscard]] std::uint64_t next() noexcept override { return rng_.next(); }
    void fill(std::span<std::byte> out) noexcept override;

private:
    Rng rng_;
};

/// A hash that depends on neither the compiler nor its library: eight bytes at a time, multiplied and folded. Not
/// for anything that an attacker chooses.
[[nodiscard]] std::uint64_t hash_of(std::string_view bytes) noexcept;
[[nodiscard]] std::uint64_t hash_of(std::span<const std::byte> bytes) noexcept;

/// What an event is, for the trace.
enum class What : std::uint8_t {
    job,
    timer,
    timer_set,
    timer_off,
    pool,
    work,
    disk_write,
    disk_read,
    disk_sync,
    disk_other,
    store,
    directory,
    connect,
    refuse,
    write,
    data,
    close,
    cut,
    kill,
    start,
    fault,
    client,
    phase,
};
[[nodiscard]] std::string_view to_string(What what) noexcept;

/// A point in time, what happened, and two numbers: ids, sizes, counts, hashes of bytes.
struct TraceLine {
    Duration time{};
    What what{};
    std::uint64_t a = 0;
    std::uint64_t b = 0;
};
[[nodiscard]] std::string to_string(const TraceLine& line);

/// Whose event it is: a process takes its events with it when it is killed. 0 is the world outside.
using ProcessId = std::uint32_t;
inline constexpr ProcessId kWorld = 0;

/// Names one pending event; one that has run or was dropped is ignored.
struct EventId {
    std::uint32_t slot = 0;
    std::uint64_t order = 0;  ///< 0 is none
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : rng_(seed) {}
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    Simulation(Simulation&&) = delete;
    Simulation& operator=(Simulation&&) = delete;
    ~Simulation() = default;

    /// Virtual time since the start; inside an event, with what the event has charged so far.
    [[nodiscard]] Duration now() const noexcept { return now_ + charged_; }
    /// True unless the event that is running has charged time: then its now() is ahead of the others'.
    [[nodiscard]] bool on_time() const noexcept { return charged_ == Duration{0}; }
    /// The event that is running takes that long: what it does from here on happens later.
    void charge(Duration taken) noexcept { charged_ += taken; }

    [[nodiscard]] Rng& rng() noexcept { return rng_; }

    /// Where we are: the loop that is running (none: the world, a worker, a pool), and who posts to mailboxes.
    struct Context {
        const void* loop = nullptr;
        std::uint64_t producer = 0;
    };
    /// Runs `f` there.
    template <class F>
    void within(Context context, F&& f) {
        const Context outer = std::exchange(context_, context);
        std::forward<F>(f)();
        context_ = outer;
    }
    [[nodiscard]] const Context& context() const noexcept { return context_; }
    /// A producer that nobody else is.
    [[nodiscard]] std::uint64_t new_producer() noexcept { return ++producers_; }

    Tally tally;  ///< of everything that went wrong on purpose, and what came of it

    /// Events run in order of time, then of being asked for.
    EventId at(Duration when, ProcessId owner, Job job);
    EventId in(Duration delay, ProcessId owner, Job job) {
        return at(now() + delay, owner, std::move(job));
    }
    void cancel(EventId event);
    /// Takes out all events of `owner`; the caller decides when their jobs are destroyed.
    [[nodiscard]] std::vector<Job> take_events(ProcessId owner);

    /// Runs the next event; false when there is none.
    bool step();
    /// Runs all events up to `when`, and time stands at `when`.
    void run_until(Duration when);

    /// Called before each event of a process with its number; false: the event is not to run, because its
    /// owner has just been killed.
    void on_process_event(std::function<bool(ProcessId)> hook) { process_hook_ = std::move(hook); }
    /// Called between events, once for each time it was asked for.
    void after_event(Job job) { after_event_.push_back(std::move(job)); }

    void trace(What what, std::uint64_t a = 0, std::uint64_t b = 0);
    /// The same, and bytes that only the hash gets.
    template <class Bytes>
    void trace_with(const Bytes& bytes, What what, std::uint64_t a = 0, std::uint64_t b = 0) {
        trace(what, a, b);
        mix(hash_of(bytes));
    }
    /// Into the hash and into no line.
    void mix(std::uint64_t value) noexcept;
    /// Of everything traced so far: equal for two runs that were the same.
    [[nodiscard]] std::uint64_t trace_hash() const noexcept { return hash_; }
    /// The newest lines, oldest first.
    [[nodiscard]] std::vector<TraceLine> last_lines(std::size_t count) const;
    /// Prints, when lines are printed, and does nothing else.
    void say(std::string_view text) const;
    /// Prints every line as it comes.
    void print_trace(bool on) noexcept { printing_ = on; }
    [[nodiscard]] std::uint64_t events_run() const noexcept { return events_run_; }

private:
    struct Entry {
        Duration when;
        std::uint64_t order;
        std::uint32_t slot;
    };
    struct Slot {
        Job job;
        std::uint64_t order = 0;  // of the event in it; 0 when it was cancelled or is free
        ProcessId owner = kWorld;
    };
    static bool later(const Entry& a, const Entry& b) noexcept {
        return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
    Entry pop();
    void run_job(const Entry& entry);
    void run_after_event();

    static constexpr std::size_t kLinesKept = 256;

    Rng rng_;
    Duration now_{};
    Duration charged_{};
    Context context_;
    std::uint64_t producers_ = 0;
    std::vector<Entry> heap_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::uint64_t next_order_ = 1;
    std::uint64_t events_run_ = 0;
    std::function<bool(ProcessId)> process_hook_;
    std::vector<Job> after_event_;

    std::array<TraceLine, kLinesKept> lines_{};
    std::uint64_t line_count_ = 0;
    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
    bool printing_ = false;
};

}  // namespace parley::sim
