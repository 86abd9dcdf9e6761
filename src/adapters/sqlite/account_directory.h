#pragma once

#include "adapters/sqlite/database.h"
#include "ports/account_directory.h"

namespace parley::sqlite {

/// Who may come in, in the directory's file. Thread-safe. Outlived by its Database.
class AccountDirectory final : public ports::AccountDirectory {
public:
    explicit AccountDirectory(Database& database) : database_(database) {}

    [[nodiscard]] runtime::Task<Result<ports::CreatedUser>> register_user(
        runtime::Loop& home, ports::NewAccount account, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::User>> server_user(
        runtime::Loop& home, ports::User wanted, std::string password_hash
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Account>>> find_account(
        runtime::Loop& home, UserId id
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Account>>> find_account_named(
        runtime::Loop& home, std::string username
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Account>>> list_accounts(
        runtime::Loop& home, Query query
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> disable(
        runtime::Loop& home, UserId id, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> enable(
        runtime::Loop& home, UserId id, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> set_role(
        runtime::Loop& home, UserId id, ports::AccountRole role, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> begin_reset(
        runtime::Loop& home, UserId id, PasswordReset reset, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<UserId>> finish_reset(
        runtime::Loop& home,
        ports::TokenHash token,
        std::string password_hash,
        ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> create_invite(
        runtime::Loop& home, ports::Invite invite, ports::TokenHash code, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Invite>>> invites(runtime::Loop& home
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> revoke_invite(
        runtime::Loop& home, Uuid id, ports::AuditEntry act
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::AccountStatistics>> statistics(
        runtime::Loop& home, Timestamp now
    ) override;

private:
    Database& database_;
};

}  // namespace parley::sqlite
