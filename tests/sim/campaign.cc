#include "tests/sim/campaign.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

namespace parley::sim {
namespace {

/// One seed in so many runs twice, and its traces must be equal: 50 of the 2,000 of a test run.
constexpr std::uint64_t kTwiceEvery = 40;
/// A process is made for so many seeds, at most: what is lost when a run is stopped.
constexpr std::uint64_t kBlockMax = 1000;
/// No seed takes a second of the processor; this is for one that never ends. A run that is nice to others may wait
/// for minutes.
constexpr time_t kSeedSecondsMax = 300;
constexpr std::size_t kBadKept = 100;
/// More failing seeds than this say nothing new.
constexpr std::uint64_t kFailuresShown = 10;
constexpr std::chrono::seconds kReportEvery{20};

/// What a process tells of its block; in memory that it shares with its parent, so that it is known how far it came
/// if it dies.
struct Slot {
    pid_t process = 0;
    std::uint64_t first = 0;    // seed of the block
    std::uint64_t end = 0;      // past its last
    std::uint64_t running = 0;  // the seed
    Totals totals;
    std::size_t bad_count = 0;
    std::array<std::uint64_t, kBadKept> bad{};
};
/// All that is shared.
struct Shared {
    std::atomic<std::uint64_t> failures_shown = 0;
    std::array<Slot, kJobsMax> slots{};
};

std::uint64_t cpu_ms() {
    rusage used{};
    PARLEY_ASSERT(::getrusage(RUSAGE_SELF, &used) == 0);
    const auto ms = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
               static_cast<std::uint64_t>(time.tv_usec) / 1000;
    };
    return ms(used.ru_utime) + ms(used.ru_stime);
}

/// Ends this process by SIGPROF when it has computed for so long from now on.
void limit_cpu_time() {
    const itimerval limit{.it_interval = {}, .it_value = {.tv_sec = kSeedSecondsMax, .tv_usec = 0}};
    PARLEY_ASSERT(::setitimer(ITIMER_PROF, &limit, nullptr) == 0);
}

std::string to_repeat(std::uint64_t seed, const std::string& replay_options) {
    return "  to repeat it: ./dev sim --seed " + std::to_string(seed) + " --verbose" +
           replay_options + "\n";
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace

std::uint64_t hash_of_program() {
    return hash_of(read_file("/proc/self/exe"));
}

std::string run_counted(const CampaignOptions& options, const SeedOptions& seed, Totals& totals) {
    SeedResult result = options.run(seed);
    if (seed.seed % kTwiceEvery == 0 && !seed.print_trace) {
        ++totals.twice;
        if (options.run(seed).trace_hash != result.trace_hash) {
            result.problems.emplace_back(
                "determinism: the same seed gave another trace the second time"
            );
        }
    }
    totals.events += result.events;
    totals.tally += result.tally;
    totals.simulated_ms += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(result.simulated).count()
    );
    if (result.problems.empty()) {
        ++totals.passed;
        return {};
    }
    ++totals.failed;
    std::string report = "seed " + std::to_string(seed.seed) + " failed\n";
    for (const std::string& problem : result.problems) {
        report.append("  ").append(problem).append("\n");
    }
    return report + to_repeat(seed.seed, options.replay_options);
}

// --- many -----------------------------------------------------------------------------------------

namespace {

class Campaign {
public:
    Campaign(const CampaignOptions& options, SeedOptions each)
        : options_(options), each_(std::move(each)) {
        PARLEY_ASSERT(options_.jobs > 0 && options_.jobs <= kJobsMax);
    }
    Campaign(const Campaign&) = delete;
    Campaign& operator=(const Campaign&) = delete;
    Campaign(Campaign&&) = delete;
    Campaign& operator=(Campaign&&) = delete;
    ~Campaign() {
        if (shared_ != nullptr) {
            ::munmap(shared_, sizeof(Shared));
        }
    }

    Result<Progress> run() {
        if (auto begun = begin(); !begun.ok()) {
            return std::move(begun).error();
        }
        while (fill_slots() > 0) {
            wait_for_one();
            if (auto saved = save(); !saved.ok()) {
                stop();
                return std::move(saved).error();
            }
            report();
        }
        return std::move(progress_);
    }

private:
    Result<void> begin() {
        progress_.program = options_.program != 0 ? options_.program : hash_of_program();
        if (const std::string text = read_file(options_.progress_file); !text.empty()) {
            auto before = Progress::parse(text);
            if (!before) {
                return Error{
                    ErrorCode::invalid_request,
                    options_.progress_file + " is no progress file: remove it to begin anew"
                };
            }
            if (before->program == progress_.program) {
                progress_ = std::move(*before);
                std::printf(
                    "going on after %llu seeds\n",
                    static_cast<unsigned long long>(progress_.totals.seeds())
                );
            } else {
                std::puts("another program made the progress file: beginning anew");
            }
        }
        const std::uint64_t block =
            std::clamp<std::uint64_t>(options_.seeds / (options_.jobs * 8UL), 1, kBlockMax);
        for (auto [first, end] :
             progress_.done.missing(options_.from, options_.from + options_.seeds)) {
            for (; first < end; first += block) {
                blocks_.emplace_back(first, std::min(first + block, end));
            }
        }
        void* const memory = ::mmap(
            nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0
        );
        if (memory == MAP_FAILED) {
            return Error{ErrorCode::internal, "no memory to share with other processes"};
        }
        shared_ = std::construct_at(static_cast<Shared*>(memory));
        return {};
    }

    /// How many processes run now.
    unsigned fill_slots() {
        unsigned running = 0;
        for (unsigned i = 0; i < options_.jobs; ++i) {
            Slot& slot = shared_->slots.at(i);
            const bool stopped = options_.stop_at_failure && progress_.totals.failed > 0;
            if (slot.process == 0 && !blocks_.empty() && !stopped) {
                const auto [first, end] = blocks_.front();
                blocks_.pop_front();
                start(slot, first, end);
            }
            running += slot.process == 0 ? 0 : 1;
        }
        return running;
    }

    void start(Slot& slot, std::uint64_t first, std::uint64_t end) {
        slot = Slot{};
        slot.first = slot.running = first;
        slot.end = end;
        // What is in the buffer would be printed by both.
        std::fflush(nullptr);
        const pid_t process = ::fork();
        PARLEY_ASSERT(process >= 0);
        if (process == 0) {
            run_block(slot);
            std::fflush(nullptr);
            ::_exit(0);
        }
        slot.process = process;
    }

    /// In a process of its own.
    void run_block(Slot& slot) {
        const std::uint64_t begun = cpu_ms();
        for (; slot.running < slot.end; ++slot.running) {
            limit_cpu_time();
            SeedOptions seed = each_;
            seed.seed = slot.running;
            const std::string report = run_counted(options_, seed, slot.totals);
            slot.totals.cpu_ms = cpu_ms() - begun;
            if (report.empty()) {
                continue;
            }
            if (slot.bad_count < kBadKept) {
                slot.bad.at(slot.bad_count++) = slot.running;
            }
            show(report);
            if (options_.stop_at_failure) {
                ++slot.running;
                break;
            }
        }
    }

    void show(const std::string& report) {
        if (shared_->failures_shown.fetch_add(1) < kFailuresShown) {
            std::fputs(report.c_str(), stdout);
            std::fflush(stdout);
        }
    }

    void wait_for_one() {
        int status = 0;
        const pid_t process = ::wait(&status);
        PARLEY_ASSERT(process > 0);
        for (unsigned i = 0; i < options_.jobs; ++i) {
            if (shared_->slots.at(i).process == process) {
                take(shared_->slots.at(i), status);
            }
        }
    }

    void take(Slot& slot, int status) {
        std::uint64_t end = slot.running;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            // An assertion, a crash, or no end: that seed is bad, and the rest of the block is still to do.
            const std::string why =
                WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                    : "ended by itself with " + std::to_string(WEXITSTATUS(status));
            show(
                "seed " + std::to_string(slot.running) + " failed\n  its process " + why + "\n" +
                to_repeat(slot.running, options_.replay_options)
            );
            ++slot.totals.failed;
            progress_.bad.push_back(slot.running);
            end = slot.running + 1;
            if (end < slot.end) {
                blocks_.emplace_front(end, slot.end);
            }
        }
        progress_.totals += slot.totals;
        progress_.bad.insert(
            progress_.bad.end(),
            slot.bad.begin(),
            slot.bad.begin() + static_cast<std::ptrdiff_t>(slot.bad_count)
        );
        if (progress_.bad.size() > kBadKept) {
            progress_.bad.resize(kBadKept);
        }
        progress_.done.add(slot.first, end);
        slot.process = 0;
    }

    [[nodiscard]] Result<void> save() const {
        if (options_.progress_file.empty()) {
            return {};
        }
        const std::string fresh = options_.progress_file + ".new";
        {
            std::ofstream file{fresh, std::ios::binary | std::ios::trunc};
            file << progress_.text();
            if (!file.flush()) {
                return Error{ErrorCode::internal, "cannot write " + fresh};
            }
        }
        if (std::rename(fresh.c_str(), options_.progress_file.c_str()) != 0) {
            return Error{ErrorCode::internal, "cannot write " + options_.progress_file};
        }
        return {};
    }

    void report() {
        const auto now = std::chrono::steady_clock::now();
        if (options_.progress_file.empty() || now < reported_ + kReportEvery) {
            return;
        }
        reported_ = now;
        std::printf(
            "%llu of %llu seeds, %llu bad\n",
            static_cast<unsigned long long>(progress_.totals.seeds()),
            static_cast<unsigned long long>(options_.seeds),
            static_cast<unsigned long long>(progress_.totals.failed)
        );
        std::fflush(stdout);
    }

    void stop() {
        for (unsigned i = 0; i < options_.jobs; ++i) {
            const pid_t process = shared_->slots.at(i).process;
            if (process != 0) {
                ::kill(process, SIGTERM);
                ::waitpid(process, nullptr, 0);
            }
        }
    }

    const CampaignOptions& options_;
    const SeedOptions each_;
    std::chrono::steady_clock::time_point reported_ = std::chrono::steady_clock::now();
    Progress progress_;
    std::deque<SeedRanges::Range> blocks_;  // to do
    Shared* shared_ = nullptr;
};

}  // namespace

Result<Progress> run_campaign(const CampaignOptions& options, SeedOptions each) {
    return Campaign{options, std::move(each)}.run();
}

}  // namespace parley::sim
