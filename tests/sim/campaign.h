#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "tests/sim/progress.h"
#include "tests/sim/scenario.h"

/// Many seeds, on all cores: processes that take blocks of seeds, and a file from which a run that was stopped goes
/// on.

namespace parley::sim {

inline constexpr unsigned kJobsMax = 256;

struct CampaignOptions {
    std::uint64_t from = 1;
    std::uint64_t seeds = 1;
    unsigned jobs = 1;  ///< processes at once, at most kJobsMax
    bool stop_at_failure = false;
    std::string progress_file;  ///< empty: none
    /// What made the progress file, or it begins anew; 0: hash_of_program().
    std::uint64_t program = 0;
    std::string replay_options;  ///< what a line that says how to repeat a seed ends with
    SeedResult (*run)(const SeedOptions&) = run_seed;
};

/// Runs each seed as `each` says, one in forty two times, and prints those that are bad. A process that dies takes
/// the seed it was at with it, which is bad then, and no other. Errors: a progress file that cannot be read or
/// written.
[[nodiscard]] Result<Progress> run_campaign(const CampaignOptions& options, SeedOptions each);

/// Runs one seed; one in forty two times, unless it prints its trace. What to print when it is bad, else nothing.
[[nodiscard]] std::string run_counted(
    const CampaignOptions& options, const SeedOptions& seed, Totals& totals
);

/// The program that runs, by its content: results of another program are not summed up with its. The content has the
/// folder in which it was built, so who knows the source better says so in CampaignOptions.
[[nodiscard]] std::uint64_t hash_of_program();

}  // namespace parley::sim
