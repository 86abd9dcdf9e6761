#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// SHA-256 of a refresh token: tokens themselves are stored nowhere.
using TokenHash = std::array<std::byte, 32>;
/// SHA-256 of a device's public key (RFC 7638).
using KeyThumbprint = std::array<std::byte, 32>;

/// How long after its use a refresh token answers the same successor again: the answer may have been lost.
inline constexpr Duration kRefreshGrace = std::chrono::seconds{10};

struct Device {
    DeviceId id;
    UserId user;
    std::string name;
    std::string platform;
    Timestamp created_at;
    Timestamp last_used_at;  ///< of its refresh token
    /// Whoever renews its token must have shown this key; nothing: the token will do.
    std::optional<KeyThumbprint> key = std::nullopt;

    friend bool operator==(const Device&, const Device&) = default;
};

struct RotationRequest {
    TokenHash presented{};
    TokenHash successor{};
    Timestamp now;
    Timestamp expires_at;  ///< of the successor
    /// When this process began to serve. A token used before that was used in an earlier life of the
    /// server, which may have ended before the answer was out.
    Timestamp serving_since;
    /// The key that came with the request, and was proved.
    std::optional<KeyThumbprint> key = std::nullopt;
};

/// Whether a token of a device bound to `key` may be used at all by this request.
[[nodiscard]] inline bool has_key(
    const std::optional<KeyThumbprint>& key, const RotationRequest& request
) noexcept {
    return !key || key == request.key;
}

/// Whether the answer to a rotation at `used_at` may have been lost, so that it is given again.
[[nodiscard]] inline bool may_repeat(Timestamp used_at, const RotationRequest& request) noexcept {
    return used_at < request.serving_since || request.now <= used_at.plus(kRefreshGrace);
}

struct Rotation {
    enum class Kind : unsigned char {
        rotated,  ///< the presented token was the current one; `successor` is current now
        repeated,  ///< it was used within the grace or before `serving_since`, and its successor is still
                   ///< unused: the same successor again
        reused,  ///< it was used before: the device is revoked by this call
    };
    Kind kind = Kind::rotated;
    DeviceId device;
    UserId user;
};

/// Devices and their refresh tokens: each device has one family with one live token. What a call answers
/// well is durable. Coroutines resume on `home`. Errors of every call: `unavailable` and `internal`, both
/// with nothing changed.
class DeviceDirectory {
public:
    virtual ~DeviceDirectory() = default;

    /// A new login: creates the device, or (same id, same user) starts a new family on it, which ends the
    /// old one. `conflict` when the id is another user's, or the device has been revoked: it stays dead.
    /// Leaves the user at most `devices_max` devices, this one included: those unused for longest are
    /// revoked, and answered.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<DeviceId>>> log_in(
        runtime::Loop& home,
        Device device,
        TokenHash token,
        Timestamp expires_at,
        std::size_t devices_max
    ) = 0;

    /// One atomic step: decides as Rotation says, at `now`. `unauthorized` for a token nobody has or that
    /// has expired, and, with nothing changed, for one of a device bound to another key than the request's: a stolen
    /// token alone neither renews anything nor ends its device. Two calls at once with the same token give `rotated` and `repeated` (same successor).
    [[nodiscard]] virtual runtime::Task<Result<Rotation>> rotate(
        runtime::Loop& home, RotationRequest request
    ) = 0;

    /// Ends the device: its tokens are dead. `not_found` when the user has no such device.
    [[nodiscard]] virtual runtime::Task<Result<void>> revoke(
        runtime::Loop& home, UserId user, DeviceId device, Timestamp now
    ) = 0;

    /// The user's live devices, newest first.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Device>>> list(
        runtime::Loop& home, UserId user
    ) = 0;

    /// Devices revoked after `since`: those whose access tokens may still be running. Blocks; at start.
    [[nodiscard]] virtual Result<std::vector<DeviceId>> revoked_since(Timestamp since) = 0;
};

}  // namespace parley::ports
