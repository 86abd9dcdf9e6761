#include "adapters/sqlite/conversation_directory.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace parley::sqlite {
namespace {

constexpr const char* kFindPair =
    "SELECT number FROM direct_conversations WHERE low_user = ?1 AND high_user = ?2";
constexpr const char* kNumberExists = R"(
SELECT 1 FROM direct_conversations WHERE number = ?1
UNION ALL
SELECT 1 FROM groups WHERE number = ?1
UNION ALL
SELECT 1 FROM half_conversations WHERE number = ?1)";
constexpr const char* kFindGroup =
    "SELECT number FROM groups WHERE creator = ?1 AND client_id = ?2";
constexpr const char* kInsertGroup =
    "INSERT INTO groups (number, creator, client_id) VALUES (?1, ?2, ?3)";
constexpr const char* kInsertMember =
    "INSERT OR IGNORE INTO group_members (user_id, number) VALUES (?1, ?2)";
constexpr const char* kUserExists = "SELECT 1 FROM users WHERE id = ?1";
constexpr const char* kInsertPair =
    "INSERT INTO direct_conversations (number, low_user, high_user) VALUES (?1, ?2, ?3)";
constexpr const char* kOfUser = R"(
SELECT number FROM direct_conversations WHERE low_user = ?1
UNION
SELECT number FROM direct_conversations WHERE high_user = ?1
UNION
SELECT number FROM group_members WHERE user_id = ?1
UNION
SELECT number FROM half_conversations WHERE user_id = ?1
ORDER BY number)";

constexpr const char* kSharedGroups = R"(
SELECT mine.number FROM group_members mine
JOIN group_members theirs ON theirs.user_id = ?2 AND theirs.number = mine.number
WHERE mine.user_id = ?1 ORDER BY mine.number)";

constexpr const char* kList = R"(
SELECT number FROM (
    SELECT number FROM direct_conversations WHERE number > ?1
    UNION ALL
    SELECT number FROM groups WHERE number > ?1
)
ORDER BY number LIMIT ?2)";

using ReservedGroup = ports::ConversationDirectory::ReservedGroup;

ConversationNumber number_from(const Statement& row) {
    return {static_cast<std::uint64_t>(row.integer(0))};
}

Result<std::optional<ConversationNumber>> find_pair(
    Connection& connection, UserId low, UserId high
) {
    TRY(Statement row, connection.query(kFindPair, low, high));
    TRY(const bool found, row.step());
    if (!found) {
        return std::optional<ConversationNumber>{};
    }
    return std::optional(number_from(row));
}

/// Those that the query answers.
Result<std::vector<ConversationNumber>> numbers_of(Result<Statement> query) {
    std::vector<ConversationNumber> numbers;
    TRY(Statement row, std::move(query));
    TRY(bool more, row.step());
    while (more) {
        numbers.push_back(number_from(row));
        TRY(more, row.step());
    }
    return numbers;
}

Result<std::optional<ConversationNumber>> find_group(
    Connection& connection, UserId creator, const std::string& client_id
) {
    TRY(Statement row, connection.query(kFindGroup, creator, client_id));
    TRY(const bool found, row.step());
    return found ? std::optional(number_from(row)) : std::nullopt;
}

Result<void> insert_member(Connection& connection, ConversationNumber number, UserId user) {
    TRY(const bool known, connection.has(kUserExists, user));
    if (!known) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    return connection.run(kInsertMember, user, number);
}

/// For a group that is there already; who does not exist is passed over.
Result<ReservedGroup> list_more(
    Connection& connection, ConversationNumber number, const std::vector<UserId>& members
) {
    ReservedGroup reserved{.number = number, .all_known = true};
    for (const UserId& user : members) {
        TRY(const bool known, connection.has(kUserExists, user));
        reserved.all_known = reserved.all_known && known;
        if (!known) {
            continue;
        }
        if (auto listed = connection.run(kInsertMember, user, number); !listed) {
            return std::move(listed).error();
        }
    }
    return reserved;
}

Result<ReservedGroup> insert_group(
    Connection& connection,
    const ports::ConversationDirectory::NewGroup& group,
    ConversationNumber candidate
) {
    TRY(const bool known, connection.has(kUserExists, group.creator));
    if (!known) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    TRY(const auto there, find_group(connection, group.creator, group.client_id));
    if (!group.make) {
        return there ? Result<ReservedGroup>{ReservedGroup{.number = *there, .all_known = true}}
                     : Error{ErrorCode::not_found, "no such group"};
    }
    if (there) {
        return list_more(connection, *there, group.members);
    }
    TRY(const bool taken, connection.has(kNumberExists, candidate));
    if (taken) {
        return Error{ErrorCode::conflict, "the number is another conversation's"};
    }
    if (auto made = connection.run(kInsertGroup, candidate, group.creator, group.client_id);
        !made) {
        return std::move(made).error();
    }
    for (const UserId& user : group.members) {
        if (auto listed = insert_member(connection, candidate, user); !listed) {
            return std::move(listed).error();
        }
    }
    return ReservedGroup{.number = candidate, .all_known = true};
}

Result<std::vector<ports::SharedConversations>> list_shared(
    Connection& connection, UserId user, const std::vector<UserId>& others
) {
    std::vector<ports::SharedConversations> all;
    for (const UserId& other : others) {
        ports::SharedConversations shared{.user = other, .direct = false, .groups = {}};
        TRY(const auto pair, find_pair(connection, std::min(user, other), std::max(user, other)));
        shared.direct = pair.has_value();
        TRY(Statement row, connection.query(kSharedGroups, user, other));
        TRY(bool more, row.step());
        while (more) {
            shared.groups.push_back(number_from(row));
            TRY(more, row.step());
        }
        if (shared.direct || !shared.groups.empty()) {
            all.push_back(std::move(shared));
        }
    }
    return all;
}

}  // namespace

Result<ports::OpenedPair> insert_pair(
    Connection& connection, UserId one, UserId other, ConversationNumber candidate
) {
    const auto [low, high] = std::minmax(one, other);
    TRY(const auto there, find_pair(connection, low, high));
    if (there) {
        return ports::OpenedPair{.number = *there, .created = false};
    }
    for (const UserId& user : {low, high}) {
        TRY(const bool known, connection.has(kUserExists, user));
        if (!known) {
            return Error{ErrorCode::not_found, "no such user"};
        }
    }
    TRY(const bool taken, connection.has(kNumberExists, candidate));
    if (taken) {
        return Error{ErrorCode::conflict, "the number is another conversation's"};
    }
    if (auto inserted = connection.run(kInsertPair, candidate, low, high); !inserted) {
        return std::move(inserted).error();
    }
    return ports::OpenedPair{.number = candidate, .created = true};
}

runtime::Task<Result<ports::OpenedPair>> ConversationDirectory::open_direct(
    runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
) {
    // Nearly always it is there: a read finds it without waiting for a commit.
    auto look = [one, other](Connection& connection) {
        return find_pair(connection, std::min(one, other), std::max(one, other));
    };
    CO_TRY(const auto there, co_await database_.read(home, std::move(look)));
    if (there) {
        co_return ports::OpenedPair{.number = *there, .created = false};
    }
    auto work = [one, other, candidate](Connection& connection) {
        return insert_pair(connection, one, other, candidate);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::ConversationDirectory::ReservedGroup>>
ConversationDirectory::reserve_group(
    runtime::Loop& home, NewGroup group, ConversationNumber candidate
) {
    auto work = [group = std::move(group), candidate](Connection& connection) {
        return insert_group(connection, group, candidate);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> ConversationDirectory::add_members(
    runtime::Loop& home, ConversationNumber number, std::vector<UserId> users
) {
    auto work = [number, users = std::move(users)](Connection& connection) -> Result<void> {
        for (const UserId& user : users) {
            if (auto listed = insert_member(connection, number, user); !listed) {
                return listed;
            }
        }
        return {};
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ConversationNumber>>> ConversationDirectory::list(
    runtime::Loop& home, ConversationNumber after, std::size_t limit
) {
    auto work = [after, limit](Connection& connection) {
        return numbers_of(connection.query(kList, after, static_cast<std::int64_t>(limit)));
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ConversationNumber>>> ConversationDirectory::of_user(
    runtime::Loop& home, UserId user
) {
    auto work = [user](Connection& connection) {
        return numbers_of(connection.query(kOfUser, user));
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::SharedConversations>>> ConversationDirectory::shared_with(
    runtime::Loop& home, UserId user, std::vector<UserId> others
) {
    auto work = [user, others = std::move(others)](Connection& connection) {
        return list_shared(connection, user, others);
    };
    co_return co_await database_.read(home, std::move(work));
}

}  // namespace parley::sqlite
