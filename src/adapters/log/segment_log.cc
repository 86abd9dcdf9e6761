#include "adapters/log/segment_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/binary.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mutant.h"
#include "ports/record_codec.h"

namespace parley::log {
namespace {

/// The next segment's file until it holds its first group.
constexpr std::string_view kPreparedName = "prepared.tmp";
/// A batch's memory beyond this is given back.
constexpr std::size_t kKeptBytesMax = 1UL << 20U;
constexpr std::string_view kFailedDetail =
    "the command log has failed: see the server's log, repair the disk, restart";

Error failed_error() {
    return {ErrorCode::internal, std::string(kFailedDetail)};
}

std::span<std::byte> writable(std::string& bytes) noexcept {
    return std::as_writable_bytes(std::span(bytes));
}

std::uint64_t segment_id(std::uint64_t seed, std::uint32_t epoch, std::uint64_t first) {
    std::string text;
    binary::put_u64(text, seed);
    binary::put_u32(text, epoch);
    binary::put_u64(text, first);
    return hash128(text).low;
}

}  // namespace

SegmentLog::SegmentLog(
    Opening /*unused*/, Options options, runtime::Disk& disk, runtime::Worker& worker
)
    : options_(std::move(options)), disk_(disk), worker_(worker) {
    PARLEY_ASSERT(options_.segment_bytes > kSegmentHeaderBytes + 2 * kGroupHeaderBytes);
    PARLEY_ASSERT(options_.group_bytes_max > kGroupHeaderBytes);
}

std::string SegmentLog::path_of(const std::string& name) const {
    return options_.directory + "/" + name;
}

std::size_t SegmentLog::frame_bytes_max() const noexcept {
    const std::uint64_t room = options_.segment_bytes - kSegmentHeaderBytes;
    return static_cast<std::size_t>(std::min<std::uint64_t>(room, options_.group_bytes_max));
}

void SegmentLog::attach(runtime::Loop& loop, ports::CommitListener& listener) {
    const std::scoped_lock lock(mutex_);
    const std::size_t at = loop.id().value;
    if (listeners_.size() <= at) {
        listeners_.resize(at + 1);
    }
    listeners_[at] = {.loop = &loop, .listener = &listener};
}

LogPosition SegmentLog::committed() const noexcept {
    return {.epoch = epoch_, .offset = committed_.load(std::memory_order_acquire)};
}

std::size_t SegmentLog::queued_bytes() const noexcept {
    return queued_bytes_.load(std::memory_order_relaxed);
}

// --- append -------------------------------------------------------------------------------------

SegmentLog::Batch& SegmentLog::batch_for(std::size_t bytes) {
    if (pending_.empty() || pending_.back().frame.size() + bytes > frame_bytes_max()) {
        Batch& batch = pending_.emplace_back(std::exchange(spare_, {}));
        batch.frame.assign(kGroupHeaderBytes, '\0');
        batch.count = 0;
        batch.first = next_offset_;
        batch.shares.assign(listeners_.size(), {});
    }
    return pending_.back();
}

Result<std::uint64_t> SegmentLog::append(runtime::LoopId loop, const core::Record& record) {
    // Encoding outside the lock; the buffer keeps its memory from one record to the next.
    static thread_local std::string encoded;
    encoded.clear();
    ports::encode_record(record, encoded);
    const std::size_t bytes = binary::kVarintBytesMax + encoded.size();
    if (kGroupHeaderBytes + bytes > frame_bytes_max()) {
        return Error{ErrorCode::too_large, "the record is larger than a segment of the log"};
    }
    std::uint64_t offset = 0;
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        PARLEY_ASSERT(loop.value < listeners_.size());
        PARLEY_ASSERT(listeners_[loop.value].listener != nullptr);
        if (failed()) {
            return failed_error();
        }
        if (queued_bytes() + bytes > options_.pending_bytes_max) {
            return Error{ErrorCode::unavailable, "too much is waiting for the command log"};
        }
        Batch& batch = batch_for(bytes);
        const std::size_t before = batch.frame.size();
        binary::put_bytes(batch.frame, encoded);
        queued_bytes_.fetch_add(batch.frame.size() - before, std::memory_order_relaxed);
        offset = next_offset_++;
        ++batch.count;
        batch.shares.resize(listeners_.size());
        Share& share = batch.shares[loop.value];
        share.first = share.first == 0 ? offset : share.first;
        share.last = offset;
        wake = !std::exchange(scheduled_, true);
    }
    if (wake) {
        worker_.post([this] { commit_next(); });
    }
    return offset;
}

// --- on the worker ------------------------------------------------------------------------------

void SegmentLog::commit_next() {
    Batch batch;
    {
        const std::scoped_lock lock(mutex_);
        PARLEY_ASSERT(!pending_.empty());
        batch = std::move(pending_.front());
        pending_.pop_front();
    }
    const Result<void> written = failed() ? Result<void>(failed_error()) : write_group(batch);
    settle(batch, written);
    bool more = false;
    {
        const std::scoped_lock lock(mutex_);
        more = scheduled_ = !pending_.empty();
        if (batch.frame.capacity() <= kKeptBytesMax) {
            spare_ = std::move(batch);
        }
    }
    if (more) {
        // As a job of its own, so that what else the worker has to do gets its turn.
        worker_.post([this] { commit_next(); });
    } else if (!failed()) {
        prepare_if_half_full();
    }
}

Result<void> SegmentLog::write_group(Batch& batch) {
    const Segment& segment = segments_.back();
    const bool fits = end_ + batch.frame.size() <= segment.header.size;
    auto written = fits ? write_in_place(batch.frame, batch.count, batch.first)
                        : write_in_new_segment(batch.frame, batch.count, batch.first);
    if (written.ok()) {
        warned_full_ = false;
        return written;
    }
    if (written.error().code != ErrorCode::unavailable) {
        fail(written.error());
        return failed_error();
    }
    if (!std::exchange(warned_full_, true)) {
        log::error("command log refuses records", {{"reason", written.error().detail}});
    }
    return written;
}

/// `unavailable`: nothing of the group can be read, and the next one may go to the same place.
Result<void> SegmentLog::write_in_place(
    std::string& frame, std::uint32_t count, std::uint64_t first
) {
    const GroupPlace place{.segment_id = segments_.back().header.id, .file_offset = end_};
    seal_group(writable(frame), place, count, first, committed_.load(std::memory_order_relaxed));
    auto written = file_->write_at(end_, writable(frame));
    if (!written.ok()) {
        if (written.error().code != ErrorCode::unavailable) {
            return written;
        }
        // Some of it may be there: without its header it is no group.
        const std::array<std::byte, kGroupHeaderBytes> zeros{};
        auto erased = file_->write_at(end_, zeros);
        if (erased.ok()) {
            erased = file_->sync();
        }
        if (!erased.ok()) {
            return Error{ErrorCode::internal, erased.error().detail};
        }
        return written;
    }
    Result<void> synced;
    if (!mutant(Mutant::ack_before_sync)) {
        synced = file_->sync();
    }
    if (!mutant(Mutant::sync_error_ignored) && !synced.ok()) {
        return Error{ErrorCode::internal, synced.error().detail};
    }
    end_ += frame.size();
    return {};
}

/// A segment gets its name when it holds its first group, durably: a file of that name is never half made.
Result<void> SegmentLog::write_in_new_segment(
    std::string& frame, std::uint32_t count, std::uint64_t first
) {
    const std::uint64_t synced = committed_.load(std::memory_order_relaxed);
    std::uint64_t previous = 0;
    if (!segments_.empty()) {
        const SegmentHeader& newest = segments_.back().header;
        previous = newest.first == first ? newest.previous : newest.first;
    }
    const SegmentHeader header{
        .epoch = epoch_,
        .id = segment_id(options_.seed, epoch_, first),
        .first = first,
        .synced = synced,
        .previous = previous,
        .size = options_.segment_bytes
    };
    const GroupPlace place{.segment_id = header.id, .file_offset = kSegmentHeaderBytes};
    seal_group(writable(frame), place, count, first, synced);
    std::string bytes;
    bytes.reserve(kSegmentHeaderBytes + frame.size());
    encode_segment_header(header, bytes);
    bytes += frame;
    if (prepared_ == nullptr) {
        if (auto prepared = prepare(); !prepared.ok()) {
            return prepared;
        }
    }
    auto shown = show_segment(header, bytes);
    if (!shown.ok()) {
        discard_prepared();
        return shown;
    }
    end_ = bytes.size();
    return {};
}

Result<void> SegmentLog::show_segment(const SegmentHeader& header, const std::string& bytes) {
    if (auto written = prepared_->write_at(0, binary::as_bytes(bytes)); !written.ok()) {
        return written;
    }
    if (auto synced = prepared_->sync(); !synced.ok()) {
        return Error{ErrorCode::internal, synced.error().detail};
    }
    const std::string path = path_of(segment_name(header.first));
    auto renamed = disk_.rename(path_of(std::string(kPreparedName)), path);
    if (!renamed.ok()) {
        return renamed;
    }
    Result<void> listed;
    if (!mutant(Mutant::no_directory_sync)) {
        listed = disk_.sync_directory(options_.directory);
    }
    if (!listed.ok()) {
        return Error{ErrorCode::internal, listed.error().detail};
    }
    file_ = std::move(prepared_);
    if (!segments_.empty() && segments_.back().header.first == header.first) {
        segments_.pop_back();  // It held no record, and has just been replaced.
    }
    segments_.push_back({.path = path, .header = header});
    return {};
}

Result<void> SegmentLog::prepare() {
    const std::string path = path_of(std::string(kPreparedName));
    auto file = disk_.open(path, runtime::OpenMode::create_new);
    if (!file.ok() && file.error().code == ErrorCode::conflict) {
        if (auto removed = disk_.remove(path); !removed.ok()) {
            return removed;
        }
        file = disk_.open(path, runtime::OpenMode::create_new);
    }
    if (!file.ok()) {
        return std::move(file).error();
    }
    prepared_ = std::move(*file);
    auto made = prepared_->preallocate(options_.segment_bytes);
    if (made.ok()) {
        made = prepared_->sync();
        if (!made.ok()) {
            // Nothing of the log is in it: losing it is no worse than a full disk.
            made = Error{ErrorCode::unavailable, made.error().detail};
        }
    }
    if (!made.ok()) {
        discard_prepared();
    }
    return made;
}

void SegmentLog::discard_prepared() {
    prepared_.reset();
    // What stays is removed by the next prepare, or by the next start.
    if (auto removed = disk_.remove(path_of(std::string(kPreparedName))); !removed.ok()) {
        log::warn("cannot remove a prepared log segment", {{"reason", removed.error().detail}});
    }
}

void SegmentLog::prepare_if_half_full() {
    if (prepared_ != nullptr || end_ < segments_.back().header.size / 2) {
        return;
    }
    // Tried again after each group that goes into the half that is left: told once.
    const auto prepared = prepare();
    if (!prepared.ok() && !warned_prepare_) {
        log::warn("cannot prepare the next log segment", {{"reason", prepared.error().detail}});
    }
    warned_prepare_ = !prepared.ok();
}

void SegmentLog::settle(const Batch& batch, const Result<void>& written) {
    queued_bytes_.fetch_sub(batch.frame.size() - kGroupHeaderBytes, std::memory_order_relaxed);
    if (written.ok()) {
        committed_.store(batch.first + batch.count - 1, std::memory_order_release);
        counters_.groups.add(0);
        counters_.records.add(0, batch.count);
        counters_.bytes.add(0, static_cast<std::int64_t>(batch.frame.size()));
    } else {
        counters_.refused.add(0, batch.count);
    }
    for (std::size_t id = 0; id < batch.shares.size(); ++id) {
        const Share share = batch.shares[id];
        if (share.first == 0) {
            continue;
        }
        Listener to;
        {
            const std::scoped_lock lock(mutex_);
            to = listeners_[id];
        }
        if (written.ok()) {
            to.loop->post([to, share] { to.listener->on_committed(share.first, share.last); });
        } else {
            to.loop->post([to, share, error = written.error()] {
                to.listener->on_refused(share.first, share.last, error);
            });
        }
    }
}

void SegmentLog::fail(const Error& error) {
    const std::scoped_lock lock(mutex_);
    failed_.store(true, std::memory_order_relaxed);
    log::error("command log failed", {{"reason", error.detail}});
}

void SegmentLog::release(LogPosition position) {
    worker_.post([this, position] { release_now(position); });
}

void SegmentLog::release_now(LogPosition position) {
    if (failed() || holds_ > 0) {
        return;
    }
    // One at a time: removals become durable in any order, and a power cut must not leave a hole.
    while (segments_.size() > 1) {
        const Segment& oldest = segments_.front();
        const LogPosition end{.epoch = oldest.header.epoch, .offset = segments_[1].header.synced};
        if (position < end) {
            return;
        }
        auto removed = disk_.remove(oldest.path);
        if (!removed.ok() && removed.error().code != ErrorCode::not_found) {
            log::warn("cannot remove a log segment", {{"reason", removed.error().detail}});
            return;
        }
        if (auto synced = disk_.sync_directory(options_.directory); !synced.ok()) {
            log::warn("cannot sync the log's directory", {{"reason", synced.error().detail}});
            return;  // The next release finds it gone, and syncs again.
        }
        segments_.erase(segments_.begin());
    }
}

void SegmentLog::roll() {
    worker_.post([this] { roll_now(); });
}

void SegmentLog::roll_now() {
    const std::uint64_t newest = committed_.load(std::memory_order_relaxed);
    if (failed() || segments_.empty() || newest <= segments_.back().header.synced) {
        return;
    }
    // An empty group, as a new epoch begins with: a segment is never without a first group.
    std::string frame(kGroupHeaderBytes, '\0');
    const auto written = write_in_new_segment(frame, 0, newest + 1);
    if (written.ok()) {
        return;
    }
    if (written.error().code != ErrorCode::unavailable) {
        fail(written.error());
        return;
    }
    log::warn("cannot begin a new log segment", {{"reason", written.error().detail}});
}

Result<SegmentLog::Snapshot> SegmentLog::snapshot(LogPosition from) const {
    if (failed()) {
        return failed_error();
    }
    const auto begins_after = [from](const Segment& segment) {
        return segment.header.synced > from.offset;
    };
    auto at = std::ranges::find_if(segments_, begins_after);
    if (at == segments_.begin()) {
        return Error{ErrorCode::internal, "the command log does not reach back to the store"};
    }
    Snapshot snapshot;
    snapshot.end = committed();
    for (--at; at != segments_.end(); ++at) {
        const bool newest = std::next(at) == segments_.end();
        snapshot.pieces.push_back(
            {.name = at->path.substr(at->path.rfind('/') + 1),
             .bytes = newest ? end_ : at->header.size,
             .size = at->header.size}
        );
    }
    return snapshot;
}

Result<void> SegmentLog::write_mark() {
    if (end_ + kGroupHeaderBytes > segments_.back().header.size) {
        return {};
    }
    std::string frame(kGroupHeaderBytes, '\0');
    return write_in_place(frame, 0, committed_.load(std::memory_order_relaxed) + 1);
}

Result<void> SegmentLog::close() {
    if (failed()) {
        return failed_error();
    }
    return write_mark();
}

}  // namespace parley::log
