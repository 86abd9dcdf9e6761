#include "adapters/sqlite/user_directory.h"

#include <algorithm>
#include <utility>

#include "base/fold.h"

namespace parley::sqlite {
namespace {

constexpr std::size_t kFindAllIdsMax = 500;

constexpr const char* kInsertUser = R"(
INSERT INTO users (id, username, username_key, display_name, display_key, about, email, phone, password_hash, created_at,
                   claimed_email, claimed_phone)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12))";
constexpr const char* kUsernameExists = "SELECT 1 FROM users WHERE username_key = ?1";
constexpr const char* kEmailOwner = "SELECT id FROM users WHERE email = ?1";
constexpr const char* kPhoneOwner = "SELECT id FROM users WHERE phone = ?1";

constexpr const char* kFindUser = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       hides_presence, last_seen
FROM users WHERE id = ?1)";
constexpr const char* kSearchByUsername = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       hides_presence, last_seen
FROM users
WHERE username_key >= ?1 AND username_key < ?2
ORDER BY username_key LIMIT ?3 OFFSET ?4)";
// Those whose username begins so, too, have been found by it.
constexpr const char* kSearchByDisplayName = R"(
SELECT id, username, display_name, about, coalesce(email, claimed_email), coalesce(phone, claimed_phone), created_at,
       hides_presence, last_seen
FROM users
WHERE display_key >= ?1 AND display_key < ?2 AND NOT (username_key >= ?1 AND username_key < ?2)
ORDER BY display_key, id LIMIT ?3 OFFSET ?4)";
constexpr const char* kCountByUsername =
    "SELECT count(*) FROM users WHERE username_key >= ?1 AND username_key < ?2";

constexpr const char* kFindLoginByUsername =
    "SELECT id, password_hash, disabled_at, generation FROM users WHERE username_key = ?1";
constexpr const char* kFindLoginByEmail =
    "SELECT id, password_hash, disabled_at, generation FROM users WHERE email = ?1";
constexpr const char* kFindLoginByPhone =
    "SELECT id, password_hash, disabled_at, generation FROM users WHERE phone = ?1";

constexpr const char* kUserExists = "SELECT 1 FROM users WHERE id = ?1";
constexpr const char* kSetPasswordHash = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
constexpr const char* kSetProfile =
    "UPDATE users SET display_name = ?2, display_key = ?3, about = ?4, hides_presence = ?5 WHERE "
    "id = ?1";
constexpr const char* kSaveLastSeen =
    "UPDATE users SET last_seen = ?2 WHERE id = ?1 AND (last_seen IS NULL OR last_seen < ?2)";

Error no_such_user() {
    return {ErrorCode::not_found, "no such user"};
}

ports::User user_from(const Statement& row) {
    return ports::User{
        .id = {row.uuid(0)},
        .username = row.text(1),
        .display_name = row.text(2),
        .about = row.text(3),
        .email = row.optional_text(4),
        .phone = row.optional_text(5),
        .created_at = row.time(6),
        .hides_presence = row.integer(7) != 0,
        .last_seen = row.is_null(8) ? std::nullopt : std::optional(row.time(8)),
    };
}

/// Who logs in by this contact.
Result<std::optional<UserId>> find_owner(
    Connection& connection, const char* sql, const std::optional<std::string>& contact
) {
    if (!contact) {
        return std::optional<UserId>{};
    }
    TRY(Statement row, connection.query(sql, *contact));
    TRY(const bool found, row.step());
    return found ? std::optional(UserId{row.uuid(0)}) : std::nullopt;
}

Result<std::optional<ports::User>> find_user(Connection& connection, UserId id) {
    TRY(Statement row, connection.query(kFindUser, id));
    TRY(const bool found, row.step());
    if (!found) {
        return std::optional<ports::User>{};
    }
    return std::optional(user_from(row));
}

Result<std::vector<ports::User>> find_users(Connection& connection, std::vector<UserId> ids) {
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    std::vector<ports::User> users;
    for (const UserId& id : ids) {
        TRY(auto user, find_user(connection, id));
        if (user) {
            users.push_back(std::move(*user));
        }
    }
    return users;
}

Result<std::optional<ports::Credentials>> find_credentials(
    Connection& connection, const std::string& folded
) {
    // All three, whatever the first finds: how long this takes tells nobody whether there is such a login.
    std::optional<ports::Credentials> credentials;
    for (const char* sql : {kFindLoginByUsername, kFindLoginByEmail, kFindLoginByPhone}) {
        TRY(Statement row, connection.query(sql, folded));
        TRY(const bool found, row.step());
        if (found && !credentials) {
            credentials = ports::Credentials{
                .id = {row.uuid(0)},
                .password_hash = row.text(1),
                .disabled = !row.is_null(2),
                .generation = static_cast<std::uint64_t>(row.integer(3))
            };
        }
    }
    return credentials;
}

Result<ports::User> update_profile(Connection& connection, UserId id, ports::ProfileChange change) {
    TRY(auto user, find_user(connection, id));
    if (!user) {
        return no_such_user();
    }
    user->display_name = std::move(change.display_name).value_or(std::move(user->display_name));
    user->about = std::move(change.about).value_or(std::move(user->about));
    user->hides_presence = change.hides_presence.value_or(user->hides_presence);
    const std::string key = fold_case(user->display_name);
    const std::int64_t hides = user->hides_presence ? 1 : 0;
    if (auto set = connection.run(kSetProfile, id, user->display_name, key, user->about, hides);
        !set) {
        return std::move(set).error();
    }
    return std::move(*user);
}

Result<void> search_by(
    Connection& connection,
    const char* sql,
    const ports::UserSearch& search,
    std::size_t from,
    std::vector<ports::User>& users
) {
    // After every text that begins with it: 0xFF is not in UTF-8.
    const std::string end = search.query + '\xFF';
    const auto room = static_cast<std::int64_t>(search.limit - users.size());
    TRY(Statement row,
        connection.query(sql, search.query, end, room, static_cast<std::int64_t>(from)));
    TRY(bool more, row.step());
    while (more) {
        users.push_back(user_from(row));
        TRY(more, row.step());
    }
    return {};
}

Result<std::vector<ports::User>> search_users(
    Connection& connection, const ports::UserSearch& search
) {
    std::vector<ports::User> users;
    if (auto found = search_by(connection, kSearchByUsername, search, search.from, users); !found) {
        return std::move(found).error();
    }
    if (users.size() == search.limit) {
        return users;
    }
    // Those by display name come behind all those by username, some of which are on earlier pages.
    std::size_t from = 0;
    if (search.from > 0 && users.empty()) {
        TRY(Statement row, connection.query(kCountByUsername, search.query, search.query + '\xFF'));
        TRY(const bool counted, row.step());
        PARLEY_ASSERT(counted);
        from = search.from - std::min(search.from, static_cast<std::size_t>(row.integer(0)));
    }
    if (auto found = search_by(connection, kSearchByDisplayName, search, from, users); !found) {
        return std::move(found).error();
    }
    return users;
}

Result<void> save_times(Connection& connection, const std::vector<ports::LastSeen>& seen) {
    for (const ports::LastSeen& one : seen) {
        if (auto saved = connection.run(kSaveLastSeen, one.user, one.at); !saved) {
            return saved;
        }
    }
    return {};
}

}  // namespace

Result<ports::CreatedUser> insert_user(
    Connection& connection, ports::User user, const std::string& hash
) {
    const std::string username_key = fold_case(user.username);
    TRY(const bool taken, connection.has(kUsernameExists, username_key));
    if (taken) {
        return Error{ErrorCode::conflict, "the username is taken"};
    }
    TRY(const auto email_owner, find_owner(connection, kEmailOwner, user.email));
    TRY(const auto phone_owner, find_owner(connection, kPhoneOwner, user.phone));
    const std::optional<std::string> none;
    auto inserted = connection.run(
        kInsertUser,
        user.id,
        user.username,
        username_key,
        user.display_name,
        fold_case(user.display_name),
        user.about,
        email_owner ? none : user.email,
        phone_owner ? none : user.phone,
        hash,
        user.created_at,
        email_owner ? user.email : none,
        phone_owner ? user.phone : none
    );
    if (!inserted) {
        return std::move(inserted).error();
    }
    return ports::CreatedUser{std::move(user), email_owner, phone_owner};
}

runtime::Task<Result<ports::CreatedUser>> UserDirectory::create(
    runtime::Loop& home, ports::User user, std::string password_hash
) {
    auto work = [user = std::move(user), hash = std::move(password_hash)](Connection& connection) {
        return insert_user(connection, user, hash);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::optional<ports::User>>> UserDirectory::find(
    runtime::Loop& home, UserId id
) {
    auto work = [id](Connection& connection) { return find_user(connection, id); };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::User>>> UserDirectory::find_all(
    runtime::Loop& home, std::vector<UserId> ids
) {
    PARLEY_ASSERT(ids.size() <= kFindAllIdsMax);
    auto work = [ids = std::move(ids)](Connection& connection) {
        return find_users(connection, ids);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::optional<ports::Credentials>>> UserDirectory::find_login(
    runtime::Loop& home, std::string login
) {
    auto work = [folded = fold_case(login)](Connection& connection) {
        return find_credentials(connection, folded);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<void>> UserDirectory::set_password_hash(
    runtime::Loop& home, UserId id, std::string password_hash
) {
    auto work = [id, hash = std::move(password_hash)](Connection& connection) -> Result<void> {
        TRY(const bool there, connection.has(kUserExists, id));
        return there ? connection.run(kSetPasswordHash, id, hash) : no_such_user();
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::User>> UserDirectory::change_profile(
    runtime::Loop& home, UserId id, ports::ProfileChange change
) {
    auto work = [id, change = std::move(change)](Connection& connection) {
        return update_profile(connection, id, change);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::User>>> UserDirectory::search(
    runtime::Loop& home, ports::UserSearch search
) {
    search.query = fold_case(search.query);
    auto work = [search = std::move(search)](Connection& connection) {
        return search_users(connection, search);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<void>> UserDirectory::save_last_seen(
    runtime::Loop& home, std::vector<ports::LastSeen> seen
) {
    auto work = [seen = std::move(seen)](Connection& connection) {
        return save_times(connection, seen);
    };
    co_return co_await database_.write(home, std::move(work));
}

}  // namespace parley::sqlite
