#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/loop.h"
#include "runtime/stream.h"
#include "runtime/system.h"
#include "runtime/timer_wheel.h"
#include "runtime/token_table.h"

namespace parley::runtime {

/// What one read may bring at once.
inline constexpr std::size_t kReadBytesMax = 64 * 1024;

/// A Loop over one io_context that one thread runs. Internal to src/runtime; others see Loop.
///
/// Everything happens in two kinds of steps. Sockets and timers that are ready together run as Asio
/// finds them. A *turn* comes after them: it takes all posted jobs in one swap, runs them, then runs
/// what was deferred by the sockets, timers and jobs before it. A turn is one handler in Asio's queue,
/// asked for by the first post or defer after the last turn: later ones cost no system call, and a
/// loop that sleeps is woken once per turn.
class AsioLoop final : public Loop {
public:
    AsioLoop(LoopId id, const Clock& clock);
    AsioLoop(const AsioLoop&) = delete;
    AsioLoop& operator=(const AsioLoop&) = delete;
    AsioLoop(AsioLoop&&) = delete;
    AsioLoop& operator=(AsioLoop&&) = delete;
    ~AsioLoop() override;

    [[nodiscard]] LoopId id() const noexcept override { return id_; }
    void post(Job job) override;
    void defer(Job job) override;
    TimerId after(Duration delay, Job job) override;
    void cancel(TimerId timer) override;
    [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
    [[nodiscard]] Random& random() noexcept override { return random_; }
    [[nodiscard]] bool is_current() const noexcept override;

    /// The thread's body: returns after request_stop().
    void run();
    /// From any thread: the loop ends when nothing that was posted waits any more.
    void request_stop();
    /// Destroys what never ran. Only when no thread runs this loop.
    void drop_pending();

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    /// Where reads go: kReadBytesMax bytes, with kReadPadding more behind them. Content does not outlive
    /// a callback, which is why one buffer does for all streams of the loop.
    [[nodiscard]] std::span<std::byte> read_buffer() noexcept {
        return {read_buffer_.get(), kReadBytesMax};
    }
    /// The same for what TLS has decrypted; made when the first TLS stream asks.
    [[nodiscard]] std::span<std::byte> plaintext_buffer();
    /// What TLS has encrypted and not yet written; empty whenever user code runs.
    [[nodiscard]] std::string& ciphertext_scratch() noexcept { return ciphertext_scratch_; }
    /// Streams that callbacks may look for.
    [[nodiscard]] TokenTable& tokens() noexcept { return tokens_; }

private:
    struct TurnHandler;
    template <class T>
    struct TurnMemory;

    void request_turn();
    void schedule_turn();
    void turn();
    void run_posted();
    void run_deferred();
    void stop_when_idle();
    void arm_timer();
    /// True where "only from this loop" holds: on its thread, or while it has none.
    [[nodiscard]] bool may_touch() const noexcept;

    const LoopId id_;
    const Clock& clock_;
    /// Room for the one turn handler that can be in Asio's queue, so that posting from a thread that
    /// is not a loop's allocates nothing.
    alignas(std::max_align_t) std::array<std::byte, 128> turn_memory_{};
    bool turn_memory_used_ = false;
    boost::asio::io_context context_{1};
    SystemRandom random_;
    TokenTable tokens_;
    std::unique_ptr<std::byte[]> read_buffer_;
    std::unique_ptr<std::byte[]> plaintext_buffer_;
    std::string ciphertext_scratch_;  // bounded by one write of a TlsStream

    std::mutex mailbox_mutex_;
    std::vector<Job> mailbox_;     // guarded; bounded by its sources (see Loop::post)
    bool turn_requested_ = false;  // guarded

    std::vector<Job> posted_;     // the mailbox's twin: what the current turn runs
    std::vector<Job> deferred_;   // bounded by what one batch does
    std::vector<Job> deferring_;  // its twin
    bool in_turn_ = false;
    bool stopping_ = false;
    int stop_turns_ = 0;
    std::atomic<bool> running_{false};

    TimerWheel wheel_;
    boost::asio::steady_timer timer_;
    Duration armed_for_{0};
    bool armed_ = false;
};

}  // namespace parley::runtime
