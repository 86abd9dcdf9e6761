// The start of the log: finding its end, and reading it again.

#include <algorithm>
#include <utility>

#include "adapters/log/segment_log.h"
#include "base/log.h"
#include "base/mutant.h"

namespace parley::log {
namespace {

constexpr std::uint64_t kZerosBytes = 1UL << 20U;

Error refused(std::string detail) {
    return {ErrorCode::internal, "command log: " + std::move(detail)};
}

std::string to_string(LogPosition position) {
    return "epoch " + std::to_string(position.epoch) + " offset " + std::to_string(position.offset);
}

}  // namespace

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(
    Options options, runtime::Disk& disk, runtime::Worker& worker
) {
    auto log = std::make_unique<SegmentLog>(Opening(), std::move(options), disk, worker);
    if (auto recovered = log->recover(); !recovered.ok()) {
        return std::move(recovered).error();
    }
    return log;
}

Result<void> SegmentLog::recover() {
    if (auto made = disk_.make_directory(options_.directory); !made.ok()) {
        return made;
    }
    TRY(segments_, list_segments(disk_, options_.directory));
    epoch_ = options_.epoch;
    if (segments_.empty()) {
        epoch_ = std::max(epoch_, 1U);
    } else {
        const std::uint32_t newest = segments_.back().header.epoch;
        if (epoch_ == 0) {
            epoch_ = newest;
        }
        if (epoch_ < newest) {
            return refused(
                "it is in epoch " + std::to_string(newest) + ", and epoch " +
                std::to_string(epoch_) +
                " was asked for: log and configuration are not of one backup"
            );
        }
        if (auto found = recover_end(); !found.ok()) {
            return found;
        }
    }
    next_offset_ = committed_.load(std::memory_order_relaxed) + 1;
    if (segments_.empty() || segments_.back().header.epoch < epoch_) {
        // An empty group makes the new epoch durable before anybody relies on it.
        std::string frame(kGroupHeaderBytes, '\0');
        return write_in_new_segment(frame, 0, next_offset_);
    }
    return {};
}

Result<void> SegmentLog::recover_end() {
    const Segment& segment = segments_.back();
    TRY(SegmentReader reader, SegmentReader::open(disk_, segment));
    bool marked = false;  // the last group is a mark
    std::uint64_t last_group = 0;
    for (;;) {
        const std::uint64_t begin = reader.position();
        TRY(const auto group, reader.next());
        if (!group) {
            break;
        }
        marked = group->header.count == 0;
        last_group = begin;
    }
    TRY(const SegmentReader::Tail tail, reader.tail());
    if (reader.position() == kSegmentHeaderBytes) {
        return damaged(
            segment.path, reader.position(), "the first group, which was synced, is unreadable"
        );
    }
    if (tail.later_group && !mutant(Mutant::damage_cut)) {
        return damaged(
            segment.path,
            reader.position(),
            "a group that was synced is unreadable; the next one is at byte " +
                std::to_string(*tail.later_group)
        );
    }
    committed_.store(reader.last(), std::memory_order_relaxed);
    end_ = reader.position();
    TRY(file_, disk_.open(segment.path, runtime::OpenMode::existing));
    if (auto done = cut(end_, tail); !done.ok()) {
        return done;
    }
    if (auto made = make_durable(last_group); !made.ok()) {
        return made;
    }
    if (auto synced = disk_.sync_directory(options_.directory); !synced.ok()) {
        return synced;
    }
    // From here on the end is known to be synced. Without room or disk space for the mark it is not.
    if (!marked) {
        if (auto written = write_mark();
            !written.ok() && written.error().code != ErrorCode::unavailable) {
            return written;
        }
    }
    return {};
}

/// The last group may have been read from memory that a power cut would still take, and a sync that failed
/// before this start may have told the kernel to forget that. So it is written again.
Result<void> SegmentLog::make_durable(std::uint64_t last_group) {
    std::vector<std::byte> frame(static_cast<std::size_t>(end_ - last_group));
    TRY(const std::size_t size, file_->read_at(last_group, frame));
    if (size != frame.size()) {
        return damaged(segments_.back().path, last_group + size, "the file became shorter");
    }
    if (auto written = file_->write_at(last_group, frame); !written.ok()) {
        return written;
    }
    return file_->sync();
}

Result<void> SegmentLog::cut(std::uint64_t end, const SegmentReader::Tail& tail) {
    if (tail.used_end <= end) {
        return {};
    }
    log::warn(
        "torn end of the command log cut off: it was not yet committed",
        {{"file", segments_.back().path}, {"at_byte", end}, {"bytes", tail.used_end - end}}
    );
    const std::vector<std::byte> zeros(
        static_cast<std::size_t>(std::min<std::uint64_t>(kZerosBytes, tail.used_end - end))
    );
    for (std::uint64_t at = end; at < tail.used_end;) {
        const std::size_t count =
            static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), tail.used_end - at));
        if (auto done = file_->write_at(at, std::span(zeros).first(count)); !done.ok()) {
            return done;
        }
        at += count;
    }
    return {};
}

Result<void> SegmentLog::replay(
    LogPosition from, const std::function<Result<void>(LogPosition, core::Record)>& visit
) {
    const LogPosition end = committed();
    if (from.offset > end.offset || from.epoch > end.epoch) {
        return refused(
            "the store is ahead of it: the store has " + to_string(from) + ", the log ends at " +
            to_string(end) + ". Restore both from the same backup"
        );
    }
    // The newest segment that begins at or before `from`.
    const auto begins_after = [from](const Segment& segment) {
        return segment.header.synced > from.offset;
    };
    auto at = std::ranges::find_if(segments_, begins_after);
    if (at == segments_.begin()) {
        return refused(
            "it begins after offset " + std::to_string(at->header.synced) +
            ", and the store ends at " + to_string(from) + ". Restore the last backup"
        );
    }
    --at;
    const bool inside = from.offset > at->header.synced;
    if (from.offset > 0 &&
        (inside ? from.epoch != at->header.epoch : from.epoch > at->header.epoch)) {
        return refused(
            "the store ends at " + to_string(from) + ", which is epoch " +
            std::to_string(at->header.epoch) + " in the log. Restore both from the same backup"
        );
    }
    for (; at != segments_.end(); ++at) {
        const bool newest = std::next(at) == segments_.end();
        const std::uint64_t last = newest ? end.offset : std::next(at)->header.synced;
        if (auto read = replay_segment(*at, last, from, visit); !read.ok()) {
            return read;
        }
    }
    return {};
}

Result<void> SegmentLog::replay_segment(
    const Segment& segment, std::uint64_t last, LogPosition from, const Visit& visit
) {
    const auto visit_newer = [&](LogPosition position, core::Record record) -> Result<void> {
        if (position.offset <= from.offset) {
            return {};
        }
        return visit(position, std::move(record));
    };
    TRY(SegmentReader reader, SegmentReader::open(disk_, segment));
    for (;;) {
        TRY(const auto group, reader.next());
        if (!group) {
            break;
        }
        if (group->header.last() <= from.offset) {
            continue;
        }
        if (auto visited = visit_records(segment, *group, visit_newer); !visited.ok()) {
            return visited;
        }
    }
    if (reader.last() != last) {
        return damaged(
            segment.path,
            reader.position(),
            "the log goes on to offset " + std::to_string(last) + ", and is unreadable after " +
                std::to_string(reader.last())
        );
    }
    return {};
}

}  // namespace parley::log
