#pragma once

#include <cstdint>
#include <functional>

#include "base/ids.h"
#include "base/result.h"
#include "core/record.h"
#include "runtime/loop.h"

namespace parley::ports {

/// Who is told what became of appended records. One per loop; called on that loop, in offset order.
class CommitListener {
public:
    virtual ~CommitListener() = default;
    /// Every record of this loop with first ≤ offset ≤ last is durable.
    virtual void on_committed(std::uint64_t first, std::uint64_t last) = 0;
    /// None of them is committed: answer `unavailable`, an unknown outcome. Their offsets are not used again
    /// before a restart. With `unavailable` (the disk is full: trying later helps) they are not in the log, nor
    /// will be. With `internal` (a write or sync failed; the log refuses everything from now on) nobody knows
    /// what is on the disk: a restart may find them and commit them.
    virtual void on_refused(std::uint64_t first, std::uint64_t last, const Error& error) = 0;
};

/// The order in which everything happens: an append-only log of records. A record is durable when its
/// CommitListener is told, never before. Offsets grow from 1, in the order of append over all loops;
/// refused ones leave gaps. Thread-safe. The embedded log is adapters/log; memory has a twin.
class CommandLog {
public:
    virtual ~CommandLog() = default;

    /// Sets who is told for `loop`; before the first append from it.
    virtual void attach(runtime::Loop& loop, CommitListener& listener) = 0;

    /// Takes a copy of `record` for the next group and answers its offset; does not block. What waits is
    /// bounded in bytes: past it, and once the log has failed, the answer is an error and nothing was taken.
    [[nodiscard]] virtual Result<std::uint64_t> append(
        runtime::LoopId loop, const core::Record& record
    ) = 0;

    /// The newest durable position. Every listener has been or is being told up to it.
    [[nodiscard]] virtual LogPosition committed() const noexcept = 0;
    /// The epoch that new records get.
    [[nodiscard]] virtual std::uint32_t epoch() const noexcept = 0;

    /// Reads every record after `from` in order, at start, before the first append. Blocks. Fails with
    /// `internal` where the log is damaged before its end or does not reach back to `from` (the detail
    /// names file, offset and what to do). An error from `visit` stops it and is answered.
    [[nodiscard]] virtual Result<void> replay(
        LogPosition from, const std::function<Result<void>(LogPosition, core::Record)>& visit
    ) = 0;

    /// Everything up to `position` is kept elsewhere: what holds nothing newer may go. From any thread.
    virtual void release(LogPosition position) = 0;

    /// Begins a new file soon, so that what was appended before can go with a later `release` even when little is
    /// appended after it. Nothing happens when the newest file has no record. From any thread.
    virtual void roll() = 0;

    /// Bytes that wait to be written, for metrics and the load decision.
    [[nodiscard]] virtual std::size_t queued_bytes() const noexcept = 0;
};

}  // namespace parley::ports
