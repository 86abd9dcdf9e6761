#include "adapters/log/format.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "adapters/log/crc32c.h"
#include "base/assert.h"
#include "base/binary.h"

namespace parley::log {
namespace {

constexpr std::string_view kSegmentMagic = "parleylg";
constexpr std::string_view kGroupMagic = "\xA7PG1";
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kSegmentCrcAt = 60;
constexpr std::size_t kGroupCrcAt = 4;
constexpr std::size_t kGroupFieldsAt = 8;
constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kNameEnd = ".log";

std::uint32_t group_header_crc(std::span<const std::byte> fields, GroupPlace place) {
    std::string where;
    binary::put_u64(where, place.segment_id);
    binary::put_u64(where, place.file_offset);
    return crc32c(fields, crc32c(binary::as_bytes(where)));
}

}  // namespace

void encode_segment_header(const SegmentHeader& header, std::string& out) {
    const std::size_t start = out.size();
    out += kSegmentMagic;
    binary::put_u32(out, kFormatVersion);
    binary::put_u32(out, header.epoch);
    binary::put_u64(out, header.id);
    binary::put_u64(out, header.first);
    binary::put_u64(out, header.synced);
    binary::put_u64(out, header.previous);
    binary::put_u64(out, header.size);
    binary::put_u32(out, 0);
    const auto covered = binary::as_bytes(out).subspan(start);
    PARLEY_ASSERT(covered.size() == kSegmentCrcAt);
    binary::put_u32(out, crc32c(covered));
}

Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes) {
    if (bytes.size() < kSegmentHeaderBytes) {
        return Error{ErrorCode::internal, "the file is too short for a segment of the log"};
    }
    binary::Reader in(bytes.first(kSegmentHeaderBytes));
    if (binary::as_text(in.raw_bytes(kSegmentMagic.size())) != kSegmentMagic) {
        return Error{ErrorCode::internal, "the file does not begin as a segment of the log"};
    }
    const std::uint32_t version = in.u32();
    SegmentHeader header;
    header.epoch = in.u32();
    header.id = in.u64();
    header.first = in.u64();
    header.synced = in.u64();
    header.previous = in.u64();
    header.size = in.u64();
    const std::uint32_t reserved = in.u32();
    if (in.u32() != crc32c(bytes.first(kSegmentCrcAt))) {
        return Error{ErrorCode::internal, "the segment's header is damaged"};
    }
    if (version != kFormatVersion) {
        return Error{
            ErrorCode::internal,
            "the segment has format version " + std::to_string(version) +
                ", this program reads version " + std::to_string(kFormatVersion)
        };
    }
    if (reserved != 0 || header.first <= header.synced || header.size < kSegmentHeaderBytes) {
        return Error{ErrorCode::internal, "the segment's header contradicts itself"};
    }
    return header;
}

void seal_group(
    std::span<std::byte> frame,
    GroupPlace place,
    std::uint32_t count,
    std::uint64_t first,
    std::uint64_t synced
) {
    PARLEY_ASSERT(frame.size() >= kGroupHeaderBytes);
    PARLEY_ASSERT(first > synced);
    const std::span<const std::byte> body = frame.subspan(kGroupHeaderBytes);
    std::string fields;
    binary::put_u32(fields, crc32c(body));
    binary::put_u32(fields, static_cast<std::uint32_t>(body.size()));
    binary::put_u32(fields, count);
    binary::put_u32(fields, 0);
    binary::put_u64(fields, first);
    binary::put_u64(fields, synced);
    std::string header(kGroupMagic);
    binary::put_u32(header, group_header_crc(binary::as_bytes(fields), place));
    header += fields;
    PARLEY_ASSERT(header.size() == kGroupHeaderBytes);
    std::memcpy(frame.data(), header.data(), header.size());
}

std::optional<GroupHeader> decode_group_header(std::span<const std::byte> bytes, GroupPlace place) {
    if (bytes.size() < kGroupHeaderBytes ||
        binary::as_text(bytes.first(kGroupCrcAt)) != kGroupMagic) {
        return std::nullopt;
    }
    const auto fields = bytes.subspan(kGroupFieldsAt, kGroupHeaderBytes - kGroupFieldsAt);
    if (binary::Reader(bytes.subspan(kGroupCrcAt)).u32() != group_header_crc(fields, place)) {
        return std::nullopt;
    }
    binary::Reader in(fields);
    GroupHeader header;
    header.body_crc = in.u32();
    header.body_bytes = in.u32();
    header.count = in.u32();
    const std::uint32_t reserved = in.u32();
    header.first = in.u64();
    header.synced = in.u64();
    const bool empty = header.count == 0;
    if (reserved != 0 || header.first <= header.synced || empty != (header.body_bytes == 0) ||
        header.first + header.count < header.first) {
        return std::nullopt;
    }
    return header;
}

bool body_is_whole(const GroupHeader& header, std::span<const std::byte> body) {
    return body.size() == header.body_bytes && crc32c(body) == header.body_crc;
}

std::size_t find_group_magic(std::string_view bytes, std::size_t from) noexcept {
    return bytes.find(kGroupMagic, from);
}

std::string segment_name(std::uint64_t first) {
    const std::string digits = std::to_string(first);
    return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kNameEnd);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) noexcept {
    if (name.size() != kNameDigits + kNameEnd.size() || !name.ends_with(kNameEnd)) {
        return std::nullopt;
    }
    std::uint64_t first = 0;
    const char* begin = &name.front();
    const char* end = begin + kNameDigits;
    const auto [stopped, error] = std::from_chars(begin, end, first);
    if (error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return first;
}

}  // namespace parley::log
