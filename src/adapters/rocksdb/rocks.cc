#include "adapters/rocksdb/rocks.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <rocksdb/advanced_options.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include "adapters/rocksdb/info_log.h"
#include "adapters/rocksdb/merge.h"
#include "base/assert.h"
#include "base/log.h"

namespace parley::rocksdb_store {

/// Hears of RocksDB's first error, and keeps it from repairing itself: its own attempts come every 5 s, and
/// refuse ours meanwhile. Hears of compaction, too. Thread-safe; RocksDB's threads call it.
class Watch final : public rocksdb::EventListener {
public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
        if (reason != rocksdb::BackgroundErrorReason::kCompaction || !error->IsNoSpace()) {
            set(*error);
            return;
        }
        // Nothing is lost by a compaction that found no room, and RocksDB tries it again every second.
        log::warn("message store: no room to compact");
        *error = rocksdb::Status::OK();
        const std::scoped_lock lock(mutex_);
        no_room_ = true;
        compacted_.notify_all();
    }
    void OnErrorRecoveryBegin(
        rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/, bool* by_itself
    ) override {
        *by_itself = false;
    }
    void OnCompactionCompleted(rocksdb::DB* /*db*/, const rocksdb::CompactionJobInfo& info)
        override {
        if (info.status.ok()) {
            const std::scoped_lock lock(mutex_);
            no_room_ = false;
            compacted_.notify_all();
        }
    }
    void set(const rocksdb::Status& error) {
        const std::scoped_lock lock(mutex_);
        if (first_.ok()) {
            first_ = error;
            log::error("message store stopped", {{"reason", error.ToString()}});
            compacted_.notify_all();
        }
    }
    [[nodiscard]] rocksdb::Status first() const {
        const std::scoped_lock lock(mutex_);
        return first_;
    }
    /// Waits until something was compacted, not for long. False when that will not be.
    [[nodiscard]] bool wait_for_compaction() {
        std::unique_lock lock(mutex_);
        if (!no_room_ && first_.ok()) {
            compacted_.wait_for(lock, kStallWait);
        }
        return !no_room_ && first_.ok();
    }

private:
    static constexpr auto kStallWait = std::chrono::milliseconds(100);

    mutable std::mutex mutex_;
    std::condition_variable compacted_;
    rocksdb::Status first_;
    bool no_room_ = false;
};

namespace {

using rocksdb::ColumnFamilyOptions;
using rocksdb::Status;
using Properties = rocksdb::DB::Properties;

constexpr std::array<const char*, 5> kFamilyNames = {
    "default", "events", "states", "sends", "members"
};
constexpr int kOpenFilesMax = 1024;
constexpr std::uint64_t kFileBytes = 64ULL * 1024 * 1024;
constexpr std::uint64_t kSyncEveryBytes = 1ULL << 20U;
constexpr double kFilterBitsPerKey = 10;
/// Of RocksDB's own memory tables: more than any spill, for it is not to flush by itself.
constexpr std::size_t kMemtableBytes = 1UL << 30U;
constexpr std::size_t kArenaBytes = 1UL << 20U;
/// What is given to RocksDB in one write.
constexpr std::size_t kBatchBytes = 1UL << 20U;
/// What is written to see whether the disk works; opening RocksDB takes less.
constexpr std::size_t kProbeBytes = 1UL << 20U;
/// How often a spill looks whether compaction has caught up: 10 s in all.
constexpr int kStallWaits = 100;
constexpr std::string_view kProbeName = "/probe.tmp";

rocksdb::Env* env_of(const MessageStore::Options& options) {
    return options.env != nullptr ? options.env : rocksdb::Env::Default();
}

ColumnFamilyOptions family_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    ColumnFamilyOptions family;
    family.write_buffer_size = kMemtableBytes;
    family.arena_block_size = kArenaBytes;
    family.compression = rocksdb::kLZ4Compression;
    family.level_compaction_dynamic_level_bytes = true;
    family.target_file_size_base = kFileBytes;
    // It is not to hold our threads back, with no end to it: `spill` waits, and refuses.
    family.level0_slowdown_writes_trigger = family.level0_stop_writes_trigger;
    family.soft_pending_compaction_bytes_limit = family.hard_pending_compaction_bytes_limit;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16UL * 1024;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
    table.format_version = 5;
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return family;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(
    const std::shared_ptr<rocksdb::Cache>& cache
) {
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    for (const char* name : kFamilyNames) {
        all.emplace_back(name, family_options(cache));
    }
    all[1].options.merge_operator = make_run_merge();
    all[3].options.merge_operator = make_ring_merge();
    return all;
}

rocksdb::DBOptions database_options(const MessageStore::Options& options, bool create) {
    rocksdb::DBOptions database;
    database.create_if_missing = create;
    database.create_missing_column_families = create;
    database.atomic_flush = true;
    database.max_background_jobs = options.background_jobs;
    database.max_open_files = kOpenFilesMax;
    // Opening reads 16 files at most: not worth 16 threads a family, which is the default.
    database.max_file_opening_threads = 1;
    database.bytes_per_sync = kSyncEveryBytes;
    // After an error it is opened again; it is not to go on by itself (see Watch, too).
    database.max_bgerror_resume_count = 0;
    // The command log has what was not flushed: a stop, clean or not, need not wait for it.
    database.avoid_flush_during_shutdown = true;
    database.skip_stats_update_on_db_open = true;
    database.skip_checking_sst_file_sizes_on_db_open = true;
    database.stats_dump_period_sec = 0;
    database.stats_persist_period_sec = 0;
    database.info_log = make_info_log();
    database.env = env_of(options);
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

}  // namespace

Error to_error(std::string_view doing, const Status& status) {
    const bool passes = status.IsNoSpace() || status.IsBusy() || status.IsTimedOut() ||
                        status.IsTryAgain() || status.IsIncomplete();
    return {
        passes ? ErrorCode::unavailable : ErrorCode::internal,
        "message store: cannot " + std::string(doing) + ": " + status.ToString()
    };
}

Result<void> try_disk(const MessageStore::Options& options, std::uint64_t bytes) {
    rocksdb::Env& env = *env_of(options);
    std::uint64_t free = 0;
    // Where a file system cannot say it, the flush will.
    if (env.GetFreeSpace(options.directory, &free).ok() && free < bytes + kProbeBytes) {
        return to_error("go on", Status::NoSpace());
    }
    const std::string path = options.directory + std::string(kProbeName);
    std::unique_ptr<rocksdb::WritableFile> file;
    Status status = env.NewWritableFile(path, &file, rocksdb::EnvOptions());
    if (status.ok()) {
        status = file->Append(std::string(kProbeBytes, '\0'));
    }
    if (status.ok()) {
        status = file->Sync();
    }
    if (file != nullptr) {
        const Status closed = file->Close();
        const Status deleted = env.DeleteFile(path);
        status = status.ok() ? closed : status;
        status = status.ok() ? deleted : status;
    }
    return status.ok() ? Result<void>() : to_error("go on", status);
}

Rocks::Rocks() : watch_(std::make_shared<Watch>()) {}

Rocks::~Rocks() {
    for (rocksdb::ColumnFamilyHandle* handle : families_) {
        db_->DestroyColumnFamilyHandle(handle);
    }
}

Result<std::unique_ptr<Rocks>> Rocks::open(
    const MessageStore::Options& options, const std::shared_ptr<rocksdb::Cache>& cache, bool create
) {
    auto opened = std::make_unique<Rocks>();
    rocksdb::DBOptions database = database_options(options, create);
    database.listeners.push_back(opened->watch_);
    if (auto known = check_families(database, options.directory); !known.ok()) {
        return std::move(known).error();
    }
    rocksdb::DB* raw = nullptr;
    const Status status = rocksdb::DB::Open(
        database, options.directory, descriptors(cache), &opened->families_, &raw
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

Result<void> Rocks::read_meta() {
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
            TRY(lanes_[*lane], decode_position(value));
        }
    }
    if (!at->status().ok()) {
        return to_error("read its lanes", at->status());
    }
    if (has_format) {
        return {};
    }
    PARLEY_ASSERT(lanes_.empty());
    rocksdb::WriteBatch batch;
    batch.Put(family(Family::meta), std::string(kFormatKey), encode_format());
    return apply(batch);
}

Status Rocks::error() const {
    return watch_->first();
}

Error Rocks::failed(std::string_view doing, const Status& status) {
    watch_->set(status);
    return to_error(doing, status);
}

// --- writing ------------------------------------------------------------------------------------

Result<void> Rocks::spill(const Gather& gather, const Lanes& lanes) {
    if (const Status before = error(); !before.ok()) {
        return to_error("write", before);
    }
    if (gather.bytes() == 0 && lanes == lanes_) {
        return {};
    }
    if (auto free = wait_for_compaction(); !free.ok()) {
        return free;
    }
    if (auto given = give(gather, lanes); !given.ok()) {
        return given;
    }
    if (auto flushed = flush(); !flushed.ok()) {
        return flushed;
    }
    lanes_ = lanes;
    return {};
}

/// When too many files wait for being compacted, so does the next: as long as there is progress.
Result<void> Rocks::wait_for_compaction() {
    for (int waits = 0; waits < kStallWaits; ++waits) {
        std::uint64_t stopped = 0;
        db_->GetIntProperty(Properties::kIsWriteStopped, &stopped);
        if (stopped == 0) {
            return {};
        }
        if (!watch_->wait_for_compaction()) {
            break;
        }
    }
    return Error{ErrorCode::unavailable, "message store: too many files wait for being compacted"};
}

Result<void> Rocks::apply(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    write.no_slowdown = true;
    const Status status = db_->Write(write, &batch);
    batch.Clear();
    return status.ok() ? Result<void>() : failed("write", status);
}

Result<std::optional<StoredState>> Rocks::stored_state(ConversationNumber number) const {
    TRY(const auto value, get(Family::states, state_key(number)));
    if (!value) {
        return std::optional<StoredState>{};
    }
    TRY(StoredState stored, decode_state(number, *value));
    return std::optional(std::move(stored));
}

/// The sends of accounts that are gone go with them: their keys have the users' ids.
void Rocks::add_rings(
    ConversationNumber number,
    const Gathered& gathered,
    const std::optional<StoredState>& before,
    rocksdb::WriteBatch& out
) const {
    rocksdb::ColumnFamilyHandle* const sends = family(Family::sends);
    const bool knew = before && before->state.info != nullptr;
    for (const UserId& user : gathered.forgotten) {
        if (!knew || std::ranges::count(before->state.info->forgotten, user) == 0) {
            out.DeleteRange(
                sends, ring_key(number, user, 0), ring_key(number, user, core::SendRing::kBlocks)
            );
        }
    }
    for (const auto& [block, entries] : gathered.rings) {
        if (std::ranges::count(gathered.forgotten, block.user) == 0) {
            out.Merge(sends, ring_key(number, block.user, block.block), entries);
        }
    }
}

Result<void> Rocks::add(
    ConversationNumber number, const Gathered& gathered, rocksdb::WriteBatch& out
) const {
    rocksdb::ColumnFamilyHandle* const events = family(Family::events);
    // Blocks before this one have expired as a whole.
    const std::uint64_t first_block = block_of(gathered.expired.next());
    for (const Gathered::Events& piece : gathered.events) {
        if (piece.block >= first_block) {
            out.Merge(events, events_key(number, piece.block), piece.runs);
        }
    }
    std::optional<StoredState> before;
    if (gathered.expired > Seq{} || !gathered.forgotten.empty()) {
        TRY(before, stored_state(number));
    }
    if (gathered.expired > Seq{}) {
        const Seq expired = before ? before->state.expired : Seq{};
        if (expired < gathered.expired) {
            out.DeleteRange(
                events, events_key(number, block_of(expired)), events_key(number, first_block)
            );
        }
        if (gathered.expired.next().value % kBlockEvents != 0) {
            std::string cut;
            encode_cut(gathered.expired, cut);
            out.Merge(events, events_key(number, first_block), cut);
        }
    }
    add_rings(number, gathered, before, out);
    for (const auto& [index, member] : gathered.members) {
        out.Put(family(Family::members), member_key(number, index), member);
    }
    out.Put(family(Family::states), state_key(number), gathered.state);
    return {};
}

Result<void> Rocks::compact(const std::vector<ConversationNumber>& numbers) const {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    // Also where nothing newer lies above: that is where the deleted is.
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    for (const ConversationNumber& number : numbers) {
        const std::string first = state_key(number);
        const std::string end = state_key({number.value + 1});
        const rocksdb::Slice from(first);
        const rocksdb::Slice to(end);
        for (const Family which : {Family::events, Family::sends}) {
            const Status status = db_->CompactRange(options, family(which), &from, &to);
            if (!status.ok()) {
                return to_error("compact", status);
            }
        }
    }
    return {};
}

void Rocks::add(const Lanes& lanes, rocksdb::WriteBatch& out) const {
    for (const auto& [lane, covered] : lanes_) {
        if (!lanes.contains(lane)) {
            out.Delete(family(Family::meta), lane_key(lane));
        }
    }
    for (const auto& [lane, covered] : lanes) {
        out.Put(family(Family::meta), lane_key(lane), encode_position(covered));
    }
}

/// Fills the memory tables, which are flushed as one.
Result<void> Rocks::give(const Gather& gather, const Lanes& lanes) {
    rocksdb::WriteBatch batch;
    for (const auto& [number, gathered] : gather.sorted()) {
        if (auto added = add(number, *gathered, batch); !added.ok()) {
            return added;
        }
        if (batch.GetDataSize() >= kBatchBytes) {
            if (auto applied = apply(batch); !applied.ok()) {
                return applied;
            }
        }
    }
    add(lanes, batch);
    return batch.Count() == 0 ? Result<void>() : apply(batch);
}

bool Rocks::memory_tables_are_empty() const {
    return std::ranges::all_of(families_, [this](rocksdb::ColumnFamilyHandle* handle) {
        std::uint64_t active = 0;
        std::uint64_t waiting = 0;
        return db_->GetIntProperty(handle, Properties::kNumEntriesActiveMemTable, &active) &&
               db_->GetIntProperty(handle, Properties::kNumImmutableMemTable, &waiting) &&
               active == 0 && waiting == 0;
    });
}

Result<void> Rocks::flush() {
    rocksdb::FlushOptions options;
    options.allow_write_stall = true;  // else it waits for compaction, with no end to it
    if (const Status status = db_->Flush(options, families_); !status.ok()) {
        return failed("flush", status);
    }
    // RocksDB 7.8 can answer well without having flushed, once it has had an error (its issue 8046).
    if (const Status meanwhile = error(); !meanwhile.ok()) {
        return to_error("flush", meanwhile);
    }
    if (!memory_tables_are_empty()) {
        return failed("flush", Status::Aborted("it did not flush, and did not say so"));
    }
    return {};
}

Result<void> Rocks::checkpoint(const std::string& directory) const {
    // Between two spills its memory tables are empty, but for the format of a store that has never spilled:
    // what it flushes for this, a lane covers.
    rocksdb::Checkpoint* raw = nullptr;
    Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
    if (status.ok()) {
        status = checkpoint->CreateCheckpoint(directory);
    }
    return status.ok() ? Result<void>() : to_error("make a copy in " + directory, status);
}

// --- reading ------------------------------------------------------------------------------------

Result<std::optional<std::string>> Rocks::get(Family from, const std::string& key) const {
    std::string value;
    const Status status = db_->Get(rocksdb::ReadOptions(), family(from), key, &value);
    if (status.IsNotFound()) {
        return std::optional<std::string>{};
    }
    if (!status.ok()) {
        return to_error("read", status);
    }
    return std::optional(std::move(value));
}

void Rocks::add_to(MessageStore::Gauges& sum) const {
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
}

}  // namespace parley::rocksdb_store
