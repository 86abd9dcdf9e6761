#pragma once

#include <map>
#include <mutex>

#include "adapters/memory/audit_log.h"
#include "ports/report_directory.h"

namespace parley::memory {

/// Reports in a map: for tests and the simulation. Thread-safe. Outlived by the audit log.
class ReportDirectory final : public ports::ReportDirectory {
public:
    using State = std::map<std::uint64_t, ports::Report>;

    explicit ReportDirectory(AuditLog& audit, State state = {})
        : audit_(audit), state_(std::move(state)) {}

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<std::uint64_t>> create(
        runtime::Loop& home, ports::Report report
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Report>>> list(
        runtime::Loop& home, Query query
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::Report>> resolve(
        runtime::Loop& home, std::uint64_t number, std::string note, ports::AuditEntry act
    ) override;

private:
    AuditLog& audit_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
