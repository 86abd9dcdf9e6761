#pragma once

#include "adapters/sqlite/database.h"
#include "ports/report_directory.h"

namespace parley::sqlite {

/// Reports in the directory's file. Thread-safe. Outlived by its Database.
class ReportDirectory final : public ports::ReportDirectory {
public:
    explicit ReportDirectory(Database& database) : database_(database) {}

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
    Database& database_;
};

}  // namespace parley::sqlite
