#include "adapters/rocksdb/message_store.h"

#include <utility>

#include "adapters/rocksdb/database.h"

namespace parley::rocksdb_store {

MessageStore::MessageStore(
    std::unique_ptr<Database> database, runtime::Pool& reads, runtime::Pool& writes
)
    : database_(std::move(database)), reads_(reads), writes_(writes) {}

MessageStore::~MessageStore() = default;

Result<std::unique_ptr<MessageStore>> MessageStore::open(
    const Options& options, runtime::Pool& reads, runtime::Pool& writes
) {
    TRY(auto database, Database::open(options));
    return std::make_unique<MessageStore>(std::move(database), reads, writes);
}

runtime::Task<Result<std::optional<core::ConversationState>>> MessageStore::load(
    runtime::Loop& home, ConversationNumber number
) {
    auto work = [this, number] { return database_->load(number); };
    co_return co_await reads_.run(home, std::move(work));
}

runtime::Task<Result<std::vector<core::EventPtr>>> MessageStore::read(
    runtime::Loop& home, ports::EventRange range
) {
    auto work = [this, range] { return database_->read(range); };
    co_return co_await reads_.run(home, std::move(work));
}

runtime::Task<Result<std::optional<Seq>>> MessageStore::find_seq(
    runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
) {
    auto work = [this, number, first, time] { return database_->find_seq(number, first, time); };
    co_return co_await reads_.run(home, std::move(work));
}

runtime::Task<Result<void>> MessageStore::write(runtime::Loop& home, ports::StoreBatch batch) {
    auto work = [this, batch = std::move(batch)] { return database_->write(batch); };
    co_return co_await writes_.run(home, std::move(work));
}

runtime::Task<Result<std::vector<core::ConversationState>>> MessageStore::scan(
    runtime::Loop& home, ConversationNumber after, std::size_t limit
) {
    auto work = [this, after, limit] { return database_->scan(after, limit); };
    co_return co_await reads_.run(home, std::move(work));
}

runtime::Task<Result<void>> MessageStore::reclaim(
    runtime::Loop& home, std::vector<ConversationNumber> numbers
) {
    // Among the readers: it keeps one of them for a while, and no write waits for it.
    auto work = [this, numbers = std::move(numbers)] { return database_->reclaim(numbers); };
    co_return co_await reads_.run(home, std::move(work));
}

runtime::Task<Result<LogPosition>> MessageStore::flush(runtime::Loop& home) {
    auto work = [this] { return database_->flush(); };
    co_return co_await writes_.run(home, std::move(work));
}

Result<LogPosition> MessageStore::replay_from() {
    return database_->lowest_covered();
}

Result<void> MessageStore::set_lanes(std::uint32_t lanes, LogPosition position) {
    database_->set_lanes(lanes, position);
    return {};
}

Result<void> MessageStore::seed(const std::vector<ports::ConversationWrite>& writes) {
    return database_->seed(writes);
}

MessageStore::Health MessageStore::health() const noexcept {
    return database_->health();
}

Result<LogPosition> MessageStore::checkpoint(const std::string& directory) {
    return database_->checkpoint(directory);
}

MessageStore::Gauges MessageStore::gauges() const {
    return database_->gauges();
}

}  // namespace parley::rocksdb_store
