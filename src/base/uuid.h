#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace parley {

/// 128 bits as RFC 9562 writes them, in network order. A plain value; the zero value is "nil".
struct Uuid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    [[nodiscard]] constexpr bool is_nil() const noexcept { return high == 0 && low == 0; }
    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// The 36 characters "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in lower case.
[[nodiscard]] std::string to_string(const Uuid& uuid);
void append_uuid(std::string& out, const Uuid& uuid);
/// The inverse; upper case is accepted, anything else than 36 characters of this shape is nothing.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text) noexcept;

/// A version-4 UUID (RFC 9562 §5.4).
[[nodiscard]] Uuid random_uuid(Random& random) noexcept;

/// A version-1 UUID (RFC 9562 §5.1) whose timestamp is `time` and whose low 62 bits are `low62`.
[[nodiscard]] Uuid time_uuid(Timestamp time, std::uint64_t low62) noexcept;
/// True for version 1 and the RFC variant.
[[nodiscard]] bool is_time_uuid(const Uuid& uuid) noexcept;
/// The parts of a version-1 UUID; meaningless for others.
[[nodiscard]] Timestamp uuid_time(const Uuid& uuid) noexcept;
[[nodiscard]] std::uint64_t uuid_low62(const Uuid& uuid) noexcept;

}  // namespace parley

template <>
struct std::hash<parley::Uuid> {
    std::size_t operator()(const parley::Uuid& uuid) const noexcept {
        // Random UUIDs are uniform already; time UUIDs differ in both words: one multiply mixes them.
        return static_cast<std::size_t>(
            (uuid.high * 0x9E3779B97F4A7C15ULL) ^ (uuid.low * 0xC2B2AE3D27D4EB4FULL)
        );
    }
};
