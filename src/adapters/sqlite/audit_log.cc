#include "adapters/sqlite/audit_log.h"

#include <utility>

namespace parley::sqlite {
namespace {

constexpr const char* kInsert = R"(
INSERT INTO audit_log (time, actor, action, subject, detail, address, security)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
RETURNING number)";
constexpr const char* kPage = R"(
SELECT number, time, actor, action, subject, detail, address, security FROM audit_log
WHERE number < ?1 ORDER BY number DESC LIMIT ?2)";
constexpr const char* kForget = R"(
DELETE FROM audit_log WHERE security = 1 AND number <= (
    SELECT number FROM audit_log WHERE security = 1 ORDER BY number DESC LIMIT 1 OFFSET ?1))";
/// How often it is looked for what is too old.
constexpr std::int64_t kForgetEvery = 1024;

Result<std::vector<ports::NumberedAuditEntry>> read_page(
    Connection& connection, std::optional<std::uint64_t> before, std::size_t limit
) {
    const std::int64_t below = before ? static_cast<std::int64_t>(*before) : INT64_MAX;
    TRY(Statement row, connection.query(kPage, below, static_cast<std::int64_t>(limit)));
    std::vector<ports::NumberedAuditEntry> page;
    TRY(bool more, row.step());
    while (more) {
        ports::NumberedAuditEntry one;
        one.number = static_cast<std::uint64_t>(row.integer(0));
        one.entry.time = row.time(1);
        if (!row.is_null(2)) {
            one.entry.actor = UserId{row.uuid(2)};
        }
        one.entry.action = row.text(3);
        one.entry.subject = row.text(4);
        one.entry.detail = row.text(5);
        one.entry.address = row.text(6);
        one.entry.security = row.integer(7) != 0;
        page.push_back(std::move(one));
        TRY(more, row.step());
    }
    return page;
}

}  // namespace

Result<void> insert_audit(Connection& connection, const ports::AuditEntry& entry) {
    std::int64_t number = 0;
    {
        TRY(Statement row,
            connection.query(
                kInsert,
                entry.time,
                entry.actor,
                entry.action,
                entry.subject,
                entry.detail,
                entry.address,
                static_cast<std::int64_t>(entry.security)
            ));
        TRY(const bool inserted, row.step());
        PARLEY_ASSERT(inserted);
        number = row.integer(0);
        TRY(const bool more, row.step());
        PARLEY_ASSERT(!more);
    }
    if (!entry.security || number % kForgetEvery != 0) {
        return {};
    }
    return connection.run(kForget, static_cast<std::int64_t>(ports::kSecurityEventsMax));
}

runtime::Task<Result<void>> AuditLog::append(runtime::Loop& home, ports::AuditEntry entry) {
    auto work = [entry = std::move(entry)](Connection& connection) {
        return insert_audit(connection, entry);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> AuditLog::page(
    runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
) {
    auto work = [before, limit](Connection& connection) {
        return read_page(connection, before, limit);
    };
    co_return co_await database_.read(home, std::move(work));
}

}  // namespace parley::sqlite
