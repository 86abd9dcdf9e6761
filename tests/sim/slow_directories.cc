#include "tests/sim/slow_directories.h"

#include <utility>

namespace parley::sim {

using runtime::Loop;
using runtime::Task;

// --- users ----------------------------------------------------------------------------------------

Task<Result<ports::CreatedUser>> SlowUserDirectory::create(
    Loop& home, ports::User user, std::string password_hash
) {
    return calls_.run<ports::CreatedUser>(
        &home,
        [this, &home, user = std::move(user), hash = std::move(password_hash)] {
            return inner_.create(home, user, hash);
        }
    );
}

Task<Result<std::optional<ports::User>>> SlowUserDirectory::find(Loop& home, UserId id) {
    return calls_.run<std::optional<ports::User>>(&home, [this, &home, id] {
        return inner_.find(home, id);
    });
}

Task<Result<std::vector<ports::User>>> SlowUserDirectory::find_all(
    Loop& home, std::vector<UserId> ids
) {
    return calls_.run<std::vector<ports::User>>(&home, [this, &home, ids = std::move(ids)] {
        return inner_.find_all(home, ids);
    });
}

Task<Result<std::optional<ports::Credentials>>> SlowUserDirectory::find_login(
    Loop& home, std::string login
) {
    return calls_.run<std::optional<ports::Credentials>>(
        &home, [this, &home, login = std::move(login)] { return inner_.find_login(home, login); }
    );
}

Task<Result<void>> SlowUserDirectory::set_password_hash(
    Loop& home, UserId id, std::string password_hash
) {
    return calls_.run<void>(&home, [this, &home, id, hash = std::move(password_hash)] {
        return inner_.set_password_hash(home, id, hash);
    });
}

Task<Result<ports::User>> SlowUserDirectory::change_profile(
    Loop& home, UserId id, ports::ProfileChange change
) {
    return calls_.run<ports::User>(&home, [this, &home, id, change = std::move(change)] {
        return inner_.change_profile(home, id, change);
    });
}

Task<Result<std::vector<ports::User>>> SlowUserDirectory::search(
    Loop& home, std::string query, std::size_t limit
) {
    return calls_.run<std::vector<ports::User>>(
        &home,
        [this, &home, query = std::move(query), limit] { return inner_.search(home, query, limit); }
    );
}

// --- devices --------------------------------------------------------------------------------------

Task<Result<std::vector<DeviceId>>> SlowDeviceDirectory::log_in(
    Loop& home,
    ports::Device device,
    ports::TokenHash token,
    Timestamp expires_at,
    std::size_t devices_max
) {
    return calls_.run<std::vector<DeviceId>>(
        &home,
        [this, &home, device = std::move(device), token, expires_at, devices_max] {
            return inner_.log_in(home, device, token, expires_at, devices_max);
        }
    );
}

Task<Result<ports::Rotation>> SlowDeviceDirectory::rotate(
    Loop& home, ports::RotationRequest request
) {
    return calls_.run<ports::Rotation>(&home, [this, &home, request] {
        return inner_.rotate(home, request);
    });
}

Task<Result<void>> SlowDeviceDirectory::revoke(
    Loop& home, UserId user, DeviceId device, Timestamp now
) {
    return calls_.run<void>(&home, [this, &home, user, device, now] {
        return inner_.revoke(home, user, device, now);
    });
}

Task<Result<std::vector<ports::Device>>> SlowDeviceDirectory::list(Loop& home, UserId user) {
    return calls_.run<std::vector<ports::Device>>(&home, [this, &home, user] {
        return inner_.list(home, user);
    });
}

Result<std::vector<DeviceId>> SlowDeviceDirectory::revoked_since(Timestamp since) {
    return inner_.revoked_since(since);
}

// --- conversations --------------------------------------------------------------------------------

Task<Result<ports::OpenedPair>> SlowConversationDirectory::open_direct(
    Loop& home, UserId one, UserId other, ConversationNumber candidate
) {
    return calls_.run<ports::OpenedPair>(&home, [this, &home, one, other, candidate] {
        return inner_.open_direct(home, one, other, candidate);
    });
}

Task<Result<std::vector<ConversationNumber>>> SlowConversationDirectory::of_user(
    Loop& home, UserId user
) {
    return calls_.run<std::vector<ConversationNumber>>(&home, [this, &home, user] {
        return inner_.of_user(home, user);
    });
}

}  // namespace parley::sim
