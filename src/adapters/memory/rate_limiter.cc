#include "adapters/memory/rate_limiter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace parley::memory {
namespace {

/// Neighbours looked at when a shard has reached its bound.
constexpr std::size_t kEvictionWindow = 8;
/// Nanoseconds between two searches of a shard at its bound for what can be forgotten.
constexpr std::int64_t kRebuildInterval = 1'000'000'000;
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
    if (is_full(shard.used, shard.slots.size()) && now >= shard.rebuild_at) {
        rebuild(shard, now);
    }
    if (is_full(shard.used, shard.slots.size())) {
        evict_near(shard, key);
    }
    Slot& slot = probe(shard.slots, key, kFree);
    slot = Slot{.key = key, .full_at = now};
    ++shard.used;
    return slot;
}

/// All are in use and none is full again: the one of the key's next neighbours goes that is nearest to it.
void RateLimiter::evict_near(Shard& shard, const Hash128& key) {
    const std::size_t mask = shard.slots.size() - 1;
    std::size_t victim = shard.slots.size();
    std::size_t seen = 0;
    for (std::size_t at = key.low & mask; seen < kEvictionWindow; at = (at + 1) & mask) {
        if (shard.slots[at].full_at == kFree) {
            continue;
        }
        ++seen;
        if (victim == shard.slots.size() || shard.slots[at].full_at < shard.slots[victim].full_at) {
            victim = at;
        }
    }
    // Those behind it in its run move up, or probing would stop at the gap before it reaches them.
    for (std::size_t at = (victim + 1) & mask; shard.slots[at].full_at != kFree;
         at = (at + 1) & mask) {
        const std::size_t home = shard.slots[at].key.low & mask;
        if (((at - home) & mask) >= ((at - victim) & mask)) {
            shard.slots[victim] = shard.slots[at];
            victim = at;
        }
    }
    shard.slots[victim] = Slot{};
    --shard.used;
}

void RateLimiter::rebuild(Shard& shard, std::int64_t now) const {
    const auto limited =
        std::ranges::count_if(shard.slots, [&](const Slot& slot) { return slot.full_at > now; });
    const auto wanted = std::bit_ceil((static_cast<std::size_t>(limited) + 1) * 2);
    std::vector<Slot> old =
        std::exchange(shard.slots, std::vector<Slot>(std::clamp(wanted, kSlotsMin, slots_max_)));
    // At the bound, looking through all of it for every new key would be work for an attacker to order.
    shard.rebuild_at = shard.slots.size() == slots_max_ ? now + kRebuildInterval : now;
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
