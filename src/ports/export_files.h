#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// One export: whose, which of theirs, and since when it is wished for.
struct ExportName {
    UserId user;
    Uuid id;
    Timestamp since;  ///< in whole milliseconds

    friend bool operator==(const ExportName&, const ExportName&) = default;
};

struct ExportFile {
    ExportName name;
    bool ready = false;
    std::uint64_t bytes = 0;  ///< of one that is ready

    friend bool operator==(const ExportFile&, const ExportFile&) = default;
};

/// Where exports are: archives of named entries, written from front to back, in memory that does not depend on how
/// much there is. A wish and a ready archive are durable; one that is being written is not, and goes with a restart.
/// One archive is written at a time. Coroutines resume on `home`. Errors: `unavailable` (a full disk; later it may
/// do) and `internal`; `not_found` for a name that is not there.
class ExportFiles {
public:
    virtual ~ExportFiles() = default;

    /// Wishes and ready ones, oldest first.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<ExportFile>>> list(runtime::Loop& home
    ) = 0;
    [[nodiscard]] virtual runtime::Task<Result<void>> wish(
        runtime::Loop& home, ExportName name
    ) = 0;

    /// Begins the archive of a wish; one that was begun before is dropped.
    [[nodiscard]] virtual runtime::Task<Result<void>> begin(
        runtime::Loop& home, ExportName name
    ) = 0;
    /// Begins the next entry: a relative path of letters, digits, `-`, `_`, `.` and `/`.
    [[nodiscard]] virtual runtime::Task<Result<void>> entry(
        runtime::Loop& home, std::string path, Timestamp time
    ) = 0;
    /// More of the entry.
    [[nodiscard]] virtual runtime::Task<Result<void>> write(
        runtime::Loop& home, std::string bytes
    ) = 0;
    /// The archive is whole, and takes the wish's place.
    [[nodiscard]] virtual runtime::Task<Result<void>> finish(runtime::Loop& home) = 0;

    /// A piece of a ready archive; less than asked for at its end only.
    [[nodiscard]] virtual runtime::Task<Result<std::string>> read(
        runtime::Loop& home, ExportName name, std::uint64_t offset, std::size_t bytes
    ) = 0;
    /// A wish, a ready one, or nothing.
    [[nodiscard]] virtual runtime::Task<Result<void>> remove(
        runtime::Loop& home, ExportName name
    ) = 0;
};

}  // namespace parley::ports
