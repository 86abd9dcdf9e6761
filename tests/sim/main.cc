#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/mutant.h"
#include "tests/sim/campaign.h"
#include "tests/sim/regression_seeds.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace {

using parley::sim::Count;
using parley::sim::Progress;
using parley::sim::Totals;

constexpr const char* kUsage =
    "usage: parley_sim [--seeds N] [--from S] [--jobs N] [--progress FILE [--program P]] [--mutant "
    "NAME]\n"
    "       parley_sim --seed S [--verbose] [--history FILE] [--mutant NAME]\n"
    "       parley_sim --hashes [--seeds N] [--from S]\n"
    "       parley_sim --figures FILE\n"
    "       parley_sim --wire\n"
    "  --seeds N        run N seeds (2000), from S (1), and those that once found a bug\n"
    "  --jobs N         in N processes at once (as many as there are cores)\n"
    "  --progress FILE  keep in FILE how far it has come; if it is there, go on from there\n"
    "  --program P      a number for the source that this was built from: FILE must be of the "
    "same\n"
    "                   (else of this very program)\n"
    "  --seed S         run one seed; --verbose prints its trace, its history and the server's "
    "log\n"
    "  --history FILE   write what the seed's clients did and saw there, for parley_history\n"
    "  --hashes         print the hash of each seed's trace, to compare with another compiler's\n"
    "  --wire           one calm server that is spoken to by lines of JSON (tests/scenarios)\n"
    "  --figures FILE   print what a progress file says, in Markdown\n"
    "  --mutant NAME    plant a bug (tests/mutants) and stop at the first seed that finds it\n";

struct Arguments {
    std::uint64_t seeds = 2000;
    std::uint64_t from = 1;
    std::uint64_t program = 0;
    unsigned jobs = 0;  ///< 0: the default
    std::string progress;
    std::string figures;
    std::string history;  ///< a file; empty: none
    std::string mutant;   ///< empty: none
    bool one = false;
    bool hashes = false;
    bool wire = false;
    bool verbose = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool plant(std::string_view name, Arguments& arguments) {
    arguments.mutant = name;
    if (parley::plant_mutant(name)) {
        return true;
    }
    std::fprintf(
        stderr,
        "no mutant %s; there are: %s\n",
        arguments.mutant.c_str(),
        parley::mutant_names().c_str()
    );
    return false;
}

bool take_number(std::string_view name, std::uint64_t number, Arguments& arguments) {
    if (name == "--seeds") {
        arguments.seeds = number;
    } else if (name == "--from") {
        arguments.from = number;
    } else if (name == "--seed") {
        arguments.from = number;
        arguments.one = true;
    } else if (name == "--program" && number > 0) {
        arguments.program = number;
    } else if (name == "--jobs" && number > 0 && number <= parley::sim::kJobsMax) {
        arguments.jobs = static_cast<unsigned>(number);
    } else {
        return false;
    }
    return true;
}

/// An argument that has a value; false when there is none of that name, or the value is wrong.
bool take(std::string_view name, std::string_view value, Arguments& arguments) {
    if (name == "--mutant") {
        return plant(value, arguments);
    }
    if (name == "--progress") {
        arguments.progress = value;
        return true;
    }
    if (name == "--history") {
        arguments.history = value;
        return true;
    }
    if (name == "--figures") {
        arguments.figures = value;
        return true;
    }
    std::uint64_t number = 0;
    return read_number(value, number) && take_number(name, number, arguments);
}

std::optional<Arguments> parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        if (name == "--verbose") {
            arguments.verbose = true;
        } else if (name == "--hashes") {
            arguments.hashes = true;
        } else if (name == "--wire") {
            arguments.wire = true;
        } else if (i + 1 < count && take(name, values[i + 1], arguments)) {
            ++i;
        } else {
            return std::nullopt;
        }
    }
    if (!arguments.history.empty() && !arguments.one) {
        return std::nullopt;
    }
    return arguments;
}

void print_summary(const Totals& totals, double seconds) {
    const auto number = [&totals](Count count) {
        return static_cast<unsigned long long>(totals.tally[count]);
    };
    const double hours = static_cast<double>(totals.simulated_ms) / 3.6e6;
    const double cpu = std::max(static_cast<double>(totals.cpu_ms) / 1000, 1e-3);
    for (std::size_t i = 0; i < parley::sim::kCounts; ++i) {
        const auto count = static_cast<Count>(i);
        const std::string name{to_string(count)};
        std::printf(
            "%s %s %llu", i % 7 == 0 ? (i == 0 ? "" : "\n") : ",", name.c_str(), number(count)
        );
    }
    std::printf(
        "\n%llu seeds (%llu of them twice): %.2f simulated hours, %llu crashes, %llu power cuts, "
        "%llu sync failures, %llu clock jumps, %llu acknowledgements, %llu messages delivered; "
        "%.1f s, %.1f seeds per CPU second, %.0f times real time\n",
        static_cast<unsigned long long>(totals.seeds()),
        static_cast<unsigned long long>(totals.twice),
        hours,
        number(Count::crashes),
        number(Count::power_cuts),
        number(Count::sync_failures),
        number(Count::clock_jumps),
        number(Count::acknowledged),
        number(Count::delivered),
        seconds,
        static_cast<double>(totals.seeds() + totals.twice) / cpu,
        hours * 3600 / std::max(seconds, 1e-3)
    );
}

int run_one(const Arguments& arguments) {
    Totals totals;
    const parley::sim::SeedOptions options{
        .seed = arguments.from,
        .print_trace = arguments.verbose,
        .history_file = arguments.history,
    };
    const std::string report = run_counted({}, options, totals);
    std::fputs(report.c_str(), stdout);
    print_summary(totals, 0);
    std::printf("%d passed, %d failed\n", report.empty() ? 1 : 0, report.empty() ? 0 : 1);
    return report.empty() ? 0 : 1;
}

int print_hashes(const Arguments& arguments) {
    for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
        const std::uint64_t seed = arguments.from + i;
        std::printf(
            "seed %llu %016llx\n",
            static_cast<unsigned long long>(seed),
            static_cast<unsigned long long>(parley::sim::run_seed({.seed = seed}).trace_hash)
        );
    }
    return 0;
}

int print_figures(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    const auto progress = Progress::parse(text.str());
    if (!file || !progress) {
        std::fprintf(stderr, "%s is no progress file\n", path.c_str());
        return 2;
    }
    std::fputs(figures(*progress).c_str(), stdout);
    return 0;
}

/// Those that once found a bug. Seeds of the campaign itself may be among them.
void run_regressions(Totals& totals) {
    for (const std::uint64_t seed : parley::sim::kRegressionSeeds) {
        std::fputs(run_counted({}, {.seed = seed}, totals).c_str(), stdout);
    }
}

int run_many(const Arguments& arguments) {
    const bool mutant = !arguments.mutant.empty();
    const auto started = std::chrono::steady_clock::now();
    Totals totals;
    if (!mutant) {
        run_regressions(totals);
    }
    parley::sim::CampaignOptions options;
    options.from = arguments.from;
    options.seeds = arguments.seeds;
    // The first seed that finds a planted bug is the first in order.
    const unsigned cores = mutant ? 1 : std::max(std::thread::hardware_concurrency(), 1U);
    options.jobs = arguments.jobs > 0 ? arguments.jobs : std::min(cores, parley::sim::kJobsMax);
    options.stop_at_failure = mutant;
    options.progress_file = arguments.progress;
    options.program = arguments.program;
    options.replay_options = mutant ? " --mutant " + arguments.mutant : "";
    const auto progress = run_campaign(options, {});
    if (!progress.ok()) {
        std::fprintf(stderr, "%s\n", progress.error().detail.c_str());
        return 2;
    }
    totals += progress->totals;
    print_summary(
        totals, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()
    );
    if (mutant) {
        // A planted bug that is not found is the failure.
        const bool found = totals.failed > 0;
        std::printf("%s: %s\n", arguments.mutant.c_str(), found ? "found" : "NOT FOUND");
        std::printf("%d passed, %d failed\n", found ? 1 : 0, found ? 0 : 1);
        return found ? 0 : 1;
    }
    std::printf(
        "%llu passed, %llu failed\n",
        static_cast<unsigned long long>(totals.passed),
        static_cast<unsigned long long>(totals.failed)
    );
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const auto arguments = parse(argc, argv);
    if (!arguments) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    parley::log::configure(
        arguments->verbose ? parley::log::Level::debug : parley::log::Level::off,
        parley::log::Format::text
    );
    if (!arguments->figures.empty()) {
        return print_figures(arguments->figures);
    }
    if (arguments->hashes) {
        return print_hashes(*arguments);
    }
    if (arguments->wire) {
        return parley::sim::serve_wire(std::cin, std::cout);
    }
    return arguments->one ? run_one(*arguments) : run_many(*arguments);
}
