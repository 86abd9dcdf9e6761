#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

struct OpenedPair {
    ConversationNumber number;
    bool created = false;  ///< by this call
};

/// What two users take or took part in, both of them.
struct SharedConversations {
    UserId user;  ///< the other one
    bool direct = false;
    std::vector<ConversationNumber> groups;  ///< perhaps no more, or not yet

    friend bool operator==(const SharedConversations&, const SharedConversations&) = default;
};

/// Who talks with whom, for lists and for finding the one direct conversation of two users. It authorises
/// nothing: that is the conversation's state. What a call answers well is durable. Coroutines resume on
/// `home`. Errors of every call: `unavailable` and `internal`, both with nothing changed.
class ConversationDirectory {
public:
    virtual ~ConversationDirectory() = default;

    /// The direct conversation of the pair (unordered; both may be the same user), made with the number
    /// `candidate` if there is none. Calls at once agree on one number. `not_found` when one of the users
    /// does not exist; `conflict` when `candidate` is another conversation's number (try another).
    [[nodiscard]] virtual runtime::Task<Result<OpenedPair>> open_direct(
        runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
    ) = 0;

    struct NewGroup {
        UserId creator;
        std::string client_id;
        std::vector<UserId> members;  ///< the creator included, without repeats
        bool make = true;  ///< false: it is only looked for, and `not_found` when it is not there
    };
    struct ReservedGroup {
        ConversationNumber number;
        bool all_known =
            true;  ///< false: it was there, and of these members some do not exist (now)
    };
    /// The number of the group that `creator` made under `client_id`; made with `candidate` if there is none,
    /// then `not_found` when a user does not exist, `conflict` as above. Lists it for these members in any
    /// case: an earlier call may have named others, and come to nothing.
    [[nodiscard]] virtual runtime::Task<Result<ReservedGroup>> reserve_group(
        runtime::Loop& home, NewGroup group, ConversationNumber candidate
    ) = 0;
    /// Lists the conversation for `users`, at most 500, from now on: before the records that add them.
    /// `not_found` when one of them does not exist.
    [[nodiscard]] virtual runtime::Task<Result<void>> add_members(
        runtime::Loop& home, ConversationNumber number, std::vector<UserId> users
    ) = 0;

    /// The conversations there are with a number above `after`, by number, at most `limit`; and some that were
    /// only to be made.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<ConversationNumber>>> list(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) = 0;

    /// The conversations that `user` takes or took part in, by number, and some in which they perhaps do
    /// not: those that were to be made, or to add them.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) = 0;
    /// What `user` shares with each of `others`, at most 500, each once; those with whom there is nothing
    /// are left out.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<SharedConversations>>> shared_with(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) = 0;
};

}  // namespace parley::ports
