#include "tests/sim/tally.h"

namespace parley::sim {

std::string_view to_string(Count count) noexcept {
    static constexpr std::array<std::string_view, kCounts> kNames{
        "crashes",        "power_cuts",      "graceful_stops",
        "failed_starts",  "log_failures",    "sync_failures",
        "write_failures", "disk_fills",      "garbage",
        "clock_jumps",    "connections_cut", "stalls",
        "half_open",      "storms",          "answers_lost",
        "duplicates",     "slow_calls",      "directory_failures",
        "store_failures", "acknowledged",    "delivered",
        "accounts_ended", "expired",
    };
    return kNames.at(static_cast<std::size_t>(count));
}

}  // namespace parley::sim
