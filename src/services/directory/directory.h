#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/user_directory.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::directory {

/// Of one query, over all its pages; who looks for more has to write more.
inline constexpr std::size_t kFoundMax = 1'000;

/// Profiles: who people are, to themselves and to others. Callable from any loop; coroutines resume on `home`.
class Directory {
public:
    explicit Directory(ports::UserDirectory& users) : users_(users) {}

    /// `not_found` when there is no such user.
    [[nodiscard]] runtime::Task<Result<ports::User>> profile(runtime::Loop& home, UserId id);
    /// Those of `ids` that exist, in any order.
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> profiles(
        runtime::Loop& home, std::vector<UserId> ids
    );
    /// Whose username this is, without regard to case; `not_found`.
    [[nodiscard]] runtime::Task<Result<ports::User>> by_username(
        runtime::Loop& home, std::string username
    );
    /// Own profile only; `invalid_request` for a name or text that is too long or has control characters.
    /// Whoever changes `hides_presence` tells the presence service then.
    [[nodiscard]] runtime::Task<Result<ports::User>> change(
        runtime::Loop& home, UserId id, ports::ProfileChange change
    );
    /// Users whose username or display name begins so, without regard to case. `invalid_request` for a query
    /// that is empty or longer than a name, or beyond the first kFoundMax.
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> search(
        runtime::Loop& home, ports::UserSearch search
    );

private:
    ports::UserDirectory& users_;
};

}  // namespace parley::directory
