#include "adapters/log/segment_log.h"

#include <thread>

#include "adapters/log/log_fixture_test.h"

namespace parley::log {
namespace {

class SegmentLogTest : public testing::Test {
protected:
    void open() {
        const auto opened = world_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().detail;
    }
    void reopen() {
        world_.stop();
        world_.disk.restart(fakes::FakeDisk::Survival::nothing);
        open();
    }
    std::size_t segments() const {
        std::size_t count = 0;
        for (const std::string& path : world_.disk.paths()) {
            count += path.ends_with(".log") ? 1 : 0;
        }
        return count;
    }

    LogWorld world_;
};

TEST_F(SegmentLogTest, AllThatWaitsIsOneGroupWithOneWriteAndOneSync) {
    world_.options.segment_bytes = 1UL << 20U;
    open();
    world_.append(0, sample(1));
    world_.settle();
    for (const std::uint64_t group : {1U, 16U, 256U}) {
        for (std::uint64_t i = 0; i < group; ++i) {
            world_.append(static_cast<std::uint32_t>(i % 2), sample(i));
        }
        EXPECT_EQ(world_.worker.waiting(), 1U);
        const std::uint64_t before = world_.disk.calls();
        world_.settle();
        EXPECT_EQ(world_.disk.calls() - before, 2U);
    }
    EXPECT_EQ(world_.committed.size(), 274U);
    EXPECT_EQ(world_.log->counters().groups.value(), 4);
    EXPECT_EQ(world_.log->counters().records.value(), 274);
}

TEST_F(SegmentLogTest, NobodyIsToldBeforeTheSync) {
    open();
    world_.append(0, sample(1));
    EXPECT_EQ(world_.loops[0].run(), 0U);
    EXPECT_EQ(world_.log->committed().offset, 0U);
    EXPECT_GT(world_.log->queued_bytes(), 0U);
    world_.settle();
    EXPECT_EQ(world_.committed.size(), 1U);
    EXPECT_EQ(world_.log->queued_bytes(), 0U);
}

TEST_F(SegmentLogTest, ALongQueueBecomesSeveralGroups) {
    world_.options.segment_bytes = 1UL << 16U;
    world_.options.group_bytes_max = 1'000;
    open();
    for (std::uint64_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(world_.append(i % 3 == 0 ? 1 : 0, sample(i, 100)).has_value());
    }
    world_.settle();
    EXPECT_EQ(world_.committed.size(), 100U);
    EXPECT_GT(world_.log->counters().groups.value(), 10);
    reopen();
    EXPECT_EQ(world_.read()->size(), 100U);
}

TEST_F(SegmentLogTest, ARecordLargerThanASegmentIsRefused) {
    open();
    const auto refused = world_.log->append({0}, sample(1, 2'000));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::too_large);
    EXPECT_EQ(world_.append(0, sample(2)), 1U);
}

TEST_F(SegmentLogTest, TheNextSegmentIsPreparedWhenTheCurrentOneIsHalfFull) {
    open();
    const auto prepared = [this] {
        return std::ranges::count(world_.disk.paths(), "/log/prepared.tmp") == 1;
    };
    std::uint64_t number = 0;
    while (!prepared()) {
        EXPECT_EQ(segments(), 1U);
        world_.append(0, sample(++number, 100));
        world_.settle();
    }
    EXPECT_GE(number, 2U);
    while (segments() == 1) {
        EXPECT_TRUE(prepared());
        world_.append(0, sample(++number, 100));
        world_.settle();
    }
    reopen();
    EXPECT_EQ(world_.read()->size(), number);
}

TEST_F(SegmentLogTest, ReleaseRemovesWhatHoldsNothingNewer) {
    open();
    for (std::uint64_t i = 1; i <= 60; ++i) {
        world_.append(0, sample(i, 60));
        world_.settle();
    }
    const std::size_t all = segments();
    ASSERT_GT(all, 5U);
    world_.log->release({1, 1});
    world_.settle();
    EXPECT_EQ(segments(), all);
    world_.log->release({1, 30});
    world_.settle();
    EXPECT_LT(segments(), all);
    EXPECT_EQ(world_.read({1, 30})->size(), 30U);
    EXPECT_EQ(world_.read({1, 5}).error().code, ErrorCode::internal);
    world_.log->release(world_.log->committed());
    world_.settle();
    EXPECT_EQ(segments(), 1U);
    reopen();
    EXPECT_EQ(world_.log->committed(), (LogPosition{1, 60}));
    EXPECT_EQ(world_.append(0, sample(61)), 61U);
}

TEST_F(SegmentLogTest, ARollLetsGoWhatNothingFollows) {
    open();
    world_.append(0, sample(1));
    world_.settle();
    world_.log->release(world_.log->committed());
    world_.settle();
    EXPECT_EQ(segments(), 1U);  // the newest stays, whatever it holds
    EXPECT_EQ(world_.read()->size(), 1U);
    world_.log->roll();
    world_.log->roll();  // there is nothing in the new one yet
    world_.settle();
    EXPECT_EQ(segments(), 2U);
    world_.log->release({1, 0});
    world_.settle();
    EXPECT_EQ(segments(), 2U);
    world_.log->release(world_.log->committed());
    world_.settle();
    EXPECT_EQ(segments(), 1U);
    EXPECT_EQ(world_.read({1, 1})->size(), 0U);
    EXPECT_EQ(world_.read({1, 0}).error().code, ErrorCode::internal);  // it is gone
    EXPECT_EQ(world_.append(0, sample(2)), 2U);
    world_.settle();
    reopen();
    EXPECT_EQ(world_.log->committed(), (LogPosition{1, 2}));
    EXPECT_EQ(world_.read({1, 1})->size(), 1U);
}

TEST_F(SegmentLogTest, ARollIsAsSafeAsAnyOtherEnd) {
    open();
    for (std::uint64_t i = 1; i <= 5; ++i) {
        world_.append(0, sample(i));
        world_.settle();
        world_.log->roll();
        world_.settle();
        reopen();
        EXPECT_EQ(world_.log->committed(), (LogPosition{1, i}));
        EXPECT_EQ(world_.read()->size(), i);
    }
    world_.disk.set_space(0);
    world_.append(0, sample(6));
    world_.settle();
    world_.log->roll();
    world_.settle();
    world_.disk.set_space(1U << 20U);
    world_.append(0, sample(7));
    world_.settle();
    world_.check(*world_.read());
}

TEST_F(SegmentLogTest, AFullDiskRefusesGroupsAndLaterOnesGoOn) {
    world_.disk.set_space(3 * 1'024);
    open();
    std::uint64_t number = 0;
    while (world_.refused.empty()) {
        ASSERT_LT(number, 1'000U);
        world_.append(number % 2 == 0 ? 0 : 1, sample(number, 50));
        ++number;
        world_.settle();
    }
    EXPECT_EQ(world_.errors.front().code, ErrorCode::unavailable);
    EXPECT_FALSE(world_.log->failed());
    const std::size_t committed = world_.committed.size();
    world_.append(0, sample(500));
    world_.settle();
    EXPECT_EQ(world_.committed.size(), committed);
    world_.log->release(world_.log->committed());
    world_.settle();
    const auto offset = world_.append(0, sample(501));
    world_.settle();
    EXPECT_TRUE(world_.committed.contains(*offset));
    const std::uint64_t from = std::prev(world_.committed.end(), 2)->first;
    reopen();
    world_.check(*world_.read({1, from}), from);
}

TEST_F(SegmentLogTest, AFailedSyncEndsTheLogForGood) {
    open();
    world_.append(0, sample(1));
    world_.settle();
    world_.append(0, sample(2));
    world_.disk.fail_at(world_.disk.calls() + 2, {ErrorCode::internal, "input/output error"});
    world_.append(1, sample(3));
    world_.settle();
    EXPECT_TRUE(world_.log->failed());
    ASSERT_EQ(world_.errors.size(), 2U);
    EXPECT_EQ(world_.errors[0].code, ErrorCode::internal);
    EXPECT_EQ(world_.committed.size(), 1U);
    const std::uint64_t calls = world_.disk.calls();
    const auto refused = world_.log->append({0}, sample(4));
    EXPECT_EQ(refused.error().code, ErrorCode::internal);
    world_.log->release({1, 1});
    world_.settle();
    EXPECT_FALSE(world_.log->close().ok());
    EXPECT_EQ(world_.disk.calls(), calls);
    // A restart reads what is there.
    reopen();
    world_.check_after_crash();
}

TEST_F(SegmentLogTest, WhatIsQueuedWhenTheLogFailsIsRefusedToo) {
    world_.options.group_bytes_max = 300;
    open();
    for (std::uint64_t i = 0; i < 20; ++i) {
        world_.append(0, sample(i, 50));
    }
    world_.disk.fail_at(world_.disk.calls() + 4, {ErrorCode::internal, "input/output error"});
    world_.settle();
    EXPECT_TRUE(world_.log->failed());
    EXPECT_GT(world_.committed.size(), 0U);
    EXPECT_EQ(world_.committed.size() + world_.unknown.size(), 20U);
    EXPECT_EQ(world_.log->queued_bytes(), 0U);
}

TEST_F(SegmentLogTest, ANewEpochBeginsANewSegment) {
    open();
    for (std::uint64_t i = 1; i <= 3; ++i) {
        world_.append(0, sample(i));
    }
    world_.settle();
    world_.options.epoch = 3;
    reopen();
    EXPECT_EQ(world_.log->committed(), (LogPosition{3, 3}));
    EXPECT_EQ(segments(), 2U);
    world_.append(0, sample(4));
    world_.settle();
    world_.options.epoch = 0;
    reopen();
    EXPECT_EQ(world_.log->epoch(), 3U);
    std::vector<LogPosition> positions;
    ASSERT_TRUE(world_.log
                    ->replay(
                        {},
                        [&positions](LogPosition at, const core::Record&) {
                            positions.push_back(at);
                            return Result<void>{};
                        }
                    )
                    .ok());
    EXPECT_EQ(positions, (std::vector<LogPosition>{{1, 1}, {1, 2}, {1, 3}, {3, 4}}));
    EXPECT_EQ(world_.read({1, 2})->size(), 2U);
    EXPECT_EQ(world_.read({1, 3})->size(), 1U);
    EXPECT_EQ(world_.read({3, 3})->size(), 1U);
    EXPECT_EQ(world_.read({3, 4})->size(), 0U);
    // These are positions of another history.
    EXPECT_FALSE(world_.read({3, 2}).ok());
    EXPECT_FALSE(world_.read({2, 4}).ok());
    EXPECT_FALSE(world_.read({4, 4}).ok());
    world_.stop();
    world_.options.epoch = 2;
    const auto refused = world_.open();
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().detail.find("epoch 3"), std::string::npos);
}

TEST_F(SegmentLogTest, ASnapshotIsAllThatAStoreNeedsAndStays) {
    open();
    for (std::uint64_t i = 1; i <= 60; ++i) {
        world_.append(0, sample(i));
        world_.settle();
    }
    ASSERT_GT(segments(), 3U);
    world_.log->hold();
    const auto all = world_.log->snapshot({});
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all->pieces.size(), segments());
    EXPECT_EQ(all->end, world_.log->committed());
    const auto end = world_.log->snapshot(all->end);
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(end->pieces.size(), 1U);
    EXPECT_LT(end->pieces[0].bytes, end->pieces[0].size);

    // What it names is there until it is let go.
    const std::size_t before = segments();
    world_.log->release(world_.log->committed());
    world_.settle();
    EXPECT_EQ(segments(), before);
    world_.log->let_go();
    world_.log->release(world_.log->committed());
    world_.settle();
    EXPECT_EQ(segments(), 1U);
    EXPECT_FALSE(world_.log->snapshot({}).ok());
}

TEST_F(SegmentLogTest, EpochsWithoutRecordsLeaveOneSegment) {
    for (std::uint32_t epoch = 1; epoch < 6; ++epoch) {
        world_.options.epoch = epoch;
        reopen();
        EXPECT_EQ(world_.log->committed(), (LogPosition{epoch, 0}));
        EXPECT_EQ(segments(), 1U);
        EXPECT_EQ(world_.read()->size(), 0U);
    }
    EXPECT_EQ(world_.append(0, sample(1)), 1U);
    world_.settle();
    reopen();
    EXPECT_EQ(world_.read()->size(), 1U);
}

TEST_F(SegmentLogTest, ManyStartsDoNotFillTheSegment) {
    open();
    world_.append(0, sample(1));
    world_.settle();
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(world_.log->close().ok());
        reopen();
        EXPECT_EQ(world_.read()->size(), 1U);
    }
    EXPECT_LE(segments(), 2U);
    world_.append(0, sample(2));
    world_.settle();
    reopen();
    EXPECT_EQ(world_.read()->size(), 2U);
}

TEST_F(SegmentLogTest, ASegmentSizeMayChange) {
    open();
    live(world_, 1, false);
    world_.options.segment_bytes = 4'096;
    reopen();
    live(world_, 100, false);
    world_.options.segment_bytes = 600;
    reopen();
    live(world_, 200, false);
    reopen();
    world_.check_after_crash();
    EXPECT_GT(world_.committed.size(), 90U);
}

TEST_F(SegmentLogTest, OnlySegmentsFromThePlaceOnAreReadInFull) {
    open();
    for (std::uint64_t i = 1; i <= 200; ++i) {
        world_.append(0, sample(i, 60));
        world_.settle();
    }
    reopen();
    std::uint64_t before = world_.disk.calls();
    ASSERT_TRUE(world_.read().ok());
    const std::uint64_t all = world_.disk.calls() - before;
    before = world_.disk.calls();
    ASSERT_TRUE(world_.read({1, 195}).ok());
    EXPECT_LT((world_.disk.calls() - before) * 5, all);
}

// Meant for ThreadSanitizer.
TEST_F(SegmentLogTest, ManyThreadsAppendAtOnce) {
    constexpr std::uint32_t kThreads = 4;
    constexpr std::uint64_t kRecords = 500;
    class Counting final : public ports::CommitListener {
    public:
        void on_committed(std::uint64_t first, std::uint64_t last) override {
            EXPECT_GT(first, last_);
            last_ = last;
        }
        void on_refused(std::uint64_t, std::uint64_t, const Error& error) override {
            ADD_FAILURE() << error.detail;
        }
        [[nodiscard]] std::uint64_t last() const { return last_; }

    private:
        std::uint64_t last_ = 0;
    };
    fakes::FakeDisk disk;
    std::vector<std::unique_ptr<fakes::ManualLoop>> loops;
    std::vector<Counting> listeners(kThreads);
    fakes::ThreadWorker worker;
    auto opened = SegmentLog::open({.directory = "/log", .segment_bytes = 65'536}, disk, worker);
    ASSERT_TRUE(opened.ok());
    SegmentLog& log = **opened;
    std::vector<std::thread> threads;
    for (std::uint32_t id = 0; id < kThreads; ++id) {
        loops.push_back(std::make_unique<fakes::ManualLoop>(id));
        log.attach(*loops.back(), listeners[id]);
    }
    for (std::uint32_t id = 0; id < kThreads; ++id) {
        threads.emplace_back([&, id] {
            std::uint64_t last = 0;
            for (std::uint64_t i = 0; i < kRecords; ++i) {
                const auto offset = log.append({id}, sample(i));
                ASSERT_TRUE(offset.ok());
                ASSERT_GT(*offset, last);
                last = *offset;
                if (i % 50 == 0) {
                    log.release(log.committed());
                    ASSERT_GE(log.queued_bytes() + 1, 1U);
                }
            }
            ASSERT_TRUE(loops[id]->run_until([&] { return listeners[id].last() >= last; }));
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    worker.stop();
    EXPECT_EQ(log.committed().offset, kThreads * kRecords);
}

}  // namespace
}  // namespace parley::log
