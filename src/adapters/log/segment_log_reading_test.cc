// Reading a log that is as it was written, from a disk that fails; and one that was written by another program.

#include "adapters/log/log_fixture_test.h"
#include "base/binary.h"
#include "ports/record_codec.h"

namespace parley::log {
namespace {

constexpr std::uint64_t kSegmentBytes = 1'024;

class SegmentLogReading : public testing::Test {
protected:
    /// A log of one segment whose first group has this body, sealed as if all were well.
    void put_group(std::uint32_t count, const std::string& body) {
        std::string content;
        encode_segment_header(
            {.epoch = 1, .id = 7, .first = 1, .synced = 0, .previous = 0, .size = kSegmentBytes},
            content
        );
        const GroupPlace place{.segment_id = 7, .file_offset = content.size()};
        std::string frame(kGroupHeaderBytes, '\0');
        frame += body;
        seal_group(std::as_writable_bytes(std::span(frame)), place, count, 1, 0);
        content += frame;
        content.resize(kSegmentBytes);
        world_.disk.put("/log/" + segment_name(1), content);
    }
    static std::string encoded(std::uint64_t number) {
        std::string bytes;
        ports::encode_record(sample(number), bytes);
        return bytes;
    }
    static std::string framed(const std::string& bytes) {
        std::string out;
        binary::put_bytes(out, bytes);
        return out;
    }
    void expect_refusal(std::string_view words) {
        ASSERT_TRUE(world_.open().ok());
        const auto found = world_.read();
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, ErrorCode::internal);
        EXPECT_NE(found.error().detail.find(words), std::string::npos) << found.error().detail;
        EXPECT_NE(found.error().detail.find("at byte 64"), std::string::npos);
    }

    LogWorld world_;
};

TEST_F(SegmentLogReading, AGroupGivesTheRecordsThatAreInIt) {
    put_group(2, framed(encoded(5)) + framed(encoded(6)));
    ASSERT_TRUE(world_.open().ok());
    const auto found = world_.read();
    ASSERT_TRUE(found.ok()) << found.error().detail;
    EXPECT_EQ(*found, (LogWorld::Records{{1, sample(5)}, {2, sample(6)}}));
}

TEST_F(SegmentLogReading, AGroupWithFewerRecordsThanItSaysIsRefused) {
    put_group(2, framed(encoded(5)));
    expect_refusal("fewer records than its header says");
}

TEST_F(SegmentLogReading, AGroupWithMoreBytesThanRecordsIsRefused) {
    put_group(1, framed(encoded(5)) + framed(encoded(6)));
    expect_refusal("more bytes than its records");
}

TEST_F(SegmentLogReading, ARecordThatThisProgramDoesNotKnowIsRefused) {
    std::string newer = encoded(6);
    newer.front() = '\x09';
    put_group(2, framed(encoded(5)) + framed(newer));
    expect_refusal("record 2: log record: format version 9 is unknown to this program");
}

TEST_F(SegmentLogReading, EndsWithWhatTheReaderOfItsRecordsSays) {
    put_group(2, framed(encoded(5)) + framed(encoded(6)));
    ASSERT_TRUE(world_.open().ok());
    int seen = 0;
    const auto done = world_.log->replay({}, [&](LogPosition, const core::Record&) -> Result<void> {
        ++seen;
        return Error{ErrorCode::unavailable, "enough"};
    });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().detail, "enough");
    EXPECT_EQ(seen, 1);
}

TEST_F(SegmentLogReading, AGroupThatClaimsMoreThanTheFileHoldsIsNone) {
    put_group(1, std::string(2 * kSegmentBytes, 'x'));
    const auto opened = world_.open();
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(
        opened.error().detail.find("the first group, which was synced, is unreadable"),
        std::string::npos
    ) << opened.error().detail;
}

/// Files are read in windows of a megabyte: groups, and what is left behind the last one, lie across their borders.
class LargeSegments : public testing::Test {
protected:
    static constexpr std::uint64_t kMegabyte = 1UL << 20U;
    LargeSegments() { world_.options.segment_bytes = 4 * kMegabyte; }

    /// Groups of every size that fill most of a segment; answers the file.
    std::string fill() {
        EXPECT_TRUE(world_.open().ok());
        for (std::uint64_t number = 1; number <= 24; ++number) {
            world_.append(0, sample(number, 1'000 + number * 8'111));
            world_.settle();
        }
        // One group that is larger than what is kept for the next.
        for (std::uint64_t number = 25; number <= 40; ++number) {
            world_.append(1, sample(number, 80'000));
        }
        world_.settle();
        EXPECT_EQ(world_.committed.size(), 40U);
        world_.stop();
        return "/log/" + segment_name(1);
    }

    LogWorld world_;
};

TEST_F(LargeSegments, AreReadInFull) {
    fill();
    ASSERT_TRUE(world_.open().ok());
    world_.check_after_crash();
}

TEST_F(LargeSegments, AnErrorAtEveryCallOfAStartIsTold) {
    fill();
    for (std::uint64_t call = 1;; ++call) {
        SCOPED_TRACE("call " + std::to_string(call));
        world_.disk.restart(fakes::FakeDisk::Survival::killed);
        const std::uint64_t last = world_.disk.calls() + call;
        world_.disk.fail_at(last, {ErrorCode::internal, "input/output error"});
        const auto opened = world_.open();
        const auto found = opened.ok() ? world_.read() : LogWorld::Records{};
        const bool reached = world_.disk.calls() >= last;
        EXPECT_EQ(opened.ok() && found.ok(), !reached);
        world_.stop();
        if (!reached || testing::Test::HasFailure()) {
            EXPECT_GT(call, 10U);
            return;
        }
    }
}

// What a torn write has left may lie far behind the end, and may look like the begin of a group.
TEST_F(LargeSegments, AreSearchedToTheirEndForWhatWasLeftBehind) {
    const std::string path = fill();
    const std::string good = world_.disk.content(path);
    const std::string magic = good.substr(kSegmentHeaderBytes, 4);
    for (const std::uint64_t at : {4 * kMegabyte - 5, 4 * kMegabyte - 4, 4 * kMegabyte - 200'000}) {
        std::string torn = good;
        torn.replace(at, magic.size(), magic);
        world_.disk.put(path, torn);
        ASSERT_TRUE(world_.open().ok());
        EXPECT_EQ(world_.disk.content(path)[at], '\0') << "cut off, at byte " << at;
        const auto found = world_.read();
        ASSERT_TRUE(found.ok()) << found.error().detail;
        EXPECT_EQ(found->size(), 40U);
        world_.stop();
    }
}

TEST_F(SegmentLogReading, RefusesRecordsWhileTooMuchWaits) {
    world_.options.pending_bytes_max = 300;
    ASSERT_TRUE(world_.open().ok());
    ASSERT_TRUE(world_.append(0, sample(1, 100)).has_value());
    const auto refused = world_.log->append({0}, sample(2, 100));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    world_.settle();
    EXPECT_TRUE(world_.append(0, sample(2, 100)).has_value());
    world_.settle();
    EXPECT_EQ(world_.committed.size(), 2U);
}

// A read that fails says nothing of what is there: the start ends, and the next one finds everything.
TEST_F(SegmentLogReading, AnErrorAtEveryCallOfAStartIsToldAndHarmsNothing) {
    for (const bool closed : {true, false}) {
        std::size_t told = 0;
        for (std::uint64_t call = 1;; ++call) {
            SCOPED_TRACE("call " + std::to_string(call));
            LogWorld world;
            ASSERT_TRUE(world.open().ok());
            live(world, 1, false);
            ASSERT_TRUE(!closed || world.log->close().ok());
            world.stop();
            world.disk.restart(fakes::FakeDisk::Survival::killed);

            world.disk.fail_at(
                world.disk.calls() + call, {ErrorCode::internal, "input/output error"}
            );
            const auto opened = world.open();
            const auto found = opened.ok() ? world.read() : LogWorld::Records{};
            const bool failed = !opened.ok() || !found.ok();
            if (failed) {
                const Error& error = opened.ok() ? found.error() : opened.error();
                EXPECT_EQ(error.code, ErrorCode::internal);
                EXPECT_NE(error.detail.find("input/output error"), std::string::npos)
                    << error.detail;
                ++told;
            } else {
                world.check(*found);
            }
            world.stop();
            world.disk.restart(fakes::FakeDisk::Survival::killed);
            ASSERT_TRUE(world.open().ok());
            world.check_after_crash();
            if (!failed || testing::Test::HasFailure()) {
                break;  // that call comes after everything
            }
        }
        EXPECT_GT(told, 10U);
    }
}

}  // namespace
}  // namespace parley::log
