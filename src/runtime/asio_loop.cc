#include "runtime/asio_loop.h"

#include <string>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "base/assert.h"

namespace parley::runtime {
namespace {

/// A vector that has held more jobs than this gives its memory back after the turn.
constexpr std::size_t kKeptJobsMax = 4096;
/// What deferred jobs defer runs in the same turn, this many rounds deep; then sockets come first.
constexpr int kDeferRoundsMax = 8;
/// A loop that is asked to stop but whose jobs keep posting jobs ends after this many turns.
constexpr int kStopTurnsMax = 1000;

void run_all(std::vector<Job>& jobs) {
    for (Job& job : jobs) {
        job();
        job = nullptr;  // what it held goes before the next one runs
    }
    jobs.clear();
    if (jobs.capacity() > kKeptJobsMax) {
        std::vector<Job>{}.swap(jobs);
    }
}

}  // namespace

/// Gives the turn handler the loop's own memory. At most one is queued, and Asio frees the memory before
/// it calls the handler, so the room is free whenever the next turn is asked for.
template <class T>
struct AsioLoop::TurnMemory {
    using value_type = T;

    AsioLoop* loop;

    explicit TurnMemory(AsioLoop* of) noexcept : loop(of) {}
    template <class U>
    TurnMemory(const TurnMemory<U>& other) noexcept  // NOLINT(google-explicit-constructor)
        : loop(other.loop) {}

    [[nodiscard]] T* allocate(std::size_t count) {
        static_assert(sizeof(T) <= sizeof(turn_memory_) && alignof(T) <= alignof(std::max_align_t));
        PARLEY_ASSERT(count == 1);
        PARLEY_ASSERT(!std::exchange(loop->turn_memory_used_, true));
        return reinterpret_cast<T*>(loop->turn_memory_.data());
    }
    void deallocate(T* /*memory*/, std::size_t /*count*/) noexcept {
        loop->turn_memory_used_ = false;
    }
    template <class U>
    bool operator==(const TurnMemory<U>& other) const noexcept {
        return loop == other.loop;
    }
};

struct AsioLoop::TurnHandler {
    using allocator_type = TurnMemory<std::byte>;  // NOLINT(readability-identifier-naming): Asio's

    AsioLoop* loop;

    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{loop}; }
    void operator()() const { loop->turn(); }
};

AsioLoop::AsioLoop(LoopId id, const Clock& clock)
    : id_(id),
      clock_(clock),
      read_buffer_(std::make_unique<std::byte[]>(kReadBytesMax + kReadPadding)),
      wheel_(clock.steady()),
      timer_(context_) {}

AsioLoop::~AsioLoop() {
    drop_pending();
}

void AsioLoop::post(Job job) {
    bool wake = false;
    {
        const std::lock_guard lock{mailbox_mutex_};
        mailbox_.push_back(std::move(job));
        wake = !std::exchange(turn_requested_, true);
    }
    if (wake) {
        schedule_turn();
    }
}

void AsioLoop::defer(Job job) {
    PARLEY_ASSERT(may_touch());
    deferred_.push_back(std::move(job));
    if (deferred_.size() == 1 && !in_turn_) {
        request_turn();
    }
}

TimerId AsioLoop::after(Duration delay, Job job) {
    PARLEY_ASSERT(may_touch());
    const TimerId timer = wheel_.add(clock_.steady(), delay, std::move(job));
    arm_timer();
    return timer;
}

void AsioLoop::cancel(TimerId timer) {
    PARLEY_ASSERT(may_touch());
    // Asio's timer stays armed: finding nothing due once is cheaper than setting it again each time.
    wheel_.cancel(timer);
}

bool AsioLoop::is_current() const noexcept {
    // get_executor() is not const, though asking it changes nothing.
    return const_cast<boost::asio::io_context&>(context_).get_executor().running_in_this_thread();
}

bool AsioLoop::may_touch() const noexcept {
    return is_current() || !running_.load(std::memory_order_relaxed);
}

void AsioLoop::run() {
    running_ = true;
    const auto stay = boost::asio::make_work_guard(context_);
    context_.run();
    running_ = false;
}

void AsioLoop::request_stop() {
    post([this] { stopping_ = true; });
}

void AsioLoop::drop_pending() {
    PARLEY_ASSERT(!running_);
    std::vector<Job> dropped;
    {
        const std::lock_guard lock{mailbox_mutex_};
        dropped.swap(mailbox_);
    }
    dropped.clear();
    deferred_.clear();
    wheel_.clear();
}

std::span<std::byte> AsioLoop::plaintext_buffer() {
    if (!plaintext_buffer_) {
        plaintext_buffer_ = std::make_unique<std::byte[]>(kReadBytesMax + kReadPadding);
    }
    return {plaintext_buffer_.get(), kReadBytesMax};
}

void AsioLoop::request_turn() {
    bool wake = false;
    {
        const std::lock_guard lock{mailbox_mutex_};
        wake = !std::exchange(turn_requested_, true);
    }
    if (wake) {
        schedule_turn();
    }
}

void AsioLoop::schedule_turn() {
    // Wakes the loop's thread if it sleeps (one system call), and only queues if it does not.
    boost::asio::post(context_, TurnHandler{this});
}

void AsioLoop::turn() {
    in_turn_ = true;
    run_posted();
    run_deferred();
    in_turn_ = false;
    if (!deferred_.empty()) {
        request_turn();
    }
    if (stopping_) {
        stop_when_idle();
    }
}

void AsioLoop::run_posted() {
    {
        const std::lock_guard lock{mailbox_mutex_};
        posted_.swap(mailbox_);
        turn_requested_ = false;
    }
    run_all(posted_);
}

void AsioLoop::run_deferred() {
    for (int round = 0; round < kDeferRoundsMax && !deferred_.empty(); ++round) {
        deferring_.swap(deferred_);
        run_all(deferring_);
    }
}

void AsioLoop::stop_when_idle() {
    bool idle = false;
    {
        const std::lock_guard lock{mailbox_mutex_};
        idle = !turn_requested_;
    }
    if (idle || ++stop_turns_ == kStopTurnsMax) {
        context_.stop();
    }
}

void AsioLoop::arm_timer() {
    const auto due = wheel_.next_due();
    if (!due || (armed_ && armed_for_ <= *due)) {
        return;
    }
    armed_ = true;
    armed_for_ = *due;
    timer_.expires_at(boost::asio::steady_timer::time_point{*due});
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;  // set anew for an earlier time
        }
        armed_ = false;
        wheel_.advance(clock_.steady());
        arm_timer();
    });
}

}  // namespace parley::runtime
