#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/log/segment_reader.h"
#include "base/metrics.h"
#include "base/result.h"
#include "ports/command_log.h"
#include "runtime/disk.h"
#include "runtime/loop.h"
#include "runtime/pool.h"

namespace parley::log {

/// The embedded command log: segment files, written by one worker, one group at a time.
///
/// `append` copies the record behind those that wait. The worker takes all that waits, writes it as one
/// group, syncs once, and posts one job to each loop that had records in it; meanwhile the next group
/// gathers. So a lone record costs one sync, and a thousand at once cost one sync too.
///
/// A group is refused with `unavailable` when the disk is full: it is made unreadable and the next group
/// is tried again. Any other failure of a write or sync fails the log for good: what is on the disk is
/// then unknown, no sync is repeated, and everything is refused with `internal` until a restart reads what
/// is there (records refused so may turn out to be in it).
///
/// Uses the disk and the worker it is given and nothing else, so it runs unchanged in the simulation.
/// Thread-safe, but for open, replay and close. It must outlive the jobs it has posted: destroy it when
/// worker and loops have stopped. Destroying writes nothing.
class SegmentLog final : public ports::CommandLog {
    struct Opening {
        explicit Opening() = default;
    };

public:
    struct Options {
        std::string directory;  ///< made when it is not there
        /// Of a new segment's file. A record must fit in one segment.
        std::uint64_t segment_bytes = 64ULL * 1024 * 1024;
        /// What may wait to be written; more: `unavailable`.
        std::size_t pending_bytes_max = 64UL * 1024 * 1024;
        /// Of one group, so that a long queue becomes several groups.
        std::size_t group_bytes_max = 4UL * 1024 * 1024;
        /// Of new records. 0: that of the newest segment, 1 for an empty log. Less than that of the
        /// newest segment is refused.
        std::uint32_t epoch = 0;
        /// Chance, at each start, for the ids of new segments: whoever can guess an id could send content
        /// that looks like a group to a reader that searches a damaged segment.
        std::uint64_t seed = 0;
    };
    /// What it has done, for /metrics.
    struct Counters {
        metrics::Counter groups;
        metrics::Counter records;
        metrics::Counter bytes;
        metrics::Counter refused;  ///< records
    };

    /// Finds the end of what is durable. A torn last group is cut off (and logged); damage before that is
    /// `internal`, with nothing changed and a detail that names file and place. Blocks.
    [[nodiscard]] static Result<std::unique_ptr<SegmentLog>> open(
        Options options, runtime::Disk& disk, runtime::Worker& worker
    );

    /// For `open` alone.
    SegmentLog(Opening /*unused*/, Options options, runtime::Disk& disk, runtime::Worker& worker);
    SegmentLog(const SegmentLog&) = delete;
    SegmentLog& operator=(const SegmentLog&) = delete;
    SegmentLog(SegmentLog&&) = delete;
    SegmentLog& operator=(SegmentLog&&) = delete;
    ~SegmentLog() override = default;

    void attach(runtime::Loop& loop, ports::CommitListener& listener) override;
    [[nodiscard]] Result<std::uint64_t> append(runtime::LoopId loop, const core::Record& record)
        override;
    [[nodiscard]] LogPosition committed() const noexcept override;
    [[nodiscard]] std::uint32_t epoch() const noexcept override { return epoch_; }
    [[nodiscard]] Result<void> replay(
        LogPosition from, const std::function<Result<void>(LogPosition, core::Record)>& visit
    ) override;
    void release(LogPosition position) override;
    void roll() override;
    [[nodiscard]] std::size_t queued_bytes() const noexcept override;

    // For a backup. All on the worker.

    /// What of the log has to be copied: bytes that nothing changes any more, as long as no segment goes.
    struct Snapshot {
        struct Piece {
            std::string name;         ///< in the log's directory
            std::uint64_t bytes = 0;  ///< from the file's beginning
            std::uint64_t size = 0;   ///< of the file; behind `bytes` it is zero
        };
        std::vector<Piece> pieces;  ///< oldest first
        LogPosition end;            ///< of what is in them
    };
    /// No segment goes until as many `let_go`.
    void hold() { ++holds_; }
    void let_go() { --holds_; }
    /// All that a store needs that has come to `from`. `internal` when the log has failed, or does not reach back.
    [[nodiscard]] Result<Snapshot> snapshot(LogPosition from) const;

    /// The log refuses everything until a restart.
    [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

    /// At the end of a clean stop, when the worker runs nothing of this log any more: names everything as
    /// synced, so that the next start takes damage to the last group for what it is. Blocks.
    [[nodiscard]] Result<void> close();

private:
    /// The records of one loop in a group: the first and the last of their offsets; 0: none.
    struct Share {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    /// A group while it gathers. `frame` begins with room for the group's header.
    struct Batch {
        std::string frame;
        std::uint32_t count = 0;
        std::uint64_t first = 0;
        std::vector<Share> shares;  // by loop id
    };
    struct Listener {
        runtime::Loop* loop = nullptr;
        ports::CommitListener* listener = nullptr;
    };

    using Visit = std::function<Result<void>(LogPosition, core::Record)>;

    // At open.
    Result<void> recover();
    Result<void> recover_end();
    Result<void> cut(std::uint64_t end, const SegmentReader::Tail& tail);
    Result<void> make_durable(std::uint64_t last_group);
    Result<void> replay_segment(
        const Segment& segment, std::uint64_t last, LogPosition from, const Visit& visit
    );

    // In append, under the lock.
    Batch& batch_for(std::size_t bytes);

    // On the worker.
    void commit_next();
    Result<void> write_group(Batch& batch);
    Result<void> write_in_place(std::string& frame, std::uint32_t count, std::uint64_t first);
    Result<void> write_in_new_segment(std::string& frame, std::uint32_t count, std::uint64_t first);
    Result<void> show_segment(const SegmentHeader& header, const std::string& bytes);
    Result<void> prepare();
    void discard_prepared();
    void prepare_if_half_full();
    void settle(const Batch& batch, const Result<void>& written);
    void fail(const Error& error);
    void release_now(LogPosition position);
    void roll_now();
    Result<void> write_mark();

    [[nodiscard]] std::string path_of(const std::string& name) const;
    [[nodiscard]] std::size_t frame_bytes_max() const noexcept;

    const Options options_;
    runtime::Disk& disk_;
    runtime::Worker& worker_;
    std::uint32_t epoch_ = 0;  // set by open
    std::atomic<std::uint64_t> committed_{0};
    std::atomic<std::size_t> queued_bytes_{0};
    std::atomic<bool> failed_{false};
    Counters counters_;

    mutable std::mutex mutex_;
    // Guarded.
    std::vector<Listener> listeners_;  // by loop id
    std::deque<Batch> pending_;        // at most pending_bytes_max in all
    Batch spare_;                      // an empty one that has its memory already
    std::uint64_t next_offset_ = 1;
    bool scheduled_ = false;

    // Touched by open, replay and close, and by the worker.
    std::vector<Segment> segments_;            // oldest first; the last is written to
    std::unique_ptr<runtime::File> file_;      // of the last segment
    std::uint64_t end_ = 0;                    // where its next group goes
    std::unique_ptr<runtime::File> prepared_;  // the next segment's file, not yet under its name
    std::size_t holds_ = 0;
    bool warned_full_ = false;     // until a group is written
    bool warned_prepare_ = false;  // until a file is prepared
};

}  // namespace parley::log
