#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/gather.h"
#include "adapters/rocksdb/message_store.h"
#include "adapters/rocksdb/store_codec.h"

namespace parley::rocksdb_store {

class Watch;

/// The column families of the store.
enum class Family : unsigned char {
    meta,
    events,
    states,
    sends,
    members
};

/// How far each lane has come in the log.
using Lanes = std::map<std::uint32_t, LogPosition>;

/// An Error for a status that is not well: `unavailable` for a full disk and for what passes by itself,
/// `internal` for the rest.
[[nodiscard]] Error to_error(std::string_view doing, const rocksdb::Status& status);

/// Whether the disk seems to take `bytes`, and takes and syncs a small file.
[[nodiscard]] Result<void> try_disk(const MessageStore::Options& options, std::uint64_t bytes);

/// RocksDB from one opening to its close. It is good for writing until its first error, for what it then
/// says of itself cannot be relied on; opened again it is what its files are. Every call blocks. Reading is
/// thread-safe; `spill` is called by one thread at a time.
class Rocks {
public:
    /// `internal` for a damaged store, one that is open already, and one of a newer format. A store that is
    /// not there is made if `create` says so.
    [[nodiscard]] static Result<std::unique_ptr<Rocks>> open(
        const MessageStore::Options& options,
        const std::shared_ptr<rocksdb::Cache>& cache,
        bool create
    );
    /// For `open` alone.
    Rocks();
    Rocks(const Rocks&) = delete;
    Rocks& operator=(const Rocks&) = delete;
    Rocks(Rocks&&) = delete;
    Rocks& operator=(Rocks&&) = delete;
    /// Waits for what runs in the background: up to a second after an error.
    ~Rocks();

    /// Its first error, of a spill or in the background; well while it has had none.
    [[nodiscard]] rocksdb::Status error() const;
    /// What the lanes cover, as of the newest spill.
    [[nodiscard]] const Lanes& lanes() const noexcept { return lanes_; }

    /// Makes all of `gather` durable, with the positions that it covers. `unavailable` without having done
    /// anything when compaction is far behind, and has no room or does not catch up within 10 s; after any
    /// other failure to write it has had its `error`.
    [[nodiscard]] Result<void> spill(const Gather& gather, const Lanes& lanes);

    /// A copy of what is durable, in `directory`, which must not be there: files that are never changed are the same
    /// ones where the file system can do that. Not while a spill runs.
    [[nodiscard]] Result<void> checkpoint(const std::string& directory) const;

    [[nodiscard]] Result<std::optional<std::string>> get(Family from, const std::string& key) const;
    /// The values of keys, empty where there is none, each handed to `use` with its index.
    template <class Use>
    [[nodiscard]] Result<void> get_each(Family from, const std::vector<std::string>& keys, Use use)
        const;

    /// Each value whose key begins with `start`, in the order of keys.
    template <class Use>
    [[nodiscard]] Result<void> each_of(Family from, const std::string& start, Use use) const;

    /// The first `limit` values whose keys are not before `first`, in the order of keys.
    template <class Use>
    [[nodiscard]] Result<void> some_from(
        Family from, const std::string& first, std::size_t limit, Use use
    ) const;

    /// Rewrites the files that hold these conversations, without what was deleted in them.
    [[nodiscard]] Result<void> compact(const std::vector<ConversationNumber>& numbers) const;

    void add_to(MessageStore::Gauges& sum) const;

private:
    /// Keys asked for at once.
    static constexpr std::size_t kKeysAtOnce = 32;

    [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family which) const {
        return families_[static_cast<std::size_t>(which)];
    }
    Result<void> read_meta();
    Result<void> wait_for_compaction();
    Result<void> give(const Gather& gather, const Lanes& lanes);
    Result<void> add(ConversationNumber number, const Gathered& gathered, rocksdb::WriteBatch& out)
        const;
    void add(const Lanes& lanes, rocksdb::WriteBatch& out) const;
    /// What RocksDB has of a conversation's state; nothing when it has none.
    [[nodiscard]] Result<std::optional<StoredState>> stored_state(ConversationNumber number) const;
    void add_rings(
        ConversationNumber number,
        const Gathered& gathered,
        const std::optional<StoredState>& before,
        rocksdb::WriteBatch& out
    ) const;
    Result<void> apply(rocksdb::WriteBatch& batch);
    Result<void> flush();
    [[nodiscard]] bool memory_tables_are_empty() const;
    Error failed(std::string_view doing, const rocksdb::Status& status);

    const std::shared_ptr<Watch> watch_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;  // of db_, by Family
    Lanes lanes_;                                         // as they are durable
};

template <class Use>
Result<void> Rocks::get_each(Family from, const std::vector<std::string>& keys, Use use) const {
    std::array<rocksdb::Slice, kKeysAtOnce> slices;
    std::array<rocksdb::PinnableSlice, kKeysAtOnce> values;
    std::array<rocksdb::Status, kKeysAtOnce> statuses;
    for (std::size_t done = 0; done < keys.size(); done += kKeysAtOnce) {
        const std::size_t count = std::min(kKeysAtOnce, keys.size() - done);
        for (std::size_t i = 0; i < count; ++i) {
            slices[i] = keys[done + i];
            values[i].Reset();
        }
        db_->MultiGet(
            rocksdb::ReadOptions(),
            family(from),
            count,
            slices.data(),
            values.data(),
            statuses.data()
        );
        for (std::size_t i = 0; i < count; ++i) {
            if (!statuses[i].ok() && !statuses[i].IsNotFound()) {
                return to_error("read", statuses[i]);
            }
            const auto value = statuses[i].ok() ? values[i].ToStringView() : std::string_view();
            if (auto used = use(done + i, value); !used.ok()) {
                return used;
            }
        }
    }
    return {};
}

template <class Use>
Result<void> Rocks::some_from(Family from, const std::string& first, std::size_t limit, Use use)
    const {
    const std::unique_ptr<rocksdb::Iterator> at(
        db_->NewIterator(rocksdb::ReadOptions(), family(from))
    );
    for (at->Seek(first); at->Valid() && limit > 0; at->Next(), --limit) {
        if (auto used = use(at->key().ToStringView(), at->value().ToStringView()); !used.ok()) {
            return used;
        }
    }
    return at->status().ok() ? Result<void>() : to_error("read", at->status());
}

template <class Use>
Result<void> Rocks::each_of(Family from, const std::string& start, Use use) const {
    const std::unique_ptr<rocksdb::Iterator> at(
        db_->NewIterator(rocksdb::ReadOptions(), family(from))
    );
    for (at->Seek(start); at->Valid() && at->key().starts_with(start); at->Next()) {
        if (auto used = use(at->key().ToStringView(), at->value().ToStringView()); !used.ok()) {
            return used;
        }
    }
    return at->status().ok() ? Result<void>() : to_error("read", at->status());
}

}  // namespace parley::rocksdb_store
