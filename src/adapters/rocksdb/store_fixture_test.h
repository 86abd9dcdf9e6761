#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "adapters/rocksdb/faulty_files_test.h"
#include "adapters/rocksdb/message_store.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/talk.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::rocksdb_store {

using fakes::Talk;

/// A store on files that fail as a test says, and a small gather.
class RocksMessageStore : public testing::Test {
protected:
    RocksMessageStore() {
        options_.directory = directory_.path() + "/store";
        options_.gather_bytes = 30'000;
        options_.env = env_.get();
    }
    Result<void> try_open() {
        auto opened = MessageStore::open(options_, pool_, pool_);
        if (!opened.ok()) {
            return std::move(opened).error();
        }
        store_ = std::move(*opened);
        return {};
    }
    void open() {
        const auto opened = try_open();
        ASSERT_TRUE(opened.ok()) << opened.error().detail;
    }
    /// Starts again on what is durable; what RocksDB would do as it closes is not done.
    void crash() {
        files_->set(FaultyFiles::Fault::dead);
        store_.reset();
        files_->set(FaultyFiles::Fault::none);
        open();
    }
    Result<void> write(Talk& talk, LogPosition covers = {1, 1}) {
        ports::StoreBatch batch{.lane = 0, .covers = covers, .writes = {}};
        batch.writes.push_back(talk.take());
        return fakes::wait(loop_, store_->write(loop_, std::move(batch)));
    }
    Result<LogPosition> flush() { return fakes::wait(loop_, store_->flush(loop_)); }
    LogPosition flush_well() {
        const auto covered = flush();
        EXPECT_TRUE(covered.ok()) << covered.error().detail;
        return covered.ok() ? *covered : LogPosition{};
    }
    void expect_whole(const Talk& talk) {
        const auto state = fakes::wait(loop_, store_->load(loop_, talk.state().number));
        ASSERT_TRUE(state.ok()) << state.error().detail;
        ASSERT_TRUE(state->has_value());
        EXPECT_EQ(**state, talk.state());
        const ports::EventRange range{
            .conversation = talk.state().number,
            .first = {1},
            .last = talk.state().head,
            .limit = 100'000
        };
        const auto events = fakes::wait(loop_, store_->read(loop_, range));
        ASSERT_TRUE(events.ok()) << events.error().detail;
        EXPECT_TRUE(fakes::same(*events, talk.events()));
    }

    fakes::TemporaryDirectory directory_;
    std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>();
    std::unique_ptr<rocksdb::Env> env_ = std::make_unique<ImpatientEnv>(files_);
    fakes::InlinePool pool_;
    fakes::ManualLoop loop_;
    MessageStore::Options options_;
    std::unique_ptr<MessageStore> store_;
};

}  // namespace parley::rocksdb_store
