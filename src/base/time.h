#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

using Duration = std::chrono::nanoseconds;

/// A point in UTC, in units of 100 ns since 1970: the resolution of a version-1 UUID (RFC 9562 §5.1).
struct Timestamp {
    std::int64_t ticks = 0;

    static constexpr std::int64_t kTicksPerMilli = 10'000;

    [[nodiscard]] static constexpr Timestamp from_millis(std::int64_t millis) noexcept {
        return {millis * kTicksPerMilli};
    }
    [[nodiscard]] constexpr std::int64_t millis() const noexcept { return ticks / kTicksPerMilli; }
    [[nodiscard]] constexpr std::int64_t seconds() const noexcept { return ticks / 10'000'000; }
    [[nodiscard]] constexpr Timestamp plus(Duration by) const noexcept {
        return {ticks + (by.count() / 100)};
    }

    friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// RFC 3339 in UTC with milliseconds, for example "2026-11-22T03:40:00.125Z". Years 1970 to 9999.
[[nodiscard]] std::string to_rfc3339(Timestamp time);
/// Appends the same to `out`; the form for hot paths.
void append_rfc3339(std::string& out, Timestamp time);
/// The inverse, for clients and tests; nothing for anything else than the form above.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;

/// Where time comes from; passed in, so that tests and the simulation own it. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    /// The wall clock: may jump, also backwards.
    [[nodiscard]] virtual Timestamp wall() const noexcept = 0;
    /// Time since an arbitrary start: never goes back; for deadlines and measurements.
    [[nodiscard]] virtual Duration steady() const noexcept = 0;
};

}  // namespace parley
