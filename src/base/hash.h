#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace parley {

/// A 128-bit fingerprint. SipHash-2-4-128 under a fixed public key: the same in every process and for
/// ever (it is stored), fast on short strings. Whoever can choose inputs could look for collisions
/// among their own inputs only; nothing else rests on it.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Continue a fingerprint over several parts: each call hashes (so far ‖ length ‖ part).
[[nodiscard]] Hash128 hash128(std::string_view part, Hash128 so_far = {}) noexcept;

}  // namespace parley
