#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/unique_fd.h"
#include "tests/power/lossyfs/filesystem.h"

namespace parley::lossyfs {

/// What one command says, done. Answers one line of JSON, with "ok" in it.
///
///     cut drop|keep|tear SEED          the power fails (the programs that use the files should be dead)
///     trip drop|keep|tear SEED SKIP [PATH]   it fails, and stays off, when a file whose path contains PATH is
///                                      about to be synced, after SKIP syncs that are let through
///     on                               the power comes back
///     slow MILLISECONDS [PATH]         each sync takes so long; PATH: of files whose path contains it
///     fail sync|write never|once|always [PATH]      EIO
///     capacity BYTES|used|none         ENOSPC beyond it; used: what is there fills it
///     stats
///
/// PATH ends with a $ where the path of the file must end.
[[nodiscard]] std::string execute(std::string_view command, Filesystem& files, Volume& volume);

/// A Unix socket on which commands come, one a line. One client at a time; others wait.
class Control {
public:
    /// Listens; throws std::system_error when it cannot.
    explicit Control(const std::string& path);

    /// The descriptor that becomes readable when there is something to do.
    [[nodiscard]] int descriptor() const noexcept;
    /// Reads what is there and answers it.
    void serve(const std::function<std::string(std::string_view)>& command);

private:
    static constexpr std::size_t kLineBytesMax = 4096;

    runtime::UniqueFd listening_;
    runtime::UniqueFd client_;
    std::string line_;  // at most kLineBytesMax
};

}  // namespace parley::lossyfs
