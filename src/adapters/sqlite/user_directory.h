#pragma once

#include <string>

#include "adapters/sqlite/database.h"
#include "ports/user_directory.h"

namespace parley::sqlite {

/// Accounts in the directory's file. Thread-safe; `database` must outlive it.
class UserDirectory final : public ports::UserDirectory {
public:
    explicit UserDirectory(Database& database) noexcept : database_(database) {}

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

private:
    Database& database_;
};

/// Inserts the row; `conflict` when the username is taken. An e-mail or phone that another row has as a login
/// is kept beside the logins.
[[nodiscard]] Result<ports::CreatedUser> insert_user(
    Connection& connection, ports::User user, const std::string& hash
);

}  // namespace parley::sqlite
