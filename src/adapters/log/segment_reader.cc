#include "adapters/log/segment_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/binary.h"
#include "base/log.h"
#include "base/mutant.h"
#include "ports/record_codec.h"

namespace parley::log {
namespace {

constexpr std::size_t kWindowBytes = 1UL << 20U;

Result<Segment> read_header(
    runtime::Disk& disk, const std::string& directory, const std::string& name, std::uint64_t first
) {
    Segment segment{.path = directory + "/" + name, .header = {}};
    TRY(const auto file, disk.open(segment.path, runtime::OpenMode::read_only));
    std::array<std::byte, kSegmentHeaderBytes> bytes{};
    TRY(const std::size_t size, file->read_at(0, bytes));
    auto header = decode_segment_header(std::span(bytes).first(size));
    if (!header.ok()) {
        return damaged(segment.path, 0, header.error().detail);
    }
    segment.header = *header;
    if (segment.header.first != first) {
        return damaged(
            segment.path,
            0,
            "the file is named after another segment: its header says " +
                segment_name(segment.header.first)
        );
    }
    TRY(const std::uint64_t file_size, file->size());
    if (file_size != segment.header.size) {
        return damaged(
            segment.path,
            file_size,
            "the file has " + std::to_string(file_size) + " bytes and was made with " +
                std::to_string(segment.header.size)
        );
    }
    return segment;
}

}  // namespace

Error damaged(const std::string& path, std::uint64_t file_offset, std::string_view what) {
    return {
        ErrorCode::internal,
        "command log, " + path + " at byte " + std::to_string(file_offset) + ": " +
            std::string(what) + ". Nothing was changed. Restore the last backup"
    };
}

Result<std::vector<Segment>> list_segments(runtime::Disk& disk, const std::string& directory) {
    TRY(const std::vector<std::string> names, disk.list(directory));
    std::vector<Segment> segments;
    for (const std::string& name : names) {
        const auto first = parse_segment_name(name);
        if (!first) {
            continue;
        }
        TRY(Segment segment, read_header(disk, directory, name, *first));
        if (!segments.empty()) {
            const SegmentHeader& before = segments.back().header;
            if (segment.header.previous != before.first) {
                return damaged(
                    segment.path,
                    0,
                    "the segment before it is missing: " + segment_name(segment.header.previous)
                );
            }
            if (segment.header.epoch < before.epoch) {
                return damaged(
                    segment.path,
                    0,
                    "its epoch " + std::to_string(segment.header.epoch) +
                        " is lower than the one before, " + std::to_string(before.epoch)
                );
            }
        }
        segments.push_back(std::move(segment));
    }
    return segments;
}

SegmentReader::SegmentReader(std::unique_ptr<runtime::File> file, const Segment& segment)
    : file_(std::move(file)), segment_(segment), last_(segment.header.synced) {}

Result<SegmentReader> SegmentReader::open(runtime::Disk& disk, const Segment& segment) {
    TRY(auto file, disk.open(segment.path, runtime::OpenMode::read_only));
    return SegmentReader(std::move(file), segment);
}

Result<std::span<const std::byte>> SegmentReader::bytes_at(
    std::uint64_t offset, std::size_t count
) {
    const std::uint64_t window_end = window_at_ + window_.size();
    if (offset < window_at_ || offset + count > window_end) {
        const std::uint64_t left = segment_.header.size - std::min(segment_.header.size, offset);
        window_.resize(std::max(count, std::min(kWindowBytes, static_cast<std::size_t>(left))));
        window_at_ = offset;
        TRY(const std::size_t size, file_->read_at(offset, window_));
        window_.resize(size);
    }
    const std::span<const std::byte> there = window_;
    const std::size_t skip = static_cast<std::size_t>(offset - window_at_);
    return there.subspan(skip, std::min(count, there.size() - skip));
}

Result<std::optional<SegmentReader::Group>> SegmentReader::next() {
    TRY(const auto header_bytes, bytes_at(position_, kGroupHeaderBytes));
    const GroupPlace place{.segment_id = segment_.header.id, .file_offset = position_};
    const auto header = decode_group_header(header_bytes, place);
    const std::uint64_t room = segment_.header.size - std::min(segment_.header.size, position_);
    if (!header || header->body_bytes + kGroupHeaderBytes > room) {
        return std::optional<Group>{};
    }
    if (header->synced != last_) {
        return damaged(
            segment_.path,
            position_,
            "this group follows offset " + std::to_string(header->synced) +
                ", and the log before it ends at " + std::to_string(last_)
        );
    }
    TRY(const auto frame, bytes_at(position_, kGroupHeaderBytes + header->body_bytes));
    if (frame.size() < kGroupHeaderBytes ||
        (!body_is_whole(*header, frame.subspan(kGroupHeaderBytes)) &&
         !mutant(Mutant::torn_tail_accepted))) {
        return std::optional<Group>{};
    }
    Group group{
        .header = *header, .file_offset = position_, .body = frame.subspan(kGroupHeaderBytes)
    };
    position_ += frame.size();
    last_ = header->last();
    return std::optional(group);
}

Result<SegmentReader::Tail> SegmentReader::tail() {
    Tail tail{.later_group = std::nullopt, .used_end = position_};
    for (std::uint64_t at = position_; at < segment_.header.size;) {
        TRY(const auto bytes, bytes_at(at, kWindowBytes));
        if (bytes.empty()) {
            break;
        }
        const std::string_view text = binary::as_text(bytes);
        if (const auto used = text.find_last_not_of('\0'); used != std::string_view::npos) {
            tail.used_end = at + used + 1;
        }
        for (std::size_t found = find_group_magic(text, 0); found != std::string_view::npos;
             found = find_group_magic(text, found + 1)) {
            if (found + kGroupHeaderBytes > bytes.size()) {
                break;  // The next window begins before it.
            }
            const GroupPlace place{.segment_id = segment_.header.id, .file_offset = at + found};
            if (place.file_offset > position_ && decode_group_header(bytes.subspan(found), place)) {
                tail.later_group = place.file_offset;
                return tail;
            }
        }
        // Windows overlap, so that a header across their border is seen.
        const bool at_end = bytes.size() < kWindowBytes;
        at += at_end ? bytes.size() : bytes.size() - kGroupHeaderBytes;
    }
    return tail;
}

Result<void> visit_records(
    const Segment& segment,
    const SegmentReader::Group& group,
    const std::function<Result<void>(LogPosition, core::Record)>& visit
) {
    binary::Reader in(group.body);
    for (std::uint32_t i = 0; i < group.header.count; ++i) {
        const std::uint64_t offset = group.header.first + i;
        const auto bytes = in.raw_bytes(in.varint());
        if (!in.ok()) {
            return damaged(
                segment.path, group.file_offset, "a group has fewer records than its header says"
            );
        }
        auto record = ports::decode_record(bytes);
        if (!record.ok()) {
            return damaged(
                segment.path,
                group.file_offset,
                "record " + std::to_string(offset) + ": " + record.error().detail
            );
        }
        const LogPosition position{.epoch = segment.header.epoch, .offset = offset};
        if (auto visited = visit(position, std::move(*record)); !visited.ok()) {
            return visited;
        }
    }
    if (!in.done()) {
        return damaged(segment.path, group.file_offset, "a group has more bytes than its records");
    }
    return {};
}

}  // namespace parley::log
