#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ports/export_files.h"

namespace parley::memory {

/// Exports in a map, an entry as its path, a line end and its text: for tests and the simulation. Every call is done
/// when its Task first runs. Thread-safe.
class ExportFiles final : public ports::ExportFiles {
public:
    struct Stored {
        ports::ExportFile file;
        std::string content;
    };
    using State = std::map<Uuid, Stored>;  ///< by id

    explicit ExportFiles(State state = {}) : state_(std::move(state)) {}
    /// What a restart finds.
    [[nodiscard]] State state() const;

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
    mutable std::mutex mutex_;
    State state_;               // guarded
    std::optional<Uuid> open_;  // guarded
    std::string written_;       // guarded
};

}  // namespace parley::memory
