#include "adapters/memory/account_removals.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::memory {

AccountRemovals::AccountRemovals(Directories of, State state) : of_(of), state_(std::move(state)) {}

AccountRemovals::State AccountRemovals::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

runtime::Task<Result<std::vector<DeviceId>>> AccountRemovals::remove(
    runtime::Loop& /*home*/, UserId user, Timestamp now
) {
    const std::lock_guard lock(mutex_);
    if (auto erased = of_.users.erase(user); !erased.ok()) {
        co_return std::move(erased).error();
    }
    Noted noted{.since = now, .conversations = of_.conversations.erase(user)};
    state_.emplace(user, std::move(noted));
    co_return of_.devices.erase(user, now);
}

runtime::Task<Result<std::vector<ports::Removal>>> AccountRemovals::pending(
    runtime::Loop& /*home*/, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::Removal> removals;
    for (const auto& [user, noted] : state_) {
        removals.push_back({.user = user, .since = noted.since});
    }
    std::ranges::sort(removals, [](const ports::Removal& a, const ports::Removal& b) {
        return std::tie(a.since, a.user) < std::tie(b.since, b.user);
    });
    removals.resize(std::min(removals.size(), limit));
    co_return removals;
}

runtime::Task<Result<std::vector<ConversationNumber>>> AccountRemovals::conversations(
    runtime::Loop& /*home*/, UserId user, ConversationNumber after, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::vector<ConversationNumber> numbers;
    const auto found = state_.find(user);
    if (found == state_.end()) {
        co_return numbers;
    }
    const auto& noted = found->second.conversations;
    for (auto at = noted.upper_bound(after); at != noted.end() && numbers.size() < limit; ++at) {
        numbers.push_back(*at);
    }
    co_return numbers;
}

runtime::Task<Result<void>> AccountRemovals::forgotten(
    runtime::Loop& /*home*/, UserId user, std::vector<ConversationNumber> numbers
) {
    const std::lock_guard lock(mutex_);
    if (const auto found = state_.find(user); found != state_.end()) {
        for (const ConversationNumber& number : numbers) {
            found->second.conversations.erase(number);
        }
    }
    co_return Result<void>{};
}

runtime::Task<Result<void>> AccountRemovals::finish(runtime::Loop& /*home*/, UserId user) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.find(user);
    if (found != state_.end() && found->second.conversations.empty()) {
        state_.erase(found);
    }
    co_return Result<void>{};
}

}  // namespace parley::memory
