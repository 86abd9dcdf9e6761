#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "ports/rate_limiter.h"

namespace parley::memory {

/// The embedded profile's token buckets, as GCRA (ITU-T I.371): a bucket is one number, the time at which it
/// is full again. In 64 shards, each an open-addressing table under its own lock; a call takes one lock and
/// usually one cache line. Thread-safe.
///
/// Bounded: a shard that fills up first forgets the buckets that are full again, and grows to its share of
/// `keys_max` only while more than half of it is in use. When all of that is in use, a new key takes the
/// place of the neighbour that is nearest to full: limits become lenient for a few keys, memory stays.
class RateLimiter final : public ports::RateLimiter {
public:
    static constexpr std::size_t kKeysMaxDefault =
        1UL << 20U;  ///< 24 MiB, when that many are limited at once

    explicit RateLimiter(std::size_t keys_max = kKeysMaxDefault);

    [[nodiscard]] Duration take(const Hash128& key, const ports::RateRule& rule, Duration now)
        override;

    /// Buckets held, full ones not yet forgotten included; for metrics and tests.
    [[nodiscard]] std::size_t size() const;

private:
    static constexpr std::size_t kShards = 64;
    static constexpr std::size_t kSlotsMin = 64;

    struct Slot {
        Hash128 key;
        std::int64_t full_at = kFree;  ///< nanoseconds
    };
    static constexpr std::int64_t kFree = INT64_MIN;

    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::vector<Slot> slots;              // guarded; a power of two, never more than 3/4 in use
        std::size_t used = 0;                 // guarded
        std::int64_t rebuild_at = INT64_MIN;  // guarded
    };

    [[nodiscard]] Slot& find_or_add(Shard& shard, const Hash128& key, std::int64_t now) const;
    void rebuild(Shard& shard, std::int64_t now) const;
    static void evict_near(Shard& shard, const Hash128& key);

    const std::size_t slots_max_;  ///< of one shard
    std::array<Shard, kShards> shards_;
};

}  // namespace parley::memory
