#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What happened in a run, counted: so that nobody takes a quiet run for a test.

namespace parley::sim {

enum class Count : std::uint8_t {
    crashes,     ///< a process was killed
    power_cuts,  ///< of them those that took what was not synced
    graceful_stops,
    failed_starts,  ///< of a process on a disk that was full or failed
    log_failures,   ///< restarts because /readyz said that the log had failed
    sync_failures,
    write_failures,
    disk_fills,
    garbage,  ///< files that a power cut left with noise in what was not synced
    clock_jumps,
    connections_cut,
    stalls,
    half_open,
    storms,
    answers_lost,
    duplicates,
    slow_calls,  ///< of the disk and the directory
    directory_failures,
    store_failures,
    acknowledged,
    delivered,
    accounts_ended,
    expired,  ///< messages that had disappeared by themselves in the end
};
inline constexpr std::size_t kCounts = static_cast<std::size_t>(Count::expired) + 1;

/// As it stands in reports and progress files: a word, with '_' between words.
[[nodiscard]] std::string_view to_string(Count count) noexcept;

/// Plain numbers, so that it may lie in memory that processes share.
class Tally {
public:
    void add(Count count, std::uint64_t n = 1) noexcept { of(count) += n; }
    [[nodiscard]] std::uint64_t operator[](Count count) const noexcept {
        return numbers_[static_cast<std::size_t>(count)];
    }
    [[nodiscard]] std::uint64_t& of(Count count) noexcept {
        return numbers_[static_cast<std::size_t>(count)];
    }
    Tally& operator+=(const Tally& other) noexcept {
        for (std::size_t i = 0; i < kCounts; ++i) {
            numbers_[i] += other.numbers_[i];
        }
        return *this;
    }

private:
    std::array<std::uint64_t, kCounts> numbers_{};
};

}  // namespace parley::sim
