#include "adapters/rocksdb/database.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.h"

namespace parley::rocksdb_store {
namespace {

LogPosition lowest(const Lanes& lanes) {
    if (lanes.empty()) {
        return {};
    }
    const auto by_position = [](const auto& one, const auto& other) {
        return one.second < other.second;
    };
    return std::ranges::min_element(lanes, by_position)->second;
}

}  // namespace

Database::Database(const MessageStore::Options& options)
    : options_(options), cache_(rocksdb::NewLRUCache(options.block_cache_bytes)) {}

Result<std::unique_ptr<Database>> Database::open(const MessageStore::Options& options) {
    std::error_code failure;
    std::filesystem::create_directories(options.directory, failure);
    if (failure) {
        return Error{
            ErrorCode::internal,
            "message store: cannot create " + options.directory + ": " + failure.message()
        };
    }
    auto opened = std::make_unique<Database>(options);
    TRY(opened->rocks_, Rocks::open(options, opened->cache_, true));
    opened->lanes_ = opened->rocks_->lanes();
    return opened;
}

Result<void> Database::go_on() {
    if (rocks_ != nullptr) {
        const rocksdb::Status error = rocks_->error();
        if (error.ok()) {
            return {};
        }
        if (error.IsCorruption()) {
            // That does not heal.
            return to_error("write", error);
        }
    }
    if (auto works = try_disk(options_, gathered_bytes()); !works.ok()) {
        return works;
    }
    return reopen();
}

Result<void> Database::reopen() {
    const std::scoped_lock turn(turn_);
    const std::scoped_lock alone(gate_);
    rocks_.reset();
    TRY(rocks_, Rocks::open(options_, cache_, false));
    log::info("message store opened again");
    return {};
}

/// Makes everything written so far durable; answers the positions that it covers.
Result<Lanes> Database::spill() {
    const std::scoped_lock spilling(spill_mutex_);
    return spill_alone();
}

/// Under spill_mutex_.
Result<Lanes> Database::spill_alone() {
    auto covered = spill_all();
    using enum MessageStore::Health;
    health_ = covered.ok() ? well : (rocks_ == nullptr ? closed : cannot_write);
    return covered;
}

Result<Lanes> Database::spill_all() {
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
        if (auto spilled = rocks_->spill(*gather, lanes); !spilled.ok()) {
            return std::move(spilled).error();
        }
        const std::scoped_lock lock(mutex_);
        spilling_ = nullptr;
    }
    return rocks_->lanes();
}

/// A write is taken only while there is room: what RocksDB refuses must not pile up here.
Result<void> Database::make_room() {
    {
        const std::scoped_lock lock(mutex_);
        if (active_->bytes() < options_.gather_bytes) {
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
            active_->add(write);
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
        active_->add(write);
    }
    return {};
}

Result<LogPosition> Database::flush() {
    TRY(const Lanes covered, spill());
    return lowest(covered);
}

Result<LogPosition> Database::checkpoint(const std::string& directory) {
    const std::scoped_lock spilling(spill_mutex_);
    TRY(const Lanes covered, spill_alone());
    if (auto made = rocks_->checkpoint(directory); !made.ok()) {
        return std::move(made).error();
    }
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

std::size_t Database::gathered_bytes() const {
    const std::scoped_lock lock(mutex_);
    return active_->bytes() + (spilling_ == nullptr ? 0 : spilling_->bytes());
}

MessageStore::Gauges Database::gauges() const {
    MessageStore::Gauges sum;
    sum.memory_bytes = gathered_bytes();
    // While it is opened again there is nothing to be seen, and nobody who asks is to wait.
    const std::shared_lock lock(gate_, std::try_to_lock);
    if (lock.owns_lock() && rocks_ != nullptr) {
        rocks_->add_to(sum);
    }
    return sum;
}

}  // namespace parley::rocksdb_store
