#include "services/directory/directory.h"

#include <algorithm>
#include <utility>

#include "base/fold.h"
#include "base/utf8.h"

namespace parley::directory {
namespace {

constexpr std::size_t kDisplayNameCharsMax = 64;
constexpr std::size_t kAboutCharsMax = 500;
constexpr std::size_t kQueryCharsMax = 64;

}  // namespace

runtime::Task<Result<ports::User>> Directory::profile(runtime::Loop& home, UserId id) {
    auto found = co_await users_.find(home, id);
    CO_TRY(auto user, std::move(found));
    if (!user) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    co_return std::move(*user);
}

runtime::Task<Result<std::vector<ports::User>>> Directory::profiles(
    runtime::Loop& home, std::vector<UserId> ids
) {
    co_return co_await users_.find_all(home, std::move(ids));
}

runtime::Task<Result<ports::User>> Directory::by_username(
    runtime::Loop& home, std::string username
) {
    const std::string wanted = fold_case(username);
    if (wanted.empty()) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    // Of those that begin so, the one that goes no further is the first.
    ports::UserSearch first{.query = std::move(username), .from = 0, .limit = 1};
    auto found = co_await users_.search(home, std::move(first));
    CO_TRY(auto users, std::move(found));
    if (users.empty() || fold_case(users.front().username) != wanted) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    co_return std::move(users.front());
}

runtime::Task<Result<ports::User>> Directory::change(
    runtime::Loop& home, UserId id, ports::ProfileChange change
) {
    if (change.display_name) {
        const std::string& name = *change.display_name;
        if (name.empty() || characters(name) > kDisplayNameCharsMax || has_control(name)) {
            co_return Error{
                ErrorCode::invalid_request,
                "display_name must have 1 to 64 characters, none of them control"
            };
        }
    }
    if (change.about &&
        (characters(*change.about) > kAboutCharsMax || has_control(*change.about, "\n\t"))) {
        co_return Error{
            ErrorCode::invalid_request,
            "about must have at most 500 characters, none of them control but line ends and tabs"
        };
    }
    co_return co_await users_.change_profile(home, id, std::move(change));
}

runtime::Task<Result<std::vector<ports::User>>> Directory::search(
    runtime::Loop& home, ports::UserSearch search
) {
    if (search.query.empty() || characters(search.query) > kQueryCharsMax) {
        co_return Error{ErrorCode::invalid_request, "query must have 1 to 64 characters"};
    }
    if (search.from >= kFoundMax) {
        co_return Error{ErrorCode::invalid_request, "no such cursor"};
    }
    search.limit = std::min(search.limit, kFoundMax - search.from);
    co_return co_await users_.search(home, std::move(search));
}

}  // namespace parley::directory
