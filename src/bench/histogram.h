#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::bench {

/// Counts of durations in buckets that are linear inside each power of two: 128 of them, so any
/// answer is at most 1 % above what was recorded (after HdrHistogram). Fixed size, no allocation after
/// construction; one instance belongs to one thread, and they add up.
class Histogram {
public:
    /// Values below zero count as zero, those past the last bucket (about 18 minutes) as that one.
    void record(std::int64_t nanos) noexcept {
        const std::uint64_t value = nanos > 0 ? static_cast<std::uint64_t>(nanos) : 0;
        ++buckets_[bucket_of(value)];
        ++count_;
        max_ = value > max_ ? value : max_;
    }
    void add(const Histogram& other) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// The largest value, exactly.
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    /// The least value that `percent` of all values do not exceed, rounded up to its bucket's end and
    /// never above max(); 0 when there are none.
    [[nodiscard]] std::uint64_t percentile(double percent) const noexcept;

private:
    static constexpr unsigned kBits = 7;  // 128 buckets in each power of two
    static constexpr unsigned kPowers = 40;
    static constexpr std::size_t kBuckets = static_cast<std::size_t>(kPowers - kBits + 1) << kBits;

    [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept;
    [[nodiscard]] static std::uint64_t end_of(std::size_t bucket) noexcept;

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace parley::bench
