#include "adapters/memory/conversation_directory.h"

#include <algorithm>
#include <vector>

namespace parley::memory {

ConversationDirectory::ConversationDirectory(ports::UserDirectory& users) : users_(users) {}

ConversationDirectory::ConversationDirectory(ports::UserDirectory& users, State state)
    : users_(users), state_(std::move(state)) {}

ConversationDirectory::State ConversationDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

runtime::Task<Result<ports::OpenedPair>> ConversationDirectory::open_direct(
    runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
) {
    std::vector<UserId> both{one};
    if (other != one) {
        both.push_back(other);
    }
    const std::size_t wanted = both.size();
    CO_TRY(const auto found, co_await users_.find_all(home, std::move(both)));
    if (found.size() != wanted) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    const Pair pair = std::minmax(one, other);
    co_return open(pair, candidate);
}

Result<ports::OpenedPair> ConversationDirectory::open(
    const Pair& pair, ConversationNumber candidate
) {
    const std::lock_guard lock(mutex_);
    if (const auto there = state_.by_pair.find(pair); there != state_.by_pair.end()) {
        return ports::OpenedPair{.number = there->second, .created = false};
    }
    if (state_.group_numbers.contains(candidate) ||
        !state_.by_number.try_emplace(candidate, pair).second) {
        return Error{ErrorCode::conflict, "the number is another conversation's"};
    }
    state_.by_pair.emplace(pair, candidate);
    state_.by_user[pair.first].insert(candidate);
    state_.by_user[pair.second].insert(candidate);
    return ports::OpenedPair{.number = candidate, .created = true};
}

runtime::Task<Result<ConversationNumber>> ConversationDirectory::reserve_group(
    runtime::Loop& home, NewGroup group, ConversationNumber candidate
) {
    // As many at once as the user directory takes.
    constexpr std::size_t kAtOnce = 500;
    for (std::size_t i = 0; i < group.members.size(); i += kAtOnce) {
        const std::size_t end = std::min(i + kAtOnce, group.members.size());
        std::vector<UserId> some(
            group.members.begin() + static_cast<std::ptrdiff_t>(i),
            group.members.begin() + static_cast<std::ptrdiff_t>(end)
        );
        const std::size_t wanted = some.size();
        CO_TRY(const auto found, co_await users_.find_all(home, std::move(some)));
        if (found.size() != wanted) {
            co_return Error{ErrorCode::not_found, "no such user"};
        }
    }
    co_return reserve(group, candidate);
}

Result<ConversationNumber> ConversationDirectory::reserve(
    const NewGroup& group, ConversationNumber candidate
) {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(group.creator, group.client_id);
    if (const auto there = state_.groups.find(key); there != state_.groups.end()) {
        return there->second;
    }
    if (state_.by_number.contains(candidate) || !state_.group_numbers.insert(candidate).second) {
        return Error{ErrorCode::conflict, "the number is another conversation's"};
    }
    state_.groups.emplace(key, candidate);
    for (const UserId& user : group.members) {
        state_.by_user[user].insert(candidate);
    }
    return candidate;
}

runtime::Task<Result<void>> ConversationDirectory::add_member(
    runtime::Loop& home, ConversationNumber number, UserId user
) {
    CO_TRY(const auto found, co_await users_.find(home, user));
    if (!found) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    const std::lock_guard lock(mutex_);
    state_.by_user[user].insert(number);
    co_return Result<void>{};
}

runtime::Task<Result<std::vector<ConversationNumber>>> ConversationDirectory::of_user(
    runtime::Loop& /*home*/, UserId user
) {
    const std::lock_guard lock(mutex_);
    std::vector<ConversationNumber> numbers;
    if (const auto found = state_.by_user.find(user); found != state_.by_user.end()) {
        numbers.assign(found->second.begin(), found->second.end());
    }
    co_return numbers;
}

std::set<ConversationNumber> ConversationDirectory::erase(UserId user) {
    const std::lock_guard lock(mutex_);
    std::erase_if(state_.by_pair, [&user](const auto& entry) {
        return entry.first.first == user || entry.first.second == user;
    });
    // The numbers stay: they are never given again.
    for (auto& [number, pair] : state_.by_number) {
        pair.first = pair.first == user ? UserId{} : pair.first;
        pair.second = pair.second == user ? UserId{} : pair.second;
    }
    std::erase_if(state_.groups, [&user](const auto& entry) { return entry.first.first == user; });
    auto listed = state_.by_user.extract(user);
    return listed.empty() ? std::set<ConversationNumber>{} : std::move(listed.mapped());
}

}  // namespace parley::memory
