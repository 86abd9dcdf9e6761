#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/log.h"
#include "base/mutant.h"
#include "tests/sim/scenario.h"

namespace {

using parley::sim::SeedOptions;
using parley::sim::SeedResult;

constexpr const char* kUsage =
    "usage: parley_sim [--seeds N] [--from S] [--seed S [--verbose]] [--mutant NAME]\n"
    "  --seeds N      run N seeds (2000), from S (1)\n"
    "  --seed S       run one seed; --verbose prints its trace, its history and the server's log\n"
    "  --mutant NAME  plant a bug (tests/mutants) and stop at the first seed that finds it\n";
/// One seed in so many runs twice, and its traces must be equal.
constexpr std::uint64_t kTwiceEvery = 50;
/// More failing seeds than this say nothing new.
constexpr std::uint64_t kFailuresShown = 10;

struct Arguments {
    std::uint64_t seeds = 2000;
    std::uint64_t from = 1;
    std::string mutant;  ///< empty: none
    bool verbose = false;
};

std::optional<Arguments> parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        if (name == "--verbose") {
            arguments.verbose = true;
            continue;
        }
        if (++i == count) {
            return std::nullopt;
        }
        const std::string_view value = values[i];
        if (name == "--mutant") {
            if (!parley::plant_mutant(value)) {
                std::fprintf(
                    stderr,
                    "no mutant %s; there are: %s\n",
                    values[i],
                    parley::mutant_names().c_str()
                );
                return std::nullopt;
            }
            arguments.mutant = value;
            continue;
        }
        std::uint64_t number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size()) {
            return std::nullopt;
        }
        if (name == "--seeds") {
            arguments.seeds = number;
        } else if (name == "--from") {
            arguments.from = number;
        } else if (name == "--seed") {
            arguments.from = number;
            arguments.seeds = 1;
        } else {
            return std::nullopt;
        }
    }
    return arguments;
}

struct Totals {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t deaths = 0;
    std::uint64_t acks = 0;
    std::uint64_t events = 0;
    std::uint64_t twice = 0;
    parley::Duration simulated{};
};

void print_failure(std::uint64_t seed, const SeedResult& result, const Arguments& arguments) {
    std::printf("seed %llu failed\n", static_cast<unsigned long long>(seed));
    for (const std::string& problem : result.problems) {
        std::printf("  %s\n", problem.c_str());
    }
    std::printf(
        "  to replay it: parley_sim --seed %llu --verbose%s%s\n",
        static_cast<unsigned long long>(seed),
        arguments.mutant.empty() ? "" : " --mutant ",
        arguments.mutant.c_str()
    );
    std::fflush(stdout);
}

/// For an assertion that ends the process: which seed it was.
std::uint64_t seed_running = 0;

void on_abort(int /*signal*/) {
    std::array<char, 96> text{};
    const int size = std::snprintf(
        text.data(),
        text.size(),
        "seed %llu aborted; to replay it: parley_sim --seed %llu --verbose\n",
        static_cast<unsigned long long>(seed_running),
        static_cast<unsigned long long>(seed_running)
    );
    static_cast<void>(!::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(size)));
}

/// True when the seed passed.
bool run_one(std::uint64_t seed, const Arguments& arguments, Totals& totals) {
    seed_running = seed;
    const SeedOptions options{.seed = seed, .print_trace = arguments.verbose};
    SeedResult result = run_seed(options);
    if (seed % kTwiceEvery == 0 && !arguments.verbose) {
        ++totals.twice;
        if (run_seed(options).trace_hash != result.trace_hash) {
            result.problems.emplace_back(
                "determinism: the same seed gave another trace the second time"
            );
        }
    }
    totals.deaths += result.deaths;
    totals.acks += result.acks;
    totals.events += result.events;
    totals.simulated += result.simulated;
    if (result.problems.empty()) {
        ++totals.passed;
        return true;
    }
    if (++totals.failed <= kFailuresShown) {
        print_failure(seed, result, arguments);
    }
    return false;
}

void print_totals(const Totals& totals, double seconds) {
    const auto seeds = static_cast<double>(totals.passed + totals.failed);
    const double simulated = std::chrono::duration<double>(totals.simulated).count();
    std::printf(
        "%.1f s, %.1f seeds/s, %.2f simulated hours (%.0f times real time), %llu deaths of the "
        "server, "
        "%llu acknowledged sends, %llu events, %llu seeds run twice\n",
        seconds,
        seeds / std::max(seconds, 1e-9),
        simulated / 3600,
        simulated / std::max(seconds, 1e-9),
        static_cast<unsigned long long>(totals.deaths),
        static_cast<unsigned long long>(totals.acks),
        static_cast<unsigned long long>(totals.events),
        static_cast<unsigned long long>(totals.twice)
    );
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
    static_cast<void>(std::signal(SIGABRT, on_abort));
    Totals totals;
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < arguments->seeds; ++i) {
        const bool passed = run_one(arguments->from + i, *arguments, totals);
        if (!passed && !arguments->mutant.empty()) {
            break;
        }
    }
    print_totals(
        totals, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()
    );
    if (!arguments->mutant.empty()) {
        // A planted bug that is not found is the failure.
        const bool found = totals.failed > 0;
        std::printf("%s: %s\n", arguments->mutant.c_str(), found ? "found" : "NOT FOUND");
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
