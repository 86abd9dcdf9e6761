#pragma once

#include <map>
#include <mutex>
#include <string>

#include "ports/account_directory.h"
#include "ports/user_directory.h"

namespace parley::memory {

/// Accounts in maps: for tests and the simulation. Every call is done when its Task first runs; what it
/// answered is in `state()`, from which a directory can be made again, as after a crash. Thread-safe.
class UserDirectory final : public ports::UserDirectory {
public:
    struct Account {
        ports::User user;
        std::string password_hash;
        ports::AccountRole role = ports::AccountRole::user;
        std::optional<Timestamp> disabled_at = std::nullopt;
        std::uint64_t generation = 0;

        friend bool operator==(const Account&, const Account&) = default;
    };
    /// A value: ordered, so that the same calls always give the same answers in the same order.
    struct State {
        std::map<UserId, Account> accounts;
        std::map<std::string, UserId> by_username;  ///< folded
        std::map<std::string, UserId> by_email;
        std::map<std::string, UserId> by_phone;
        std::map<std::pair<std::string, UserId>, std::string>
            by_display_name;  ///< folded → folded username

        friend bool operator==(const State&, const State&) = default;
    };

    UserDirectory() = default;
    explicit UserDirectory(State state);

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<ports::CreatedUser>> create(
        runtime::Loop& home, ports::User user, std::string password_hash
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::User>>> find(
        runtime::Loop& home, UserId id
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> find_all(
        runtime::Loop& home, std::vector<UserId> ids
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Credentials>>> find_login(
        runtime::Loop& home, std::string login
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> set_password_hash(
        runtime::Loop& home, UserId id, std::string password_hash
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::User>> change_profile(
        runtime::Loop& home, UserId id, ports::ProfileChange change
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> search(
        runtime::Loop& home, ports::UserSearch search
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> save_last_seen(
        runtime::Loop& home, std::vector<ports::LastSeen> seen
    ) override;

    /// Takes the account out; the errors are those of AccountRemovals::remove, whose part this is.
    [[nodiscard]] Result<void> erase(UserId id);

private:
    friend class AccountDirectory;
    /// The last operator, and there are other users. Under the lock.
    [[nodiscard]] bool is_needed(const Account& account) const;
    /// Under the lock.
    [[nodiscard]] Result<ports::CreatedUser> insert(ports::User user, std::string password_hash);

    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
