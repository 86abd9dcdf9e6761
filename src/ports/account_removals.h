#pragma once

#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// An account that is gone from the directories and not yet from all of its conversations.
struct Removal {
    UserId user;
    Timestamp since;

    friend bool operator==(const Removal&, const Removal&) = default;
};

/// The end of an account. One step takes it out of every directory and notes the conversations that still have to
/// forget it; what is noted survives restarts and goes one by one. What a call answers well is durable. Coroutines
/// resume on `home`. Errors of every call: `unavailable` and `internal`, both with nothing changed.
class AccountRemovals {
public:
    virtual ~AccountRemovals() = default;

    /// Ends the account at `now`, as one step: username, e-mail and phone are free, its devices are revoked for ever
    /// (answered: those that were live; they stay in `revoked_since`), no list of anyone has it, and each of its
    /// conversations is noted. A direct conversation stays with the other one. `not_found` when there is no such user,
    /// `conflict` for the last operator while there are other users.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<DeviceId>>> remove(
        runtime::Loop& home, UserId user, Timestamp now
    ) = 0;

    /// Those with something noted, oldest first; at most `limit`.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Removal>>> pending(
        runtime::Loop& home, std::size_t limit
    ) = 0;
    /// What is noted of one, by number, after `after`; at most `limit`. Some perhaps never had the user.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<ConversationNumber>>> conversations(
        runtime::Loop& home, UserId user, ConversationNumber after, std::size_t limit
    ) = 0;
    /// These have forgotten the user.
    [[nodiscard]] virtual runtime::Task<Result<void>> forgotten(
        runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
    ) = 0;
    /// All have: the last trace of the id goes. Nothing happens while there is something noted.
    [[nodiscard]] virtual runtime::Task<Result<void>> finish(runtime::Loop& home, UserId user) = 0;
};

}  // namespace parley::ports
