// What the command log costs on the real disk: records a second, and CPU per record over all threads, when
// groups of this many records are appended and waited for; and how fast it is read again.
//
//     TMPDIR=/data micro_log          the disk that is measured

#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "adapters/log/crc32c.h"
#include "adapters/log/segment_log.h"
#include "runtime/runtime.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/temporary_directory.h"

namespace parley {
namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

core::Record message() {
    core::SendMessage send;
    send.sender = {{.high = 1, .low = 2}};
    send.sender_device = {{.high = 3, .low = 4}};
    send.client_id = "01234567-89ab-cdef-0123-456789abcdef";
    send.content = std::string(100, 'x');
    return {
        .conversation = {77}, .time = {1}, .rules = core::kRulesNow, .command = std::move(send)
    };
}

class Told final : public ports::CommitListener {
public:
    void on_committed(std::uint64_t, std::uint64_t last) override { last_ = last; }
    void on_refused(std::uint64_t, std::uint64_t, const Error&) override { PARLEY_ASSERT(false); }
    [[nodiscard]] std::uint64_t last() const { return last_; }

private:
    std::uint64_t last_ = 0;
};

struct Bench {
    fakes::TemporaryDirectory directory;
    runtime::Runtime runtime{runtime::RuntimeOptions{.loops = 1}};
    runtime::Worker& worker = runtime.make_worker("log");
    fakes::ManualLoop loop;
    Told told;
    std::unique_ptr<log::SegmentLog> log;

    Bench() { open(); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    Bench(Bench&&) = delete;
    Bench& operator=(Bench&&) = delete;
    ~Bench() { runtime.stop(); }
    void open() {
        auto opened =
            log::SegmentLog::open({.directory = directory.path()}, runtime.disk(), worker);
        PARLEY_ASSERT(opened.ok());
        log = std::move(*opened);
        log->attach(loop, told);
    }
    void append(const core::Record& record, std::int64_t count) {
        std::uint64_t last = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto offset = log->append({0}, record);
            PARLEY_ASSERT(offset.ok());
            last = *offset;
        }
        PARLEY_ASSERT(loop.run_until([&] { return told.last() >= last; }));
    }
};

void append_and_wait(benchmark::State& state) {
    Bench bench;
    const core::Record record = message();
    bench.append(record, 1);
    const double before = cpu_seconds();
    for (auto _ : state) {
        bench.append(record, state.range(0));
        if (state.iterations() % 1'000 == 0) {
            bench.log->release(bench.log->committed());
        }
    }
    const auto records = static_cast<double>(state.iterations() * state.range(0));
    state.counters["cpu_us_per_record"] = 1e6 * (cpu_seconds() - before) / records;
    state.counters["records_per_s"] = benchmark::Counter(records, benchmark::Counter::kIsRate);
    state.counters["records_per_group"] =
        records / static_cast<double>(bench.log->counters().groups.value());
}
BENCHMARK(append_and_wait)
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Arg(4'096)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void replay(benchmark::State& state) {
    Bench bench;
    constexpr std::int64_t kRecords = 200'000;
    for (std::int64_t i = 0; i < kRecords / 1'000; ++i) {
        bench.append(message(), 1'000);
    }
    for (auto _ : state) {
        std::uint64_t count = 0;
        const auto done = bench.log->replay({}, [&count](LogPosition, const core::Record&) {
            ++count;
            return Result<void>{};
        });
        PARLEY_ASSERT(done.ok() && count == kRecords);
    }
    state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(replay)->Unit(benchmark::kMillisecond);

void crc32c(benchmark::State& state) {
    const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) {
        benchmark::DoNotOptimize(log::crc32c(std::as_bytes(std::span(bytes))));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc32c)->Arg(200)->Arg(64 * 1024);

}  // namespace
}  // namespace parley
