#include "tests/contract/search_index_contract.h"

#include <fstream>
#include <iterator>
#include <memory>

#include "adapters/memory/search_index.h"
#include "adapters/sqlite/search_index.h"
#include "runtime/runtime.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::contract {
namespace {

class MemorySearch {
public:
    MemorySearch() { runtime_.start(); }
    MemorySearch(const MemorySearch&) = delete;
    MemorySearch& operator=(const MemorySearch&) = delete;
    MemorySearch(MemorySearch&&) = delete;
    MemorySearch& operator=(MemorySearch&&) = delete;
    ~MemorySearch() { runtime_.stop(); }

    ports::SearchIndex& index() { return *index_; }
    runtime::Loop& home() { return runtime_.loop(0); }
    void restart() { index_ = std::make_unique<memory::SearchIndex>(index_->durable()); }

private:
    runtime::Runtime runtime_{{.loops = 1}};
    std::unique_ptr<memory::SearchIndex> index_ = std::make_unique<memory::SearchIndex>();
};

class SqliteSearch {
public:
    SqliteSearch() { open(); }
    SqliteSearch(const SqliteSearch&) = delete;
    SqliteSearch& operator=(const SqliteSearch&) = delete;
    SqliteSearch(SqliteSearch&&) = delete;
    SqliteSearch& operator=(SqliteSearch&&) = delete;
    ~SqliteSearch() { close(); }

    ports::SearchIndex& index() { return *index_; }
    runtime::Loop& home() { return runtime_->loop(0); }
    void restart() {
        close();
        open();
    }
    void close() {
        runtime_->stop();
        index_.reset();
    }
    void open() {
        runtime_ = std::make_unique<runtime::Runtime>(runtime::RuntimeOptions{.loops = 1});
        runtime::Pool& readers = runtime_->make_pool("readers", 2, 64);
        runtime::Pool& writer = runtime_->make_pool("writer", 1, 64);
        auto opened = sqlite::SearchIndex::open(path(), readers, writer);
        ASSERT_TRUE(opened.ok()) << opened.error().detail;
        index_ = std::move(*opened);
        runtime_->start();
    }
    [[nodiscard]] std::string path() const { return folder_.path() + "/search.db"; }
    /// How often `text` stands in the index's files.
    [[nodiscard]] std::size_t on_disk(std::string_view text) const {
        std::size_t count = 0;
        for (const char* suffix : {"", "-wal"}) {
            std::ifstream file{path() + suffix, std::ios::binary};
            const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
            for (std::size_t at = bytes.find(text); at != std::string::npos;
                 at = bytes.find(text, at + 1)) {
                ++count;
            }
        }
        return count;
    }

private:
    fakes::TemporaryDirectory folder_;
    std::unique_ptr<runtime::Runtime> runtime_;
    std::unique_ptr<sqlite::SearchIndex> index_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SearchIndexContract, MemorySearch);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SearchIndexContract, SqliteSearch);

using Sqlite = SearchIndexContract<SqliteSearch>;

TEST_F(Sqlite, ErasedWordsLeaveTheDisk) {
    for (std::uint64_t conversation = 1; conversation <= 20; ++conversation) {
        put(conversation, {document(1, "an ordinary message"), document(2, "secretxyzzy message")});
    }
    ASSERT_TRUE(wait(adapter_.index().flush(adapter_.home())).ok());
    EXPECT_GT(adapter_.on_disk("secretxyzzy"), 0U);
    for (std::uint64_t conversation = 1; conversation <= 20; ++conversation) {
        erase(conversation, 2, 2);
    }
    for (int steps = 0;; ++steps) {
        const auto more = wait(adapter_.index().scrub(adapter_.home()));
        ASSERT_TRUE(more.ok());
        if (!*more) {
            break;
        }
        ASSERT_LT(steps, 1'000);
    }
    EXPECT_EQ(adapter_.on_disk("secretxyzzy"), 0U);
    EXPECT_EQ(adapter_.on_disk("xyzzy"), 0U);
    EXPECT_GT(adapter_.on_disk("ordinary"), 0U);
    EXPECT_EQ(seqs("message", 7), (Seqs{1}));
}

TEST_F(Sqlite, ADamagedFileIsThrownAway) {
    progress_.position = {.epoch = 1, .offset = 7};
    put(1, {document(1, "hello")});
    adapter_.close();
    {
        std::ofstream file{adapter_.path(), std::ios::binary | std::ios::trunc};
        file << std::string(40'000, 'x');
    }
    adapter_.open();
    EXPECT_EQ(*adapter_.index().progress(), ports::SearchProgress{});
    put(1, {document(1, "hello")});
    EXPECT_EQ(seqs("hello"), (Seqs{1}));
}

TEST_F(Sqlite, DamageWhileItRunsIsAnErrorUntilReset) {
    for (std::uint64_t seq = 1; seq <= 300; ++seq) {
        put(1, {document(seq, "hello " + std::to_string(seq * 7919))});
    }
    adapter_.restart();
    {
        std::fstream file{adapter_.path(), std::ios::binary | std::ios::in | std::ios::out};
        for (std::streamoff at = 4'096; at < 60'000; at += 512) {
            file.seekp(at);
            file << std::string(512, '\x7F');
        }
    }
    auto request = asked("hello", {1});
    const auto hits = wait(adapter_.index().find(adapter_.home(), request));
    ASSERT_FALSE(hits.ok());
    EXPECT_EQ(hits.error().code, ErrorCode::internal);
    ASSERT_TRUE(wait(adapter_.index().reset(adapter_.home())).ok());
    EXPECT_TRUE(find(request).empty());
    put(1, {document(1, "hello")});
    EXPECT_EQ(seqs("hello"), (Seqs{1}));
}

// --- the real index against the one that looks at everything ----------------------------------------

/// Words of a small vocabulary, some alike, in three scripts.
class Prose {
public:
    explicit Prose(std::uint64_t seed) {
        for (std::uint64_t i = 0; i < seed; ++i) {
            (void)random_.next();
        }
    }
    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
    std::string text(std::uint64_t words) {
        static constexpr std::array kWords{"hello", "help", "held",   "Héllo",   "world",
                                           "word",  "wor",  "a",      "ab",      "東京都",
                                           "京都",  "都",   "東",     "foo-bar", "bar",
                                           "don't", "🎉",   "straße", "STRASSE", "привет"};
        std::string out;
        for (std::uint64_t i = 0; i < words; ++i) {
            out.append(kWords.at(below(kWords.size()))).append(below(4) == 0 ? ", " : " ");
        }
        return out;
    }
    std::string query() {
        std::string out;
        const std::uint64_t pieces = 1 + below(3);
        for (std::uint64_t i = 0; i < pieces; ++i) {
            const bool quoted = below(3) == 0;
            std::string piece = text(quoted ? 1 + below(3) : 1);
            piece.resize(piece.find_last_not_of(" ,") + 1);
            out.append(quoted ? "\"" + piece + "\"" : piece + (below(4) == 0 ? "*" : ""));
            out.append(" ");
        }
        return out;
    }

private:
    fakes::CountingRandom random_;
};

TEST_F(Sqlite, FindsWhatLookingAtEverythingFinds) {
    constexpr std::uint64_t kConversations = 5;
    memory::SearchIndex oracle;
    const std::uint64_t seed =
        1 + (static_cast<std::uint64_t>(::testing::UnitTest::GetInstance()->random_seed()));
    SCOPED_TRACE("--gtest_random_seed=" + std::to_string(seed - 1));
    Prose prose(seed % 1'000);
    std::map<std::uint64_t, std::uint64_t> heads;
    std::size_t found = 0;
    for (int round = 0; round < 120; ++round) {
        ports::SearchBatch batch;
        for (std::uint64_t i = 0; i < 1 + prose.below(4); ++i) {
            const std::uint64_t conversation = 1 + prose.below(kConversations);
            std::uint64_t& head = heads[conversation];
            const bool fresh = head < 3 || prose.below(3) != 0;
            const std::uint64_t first = fresh ? head + 1 : 1 + prose.below(head);
            const std::uint64_t last = first + prose.below(fresh ? 6 : 3);
            ports::SearchReplace replace{number(conversation), {first}, {last}, {}};
            for (std::uint64_t seq = first; seq <= last; ++seq) {
                if (prose.below(5) != 0) {
                    auto one = document(
                        seq, prose.text(1 + prose.below(6)), prose.below(2) == 0 ? kAda : kBob
                    );
                    one.hidden = prose.below(8) == 0;
                    replace.documents.push_back(std::move(one));
                }
            }
            head = std::max(head, last);
            batch.replaces.push_back(std::move(replace));
        }
        if (prose.below(20) == 0) {
            batch.forgets.push_back(
                {.conversation = number(1 + prose.below(kConversations)), .user = kBob}
            );
        }
        const auto copied = wait(oracle.write(adapter_.home(), batch));
        ASSERT_TRUE(copied.ok());
        write(std::move(batch));
        for (int asks = 0; asks < 6; ++asks) {
            const std::string text = prose.query();
            auto request = asked(text, {});
            for (std::uint64_t conversation = 1; conversation <= kConversations; ++conversation) {
                if (prose.below(3) != 0) {
                    auto scope = all_of(conversation);
                    const std::uint64_t from = 1 + prose.below(20);
                    scope.ranges = {{.first = {from}, .last = {from + prose.below(40)}}};
                    if (prose.below(2) == 0) {
                        scope.ranges.push_back({.first = {from + 60}, .last = {~std::uint64_t{0}}});
                    }
                    request.scopes.push_back(std::move(scope));
                }
            }
            request.limit = 1 + prose.below(12);
            request.viewer = prose.below(2) == 0 ? kAda : kBob;
            if (prose.below(3) == 0) {
                request.sender = prose.below(2) == 0 ? kAda : kBob;
            }
            if (prose.below(3) == 0) {
                request.after = at(static_cast<std::int64_t>(prose.below(60)));
            }
            if (prose.below(3) == 0) {
                request.before = ports::SearchPlace{
                    .time = at(static_cast<std::int64_t>(prose.below(90))),
                    .conversation = number(prose.below(kConversations + 2))
                };
            }
            const auto expected = wait(oracle.find(adapter_.home(), request));
            ASSERT_TRUE(expected.ok());
            EXPECT_EQ(find(request), *expected) << "round " << round << ": " << text;
            found += expected->size();
        }
        if (prose.below(30) == 0) {
            ASSERT_TRUE(wait(adapter_.index().scrub(adapter_.home())).ok());
        }
    }
    EXPECT_GT(found, 300U) << "too little was compared";
}

}  // namespace
}  // namespace parley::contract
