#include "adapters/log/format.h"

#include <string>

#include <gtest/gtest.h>

#include "adapters/log/crc32c.h"
#include "base/binary.h"

/// Headers that contradict themselves under a checksum that is right: what another program, or a later
/// mistake of this one, might have written.

namespace parley::log {
namespace {

constexpr std::size_t kSegmentCrcAt = 60;
constexpr GroupPlace kPlace{.segment_id = 7, .file_offset = 64};

constexpr SegmentHeader kGood{
    .epoch = 1, .id = 7, .first = 5, .synced = 4, .previous = 0, .size = 1'000
};

/// What is wrong with a segment whose header says this; "fine" for nothing.
std::string verdict(const SegmentHeader& header, std::uint32_t reserved = 0) {
    std::string bytes;
    encode_segment_header(header, bytes);
    std::string tail;
    binary::put_u32(tail, reserved);
    bytes.replace(kSegmentCrcAt - 4, 4, tail);
    std::string crc;
    binary::put_u32(crc, crc32c(binary::as_bytes(bytes).first(kSegmentCrcAt)));
    bytes.replace(kSegmentCrcAt, 4, crc);
    const auto decoded = decode_segment_header(binary::as_bytes(bytes));
    return decoded.ok() ? "fine" : decoded.error().detail;
}

TEST(SegmentHeader, IsRefusedWhenItContradictsItself) {
    const std::string refusal = "the segment's header contradicts itself";
    EXPECT_EQ(verdict(kGood), "fine");
    EXPECT_EQ(verdict(kGood, 1), refusal);
    SegmentHeader header = kGood;
    header.synced = header.first;
    EXPECT_EQ(verdict(header), refusal) << "it begins with what it says is before it";
    header = kGood;
    header.size = kSegmentHeaderBytes - 1;
    EXPECT_EQ(verdict(header), refusal) << "it is shorter than its header";
    header.size = kSegmentHeaderBytes;
    EXPECT_EQ(verdict(header), "fine");
}

/// A sealed group, with what `change` does to its fields, sealed again.
template <class Change>
std::optional<GroupHeader> decoded(std::uint32_t count, std::string_view body, Change change) {
    std::string frame(kGroupHeaderBytes, '\0');
    frame += body;
    seal_group(std::as_writable_bytes(std::span(frame)), kPlace, count, 5, 4);
    change(frame);
    // The header's checksum, over its place and its fields.
    std::string covered;
    binary::put_u64(covered, kPlace.segment_id);
    binary::put_u64(covered, kPlace.file_offset);
    covered += frame.substr(8, kGroupHeaderBytes - 8);
    std::string crc;
    binary::put_u32(crc, crc32c(binary::as_bytes(covered)));
    frame.replace(4, 4, crc);
    return decode_group_header(binary::as_bytes(frame), kPlace);
}

void put_u32_at(std::string& frame, std::size_t at, std::uint32_t value) {
    std::string bytes;
    binary::put_u32(bytes, value);
    frame.replace(at, bytes.size(), bytes);
}
void put_u64_at(std::string& frame, std::size_t at, std::uint64_t value) {
    std::string bytes;
    binary::put_u64(bytes, value);
    frame.replace(at, bytes.size(), bytes);
}

// Its fields, from the frame's begin: the body's checksum 8, its bytes 12, the count 16, a zero 20, the first
// offset 24, the last synced one 32.
TEST(GroupHeader, IsNoneWhenItContradictsItself) {
    const auto as_it_is = [](std::string&) {};
    EXPECT_TRUE(decoded(1, "body", as_it_is).has_value());
    EXPECT_TRUE(decoded(0, "", as_it_is).has_value());
    EXPECT_FALSE(decoded(0, "body", as_it_is).has_value()) << "bytes of no record";
    EXPECT_FALSE(decoded(1, "", as_it_is).has_value()) << "a record of no bytes";
    const auto is_there = [](std::size_t at, auto value) {
        return decoded(
                   1,
                   "body",
                   [&](std::string& frame) {
                       if constexpr (sizeof(value) == 4) {
                           put_u32_at(frame, at, value);
                       } else {
                           put_u64_at(frame, at, value);
                       }
                   }
        ).has_value();
    };
    EXPECT_TRUE(is_there(16, std::uint32_t{2}));
    EXPECT_FALSE(is_there(20, std::uint32_t{1})) << "what must be zero";
    EXPECT_FALSE(is_there(32, std::uint64_t{5})) << "it begins with what it says is before it";
    EXPECT_FALSE(is_there(24, ~std::uint64_t{0})) << "more offsets than there are";
}

TEST(GroupHeader, IsNoneWhenItIsShort) {
    std::string frame(kGroupHeaderBytes, '\0');
    seal_group(std::as_writable_bytes(std::span(frame)), kPlace, 0, 5, 4);
    const auto bytes = binary::as_bytes(frame);
    EXPECT_TRUE(decode_group_header(bytes, kPlace).has_value());
    EXPECT_FALSE(decode_group_header(bytes.first(kGroupHeaderBytes - 1), kPlace).has_value());
}

TEST(GroupBody, IsWholeWhenItIsAsLongAndWhatWasSealed) {
    std::string frame(kGroupHeaderBytes, '\0');
    frame += "body";
    seal_group(std::as_writable_bytes(std::span(frame)), kPlace, 1, 5, 4);
    const auto header = decode_group_header(binary::as_bytes(frame), kPlace);
    ASSERT_TRUE(header.has_value());
    EXPECT_TRUE(body_is_whole(*header, binary::as_bytes(std::string_view{"body"})));
    EXPECT_FALSE(body_is_whole(*header, binary::as_bytes(std::string_view{"bod"})));
    EXPECT_FALSE(body_is_whole(*header, binary::as_bytes(std::string_view{"bodz"})));
}

TEST(SegmentName, IsTwentyDigitsAndNothingElse) {
    EXPECT_EQ(segment_name(42), "00000000000000000042.log");
    EXPECT_EQ(parse_segment_name("00000000000000000042.log"), 42U);
    EXPECT_EQ(parse_segment_name(segment_name(~std::uint64_t{0})), ~std::uint64_t{0});
    for (const char* name :
         {"00000000000000000042.lo",
          "0000000000000000042.log",
          "000000000000000000042.log",
          "0000000000000000004x.log",
          "-0000000000000000042.log",
          "99999999999999999999.log",
          "00000000000000000042.lox"}) {
        EXPECT_FALSE(parse_segment_name(name).has_value()) << name;
    }
}

}  // namespace
}  // namespace parley::log
