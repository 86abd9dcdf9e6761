#include "adapters/sqlite/contact_directory.h"

#include <utility>

namespace parley::sqlite {
namespace {

constexpr std::size_t kRelationsMax = 500;

constexpr const char* kUserExists = "SELECT 1 FROM users WHERE id = ?1";
constexpr const char* kFindLine = R"(
SELECT id, user_id, nickname, blocked, created_at, listed FROM contacts WHERE owner = ?1 AND user_id = ?2)";
constexpr const char* kList = R"(
SELECT id, user_id, nickname, blocked, created_at FROM contacts
WHERE owner = ?1 AND user_id > ?2 AND listed = 1 ORDER BY user_id LIMIT ?3)";
constexpr const char* kCount = "SELECT count(*) FROM contacts WHERE owner = ?1 AND listed = 1";
constexpr const char* kPut = R"(
INSERT INTO contacts (owner, user_id, id, nickname, blocked, listed, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
ON CONFLICT (owner, user_id) DO UPDATE SET
    id = excluded.id, nickname = excluded.nickname, blocked = excluded.blocked, listed = 1,
    created_at = excluded.created_at)";
constexpr const char* kUnlist =
    "UPDATE contacts SET listed = 0, nickname = '' WHERE owner = ?1 AND user_id = ?2";
constexpr const char* kDelete = "DELETE FROM contacts WHERE owner = ?1 AND user_id = ?2";
constexpr const char* kRelation = R"(
SELECT max(listed), max(blocked) FROM contacts
WHERE (owner = ?1 AND user_id = ?2) OR (owner = ?2 AND user_id = ?1))";

Error not_listed() {
    return {ErrorCode::not_found, "no such contact"};
}

ports::Contact contact_from(const Statement& row) {
    return {
        .id = row.uuid(0),
        .user = {row.uuid(1)},
        .nickname = row.text(2),
        .blocked = row.integer(3) != 0,
        .created_at = row.time(4),
    };
}

struct Line {
    ports::Contact contact;
    bool listed = false;
};

Result<std::optional<Line>> find_line(Connection& connection, UserId owner, UserId user) {
    TRY(Statement row, connection.query(kFindLine, owner, user));
    TRY(const bool found, row.step());
    if (!found) {
        return std::optional<Line>{};
    }
    return std::optional(Line{.contact = contact_from(row), .listed = row.integer(5) != 0});
}

Result<ports::ContactDirectory::Added> add_contact(
    Connection& connection, UserId owner, ports::Contact contact, std::size_t most
) {
    for (const UserId& user : {owner, contact.user}) {
        TRY(const bool known, connection.has(kUserExists, user));
        if (!known) {
            return Error{ErrorCode::not_found, "no such user"};
        }
    }
    TRY(auto there, find_line(connection, owner, contact.user));
    const bool created = !there || !there->listed;
    if (there) {
        contact.blocked = contact.blocked || there->contact.blocked;
    }
    if (!created) {
        contact.id = there->contact.id;
        contact.created_at = there->contact.created_at;
        if (contact.nickname.empty()) {
            contact.nickname = std::move(there->contact.nickname);
        }
    } else {
        TRY(Statement row, connection.query(kCount, owner));
        TRY(const bool counted, row.step());
        PARLEY_ASSERT(counted);
        if (static_cast<std::size_t>(row.integer(0)) >= most) {
            return Error{ErrorCode::too_large, "too many contacts"};
        }
    }
    if (auto done = put_contact(connection, owner, contact); !done) {
        return std::move(done).error();
    }
    return ports::ContactDirectory::Added{.contact = std::move(contact), .created = created};
}

Result<ports::Contact> change_contact(
    Connection& connection, UserId owner, UserId user, ports::ContactChange change
) {
    TRY(auto line, find_line(connection, owner, user));
    if (!line || !line->listed) {
        return not_listed();
    }
    ports::Contact contact = std::move(line->contact);
    contact.nickname = std::move(change.nickname).value_or(std::move(contact.nickname));
    contact.blocked = change.blocked.value_or(contact.blocked);
    if (auto done = put_contact(connection, owner, contact); !done) {
        return std::move(done).error();
    }
    return contact;
}

Result<void> remove_contact(Connection& connection, UserId owner, UserId user) {
    TRY(const auto line, find_line(connection, owner, user));
    if (!line || !line->listed) {
        return not_listed();
    }
    return connection.run(line->contact.blocked ? kUnlist : kDelete, owner, user);
}

Result<std::vector<ports::Contact>> list_contacts(
    Connection& connection, UserId owner, UserId after, std::size_t limit
) {
    std::vector<ports::Contact> contacts;
    TRY(Statement row, connection.query(kList, owner, after, static_cast<std::int64_t>(limit)));
    TRY(bool more, row.step());
    while (more) {
        contacts.push_back(contact_from(row));
        TRY(more, row.step());
    }
    return contacts;
}

Result<std::vector<ports::Relation>> find_relations(
    Connection& connection, UserId user, const std::vector<UserId>& others
) {
    std::vector<ports::Relation> relations;
    for (const UserId& other : others) {
        TRY(Statement row, connection.query(kRelation, user, other));
        TRY(const bool found, row.step());
        if (found && !row.is_null(0)) {
            relations.push_back(
                {.user = other, .contact = row.integer(0) != 0, .blocked = row.integer(1) != 0}
            );
        }
    }
    return relations;
}

}  // namespace

Result<void> put_contact(Connection& connection, UserId owner, const ports::Contact& contact) {
    return connection.run(
        kPut,
        owner,
        contact.user,
        contact.id,
        contact.nickname,
        std::int64_t{contact.blocked ? 1 : 0},
        contact.created_at
    );
}

runtime::Task<Result<ports::ContactDirectory::Added>> ContactDirectory::add(
    runtime::Loop& home, UserId owner, ports::Contact contact, std::size_t most
) {
    auto work = [owner, contact = std::move(contact), most](Connection& connection) {
        return add_contact(connection, owner, contact, most);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::Contact>> ContactDirectory::change(
    runtime::Loop& home, UserId owner, UserId user, ports::ContactChange change
) {
    auto work = [owner, user, change = std::move(change)](Connection& connection) {
        return change_contact(connection, owner, user, change);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> ContactDirectory::remove(
    runtime::Loop& home, UserId owner, UserId user
) {
    auto work = [owner, user](Connection& connection) {
        return remove_contact(connection, owner, user);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::optional<ports::Contact>>> ContactDirectory::find(
    runtime::Loop& home, UserId owner, UserId user
) {
    auto work = [owner, user](Connection& connection) -> Result<std::optional<ports::Contact>> {
        TRY(auto line, find_line(connection, owner, user));
        if (!line || !line->listed) {
            return std::optional<ports::Contact>{};
        }
        return std::optional(std::move(line->contact));
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Contact>>> ContactDirectory::list(
    runtime::Loop& home, UserId owner, UserId after, std::size_t limit
) {
    auto work = [owner, after, limit](Connection& connection) {
        return list_contacts(connection, owner, after, limit);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Relation>>> ContactDirectory::relations(
    runtime::Loop& home, UserId user, std::vector<UserId> others
) {
    PARLEY_ASSERT(others.size() <= kRelationsMax);
    auto work = [user, others = std::move(others)](Connection& connection) {
        return find_relations(connection, user, others);
    };
    co_return co_await database_.read(home, std::move(work));
}

}  // namespace parley::sqlite
