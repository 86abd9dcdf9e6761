#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ports/command_log.h"
#include "tests/fakes/manual_loop.h"

/// What every command log keeps. A subject is a class with
///
///     explicit Subject(std::size_t pending_bytes_max);
///     ports::CommandLog& log();
///     void settle();   // returns when everything asked for so far is done and posted to the loops
///     void restart();  // settles, then starts again on what is there; listeners are gone
///
/// It runs once for each adapter: command_log_contract_test.cc.

namespace parley::contract {

/// Remembers what a loop was told.
class TellTale final : public ports::CommitListener {
public:
    void on_committed(std::uint64_t first, std::uint64_t last) override {
        committed.emplace_back(first, last);
    }
    void on_refused(std::uint64_t first, std::uint64_t last, const Error& error) override {
        refused.emplace_back(first, last);
        errors.push_back(error);
    }
    [[nodiscard]] bool covers(std::uint64_t offset) const {
        return std::ranges::any_of(committed, [offset](const auto& range) {
            return range.first <= offset && offset <= range.second;
        });
    }

    std::vector<std::pair<std::uint64_t, std::uint64_t>> committed;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> refused;
    std::vector<Error> errors;
};

inline core::Record send_record(std::uint64_t number, std::string content) {
    core::SendMessage send;
    send.sender = {{.high = number, .low = 1}};
    send.client_id = "c" + std::to_string(number);
    send.content = std::move(content);
    return {
        .conversation = {number},
        .time = {17'000'000'000'000'000 + static_cast<std::int64_t>(number)},
        .rules = core::kRulesNow,
        .command = std::move(send)
    };
}

template <class Subject>
class CommandLogContract : public testing::Test {
protected:
    static constexpr std::size_t kPendingBytesMax = 3'000;

    CommandLogContract() { attach(); }

    void attach() {
        told_[0] = {};
        told_[1] = {};
        log().attach(loops_[0], told_[0]);
        log().attach(loops_[1], told_[1]);
    }
    ports::CommandLog& log() { return subject_.log(); }
    std::uint64_t append(std::uint32_t loop, const core::Record& record) {
        const auto offset = log().append({loop}, record);
        EXPECT_TRUE(offset.ok());
        return offset.ok() ? *offset : 0;
    }
    void settle() {
        subject_.settle();
        loops_[0].run();
        loops_[1].run();
    }
    std::vector<std::pair<LogPosition, core::Record>> read(LogPosition from) {
        std::vector<std::pair<LogPosition, core::Record>> all;
        const auto done = log().replay(from, [&all](LogPosition at, core::Record record) {
            all.emplace_back(at, std::move(record));
            return Result<void>{};
        });
        EXPECT_TRUE(done.ok()) << done.error().detail;
        return all;
    }
    Result<void> try_read(LogPosition from) {
        return log().replay(from, [](LogPosition, const core::Record&) { return Result<void>{}; });
    }

    fakes::ManualLoop loops_[2] = {fakes::ManualLoop(0), fakes::ManualLoop(1)};
    TellTale told_[2];
    Subject subject_{kPendingBytesMax};
};

TYPED_TEST_SUITE_P(CommandLogContract);

TYPED_TEST_P(CommandLogContract, OffsetsGrowFromOneOverAllLoops) {
    EXPECT_EQ(this->append(0, send_record(1, "a")), 1U);
    EXPECT_EQ(this->append(1, send_record(2, "b")), 2U);
    EXPECT_EQ(this->append(0, send_record(3, "c")), 3U);
}

TYPED_TEST_P(CommandLogContract, EachLoopIsToldOfItsRecordsOnceAndInOrder) {
    std::map<std::uint64_t, std::uint32_t> appended;
    for (std::uint64_t i = 0; i < 40; ++i) {
        const std::uint32_t loop = i % 3 == 0 ? 1 : 0;
        appended[this->append(loop, send_record(i, "x"))] = loop;
        if (i % 7 == 0) {
            this->settle();
        }
    }
    this->settle();
    for (const auto& [offset, loop] : appended) {
        EXPECT_TRUE(this->told_[loop].covers(offset));
    }
    for (const TellTale& told : this->told_) {
        for (std::size_t i = 0; i < told.committed.size(); ++i) {
            EXPECT_LE(told.committed[i].first, told.committed[i].second);
            EXPECT_LE(told.committed[i].second, this->log().committed().offset);
            if (i > 0) {
                EXPECT_LT(told.committed[i - 1].second, told.committed[i].first);
            }
        }
        EXPECT_TRUE(told.refused.empty());
    }
}

TYPED_TEST_P(CommandLogContract, ALoopWithoutRecordsIsToldNothing) {
    this->append(0, send_record(1, "a"));
    this->settle();
    EXPECT_EQ(this->told_[0].committed.size(), 1U);
    EXPECT_TRUE(this->told_[1].committed.empty());
}

TYPED_TEST_P(CommandLogContract, CommittedAndQueuedBytesFollow) {
    EXPECT_EQ(this->log().committed().offset, 0U);
    EXPECT_EQ(this->log().queued_bytes(), 0U);
    this->append(0, send_record(1, "a"));
    this->append(0, send_record(2, "a"));
    this->settle();
    EXPECT_EQ(this->log().committed(), (LogPosition{this->log().epoch(), 2}));
    EXPECT_EQ(this->log().queued_bytes(), 0U);
}

TYPED_TEST_P(CommandLogContract, WhatDoesNotFitInTheQueueIsRefusedAndNotTaken) {
    const auto refused = this->log().append({0}, send_record(1, std::string(3'500, 'x')));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_EQ(this->append(0, send_record(2, "fits")), 1U);
    this->settle();
    EXPECT_EQ(this->read({}).size(), 1U);
}

TYPED_TEST_P(CommandLogContract, ReplayGivesEveryRecordAfterAPlaceInOrder) {
    std::vector<core::Record> records;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        records.push_back(send_record(i, std::string(i * 10, 'x')));
        this->append(i % 2 == 0 ? 0 : 1, records.back());
        this->settle();
    }
    this->subject_.restart();
    for (const std::uint64_t from : {0U, 1U, 7U, 19U, 20U}) {
        const LogPosition start{from == 0 ? 0 : this->log().epoch(), from};
        const auto read = this->read(start);
        ASSERT_EQ(read.size(), 20 - from);
        for (std::size_t i = 0; i < read.size(); ++i) {
            EXPECT_EQ(read[i].first, (LogPosition{this->log().epoch(), from + i + 1}));
            EXPECT_EQ(read[i].second, records[from + i]);
        }
    }
}

TYPED_TEST_P(CommandLogContract, EveryKindOfRecordComesBackAsItWas) {
    const UserId one{{.high = 1, .low = 2}};
    const UserId other{{.high = 3, .low = 4}};
    std::vector<core::Record> records(3, send_record(9, ""));
    records[0].command = core::OpenDirect{.first = one, .second = other};
    records[1].command =
        core::MoveCursor{.user = one, .delivered = {5}, .read = {4}, .read_ordinal = {3}};
    for (const core::Record& record : records) {
        this->append(0, record);
    }
    this->settle();
    this->subject_.restart();
    const auto read = this->read({});
    ASSERT_EQ(read.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(read[i].second, records[i]);
    }
}

TYPED_TEST_P(CommandLogContract, OffsetsAndCommittedGoOnAfterARestart) {
    for (std::uint64_t i = 1; i <= 5; ++i) {
        this->append(0, send_record(i, "x"));
    }
    this->settle();
    const std::uint32_t epoch = this->log().epoch();
    for (std::uint64_t i = 6; i < 10; ++i) {
        this->subject_.restart();
        this->attach();
        EXPECT_EQ(this->log().epoch(), epoch);
        EXPECT_EQ(this->log().committed(), (LogPosition{epoch, i - 1}));
        EXPECT_EQ(this->append(1, send_record(i, "x")), i);
        this->settle();
        EXPECT_EQ(this->read({}).size(), i);
    }
}

TYPED_TEST_P(CommandLogContract, AnErrorFromTheVisitorEndsTheReplay) {
    for (std::uint64_t i = 1; i <= 5; ++i) {
        this->append(0, send_record(i, "x"));
    }
    this->settle();
    this->subject_.restart();
    int visited = 0;
    const auto done = this->log().replay({}, [&visited](LogPosition, const core::Record&) {
        return ++visited == 3 ? Result<void>(Error{ErrorCode::conflict, "enough"}) : Result<void>{};
    });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error(), (Error{ErrorCode::conflict, "enough"}));
    EXPECT_EQ(visited, 3);
}

TYPED_TEST_P(CommandLogContract, AStoreThatIsAheadOfTheLogIsRefused) {
    this->append(0, send_record(1, "x"));
    this->settle();
    this->subject_.restart();
    const std::uint32_t epoch = this->log().epoch();
    EXPECT_TRUE(this->try_read({epoch, 1}).ok());
    EXPECT_EQ(this->try_read({epoch, 2}).error().code, ErrorCode::internal);
    EXPECT_EQ(this->try_read({epoch + 1, 1}).error().code, ErrorCode::internal);
}

TYPED_TEST_P(CommandLogContract, WhatIsReleasedNeedNotBeReadAndTheRestStays) {
    for (std::uint64_t i = 1; i <= 200; ++i) {
        this->append(0, send_record(i, std::string(100, 'x')));
        this->settle();
    }
    const std::uint32_t epoch = this->log().epoch();
    this->log().release({epoch, 150});
    this->settle();
    this->subject_.restart();
    EXPECT_EQ(this->read({epoch, 150}).size(), 50U);
    EXPECT_EQ(this->read({epoch, 180}).size(), 20U);
    EXPECT_EQ(this->try_read({}).error().code, ErrorCode::internal);
    EXPECT_EQ(this->log().committed(), (LogPosition{epoch, 200}));
}

REGISTER_TYPED_TEST_SUITE_P(
    CommandLogContract,
    OffsetsGrowFromOneOverAllLoops,
    EachLoopIsToldOfItsRecordsOnceAndInOrder,
    ALoopWithoutRecordsIsToldNothing,
    CommittedAndQueuedBytesFollow,
    WhatDoesNotFitInTheQueueIsRefusedAndNotTaken,
    ReplayGivesEveryRecordAfterAPlaceInOrder,
    EveryKindOfRecordComesBackAsItWas,
    OffsetsAndCommittedGoOnAfterARestart,
    AnErrorFromTheVisitorEndsTheReplay,
    AStoreThatIsAheadOfTheLogIsRefused,
    WhatIsReleasedNeedNotBeReadAndTheRestStays
);

}  // namespace parley::contract
