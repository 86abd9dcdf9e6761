#include "adapters/sqlite/report_directory.h"

#include <utility>

#include "adapters/sqlite/audit_log.h"

namespace parley::sqlite {
namespace {

constexpr const char* kInsert = R"(
INSERT INTO reports (reporter, about, message_id, conversation, sent_at, message_type, content, reason, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
RETURNING number)";
constexpr const char* kOpenOfReporter =
    "SELECT count(*) FROM reports WHERE reporter = ?1 AND resolved_at IS NULL";
constexpr const char* kSameMessage = R"(
SELECT number FROM reports WHERE reporter = ?1 AND message_id = ?2 AND resolved_at IS NULL)";
constexpr const char* kSameUser = R"(
SELECT number FROM reports
WHERE reporter = ?1 AND about = ?2 AND message_id IS NULL AND resolved_at IS NULL)";
constexpr const char* kAll = R"(
SELECT number, reporter, about, message_id, conversation, sent_at, message_type, content, reason, created_at,
       resolved_at, resolved_by, note
FROM reports WHERE number < ?1 ORDER BY number DESC LIMIT ?2)";
constexpr const char* kOpen = R"(
SELECT number, reporter, about, message_id, conversation, sent_at, message_type, content, reason, created_at,
       resolved_at, resolved_by, note
FROM reports WHERE number < ?1 AND resolved_at IS NULL ORDER BY number DESC LIMIT ?2)";
constexpr const char* kFind = R"(
SELECT number, reporter, about, message_id, conversation, sent_at, message_type, content, reason, created_at,
       resolved_at, resolved_by, note
FROM reports WHERE number = ?1)";
constexpr const char* kResolve =
    "UPDATE reports SET resolved_at = ?2, resolved_by = ?3, note = ?4 WHERE number = ?1";

ports::Report report_from(const Statement& row) {
    ports::Report report;
    report.number = static_cast<std::uint64_t>(row.integer(0));
    report.reporter = {row.uuid(1)};
    report.about = {row.uuid(2)};
    if (!row.is_null(3)) {
        report.message = ports::ReportedMessage{
            .id = {row.uuid(3)},
            .conversation = {static_cast<std::uint64_t>(row.integer(4))},
            .sender = report.about,
            .sent_at = row.time(5),
            .message_type = static_cast<core::MessageType>(row.integer(6)),
            .content = row.text(7),
        };
    }
    report.reason = row.text(8);
    report.created_at = row.time(9);
    if (!row.is_null(10)) {
        report.resolved_at = row.time(10);
    }
    if (!row.is_null(11)) {
        report.resolved_by = UserId{row.uuid(11)};
    }
    report.note = row.text(12);
    return report;
}

Result<std::optional<std::uint64_t>> find_same(
    Connection& connection, const ports::Report& report
) {
    TRY(Statement row,
        report.message ? connection.query(kSameMessage, report.reporter, report.message->id)
                       : connection.query(kSameUser, report.reporter, report.about));
    TRY(const bool found, row.step());
    return found ? std::optional(static_cast<std::uint64_t>(row.integer(0))) : std::nullopt;
}

Result<bool> has_too_many(Connection& connection, UserId reporter) {
    TRY(Statement row, connection.query(kOpenOfReporter, reporter));
    TRY(const bool counted, row.step());
    PARLEY_ASSERT(counted);
    return row.integer(0) >= static_cast<std::int64_t>(ports::kOpenReportsMax);
}

Result<std::uint64_t> insert_report(Connection& connection, const ports::Report& report) {
    TRY(const auto same, find_same(connection, report));
    if (same) {
        return *same;
    }
    TRY(const bool too_many, has_too_many(connection, report.reporter));
    if (too_many) {
        return Error{ErrorCode::rate_limited, "your earlier reports have to be looked at first"};
    }
    const auto& message = report.message;
    const auto about =
        report.about.uuid.is_nil() ? std::optional<UserId>{} : std::optional(report.about);
    TRY(Statement row,
        connection.query(
            kInsert,
            report.reporter,
            about,
            message ? std::optional(message->id) : std::nullopt,
            message ? std::optional(message->conversation) : std::nullopt,
            message ? std::optional(message->sent_at) : std::nullopt,
            message ? std::optional(static_cast<std::int64_t>(message->message_type))
                    : std::nullopt,
            message ? std::optional(message->content) : std::nullopt,
            report.reason,
            report.created_at
        ));
    TRY(const bool inserted, row.step());
    PARLEY_ASSERT(inserted);
    const auto number = static_cast<std::uint64_t>(row.integer(0));
    TRY(const bool more, row.step());
    PARLEY_ASSERT(!more);
    return number;
}

Result<std::vector<ports::Report>> list_reports(
    Connection& connection, const ports::ReportDirectory::Query& query
) {
    const std::int64_t before = query.before ? static_cast<std::int64_t>(*query.before) : INT64_MAX;
    const auto limit = static_cast<std::int64_t>(query.limit);
    TRY(Statement row, connection.query(query.open_only ? kOpen : kAll, before, limit));
    std::vector<ports::Report> reports;
    TRY(bool more, row.step());
    while (more) {
        reports.push_back(report_from(row));
        TRY(more, row.step());
    }
    return reports;
}

Result<ports::Report> find_report(Connection& connection, std::int64_t number) {
    TRY(Statement row, connection.query(kFind, number));
    TRY(const bool found, row.step());
    if (!found) {
        return Error{ErrorCode::not_found, "no such report"};
    }
    return report_from(row);
}

Result<ports::Report> resolve_report(
    Connection& connection,
    std::int64_t number,
    const std::string& note,
    const ports::AuditEntry& act
) {
    TRY(auto report, find_report(connection, number));
    if (report.resolved_at) {
        return report;
    }
    if (auto done = connection.run(kResolve, number, act.time, act.actor, note); !done) {
        return std::move(done).error();
    }
    if (auto noted = insert_audit(connection, act); !noted) {
        return std::move(noted).error();
    }
    report.resolved_at = act.time;
    report.resolved_by = act.actor;
    report.note = note;
    return report;
}

}  // namespace

runtime::Task<Result<std::uint64_t>> ReportDirectory::create(
    runtime::Loop& home, ports::Report report
) {
    auto work = [report = std::move(report)](Connection& connection) {
        return insert_report(connection, report);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Report>>> ReportDirectory::list(
    runtime::Loop& home, Query query
) {
    auto work = [query](Connection& connection) { return list_reports(connection, query); };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<ports::Report>> ReportDirectory::resolve(
    runtime::Loop& home, std::uint64_t number, std::string note, ports::AuditEntry act
) {
    auto work = [number = static_cast<std::int64_t>(number),
                 note = std::move(note),
                 act = std::move(act)](Connection& connection) {
        return resolve_report(connection, number, note, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

}  // namespace parley::sqlite
