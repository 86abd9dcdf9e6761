#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace parley::presence {

/// In this order, so that of several sessions the greatest counts.
enum class Status : unsigned char {
    offline,
    away,
    online
};

/// As the contract names it.
[[nodiscard]] constexpr std::string_view to_string(Status status) noexcept {
    switch (status) {
        case Status::online:
            return "online";
        case Status::away:
            return "away";
        case Status::offline:
            break;
    }
    return "offline";
}

/// How someone looks to others.
struct Seen {
    Status status = Status::offline;
    /// When there was last a sign of them. Nothing: now, of one who is online; else it is not known, or not to
    /// be known.
    std::optional<Timestamp> last_seen;

    friend bool operator==(const Seen&, const Seen&) = default;
};

/// A bit for each loop; at most 64 loops.
using Loops = std::uint64_t;

}  // namespace parley::presence
