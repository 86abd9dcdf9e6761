#include "services/directory/directory.h"

#include <algorithm>
#include <utility>

#include "base/fold.h"

namespace parley::directory {
namespace {

constexpr std::size_t kDisplayNameBytesMax = 64;
constexpr std::size_t kAboutBytesMax = 500;
constexpr std::size_t kSearchResultsMax = 20;

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

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
    auto found = co_await users_.search(home, std::move(username), 1);
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
        if (name.empty() || name.size() > kDisplayNameBytesMax || has_control(name)) {
            co_return Error{
                ErrorCode::invalid_request,
                "display_name must have 1 to 64 bytes, none of them control"
            };
        }
    }
    if (change.about && change.about->size() > kAboutBytesMax) {
        co_return Error{ErrorCode::invalid_request, "about must have at most 500 bytes"};
    }
    co_return co_await users_.change_profile(home, id, std::move(change));
}

runtime::Task<Result<std::vector<ports::User>>> Directory::search(
    runtime::Loop& home, std::string query
) {
    if (query.empty()) {
        co_return Error{ErrorCode::invalid_request, "query is empty"};
    }
    co_return co_await users_.search(home, std::move(query), kSearchResultsMax);
}

}  // namespace parley::directory
