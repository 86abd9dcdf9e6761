#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/command_log.h"
#include "runtime/loop.h"
#include "runtime/pool.h"

namespace parley::memory {

/// The command log without a disk, for tests and the simulation. Records wait until `commit_group` is
/// called, or, when there is a worker, until it runs: one job for all that waits, as the real log does.
/// Records are kept in their stored form. Thread-safe. Nothing here bounds what is kept.
class CommandLog final : public ports::CommandLog {
public:
    /// What a restart finds: a value, for simulated crashes.
    struct Durable {
        std::uint32_t epoch = 1;
        std::vector<std::pair<LogPosition, std::string>> records;  ///< by position, encoded
        LogPosition begin;  ///< replay reaches back to here: what came before was released
        LogPosition end;    ///< of the newest record there has ever been
    };

    static constexpr std::size_t kPendingBytesMax = 64UL * 1024 * 1024;

    CommandLog() : CommandLog(Durable{}) {}
    explicit CommandLog(
        Durable start,
        runtime::Worker* worker = nullptr,
        std::size_t pending_bytes_max = kPendingBytesMax
    );

    void attach(runtime::Loop& loop, ports::CommitListener& listener) override;
    [[nodiscard]] Result<std::uint64_t> append(runtime::LoopId loop, const core::Record& record)
        override;
    [[nodiscard]] LogPosition committed() const noexcept override;
    [[nodiscard]] std::uint32_t epoch() const noexcept override { return epoch_; }
    [[nodiscard]] Result<void> replay(
        LogPosition from, const std::function<Result<void>(LogPosition, core::Record)>& visit
    ) override;
    void release(LogPosition position) override;
    void roll() override {}  // It has no files: `release` takes each record.
    [[nodiscard]] std::size_t queued_bytes() const noexcept override;

    /// Commits, or refuses, everything that waits as one group; answers how many records that were.
    std::size_t commit_group();
    /// The next group is refused with `unavailable`, as when the disk is full.
    void refuse_next_group();
    /// The next group and everything after it is refused with `internal`, as when a sync fails.
    void fail_next_group();

    /// What a crash leaves now: all that is committed and the first `waiting` records of those that
    /// nobody was told of yet.
    [[nodiscard]] Durable durable(std::size_t waiting = 0) const;
    [[nodiscard]] std::size_t waiting() const;

private:
    struct Waiting {
        runtime::LoopId loop;
        std::uint64_t offset;
        std::string bytes;
    };
    struct Listener {
        runtime::Loop* loop = nullptr;
        ports::CommitListener* listener = nullptr;
    };

    void tell(const std::vector<Waiting>& group, const std::optional<Error>& refusal);

    const std::uint32_t epoch_;
    const std::size_t pending_bytes_max_;
    runtime::Worker* const worker_;
    mutable std::mutex mutex_;
    // All below is guarded.
    std::vector<Listener> listeners_;  // by loop id
    std::vector<std::pair<LogPosition, std::string>> records_;
    std::vector<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    LogPosition committed_;
    LogPosition released_;  // replay reaches back to here
    std::uint64_t next_offset_ = 1;
    bool scheduled_ = false;
    std::optional<Error> next_refusal_;
    bool failed_ = false;
};

}  // namespace parley::memory
