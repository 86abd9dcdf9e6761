// A disk that is full, fails, or fails at one operation after the other.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>

#include "adapters/rocksdb/store_fixture_test.h"

namespace parley::rocksdb_store {
namespace {

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
    EXPECT_EQ(flush_well(), (LogPosition{1, number - 1}));
    crash();
    expect_whole(talk);
    for (const Talk& other : others) {
        expect_whole(other);
    }
}

TEST_F(RocksMessageStore, ABrokenDiskIsInternalAndWhenItWorksAgainSoDoesTheStore) {
    open();
    Talk talk(7);
    talk.say("before");
    ASSERT_TRUE(write(talk, {1, 1}).ok());
    ASSERT_TRUE(flush().ok());
    files_->set(FaultyFiles::Fault::broken);
    Talk late(8);
    late.say("while it is broken");
    ASSERT_TRUE(write(late, {1, 2}).ok());
    for (int tries = 0; tries < 3; ++tries) {
        const auto refused = flush();
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, ErrorCode::internal);
        expect_whole(talk);
        expect_whole(late);
    }
    files_->set(FaultyFiles::Fault::none);
    EXPECT_EQ(flush_well(), (LogPosition{1, 2}));
    crash();
    expect_whole(talk);
    expect_whole(late);
}

TEST_F(RocksMessageStore, KilledWhileTheDiskIsBrokenItHasWhatWasFlushed) {
    open();
    Talk talk(7);
    talk.say("before");
    ASSERT_TRUE(write(talk, {1, 1}).ok());
    ASSERT_TRUE(flush().ok());
    files_->set(FaultyFiles::Fault::broken);
    Talk lost(8);
    ASSERT_TRUE(write(lost, {1, 2}).ok());
    ASSERT_FALSE(flush().ok());
    crash();
    EXPECT_EQ(*store_->replay_from(), (LogPosition{1, 1}));
    expect_whole(talk);
    const auto state = fakes::wait(loop_, store_->load(loop_, lost.state().number));
    ASSERT_TRUE(state.ok());
    EXPECT_FALSE(state->has_value());
}

TEST_F(RocksMessageStore, WithoutRoomToCompactItRefusesWhenThereAreTooManyFilesAndResumesByItself) {
    open();
    Talk talk(7);
    files_->set(FaultyFiles::Fault::narrow);
    Result<LogPosition> flushed = LogPosition{};
    std::uint64_t offset = 0;
    while (flushed.ok() && offset < 100) {
        talk.say("more");
        ASSERT_TRUE(write(talk, {1, ++offset}).ok());
        flushed = flush();
    }
    ASSERT_FALSE(flushed.ok());
    EXPECT_EQ(flushed.error().code, ErrorCode::unavailable) << flushed.error().detail;
    EXPECT_GT(offset, 30U);
    expect_whole(talk);
    files_->set(FaultyFiles::Fault::none);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do {
        env_->SleepForMicroseconds(200);
        flushed = flush();
    } while (!flushed.ok() && std::chrono::steady_clock::now() < deadline);
    ASSERT_TRUE(flushed.ok()) << flushed.error().detail;
    EXPECT_EQ(*flushed, (LogPosition{1, offset}));
    expect_whole(talk);
}

/// What a talk has written, and with which place of the log: after a crash the store holds one of these.
struct Written {
    LogPosition covers;
    core::ConversationState state;
};

class RocksMessageStoreFaults : public RocksMessageStore {
protected:
    /// The store has what was written up to `from` and nothing newer, and its events are whole.
    void check_exactly(const std::vector<Written>& written, LogPosition from, const Talk& talk) {
        const auto loaded = fakes::wait(loop_, store_->load(loop_, talk.state().number));
        ASSERT_TRUE(loaded.ok()) << loaded.error().detail;
        const auto covers = [from](const Written& w) { return w.covers <= from; };
        const auto needed = static_cast<std::size_t>(std::ranges::count_if(written, covers));
        if (!loaded->has_value()) {
            ASSERT_EQ(needed, 0U);
            return;
        }
        ASSERT_GT(needed, 0U);
        ASSERT_EQ(**loaded, written[needed - 1].state);
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
            covered = flush_well();
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
        check_exactly(written[talk.state().number.value], from, talk);
    }
}

// --- every operation on files, one after the other ------------------------------------------------

/// What fails: with which error, whether it was done all the same, and what else has happened.
struct Case {
    const char* name;
    FaultyFiles::Fault fault;
    bool done;
    bool
        recovering;  ///< it fails while the store gets over an earlier error, until it has; else until
                     ///< it has compacted
    bool killed;     ///< the process dies right after it
};

class EveryFileOperation : public RocksMessageStoreFaults,
                           public testing::WithParamInterface<Case> {
protected:
    static constexpr int kSpillsBefore = 3;  // one more, and RocksDB compacts
    static constexpr auto kPatience = std::chrono::seconds(20);
    static constexpr int kPollMicros = 200;

    EveryFileOperation() { options_.directory = directory_.path() + "/first"; }

    void say_and_write() {
        for (Talk& talk : talks_) {
            talk.say(std::string(300, 'x'), offset_ % 2);
            const LogPosition covers{1, ++offset_};
            ASSERT_TRUE(write(talk, covers).ok());
            written_[talk.state().number.value].push_back({covers, talk.state()});
        }
    }
    /// The store's files before anything fails: made once, copied for each try.
    void prepare() {
        open();
        for (std::uint64_t number = 1; number <= 3; ++number) {
            talks_.emplace_back(number);
        }
        for (int i = 0; i < kSpillsBefore; ++i) {
            say_and_write();
            ASSERT_TRUE(flush().ok());
        }
        durable_ = *store_->replay_from();
        store_.reset();
    }
    void start_over(int n) {
        store_.reset();
        files_->set(FaultyFiles::Fault::none);
        const std::string first = directory_.path() + "/first";
        if (options_.directory != first) {
            std::filesystem::remove_all(options_.directory);
        }
        options_.directory = directory_.path() + "/try" + std::to_string(n);
        std::filesystem::copy(first, options_.directory);
        open();
    }
    /// Flushes until all is durable and compacted. What fails in the background fails the next flush.
    void settle() {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        int failed = 0;
        auto flushed = flush();
        while (!flushed.ok() || store_->gauges().compaction_backlog > 0) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it does not compact";
            failed += flushed.ok() ? 0 : 1;
            env_->SleepForMicroseconds(kPollMicros);
            ASSERT_LE(failed, 1) << flushed.error().detail;
            flushed = flush();
        }
        ASSERT_EQ(*flushed, (LogPosition{1, offset_}));
    }
    /// One try. False when there is no n-th operation.
    bool fail_at(int n) {
        const Case& how = GetParam();
        start_over(n);
        say_and_write();
        if (how.recovering) {
            files_->fail_at(1, how.fault, how.done);
            EXPECT_FALSE(flush().ok());
            EXPECT_TRUE(files_->has_failed());
        }
        files_->fail_at(n, how.fault, how.done);
        if (how.killed) {
            const auto flushed = flush();
            const bool failed = files_->disarm();
            crash_and_check(flushed.ok() ? *flushed : durable_);
            return failed;
        }
        // The disk is well again after that.
        if (how.recovering) {
            if (!flush().ok()) {
                flush_well();
            }
        } else {
            settle();
        }
        const bool failed = files_->disarm();
        for (const Talk& talk : talks_) {
            expect_whole(talk);
        }
        say_and_write();
        settle();
        crash_and_check({1, offset_});
        return failed;
    }
    void crash_and_check(LogPosition covered) {
        crash();
        const LogPosition from = *store_->replay_from();
        ASSERT_GE(from, covered);
        for (const Talk& talk : talks_) {
            check_exactly(written_[talk.state().number.value], from, talk);
        }
    }

    std::vector<Talk> talks_;
    std::map<std::uint64_t, std::vector<Written>> written_;
    std::uint64_t offset_ = 0;
    LogPosition durable_;
};

TEST_P(EveryFileOperation, MayFailAndNothingIsLostOrDoubled) {
    ASSERT_NO_FATAL_FAILURE(prepare());
    const auto talks = talks_;
    const auto written = written_;
    const auto offset = offset_;
    int n = 1;
    for (; fail_at(n) && !HasFailure(); ++n) {
        talks_ = talks;
        written_ = written;
        offset_ = offset;
    }
    EXPECT_FALSE(HasFailure()) << "at operation " << n;
    EXPECT_GT(n, 50);
    std::printf("%d operations\n", n - 1);
}

INSTANTIATE_TEST_SUITE_P(
    Cases,
    EveryFileOperation,
    testing::Values(
        Case{"Full", FaultyFiles::Fault::full, false, false, false},
        Case{"Broken", FaultyFiles::Fault::broken, false, false, false},
        Case{"BrokenButDone", FaultyFiles::Fault::broken, true, false, false},
        Case{"BrokenTwice", FaultyFiles::Fault::broken, false, true, false},
        Case{"BrokenButDoneAndKilled", FaultyFiles::Fault::broken, true, false, true}
    ),
    [](const auto& info) { return std::string(info.param.name); }
);

}  // namespace
}  // namespace parley::rocksdb_store
