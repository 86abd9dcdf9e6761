#pragma once

#include <map>
#include <mutex>

#include "adapters/memory/audit_log.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/user_directory.h"
#include "ports/account_directory.h"

namespace parley::memory {

/// Who may come in, beside the accounts in memory: for tests and the simulation. Thread-safe. Outlived by the others;
/// its lock is taken before theirs.
class AccountDirectory final : public ports::AccountDirectory {
public:
    struct StoredInvite {
        ports::Invite invite;
        ports::TokenHash code{};

        friend bool operator==(const StoredInvite&, const StoredInvite&) = default;
    };
    struct StoredReset {
        ports::TokenHash token{};
        Timestamp expires_at;

        friend bool operator==(const StoredReset&, const StoredReset&) = default;
    };
    /// A value; the rest is in the user directory's.
    struct State {
        std::map<Uuid, StoredInvite> invites;
        std::map<UserId, StoredReset> resets;

        friend bool operator==(const State&, const State&) = default;
    };

    AccountDirectory(UserDirectory& users, DeviceDirectory& devices, AuditLog& audit)
        : AccountDirectory(users, devices, audit, {}) {}
    AccountDirectory(UserDirectory& users, DeviceDirectory& devices, AuditLog& audit, State state)
        : users_(users), devices_(devices), audit_(audit), state_(std::move(state)) {}

    [[nodiscard]] State state() const;

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
    using Account = UserDirectory::Account;

    // Under both locks.
    [[nodiscard]] Result<Account*> find_changeable(UserId id);
    [[nodiscard]] bool is_last_administrator(const Account& account) const;
    [[nodiscard]] StoredInvite* find_invite(const ports::TokenHash& code, Timestamp now);

    UserDirectory& users_;
    DeviceDirectory& devices_;
    AuditLog& audit_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
