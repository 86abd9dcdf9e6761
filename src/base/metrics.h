#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

/// Counters that cost one relaxed atomic add on a loop's own cache line, gathered when /metrics is asked.
/// The text format is prometheus-cpp's.

namespace parley::metrics {

/// One number per loop, so that loops never share a cache line; read as the sum.
class Counter {
public:
    explicit Counter(std::size_t lanes = 1) : lanes_(lanes) {}
    void add(std::size_t lane, std::int64_t by = 1) noexcept {
        lanes_[lane % lanes_.size()].value.fetch_add(by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::int64_t value() const noexcept {
        std::int64_t sum = 0;
        for (const auto& lane : lanes_) {
            sum += lane.value.load(std::memory_order_relaxed);
        }
        return sum;
    }

private:
    struct alignas(64) Lane {
        std::atomic<std::int64_t> value{0};
    };
    std::vector<Lane> lanes_;
};

/// Durations in powers of two from 1 µs to about 67 s, and the sum. `count` lets a batch be told at once.
class Histogram {
public:
    static constexpr std::size_t kBuckets = 27;
    explicit Histogram(std::size_t lanes = 1) : lanes_(lanes) {}
    void observe(std::size_t lane, Duration taken, std::uint64_t count = 1) noexcept;
    struct Snapshot {
        std::array<std::uint64_t, kBuckets> buckets{};  ///< bucket i: ≤ 2^i µs, not cumulative
        double sum_seconds = 0;
        std::uint64_t count = 0;
    };
    [[nodiscard]] Snapshot snapshot() const noexcept;

private:
    struct alignas(64) Lane {
        std::array<std::atomic<std::uint64_t>, kBuckets> buckets{};
        std::atomic<std::int64_t> sum_nanos{0};
    };
    std::vector<Lane> lanes_;
};

/// Everything that /metrics shows. Register at start, on one thread; ask from any. What is registered
/// must outlive the registry's last use.
class Registry {
public:
    Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    Registry(Registry&&) = delete;
    Registry& operator=(Registry&&) = delete;
    ~Registry();

    /// Names follow Prometheus: `parley_messages_in_total`, base units, `_total` for counters.
    void counter(std::string name, std::string help, const Counter& counter);
    void gauge(std::string name, std::string help, std::function<double()> read);
    void histogram(std::string name, std::string help, const Histogram& histogram);

    /// The Prometheus text exposition format, version 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace parley::metrics
