#pragma once

#include "adapters/sqlite/database.h"
#include "ports/audit_log.h"

namespace parley::sqlite {

/// What was done, in the directory's file. Thread-safe. Outlived by its Database.
class AuditLog final : public ports::AuditLog {
public:
    explicit AuditLog(Database& database) : database_(database) {}

    [[nodiscard]] runtime::Task<Result<void>> append(runtime::Loop& home, ports::AuditEntry entry)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> page(
        runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
    ) override;

private:
    Database& database_;
};

/// Writes it within a transaction, and forgets what is too old to be kept.
[[nodiscard]] Result<void> insert_audit(Connection& connection, const ports::AuditEntry& entry);

}  // namespace parley::sqlite
