#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/message_store.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/task.h"

namespace rocksdb {
class Env;
}

namespace parley::rocksdb_store {

class Database;

/// The message store on RocksDB, without its write-ahead log: the command log is that. Writes gather in
/// memory, several to one conversation as one, and reads look there first. When enough has gathered, and at
/// a `flush`, all of it is made durable at once.
///
/// Writes and flushes run in one pool, in the order of the calls when it has one thread; reads in another.
/// While the disk is full, writes and flushes answer `unavailable`; when it fails (EIO), `internal`. Each try
/// looks whether the disk works again, and goes on from what is durable if it does: nothing has to be
/// restarted. Reads go on meanwhile. Damage is `internal` and stays so.
/// Thread-safe. It must outlive the jobs it has in its pools. Destroying it forgets what was not flushed, and
/// may take a second after an error.
class MessageStore final : public ports::MessageStore {
public:
    struct Options {
        std::string directory;  ///< made when it is not there
        /// What gathers in memory before it is written to files. At most about four times as much is in
        /// use, while the disk cannot keep up.
        std::size_t gather_bytes = 32UL * 1024 * 1024;
        /// Blocks of files that were read, kept for the next reader.
        std::size_t block_cache_bytes = 64UL * 1024 * 1024;
        /// Threads that flush and compact.
        int background_jobs = 2;
        /// Tests put a failing file system here; nullptr: the machine's.
        rocksdb::Env* env = nullptr;
    };
    /// How the last try to make something durable went.
    enum class Health : unsigned char {
        well,
        cannot_write,  ///< it failed; reads go on, and the next try may work
        closed,        ///< after an error it could not be opened again yet: reads fail, too
    };
    /// For /metrics.
    struct Gauges {
        std::uint64_t memory_bytes = 0;        ///< not flushed yet
        std::uint64_t file_bytes = 0;          ///< live files
        std::uint64_t compaction_backlog = 0;  ///< bytes that wait to be compacted
    };

    /// Blocks; well under a second whatever is stored. `internal` for a damaged store, one that another
    /// process has open, and one of a newer format (the detail says which).
    [[nodiscard]] static Result<std::unique_ptr<MessageStore>> open(
        const Options& options, runtime::Pool& reads, runtime::Pool& writes
    );

    /// For `open` alone.
    MessageStore(std::unique_ptr<Database> database, runtime::Pool& reads, runtime::Pool& writes);
    MessageStore(const MessageStore&) = delete;
    MessageStore& operator=(const MessageStore&) = delete;
    MessageStore(MessageStore&&) = delete;
    MessageStore& operator=(MessageStore&&) = delete;
    ~MessageStore() override;

    [[nodiscard]] runtime::Task<Result<std::optional<core::ConversationState>>> load(
        runtime::Loop& home, ConversationNumber number
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> read(
        runtime::Loop& home, ports::EventRange range
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<Seq>>> find_seq(
        runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, ports::StoreBatch batch)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::ConversationState>>> scan(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> reclaim(
        runtime::Loop& home, std::vector<ConversationNumber> numbers
    ) override;
    [[nodiscard]] runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override;
    [[nodiscard]] Result<LogPosition> replay_from() override;
    [[nodiscard]] Result<void> set_lanes(std::uint32_t lanes, LogPosition position) override;

    /// Writes conversations that no log has, for importing and for tests: no lane moves. Blocks;
    /// durable after a flush.
    [[nodiscard]] Result<void> seed(const std::vector<ports::ConversationWrite>& writes);
    /// Makes everything written so far durable, and a copy of it in `directory`, which must not be there; answers the
    /// position from which a replay would bring the copy up to date. Writing goes on meanwhile, but for what has to
    /// wait for a flush. Blocks. `unavailable`, `internal`.
    [[nodiscard]] Result<LogPosition> checkpoint(const std::string& directory);
    [[nodiscard]] Gauges gauges() const;
    /// Never blocks.
    [[nodiscard]] Health health() const noexcept;

private:
    std::unique_ptr<Database> database_;
    runtime::Pool& reads_;
    runtime::Pool& writes_;
};

}  // namespace parley::rocksdb_store
