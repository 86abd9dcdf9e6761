#include "app/backup.h"

#include <filesystem>
#include <fstream>
#include <future>

#include <gtest/gtest.h>

#include "runtime/runtime.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::app {
namespace {

namespace fs = std::filesystem;

/// The stores of a server on the real disk, without the server.
class BackupTest : public ::testing::Test {
protected:
    class Listener final : public ports::CommitListener {
    public:
        void on_committed(std::uint64_t /*first*/, std::uint64_t last) override {
            committed.set_value(last);
        }
        void on_refused(std::uint64_t /*first*/, std::uint64_t last, const Error& error) override {
            ADD_FAILURE() << error.detail;
            committed.set_value(last);
        }
        std::promise<std::uint64_t> committed;
    };

    void SetUp() override {
        runtime_.start();
        fs::create_directories(data() + "/keys/keys");
        std::ofstream(data() + "/keys/secret") << "a secret";
        std::ofstream(data() + "/keys/keys/one.pem") << "a key";
        auto& pool = runtime_.make_pool("stores", 1, 100);
        auto store =
            rocksdb_store::MessageStore::open({.directory = data() + "/messages"}, pool, pool);
        ASSERT_TRUE(store.ok()) << store.error().detail;
        store_ = std::move(*store);
        auto database = sqlite::Database::open(data() + "/directory.db", pool, pool);
        ASSERT_TRUE(database.ok()) << database.error().detail;
        database_ = std::move(*database);
        log::SegmentLog::Options options;
        options.directory = data() + "/log";
        options.segment_bytes = 1UL << 20U;
        auto log = log::SegmentLog::open(options, runtime_.disk(), worker_);
        ASSERT_TRUE(log.ok()) << log.error().detail;
        log_ = std::move(*log);
        log_->attach(runtime_.loop(0), listener_);
    }
    void TearDown() override { runtime_.stop(); }

    [[nodiscard]] std::string data() const { return folder_.path() + "/data"; }
    [[nodiscard]] std::string backup() const { return folder_.path() + "/backup"; }
    [[nodiscard]] std::string restored() const { return folder_.path() + "/restored"; }

    void append(std::string content) {
        listener_.committed = {};
        auto told = listener_.committed.get_future();
        core::SendMessage send;
        send.content = std::move(content);
        const core::Record record{
            .conversation = {7}, .time = {1}, .rules = core::kRulesNow, .command = send
        };
        ASSERT_TRUE(log_->append({0}, record).ok());
        ASSERT_EQ(told.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    }
    Result<gateway::BackupSummary> make() {
        const BackupParts parts{
            .store = *store_,
            .log = *log_,
            .log_worker = worker_,
            .directory = *database_,
            .disk = runtime_.disk(),
            .data_dir = data(),
            .cancelled = cancelled_,
        };
        return back_up(parts, backup());
    }
    Result<Restored> bring_back() {
        return restore(runtime_.disk(), worker_, backup(), restored(), 1'800'000'000);
    }
    [[nodiscard]] std::vector<std::string> contents() {
        log::SegmentLog::Options options;
        options.directory = restored() + "/log";
        auto log = log::SegmentLog::open(options, runtime_.disk(), worker_);
        EXPECT_TRUE(log.ok()) << log.error().detail;
        std::vector<std::string> all;
        const auto read = (*log)->replay({}, [&](LogPosition, const core::Record& record) {
            all.push_back(std::get<core::SendMessage>(record.command).content);
            return Result<void>{};
        });
        EXPECT_TRUE(read.ok()) << read.error().detail;
        return all;
    }

    fakes::TemporaryDirectory folder_;
    std::atomic<bool> cancelled_{false};
    Listener listener_;
    std::unique_ptr<rocksdb_store::MessageStore> store_;
    std::unique_ptr<sqlite::Database> database_;
    std::unique_ptr<log::SegmentLog> log_;
    runtime::Runtime runtime_{{.loops = 1}};
    runtime::Worker& worker_ = runtime_.make_worker("log");
};

TEST_F(BackupTest, WhatWasAcknowledgedBeforeComesBackInANewEpoch) {
    append("one");
    append("two");
    const auto made = make();
    ASSERT_TRUE(made.ok()) << made.error().detail;
    EXPECT_EQ(made->position, (LogPosition{.epoch = 1, .offset = 2}));
    append("three");
    const auto back = bring_back();
    ASSERT_TRUE(back.ok()) << back.error().detail;
    EXPECT_EQ(back->epoch, 1'800'000'000U);
    EXPECT_EQ(back->position, made->position);
    EXPECT_EQ(contents(), (std::vector<std::string>{"one", "two"}));
    EXPECT_TRUE(fs::exists(restored() + "/keys/keys/one.pem"));
    EXPECT_TRUE(fs::exists(restored() + "/keys/secret"));
    auto& pool = runtime_.make_pool("restored", 1, 100);
    EXPECT_TRUE(sqlite::Database::open(restored() + "/directory.db", pool, pool).ok());
    EXPECT_TRUE(
        rocksdb_store::MessageStore::open({.directory = restored() + "/messages"}, pool, pool).ok()
    );
}

TEST_F(BackupTest, NothingIsWrittenOver) {
    append("one");
    fs::create_directory(backup());
    const auto there = make();
    ASSERT_FALSE(there.ok());
    EXPECT_EQ(there.error().code, ErrorCode::conflict);
    fs::remove(backup());
    ASSERT_TRUE(make().ok());
    EXPECT_FALSE(make().ok());
    fs::create_directory(restored());
    std::ofstream(restored() + "/something") << "of mine";
    const auto full = bring_back();
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code, ErrorCode::conflict);
    fs::remove(restored() + "/something");
    EXPECT_TRUE(bring_back().ok());  // an empty one is as good as none
}

TEST_F(BackupTest, ADamagedOrMissingFileIsToldAndNothingIsRestored) {
    append("one");
    ASSERT_TRUE(make().ok());
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(backup())) {
        if (entry.is_regular_file() && entry.file_size() > 0) {
            files.push_back(entry.path());
        }
    }
    EXPECT_GT(files.size(), 5U);
    for (const fs::path& file : files) {
        SCOPED_TRACE(file);
        const fs::path whole = file.string() + ".whole";
        fs::rename(file, whole);
        const auto missing = bring_back();
        EXPECT_FALSE(missing.ok());
        fs::copy_file(whole, file);
        {
            std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
            const char byte = static_cast<char>(damage.get());
            damage.seekp(0);
            damage.put(static_cast<char>(byte ^ 1));
        }
        const auto damaged = bring_back();
        EXPECT_FALSE(damaged.ok());
        EXPECT_FALSE(fs::exists(restored()));
        fs::remove(file);
        fs::rename(whole, file);
    }
    EXPECT_TRUE(bring_back().ok());
}

TEST_F(BackupTest, AServerThatStopsLeavesNothingBehind) {
    append("one");
    cancelled_ = true;
    const auto made = make();
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, ErrorCode::unavailable);
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
        EXPECT_EQ(entry.path().filename(), "data");
    }
    EXPECT_FALSE(fs::exists(data() + "/checkpoint.tmp"));
}

TEST_F(BackupTest, WhatACrashLeftIsRemoved) {
    append("one");
    fs::create_directories(data() + "/checkpoint.tmp");
    fs::create_directories(folder_.path() + "/.backup.parley-partial/messages");
    std::ofstream(folder_.path() + "/.backup.parley-partial/directory.db") << "half";
    ASSERT_TRUE(make().ok());
    EXPECT_FALSE(fs::exists(folder_.path() + "/.backup.parley-partial"));
    EXPECT_FALSE(fs::exists(data() + "/checkpoint.tmp"));
    EXPECT_TRUE(bring_back().ok());
}

}  // namespace
}  // namespace parley::app
