#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/log/format.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/record.h"
#include "runtime/disk.h"

namespace parley::log {

/// An `internal` error that names the place and what to do about it.
[[nodiscard]] Error damaged(
    const std::string& path, std::uint64_t file_offset, std::string_view what
);

/// A segment file and what its header says.
struct Segment {
    std::string path;
    SegmentHeader header;
};

/// The segments of `directory`, oldest first. Reads headers only. Fails where one is damaged or missing
/// between two others, or where epochs go back.
[[nodiscard]] Result<std::vector<Segment>> list_segments(
    runtime::Disk& disk, const std::string& directory
);

/// Reads one segment's groups in order and checks each against the one before. Holds a window of the
/// file, at least as large as the largest group.
class SegmentReader {
public:
    struct Group {
        GroupHeader header;
        std::uint64_t file_offset = 0;
        std::span<const std::byte> body;  ///< valid until the next call
    };
    /// What lies behind the last whole group.
    struct Tail {
        std::optional<std::uint64_t>
            later_group;             ///< file offset of a group header that is in order
        std::uint64_t used_end = 0;  ///< past the last byte that is not zero
    };

    [[nodiscard]] static Result<SegmentReader> open(runtime::Disk& disk, const Segment& segment);

    /// The next whole group; nothing where there is none, be it the end or damage: `tail` tells. An error
    /// is one of reading, or a group that is whole and does not continue the log.
    [[nodiscard]] Result<std::optional<Group>> next();
    /// Where the next group begins, or would.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
    /// The newest offset in the log up to here.
    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
    /// Reads from position() to the end of the file.
    [[nodiscard]] Result<Tail> tail();

private:
    SegmentReader(std::unique_ptr<runtime::File> file, const Segment& segment);
    /// `count` bytes at `offset`, or as many as there are.
    [[nodiscard]] Result<std::span<const std::byte>> bytes_at(
        std::uint64_t offset, std::size_t count
    );

    std::unique_ptr<runtime::File> file_;
    Segment segment_;
    std::uint64_t position_ = kSegmentHeaderBytes;
    std::uint64_t last_ = 0;
    std::vector<std::byte> window_;
    std::uint64_t window_at_ = 0;
};

/// Calls `visit` for each record of a group, whose header says which offsets they have. A group whose
/// checksum is right and whose records are not is damage too.
[[nodiscard]] Result<void> visit_records(
    const Segment& segment,
    const SegmentReader::Group& group,
    const std::function<Result<void>(LogPosition, core::Record)>& visit
);

}  // namespace parley::log
