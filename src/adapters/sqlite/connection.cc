#include "adapters/sqlite/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sqlite3.h>

#include "base/log.h"
#include "base/mutant.h"

namespace parley::sqlite {
namespace {

/// Every connection's settings. WAL: readers never wait for the writer. FULL: a commit is durable when it
/// returns. The file is not trusted to be well-formed, nor its schema to be ours alone.
constexpr const char* kSettings = R"(
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8192;
)";

constexpr int kPrimaryCode = 0xFF;  // the rest of an extended code says more

Error failure(sqlite3* held, bool quiet) {
    const int code = sqlite3_extended_errcode(held);
    Error error = error_of(code, sqlite3_system_errno(held));
    if (quiet) {
        error.detail += " (SQLite " + std::to_string(code) + ")";
        return error;
    }
    log::error("directory failed", {{"sqlite_code", code}, {"detail", sqlite3_errmsg(held)}});
    return error;
}

}  // namespace

Error error_of(int code, int system_error) {
    const int primary = code & kPrimaryCode;
    const bool no_space = system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
    if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && no_space)) {
        return {ErrorCode::unavailable, "the directory's disk is full"};
    }
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        return {ErrorCode::unavailable, "the directory is locked by another program"};
    }
    if (primary == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) {
        return {ErrorCode::unavailable, "the directory has no memory left"};
    }
    switch (primary) {
        case SQLITE_NOTADB:
            return {ErrorCode::internal, "the directory's file is no SQLite database"};
        case SQLITE_CORRUPT:
            return {
                ErrorCode::internal, "the directory's file is damaged: restore it from a backup"
            };
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return {ErrorCode::internal, "the directory's file cannot be written"};
        case SQLITE_CANTOPEN:
            return {ErrorCode::internal, "the directory's file cannot be opened"};
        case SQLITE_IOERR:
            return {ErrorCode::internal, "the directory's disk failed"};
        default:
            return {
                ErrorCode::internal, std::string("the directory failed: ") + sqlite3_errstr(primary)
            };
    }
}

// --- Statement --------------------------------------------------------------------------------------

Statement::~Statement() {
    if (held_ != nullptr) {
        sqlite3_reset(held_);
        sqlite3_clear_bindings(held_);
    }
}

void Statement::bind(int at, std::int64_t value) {
    problem_ = std::max(problem_, sqlite3_bind_int64(held_, at, value));
}

void Statement::bind(int at, std::string_view text) {
    const char* bytes = text.data() == nullptr ? "" : text.data();
    const int size = static_cast<int>(text.size());
    problem_ = std::max(problem_, sqlite3_bind_text(held_, at, bytes, size, SQLITE_TRANSIENT));
}

void Statement::bind(int at, std::span<const std::byte> blob) {
    const int size = static_cast<int>(blob.size());
    problem_ =
        std::max(problem_, sqlite3_bind_blob(held_, at, blob.data(), size, SQLITE_TRANSIENT));
}

void Statement::bind(int at, std::nullopt_t /*null*/) {
    problem_ = std::max(problem_, sqlite3_bind_null(held_, at));
}

void Statement::bind(int at, const Uuid& uuid) {
    std::array<std::byte, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        const std::size_t shift = 56 - (8 * i);
        bytes.at(i) = static_cast<std::byte>(uuid.high >> shift);
        bytes.at(i + 8) = static_cast<std::byte>(uuid.low >> shift);
    }
    bind(at, std::span<const std::byte>(bytes));
}

Result<bool> Statement::step() {
    if (problem_ != SQLITE_OK) {
        return error_of(problem_, 0);
    }
    const int code = sqlite3_step(held_);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        return code == SQLITE_ROW;
    }
    return failure(sqlite3_db_handle(held_), quiet_);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(held_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(held_, column);
}

std::string Statement::text(int column) const {
    const unsigned char* bytes = sqlite3_column_text(held_, column);
    const int size = sqlite3_column_bytes(held_, column);
    if (bytes == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::optional<std::string> Statement::optional_text(int column) const {
    if (is_null(column)) {
        return std::nullopt;
    }
    return text(column);
}

std::array<std::byte, 32> Statement::hash(int column) const {
    std::array<std::byte, 32> hash{};
    const void* bytes = sqlite3_column_blob(held_, column);
    if (bytes != nullptr && sqlite3_column_bytes(held_, column) == static_cast<int>(hash.size())) {
        std::memcpy(hash.data(), bytes, hash.size());
    }
    return hash;
}

Uuid Statement::uuid(int column) const {
    const void* bytes = sqlite3_column_blob(held_, column);
    if (bytes == nullptr || sqlite3_column_bytes(held_, column) != 16) {
        return {};
    }
    Uuid uuid;
    const std::span from{static_cast<const unsigned char*>(bytes), 16};
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.high = (uuid.high << 8U) | from[i];
        uuid.low = (uuid.low << 8U) | from[i + 8];
    }
    return uuid;
}

// --- Connection -------------------------------------------------------------------------------------

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Failures failures) {
    sqlite3* held = nullptr;
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &held, kFlags, nullptr);
    if (held == nullptr) {
        return error_of(SQLITE_NOMEM, 0);
    }
    auto connection = std::make_unique<Connection>(held, failures);
    if (code != SQLITE_OK) {
        return failure(held, connection->quiet_);
    }
    if (auto set = connection->execute(kSettings); !set) {
        return std::move(set).error();
    }
    if (mutant(Mutant::accounts_not_synced)) {
        (void)connection->execute("PRAGMA synchronous = NORMAL;");
    }
    return connection;
}

Connection::~Connection() {
    for (const auto& [sql, statement] : prepared_) {
        sqlite3_finalize(statement);
    }
    sqlite3_close(held_);
}

Result<Statement> Connection::prepare(const char* sql) {
    const auto [at, fresh] = prepared_.try_emplace(sql, nullptr);
    if (fresh || at->second == nullptr) {
        if (sqlite3_prepare_v3(held_, sql, -1, SQLITE_PREPARE_PERSISTENT, &at->second, nullptr) !=
            SQLITE_OK) {
            return failure(held_, quiet_);
        }
    }
    PARLEY_ASSERT(sqlite3_stmt_busy(at->second) == 0);
    return Statement(at->second, quiet_);
}

Result<void> Connection::execute(const std::string& sql) {
    if (sqlite3_exec(held_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return failure(held_, quiet_);
    }
    return {};
}

Result<std::int64_t> Connection::number(const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(held_, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
        return failure(held_, quiet_);
    }
    Result<std::int64_t> answer = std::int64_t{0};
    {
        Statement statement(raw, quiet_);
        auto row = statement.step();
        if (!row) {
            answer = std::move(row).error();
        } else if (*row) {
            answer = statement.integer(0);
        }
    }
    sqlite3_finalize(raw);
    return answer;
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(held_) == 0;
}

bool Connection::sync_failed() const noexcept {
    const int code = sqlite3_extended_errcode(held_);
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

}  // namespace parley::sqlite
