#include "adapters/rocksdb/message_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "adapters/rocksdb/store_codec.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/talk.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::rocksdb_store {
namespace {

using fakes::Talk;

/// A disk that is full, or broken, while a test says so.
class FaultyFiles final : public rocksdb::FileSystemWrapper {
public:
    enum class Fault : unsigned char {
        none,
        full,
        broken
    };

    FaultyFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    [[nodiscard]] const char* Name() const override { return "FaultyFiles"; }
    rocksdb::IOStatus NewWritableFile(
        const std::string& path,
        const rocksdb::FileOptions& options,
        std::unique_ptr<rocksdb::FSWritableFile>* file,
        rocksdb::IODebugContext* context
    ) override {
        auto status = check();
        if (status.ok()) {
            status = target()->NewWritableFile(path, options, file, context);
        }
        if (status.ok()) {
            *file = std::make_unique<File>(*this, std::move(*file));
        }
        return status;
    }
    void set(Fault fault) { fault_ = fault; }

private:
    class File final : public rocksdb::FSWritableFileOwnerWrapper {
    public:
        File(FaultyFiles& files, std::unique_ptr<rocksdb::FSWritableFile> file)
            : FSWritableFileOwnerWrapper(std::move(file)), files_(files) {}
        using FSWritableFileOwnerWrapper::Append;
        rocksdb::IOStatus Append(
            const rocksdb::Slice& data,
            const rocksdb::IOOptions& options,
            rocksdb::IODebugContext* context
        ) override {
            const auto status = files_.check();
            return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, context)
                               : status;
        }

    private:
        FaultyFiles& files_;
    };

    [[nodiscard]] rocksdb::IOStatus check() const {
        switch (fault_.load()) {
            case Fault::full:
                return rocksdb::IOStatus::NoSpace("no space left on device");
            case Fault::broken:
                return rocksdb::IOStatus::IOError("input/output error");
            case Fault::none:
                break;
        }
        return rocksdb::IOStatus::OK();
    }

    std::atomic<Fault> fault_{Fault::none};
};

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
    void crash() {
        store_.reset();
        open();
    }
    Result<void> write(Talk& talk, LogPosition covers = {1, 1}) {
        ports::StoreBatch batch{.lane = 0, .covers = covers, .writes = {}};
        batch.writes.push_back(talk.take());
        return fakes::wait(loop_, store_->write(loop_, std::move(batch)));
    }
    Result<LogPosition> flush() { return fakes::wait(loop_, store_->flush(loop_)); }
    /// After there is room again: RocksDB may be looking for it by itself at this moment.
    LogPosition flush_in_time() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(40);
        auto covered = flush();
        while (!covered.ok() && std::chrono::steady_clock::now() < deadline) {
            EXPECT_EQ(covered.error().code, ErrorCode::unavailable) << covered.error().detail;
            covered = flush();
        }
        EXPECT_TRUE(covered.ok());
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
    std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
    fakes::InlinePool pool_;
    fakes::ManualLoop loop_;
    MessageStore::Options options_;
    std::unique_ptr<MessageStore> store_;
};

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

TEST_F(RocksMessageStore, AFullDiskRefusesUntilThereIsRoomAndLosesNothing) {
    open();
    Talk talk(7);
    std::vector<Talk> others;
    talk.say("before");
    ASSERT_TRUE(write(talk, {1, 1}).ok());
    ASSERT_TRUE(flush().ok());
    files_->set(FaultyFiles::Fault::full);
    talk.say("meanwhile");
    ASSERT_TRUE(write(talk, {1, 2}).ok());
    const auto refused = flush();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable) << refused.error().detail;
    // What was taken is readable, and writes are taken until memory is full.
    expect_whole(talk);
    std::uint64_t number = 100;
    Result<void> written;
    while (written.ok() && number < 10'000) {
        others.emplace_back(++number);
        others.back().say(std::string(1'000, 'y'));
        written = write(others.back(), {1, number});
    }
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::unavailable) << written.error().detail;
    others.pop_back();
    EXPECT_LT(store_->gauges().memory_bytes, 2'000'000U);
    files_->set(FaultyFiles::Fault::none);
    EXPECT_EQ(flush_in_time(), (LogPosition{1, number - 1}));
    crash();
    expect_whole(talk);
    for (const Talk& other : others) {
        expect_whole(other);
    }
}

TEST_F(RocksMessageStore, ABrokenDiskIsInternalAndWhatWasFlushedStays) {
    open();
    Talk talk(7);
    talk.say("before");
    ASSERT_TRUE(write(talk, {1, 1}).ok());
    ASSERT_TRUE(flush().ok());
    files_->set(FaultyFiles::Fault::broken);
    Talk lost(8);
    ASSERT_TRUE(write(lost, {1, 2}).ok());
    const auto refused = flush();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::internal);
    files_->set(FaultyFiles::Fault::none);
    crash();
    EXPECT_EQ(*store_->replay_from(), (LogPosition{1, 1}));
    expect_whole(talk);
}

/// What a talk has written, and with which place of the log: after a crash the store holds one of these.
struct Written {
    LogPosition covers;
    core::ConversationState state;
};

class RocksMessageStoreFaults : public RocksMessageStore {
protected:
    /// The store has what was written up to `from` at least, and its events are whole.
    void check_one_of(const std::vector<Written>& written, LogPosition from, const Talk& talk) {
        const auto loaded = fakes::wait(loop_, store_->load(loop_, talk.state().number));
        ASSERT_TRUE(loaded.ok()) << loaded.error().detail;
        const auto covers = [from](const Written& w) { return w.covers <= from; };
        const auto needed = static_cast<std::size_t>(std::ranges::count_if(written, covers));
        if (!loaded->has_value()) {
            ASSERT_EQ(needed, 0U);
            return;
        }
        const auto is_it = [&loaded](const Written& w) { return w.state == **loaded; };
        const auto at = std::ranges::find_if(written, is_it);
        ASSERT_TRUE(at != written.end());
        ASSERT_GE(static_cast<std::size_t>(at - written.begin()) + 1, needed);
        const ports::EventRange range{
            .conversation = talk.state().number,
            .first = {1},
            .last = (*loaded)->head,
            .limit = 100'000
        };
        const auto events = fakes::wait(loop_, store_->read(loop_, range));
        ASSERT_TRUE(events.ok()) << events.error().detail;
        const auto end = talk.events().begin() + static_cast<std::ptrdiff_t>((*loaded)->head.value);
        ASSERT_TRUE(fakes::same(*events, {talk.events().begin(), end}));
    }
};

TEST_F(RocksMessageStoreFaults, HoweverOftenTheDiskIsFullTheStoreIsWhatItSaysThatItCovers) {
    options_.gather_bytes = 8'000;
    std::mt19937_64 chance(5);
    open();
    std::vector<Talk> talks;
    std::map<std::uint64_t, std::vector<Written>> written;
    for (std::uint64_t number = 1; number <= 5; ++number) {
        talks.emplace_back(number);
    }
    std::uint64_t offset = 0;
    LogPosition covered;
    for (int step = 0; step < 200; ++step) {
        if (step % 100 == 40) {
            files_->set(FaultyFiles::Fault::full);
        } else if (step % 100 == 70) {
            files_->set(FaultyFiles::Fault::none);
            covered = flush_in_time();
        }
        Talk& talk = talks[chance() % talks.size()];
        talk.say(std::string(chance() % 300, 'x'), chance() % 2);
        ports::StoreBatch batch{.lane = 0, .covers = {1, ++offset}, .writes = {}};
        batch.writes.push_back(talk.peek());
        if (fakes::wait(loop_, store_->write(loop_, std::move(batch))).ok()) {
            (void)talk.take();
            written[talk.state().number.value].push_back({{1, offset}, talk.state()});
        }
        if (chance() % 10 == 0) {
            const auto flushed = flush();
            covered = flushed.ok() ? *flushed : covered;
        }
    }
    crash();
    const LogPosition from = *store_->replay_from();
    ASSERT_GE(from, covered);
    ASSERT_GT(from.offset, 150U);
    for (const Talk& talk : talks) {
        check_one_of(written[talk.state().number.value], from, talk);
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
                ASSERT_TRUE(fakes::wait(loop, store_->find_seq(loop, {2}, {1})).ok());
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
