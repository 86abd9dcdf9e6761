#pragma once

#include "adapters/sqlite/database.h"
#include "ports/conversation_directory.h"

namespace parley::sqlite {

/// Direct conversations in the directory's file. Thread-safe; `database` must outlive it.
class ConversationDirectory final : public ports::ConversationDirectory {
public:
    explicit ConversationDirectory(Database& database) noexcept : database_(database) {}

    [[nodiscard]] runtime::Task<Result<ports::OpenedPair>> open_direct(
        runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<ReservedGroup>> reserve_group(
        runtime::Loop& home, NewGroup group, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> add_members(
        runtime::Loop& home, ConversationNumber number, std::vector<UserId> users
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> list(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::SharedConversations>>> shared_with(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) override;

private:
    Database& database_;
};

/// Inserts the pair, or answers the one that is there.
[[nodiscard]] Result<ports::OpenedPair> insert_pair(
    Connection& connection, UserId one, UserId other, ConversationNumber candidate
);

}  // namespace parley::sqlite
