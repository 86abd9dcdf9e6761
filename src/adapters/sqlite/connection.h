#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace parley::sqlite {

/// A prepared statement in use: bound, stepped through, and reset when it goes. Borrowed from a Connection,
/// which must outlive it; one use of the same SQL at a time.
class Statement {
public:
    Statement(sqlite3_stmt* held, bool quiet) noexcept : held_(held), quiet_(quiet) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement(Statement&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)),
          quiet_(other.quiet_),
          problem_(other.problem_) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Parameters count from 1. Text and blobs are copied. A failure is told by the next `step`.
    void bind(int at, std::int64_t value);
    void bind(int at, std::string_view text);
    void bind(int at, std::span<const std::byte> blob);
    void bind(int at, std::nullopt_t null);
    void bind(int at, const Uuid& uuid);
    void bind(int at, Timestamp time) { bind(at, time.ticks); }
    void bind(int at, ConversationNumber number) {
        bind(at, static_cast<std::int64_t>(number.value));
    }
    template <class Tag>
    void bind(int at, const UuidId<Tag>& id) {
        bind(at, id.uuid);
    }
    template <class T>
    void bind(int at, const std::optional<T>& value) {
        value ? bind(at, *value) : bind(at, std::nullopt);
    }

    /// True when there is a row, false at the end.
    [[nodiscard]] Result<bool> step();

    /// Columns of the current row count from 0. What is not of that type or size reads as zero or empty.
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::array<std::byte, 32> hash(int column) const;
    [[nodiscard]] Uuid uuid(int column) const;
    [[nodiscard]] Timestamp time(int column) const { return {integer(column)}; }

private:
    sqlite3_stmt* held_;
    bool quiet_;
    int problem_ = 0;  ///< SQLite's code of a bind that failed
};

/// One connection to the file, for one thread at a time. SQL is given as constants: each is prepared once
/// and found again by its address.
class Connection {
public:
    /// What happens to a failure besides being answered.
    enum class Failures : unsigned char {
        are_logged,  ///< with SQLite's words, which are not for clients
        are_answered,  ///< nothing: whoever asked tells the operator, once. The error names SQLite's code
    };
    /// Opens an existing file, with the settings that every connection has: WAL, full syncs, foreign keys.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(
        const std::string& path, Failures failures = Failures::are_logged
    );

    /// Takes it over. Use `open`.
    Connection(sqlite3* held, Failures failures) noexcept
        : held_(held), quiet_(failures == Failures::are_answered) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// `sql`, which must live as long as the connection, with its parameters bound in order.
    template <class... Values>
    [[nodiscard]] Result<Statement> query(const char* sql, const Values&... values) {
        TRY(Statement statement, prepare(sql));
        int at = 0;
        (statement.bind(++at, values), ...);
        return statement;
    }
    /// The same for what answers no row.
    template <class... Values>
    [[nodiscard]] Result<void> run(const char* sql, const Values&... values) {
        TRY(Statement statement, query(sql, values...));
        TRY(const bool row, statement.step());
        PARLEY_ASSERT(!row);
        return {};
    }
    /// True when the query has a row.
    template <class... Values>
    [[nodiscard]] Result<bool> has(const char* sql, const Values&... values) {
        TRY(Statement statement, query(sql, values...));
        return statement.step();
    }

    /// Any number of statements, not kept, rows ignored: for schemas and settings.
    [[nodiscard]] Result<void> execute(const std::string& sql);
    /// The first column of the first row.
    [[nodiscard]] Result<std::int64_t> number(const std::string& sql);

    /// From here on failures are logged.
    void log_failures() noexcept { quiet_ = false; }

    /// True while a transaction is open; SQLite ends one by itself after some failures.
    [[nodiscard]] bool in_transaction() const noexcept;
    /// True when the last failure was a sync: what it should have made durable is in doubt.
    [[nodiscard]] bool sync_failed() const noexcept;

private:
    [[nodiscard]] Result<Statement> prepare(const char* sql);

    sqlite3* const held_;
    bool quiet_;
    std::unordered_map<const char*, sqlite3_stmt*> prepared_;
};

/// What SQLite's code means for a caller: a full disk, a lock that stays or no memory is `unavailable`,
/// everything else `internal`. The detail names no path: it may reach a client.
[[nodiscard]] Error error_of(int code, int system_error);

}  // namespace parley::sqlite
