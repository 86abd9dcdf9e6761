#include "adapters/memory/account_directory.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/fold.h"

namespace parley::memory {
namespace {

using ports::AccountRole;

Error last_administrator() {
    return Error{ErrorCode::conflict, "this is the last operator: make another one first"};
}

ports::Account account_of(const UserDirectory::Account& account) {
    return {
        .user = account.user,
        .role = account.role,
        .disabled_at = account.disabled_at,
        .generation = account.generation,
    };
}

}  // namespace

AccountDirectory::State AccountDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

Result<AccountDirectory::Account*> AccountDirectory::find_changeable(UserId id) {
    const auto found = users_.state_.accounts.find(id);
    if (found == users_.state_.accounts.end()) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    if (found->second.role == AccountRole::server) {
        return Error{ErrorCode::forbidden, "this is the server's own account"};
    }
    return &found->second;
}

bool AccountDirectory::is_last_administrator(const Account& account) const {
    if (account.role != AccountRole::administrator || account.disabled_at) {
        return false;
    }
    return std::ranges::none_of(users_.state_.accounts, [&](const auto& entry) {
        const Account& other = entry.second;
        return other.role == AccountRole::administrator && !other.disabled_at &&
               other.user.id != account.user.id;
    });
}

AccountDirectory::StoredInvite* AccountDirectory::find_invite(
    const ports::TokenHash& code, Timestamp now
) {
    for (auto& [id, stored] : state_.invites) {
        const ports::Invite& invite = stored.invite;
        const bool stands =
            invite.uses < invite.uses_max && now < invite.expires_at && !invite.revoked_at;
        if (stored.code == code) {
            return stands ? &stored : nullptr;
        }
    }
    return nullptr;
}

runtime::Task<Result<ports::CreatedUser>> AccountDirectory::register_user(
    runtime::Loop& /*home*/, ports::NewAccount account, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const bool first = std::ranges::all_of(users_.state_.accounts, [](const auto& entry) {
        return entry.second.role == AccountRole::server;
    });
    StoredInvite* invite = account.invite ? find_invite(*account.invite, act.time) : nullptr;
    if (account.invite && invite == nullptr) {
        co_return Error{ErrorCode::forbidden, "the invite is not valid, or not any more"};
    }
    auto created = users_.insert(std::move(account.user), std::move(account.password_hash));
    if (!created.ok()) {
        co_return created;
    }
    if (invite != nullptr) {
        ++invite->invite.uses;
    }
    if (first) {
        users_.state_.accounts.at(created->user.id).role = AccountRole::administrator;
    }
    audit_.add(std::move(act));
    co_return created;
}

runtime::Task<Result<ports::User>> AccountDirectory::server_user(
    runtime::Loop& /*home*/, ports::User wanted, std::string password_hash
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    for (const auto& [id, account] : users_.state_.accounts) {
        if (account.role == AccountRole::server) {
            co_return account.user;
        }
    }
    const std::string name = wanted.username;
    for (int n = 2; users_.state_.by_username.contains(fold_case(wanted.username)); ++n) {
        wanted.username = name + std::to_string(n);
    }
    auto created = users_.insert(std::move(wanted), std::move(password_hash));
    CO_TRY(ports::CreatedUser made, std::move(created));
    users_.state_.accounts.at(made.user.id).role = AccountRole::server;
    co_return std::move(made.user);
}

runtime::Task<Result<std::optional<ports::Account>>> AccountDirectory::find_account(
    runtime::Loop& /*home*/, UserId id
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const auto found = users_.state_.accounts.find(id);
    if (found == users_.state_.accounts.end()) {
        co_return std::optional<ports::Account>{};
    }
    co_return std::optional(account_of(found->second));
}

runtime::Task<Result<std::optional<ports::Account>>> AccountDirectory::find_account_named(
    runtime::Loop& /*home*/, std::string username
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const auto found = users_.state_.by_username.find(fold_case(username));
    if (found == users_.state_.by_username.end()) {
        co_return std::optional<ports::Account>{};
    }
    co_return std::optional(account_of(users_.state_.accounts.at(found->second)));
}

runtime::Task<Result<std::vector<ports::Account>>> AccountDirectory::list_accounts(
    runtime::Loop& /*home*/, Query query
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const std::string prefix = fold_case(query.prefix);
    const std::string after = fold_case(query.after);
    std::vector<ports::Account> accounts;
    for (auto at = users_.state_.by_username.lower_bound(prefix);
         at != users_.state_.by_username.end() && at->first.starts_with(prefix) &&
         accounts.size() < query.limit;
         ++at) {
        if (at->first > after) {
            accounts.push_back(account_of(users_.state_.accounts.at(at->second)));
        }
    }
    co_return accounts;
}

runtime::Task<Result<std::vector<DeviceId>>> AccountDirectory::disable(
    runtime::Loop& /*home*/, UserId id, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    CO_TRY(Account * account, find_changeable(id));
    if (account->disabled_at) {
        co_return std::vector<DeviceId>{};
    }
    if (is_last_administrator(*account)) {
        co_return last_administrator();
    }
    account->disabled_at = act.time;
    ++account->generation;
    const Timestamp now = act.time;
    audit_.add(std::move(act));
    co_return devices_.revoke_all(id, now);
}

runtime::Task<Result<void>> AccountDirectory::enable(
    runtime::Loop& /*home*/, UserId id, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    CO_TRY(Account * account, find_changeable(id));
    if (account->disabled_at) {
        account->disabled_at.reset();
        audit_.add(std::move(act));
    }
    co_return Result<void>{};
}

runtime::Task<Result<void>> AccountDirectory::set_role(
    runtime::Loop& /*home*/, UserId id, ports::AccountRole role, ports::AuditEntry act
) {
    PARLEY_ASSERT(role != AccountRole::server);
    const std::scoped_lock lock(mutex_, users_.mutex_);
    CO_TRY(Account * account, find_changeable(id));
    if (account->role == role) {
        co_return Result<void>{};
    }
    if (is_last_administrator(*account)) {
        co_return last_administrator();
    }
    account->role = role;
    audit_.add(std::move(act));
    co_return Result<void>{};
}

runtime::Task<Result<std::vector<DeviceId>>> AccountDirectory::begin_reset(
    runtime::Loop& /*home*/, UserId id, PasswordReset reset, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    CO_TRY(Account * account, find_changeable(id));
    account->password_hash = std::move(reset.unmatchable_hash);
    ++account->generation;
    state_.resets[id] = {.token = reset.token, .expires_at = reset.expires_at};
    const Timestamp now = act.time;
    audit_.add(std::move(act));
    co_return devices_.revoke_all(id, now);
}

runtime::Task<Result<UserId>> AccountDirectory::finish_reset(
    runtime::Loop& /*home*/,
    ports::TokenHash token,
    std::string password_hash,
    ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const auto found = std::ranges::find_if(state_.resets, [&](const auto& entry) {
        return entry.second.token == token && act.time < entry.second.expires_at;
    });
    if (found == state_.resets.end()) {
        co_return Error{ErrorCode::unauthorized, "the reset token is not valid, or not any more"};
    }
    const UserId id = found->first;
    state_.resets.erase(found);
    users_.state_.accounts.at(id).password_hash = std::move(password_hash);
    act.subject = to_string(id.uuid);
    audit_.add(std::move(act));
    co_return id;
}

runtime::Task<Result<void>> AccountDirectory::create_invite(
    runtime::Loop& /*home*/, ports::Invite invite, ports::TokenHash code, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    std::erase_if(state_.invites, [&](const auto& entry) {
        const ports::Invite& old = entry.second.invite;
        return old.expires_at <= act.time || old.revoked_at || old.uses >= old.uses_max;
    });
    if (state_.invites.size() >= ports::kInvitesMax) {
        co_return Error{ErrorCode::conflict, "too many invites stand already: revoke some"};
    }
    const Uuid id = invite.id;
    state_.invites.emplace(id, StoredInvite{.invite = std::move(invite), .code = code});
    audit_.add(std::move(act));
    co_return Result<void>{};
}

runtime::Task<Result<std::vector<ports::Invite>>> AccountDirectory::invites(runtime::Loop& /*home*/
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    std::vector<ports::Invite> invites;
    for (const auto& [id, stored] : state_.invites) {
        invites.push_back(stored.invite);
    }
    std::ranges::sort(invites, [](const ports::Invite& a, const ports::Invite& b) {
        return std::tie(b.created_at, a.id) < std::tie(a.created_at, b.id);
    });
    co_return invites;
}

runtime::Task<Result<void>> AccountDirectory::revoke_invite(
    runtime::Loop& /*home*/, Uuid id, ports::AuditEntry act
) {
    const std::scoped_lock lock(mutex_, users_.mutex_);
    const auto found = state_.invites.find(id);
    if (found == state_.invites.end()) {
        co_return Error{ErrorCode::not_found, "no such invite"};
    }
    if (!found->second.invite.revoked_at) {
        found->second.invite.revoked_at = act.time;
        audit_.add(std::move(act));
    }
    co_return Result<void>{};
}

runtime::Task<Result<ports::AccountStatistics>> AccountDirectory::statistics(
    runtime::Loop& home, Timestamp now
) {
    ports::AccountStatistics sum;
    std::vector<UserId> users;
    {
        const std::scoped_lock lock(mutex_, users_.mutex_);
        for (const auto& [id, account] : users_.state_.accounts) {
            const Timestamp at = account.user.created_at;
            const bool counts = account.role != AccountRole::server;
            sum.users += counts ? 1 : 0;
            sum.disabled += account.disabled_at ? 1 : 0;
            sum.administrators += account.role == AccountRole::administrator ? 1 : 0;
            sum.created_within_day += counts && at > now.plus(-std::chrono::days{1}) ? 1 : 0;
            sum.created_within_week += counts && at > now.plus(-std::chrono::days{7}) ? 1 : 0;
            users.push_back(id);
        }
    }
    for (const UserId& user : users) {
        CO_TRY(const auto devices, co_await devices_.list(home, user));
        sum.devices += devices.size();
    }
    co_return sum;
}

}  // namespace parley::memory
