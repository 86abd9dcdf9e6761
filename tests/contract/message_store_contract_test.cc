#include "tests/contract/message_store_contract.h"

#include <cstdlib>
#include <filesystem>

#include "adapters/memory/message_store.h"
#include "adapters/rocksdb/message_store.h"
#include "runtime/runtime.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::contract {
namespace {

class Memory {
public:
    ports::MessageStore& store() { return *store_; }
    void crash() { store_ = std::make_unique<memory::MessageStore>(store_->durable()); }

private:
    std::unique_ptr<memory::MessageStore> store_ = std::make_unique<memory::MessageStore>();
};

/// The twin behind a pool, where a crash leaves one unflushed batch.
class MemoryInPool {
public:
    ports::MessageStore& store() { return *store_; }
    void crash() {
        auto left = store_->durable(std::min<std::size_t>(store_->unflushed(), 1));
        store_ = std::make_unique<memory::MessageStore>(std::move(left), &pool_);
    }

private:
    fakes::InlinePool pool_;
    std::unique_ptr<memory::MessageStore> store_ =
        std::make_unique<memory::MessageStore>(memory::MessageStore::Durable{}, &pool_);
};

/// RocksDB in pools of threads.
class Rocks {
public:
    ports::MessageStore& store() { return *store_; }
    /// Nothing is flushed when it is destroyed, so that leaves what a crash leaves.
    void crash() {
        store_.reset();
        store_ = open();
    }

private:
    std::unique_ptr<ports::MessageStore> open() {
        rocksdb_store::MessageStore::Options options;
        options.directory = directory_.path() + "/store";
        options.gather_bytes = 20'000;  // so that some of it is in RocksDB
        auto opened = rocksdb_store::MessageStore::open(options, reads_, writes_);
        EXPECT_TRUE(opened.ok()) << opened.error().detail;
        return std::move(*opened);
    }
    fakes::TemporaryDirectory directory_;
    runtime::Runtime runtime_{runtime::RuntimeOptions{.loops = 1}};
    runtime::Pool& reads_ = runtime_.make_pool("reads", 2, 100);
    runtime::Pool& writes_ = runtime_.make_pool("writes", 1, 100);
    std::unique_ptr<ports::MessageStore> store_ = open();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, MessageStoreContract, Memory);
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryInPool, MessageStoreContract, MemoryInPool);
INSTANTIATE_TYPED_TEST_SUITE_P(Rocks, MessageStoreContract, Rocks);

}  // namespace
}  // namespace parley::contract
