#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace parley::presence {

/// In this order, so that of several sessions the greatest counts.
enum class Status : unsigned char {
    offline,
    away,
    online
};

/// How someone looks to others.
struct Seen {
    Status status = Status::offline;
    /// When there was last a sign of them; of one who is online: since when they are. Nothing: not known, or
    /// not to be known.
    std::optional<Timestamp> last_seen;

    friend bool operator==(const Seen&, const Seen&) = default;
};

/// A bit for each loop; at most 64 loops.
using Loops = std::uint64_t;

}  // namespace parley::presence
