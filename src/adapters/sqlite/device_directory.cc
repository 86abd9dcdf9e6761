#include "adapters/sqlite/device_directory.h"

#include <utility>

#include "base/mutant.h"

namespace parley::sqlite {
namespace {

constexpr const char* kFindDevice = "SELECT number, user_id, revoked_at FROM devices WHERE id = ?1";
constexpr const char* kInsertDevice = R"(
INSERT INTO devices (id, user_id, name, platform, created_at, last_used_at, live_token, key_thumbprint)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
RETURNING number)";
constexpr const char* kRestartFamily = R"(
UPDATE devices
SET name = ?2, platform = ?3, last_used_at = ?4, live_token = ?5, last_token = NULL, key_thumbprint = ?6
WHERE number = ?1)";
constexpr const char* kRevokeDevice =
    "UPDATE devices SET revoked_at = ?2, live_token = NULL, last_token = NULL WHERE number = ?1";
constexpr const char* kListDevices = R"(
SELECT id, user_id, name, platform, created_at, last_used_at, key_thumbprint FROM devices
WHERE user_id = ?1 AND revoked_at IS NULL
ORDER BY created_at DESC, id)";
// Of a user's live devices but one (?2), those after the first ?3, newest use first.
constexpr const char* kLongestUnused = R"(
SELECT number, id FROM devices
WHERE user_id = ?1 AND revoked_at IS NULL AND id <> ?2
ORDER BY last_used_at DESC, id LIMIT -1 OFFSET ?3)";
constexpr const char* kLiveDevices =
    "SELECT number, id FROM devices WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY id";
constexpr const char* kRevokedSince = R"(
SELECT id FROM devices WHERE revoked_at > ?1
UNION ALL
SELECT id FROM ended_devices WHERE revoked_at > ?1
ORDER BY id)";
constexpr const char* kEndedDevice = "SELECT 1 FROM ended_devices WHERE id = ?1";

constexpr const char* kFindToken = R"(
SELECT t.device, t.expires_at, t.used_at, d.id, d.user_id, d.live_token, d.last_token, d.key_thumbprint
FROM refresh_tokens t JOIN devices d ON d.number = t.device
WHERE t.hash = ?1)";
constexpr const char* kInsertToken =
    "INSERT INTO refresh_tokens (hash, device, expires_at) VALUES (?1, ?2, ?3)";
constexpr const char* kUseToken = "UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1";
constexpr const char* kMoveFamily =
    "UPDATE devices SET live_token = ?2, last_token = ?3, last_used_at = ?4 WHERE number = ?1";
constexpr const char* kDropTokens = "DELETE FROM refresh_tokens WHERE device = ?1";
constexpr const char* kDropExpiredTokens =
    "DELETE FROM refresh_tokens WHERE device = ?1 AND expires_at <= ?2";

Error refused_token() {
    return {ErrorCode::unauthorized, "the refresh token is not valid"};
}

/// A token, and the family it belongs to.
struct Presented {
    std::int64_t device_number = 0;
    Timestamp expires_at;
    std::optional<Timestamp> used_at;
    DeviceId device;
    UserId user;
    ports::TokenHash live{};
    ports::TokenHash last_used{};
    std::optional<ports::KeyThumbprint> key;
};

std::optional<ports::KeyThumbprint> key_in(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.hash(column));
}

Result<std::optional<Presented>> find_token(Connection& connection, const ports::TokenHash& hash) {
    TRY(Statement row, connection.query(kFindToken, hash));
    TRY(const bool found, row.step());
    if (!found) {
        return std::optional<Presented>{};
    }
    return std::optional(Presented{
        .device_number = row.integer(0),
        .expires_at = row.time(1),
        .used_at = row.is_null(2) ? std::nullopt : std::optional(row.time(2)),
        .device = {row.uuid(3)},
        .user = {row.uuid(4)},
        .live = row.hash(5),
        .last_used = row.hash(6),
        .key = key_in(row, 7),
    });
}

Result<void> move_family(
    Connection& connection, std::int64_t device, const ports::RotationRequest& request
) {
    const Timestamp now = request.now;
    if (auto used = connection.run(kUseToken, request.presented, now); !used) {
        return used;
    }
    if (auto dropped = connection.run(kDropExpiredTokens, device, now); !dropped) {
        return dropped;
    }
    auto inserted = connection.run(kInsertToken, request.successor, device, request.expires_at);
    if (!inserted) {
        return inserted;
    }
    return connection.run(kMoveFamily, device, request.successor, request.presented, now);
}

Result<void> end_device(Connection& connection, std::int64_t number, Timestamp now) {
    if (auto dropped = connection.run(kDropTokens, number); !dropped) {
        return dropped;
    }
    return connection.run(kRevokeDevice, number, now);
}

Result<ports::Rotation> rotate_token(
    Connection& connection, const ports::RotationRequest& request
) {
    TRY(const auto token, find_token(connection, request.presented));
    if (!token || token->expires_at <= request.now || !ports::has_key(token->key, request)) {
        return refused_token();
    }
    ports::Rotation rotation{
        .kind = ports::Rotation::Kind::rotated, .device = token->device, .user = token->user
    };
    if (!token->used_at) {
        PARLEY_ASSERT(token->live == request.presented);
        if (auto moved = move_family(connection, token->device_number, request); !moved) {
            return std::move(moved).error();
        }
        return rotation;
    }
    const bool retry = token->last_used == request.presented && token->live == request.successor &&
                       ports::may_repeat(*token->used_at, request);
    if (retry || mutant(Mutant::refresh_twice)) {
        rotation.kind = ports::Rotation::Kind::repeated;
        return rotation;
    }
    rotation.kind = ports::Rotation::Kind::reused;
    if (auto ended = end_device(connection, token->device_number, request.now); !ended) {
        return std::move(ended).error();
    }
    return rotation;
}

/// Answers the number of a live device of the user; nothing when there is none of that id at all.
Result<std::optional<std::int64_t>> find_live(Connection& connection, DeviceId id, UserId user) {
    TRY(Statement row, connection.query(kFindDevice, id));
    TRY(const bool found, row.step());
    if (!found) {
        TRY(const bool ended, connection.has(kEndedDevice, id));
        if (ended) {
            return Error{ErrorCode::conflict, "the device id is not free"};
        }
        return std::optional<std::int64_t>{};
    }
    if (UserId{row.uuid(1)} != user || !row.is_null(2)) {
        return Error{ErrorCode::conflict, "the device id is not free"};
    }
    return std::optional(row.integer(0));
}

Result<std::int64_t> insert_device(
    Connection& connection, const ports::Device& device, const ports::TokenHash& token
) {
    TRY(Statement row,
        connection.query(
            kInsertDevice,
            device.id,
            device.user,
            device.name,
            device.platform,
            device.created_at,
            device.last_used_at,
            token,
            device.key
        ));
    TRY(const bool inserted, row.step());
    PARLEY_ASSERT(inserted);
    const std::int64_t number = row.integer(0);
    TRY(const bool more, row.step());
    PARLEY_ASSERT(!more);
    return number;
}

Result<void> revoke_device(Connection& connection, UserId user, DeviceId device, Timestamp now) {
    auto number = find_live(connection, device, user);
    const bool missing = number ? !number->has_value() : number.error().code == ErrorCode::conflict;
    if (missing) {
        return Error{ErrorCode::not_found, "no such device"};
    }
    if (!number) {
        return std::move(number).error();
    }
    return end_device(connection, **number, now);
}

/// Ends the devices of all rows (number, id).
Result<std::vector<DeviceId>> end_all(Connection& connection, Statement row, Timestamp now) {
    struct Surplus {
        std::int64_t number = 0;
        DeviceId id;
    };
    std::vector<Surplus> surplus;
    TRY(bool more, row.step());
    while (more) {
        surplus.push_back({.number = row.integer(0), .id = {row.uuid(1)}});
        TRY(more, row.step());
    }
    std::vector<DeviceId> ended;
    for (const auto& [number, id] : surplus) {
        if (auto done = end_device(connection, number, now); !done) {
            return std::move(done).error();
        }
        ended.push_back(id);
    }
    return ended;
}

/// Ends the user's longest unused devices until `newest` and at most `devices_max` - 1 others are left.
Result<std::vector<DeviceId>> make_room(
    Connection& connection, const ports::Device& newest, std::size_t devices_max
) {
    const auto kept = static_cast<std::int64_t>(devices_max - 1);
    TRY(Statement row, connection.query(kLongestUnused, newest.user, newest.id, kept));
    return end_all(connection, std::move(row), newest.last_used_at);
}

Result<std::vector<ports::Device>> list_devices(Connection& connection, UserId user) {
    std::vector<ports::Device> devices;
    TRY(Statement row, connection.query(kListDevices, user));
    TRY(bool more, row.step());
    while (more) {
        devices.push_back(
            {.id = {row.uuid(0)},
             .user = {row.uuid(1)},
             .name = row.text(2),
             .platform = row.text(3),
             .created_at = row.time(4),
             .last_used_at = row.time(5),
             .key = key_in(row, 6)}
        );
        TRY(more, row.step());
    }
    return devices;
}

Result<std::vector<DeviceId>> list_revoked(Connection& connection, Timestamp since) {
    std::vector<DeviceId> devices;
    TRY(Statement row, connection.query(kRevokedSince, since));
    TRY(bool more, row.step());
    while (more) {
        devices.push_back({row.uuid(0)});
        TRY(more, row.step());
    }
    return devices;
}

}  // namespace

Result<std::vector<DeviceId>> revoke_all_devices(
    Connection& connection, UserId user, Timestamp now
) {
    TRY(Statement row, connection.query(kLiveDevices, user));
    return end_all(connection, std::move(row), now);
}

Result<void> insert_login(
    Connection& connection,
    const ports::Device& device,
    const ports::TokenHash& token,
    Timestamp expires_at
) {
    TRY(auto number, find_live(connection, device.id, device.user));
    if (!number) {
        TRY(number, insert_device(connection, device, token));
        return connection.run(kInsertToken, token, *number, expires_at);
    }
    if (auto dropped = connection.run(kDropTokens, *number); !dropped) {
        return dropped;
    }
    auto restarted = connection.run(
        kRestartFamily,
        *number,
        device.name,
        device.platform,
        device.last_used_at,
        token,
        device.key
    );
    if (!restarted) {
        return restarted;
    }
    return connection.run(kInsertToken, token, *number, expires_at);
}

runtime::Task<Result<std::vector<DeviceId>>> DeviceDirectory::log_in(
    runtime::Loop& home,
    ports::Device device,
    ports::TokenHash token,
    Timestamp expires_at,
    std::size_t devices_max
) {
    PARLEY_ASSERT(devices_max > 0);
    auto work = [device = std::move(device), token, expires_at, devices_max](Connection& connection
                ) -> Result<std::vector<DeviceId>> {
        if (auto inserted = insert_login(connection, device, token, expires_at); !inserted) {
            return std::move(inserted).error();
        }
        return make_room(connection, device, devices_max);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<ports::Rotation>> DeviceDirectory::rotate(
    runtime::Loop& home, ports::RotationRequest request
) {
    auto work = [request](Connection& connection) { return rotate_token(connection, request); };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<void>> DeviceDirectory::revoke(
    runtime::Loop& home, UserId user, DeviceId device, Timestamp now
) {
    auto work = [user, device, now](Connection& connection) {
        return revoke_device(connection, user, device, now);
    };
    co_return co_await database_.write(home, std::move(work));
}

runtime::Task<Result<std::vector<ports::Device>>> DeviceDirectory::list(
    runtime::Loop& home, UserId user
) {
    auto work = [user](Connection& connection) { return list_devices(connection, user); };
    co_return co_await database_.read(home, std::move(work));
}

Result<std::vector<DeviceId>> DeviceDirectory::revoked_since(Timestamp since) {
    auto work = [since](Connection& connection) { return list_revoked(connection, since); };
    return database_.read_here(work);
}

}  // namespace parley::sqlite
