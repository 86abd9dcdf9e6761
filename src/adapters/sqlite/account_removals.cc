#include "adapters/sqlite/account_removals.h"

#include <array>
#include <utility>

namespace parley::sqlite {
namespace {

constexpr const char* kUserExists = "SELECT 1 FROM users WHERE id = ?1";
// The first account of an empty server is an operator again.
constexpr const char* kIsLastOperator = R"(
SELECT 1 FROM users
WHERE id = ?1 AND role = 1 AND disabled_at IS NULL
  AND EXISTS (SELECT 1 FROM users WHERE id <> ?1 AND role <> 2)
  AND NOT EXISTS (SELECT 1 FROM users WHERE id <> ?1 AND role = 1 AND disabled_at IS NULL))";
constexpr const char* kLiveDevices =
    "SELECT id FROM devices WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY id";

constexpr const char* kNoteRemoval = "INSERT INTO removals (user_id, since) VALUES (?1, ?2)";
constexpr const char* kKeepDevices = R"(
INSERT INTO ended_devices (id, revoked_at)
SELECT id, coalesce(revoked_at, ?2) FROM devices WHERE user_id = ?1)";

/// In this order: each step takes away what refers to what the next one takes away.
constexpr std::array kTakeOut{
    R"(
INSERT INTO removal_conversations (user_id, number)
SELECT ?1, number FROM direct_conversations WHERE low_user = ?1
UNION
SELECT ?1, number FROM direct_conversations WHERE high_user = ?1
UNION
SELECT ?1, number FROM half_conversations WHERE user_id = ?1
UNION
SELECT ?1, number FROM group_members WHERE user_id = ?1)",
    R"(
INSERT INTO half_conversations (number, user_id)
SELECT number, CASE low_user WHEN ?1 THEN nullif(high_user, ?1) ELSE low_user END
FROM direct_conversations WHERE low_user = ?1 OR high_user = ?1)",
    "DELETE FROM direct_conversations WHERE low_user = ?1 OR high_user = ?1",
    "DELETE FROM refresh_tokens WHERE device IN (SELECT number FROM devices WHERE user_id = ?1)",
    "DELETE FROM devices WHERE user_id = ?1",
    "DELETE FROM users WHERE id = ?1",
};

constexpr const char* kPending =
    "SELECT user_id, since FROM removals ORDER BY since, user_id LIMIT ?1";
constexpr const char* kConversations = R"(
SELECT number FROM removal_conversations WHERE user_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3)";
constexpr const char* kForgotten =
    "DELETE FROM removal_conversations WHERE user_id = ?1 AND number = ?2";
constexpr const char* kFinish = R"(
DELETE FROM removals
WHERE user_id = ?1 AND NOT EXISTS (SELECT 1 FROM removal_conversations WHERE user_id = ?1))";

Result<std::vector<DeviceId>> live_devices(Connection& connection, UserId user) {
    std::vector<DeviceId> devices;
    TRY(Statement row, connection.query(kLiveDevices, user));
    TRY(bool more, row.step());
    while (more) {
        devices.push_back({row.uuid(0)});
        TRY(more, row.step());
    }
    return devices;
}

Result<std::vector<DeviceId>> take_out(Connection& connection, UserId user, Timestamp now) {
    TRY(const bool there, connection.has(kUserExists, user));
    if (!there) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    TRY(const bool needed, connection.has(kIsLastOperator, user));
    if (needed) {
        return Error{ErrorCode::conflict, "this is the last operator: make another one first"};
    }
    TRY(auto devices, live_devices(connection, user));
    for (const char* sql : {kNoteRemoval, kKeepDevices}) {
        if (auto done = connection.run(sql, user, now); !done) {
            return std::move(done).error();
        }
    }
    for (const char* sql : kTakeOut) {
        if (auto done = connection.run(sql, user); !done) {
            return std::move(done).error();
        }
    }
    return devices;
}

Result<std::vector<ports::Removal>> list_pending(Connection& connection, std::size_t limit) {
    std::vector<ports::Removal> removals;
    TRY(Statement row, connection.query(kPending, static_cast<std::int64_t>(limit)));
    TRY(bool more, row.step());
    while (more) {
        removals.push_back({.user = {row.uuid(0)}, .since = row.time(1)});
        TRY(more, row.step());
    }
    return removals;
}

Result<std::vector<ConversationNumber>> list_noted(
    Connection& connection, UserId user, ConversationNumber after, std::size_t limit
) {
    std::vector<ConversationNumber> numbers;
    const auto most = static_cast<std::int64_t>(limit);
    TRY(Statement row, connection.query(kConversations, user, after, most));
    TRY(bool more, row.step());
    while (more) {
        numbers.push_back({static_cast<std::uint64_t>(row.integer(0))});
        TRY(more, row.step());
    }
    return numbers;
}

}  // namespace

runtime::Task<Result<std::vector<DeviceId>>> AccountRemovals::remove(
    runtime::Loop& home, UserId user, Timestamp now
) {
    auto work = [user, now](Connection& connection) { return take_out(connection, user, now); };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Removal>>> AccountRemovals::pending(
    runtime::Loop& home, std::size_t limit
) {
    auto work = [limit](Connection& connection) { return list_pending(connection, limit); };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<std::vector<ConversationNumber>>> AccountRemovals::conversations(
    runtime::Loop& home, UserId user, ConversationNumber after, std::size_t limit
) {
    auto work = [user, after, limit](Connection& connection) {
        return list_noted(connection, user, after, limit);
    };
    co_return co_await database_.read(home, std::move(work));
}

runtime::Task<Result<void>> AccountRemovals::forgotten(
    runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
) {
    auto work = [user, numbers = std::move(numbers)](Connection& connection) -> Result<void> {
        for (const ConversationNumber& number : numbers) {
            if (auto done = connection.run(kForgotten, user, number); !done) {
                return done;
            }
        }
        return {};
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> AccountRemovals::finish(runtime::Loop& home, UserId user) {
    auto work = [user](Connection& connection) { return connection.run(kFinish, user); };
    co_return co_await database_.write(home, std::move(work));
}

}  // namespace parley::sqlite
