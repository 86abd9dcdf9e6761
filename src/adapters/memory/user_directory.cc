#include "adapters/memory/user_directory.h"

#include <algorithm>
#include <utility>

#include "base/fold.h"

namespace parley::memory {
namespace {

constexpr std::size_t kFindAllIdsMax = 500;

Error no_such_user() {
    return Error{ErrorCode::not_found, "no such user"};
}

}  // namespace

UserDirectory::UserDirectory(State state) : state_(std::move(state)) {}

UserDirectory::State UserDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

runtime::Task<Result<ports::CreatedUser>> UserDirectory::create(
    runtime::Loop& /*home*/, ports::User user, std::string password_hash
) {
    const std::lock_guard lock(mutex_);
    co_return insert(std::move(user), std::move(password_hash));
}

Result<ports::CreatedUser> UserDirectory::insert(ports::User user, std::string password_hash) {
    std::string username = fold_case(user.username);
    if (state_.by_username.contains(username)) {
        return Error{ErrorCode::conflict, "the username is taken"};
    }
    PARLEY_ASSERT(!state_.accounts.contains(user.id));
    const auto owner_or_new = [&user](auto& index, const auto& contact) -> std::optional<UserId> {
        if (!contact) {
            return std::nullopt;
        }
        const auto [entry, added] = index.try_emplace(*contact, user.id);
        return added ? std::nullopt : std::optional(entry->second);
    };
    const auto email_owner = owner_or_new(state_.by_email, user.email);
    const auto phone_owner = owner_or_new(state_.by_phone, user.phone);
    state_.by_display_name.emplace(std::pair(fold_case(user.display_name), user.id), username);
    state_.by_username.emplace(std::move(username), user.id);
    state_.accounts.emplace(user.id, Account{user, std::move(password_hash)});
    return ports::CreatedUser{std::move(user), email_owner, phone_owner};
}

runtime::Task<Result<std::optional<ports::User>>> UserDirectory::find(
    runtime::Loop& /*home*/, UserId id
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.accounts.find(id);
    if (found == state_.accounts.end()) {
        co_return std::optional<ports::User>{};
    }
    co_return std::optional(found->second.user);
}

runtime::Task<Result<std::vector<ports::User>>> UserDirectory::find_all(
    runtime::Loop& /*home*/, std::vector<UserId> ids
) {
    PARLEY_ASSERT(ids.size() <= kFindAllIdsMax);
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    const std::lock_guard lock(mutex_);
    std::vector<ports::User> users;
    for (const UserId& id : ids) {
        if (const auto found = state_.accounts.find(id); found != state_.accounts.end()) {
            users.push_back(found->second.user);
        }
    }
    co_return users;
}

runtime::Task<Result<std::optional<ports::Credentials>>> UserDirectory::find_login(
    runtime::Loop& /*home*/, std::string login
) {
    const std::lock_guard lock(mutex_);
    const std::string folded = fold_case(login);
    for (const auto* index : {&state_.by_username, &state_.by_email, &state_.by_phone}) {
        if (const auto found = index->find(folded); found != index->end()) {
            const Account& account = state_.accounts.at(found->second);
            co_return std::optional(ports::Credentials{
                .id = account.user.id,
                .password_hash = account.password_hash,
                .disabled = account.disabled_at.has_value(),
                .generation = account.generation
            });
        }
    }
    co_return std::optional<ports::Credentials>{};
}

runtime::Task<Result<void>> UserDirectory::set_password_hash(
    runtime::Loop& /*home*/, UserId id, std::string password_hash
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.accounts.find(id);
    if (found == state_.accounts.end()) {
        co_return no_such_user();
    }
    found->second.password_hash = std::move(password_hash);
    co_return Result<void>{};
}

runtime::Task<Result<ports::User>> UserDirectory::change_profile(
    runtime::Loop& /*home*/, UserId id, ports::ProfileChange change
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.accounts.find(id);
    if (found == state_.accounts.end()) {
        co_return no_such_user();
    }
    ports::User& user = found->second.user;
    if (change.display_name) {
        state_.by_display_name.erase(std::pair(fold_case(user.display_name), id));
        user.display_name = std::move(*change.display_name);
        state_.by_display_name.emplace(
            std::pair(fold_case(user.display_name), id), fold_case(user.username)
        );
    }
    if (change.about) {
        user.about = std::move(*change.about);
    }
    user.hides_presence = change.hides_presence.value_or(user.hides_presence);
    co_return user;
}

runtime::Task<Result<std::vector<ports::User>>> UserDirectory::search(
    runtime::Loop& /*home*/, ports::UserSearch search
) {
    const std::lock_guard lock(mutex_);
    const std::string prefix = fold_case(search.query);
    std::vector<ports::User> users;
    const auto take = [&](UserId id) {
        if (search.from > 0) {
            --search.from;
        } else {
            users.push_back(state_.accounts.at(id).user);
        }
    };
    for (auto at = state_.by_username.lower_bound(prefix);
         at != state_.by_username.end() && at->first.starts_with(prefix) &&
         users.size() < search.limit;
         ++at) {
        take(at->second);
    }
    for (auto at = state_.by_display_name.lower_bound({prefix, UserId{}});
         at != state_.by_display_name.end() && at->first.first.starts_with(prefix) &&
         users.size() < search.limit;
         ++at) {
        if (!at->second.starts_with(prefix)) {  // else it is there already
            take(at->first.second);
        }
    }
    co_return users;
}

runtime::Task<Result<void>> UserDirectory::save_last_seen(
    runtime::Loop& /*home*/, std::vector<ports::LastSeen> seen
) {
    const std::lock_guard lock(mutex_);
    for (const ports::LastSeen& one : seen) {
        const auto found = state_.accounts.find(one.user);
        if (found != state_.accounts.end()) {
            auto& there = found->second.user.last_seen;
            there = std::max(there.value_or(one.at), one.at);
        }
    }
    co_return Result<void>{};
}

bool UserDirectory::is_needed(const Account& account) const {
    const auto operates = [](const Account& one) {
        return one.role == ports::AccountRole::administrator && !one.disabled_at;
    };
    bool alone = true;
    bool last = true;
    for (const auto& [id, other] : state_.accounts) {
        if (id != account.user.id) {
            alone = alone && other.role == ports::AccountRole::server;
            last = last && !operates(other);
        }
    }
    return operates(account) && last && !alone;
}

Result<void> UserDirectory::erase(UserId id) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.accounts.find(id);
    if (found == state_.accounts.end()) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    if (is_needed(found->second)) {
        return Error{ErrorCode::conflict, "this is the last operator: make another one first"};
    }
    const auto is_theirs = [&id](const auto& entry) { return entry.second == id; };
    std::erase_if(state_.by_username, is_theirs);
    std::erase_if(state_.by_email, is_theirs);
    std::erase_if(state_.by_phone, is_theirs);
    state_.by_display_name.erase({fold_case(found->second.user.display_name), id});
    state_.accounts.erase(found);
    return {};
}

}  // namespace parley::memory
