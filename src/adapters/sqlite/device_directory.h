#pragma once

#include "adapters/sqlite/database.h"
#include "ports/device_directory.h"

namespace parley::sqlite {

/// Devices and refresh tokens in the directory's file. Thread-safe; `database` must outlive it.
class DeviceDirectory final : public ports::DeviceDirectory {
public:
    explicit DeviceDirectory(Database& database) noexcept : database_(database) {}

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

private:
    Database& database_;
};

/// Ends all of the user's devices, and answers them.
[[nodiscard]] Result<std::vector<DeviceId>> revoke_all_devices(
    Connection& connection, UserId user, Timestamp now
);

/// Creates the device with its first token, or begins a new family on it; `conflict` as the port says. Ends
/// no other device.
[[nodiscard]] Result<void> insert_login(
    Connection& connection,
    const ports::Device& device,
    const ports::TokenHash& token,
    Timestamp expires_at
);

}  // namespace parley::sqlite
