#include "adapters/sqlite/search_index.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <unistd.h>

#include "adapters/sqlite/database.h"
#include "adapters/sqlite/search_find.h"
#include "adapters/sqlite/search_words.h"
#include "base/log.h"

namespace parley::sqlite {
namespace {

/// Of the tables below, and of what core::search_words answers: an index of another version is made anew.
constexpr std::int64_t kVersion = 1;
/// Rows looked at in one go, and pages merged in one step of scrub: bound how much memory and time that takes.
constexpr std::size_t kRowsAtOnce = 500;
constexpr int kMergePages = 500;

/// `erased` counts documents whose words are still on the disk although they are not found.
constexpr const char* kSchema = R"(
CREATE TABLE progress (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    epoch    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    swept    INTEGER NOT NULL,
    erased   INTEGER NOT NULL
) STRICT;
INSERT INTO progress VALUES (1, 0, 0, 0, 0, 0);

CREATE TABLE conversations (
    id     INTEGER PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE
) STRICT;

-- id is the conversation's id, shifted, and the seq. words are kept because FTS5 wants them back for erasing.
CREATE TABLE documents (
    id     INTEGER PRIMARY KEY,
    time   INTEGER NOT NULL,
    sender BLOB,
    hidden INTEGER NOT NULL,
    words  TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE postings USING fts5 (
    words, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'"
);
)";

/// The log has what a crash takes, so no commit waits for the disk but flush's.
constexpr const char* kWriterSettings = R"(
PRAGMA secure_delete = ON;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 16777216;
)";

constexpr const char* kBegin = "BEGIN IMMEDIATE";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kGetProgress = "SELECT epoch, position, complete, swept FROM progress";
constexpr const char* kSetProgress =
    "UPDATE progress SET epoch = ?1, position = ?2, complete = ?3, swept = ?4, erased = erased + "
    "?5";
constexpr const char* kInsertConversation = "INSERT INTO conversations (number) VALUES (?1)";
constexpr const char* kSelectDocuments = R"(
SELECT id, words FROM documents WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT ?3)";
constexpr const char* kPutDocument = R"(
INSERT INTO documents (id, time, sender, hidden, words) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET time = ?2, sender = ?3, hidden = ?4, words = ?5)";
constexpr const char* kDeleteDocument = "DELETE FROM documents WHERE id = ?1";
constexpr const char* kForget =
    "UPDATE documents SET sender = NULL WHERE id >= ?1 AND id <= ?2 AND sender = ?3";
constexpr const char* kIndexWords = "INSERT INTO postings (rowid, words) VALUES (?1, ?2)";
constexpr const char* kUnindexWords =
    "INSERT INTO postings (postings, rowid, words) VALUES ('delete', ?1, ?2)";
constexpr const char* kMerge = "INSERT INTO postings (postings, rank) VALUES ('merge', ?1)";
constexpr const char* kScrubbed = "UPDATE progress SET erased = max(erased - ?1, 0)";
constexpr const char* kTouch = "UPDATE progress SET position = position";

/// For clients: SQLite's own words name the directory, and are in the log.
Error in_index(Error error) {
    error.detail = error.code == ErrorCode::unavailable ? "the search index is busy"
                                                        : "the search index is damaged";
    return error;
}

Result<void> in_index(Result<void> result) {
    return result.ok() ? std::move(result) : in_index(std::move(result).error());
}

void remove_files(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        ::unlink((path + suffix).c_str());
    }
}

Result<std::unique_ptr<Connection>> open_writing(const std::string& path) {
    if (auto made = make_private_file(path); !made.ok()) {
        return std::move(made).error();
    }
    TRY(auto connection, Connection::open(path));
    TRY(const std::int64_t version, connection->number("PRAGMA user_version"));
    if (version == 0) {
        // Before the first table, or it has no effect.
        if (auto set = connection->execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM;");
            !set.ok()) {
            return std::move(set).error();
        }
        const std::string schema = "BEGIN IMMEDIATE;" + std::string(kSchema) +
                                   "PRAGMA user_version = " + std::to_string(kVersion) + ";COMMIT;";
        if (auto made = connection->execute(schema); !made.ok()) {
            return std::move(made).error();
        }
    } else if (version != kVersion) {
        return Error{ErrorCode::internal, "the search index is of another version"};
    }
    if (auto set = connection->execute(kWriterSettings); !set.ok()) {
        return std::move(set).error();
    }
    return connection;
}

Result<ports::SearchProgress> read_progress(Connection& connection) {
    TRY(Statement row, connection.query(kGetProgress));
    TRY(const bool found, row.step());
    if (!found) {
        return Error{ErrorCode::internal, "the search index has lost its position"};
    }
    return ports::SearchProgress{
        .position =
            {.epoch = static_cast<std::uint32_t>(row.integer(0)),
             .offset = static_cast<std::uint64_t>(row.integer(1))},
        .complete = row.integer(2) != 0,
        .swept = {static_cast<std::uint64_t>(row.integer(3))},
    };
}

/// One batch on its way into the file, inside a transaction.
class Writing {
public:
    explicit Writing(Connection& connection) : connection_(connection) {}

    Result<void> run(const ports::SearchBatch& batch) {
        // FTS5 gathers what comes in ascending order, and starts a new segment where it does not.
        std::vector<std::pair<std::int64_t, std::size_t>> order;
        for (std::size_t i = 0; i < batch.replaces.size(); ++i) {
            TRY(const std::int64_t id, id_of(batch.replaces[i].conversation));
            order.emplace_back(id, i);
        }
        std::ranges::sort(order);
        for (const auto& [id, i] : order) {
            if (auto done = apply(id, batch.replaces[i]); !done.ok()) {
                return done;
            }
        }
        for (const ports::SearchForget& forget : batch.forgets) {
            TRY(const std::int64_t id, id_of(forget.conversation));
            const DocumentIds all = document_ids(id, {}, {kSeqMax});
            if (auto done = connection_.run(kForget, all.first, all.last, forget.user);
                !done.ok()) {
                return done;
            }
        }
        const ports::SearchProgress& progress = batch.progress;
        return connection_.run(
            kSetProgress,
            static_cast<std::int64_t>(progress.position.epoch),
            static_cast<std::int64_t>(progress.position.offset),
            std::int64_t{progress.complete},
            progress.swept,
            erased_
        );
    }

private:
    Result<std::int64_t> id_of(ConversationNumber number) {
        TRY(const auto known, conversation_id(connection_, number));
        if (known) {
            return *known;
        }
        if (auto made = connection_.run(kInsertConversation, number); !made.ok()) {
            return std::move(made).error();
        }
        return connection_.number("SELECT last_insert_rowid()");
    }

    Result<void> apply(std::int64_t id, const ports::SearchReplace& replace) {
        const std::string prefix = word_prefix(id);
        std::unordered_map<std::int64_t, const ports::SearchDocument*> wanted;
        for (const ports::SearchDocument& document : replace.documents) {
            PARLEY_ASSERT(document.seq >= replace.first && document.seq <= replace.last);
            if (document.seq.value <= kSeqMax && !document.words.empty()) {
                wanted.emplace(document_id(id, document.seq), &document);
            }
        }
        const DocumentIds range = document_ids(id, replace.first, replace.last);
        std::vector<std::int64_t> same;
        if (auto cleared = clear(range, prefix, wanted, same); !cleared.ok()) {
            return cleared;
        }
        std::ranges::sort(same);
        for (const ports::SearchDocument& document : replace.documents) {
            const std::int64_t at = document_id(id, document.seq);
            if (!wanted.contains(at)) {
                continue;
            }
            const bool indexed = std::ranges::binary_search(same, at);
            if (auto put = this->put(at, document, prefix, indexed); !put.ok()) {
                return put;
            }
        }
        return {};
    }

    /// Takes out what is there and not wanted as it is; what is, comes into `same`.
    Result<void> clear(
        DocumentIds range,
        const std::string& prefix,
        const std::unordered_map<std::int64_t, const ports::SearchDocument*>& wanted,
        std::vector<std::int64_t>& same
    ) {
        for (std::int64_t from = range.first; from <= range.last;) {
            TRY(const auto rows, rows_from({from, range.last}));
            for (const auto& [at, words] : rows) {
                const auto found = wanted.find(at);
                if (found != wanted.end() && found->second->words == words) {
                    same.push_back(at);
                    continue;
                }
                if (auto gone = take_out(at, words, prefix); !gone.ok()) {
                    return gone;
                }
            }
            if (rows.size() < kRowsAtOnce) {
                break;
            }
            from = rows.back().first + 1;
        }
        return {};
    }

    Result<std::vector<std::pair<std::int64_t, std::string>>> rows_from(DocumentIds range) {
        std::vector<std::pair<std::int64_t, std::string>> rows;
        TRY(Statement row,
            connection_.query(
                kSelectDocuments, range.first, range.last, static_cast<std::int64_t>(kRowsAtOnce)
            ));
        TRY(bool more, row.step());
        while (more) {
            rows.emplace_back(row.integer(0), row.text(1));
            TRY(more, row.step());
        }
        return rows;
    }

    Result<void> take_out(std::int64_t at, const std::string& words, const std::string& prefix) {
        ++erased_;
        if (auto gone = connection_.run(kUnindexWords, at, with_prefix(words, prefix));
            !gone.ok()) {
            return gone;
        }
        return connection_.run(kDeleteDocument, at);
    }

    Result<void> put(
        std::int64_t at,
        const ports::SearchDocument& document,
        const std::string& prefix,
        bool indexed
    ) {
        const auto sender =
            document.sender.is_nil() ? std::nullopt : std::optional(document.sender);
        auto stored = connection_.run(
            kPutDocument, at, document.time, sender, std::int64_t{document.hidden}, document.words
        );
        if (!stored.ok() || indexed) {
            return stored;
        }
        return connection_.run(kIndexWords, at, with_prefix(document.words, prefix));
    }

    Connection& connection_;
    std::int64_t erased_ = 0;
};

/// f() in a transaction, undone when it fails.
template <class F>
Result<void> in_transaction(Connection& connection, F f) {
    if (auto begun = connection.run(kBegin); !begun.ok()) {
        return begun;
    }
    Result<void> done = f();
    if (done.ok()) {
        done = connection.run(kCommit);
    }
    if (!done.ok() && connection.in_transaction()) {
        (void)connection.execute("ROLLBACK");
    }
    return done;
}

}  // namespace

SearchIndex::SearchIndex(
    std::string path,
    std::unique_ptr<Connection> writing,
    runtime::Pool& readers,
    runtime::Pool& writer
)
    : path_(std::move(path)), readers_(readers), writer_(writer), writing_(std::move(writing)) {}

Result<std::unique_ptr<SearchIndex>> SearchIndex::open(
    std::string path, runtime::Pool& readers, runtime::Pool& writer
) {
    auto connection = open_writing(path);
    if (connection.ok()) {
        if (const auto known = read_progress(**connection); !known.ok()) {
            connection = known.error();
        }
    }
    if (!connection.ok() && connection.error().code == ErrorCode::internal) {
        log::warn(
            "search index thrown away", {{"file", path}, {"detail", connection.error().detail}}
        );
        connection = Error{};  // closes it
        remove_files(path);
        connection = open_writing(path);
    }
    if (!connection.ok()) {
        Error error = std::move(connection).error();
        return Error{error.code, path + ": " + error.detail};
    }
    return std::make_unique<SearchIndex>(std::move(path), std::move(*connection), readers, writer);
}

Result<ports::SearchProgress> SearchIndex::progress() {
    TRY(Idle idle, borrow());
    auto known = read_progress(*idle.connection);
    give_back(std::move(idle));
    return known;
}

Result<SearchIndex::Idle> SearchIndex::borrow() {
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock(mutex_);
        generation = generation_;
        if (!idle_.empty()) {
            Idle idle = std::move(idle_.back());
            idle_.pop_back();
            return idle;
        }
    }
    TRY(auto connection, Connection::open(path_));
    if (auto set = connection->execute("PRAGMA query_only = ON"); !set.ok()) {
        return std::move(set).error();
    }
    return Idle{.generation = generation, .connection = std::move(connection)};
}

void SearchIndex::give_back(Idle idle) {
    const std::lock_guard lock(mutex_);
    if (idle.generation == generation_) {
        idle_.push_back(std::move(idle));
    }
}

template <class F>
auto SearchIndex::read(runtime::Loop& home, F f) {
    auto work = [this, f = std::move(f)]() mutable -> decltype(f(std::declval<Connection&>())) {
        auto idle = borrow();
        if (!idle.ok()) {
            return in_index(std::move(idle).error());
        }
        auto answer = f(*idle->connection);
        if (!answer.ok()) {
            return in_index(std::move(answer).error());  // and the connection is closed
        }
        give_back(std::move(*idle));
        return answer;
    };
    return readers_.run(home, std::move(work));
}

runtime::Task<Result<Seq>> SearchIndex::newest(runtime::Loop& home, ConversationNumber number) {
    auto work = [number](Connection& connection) { return newest_document(connection, number); };
    co_return co_await read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::SearchHit>>> SearchIndex::find(
    runtime::Loop& home, ports::SearchRequest request
) {
    auto work = [request = std::move(request)](Connection& connection) {
        return find_documents(connection, request);
    };
    co_return co_await read(home, std::move(work));
}

runtime::Task<Result<void>> SearchIndex::write(runtime::Loop& home, ports::SearchBatch batch) {
    auto work = [this, batch = std::move(batch)] { return in_index(write_here(batch)); };
    co_return co_await writer_.run(home, std::move(work));
}

runtime::Task<Result<LogPosition>> SearchIndex::flush(runtime::Loop& home) {
    auto work = [this]() -> Result<LogPosition> {
        auto flushed = flush_here();
        return flushed.ok() ? std::move(flushed) : in_index(std::move(flushed).error());
    };
    co_return co_await writer_.run(home, std::move(work));
}

runtime::Task<Result<bool>> SearchIndex::scrub(runtime::Loop& home) {
    auto work = [this]() -> Result<bool> {
        auto scrubbed = scrub_here();
        return scrubbed.ok() ? std::move(scrubbed) : in_index(std::move(scrubbed).error());
    };
    co_return co_await writer_.run(home, std::move(work));
}

runtime::Task<Result<void>> SearchIndex::reset(runtime::Loop& home) {
    auto work = [this] { return in_index(reset_here()); };
    co_return co_await writer_.run(home, std::move(work));
}

Result<Connection*> SearchIndex::writing() {
    if (writing_ == nullptr) {
        return Error{ErrorCode::internal, "the search index could not be made anew"};
    }
    return writing_.get();
}

Result<void> SearchIndex::write_here(const ports::SearchBatch& batch) {
    TRY(Connection * connection, writing());
    return in_transaction(*connection, [&] { return Writing{*connection}.run(batch); });
}

Result<LogPosition> SearchIndex::flush_here() {
    TRY(Connection * connection, writing());
    // A commit that waits for the disk takes all before it along: they are in the same file.
    if (auto set = connection->execute("PRAGMA synchronous = FULL"); !set.ok()) {
        return std::move(set).error();
    }
    const Result<void> touched = connection->run(kTouch);
    if (auto set = connection->execute("PRAGMA synchronous = NORMAL"); !set.ok()) {
        return std::move(set).error();
    }
    if (!touched.ok()) {
        return touched.error();
    }
    TRY(const auto known, read_progress(*connection));
    return known.position;
}

Result<bool> SearchIndex::scrub_here() {
    TRY(Connection * connection, writing());
    TRY(const std::int64_t erased, connection->number("SELECT erased FROM progress"));
    if (erased == 0 && !scrubbing_) {
        return false;
    }
    // A negative number of pages begins to merge everything into one segment, positive ones go on; the
    // words of erased documents are not taken along (https://www.sqlite.org/fts5.html, section 6.8).
    const std::int64_t pages = scrubbing_ ? kMergePages : -kMergePages;
    if (!scrubbing_) {
        scrubbing_ = true;
        scrubbed_ = erased;
    }
    TRY(const std::int64_t before, connection->number("SELECT total_changes()"));
    if (auto merged = connection->run(kMerge, pages); !merged.ok()) {
        return std::move(merged).error();
    }
    TRY(const std::int64_t after, connection->number("SELECT total_changes()"));
    if (after - before >= 2) {
        return true;
    }
    scrubbing_ = false;
    if (auto noted = connection->run(kScrubbed, scrubbed_); !noted.ok()) {
        return std::move(noted).error();
    }
    // Freed pages go back, and the old ones go from the write-ahead log too.
    if (auto shrunk =
            connection->execute("PRAGMA incremental_vacuum(10000); PRAGMA wal_checkpoint(TRUNCATE);"
            );
        !shrunk.ok()) {
        return std::move(shrunk).error();
    }
    return erased > scrubbed_;
}

Result<void> SearchIndex::reset_here() {
    writing_.reset();
    scrubbing_ = false;
    remove_files(path_);
    {
        const std::lock_guard lock(mutex_);
        ++generation_;
        idle_.clear();
    }
    TRY(writing_, open_writing(path_));
    return {};
}

}  // namespace parley::sqlite
