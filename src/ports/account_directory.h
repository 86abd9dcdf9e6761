#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/audit_log.h"
#include "ports/device_directory.h"
#include "ports/user_directory.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// What an account may do on this server.
enum class AccountRole : unsigned char {
    user = 0,
    administrator = 1,  ///< an operator: sees and does what /api/admin has
    server = 2,         ///< the one account by which the server itself speaks; nobody logs in to it
};

struct Account {
    User user;
    AccountRole role = AccountRole::user;
    std::optional<Timestamp> disabled_at;
    std::uint64_t generation = 0;  ///< as in Credentials

    friend bool operator==(const Account&, const Account&) = default;
};

struct NewAccount {
    User user;
    std::string password_hash;
    std::optional<TokenHash> invite;  ///< SHA-256 of the code that is to let them in
};

struct Invite {
    Uuid id;
    std::string note;  ///< for whom it is
    std::uint32_t uses_max = 1;
    std::uint32_t uses = 0;
    std::optional<UserId> created_by;  ///< nothing: the machine's own operator
    Timestamp created_at;
    Timestamp expires_at;
    std::optional<Timestamp> revoked_at;

    friend bool operator==(const Invite&, const Invite&) = default;
};

/// Invites that may stand at once; more is `conflict`. Those that are over are forgotten when new ones come.
inline constexpr std::size_t kInvitesMax = 1000;

/// How many there are, for the operator.
struct AccountStatistics {
    std::uint64_t users = 0;  ///< without the server's own
    std::uint64_t disabled = 0;
    std::uint64_t administrators = 0;
    std::uint64_t created_within_day = 0;
    std::uint64_t created_within_week = 0;
    std::uint64_t devices = 0;

    friend bool operator==(const AccountStatistics&, const AccountStatistics&) = default;
};

/// Who may come in, and as what: registration by invites, roles, disabled accounts, passwords that an operator resets.
/// Each call that changes something writes its AuditEntry in the same atomic step, and takes its time from there.
/// What a call answers well is durable. Coroutines resume on `home`. Errors of every call: `unavailable` and
/// `internal`, both with nothing changed; those that name a user: `not_found`, `forbidden` for the server's own account.
class AccountDirectory {
public:
    virtual ~AccountDirectory() = default;

    /// As UserDirectory::create; with an invite, one of its uses is taken in the same step, and `forbidden` says that
    /// it is unknown, over, used up or revoked. The first account of all (but the server's) is an administrator.
    /// A name that is taken is `conflict`, and takes no use.
    [[nodiscard]] virtual runtime::Task<Result<CreatedUser>> register_user(
        runtime::Loop& home, NewAccount account, AuditEntry act
    ) = 0;
    /// The server's own account, made when it is not there, as `wanted` or, when its name is taken, with a number
    /// behind the name.
    [[nodiscard]] virtual runtime::Task<Result<User>> server_user(
        runtime::Loop& home, User wanted, std::string password_hash
    ) = 0;

    /// Nothing when there is no such user.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<Account>>> find_account(
        runtime::Loop& home, UserId id
    ) = 0;
    [[nodiscard]] virtual runtime::Task<Result<std::optional<Account>>> find_account_named(
        runtime::Loop& home, std::string username
    ) = 0;
    struct Query {
        std::string prefix;  ///< of the username, without regard to case
        std::string after;   ///< a username: only those behind it
        std::size_t limit = 50;
    };
    /// In the order of usernames.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Account>>> list_accounts(
        runtime::Loop& home, Query query
    ) = 0;

    /// Nobody gets in by this account any more; all of its devices are revoked, and answered. `conflict` for the last
    /// administrator who is not disabled. One that is disabled already stays as it is: no devices, nothing written.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<DeviceId>>> disable(
        runtime::Loop& home, UserId id, AuditEntry act
    ) = 0;
    [[nodiscard]] virtual runtime::Task<Result<void>> enable(
        runtime::Loop& home, UserId id, AuditEntry act
    ) = 0;
    /// `user` or `administrator`; `conflict` for the last administrator who is not disabled.
    [[nodiscard]] virtual runtime::Task<Result<void>> set_role(
        runtime::Loop& home, UserId id, AccountRole role, AuditEntry act
    ) = 0;

    struct PasswordReset {
        TokenHash token{};
        Timestamp expires_at;
        std::string unmatchable_hash;  ///< takes the password's place at once
    };
    /// The password is void, a former reset's token too, and all devices are revoked, and answered.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<DeviceId>>> begin_reset(
        runtime::Loop& home, UserId id, PasswordReset reset, AuditEntry act
    ) = 0;
    /// Sets the password by a token, which is used up with it. `unauthorized` for one that nobody has, or that is over.
    /// The subject of `act` is filled in.
    [[nodiscard]] virtual runtime::Task<Result<UserId>> finish_reset(
        runtime::Loop& home, TokenHash token, std::string password_hash, AuditEntry act
    ) = 0;

    [[nodiscard]] virtual runtime::Task<Result<void>> create_invite(
        runtime::Loop& home, Invite invite, TokenHash code, AuditEntry act
    ) = 0;
    /// Newest first; at most kInvitesMax and those that are over but not forgotten yet.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Invite>>> invites(runtime::Loop& home
    ) = 0;
    /// `not_found`. One that is revoked already stays as it is.
    [[nodiscard]] virtual runtime::Task<Result<void>> revoke_invite(
        runtime::Loop& home, Uuid id, AuditEntry act
    ) = 0;

    [[nodiscard]] virtual runtime::Task<Result<AccountStatistics>> statistics(
        runtime::Loop& home, Timestamp now
    ) = 0;
};

}  // namespace parley::ports
