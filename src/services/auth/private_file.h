#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/disk.h"

namespace parley::auth {

/// Files that only the server's own user may read: the signing keys and the server secret. All calls block.

/// `forbidden` when others than the owner may read, write or enter `path`; the detail is the chmod to do.
[[nodiscard]] Result<void> check_private(
    runtime::Disk& disk, const std::string& path, std::string_view chmod_mode
);

/// The whole of a private file. `not_found` when it is not there, `forbidden` as check_private says,
/// `internal` when it has more than `bytes_max` bytes.
[[nodiscard]] Result<std::string> read_private_file(
    runtime::Disk& disk, const std::string& path, std::size_t bytes_max
);

/// Makes `directory`/`name` with mode 0600, whole and durable or not at all: written beside it under a
/// temporary name, synced, renamed.
[[nodiscard]] Result<void> write_private_file(
    runtime::Disk& disk,
    const std::string& directory,
    const std::string& name,
    std::string_view content
);

}  // namespace parley::auth
