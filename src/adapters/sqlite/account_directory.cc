#include "adapters/sqlite/account_directory.h"

#include <utility>

#include "adapters/sqlite/audit_log.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/user_directory.h"
#include "base/fold.h"

namespace parley::sqlite {
namespace {

using ports::AccountRole;

constexpr const char* kFindById = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       role, disabled_at, generation, hides_presence, last_seen
FROM users WHERE id = ?1)";
constexpr const char* kFindByName = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       role, disabled_at, generation, hides_presence, last_seen
FROM users WHERE username_key = ?1)";
constexpr const char* kFindServer = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       role, disabled_at, generation, hides_presence, last_seen
FROM users WHERE role = 2)";
constexpr const char* kList = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       role, disabled_at, generation, hides_presence, last_seen
FROM users WHERE username_key >= ?1 AND username_key < ?2 AND username_key > ?3
ORDER BY username_key LIMIT ?4)";
constexpr const char* kAnybody = "SELECT 1 FROM users WHERE role <> 2 LIMIT 1";
constexpr const char* kUsernameExists = "SELECT 1 FROM users WHERE username_key = ?1";
constexpr const char* kSetRole = "UPDATE users SET role = ?2 WHERE id = ?1";
constexpr const char* kOtherAdministrator =
    "SELECT 1 FROM users WHERE role = 1 AND disabled_at IS NULL AND id <> ?1";
constexpr const char* kDisable =
    "UPDATE users SET disabled_at = ?2, generation = generation + 1 WHERE id = ?1";
constexpr const char* kEnable = "UPDATE users SET disabled_at = NULL WHERE id = ?1";
constexpr const char* kVoidPassword =
    "UPDATE users SET password_hash = ?2, generation = generation + 1 WHERE id = ?1";
constexpr const char* kPutReset =
    "INSERT OR REPLACE INTO password_resets (user_id, token, expires_at) VALUES (?1, ?2, ?3)";
constexpr const char* kFindReset =
    "SELECT user_id, expires_at FROM password_resets WHERE token = ?1";
constexpr const char* kDropReset = "DELETE FROM password_resets WHERE user_id = ?1";
constexpr const char* kSetPassword = "UPDATE users SET password_hash = ?2 WHERE id = ?1";

constexpr const char* kFindInvite =
    "SELECT id, uses_max, uses, expires_at, revoked_at FROM invites WHERE code = ?1";
constexpr const char* kUseInvite = "UPDATE invites SET uses = uses + 1 WHERE id = ?1";
constexpr const char* kInsertInvite = R"(
INSERT INTO invites (id, code, note, uses_max, created_by, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))";
constexpr const char* kForgetInvites =
    "DELETE FROM invites WHERE expires_at <= ?1 OR revoked_at IS NOT NULL OR uses >= uses_max";
constexpr const char* kCountInvites = "SELECT count(*) FROM invites";
constexpr const char* kListInvites = R"(
SELECT id, note, uses_max, uses, created_by, created_at, expires_at, revoked_at FROM invites
ORDER BY created_at DESC, id)";
constexpr const char* kInviteStands = "SELECT revoked_at FROM invites WHERE id = ?1";
constexpr const char* kRevokeInvite = "UPDATE invites SET revoked_at = ?2 WHERE id = ?1";

constexpr const char* kStatistics = R"(
SELECT (SELECT count(*) FROM users WHERE role <> 2),
       (SELECT count(*) FROM users WHERE disabled_at IS NOT NULL),
       (SELECT count(*) FROM users WHERE role = 1),
       (SELECT count(*) FROM users WHERE created_at > ?1 AND role <> 2),
       (SELECT count(*) FROM users WHERE created_at > ?2 AND role <> 2),
       (SELECT count(*) FROM devices WHERE revoked_at IS NULL))";

Error no_such_user() {
    return {ErrorCode::not_found, "no such user"};
}
Error last_administrator() {
    return {ErrorCode::conflict, "this is the last operator: make another one first"};
}

ports::Account account_from(const Statement& row) {
    ports::Account account;
    account.user = {
        .id = {row.uuid(0)},
        .username = row.text(1),
        .display_name = row.text(2),
        .about = row.text(3),
        .email = row.optional_text(4),
        .phone = row.optional_text(5),
        .created_at = row.time(6),
        .hides_presence = row.integer(10) != 0,
        .last_seen = row.is_null(11) ? std::nullopt : std::optional(row.time(11)),
    };
    account.role = static_cast<AccountRole>(row.integer(7));
    if (!row.is_null(8)) {
        account.disabled_at = row.time(8);
    }
    account.generation = static_cast<std::uint64_t>(row.integer(9));
    return account;
}

template <class... Values>
Result<std::optional<ports::Account>> find_one(
    Connection& connection, const char* sql, const Values&... values
) {
    TRY(Statement row, connection.query(sql, values...));
    TRY(const bool found, row.step());
    return found ? std::optional(account_from(row)) : std::nullopt;
}

/// An account that an operator may change.
Result<ports::Account> find_changeable(Connection& connection, UserId id) {
    TRY(auto account, find_one(connection, kFindById, id));
    if (!account) {
        return no_such_user();
    }
    if (account->role == AccountRole::server) {
        return Error{ErrorCode::forbidden, "this is the server's own account"};
    }
    return *std::move(account);
}

/// An error when nobody but this account could administer the server.
Result<void> keep_one(Connection& connection, const ports::Account& account) {
    if (account.role != AccountRole::administrator || account.disabled_at) {
        return {};
    }
    TRY(const bool other, connection.has(kOtherAdministrator, account.user.id));
    return other ? Result<void>() : last_administrator();
}

// --- registration -----------------------------------------------------------------------------------

Result<void> take_invite(Connection& connection, const ports::TokenHash& code, Timestamp now) {
    Uuid id;
    {
        TRY(Statement row, connection.query(kFindInvite, code));
        TRY(const bool found, row.step());
        if (!found || row.integer(2) >= row.integer(1) || row.time(3) <= now || !row.is_null(4)) {
            return Error{ErrorCode::forbidden, "the invite is not valid, or not any more"};
        }
        id = row.uuid(0);
    }
    return connection.run(kUseInvite, id);
}

Result<ports::CreatedUser> insert_account(
    Connection& connection, const ports::NewAccount& account, const ports::AuditEntry& act
) {
    TRY(const bool anybody, connection.has(kAnybody));
    if (account.invite) {
        if (auto taken = take_invite(connection, *account.invite, act.time); !taken) {
            return std::move(taken).error();
        }
    }
    TRY(auto created, insert_user(connection, account.user, account.password_hash));
    if (!anybody) {
        const auto role = static_cast<std::int64_t>(AccountRole::administrator);
        if (auto set = connection.run(kSetRole, account.user.id, role); !set) {
            return std::move(set).error();
        }
    }
    if (auto noted = insert_audit(connection, act); !noted) {
        return std::move(noted).error();
    }
    return created;
}

Result<ports::User> insert_server(
    Connection& connection, ports::User wanted, const std::string& hash
) {
    TRY(auto there, find_one(connection, kFindServer));
    if (there) {
        return std::move(there->user);
    }
    const std::string name = wanted.username;
    for (int n = 2;; ++n) {
        TRY(const bool taken, connection.has(kUsernameExists, fold_case(wanted.username)));
        if (!taken) {
            break;
        }
        wanted.username = name + std::to_string(n);
    }
    TRY(auto created, insert_user(connection, wanted, hash));
    const auto role = static_cast<std::int64_t>(AccountRole::server);
    if (auto set = connection.run(kSetRole, created.user.id, role); !set) {
        return std::move(set).error();
    }
    return std::move(created.user);
}

Result<std::vector<ports::Account>> list_all(
    Connection& connection, const std::string& prefix, const std::string& after, std::int64_t limit
) {
    const std::string end = prefix + '\xFF';  // 0xFF is in no UTF-8
    TRY(Statement row, connection.query(kList, prefix, end, after, limit));
    std::vector<ports::Account> accounts;
    TRY(bool more, row.step());
    while (more) {
        accounts.push_back(account_from(row));
        TRY(more, row.step());
    }
    return accounts;
}

// --- what operators do ------------------------------------------------------------------------------

Result<std::vector<DeviceId>> disable_user(
    Connection& connection, UserId id, const ports::AuditEntry& act
) {
    TRY(const auto account, find_changeable(connection, id));
    if (account.disabled_at) {
        return std::vector<DeviceId>{};
    }
    if (auto kept = keep_one(connection, account); !kept) {
        return std::move(kept).error();
    }
    if (auto done = connection.run(kDisable, id, act.time); !done) {
        return std::move(done).error();
    }
    if (auto noted = insert_audit(connection, act); !noted) {
        return std::move(noted).error();
    }
    return revoke_all_devices(connection, id, act.time);
}

Result<void> enable_user(Connection& connection, UserId id, const ports::AuditEntry& act) {
    TRY(const auto account, find_changeable(connection, id));
    if (!account.disabled_at) {
        return {};
    }
    if (auto done = connection.run(kEnable, id); !done) {
        return done;
    }
    return insert_audit(connection, act);
}

Result<void> change_role(
    Connection& connection, UserId id, AccountRole role, const ports::AuditEntry& act
) {
    TRY(const auto account, find_changeable(connection, id));
    if (account.role == role) {
        return {};
    }
    if (auto kept = keep_one(connection, account); !kept) {
        return kept;
    }
    if (auto set = connection.run(kSetRole, id, static_cast<std::int64_t>(role)); !set) {
        return set;
    }
    return insert_audit(connection, act);
}

Result<std::vector<DeviceId>> void_password(
    Connection& connection,
    UserId id,
    const ports::AccountDirectory::PasswordReset& reset,
    const ports::AuditEntry& act
) {
    TRY(const auto account, find_changeable(connection, id));
    if (auto done = connection.run(kVoidPassword, id, reset.unmatchable_hash); !done) {
        return std::move(done).error();
    }
    if (auto put = connection.run(kPutReset, id, reset.token, reset.expires_at); !put) {
        return std::move(put).error();
    }
    if (auto noted = insert_audit(connection, act); !noted) {
        return std::move(noted).error();
    }
    return revoke_all_devices(connection, account.user.id, act.time);
}

Result<UserId> use_reset(
    Connection& connection,
    const ports::TokenHash& token,
    const std::string& hash,
    ports::AuditEntry act
) {
    UserId id;
    {
        TRY(Statement row, connection.query(kFindReset, token));
        TRY(const bool found, row.step());
        if (!found || row.time(1) <= act.time) {
            return Error{ErrorCode::unauthorized, "the reset token is not valid, or not any more"};
        }
        id = {row.uuid(0)};
    }
    if (auto dropped = connection.run(kDropReset, id); !dropped) {
        return std::move(dropped).error();
    }
    if (auto set = connection.run(kSetPassword, id, hash); !set) {
        return std::move(set).error();
    }
    act.subject = to_string(id.uuid);
    if (auto noted = insert_audit(connection, act); !noted) {
        return std::move(noted).error();
    }
    return id;
}

// --- invites ----------------------------------------------------------------------------------------

Result<void> insert_invite(
    Connection& connection,
    const ports::Invite& invite,
    const ports::TokenHash& code,
    const ports::AuditEntry& act
) {
    if (auto forgotten = connection.run(kForgetInvites, act.time); !forgotten) {
        return forgotten;
    }
    TRY(const std::int64_t standing, connection.number(kCountInvites));
    if (standing >= static_cast<std::int64_t>(ports::kInvitesMax)) {
        return Error{ErrorCode::conflict, "too many invites stand already: revoke some"};
    }
    auto inserted = connection.run(
        kInsertInvite,
        invite.id,
        code,
        invite.note,
        static_cast<std::int64_t>(invite.uses_max),
        invite.created_by,
        invite.created_at,
        invite.expires_at
    );
    return inserted ? insert_audit(connection, act) : std::move(inserted);
}

Result<std::vector<ports::Invite>> list_invites(Connection& connection) {
    TRY(Statement row, connection.query(kListInvites));
    std::vector<ports::Invite> invites;
    TRY(bool more, row.step());
    while (more) {
        ports::Invite one;
        one.id = row.uuid(0);
        one.note = row.text(1);
        one.uses_max = static_cast<std::uint32_t>(row.integer(2));
        one.uses = static_cast<std::uint32_t>(row.integer(3));
        if (!row.is_null(4)) {
            one.created_by = UserId{row.uuid(4)};
        }
        one.created_at = row.time(5);
        one.expires_at = row.time(6);
        if (!row.is_null(7)) {
            one.revoked_at = row.time(7);
        }
        invites.push_back(std::move(one));
        TRY(more, row.step());
    }
    return invites;
}

Result<void> end_invite(Connection& connection, const Uuid& id, const ports::AuditEntry& act) {
    {
        TRY(Statement row, connection.query(kInviteStands, id));
        TRY(const bool found, row.step());
        if (!found) {
            return Error{ErrorCode::not_found, "no such invite"};
        }
        if (!row.is_null(0)) {
            return {};
        }
    }
    if (auto revoked = connection.run(kRevokeInvite, id, act.time); !revoked) {
        return revoked;
    }
    return insert_audit(connection, act);
}

Result<ports::AccountStatistics> count_all(Connection& connection, Timestamp now) {
    const Timestamp day = now.plus(-std::chrono::days{1});
    const Timestamp week = now.plus(-std::chrono::days{7});
    TRY(Statement row, connection.query(kStatistics, day, week));
    TRY(const bool counted, row.step());
    PARLEY_ASSERT(counted);
    const auto count = [&row](int column) {
        return static_cast<std::uint64_t>(row.integer(column));
    };
    return ports::AccountStatistics{
        .users = count(0),
        .disabled = count(1),
        .administrators = count(2),
        .created_within_day = count(3),
        .created_within_week = count(4),
        .devices = count(5),
    };
}

}  // namespace

runtime::Task<Result<ports::CreatedUser>> AccountDirectory::register_user(
    runtime::Loop& home, ports::NewAccount account, ports::AuditEntry act
) {
    auto work = [account = std::move(account), act = std::move(act)](Connection& connection) {
        return insert_account(connection, account, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::User>> AccountDirectory::server_user(
    runtime::Loop& home, ports::User wanted, std::string password_hash
) {
    auto work = [wanted = std::move(wanted), hash = std::move(password_hash)](Connection& connection
                ) { return insert_server(connection, wanted, hash); };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::optional<ports::Account>>> AccountDirectory::find_account(
    runtime::Loop& home, UserId id
) {
    auto work = [id](Connection& connection) { return find_one(connection, kFindById, id); };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::optional<ports::Account>>> AccountDirectory::find_account_named(
    runtime::Loop& home, std::string username
) {
    auto work = [key = fold_case(username)](Connection& connection) {
        return find_one(connection, kFindByName, key);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Account>>> AccountDirectory::list_accounts(
    runtime::Loop& home, Query query
) {
    auto work = [prefix = fold_case(query.prefix),
                 after = fold_case(query.after),
                 limit = static_cast<std::int64_t>(query.limit)](Connection& connection) {
        return list_all(connection, prefix, after, limit);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<DeviceId>>> AccountDirectory::disable(
    runtime::Loop& home, UserId id, ports::AuditEntry act
) {
    auto work = [id, act = std::move(act)](Connection& connection) {
        return disable_user(connection, id, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> AccountDirectory::enable(
    runtime::Loop& home, UserId id, ports::AuditEntry act
) {
    auto work = [id, act = std::move(act)](Connection& connection) {
        return enable_user(connection, id, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> AccountDirectory::set_role(
    runtime::Loop& home, UserId id, ports::AccountRole role, ports::AuditEntry act
) {
    PARLEY_ASSERT(role != ports::AccountRole::server);
    auto work = [id, role, act = std::move(act)](Connection& connection) {
        return change_role(connection, id, role, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<DeviceId>>> AccountDirectory::begin_reset(
    runtime::Loop& home, UserId id, PasswordReset reset, ports::AuditEntry act
) {
    auto work = [id, reset = std::move(reset), act = std::move(act)](Connection& connection) {
        return void_password(connection, id, reset, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<UserId>> AccountDirectory::finish_reset(
    runtime::Loop& home, ports::TokenHash token, std::string password_hash, ports::AuditEntry act
) {
    auto work = [token, hash = std::move(password_hash), act = std::move(act)](
                    Connection& connection
                ) { return use_reset(connection, token, hash, act); };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> AccountDirectory::create_invite(
    runtime::Loop& home, ports::Invite invite, ports::TokenHash code, ports::AuditEntry act
) {
    auto work = [invite = std::move(invite), code, act = std::move(act)](Connection& connection) {
        return insert_invite(connection, invite, code, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Invite>>> AccountDirectory::invites(runtime::Loop& home) {
    auto work = [](Connection& connection) { return list_invites(connection); };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<void>> AccountDirectory::revoke_invite(
    runtime::Loop& home, Uuid id, ports::AuditEntry act
) {
    auto work = [id, act = std::move(act)](Connection& connection) {
        return end_invite(connection, id, act);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::AccountStatistics>> AccountDirectory::statistics(
    runtime::Loop& home, Timestamp now
) {
    auto work = [now](Connection& connection) { return count_all(connection, now); };
    co_return co_await database_.read(home, std::move(work));
}

}  // namespace parley::sqlite
