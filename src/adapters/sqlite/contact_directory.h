#pragma once

#include "adapters/sqlite/database.h"
#include "ports/contact_directory.h"

namespace parley::sqlite {

/// Contact lists in the directory's file. Thread-safe; `database` must outlive it.
class ContactDirectory final : public ports::ContactDirectory {
public:
    explicit ContactDirectory(Database& database) noexcept : database_(database) {}

    [[nodiscard]] runtime::Task<Result<Added>> add(
        runtime::Loop& home, UserId owner, ports::Contact contact, std::size_t most
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::Contact>> change(
        runtime::Loop& home, UserId owner, UserId user, ports::ContactChange change
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> remove(runtime::Loop& home, UserId owner, UserId user)
        override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Contact>>> find(
        runtime::Loop& home, UserId owner, UserId user
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Contact>>> list(
        runtime::Loop& home, UserId owner, UserId after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Relation>>> relations(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) override;

private:
    Database& database_;
};

/// Inserts the line, or writes it anew.
[[nodiscard]] Result<void> put_contact(
    Connection& connection, UserId owner, const ports::Contact& contact
);

}  // namespace parley::sqlite
