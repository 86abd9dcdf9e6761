#include "bench/bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bench/journal.h"
#include "bench/lane.h"
#include "bench/pacer.h"
#include "bench/process.h"
#include "bench/report.h"
#include "bench/seed_file.h"
#include "runtime/runtime.h"
#include "runtime/system.h"

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 10ms;
/// Memory is read when what connecting has stirred up has settled.
constexpr auto kSettle = 1s;
constexpr auto kAfterStorm = 6s;
/// Connecting and auditing end when nothing has moved for so long.
constexpr auto kStallMax = 60s;
/// The exit code that shells use for SIGINT.
constexpr int kInterrupted = 130;

std::string problem_of(const Options& options) {
    if (options.connections < 2 || options.connections % 2 != 0) {
        return "--connections must be even: clients write to each other in pairs";
    }
    if (!options.raw && options.seed_file.empty()) {
        return "--seed-file is needed: `parley admin seed` writes one";
    }
    if (options.payload_bytes > 16UL * 1024) {
        return "--payload is at most 16384 bytes";
    }
    if (!options.history_file.empty() &&
        (options.raw || options.idle || options.audit == AuditMode::none)) {
        return "--history needs messages and an audit: no --raw, --idle or --audit none";
    }
    if (options.rate == 0 && (options.window == 0 || options.window > kInFlightMax)) {
        return "--window must be 1 to 128";
    }
    if (!options.group.empty() &&
        (options.rate == 0 || options.threads != 1 || options.idle || options.reconnect)) {
        return "--group needs --rate and one thread, and goes without --idle and --reconnect";
    }
    if ((options.watch != 0 || options.storm) && (!options.idle || options.raw)) {
        return "--watch and --storm go with --idle, and without --raw";
    }
    if (options.rate > 10'000'000) {
        return "--rate is at most 10000000";
    }
    if (options.threads == 0 || options.threads > 64 || options.threads * 2 > options.connections) {
        return "--threads must be 1 to 64, and each needs two connections";
    }
    const double longest = std::max(
        {options.duration_seconds,
         options.warmup_seconds,
         options.hold_seconds,
         options.drain_seconds}
    );
    const double shortest =
        std::min({options.warmup_seconds, options.hold_seconds, options.drain_seconds});
    if (options.duration_seconds <= 0 || shortest < 0 || longest > 86'400) {
        return "--duration must be above 0, --warmup, --hold and --drain not below, none above a "
               "day";
    }
    if (options.connecting == 0) {
        return "--connecting must be at least 1";
    }
    return {};
}

Duration seconds(double count) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

/// One run: the phases in order, on the calling thread; the work is on the lanes.
class Run {
public:
    Run(Options options, std::vector<Account> accounts, std::unique_ptr<JournalFile> journal)
        : plan_{.options = std::move(options), .accounts = std::move(accounts)},
          journal_(std::move(journal)),
          runtime_({.loops = plan_.options.threads}),
          server_(plan_.options.server_pid) {
        runtime::SystemRandom random;
        plan_.run = static_cast<std::uint32_t>(random.next());
        report_.options = plan_.options;
        make_lanes();
        runtime_.on_signals([this](int /*number*/) { interrupt(); });
    }

    Report run() {
        runtime_.start();
        connect();
        if (plan_.options.idle) {
            sleep(plan_.options.hold_seconds);
            if (plan_.options.storm) {
                storm();
            }
        } else {
            load();
        }
        report_.memory_end = server_.memory_bytes();
        report_.last = progress();
        if (!plan_.options.idle) {
            audit();
        }
        on_all([](Lane& lane) { lane.close(); });
        runtime_.stop();
        for (const auto& lane : lanes_) {
            report_.tally.add(lane->tally());
            report_.audit.add(lane->audit());
        }
        report_.journal_written = journal_ == nullptr || journal_->ok();
        return std::move(report_);
    }

private:
    /// On loop 0. The first signal ends the load; what was sent is awaited and audited all the same.
    void interrupt() {
        if (is_interrupted_) {
            std::_Exit(kInterrupted);
        }
        is_interrupted_ = true;
        interrupt_.set_value();
    }

    /// For so long, or until the load is to end.
    void sleep(double count) { interrupted_.wait_for(seconds(count)); }

    void make_lanes() {
        const std::size_t pairs = plan_.options.connections / 2;
        std::size_t first = 0;
        for (std::size_t i = 0; i < plan_.options.threads; ++i) {
            const std::size_t end = pairs * (i + 1) / plan_.options.threads;
            lanes_.push_back(std::make_unique<Lane>(
                plan_,
                runtime_,
                runtime_.loop(i),
                static_cast<std::uint32_t>(2 * first),
                static_cast<std::uint32_t>(2 * (end - first)),
                journal_.get()
            ));
            first = end;
        }
    }

    /// Calls `work` for every lane on its loop and waits for all.
    void on_all(const std::function<void(Lane&)>& work) {
        std::vector<std::future<void>> done;
        for (const auto& lane : lanes_) {
            auto promise = std::make_unique<std::promise<void>>();
            done.push_back(promise->get_future());
            lane->loop().post([&lane, &work, told = std::move(promise)] {
                work(*lane);
                told->set_value();
            });
        }
        for (std::future<void>& one : done) {
            one.wait();
        }
    }

    Progress progress() {
        std::vector<Progress> parts(lanes_.size());
        on_all([&parts](Lane& lane) { parts.at(lane.loop().id().value) = lane.progress(); });
        Progress sum;
        for (const Progress& part : parts) {
            sum.ready += part.ready;
            sum.failed += part.failed;
            sum.waiting += part.waiting;
            sum.acked += part.acked;
            sum.received += part.received;
            sum.gaps += part.gaps;
            sum.unaudited += part.unaudited;
        }
        return sum;
    }

    /// Polls until `is_done`, or until `measure` has not changed for `patience`; false then.
    bool wait_for(
        const std::function<bool(const Progress&)>& is_done,
        const std::function<std::uint64_t(const Progress&)>& measure,
        Duration patience
    ) {
        Progress now = progress();
        std::uint64_t last = measure(now);
        Duration moved = runtime_.clock().steady();
        while (!is_done(now)) {
            std::this_thread::sleep_for(kPoll);
            now = progress();
            if (const std::uint64_t current = measure(now); current != last) {
                last = current;
                moved = runtime_.clock().steady();
            } else if (runtime_.clock().steady() - moved > patience) {
                return false;
            }
        }
        return true;
    }

    void connect() {
        const std::size_t wanted = plan_.options.connections;
        std::fprintf(stderr, "connecting %zu clients\n", wanted);
        report_.memory_before = server_.memory_bytes();
        const auto cpu = server_.cpu_nanos();
        const Duration started = runtime_.clock().steady();
        on_all([](Lane& lane) { lane.start_connecting(); });
        report_.drained = wait_for(
            [wanted](const Progress& now) { return now.ready + now.failed >= wanted; },
            [](const Progress& now) { return now.ready + now.failed; },
            kStallMax
        );
        report_.connect_seconds = seconds_since(started);
        if (const auto after = server_.cpu_nanos(); cpu && after) {
            report_.server_cpu_connecting = *after - *cpu;
        }
        if (plan_.options.server_pid != 0) {
            std::this_thread::sleep_for(kSettle);
            report_.memory_after = server_.memory_bytes();
        }
    }

    void storm() {
        const std::size_t wanted = plan_.options.connections;
        std::fprintf(stderr, "all connect again\n");
        const Tally before = tally();
        const auto cpu = server_.cpu_nanos();
        const Duration started = runtime_.clock().steady();
        on_all([](Lane& lane) { lane.storm(); });
        const bool back = wait_for(
            [wanted](const Progress& now) { return now.ready + now.failed >= wanted; },
            [](const Progress& now) { return now.ready + now.failed; },
            kStallMax
        );
        report_.drained = report_.drained && back;
        report_.storm_seconds = seconds_since(started);
        if (const auto after = server_.cpu_nanos(); cpu && after) {
            report_.storm_cpu = *after - *cpu;
        }
        // Longer than the grace of presence: who has not come back would be told by now.
        std::this_thread::sleep_for(kAfterStorm);
        const Tally after = tally();
        report_.storm_first = after.presence_first - before.presence_first;
        report_.storm_changes = after.presence_changes - before.presence_changes;
        report_.storm_repeats = after.presence_repeats - before.presence_repeats;
    }

    Tally tally() {
        std::vector<Tally> parts(lanes_.size());
        on_all([&parts](Lane& lane) { parts.at(lane.loop().id().value) = lane.tally(); });
        Tally sum;
        for (const Tally& part : parts) {
            sum.add(part);
        }
        return sum;
    }

    void load() {
        const Options& options = plan_.options;
        std::fprintf(
            stderr,
            "warming up for %g s, measuring for %g s\n",
            options.warmup_seconds,
            options.duration_seconds
        );
        plan_.phase = Phase::warming_up;
        std::unique_ptr<Pacer> pacer;
        if (options.rate != 0) {
            pacer = std::make_unique<Pacer>(lanes_, options.rate);
        } else {
            on_all([](Lane& lane) { lane.start_sending(); });
        }
        sleep(options.warmup_seconds);

        const Duration started = runtime_.clock().steady();
        const auto server_cpu = server_.cpu_nanos();
        const std::int64_t client_cpu = own_cpu_nanos();
        plan_.phase = Phase::measuring;
        sleep(options.duration_seconds);
        plan_.phase = Phase::draining;
        report_.client_cpu = own_cpu_nanos() - client_cpu;
        if (const auto after = server_.cpu_nanos(); server_cpu && after) {
            report_.server_cpu = *after - *server_cpu;
        }
        report_.seconds = seconds_since(started);
        pacer.reset();
        drain();
    }

    /// Every send answered, and everything acknowledged seen by the peer.
    void drain() {
        const std::uint64_t readers =
            plan_.options.group.empty() ? 1 : plan_.options.connections - 1;
        const auto is_done = [readers](const Progress& now) {
            return now.waiting == 0 && now.gaps == 0 && now.received >= now.acked * readers;
        };
        const Duration deadline = runtime_.clock().steady() + seconds(plan_.options.drain_seconds);
        bool done = is_done(progress());
        while (!done && runtime_.clock().steady() < deadline) {
            std::this_thread::sleep_for(kPoll);
            done = is_done(progress());
        }
        report_.drained = report_.drained && done;
    }

    void audit() {
        std::fprintf(stderr, "auditing\n");
        plan_.phase = Phase::auditing;
        on_all([](Lane& lane) { lane.start_audit(); });
        const bool whole = wait_for(
            [](const Progress& now) { return now.unaudited == 0; },
            [](const Progress& now) { return now.unaudited; },
            kStallMax
        );
        if (!whole) {
            report_.audit.unread += progress().unaudited;
        }
    }

    [[nodiscard]] double seconds_since(Duration start) const {
        return std::chrono::duration<double>(runtime_.clock().steady() - start).count();
    }

    Plan plan_;
    std::unique_ptr<JournalFile> journal_;
    bool is_interrupted_ = false;  // on loop 0
    std::promise<void> interrupt_;
    std::future<void> interrupted_ = interrupt_.get_future();
    runtime::Runtime runtime_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    ProcessMeter server_;
    Report report_;
};

bool write_file(const std::string& path, const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "we");
    if (file == nullptr) {
        return false;
    }
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return std::fclose(file) == 0 && written;
}

int refuse(const std::string& why) {
    std::fprintf(stderr, "parley bench: %s\n", why.c_str());
    return 2;
}

}  // namespace

int run(const Options& options) {
    if (const std::string problem = problem_of(options); !problem.empty()) {
        return refuse(problem);
    }
    std::vector<Account> accounts;
    if (!options.raw) {
        auto read = read_seed_file(options.seed_file, options.connections);
        if (!read.ok()) {
            return refuse(read.error().detail);
        }
        accounts = std::move(read).value();
    }
    std::unique_ptr<JournalFile> journal;
    if (!options.history_file.empty()) {
        auto created = JournalFile::create(options.history_file);
        if (!created.ok()) {
            return refuse(created.error().detail);
        }
        journal = std::move(created).value();
    }
    const Report report = Run(options, std::move(accounts), std::move(journal)).run();
    std::fputs(to_text(report).c_str(), stdout);
    std::fflush(stdout);
    if (!options.json_file.empty() && !write_file(options.json_file, to_json(report))) {
        return refuse(options.json_file + ": cannot be written");
    }
    if (!report.journal_written) {
        return refuse(options.history_file + ": cannot be written to its end");
    }
    return report.passed() ? 0 : 1;
}

}  // namespace parley::bench
