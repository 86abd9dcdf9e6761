#include "adapters/rocksdb/database.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include <rocksdb/advanced_options.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "adapters/rocksdb/info_log.h"
#include "adapters/rocksdb/merge.h"
#include "adapters/rocksdb/store_codec.h"
#include "base/assert.h"
#include "base/log.h"

namespace parley::rocksdb_store {
namespace {

using rocksdb::ColumnFamilyOptions;
using rocksdb::Status;
using Properties = rocksdb::DB::Properties;

constexpr std::array<const char*, 4> kFamilyNames = {"default", "events", "states", "sends"};
constexpr int kOpenFilesMax = 1024;
constexpr std::uint64_t kFileBytes = 64ULL * 1024 * 1024;
constexpr std::uint64_t kSyncEveryBytes = 1ULL << 20U;
constexpr double kFilterBitsPerKey = 10;
/// Of RocksDB's own memory tables: more than any spill, for it is not to flush by itself.
constexpr std::size_t kMemtableBytes = 1UL << 30U;
constexpr std::size_t kArenaBytes = 1UL << 20U;
/// What is given to RocksDB in one write.
constexpr std::size_t kBatchBytes = 1UL << 20U;
constexpr auto kFlushWait = std::chrono::milliseconds(20);
constexpr int kFlushWaits = 500;

ColumnFamilyOptions family_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    ColumnFamilyOptions family;
    family.write_buffer_size = kMemtableBytes;
    family.arena_block_size = kArenaBytes;
    family.compression = rocksdb::kLZ4Compression;
    family.level_compaction_dynamic_level_bytes = true;
    family.target_file_size_base = kFileBytes;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16UL * 1024;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    table.format_version = 5;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return family;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const MessageStore::Options& options) {
    const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    for (const char* name : kFamilyNames) {
        all.emplace_back(name, family_options(cache));
    }
    all[1].options.merge_operator = make_run_merge();
    all[3].options.merge_operator = make_ring_merge();
    return all;
}

rocksdb::DBOptions database_options(const MessageStore::Options& options) {
    rocksdb::DBOptions database;
    database.create_if_missing = true;
    database.create_missing_column_families = true;
    database.atomic_flush = true;
    database.max_background_jobs = options.background_jobs;
    database.max_open_files = kOpenFilesMax;
    database.bytes_per_sync = kSyncEveryBytes;
    // After an error the next call that needs RocksDB asks it to go on; it is not to try by itself as well.
    database.max_bgerror_resume_count = 0;
    // The command log has what was not flushed: a stop, clean or not, need not wait for it.
    database.avoid_flush_during_shutdown = true;
    database.skip_stats_update_on_db_open = true;
    database.skip_checking_sst_file_sizes_on_db_open = true;
    database.stats_dump_period_sec = 0;
    database.stats_persist_period_sec = 0;
    database.info_log = make_info_log();
    if (options.env != nullptr) {
        database.env = options.env;
    }
    return database;
}

/// Families that this program does not know belong to a newer one.
Result<void> check_families(const rocksdb::DBOptions& database, const std::string& directory) {
    std::vector<std::string> names;
    // It fails where there is no store yet, and opening says what else may be wrong.
    if (!rocksdb::DB::ListColumnFamilies(database, directory, &names).ok()) {
        return {};
    }
    for (const std::string& name : names) {
        if (std::ranges::find(kFamilyNames, name) == kFamilyNames.end()) {
            std::string detail = "message store " + directory;
            detail += ": it has '" + name;
            detail +=
                "', which a newer version made. Start that version again, or restore a backup ";
            detail += "of this one";
            return Error{ErrorCode::internal, std::move(detail)};
        }
    }
    return {};
}

LogPosition lowest(const std::map<std::uint32_t, LogPosition>& lanes) {
    if (lanes.empty()) {
        return {};
    }
    const auto by_position = [](const auto& one, const auto& other) {
        return one.second < other.second;
    };
    return std::ranges::min_element(lanes, by_position)->second;
}

}  // namespace

Error to_error(std::string_view doing, const Status& status) {
    const bool passes = status.IsNoSpace() || status.IsBusy() || status.IsTimedOut() ||
                        status.IsTryAgain() || status.IsIncomplete();
    return {
        passes ? ErrorCode::unavailable : ErrorCode::internal,
        "message store: cannot " + std::string(doing) + ": " + status.ToString()
    };
}

Result<std::unique_ptr<Database>> Database::open(const MessageStore::Options& options) {
    std::error_code failure;
    std::filesystem::create_directories(options.directory, failure);
    if (failure) {
        return Error{
            ErrorCode::internal,
            "message store: cannot create " + options.directory + ": " + failure.message()
        };
    }
    auto opened = std::make_unique<Database>(options.gather_bytes);
    rocksdb::DBOptions database = database_options(options);
    database.listeners.push_back(opened->flushed_);
    if (auto known = check_families(database, options.directory); !known.ok()) {
        return std::move(known).error();
    }
    rocksdb::DB* raw = nullptr;
    const Status status = rocksdb::DB::Open(
        database, options.directory, descriptors(options), &opened->families_, &raw
    );
    if (!status.ok()) {
        return to_error("open " + options.directory, status);
    }
    opened->db_.reset(raw);
    if (auto read = opened->read_meta(); !read.ok()) {
        return std::move(read).error();
    }
    return opened;
}

Database::~Database() {
    for (rocksdb::ColumnFamilyHandle* handle : families_) {
        db_->DestroyColumnFamilyHandle(handle);
    }
}

Result<void> Database::read_meta() {
    const std::unique_ptr<rocksdb::Iterator> at(
        db_->NewIterator(rocksdb::ReadOptions(), family(Family::meta))
    );
    bool has_format = false;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        const std::string_view key = at->key().ToStringView();
        const std::string_view value = at->value().ToStringView();
        if (key == kFormatKey) {
            if (auto known = check_format(value); !known.ok()) {
                return known;
            }
            has_format = true;
        } else if (const auto lane = parse_lane_key(key)) {
            TRY(lanes_in_rocksdb_[*lane], decode_position(value));
        }
    }
    if (!at->status().ok()) {
        return to_error("read its lanes", at->status());
    }
    if (!has_format) {
        PARLEY_ASSERT(lanes_in_rocksdb_.empty());
        rocksdb::WriteBatch batch;
        batch.Put(family(Family::meta), std::string(kFormatKey), encode_format());
        return apply(batch);
    }
    lanes_ = lanes_in_rocksdb_;
    return {};
}

// --- writing ------------------------------------------------------------------------------------

void FlushSignal::OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& /*info*/) {
    const std::scoped_lock lock(mutex_);
    flushed_.notify_all();
}

bool FlushSignal::wait_until(const std::function<bool()>& done) {
    std::unique_lock lock(mutex_);
    // RocksDB signals just before the flush counts, so it is asked again after a while as well.
    for (int tries = 0; tries < kFlushWaits; ++tries) {
        if (done()) {
            return true;
        }
        flushed_.wait_for(lock, kFlushWait);
    }
    return done();
}

Result<void> Database::go_on() {
    if (!stopped_.load(std::memory_order_relaxed)) {
        return {};
    }
    if (const Status status = db_->Resume(); !status.ok()) {
        return to_error("go on", status);
    }
    stopped_.store(false, std::memory_order_relaxed);
    log::info("message store goes on");
    return {};
}

Error Database::stopped(std::string_view doing, const Status& status) {
    Error error = to_error(doing, status);
    if (!stopped_.exchange(true, std::memory_order_relaxed)) {
        log::error("message store stopped", {{"reason", error.detail}});
    }
    return error;
}

Result<void> Database::apply(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    const Status status = db_->Write(write, &batch);
    batch.Clear();
    return status.ok() ? Result<void>() : stopped("write", status);
}

void Database::add(ConversationNumber number, const Gathered& gathered, rocksdb::WriteBatch& out)
    const {
    for (const Gathered::Events& piece : gathered.events) {
        out.Merge(family(Family::events), events_key(number, piece.block), piece.runs);
    }
    for (const Gathered::Ring& piece : gathered.rings) {
        if (!piece.entries.empty()) {
            const std::string key = ring_key(number, piece.user, piece.block);
            out.Merge(family(Family::sends), key, piece.entries);
        }
    }
    out.Put(family(Family::states), state_key(number), gathered.state);
}

/// Whole conversations, then the lanes. Should only some of it become durable, because RocksDB stops and
/// flushes what it has when it goes on, a replay from the older lanes skips the records that are in the
/// newer states.
Result<void> Database::give(const Gather& gather, const Lanes& lanes) {
    rocksdb::WriteBatch batch;
    for (const auto& [number, gathered] : gather.sorted()) {
        add(number, *gathered, batch);
        if (batch.GetDataSize() >= kBatchBytes) {
            if (auto applied = apply(batch); !applied.ok()) {
                return applied;
            }
        }
    }
    for (const auto& [lane, covered] : lanes_in_rocksdb_) {
        if (!lanes.contains(lane)) {
            batch.Delete(family(Family::meta), lane_key(lane));
        }
    }
    for (const auto& [lane, covered] : lanes) {
        batch.Put(family(Family::meta), lane_key(lane), encode_position(covered));
    }
    return batch.Count() == 0 ? Result<void>() : apply(batch);
}

bool Database::memory_tables_are_empty() const {
    return std::ranges::all_of(families_, [this](rocksdb::ColumnFamilyHandle* handle) {
        std::uint64_t active = 0;
        std::uint64_t waiting = 0;
        return db_->GetIntProperty(handle, Properties::kNumEntriesActiveMemTable, &active) &&
               db_->GetIntProperty(handle, Properties::kNumImmutableMemTable, &waiting) &&
               active == 0 && waiting == 0;
    });
}

/// RocksDB 7.8 answers well without having flushed once it has had a background error (its issue 8046),
/// so the answer is not believed.
Result<void> Database::flush_memory_tables() {
    if (const Status status = db_->Flush(rocksdb::FlushOptions(), families_); !status.ok()) {
        return stopped("flush", status);
    }
    if (!flushed_->wait_until([this] { return memory_tables_are_empty(); })) {
        return stopped("flush", Status::TimedOut("nothing was flushed for 10 s"));
    }
    return {};
}

Result<void> Database::spill_one(const Gather& gather, const Lanes& lanes) {
    if (!given_) {
        if (auto given = give(gather, lanes); !given.ok()) {
            return given;
        }
        given_ = true;
    }
    if (auto flushed = flush_memory_tables(); !flushed.ok()) {
        return flushed;
    }
    given_ = false;
    lanes_in_rocksdb_ = lanes;
    return {};
}

/// Makes everything written so far durable; answers the positions that it covers.
Result<Database::Lanes> Database::spill() {
    const std::scoped_lock spilling(spill_mutex_);
    if (auto running = go_on(); !running.ok()) {
        return std::move(running).error();
    }
    for (bool took_active = false; !took_active;) {
        std::shared_ptr<const Gather> gather;
        Lanes lanes;
        {
            const std::scoped_lock lock(mutex_);
            if (spilling_ == nullptr) {
                spilling_ = std::exchange(active_, std::make_shared<Gather>());
                lanes_spilling_ = lanes_;
                took_active = true;
            }
            gather = spilling_;
            lanes = lanes_spilling_;
        }
        if (auto spilled = spill_one(*gather, lanes); !spilled.ok()) {
            return std::move(spilled).error();
        }
        const std::scoped_lock lock(mutex_);
        spilling_ = nullptr;
    }
    return lanes_in_rocksdb_;
}

/// A write is taken only while there is room: what RocksDB refuses must not pile up here.
Result<void> Database::make_room() {
    {
        const std::scoped_lock lock(mutex_);
        if (active_->bytes() < gather_bytes_) {
            return {};
        }
    }
    auto spilled = spill();
    return spilled.ok() ? Result<void>() : std::move(spilled).error();
}

void Database::spill_if_full() {
    // What does not work now is tried again by the next write, which is refused if it fails again.
    (void)make_room();
}

Result<void> Database::write(const ports::StoreBatch& batch) {
    if (auto room = make_room(); !room.ok()) {
        return room;
    }
    {
        const std::scoped_lock lock(mutex_);
        for (const ports::ConversationWrite& write : batch.writes) {
            active_->add(write, false);
        }
        lanes_[batch.lane] = batch.covers;
    }
    spill_if_full();
    return {};
}

Result<void> Database::seed(const std::vector<ports::ConversationWrite>& writes) {
    if (auto room = make_room(); !room.ok()) {
        return room;
    }
    const std::scoped_lock lock(mutex_);
    for (const ports::ConversationWrite& write : writes) {
        active_->add(write, true);
    }
    return {};
}

Result<LogPosition> Database::flush() {
    TRY(const Lanes covered, spill());
    return lowest(covered);
}

LogPosition Database::lowest_covered() const {
    const std::scoped_lock lock(mutex_);
    return lowest(lanes_);
}

void Database::set_lanes(std::uint32_t lanes, LogPosition position) {
    const std::scoped_lock lock(mutex_);
    lanes_.clear();
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
        lanes_[lane] = position;
    }
}

MessageStore::Gauges Database::gauges() const {
    MessageStore::Gauges sum;
    {
        const std::scoped_lock lock(mutex_);
        sum.memory_bytes = active_->bytes() + (spilling_ == nullptr ? 0 : spilling_->bytes());
    }
    for (rocksdb::ColumnFamilyHandle* handle : families_) {
        const auto add_property = [this, handle](const std::string& name, std::uint64_t& to) {
            std::uint64_t value = 0;
            if (db_->GetIntProperty(handle, name, &value)) {
                to += value;
            }
        };
        add_property(Properties::kCurSizeAllMemTables, sum.memory_bytes);
        add_property(Properties::kLiveSstFilesSize, sum.file_bytes);
        add_property(Properties::kEstimatePendingCompactionBytes, sum.compaction_backlog);
    }
    return sum;
}

}  // namespace parley::rocksdb_store
