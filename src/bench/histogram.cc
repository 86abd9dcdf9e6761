#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parley::bench {

void Histogram::add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < kBuckets; ++i) {
        buckets_[i] += other.buckets_[i];
    }
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::percentile(double percent) const noexcept {
    if (count_ == 0) {
        return 0;
    }
    const double wanted = std::ceil(static_cast<double>(count_) * percent / 100.0);
    const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += buckets_[i];
        if (seen >= rank) {
            return i + 1 == kBuckets ? max_ : std::min(end_of(i), max_);
        }
    }
    return max_;
}

// Values below 2^(kBits + 1) have a bucket each; above, the top kBits + 1 bits of a value name it.
std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
    constexpr std::uint64_t kExact = 1ULL << (kBits + 1);
    if (value < kExact) {
        return static_cast<std::size_t>(value);
    }
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - (kBits + 1);
    const std::size_t bucket = (static_cast<std::size_t>(shift) << kBits) + (value >> shift);
    return std::min(bucket, kBuckets - 1);
}

std::uint64_t Histogram::end_of(std::size_t bucket) noexcept {
    constexpr std::size_t kExact = std::size_t{1} << (kBits + 1);
    if (bucket < kExact) {
        return bucket;
    }
    const std::size_t shift = (bucket >> kBits) - 1;
    const std::uint64_t first = ((std::uint64_t{1} << kBits) + (bucket & ((1U << kBits) - 1)))
                                << shift;
    return first + (std::uint64_t{1} << shift) - 1;
}

}  // namespace parley::bench
