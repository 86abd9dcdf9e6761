#include "adapters/memory/contact_directory.h"

#include <algorithm>

namespace parley::memory {
namespace {

Error not_listed() {
    return {ErrorCode::not_found, "no such contact"};
}

}  // namespace

ContactDirectory::ContactDirectory(ports::UserDirectory& users, State state)
    : users_(users), state_(std::move(state)) {}

ContactDirectory::State ContactDirectory::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

ContactDirectory::Line* ContactDirectory::listed(UserId owner, UserId user) {
    const auto at = state_.find({owner, user});
    return at == state_.end() || !at->second.listed ? nullptr : &at->second;
}

runtime::Task<Result<ports::ContactDirectory::Added>> ContactDirectory::add(
    runtime::Loop& home, UserId owner, ports::Contact contact, std::size_t most
) {
    std::vector<UserId> both{owner};
    if (contact.user != owner) {
        both.push_back(contact.user);
    }
    const std::size_t wanted = both.size();
    CO_TRY(const auto found, co_await users_.find_all(home, std::move(both)));
    if (found.size() != wanted) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    co_return add_now(owner, std::move(contact), most);
}

Result<ports::ContactDirectory::Added> ContactDirectory::add_now(
    UserId owner, ports::Contact contact, std::size_t most
) {
    const std::lock_guard lock(mutex_);
    if (Line* there = listed(owner, contact.user)) {
        if (!contact.nickname.empty()) {
            there->contact.nickname = std::move(contact.nickname);
        }
        there->contact.blocked = there->contact.blocked || contact.blocked;
        return Added{.contact = there->contact, .created = false};
    }
    const auto count = std::ranges::count_if(state_, [&owner](const auto& line) {
        return line.first.first == owner && line.second.listed;
    });
    if (static_cast<std::size_t>(count) >= most) {
        return Error{ErrorCode::too_large, "too many contacts"};
    }
    Line& line = state_[{owner, contact.user}];
    contact.blocked = contact.blocked || line.contact.blocked;
    line = {.contact = std::move(contact), .listed = true};
    return Added{.contact = line.contact, .created = true};
}

runtime::Task<Result<ports::Contact>> ContactDirectory::change(
    runtime::Loop& /*home*/, UserId owner, UserId user, ports::ContactChange change
) {
    const std::lock_guard lock(mutex_);
    Line* line = listed(owner, user);
    if (line == nullptr) {
        co_return not_listed();
    }
    if (change.nickname) {
        line->contact.nickname = std::move(*change.nickname);
    }
    line->contact.blocked = change.blocked.value_or(line->contact.blocked);
    co_return line->contact;
}

runtime::Task<Result<void>> ContactDirectory::remove(
    runtime::Loop& /*home*/, UserId owner, UserId user
) {
    const std::lock_guard lock(mutex_);
    Line* line = listed(owner, user);
    if (line == nullptr) {
        co_return not_listed();
    }
    if (line->contact.blocked) {
        line->listed = false;
    } else {
        state_.erase({owner, user});
    }
    co_return Result<void>{};
}

runtime::Task<Result<std::optional<ports::Contact>>> ContactDirectory::find(
    runtime::Loop& /*home*/, UserId owner, UserId user
) {
    const std::lock_guard lock(mutex_);
    const Line* line = listed(owner, user);
    co_return line == nullptr ? std::nullopt : std::optional(line->contact);
}

runtime::Task<Result<std::vector<ports::Contact>>> ContactDirectory::list(
    runtime::Loop& /*home*/, UserId owner, UserId after, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::Contact> contacts;
    for (auto at = state_.upper_bound({owner, after});
         at != state_.end() && at->first.first == owner && contacts.size() < limit;
         ++at) {
        if (at->second.listed) {
            contacts.push_back(at->second.contact);
        }
    }
    co_return contacts;
}

runtime::Task<Result<std::vector<ports::Relation>>> ContactDirectory::relations(
    runtime::Loop& /*home*/, UserId user, std::vector<UserId> others
) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::Relation> found;
    for (const UserId& other : others) {
        ports::Relation relation{.user = other};
        for (const auto& key : {std::pair{user, other}, std::pair{other, user}}) {
            if (const auto at = state_.find(key); at != state_.end()) {
                relation.contact = relation.contact || at->second.listed;
                relation.blocked = relation.blocked || at->second.contact.blocked;
            }
        }
        if (relation.contact || relation.blocked) {
            found.push_back(relation);
        }
    }
    co_return found;
}

}  // namespace parley::memory
