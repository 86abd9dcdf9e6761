#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace parley::runtime {

/// One open file. Calls block: a worker or pool thread makes them, one at a time per file.
/// A full disk and too many open files are `unavailable`, any other failure `internal`; `detail` names the
/// path and errno's text.
class File {
public:
    virtual ~File() = default;
    /// Writes all of `bytes` at `offset`, or fails; on failure any part may have been written.
    [[nodiscard]] virtual Result<void> write_at(
        std::uint64_t offset, std::span<const std::byte> bytes
    ) = 0;
    /// Fills `out` from `offset`; answers how much there was (less only at the end of the file).
    [[nodiscard]] virtual Result<std::size_t> read_at(
        std::uint64_t offset, std::span<std::byte> out
    ) const = 0;
    /// Durable when it returns well: data, and the size if it changed (fdatasync). After a failure the
    /// file's content since the last good sync is unknown and must not be relied on, nor synced again.
    [[nodiscard]] virtual Result<void> sync() = 0;
    /// Makes the file `size` bytes long, backed by disk space, zero where nothing was written.
    [[nodiscard]] virtual Result<void> preallocate(std::uint64_t size) = 0;
    [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

enum class OpenMode : unsigned char {
    existing,    ///< read and write; `not_found` when it is not there
    create_new,  ///< mode 0600; `conflict` when it is there
    read_only,
};

/// The file system, as far as the log needs it: passed in, so that the simulation can lose what was not
/// synced. Thread-safe.
class Disk {
public:
    virtual ~Disk() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(
        const std::string& path, OpenMode mode
    ) = 0;
    /// Names (not paths) of the files in a directory, sorted.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    /// Creates it and its parents (mode 0700), durably; well when it is there.
    [[nodiscard]] virtual Result<void> make_directory(const std::string& path) = 0;
    [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;
    [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Who may use a file or directory: the low nine bits of its mode. A disk without users says 0600.
    [[nodiscard]] virtual Result<unsigned> permissions(const std::string& /*path*/) {
        return 0600U;
    }
    /// Makes created, renamed and removed entries of `directory` durable.
    [[nodiscard]] virtual Result<void> sync_directory(const std::string& directory) = 0;
};

}  // namespace parley::runtime
