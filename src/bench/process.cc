#include "bench/process.h"

#include <ctime>
#include <fstream>
#include <string>

namespace parley::bench {
namespace {

std::int64_t read_clock(clockid_t clock) noexcept {
    timespec time{};
    return ::clock_gettime(clock, &time) == 0 ? (time.tv_sec * 1'000'000'000) + time.tv_nsec : 0;
}

}  // namespace

std::optional<std::int64_t> ProcessMeter::cpu_nanos() const noexcept {
    clockid_t clock{};
    if (pid_ == 0 || ::clock_getcpuclockid(pid_, &clock) != 0) {
        return std::nullopt;
    }
    return read_clock(clock);
}

std::optional<std::uint64_t> ProcessMeter::memory_bytes() const {
    if (pid_ == 0) {
        return std::nullopt;
    }
    std::ifstream file("/proc/" + std::to_string(pid_) + "/smaps_rollup");
    std::string word;
    while (file >> word) {
        std::uint64_t kibibytes = 0;
        if (word == "Pss:" && file >> kibibytes) {
            return kibibytes * 1024;
        }
    }
    return std::nullopt;
}

std::int64_t own_cpu_nanos() noexcept {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace parley::bench
