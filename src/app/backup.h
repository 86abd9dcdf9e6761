#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "adapters/log/segment_log.h"
#include "adapters/rocksdb/message_store.h"
#include "adapters/sqlite/database.h"
#include "base/result.h"
#include "gateway/gateway.h"
#include "runtime/disk.h"
#include "runtime/pool.h"

namespace parley::app {

/// A backup is a directory: `MANIFEST`, and what a data directory has, as docs/formats.md says. It is of one moment:
/// the store as it was, the command log from there to the moment, and accounts and keys of a little later. In this
/// order, because what the log speaks of must be in the directory, and what the store has must be in the log.

struct BackupParts {
    rocksdb_store::MessageStore& store;
    log::SegmentLog& log;
    runtime::Worker& log_worker;
    sqlite::Database& directory;
    runtime::Disk& disk;
    std::string data_dir;
    const std::atomic<bool>& cancelled;  ///< the server stops: give up soon
};

/// Removes what a crash in the middle of a backup has left in a data directory. Blocks.
[[nodiscard]] Result<void> remove_leftovers(const std::string& data_dir);

/// Makes a backup at `path`, which must not be there, while the server works. When it answers well all of it is there,
/// durable; else nothing is (but perhaps a directory `.NAME.parley-partial` beside it, which the next try removes).
/// Blocks, for as long as the copying takes: on a thread of its own. Errors are for the operator: `conflict` (something
/// is at `path`), `unavailable` (no room, stopping), `internal`.
[[nodiscard]] Result<gateway::BackupSummary> back_up(const BackupParts& parts, std::string path);

struct Restored {
    LogPosition position;     ///< the end of what was acknowledged
    std::uint32_t epoch = 0;  ///< the new one: clients that saw another drop what they have
};
/// Makes the data directory `data_dir`, which must not be there or be empty, from the backup `source`: every file is
/// checked against the manifest, and the command log begins a new epoch, one that was never there before. `seconds` is
/// the time, since 1970. All of it is there, durable, when it answers well; else `data_dir` is as it was. Blocks.
[[nodiscard]] Result<Restored> restore(
    runtime::Disk& disk,
    runtime::Worker& worker,
    std::string source,
    std::string data_dir,
    std::int64_t seconds
);

}  // namespace parley::app
