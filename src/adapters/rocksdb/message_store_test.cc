#include "adapters/rocksdb/message_store.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "adapters/rocksdb/merge.h"
#include "adapters/rocksdb/store_codec.h"
#include "adapters/rocksdb/store_fixture_test.h"
#include "base/binary.h"

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

/// All files of the store.
std::string files_of(const std::string& directory) {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".sst") {
            std::ifstream file(entry.path(), std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(file), {});
        }
    }
    return bytes;
}

/// What LZ4 does not make smaller.
std::string noise(std::uint64_t seed, std::size_t size) {
    fakes::CountingRandom random;
    std::string bytes;
    for (std::uint64_t i = 0; i < seed; ++i) {
        (void)random.next();
    }
    while (bytes.size() < size) {
        bytes += std::to_string(random.next());
    }
    return bytes;
}

TEST_F(RocksMessageStore, WhatGoesGivesItsSpaceBack) {
    open();
    Talk stays(1);
    Talk expires(2);
    Talk erased(3);
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        for (Talk* talk : {&stays, &expires, &erased}) {
            talk->say(noise((3 * i) + talk->state().number.value, 200));
        }
        if (i % 100 == 99) {
            for (Talk* talk : {&stays, &expires, &erased}) {
                ASSERT_TRUE(write(*talk).ok());
            }
        }
    }
    flush_well();
    // As small as it gets and with nothing going on in the background, which would change files while
    // they are counted.
    std::vector<ConversationNumber> all{{1}, {2}, {3}};
    ASSERT_TRUE(fakes::wait(loop_, store_->reclaim(loop_, std::move(all))).ok());
    store_.reset();
    open();
    const std::size_t before = files_of(options_.directory).size();
    expires.expire({2'000});
    ASSERT_TRUE(write(expires).ok());
    // Message by message, as those that disappear by themselves go.
    ports::StoreBatch batch{.lane = 0, .covers = {1, 1}, .writes = {}};
    batch.writes.push_back(erased.take());
    for (const core::EventPtr& event : erased.events()) {
        batch.writes.back().amended.push_back(core::expire(*event));
    }
    ASSERT_TRUE(fakes::wait(loop_, store_->write(loop_, std::move(batch))).ok());
    flush_well();
    std::vector<ConversationNumber> lighter{{2}, {3}};
    const auto reclaimed = fakes::wait(loop_, store_->reclaim(loop_, std::move(lighter)));
    ASSERT_TRUE(reclaimed.ok()) << reclaimed.error().detail;
    // RocksDB deletes the files that it has replaced in the background, or as it is opened again.
    store_.reset();
    open();
    std::size_t after = files_of(options_.directory).size();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (after >= before * 45 / 100 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
        after = files_of(options_.directory).size();
    }
    EXPECT_LT(after, before * 45 / 100) << before << " bytes before, " << after << " after";
    expect_whole(stays);
}

TEST_F(RocksMessageStore, NoFileHasTheIdOfWhoIsForgotten) {
    open();
    Talk talk(7);
    const UserId gone = talk.user(1);
    std::string id;
    binary::put_uuid(id, gone.uuid);
    for (int i = 0; i < 300; ++i) {
        talk.say("m", static_cast<std::size_t>(i % 2));
    }
    ASSERT_TRUE(write(talk).ok());
    flush_well();
    const auto rings_of = [&] {
        std::size_t count = 0;
        store_.reset();
        rocksdb::DB* db = nullptr;
        std::vector<rocksdb::ColumnFamilyHandle*> families;
        std::vector<rocksdb::ColumnFamilyDescriptor> all;
        std::vector<std::string> names;
        EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, options_.directory, &names).ok());
        for (const std::string& name : names) {
            all.emplace_back(name, rocksdb::ColumnFamilyOptions());
            if (name == "events") {
                all.back().options.merge_operator = make_run_merge();
            } else if (name == "sends") {
                all.back().options.merge_operator = make_ring_merge();
            }
        }
        EXPECT_TRUE(rocksdb::DB::OpenForReadOnly({}, options_.directory, all, &families, &db).ok());
        for (rocksdb::ColumnFamilyHandle* family : families) {
            const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, family));
            for (at->SeekToFirst(); at->Valid(); at->Next()) {
                // Behind the conversation's number, which with a block's looks like an id.
                const bool named = at->key().ToStringView().find(id, 8) != std::string_view::npos;
                count += named ? 1 : 0;
            }
            EXPECT_TRUE(at->status().ok()) << at->status().ToString();
            EXPECT_TRUE(db->DestroyColumnFamilyHandle(family).ok());
        }
        const std::unique_ptr<rocksdb::DB> owned(db);
        return count;
    };
    EXPECT_GT(rings_of(), 0U);
    open();
    talk.run(core::ForgetUser{.user = gone});
    ASSERT_TRUE(write(talk).ok());
    flush_well();
    EXPECT_EQ(rings_of(), 0U);
    open();
    expect_whole(talk);
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
