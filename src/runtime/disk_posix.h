#pragma once

#include "runtime/disk.h"

namespace parley::runtime {

/// The machine's file system. Internal to src/runtime; others get it from the Runtime.
class PosixDisk final : public Disk {
public:
    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode)
        override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
    [[nodiscard]] Result<void> make_directory(const std::string& path) override;
    [[nodiscard]] Result<void> remove(const std::string& path) override;
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Result<unsigned> permissions(const std::string& path) override;
    [[nodiscard]] Result<void> sync_directory(const std::string& directory) override;
};

}  // namespace parley::runtime
