#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace parley::runtime {

/// Held while a process uses a data directory; the kernel lets go when the process ends, however it
/// ends. The file stays, because removing it would let two processes hold two files of one name.
class DirectoryLock {
public:
    explicit DirectoryLock(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

private:
    UniqueFd fd_;
};

/// Locks `<directory>/lock` and writes our process id into it. `conflict`, naming the holder's process
/// id, when another holds it; `not_found` when there is no such directory.
[[nodiscard]] Result<std::unique_ptr<DirectoryLock>> lock_directory(const std::string& directory);

}  // namespace parley::runtime
