#pragma once

#include <cstdint>
#include <optional>

namespace parley::bench {

/// What another process uses, as the kernel counts it. Nothing when there is no such process, or it is
/// another user's. Pid 0 asks for nothing and gets it.
class ProcessMeter {
public:
    explicit ProcessMeter(int pid) noexcept : pid_(pid) {}

    /// User and system time of all its threads, ended ones included: what utime and stime of
    /// /proc/PID/stat add up to, but in nanoseconds instead of ticks of 10 ms.
    [[nodiscard]] std::optional<std::int64_t> cpu_nanos() const noexcept;
    /// Its share of memory in bytes: Pss of /proc/PID/smaps_rollup.
    [[nodiscard]] std::optional<std::uint64_t> memory_bytes() const;

private:
    int pid_;
};

/// The same time for this process.
[[nodiscard]] std::int64_t own_cpu_nanos() noexcept;

}  // namespace parley::bench
