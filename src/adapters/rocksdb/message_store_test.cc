#include "adapters/rocksdb/message_store.h"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "adapters/rocksdb/store_codec.h"
#include "adapters/rocksdb/store_fixture_test.h"

namespace parley::rocksdb_store {
namespace {

TEST_F(RocksMessageStore, WhatIsGatheredSpilledAndFlushedReadsAsOne) {
    open();
    Talk talk(7);
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 9; ++i) {
            talk.say(std::string(200, 'x'), static_cast<std::size_t>(round % 2));
        }
        ASSERT_TRUE(write(talk, {1, static_cast<std::uint64_t>(round) + 1}).ok());
        expect_whole(talk);
        if (round % 20 == 19) {
            ASSERT_TRUE(flush().ok());
            expect_whole(talk);
        }
    }
    crash();
    expect_whole(talk);
    EXPECT_EQ(*store_->replay_from(), (LogPosition{1, 60}));
    EXPECT_GT(store_->gauges().file_bytes, 0U);
}

TEST_F(RocksMessageStore, SeededConversationsAreThereAfterAFlushAndCoverNothing) {
    open();
    std::vector<Talk> talks;
    for (std::uint64_t number = 1; number <= 20; ++number) {
        talks.emplace_back(number);
        for (int i = 0; i < 150; ++i) {
            talks.back().say("seed", static_cast<std::size_t>(i % 2));
        }
        std::vector<ports::ConversationWrite> writes;
        writes.push_back(talks.back().take());
        // Only the newest events, and rings that go further back.
        writes.back().events.erase(
            writes.back().events.begin(), writes.back().events.begin() + 100
        );
        ASSERT_TRUE(store_->seed(writes).ok());
    }
    ASSERT_TRUE(flush().ok());
    crash();
    EXPECT_EQ(*store_->replay_from(), LogPosition{});
    for (const Talk& talk : talks) {
        const auto state = fakes::wait(loop_, store_->load(loop_, talk.state().number));
        ASSERT_TRUE(state.ok()) << state.error().detail;
        EXPECT_EQ(**state, talk.state());
    }
}

TEST_F(RocksMessageStore, AStoreIsOpenOnce) {
    open();
    auto second = MessageStore::open(options_, pool_, pool_);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::internal);
}

/// Opens the store's files without our code, as a newer version might have left them.
template <class Change>
void change_files(const std::string& directory, Change change) {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) {
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    rocksdb::DB* raw = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(rocksdb::DB::Open({}, directory, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    change(*db);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        db->DestroyColumnFamilyHandle(handle);
    }
}

TEST_F(RocksMessageStore, ANewerFormatIsRefusedByName) {
    open();
    ASSERT_TRUE(flush().ok());
    store_.reset();
    change_files(options_.directory, [](rocksdb::DB& db) {
        const rocksdb::Slice two("\2\0\0\0", 4);
        ASSERT_TRUE(db.Put({}, std::string(kFormatKey), two).ok());
    });
    const auto refused = try_open();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::internal);
    EXPECT_NE(refused.error().detail.find("format 2"), std::string::npos) << refused.error().detail;
}

TEST_F(RocksMessageStore, AColumnFamilyOfANewerVersionIsRefusedByName) {
    open();
    ASSERT_TRUE(flush().ok());
    store_.reset();
    change_files(options_.directory, [](rocksdb::DB& db) {
        rocksdb::ColumnFamilyHandle* handle = nullptr;
        ASSERT_TRUE(db.CreateColumnFamily({}, "reactions", &handle).ok());
        db.DestroyColumnFamilyHandle(handle);
    });
    const auto refused = try_open();
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().detail.find("'reactions'"), std::string::npos);
}

TEST_F(RocksMessageStore, DamagedFilesAreNoticed) {
    open();
    Talk talk(7);
    for (int i = 0; i < 300; ++i) {
        talk.say(std::string(500, 'z'));
    }
    ASSERT_TRUE(write(talk).ok());
    ASSERT_TRUE(flush().ok());
    store_.reset();
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
        if (entry.path().extension() != ".sst") {
            continue;
        }
        std::FILE* file = std::fopen(entry.path().c_str(), "r+b");
        ASSERT_NE(file, nullptr);
        std::fseek(file, 100, SEEK_SET);
        std::fputs("damage", file);
        std::fclose(file);
    }
    const auto opened = try_open();
    if (!opened.ok()) {
        EXPECT_EQ(opened.error().code, ErrorCode::internal);
        return;
    }
    const ports::EventRange range{.conversation = {7}, .first = {1}, .last = {300}, .limit = 300};
    const auto events = fakes::wait(loop_, store_->read(loop_, range));
    ASSERT_FALSE(events.ok());
    EXPECT_EQ(events.error().code, ErrorCode::internal);
}

// Meant for ThreadSanitizer.
TEST_F(RocksMessageStore, ReadsWritesAndFlushesAtOnce) {
    open();
    std::atomic<bool> done{false};
    Talk quiet(1);
    quiet.say("here before");
    ASSERT_TRUE(write(quiet).ok());
    std::vector<std::thread> threads;
    for (int reader = 0; reader < 2; ++reader) {
        threads.emplace_back([&] {
            fakes::ManualLoop loop;
            while (!done) {
                const auto state = fakes::wait(loop, store_->load(loop, {1}));
                ASSERT_TRUE(state.ok() && state->has_value());
                ASSERT_EQ(**state, quiet.state());
                ASSERT_TRUE(fakes::wait(loop, store_->find_seq(loop, {2}, {1}, {1})).ok());
                (void)store_->gauges();
            }
        });
    }
    threads.emplace_back([&] {
        fakes::ManualLoop loop;
        while (!done) {
            ASSERT_TRUE(fakes::wait(loop, store_->flush(loop)).ok());
        }
    });
    Talk talk(2);
    for (std::uint64_t i = 1; i <= 300; ++i) {
        talk.say(std::string(300, 'x'), i % 2);
        ASSERT_TRUE(write(talk, {1, i}).ok());
    }
    done = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    expect_whole(talk);
}

}  // namespace
}  // namespace parley::rocksdb_store
