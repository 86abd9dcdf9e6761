#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include <rocksdb/cache.h>

#include "adapters/rocksdb/gather.h"
#include "adapters/rocksdb/message_store.h"
#include "adapters/rocksdb/rocks.h"
#include "adapters/rocksdb/store_codec.h"
#include "ports/message_store.h"

namespace parley::rocksdb_store {

/// RocksDB behind a Gather: every call blocks. Thread-safe.
///
/// What is written goes into `active_`. When that is full, or at a flush, it becomes `spilling_` and is
/// spilled into RocksDB: all of it is durable then, or it stays there and is tried again by later calls. So
/// a value is in RocksDB, in `spilling_`, in `active_`, or in some of them (newest last), and what is durable
/// is whole batches.
///
/// After an error RocksDB is closed and opened again before the next spill, once the disk takes writes: what
/// is durable then is what its files say, and the spill is made anew, in new files. To write twice is to
/// write once (store_codec.h), so it does not matter how far the one before came. Until then reads go on.
class Database {
public:
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const MessageStore::Options& options
    );
    explicit Database(const MessageStore::Options& options);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    Database(Database&&) = delete;
    Database& operator=(Database&&) = delete;
    ~Database() = default;

    [[nodiscard]] Result<std::optional<core::ConversationState>> load(ConversationNumber number);
    [[nodiscard]] Result<std::vector<core::EventPtr>> read(const ports::EventRange& range);
    [[nodiscard]] Result<std::optional<Seq>> find_seq(
        ConversationNumber number, Seq first, Timestamp time
    );
    [[nodiscard]] Result<std::vector<core::ConversationState>> scan(
        ConversationNumber after, std::size_t limit
    );
    [[nodiscard]] Result<void> reclaim(const std::vector<ConversationNumber>& numbers);
    [[nodiscard]] Result<void> write(const ports::StoreBatch& batch);
    [[nodiscard]] Result<void> seed(const std::vector<ports::ConversationWrite>& writes);
    [[nodiscard]] Result<LogPosition> flush();
    [[nodiscard]] Result<LogPosition> checkpoint(const std::string& directory);
    [[nodiscard]] LogPosition lowest_covered() const;
    void set_lanes(std::uint32_t lanes, LogPosition position);
    [[nodiscard]] MessageStore::Gauges gauges() const;
    [[nodiscard]] MessageStore::Health health() const noexcept { return health_; }

private:
    struct BlockRange {
        std::uint64_t first = 1;
        std::uint64_t last = 0;
    };
    /// What is read from, and the lock that keeps it open.
    struct Reading {
        std::shared_lock<std::shared_mutex> lock;
        const Rocks& rocks;
    };

    // Writing.
    Result<void> make_room();
    void spill_if_full();
    Result<Lanes> spill();
    Result<Lanes> spill_all();
    Result<Lanes> spill_alone();
    Result<void> go_on();
    Result<void> reopen();

    // Reading.
    [[nodiscard]] Result<Reading> reading() const;
    /// What is gathered of a conversation, events of these blocks only; oldest first.
    std::vector<Gathered> gathered(ConversationNumber number, BlockRange blocks) const;
    Result<std::optional<StoredState>> load_state(
        const Rocks& rocks, ConversationNumber number, const std::vector<Gathered>& newer
    );
    Result<void> load_members(
        const Rocks& rocks, StoredState& stored, const std::vector<Gathered>& newer
    );
    Result<void> load_rings(
        const Rocks& rocks, StoredState& stored, const std::vector<Gathered>& newer
    );
    Result<void> fill_holes(
        const Rocks& rocks, ConversationNumber number, Seq first, std::span<core::EventPtr> found
    );
    Result<BlockTimes> times_of(const Rocks& rocks, ConversationNumber number, std::uint64_t block);
    [[nodiscard]] std::size_t gathered_bytes() const;

    const MessageStore::Options options_;
    const std::shared_ptr<rocksdb::Cache> cache_;

    std::mutex spill_mutex_;   // one spill at a time; taken before the others
    mutable std::mutex turn_;  // taken before gate_, so that reads do not keep a reopening out
    mutable std::shared_mutex gate_;  // shared: reads rocks_; alone: replaces it. Before mutex_
    /// Replaced under spill_mutex_ and gate_. Null when it could not be opened again yet.
    std::unique_ptr<Rocks> rocks_;
    std::atomic<MessageStore::Health> health_ = MessageStore::Health::well;
    mutable std::mutex mutex_;
    // All below is guarded by mutex_.
    std::shared_ptr<Gather> active_ = std::make_shared<Gather>();
    std::shared_ptr<const Gather> spilling_;  // what is in it does not change any more
    Lanes lanes_;                             // as written, durable or not
    Lanes lanes_spilling_;                    // as they were when spilling_ was active
};

}  // namespace parley::rocksdb_store
