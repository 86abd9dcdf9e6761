#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "ports/search_index.h"
#include "runtime/pool.h"

namespace parley::sqlite {

/// Full-text search by SQLite's FTS5, in a file of its own that may be deleted at any time: it is made again.
///
/// A document's row is its conversation's small number and its seq, so that a conversation's documents lie
/// together and in order; and each word is indexed with its conversation before it ("4f_hello"), so that a
/// search costs what is in the conversations it looks into, and not what is in all others. FTS5 is given only
/// words and expressions that were made here.
///
/// One thread writes (`writer`'s, which must have one thread), readers read beside it (WAL). A batch is
/// durable after the next `flush`; the position is in the same file, so the two always agree. Thread-safe.
class SearchIndex final : public ports::SearchIndex {
public:
    /// Opens `path`, or makes it with mode 0600. What is damaged or of another version is thrown away. Blocks.
    /// Errors name the path, and are for the operator.
    [[nodiscard]] static Result<std::unique_ptr<SearchIndex>> open(
        std::string path, runtime::Pool& readers, runtime::Pool& writer
    );

    [[nodiscard]] Result<ports::SearchProgress> progress() override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, ports::SearchBatch batch)
        override;
    [[nodiscard]] runtime::Task<Result<Seq>> newest(runtime::Loop& home, ConversationNumber number)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::SearchHit>>> find(
        runtime::Loop& home, ports::SearchRequest request
    ) override;
    [[nodiscard]] runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override;
    [[nodiscard]] runtime::Task<Result<bool>> scrub(runtime::Loop& home) override;
    [[nodiscard]] runtime::Task<Result<void>> reset(runtime::Loop& home) override;

    /// From `open`'s parts.
    SearchIndex(
        std::string path,
        std::unique_ptr<Connection> writing,
        runtime::Pool& readers,
        runtime::Pool& writer
    );

private:
    struct Idle {
        std::uint64_t generation;
        std::unique_ptr<Connection> connection;
    };

    /// Awaits f(connection) on a reader's connection.
    template <class F>
    [[nodiscard]] auto read(runtime::Loop& home, F f);
    [[nodiscard]] Result<Idle> borrow();
    void give_back(Idle idle);

    // On the writer's thread.
    [[nodiscard]] Result<Connection*> writing();
    [[nodiscard]] Result<void> write_here(const ports::SearchBatch& batch);
    [[nodiscard]] Result<LogPosition> flush_here();
    [[nodiscard]] Result<bool> scrub_here();
    [[nodiscard]] Result<void> reset_here();

    const std::string path_;
    runtime::Pool& readers_;
    runtime::Pool& writer_;
    std::unique_ptr<Connection> writing_;  // the writer thread's; null after a reset that failed
    bool scrubbing_ = false;               // the writer thread's: a merge is under way …
    std::int64_t scrubbed_ = 0;            // … that removes so many erased documents

    std::mutex mutex_;
    std::vector<Idle> idle_;        // guarded; at most one for each reader thread
    std::uint64_t generation_ = 0;  // guarded; counts resets: older connections see a deleted file
};

}  // namespace parley::sqlite
