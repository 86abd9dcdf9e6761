#pragma once

#include <memory>
#include <string>

#include "ports/export_files.h"
#include "runtime/disk.h"
#include "runtime/pool.h"

namespace parley::archive {

class ZipWriter;

/// Exports in a directory (README.md). Calls run in `pool`, which must have one thread, in the order in which they are
/// made. Must outlive the jobs it has in there; `disk` must outlive it.
class ExportFiles final : public ports::ExportFiles {
public:
    /// Makes the directory (mode 0700). Blocks.
    [[nodiscard]] static Result<std::unique_ptr<ExportFiles>> open(
        std::string directory, runtime::Disk& disk, runtime::Pool& pool
    );
    /// For `open` alone.
    ExportFiles(std::string directory, runtime::Disk& disk, runtime::Pool& pool);
    ExportFiles(const ExportFiles&) = delete;
    ExportFiles& operator=(const ExportFiles&) = delete;
    ExportFiles(ExportFiles&&) = delete;
    ExportFiles& operator=(ExportFiles&&) = delete;
    ~ExportFiles() override;

    [[nodiscard]] runtime::Task<Result<std::vector<ports::ExportFile>>> list(runtime::Loop& home
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> wish(runtime::Loop& home, ports::ExportName name)
        override;
    [[nodiscard]] runtime::Task<Result<void>> begin(runtime::Loop& home, ports::ExportName name)
        override;
    [[nodiscard]] runtime::Task<Result<void>> entry(
        runtime::Loop& home, std::string path, Timestamp time
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, std::string bytes)
        override;
    [[nodiscard]] runtime::Task<Result<void>> finish(runtime::Loop& home) override;
    [[nodiscard]] runtime::Task<Result<std::string>> read(
        runtime::Loop& home, ports::ExportName name, std::uint64_t offset, std::size_t bytes
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> remove(runtime::Loop& home, ports::ExportName name)
        override;

private:
    [[nodiscard]] std::string path_of(const ports::ExportName& name, std::string_view ending) const;
    [[nodiscard]] Result<std::vector<ports::ExportFile>> list_now();
    [[nodiscard]] Result<void> begin_now(const ports::ExportName& name);
    [[nodiscard]] Result<void> finish_now();
    [[nodiscard]] Result<void> remove_now(const ports::ExportName& name);
    /// Well when it is not there.
    [[nodiscard]] Result<void> remove_file(const std::string& path);

    const std::string directory_;
    runtime::Disk& disk_;
    runtime::Pool& pool_;
    // On the pool's thread only.
    ports::ExportName writing_;
    std::unique_ptr<ZipWriter> zip_;  // null: none is being written
};

}  // namespace parley::archive
