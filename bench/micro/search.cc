// What searching costs: CPU per message indexed, and how long a page takes among a million messages, by kind of
// question. The figures to hold: p99 of one page at most 50 ms.
//
//     micro_search [--benchmark_filter=...]
//     PARLEY_BENCH_MESSAGES=1000000 micro_search
//
// The messages lie in a directory that goes afterwards; with PARLEY_BENCH_DIRECTORY they stay there and are used
// again. Words are drawn by Zipf's law from 50,000, ten a message, as in the texts of a language.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "adapters/sqlite/search_index.h"
#include "core/search_text.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/temporary_directory.h"

namespace parley {
namespace {

constexpr std::uint64_t kVocabulary = 50'000;
constexpr std::uint64_t kWordsAMessage = 10;
constexpr std::size_t kBatch = 1'000;
/// One conversation has a fifth of everything, the rest is spread: the large group and the many small ones.
constexpr std::uint64_t kConversations = 5'000;
constexpr std::uint64_t kLarge = 1;

std::uint64_t messages_wanted() {
    const char* wanted =
        std::getenv("PARLEY_BENCH_MESSAGES");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return wanted == nullptr ? 100'000 : std::strtoull(wanted, nullptr, 10);
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Word number n, by rank: short ones are frequent.
std::string word(std::uint64_t n) {
    static constexpr std::array kSyllables{
        "ba",
        "ce",
        "di",
        "fo",
        "gu",
        "la",
        "me",
        "ni",
        "po",
        "ru",
        "sa",
        "te",
        "vi",
        "xo",
        "zu",
        "ka"
    };
    std::string text;
    for (std::uint64_t left = n + 16; left > 0; left /= kSyllables.size()) {
        text.append(kSyllables.at(left % kSyllables.size()));
    }
    return text;
}

class Prose {
public:
    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
    /// By Zipf's law: rank r about as often as 1/r.
    std::uint64_t rank() {
        const double u = static_cast<double>(random_.next() >> 11U) * 0x1p-53;
        const double r = std::exp(u * std::log(static_cast<double>(kVocabulary)));
        return std::min(static_cast<std::uint64_t>(r) - 1, kVocabulary - 1);
    }
    std::string message() {
        std::string text;
        for (std::uint64_t i = 0; i < kWordsAMessage; ++i) {
            text.append(text.empty() ? "" : " ").append(word(rank()));
        }
        return text;
    }

private:
    fakes::CountingRandom random_;
};

ConversationNumber number(std::uint64_t n) {
    return {n << 20U};
}
Timestamp time_of(std::uint64_t n) {
    return {17'000'000'000'000'000 + static_cast<std::int64_t>(n) * 10'000'000};
}

/// A million messages in an index, made once.
class World {
public:
    static World& get() {
        static World world;
        return world;
    }

    sqlite::SearchIndex& index() { return *index_; }
    fakes::ManualLoop& loop() { return loop_; }
    [[nodiscard]] double cpu_per_message() const { return cpu_ / static_cast<double>(messages_); }
    [[nodiscard]] std::uint64_t messages() const { return messages_; }
    [[nodiscard]] std::vector<std::uint64_t>& heads() { return heads_; }

private:
    World() {
        const char* kept =
            std::getenv("PARLEY_BENCH_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): nobody sets it
        const std::string directory = kept == nullptr ? directory_.path() : kept;
        auto opened = sqlite::SearchIndex::open(directory + "/search.db", pool_, pool_);
        PARLEY_ASSERT(opened.ok());
        index_ = std::move(*opened);
        const auto progress = index_->progress();
        PARLEY_ASSERT(progress.ok());
        if (progress->position.offset != messages_) {
            fill();
        }
    }
    void fill() {
        Prose prose;
        const double begun = cpu_seconds();
        for (std::uint64_t done = 0; done < messages_;) {
            ports::SearchBatch batch;
            for (std::size_t i = 0; i < kBatch && done < messages_; ++i, ++done) {
                add(prose, done, batch);
            }
            batch.progress.position = {.epoch = 1, .offset = done};
            const auto written = fakes::wait(loop_, index_->write(loop_, std::move(batch)));
            PARLEY_ASSERT(written.ok());
        }
        PARLEY_ASSERT(fakes::wait(loop_, index_->flush(loop_)).ok());
        cpu_ = cpu_seconds() - begun;
    }
    void add(Prose& prose, std::uint64_t n, ports::SearchBatch& batch) {
        const std::uint64_t conversation =
            prose.below(5) == 0 ? kLarge : 2 + prose.below(kConversations - 1);
        const Seq seq{++heads_[conversation]};
        ports::SearchDocument document{
            .seq = seq,
            .time = time_of(n),
            .sender = {{.high = 1, .low = prose.below(1'000) + 1}},
            .hidden = false,
            .words = core::search_words(prose.message())
        };
        batch.replaces.push_back(
            {.conversation = number(conversation),
             .first = seq,
             .last = seq,
             .documents = {std::move(document)}}
        );
    }

    const std::uint64_t messages_ = messages_wanted();
    double cpu_ = 0;
    fakes::TemporaryDirectory directory_;
    fakes::ManualLoop loop_;
    fakes::InlinePool pool_;
    std::unique_ptr<sqlite::SearchIndex> index_;
    std::vector<std::uint64_t> heads_ = std::vector<std::uint64_t>(kConversations + 1);
};

enum class Ask : std::int64_t {
    rare,
    common,
    prefix,
    two_words,
    phrase,
    nothing
};

std::string text_of(Ask ask, Prose& prose) {
    switch (ask) {
        case Ask::rare:
            return word(10'000 + prose.below(40'000)) + " !";
        case Ask::common:
            return "\"" + word(prose.below(20)) + "\"";
        case Ask::prefix:
            return word(prose.rank()).substr(0, 2 + prose.below(3));
        case Ask::two_words:
            return word(prose.rank()) + " " + word(prose.rank());
        case Ask::phrase:
            return "\"" + word(prose.below(50)) + " " + word(prose.below(50)) + "\"";
        case Ask::nothing:
            return "\"qqqqqq\"";
    }
    return {};
}

ports::SearchRequest request_for(Ask ask, std::uint64_t conversations, bool large, Prose& prose) {
    ports::SearchRequest request;
    request.query = *core::parse_search_query(text_of(ask, prose));
    const auto add = [&request](std::uint64_t n) {
        request.scopes.push_back(
            {.conversation = number(n),
             .ranges = {{.first = {1}, .last = {1U << 30U}}},
             .newest = time_of(1U << 30U)}
        );
    };
    if (large) {
        add(kLarge);
    }
    const std::uint64_t first = 2 + prose.below(kConversations - 1 - conversations);
    for (std::uint64_t i = 0; i < conversations; ++i) {
        add(first + i);
    }
    return request;
}

/// range(0): the kind of question; range(1): of how many small conversations; range(2): and of the large one.
void search(benchmark::State& state) {
    World& world = World::get();
    Prose prose;
    std::vector<double> millis;
    std::size_t hits = 0;
    for ([[maybe_unused]] const auto _ : state) {
        auto request = request_for(
            static_cast<Ask>(state.range(0)),
            static_cast<std::uint64_t>(state.range(1)),
            state.range(2) != 0,
            prose
        );
        const auto begun = std::chrono::steady_clock::now();
        const auto found =
            fakes::wait(world.loop(), world.index().find(world.loop(), std::move(request)));
        const std::chrono::duration<double, std::milli> taken =
            std::chrono::steady_clock::now() - begun;
        PARLEY_ASSERT(found.ok());
        hits += found->size();
        millis.push_back(taken.count());
    }
    std::ranges::sort(millis);
    state.counters["p50_ms"] = millis[millis.size() / 2];
    state.counters["p99_ms"] = millis[millis.size() * 99 / 100];
    state.counters["hits"] = static_cast<double>(hits) / static_cast<double>(millis.size());
}
BENCHMARK(search)
    ->ArgNames({"ask", "conversations", "large"})
    ->ArgsProduct({{0, 1, 2, 3, 4, 5}, {20, 1'000}, {0, 1}})
    ->Iterations(500)
    ->Unit(benchmark::kMillisecond);

void index_messages(benchmark::State& state) {
    World& world = World::get();
    for ([[maybe_unused]] const auto _ : state) {
        benchmark::DoNotOptimize(world.messages());
    }
    state.counters["cpu_us_per_message"] = world.cpu_per_message() * 1e6;
}
BENCHMARK(index_messages)->Iterations(1);

}  // namespace
}  // namespace parley
