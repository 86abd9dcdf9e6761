#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/gather.h"
#include "adapters/rocksdb/message_store.h"
#include "adapters/rocksdb/store_codec.h"
#include "ports/message_store.h"

namespace parley::rocksdb_store {

/// An Error for a status that is not well: `unavailable` for a full disk and for what passes by itself,
/// `internal` for the rest.
[[nodiscard]] Error to_error(std::string_view doing, const rocksdb::Status& status);

/// Tells who waits that RocksDB has flushed something.
class FlushSignal final : public rocksdb::EventListener {
public:
    void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override;
    /// Waits until `done`, asking after each flush; false when that takes longer than 10 s.
    [[nodiscard]] bool wait_until(const std::function<bool()>& done);

private:
    std::mutex mutex_;
    std::condition_variable flushed_;
};

/// RocksDB behind a Gather: every call blocks. Thread-safe.
///
/// What is written goes into `active_`. When that is full, or at a flush, it becomes `spilling_`, is given
/// to RocksDB and flushed at once; while that does not work it stays there and is tried again by later
/// calls. So RocksDB's own memory tables are empty but for the time of a spill, a value is in RocksDB, in
/// `spilling_`, in `active_`, or in some of them (newest last), and what is durable is whole batches.
class Database {
public:
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const MessageStore::Options& options
    );
    explicit Database(std::size_t gather_bytes) : gather_bytes_(gather_bytes) {}
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    Database(Database&&) = delete;
    Database& operator=(Database&&) = delete;
    ~Database();

    [[nodiscard]] Result<std::optional<core::ConversationState>> load(ConversationNumber number);
    [[nodiscard]] Result<std::vector<core::EventPtr>> read(const ports::EventRange& range);
    [[nodiscard]] Result<std::optional<Seq>> find_seq(ConversationNumber number, Timestamp time);
    [[nodiscard]] Result<void> write(const ports::StoreBatch& batch);
    [[nodiscard]] Result<void> seed(const std::vector<ports::ConversationWrite>& writes);
    [[nodiscard]] Result<LogPosition> flush();
    [[nodiscard]] LogPosition lowest_covered() const;
    void set_lanes(std::uint32_t lanes, LogPosition position);
    [[nodiscard]] MessageStore::Gauges gauges() const;

private:
    enum Family : unsigned char {
        meta,
        events,
        states,
        sends
    };
    using Lanes = std::map<std::uint32_t, LogPosition>;
    struct BlockRange {
        std::uint64_t first = 1;
        std::uint64_t last = 0;
    };

    Result<void> read_meta();
    [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family which) const {
        return families_[which];
    }

    // Writing.
    Result<void> make_room();
    void spill_if_full();
    Result<Lanes> spill();
    Result<void> spill_one(const Gather& gather, const Lanes& lanes);
    Result<void> give(const Gather& gather, const Lanes& lanes);
    Result<void> flush_memory_tables();
    [[nodiscard]] bool memory_tables_are_empty() const;
    void add(ConversationNumber number, const Gathered& gathered, rocksdb::WriteBatch& out) const;
    Result<void> apply(rocksdb::WriteBatch& batch);
    Result<void> go_on();
    /// Remembers that RocksDB refuses to go on, and answers why.
    Error stopped(std::string_view doing, const rocksdb::Status& status);

    // Reading.
    /// What is gathered of a conversation, events of these blocks only; oldest first.
    std::vector<Gathered> gathered(ConversationNumber number, BlockRange blocks) const;
    Result<std::optional<StoredState>> load_state(
        ConversationNumber number, const std::vector<Gathered>& newer
    );
    Result<void> load_rings(StoredState& stored, const std::vector<Gathered>& newer);
    Result<void> fill_holes(ConversationNumber number, Seq first, std::span<core::EventPtr> found);
    Result<BlockTimes> times_of(ConversationNumber number, std::uint64_t block);
    Result<std::optional<std::string>> get(Family from, const std::string& key);
    /// The values of keys, empty where there is none, each handed to `use` with its index.
    template <class Use>
    Result<void> get_each(Family from, const std::vector<std::string>& keys, Use use);

    const std::size_t gather_bytes_;
    std::shared_ptr<FlushSignal> flushed_ = std::make_shared<FlushSignal>();
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;  // of db_, by Family
    std::atomic<bool> stopped_{false};  // RocksDB refused to go on: Resume may help

    std::mutex spill_mutex_;  // one spill at a time; taken before mutex_
    Lanes lanes_in_rocksdb_;  // guarded by spill_mutex_
    bool given_ = false;      // guarded by spill_mutex_: RocksDB has spilling_, not yet flushed
    mutable std::mutex mutex_;
    // All below is guarded by mutex_.
    std::shared_ptr<Gather> active_ = std::make_shared<Gather>();
    std::shared_ptr<const Gather> spilling_;  // what is in it does not change any more
    Lanes lanes_;                             // as written, durable or not
    Lanes lanes_spilling_;                    // as they were when spilling_ was active
};

}  // namespace parley::rocksdb_store
