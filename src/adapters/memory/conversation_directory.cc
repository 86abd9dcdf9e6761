#include "adapters/memory/conversation_directory.h"

#include <algorithm>
#include <iterator>
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

runtime::Task<Result<ports::ConversationDirectory::ReservedGroup>>
ConversationDirectory::reserve_group(
    runtime::Loop& home, NewGroup group, ConversationNumber candidate
) {
    // As many at once as the user directory takes.
    constexpr std::size_t kAtOnce = 500;
    std::vector<UserId> known;
    for (std::size_t i = 0; i < group.members.size(); i += kAtOnce) {
        const std::size_t end = std::min(i + kAtOnce, group.members.size());
        std::vector<UserId> some(
            group.members.begin() + static_cast<std::ptrdiff_t>(i),
            group.members.begin() + static_cast<std::ptrdiff_t>(end)
        );
        CO_TRY(const auto found, co_await users_.find_all(home, std::move(some)));
        std::ranges::transform(found, std::back_inserter(known), &ports::User::id);
    }
    co_return reserve(group, known, candidate);
}

Result<ports::ConversationDirectory::ReservedGroup> ConversationDirectory::reserve(
    const NewGroup& group, const std::vector<UserId>& known, ConversationNumber candidate
) {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(group.creator, group.client_id);
    const bool all_known = known.size() == group.members.size();
    const auto there = state_.groups.find(key);
    if (!group.make) {
        return there == state_.groups.end()
                   ? Result<ReservedGroup>{Error{ErrorCode::not_found, "no such group"}}
                   : ReservedGroup{.number = there->second, .all_known = true};
    }
    if (there != state_.groups.end()) {
        for (const UserId& user : known) {
            state_.by_user[user].insert(there->second);
        }
        return ReservedGroup{.number = there->second, .all_known = all_known};
    }
    if (!all_known) {
        return Error{ErrorCode::not_found, "no such user"};
    }
    if (state_.by_number.contains(candidate) || !state_.group_numbers.insert(candidate).second) {
        return Error{ErrorCode::conflict, "the number is another conversation's"};
    }
    state_.groups.emplace(key, candidate);
    for (const UserId& user : group.members) {
        state_.by_user[user].insert(candidate);
    }
    return ReservedGroup{.number = candidate, .all_known = true};
}

runtime::Task<Result<void>> ConversationDirectory::add_members(
    runtime::Loop& home, ConversationNumber number, std::vector<UserId> users
) {
    CO_TRY(const auto found, co_await users_.find_all(home, users));
    if (found.size() != users.size()) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    const std::lock_guard lock(mutex_);
    for (const UserId& user : users) {
        state_.by_user[user].insert(number);
    }
    co_return Result<void>{};
}

runtime::Task<Result<std::vector<ConversationNumber>>> ConversationDirectory::list(
    runtime::Loop& /*home*/, ConversationNumber after, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::set<ConversationNumber> all(
        state_.group_numbers.upper_bound(after), state_.group_numbers.end()
    );
    for (auto at = state_.by_number.upper_bound(after); at != state_.by_number.end(); ++at) {
        all.insert(at->first);
    }
    std::vector<ConversationNumber> numbers(all.begin(), all.end());
    numbers.resize(std::min(numbers.size(), limit));
    co_return numbers;
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

runtime::Task<Result<std::vector<ports::SharedConversations>>> ConversationDirectory::shared_with(
    runtime::Loop& /*home*/, UserId user, std::vector<UserId> others
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::SharedConversations> all;
    for (const UserId& other : others) {
        ports::SharedConversations shared{.user = other, .direct = false, .groups = {}};
        shared.direct = state_.by_pair.contains(std::minmax(user, other));
        const auto mine = state_.by_user.find(user);
        const auto theirs = state_.by_user.find(other);
        if (mine != state_.by_user.end() && theirs != state_.by_user.end()) {
            std::ranges::copy_if(mine->second, std::back_inserter(shared.groups), [&](auto number) {
                return state_.group_numbers.contains(number) && theirs->second.contains(number);
            });
        }
        if (shared.direct || !shared.groups.empty()) {
            all.push_back(std::move(shared));
        }
    }
    co_return all;
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
