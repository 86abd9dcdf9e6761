#pragma once

#include "adapters/sqlite/database.h"
#include "ports/account_removals.h"

namespace parley::sqlite {

/// Accounts on their way out, in the directory's file. Thread-safe; `database` must outlive it.
class AccountRemovals final : public ports::AccountRemovals {
public:
    explicit AccountRemovals(Database& database) noexcept : database_(database) {}

    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> remove(
        runtime::Loop& home, UserId user, Timestamp now
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Removal>>> pending(
        runtime::Loop& home, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> conversations(
        runtime::Loop& home, UserId user, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> forgotten(
        runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> finish(runtime::Loop& home, UserId user) override;

private:
    Database& database_;
};

}  // namespace parley::sqlite
