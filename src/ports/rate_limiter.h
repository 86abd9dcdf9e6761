#pragma once

#include <string_view>

#include "base/hash.h"
#include "base/time.h"

namespace parley::ports {

/// A token bucket: `burst` at once, then `per_second`. per_second 0 is no limit.
struct RateRule {
    double per_second = 0;
    double burst = 0;
};

/// Token buckets by key (hash128 of what is limited: "send:" ‖ user id …). Thread-safe; bounded: a bucket that
/// is full again is forgotten.
class RateLimiter {
public:
    virtual ~RateLimiter() = default;
    /// Takes one token: zero when there was one, else how long to wait for the next, and nothing is taken.
    [[nodiscard]] virtual Duration take(const Hash128& key, const RateRule& rule, Duration now) = 0;
};

}  // namespace parley::ports
