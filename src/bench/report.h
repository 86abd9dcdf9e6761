#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/audit.h"
#include "bench/bench.h"
#include "bench/lane.h"

namespace parley::bench {

/// Everything that a run found out.
struct Report {
    Options options;
    Tally tally;
    AuditCounts audit;
    Progress last;
    double seconds = 0;                                 ///< measured
    double connect_seconds = 0;                         ///< until all clients were ready
    std::optional<std::int64_t> server_cpu_connecting;  ///< ns until all clients were ready
    std::optional<std::int64_t> server_cpu;             ///< ns while measuring
    std::int64_t client_cpu = 0;                        ///< ns while measuring
    std::optional<std::uint64_t> memory_before;         ///< of the server, before anyone connected
    std::optional<std::uint64_t> memory_after;          ///< with everyone ready, before load
    std::optional<std::uint64_t> memory_end;            ///< after the load or the hold
    std::optional<double> storm_seconds;                ///< until all were ready again
    std::optional<std::int64_t> storm_cpu;              ///< ns meanwhile
    std::uint64_t storm_first = 0;  ///< presence frames from there on, as Tally counts them
    std::uint64_t storm_changes = 0;
    std::uint64_t storm_repeats = 0;
    bool journal_written = true;  ///< as far as there is one
    bool drained = true;          ///< every send was answered, and everything acknowledged came

    [[nodiscard]] bool passed() const;
};

/// For a person, some twenty lines.
[[nodiscard]] std::string to_text(const Report& report);
/// For programs: one object; times in µs, sizes in bytes; what was not measured is null.
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace parley::bench
