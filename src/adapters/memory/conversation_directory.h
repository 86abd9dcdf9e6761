#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "ports/conversation_directory.h"
#include "ports/user_directory.h"

namespace parley::memory {

/// Who talks with whom, in maps: for tests and the simulation. Every call is done when its Task first runs
/// (as far as `users` answers at once); what it answered is in `state()`. Thread-safe. `users` must outlive it.
class ConversationDirectory final : public ports::ConversationDirectory {
public:
    using Pair = std::pair<UserId, UserId>;  ///< the smaller id first

    /// A value: ordered, so that the same calls always give the same answers in the same order.
    struct State {
        std::map<Pair, ConversationNumber> by_pair;
        std::map<ConversationNumber, Pair> by_number;
        std::map<UserId, std::set<ConversationNumber>> by_user;
        std::map<std::pair<UserId, std::string>, ConversationNumber>
            groups;  ///< by creator, client_id
        std::set<ConversationNumber> group_numbers;

        friend bool operator==(const State&, const State&) = default;
    };

    explicit ConversationDirectory(ports::UserDirectory& users);
    ConversationDirectory(ports::UserDirectory& users, State state);

    [[nodiscard]] State state() const;

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

    /// Takes an account that goes out of every list, and answers its own. Of AccountRemovals.
    std::set<ConversationNumber> erase(UserId user);

private:
    [[nodiscard]] Result<ReservedGroup> reserve(
        const NewGroup& group, const std::vector<UserId>& known, ConversationNumber candidate
    );
    [[nodiscard]] Result<ports::OpenedPair> open(const Pair& pair, ConversationNumber candidate);

    ports::UserDirectory& users_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
