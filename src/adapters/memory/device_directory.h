#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "ports/device_directory.h"

namespace parley::memory {

/// Devices and refresh tokens in maps: for tests and the simulation. Every call is done when its Task first
/// runs; what it answered is in `state()`, from which a directory can be made again. Thread-safe.
class DeviceDirectory final : public ports::DeviceDirectory {
public:
    struct Family {
        ports::Device device;
        ports::TokenHash live{};                    ///< the one token that rotates
        std::optional<ports::TokenHash> last_used;  ///< whose successor is `live`
        std::optional<Timestamp> revoked_at;

        friend bool operator==(const Family&, const Family&) = default;
    };
    struct Token {
        DeviceId device;
        Timestamp expires_at;
        std::optional<Timestamp> used_at;

        friend bool operator==(const Token&, const Token&) = default;
    };
    /// A value: ordered, so that the same calls always give the same answers in the same order.
    struct State {
        std::map<DeviceId, Family> families;
        std::map<ports::TokenHash, Token>
            tokens;  ///< live and used ones, of devices that are not revoked

        friend bool operator==(const State&, const State&) = default;
    };

    DeviceDirectory() = default;
    explicit DeviceDirectory(State state);

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> log_in(
        runtime::Loop& home,
        ports::Device device,
        ports::TokenHash token,
        Timestamp expires_at,
        std::size_t devices_max
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::Rotation>> rotate(
        runtime::Loop& home, ports::RotationRequest request
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> revoke(
        runtime::Loop& home, UserId user, DeviceId device, Timestamp now
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Device>>> list(
        runtime::Loop& home, UserId user
    ) override;
    [[nodiscard]] Result<std::vector<DeviceId>> revoked_since(Timestamp since) override;

    /// Revokes all devices of an account that goes, and answers those that were live. Of AccountRemovals.
    std::vector<DeviceId> erase(UserId user, Timestamp now);
    /// All of the user's devices, as `revoke` does it with one; answers them.
    std::vector<DeviceId> revoke_all(UserId user, Timestamp now);

private:
    void drop_tokens(DeviceId device);
    void revoke_family(Family& family, Timestamp now);
    std::vector<DeviceId> make_room(const ports::Device& newest, std::size_t devices_max);

    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
