#pragma once

#include <optional>
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

    /// The conversations that `user` takes part in, by number.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) = 0;
};

}  // namespace parley::ports
