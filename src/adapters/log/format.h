#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// The bytes of a segment file, and nothing about files: docs/formats.md has the tables.

namespace parley::log {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kGroupHeaderBytes = 40;

/// The start of every segment. Its first 64 bytes keep their meaning in later format versions.
struct SegmentHeader {
    std::uint32_t epoch = 0;
    std::uint64_t id = 0;  ///< hard to guess, so that nobody can send bytes that look like a group
    std::uint64_t first = 0;     ///< the lowest offset it can hold; also the file's name
    std::uint64_t synced = 0;    ///< the newest offset that was durable before this segment
    std::uint64_t previous = 0;  ///< `first` of the segment before; 0: there was none
    std::uint64_t size = 0;      ///< bytes of the whole file

    friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

void encode_segment_header(const SegmentHeader& header, std::string& out);
/// `internal` for bytes that are no header, are damaged, or belong to a newer format.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(std::span<const std::byte> bytes);

/// Records that were written and synced as one. Without records it only names what is synced.
struct GroupHeader {
    std::uint32_t body_crc = 0;
    std::uint32_t body_bytes = 0;
    std::uint32_t count = 0;  ///< records; their offsets are first, first + 1 …
    std::uint64_t first =
        0;  ///< of the first record; past `synced`, with a gap where some were refused
    std::uint64_t synced = 0;  ///< the newest offset that was durable before this group

    /// The newest offset in the log up to and including this group.
    [[nodiscard]] std::uint64_t last() const noexcept {
        return count == 0 ? synced : first + count - 1;
    }
    friend bool operator==(const GroupHeader&, const GroupHeader&) = default;
};

/// Where a group lies. Its checksums cover this too: bytes of another segment, or of another place, are
/// never taken for a group.
struct GroupPlace {
    std::uint64_t segment_id = 0;
    std::uint64_t file_offset = 0;
};

/// Fills the first kGroupHeaderBytes of `frame`, whose body follows them, and checksums both.
void seal_group(
    std::span<std::byte> frame,
    GroupPlace place,
    std::uint32_t count,
    std::uint64_t first,
    std::uint64_t synced
);
/// Nothing for bytes that are not a group header of this very place.
[[nodiscard]] std::optional<GroupHeader> decode_group_header(
    std::span<const std::byte> bytes, GroupPlace place
);
[[nodiscard]] bool body_is_whole(const GroupHeader& header, std::span<const std::byte> body);
/// The first index at or after `from` where a group header may begin; npos when there is none.
[[nodiscard]] std::size_t find_group_magic(std::string_view bytes, std::size_t from) noexcept;

/// "00000000000000000042.log"
[[nodiscard]] std::string segment_name(std::uint64_t first);
[[nodiscard]] std::optional<std::uint64_t> parse_segment_name(std::string_view name) noexcept;

}  // namespace parley::log
