#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <pthread.h>

#include "base/random.h"
#include "base/time.h"

namespace parley::runtime {

/// The machine's clocks. Stateless, so thread-safe.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp wall() const noexcept override;
    [[nodiscard]] Duration steady() const noexcept override;
};

/// The kernel's random source, fetched 4 KiB at a time because a system call for each number would
/// cost more than the number. What has been given out is wiped from the buffer.
class SystemRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() noexcept override;
    void fill(std::span<std::byte> out) noexcept override;

private:
    void refill() noexcept;

    static constexpr std::size_t kBufferBytes = 4096;

    std::array<std::byte, kBufferBytes> buffer_{};
    std::size_t used_ = kBufferBytes;
};

/// Raises the limit on open files to the most that is allowed; answers the limit now in force.
std::size_t raise_open_file_limit() noexcept;

/// Other threads go first from now on: at least nice 10, for the calling thread alone (setpriority(2): on Linux a
/// thread has a nice value of its own).
void step_back() noexcept;

/// The calling thread alone runs from now on when no other thread wants its core, and is interrupted at once when one
/// does (SCHED_IDLE, sched(7)). Where the system refuses, nothing changes.
void run_when_others_sleep() noexcept;

/// Takes run_when_others_sleep() back for a thread of this program; false where the system refuses: an ordinary user
/// needs a limit of niceness (RLIMIT_NICE) for it.
bool run_with_others(pthread_t thread) noexcept;

/// Whether run_with_others() would be allowed for a thread that has stepped back. Starts a thread to find out.
bool may_run_with_others_again();

/// Names the calling thread for ps, top and debuggers (the first 15 characters).
void name_this_thread(const char* name) noexcept;

}  // namespace parley::runtime
