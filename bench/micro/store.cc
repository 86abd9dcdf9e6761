// What the message store costs: CPU per event written (flushes and compaction included), a page of history
// from a store of a million events and more, and opening it.
//
//     micro_store [--benchmark_filter=...]
//     PARLEY_BENCH_EVENTS=10000000 micro_store --benchmark_filter='Page|Open'

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "adapters/rocksdb/message_store.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/temporary_directory.h"

namespace parley {
namespace {

using rocksdb_store::MessageStore;

double cpu_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A direct conversation whose events are made as fast as possible; both members write in turn.
class Source {
public:
    explicit Source(std::uint64_t number) {
        state_.number = {number << 10U};
        state_.last_time = {17'000'000'000'000'000};
        for (const std::uint64_t user : {1U, 2U}) {
            state_.members.add(core::Member{
                .user = {{.high = number * 0x9E3779B97F4A7C15ULL, .low = user}}, .first = {1}
            });
        }
        state_.active = 2;
    }

    ports::ConversationWrite next(std::size_t events, fakes::CountingRandom& random) {
        ports::ConversationWrite write;
        const std::array sends = {state_.members[0].sends.count(), state_.members[1].sends.count()};
        for (std::size_t i = 0; i < events; ++i) {
            write.events.push_back(one(random));
        }
        state_.position.offset += events;
        state_.rev += events;
        write.state = core::without_members(state_);
        write.members_total = 2;
        for (const std::uint32_t index : {0U, 1U}) {
            write.members.push_back(ports::member_write(state_.members[index], index, sends[index])
            );
        }
        return write;
    }
    [[nodiscard]] const core::ConversationState& state() const { return state_; }

private:
    core::EventPtr one(fakes::CountingRandom& random) {
        state_.head = state_.head.next();
        state_.ordinal = {state_.ordinal.value + 1};
        state_.last_time = {state_.last_time.ticks + 10'000'000};
        const std::size_t m = state_.head.value % 2;
        core::Member& sender = state_.members[m];
        auto event = std::make_shared<core::Event>();
        event->seq = state_.head;
        event->ordinal = state_.ordinal;
        event->time = state_.last_time;
        event->sender = sender.user;
        event->sender_device = {{.high = sender.user.uuid.high, .low = 77}};
        event->client_id = to_string(random_uuid(random));
        event->content.reserve(100);
        while (event->content.size() < 100) {
            event->content += kWords[random.next() % std::size(kWords)];
        }
        sender.cursor = {state_.head, state_.head, state_.ordinal};
        sender.sends.add(
            {.client_id = {random.next(), random.next()},
             .payload = random.next(),
             .seq = state_.head,
             .time = state_.last_time}
        );
        return event;
    }

    static constexpr const char* kWords[] = {
        "and ",
        "house ",
        "tomorrow ",
        "maybe ",
        "we ",
        "could ",
        "see ",
        "the ",
        "film ",
        "then ",
        "yes ",
        "sure ",
        "so ",
        "what ",
        "time ",
        "again "
    };
    core::ConversationState state_;
};

struct Store {
    fakes::TemporaryDirectory directory;
    fakes::InlinePool pool;
    fakes::ManualLoop loop;
    std::unique_ptr<MessageStore> store;

    Store() { open(); }
    void open() {
        MessageStore::Options options;
        options.directory = directory.path();
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
        if (const char* bytes = std::getenv("PARLEY_BENCH_GATHER")) {
            options.gather_bytes = std::strtoull(bytes, nullptr, 10);
        }
        auto opened = MessageStore::open(options, pool, pool);
        PARLEY_ASSERT(opened.ok());
        store = std::move(*opened);
    }
    void write(ports::StoreBatch batch) {
        const auto written = fakes::wait(loop, store->write(loop, std::move(batch)));
        PARLEY_ASSERT(written.ok());
    }
    void flush() {
        const auto flushed = fakes::wait(loop, store->flush(loop));
        PARLEY_ASSERT(flushed.ok());
    }
    void settle() {
        flush();
        while (store->gauges().compaction_backlog > 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
};

/// Batches of 100 conversations; each gets `run` events in a batch.
void write_events(benchmark::State& bench) {
    const auto run = static_cast<std::size_t>(bench.range(0));
    const auto conversations = static_cast<std::size_t>(bench.range(1));
    constexpr std::size_t kBatch = 100;
    fakes::CountingRandom random;
    std::vector<Source> sources;
    for (std::size_t i = 0; i < conversations; ++i) {
        sources.emplace_back(i + 1);
    }
    Store store;
    double making = 0;
    std::size_t events = 0;
    std::size_t next = 0;
    const double start = cpu_seconds(RUSAGE_SELF);
    for (auto _ : bench) {
        const double before = cpu_seconds(RUSAGE_THREAD);
        std::vector<ports::StoreBatch> batches(100);
        for (ports::StoreBatch& batch : batches) {
            for (std::size_t i = 0; i < kBatch; ++i) {
                batch.writes.push_back(sources[next].next(run, random));
                next = (next + 1) % conversations;
            }
            events += run * kBatch;
            batch.covers = {1, events};
        }
        making += cpu_seconds(RUSAGE_THREAD) - before;
        for (ports::StoreBatch& batch : batches) {
            store.write(std::move(batch));
        }
    }
    store.settle();
    const double cpu = cpu_seconds(RUSAGE_SELF) - start - making;
    bench.counters["events"] = static_cast<double>(events);
    bench.counters["cpu_us_per_event"] = 1e6 * cpu / static_cast<double>(events);
    bench.counters["file_bytes_per_event"] =
        static_cast<double>(store.store->gauges().file_bytes) / static_cast<double>(events);
}
BENCHMARK(write_events)
    ->ArgNames({"run", "conversations"})
    ->Args({1, 10'000})
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(write_events)
    ->ArgNames({"run", "conversations"})
    ->Args({64, 100})
    ->Iterations(4)
    ->Unit(benchmark::kMillisecond);

struct Filled : Store {
    static constexpr std::size_t kPerConversation = 1'000;
    std::size_t conversations = 0;

    Filled() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
        const char* wanted = std::getenv("PARLEY_BENCH_EVENTS");
        const std::size_t events =
            wanted == nullptr ? 1'000'000 : std::strtoull(wanted, nullptr, 10);
        conversations = events / kPerConversation;
        fakes::CountingRandom random;
        for (std::size_t i = 0; i < conversations; ++i) {
            Source source(i + 1);
            std::vector<ports::ConversationWrite> writes;
            writes.push_back(source.next(kPerConversation, random));
            const auto seeded = store->seed(writes);
            PARLEY_ASSERT(seeded.ok());
        }
        settle();
        store.reset();
        open();
    }
    static Filled& instance() {
        static Filled filled;
        return filled;
    }
};

void read_page(benchmark::State& bench) {
    Filled& filled = Filled::instance();
    fakes::CountingRandom random;
    for (auto _ : bench) {
        const std::uint64_t number = (1 + random.next() % filled.conversations) << 10U;
        const std::uint64_t first = 1 + random.next() % (Filled::kPerConversation - 50);
        const ports::EventRange range{
            .conversation = {number}, .first = {first}, .last = {first + 49}, .limit = 50
        };
        auto events = fakes::wait(filled.loop, filled.store->read(filled.loop, range));
        PARLEY_ASSERT(events.ok() && events->size() == 50);
        benchmark::DoNotOptimize(events);
    }
}
BENCHMARK(read_page)->Unit(benchmark::kMicrosecond);

void load_state(benchmark::State& bench) {
    Filled& filled = Filled::instance();
    fakes::CountingRandom random;
    for (auto _ : bench) {
        const ConversationNumber number{(1 + random.next() % filled.conversations) << 10U};
        auto state = fakes::wait(filled.loop, filled.store->load(filled.loop, number));
        PARLEY_ASSERT(state.ok() && state->has_value());
        benchmark::DoNotOptimize(state);
    }
}
BENCHMARK(load_state)->Unit(benchmark::kMicrosecond);

void find_place(benchmark::State& bench) {
    Filled& filled = Filled::instance();
    fakes::CountingRandom random;
    for (auto _ : bench) {
        const ConversationNumber number{(1 + random.next() % filled.conversations) << 10U};
        const std::int64_t second = 1 + static_cast<std::int64_t>(random.next() % 1'000);
        const Timestamp time{17'000'000'000'000'000 + second * 10'000'000};
        auto found =
            fakes::wait(filled.loop, filled.store->find_seq(filled.loop, number, {1}, time));
        PARLEY_ASSERT(found.ok() && *found == Seq{static_cast<std::uint64_t>(second)});
    }
}
BENCHMARK(find_place)->Unit(benchmark::kMicrosecond);

void open_store(benchmark::State& bench) {
    Filled& filled = Filled::instance();
    for (auto _ : bench) {
        bench.PauseTiming();
        filled.store.reset();
        bench.ResumeTiming();
        filled.open();
    }
}
BENCHMARK(open_store)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace parley
