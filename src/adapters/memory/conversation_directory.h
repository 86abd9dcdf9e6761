#pragma once

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "ports/conversation_directory.h"
#include "ports/user_directory.h"

namespace parley::memory {

/// Direct conversations in maps: for tests and the simulation. Every call is done when its Task first runs
/// (as far as `users` answers at once); what it answered is in `state()`. Thread-safe. `users` must outlive it.
class ConversationDirectory final : public ports::ConversationDirectory {
public:
    using Pair = std::pair<UserId, UserId>;  ///< the smaller id first

    /// A value: ordered, so that the same calls always give the same answers in the same order.
    struct State {
        std::map<Pair, ConversationNumber> by_pair;
        std::map<ConversationNumber, Pair> by_number;
        std::map<UserId, std::set<ConversationNumber>> by_user;

        friend bool operator==(const State&, const State&) = default;
    };

    explicit ConversationDirectory(ports::UserDirectory& users);
    ConversationDirectory(ports::UserDirectory& users, State state);

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<ports::OpenedPair>> open_direct(
        runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) override;

private:
    [[nodiscard]] Result<ports::OpenedPair> open(const Pair& pair, ConversationNumber candidate);

    ports::UserDirectory& users_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
