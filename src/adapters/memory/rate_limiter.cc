#include "adapters/memory/rate_limiter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace parley::memory {
namespace {

/// Neighbours looked at when a shard has reached its bound.
constexpr std::size_t kEvictionWindow = 8;
/// About 9 years: keeps every sum of times within 64 bits.
constexpr double kNanosMax = 3e17;

/// Where `key` is, or the free slot where it would be. The table is never full.
template <class Slots>
auto& probe(Slots& slots, const Hash128& key, std::int64_t free) {
    const std::size_t mask = slots.size() - 1;
    for (std::size_t at = key.low & mask;; at = (at + 1) & mask) {
        auto& slot = slots[at];
        if (slot.full_at == free || slot.key == key) {
            return slot;
        }
    }
}

bool is_full(std::size_t used, std::size_t slots) noexcept {
    return used * 4 >= slots * 3;
}

}  // namespace

RateLimiter::RateLimiter(std::size_t keys_max)
    : slots_max_(std::max(kSlotsMin, std::bit_ceil(keys_max / kShards))) {}

Duration RateLimiter::take(const Hash128& key, const ports::RateRule& rule, Duration now) {
    if (rule.per_second <= 0) {
        return Duration::zero();
    }
    const double interval_exact = std::clamp(1e9 / rule.per_second, 1.0, kNanosMax);
    const double tolerance_exact =
        std::min((std::max(rule.burst, 1.0) - 1.0) * interval_exact, kNanosMax);
    const auto interval = static_cast<std::int64_t>(std::llround(interval_exact));
    const auto tolerance = static_cast<std::int64_t>(std::llround(tolerance_exact));

    Shard& shard = shards_.at(key.high >> 58U);
    const std::lock_guard lock(shard.mutex);
    Slot& slot = find_or_add(shard, key, now.count());
    const std::int64_t full_at = std::max(slot.full_at, now.count());
    const std::int64_t wait = full_at - now.count() - tolerance;
    if (wait > 0) {
        return Duration{wait};
    }
    slot.full_at = full_at + interval;
    return Duration::zero();
}

RateLimiter::Slot& RateLimiter::find_or_add(Shard& shard, const Hash128& key, std::int64_t now)
    const {
    if (shard.slots.empty()) {
        shard.slots.resize(kSlotsMin);
    }
    if (Slot& slot = probe(shard.slots, key, kFree); slot.full_at != kFree) {
        return slot;
    }
    if (is_full(shard.used, shard.slots.size())) {
        rebuild(shard, now);
    }
    if (is_full(shard.used, shard.slots.size())) {
        // All in use and nothing to forget. The window is searched from the key's home, so that probing
        // finds the key again: whatever stood there keeps the run of used slots unbroken.
        const std::size_t mask = shard.slots.size() - 1;
        Slot* fullest = nullptr;
        for (std::size_t i = 0; i < kEvictionWindow; ++i) {
            Slot& slot = shard.slots[(key.low + i) & mask];
            if (slot.full_at == kFree) {
                break;
            }
            if (fullest == nullptr || slot.full_at < fullest->full_at) {
                fullest = &slot;
            }
        }
        if (fullest != nullptr) {
            *fullest = Slot{.key = key, .full_at = now};
            return *fullest;
        }
    }
    Slot& slot = probe(shard.slots, key, kFree);
    slot = Slot{.key = key, .full_at = now};
    ++shard.used;
    return slot;
}

void RateLimiter::rebuild(Shard& shard, std::int64_t now) const {
    const auto limited =
        std::ranges::count_if(shard.slots, [&](const Slot& slot) { return slot.full_at > now; });
    const auto wanted = std::bit_ceil((static_cast<std::size_t>(limited) + 1) * 2);
    std::vector<Slot> old =
        std::exchange(shard.slots, std::vector<Slot>(std::clamp(wanted, kSlotsMin, slots_max_)));
    shard.used = 0;
    for (const Slot& slot : old) {
        if (slot.full_at > now) {
            probe(shard.slots, slot.key, kFree) = slot;
            ++shard.used;
        }
    }
}

std::size_t RateLimiter::size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum += shard.used;
    }
    return sum;
}

}  // namespace parley::memory
