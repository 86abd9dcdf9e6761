#include "adapters/memory/device_directory.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::memory {
namespace {

Error refused_token() {
    return Error{ErrorCode::unauthorized, "the refresh token is not valid"};
}

}  // namespace

DeviceDirectory::DeviceDirectory(State state) : state_(std::move(state)) {}

DeviceDirectory::State DeviceDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void DeviceDirectory::drop_tokens(DeviceId device) {
    std::erase_if(state_.tokens, [&](const auto& entry) { return entry.second.device == device; });
}

void DeviceDirectory::revoke_family(Family& family, Timestamp now) {
    family.revoked_at = now;
    drop_tokens(family.device.id);
}

/// Revokes the user's longest unused devices until `newest` and at most `devices_max` - 1 others are left.
std::vector<DeviceId> DeviceDirectory::make_room(
    const ports::Device& newest, std::size_t devices_max
) {
    std::vector<ports::Device> others;
    for (const auto& [id, family] : state_.families) {
        if (family.device.user == newest.user && id != newest.id && !family.revoked_at) {
            others.push_back(family.device);
        }
    }
    std::ranges::sort(others, [](const ports::Device& a, const ports::Device& b) {
        return std::tie(b.last_used_at, a.id) < std::tie(a.last_used_at, b.id);
    });
    std::vector<DeviceId> ended;
    for (std::size_t at = devices_max - 1; at < others.size(); ++at) {
        revoke_family(state_.families.at(others[at].id), newest.last_used_at);
        ended.push_back(others[at].id);
    }
    return ended;
}

runtime::Task<Result<std::vector<DeviceId>>> DeviceDirectory::log_in(
    runtime::Loop& /*home*/,
    ports::Device device,
    ports::TokenHash token,
    Timestamp expires_at,
    std::size_t devices_max
) {
    PARLEY_ASSERT(devices_max > 0);
    const std::lock_guard lock(mutex_);
    const auto [found, created] = state_.families.try_emplace(device.id);
    Family& family = found->second;
    if (!created && (family.device.user != device.user || family.revoked_at)) {
        co_return Error{ErrorCode::conflict, "the device id is not free"};
    }
    if (!created) {
        device.created_at = family.device.created_at;
        drop_tokens(device.id);
    }
    PARLEY_ASSERT(!state_.tokens.contains(token));
    state_.tokens.emplace(
        token, Token{.device = device.id, .expires_at = expires_at, .used_at = {}}
    );
    family = Family{.device = std::move(device), .live = token, .last_used = {}, .revoked_at = {}};
    co_return make_room(family.device, devices_max);
}

runtime::Task<Result<ports::Rotation>> DeviceDirectory::rotate(
    runtime::Loop& /*home*/, ports::RotationRequest request
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.tokens.find(request.presented);
    if (found == state_.tokens.end() || found->second.expires_at <= request.now) {
        co_return refused_token();
    }
    Token& token = found->second;
    Family& family = state_.families.at(token.device);
    if (!ports::has_key(family.device.key, request)) {
        co_return refused_token();
    }
    ports::Rotation rotation{
        .kind = ports::Rotation::Kind::rotated,
        .device = family.device.id,
        .user = family.device.user,
    };
    if (!token.used_at) {
        PARLEY_ASSERT(family.live == request.presented);
        token.used_at = request.now;
        family.live = request.successor;
        family.last_used = request.presented;
        family.device.last_used_at = request.now;
        const Token fresh{.device = token.device, .expires_at = request.expires_at, .used_at = {}};
        PARLEY_ASSERT(state_.tokens.emplace(request.successor, fresh).second);
        co_return rotation;
    }
    if (family.last_used == request.presented && family.live == request.successor &&
        ports::may_repeat(*token.used_at, request)) {
        rotation.kind = ports::Rotation::Kind::repeated;
        co_return rotation;
    }
    rotation.kind = ports::Rotation::Kind::reused;
    revoke_family(family, request.now);
    co_return rotation;
}

runtime::Task<Result<void>> DeviceDirectory::revoke(
    runtime::Loop& /*home*/, UserId user, DeviceId device, Timestamp now
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.families.find(device);
    if (found == state_.families.end() || found->second.device.user != user ||
        found->second.revoked_at) {
        co_return Error{ErrorCode::not_found, "no such device"};
    }
    revoke_family(found->second, now);
    co_return Result<void>{};
}

std::vector<DeviceId> DeviceDirectory::revoke_all(UserId user, Timestamp now) {
    const std::lock_guard lock(mutex_);
    std::vector<DeviceId> ended;
    for (auto& [id, family] : state_.families) {
        if (family.device.user == user && !family.revoked_at) {
            revoke_family(family, now);
            ended.push_back(id);
        }
    }
    return ended;
}

runtime::Task<Result<std::vector<ports::Device>>> DeviceDirectory::list(
    runtime::Loop& /*home*/, UserId user
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::Device> devices;
    for (const auto& [id, family] : state_.families) {
        if (family.device.user == user && !family.revoked_at) {
            devices.push_back(family.device);
        }
    }
    std::ranges::sort(devices, [](const ports::Device& a, const ports::Device& b) {
        return std::tie(b.created_at, a.id) < std::tie(a.created_at, b.id);
    });
    co_return devices;
}

Result<std::vector<DeviceId>> DeviceDirectory::revoked_since(Timestamp since) {
    const std::lock_guard lock(mutex_);
    std::vector<DeviceId> devices;
    for (const auto& [id, family] : state_.families) {
        if (family.revoked_at && *family.revoked_at > since) {
            devices.push_back(id);
        }
    }
    return devices;
}

std::vector<DeviceId> DeviceDirectory::erase(UserId user, Timestamp now) {
    const std::lock_guard lock(mutex_);
    std::vector<DeviceId> ended;
    for (auto& [id, family] : state_.families) {
        if (family.device.user != user) {
            continue;
        }
        if (!family.revoked_at) {
            revoke_family(family, now);
            ended.push_back(id);
        }
        // The id stays, so that it is never given again.
        const ports::Device nobodys{
            .id = id, .user = {}, .name = {}, .platform = {}, .created_at = {}, .last_used_at = {}
        };
        family.device = nobodys;
    }
    return ended;
}

}  // namespace parley::memory
