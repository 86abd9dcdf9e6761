#include "services/contacts/contacts.h"

#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "runtime/countdown.h"
#include "runtime/scope.h"
#include "services/contacts/turns.h"

namespace parley::contacts {
namespace {

using Added = ports::ContactDirectory::Added;

Result<void> check(UserId owner, UserId user, const Wanted& wanted) {
    if (owner == user) {
        return Error{ErrorCode::invalid_request, "nobody is their own contact"};
    }
    if (wanted.nickname &&
        (characters(*wanted.nickname) > kNicknameCharsMax || has_control(*wanted.nickname))) {
        return Error{
            ErrorCode::invalid_request,
            "nickname must have at most 64 characters, none of them control"
        };
    }
    return {};
}

/// What may have happened, or will not have.
bool is_unknown(const Error& error) noexcept {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::internal;
}

}  // namespace

struct Contacts::Shared {
    Dependencies parts;

    /// The line first, so that nobody is shown whom the conversation keeps away; a refusal takes it back.
    runtime::Task<Result<void>> block(runtime::Loop* home, UserId owner, UserId user, bool was) {
        auto held = co_await parts.set_block(*home, owner, user, true);
        if (!held.ok() && !was && !is_unknown(held.error())) {
            const ports::ContactChange back{.nickname = std::nullopt, .blocked = false};
            // When this fails the line says more than the state: the same call again mends it.
            (void)co_await parts.directory.change(*home, owner, user, back);
        }
        co_return held;
    }

    runtime::Task<Result<Added>> add(
        runtime::Loop* home, UserId owner, UserId user, Wanted wanted
    ) {
        ports::Contact contact{
            .id = random_uuid(home->random()),
            .user = user,
            .nickname = std::move(wanted.nickname).value_or(""),
            .blocked = false,
            .created_at = home->clock().wall(),
        };
        auto put = co_await parts.directory.add(*home, owner, std::move(contact), kContactsMax);
        CO_TRY(Added added, std::move(put));
        if (wanted.blocked) {
            const bool was = added.contact.blocked;
            auto held = co_await set_block(home, owner, user, *wanted.blocked, was);
            if (!held.ok()) {
                if (added.created && !was && !is_unknown(held.error())) {
                    (void)co_await parts.directory.remove(*home, owner, user);
                }
                co_return std::move(held).error();
            }
            added.contact.blocked = *held;
        }
        parts.changed(*home, owner, user);
        co_return added;
    }

    /// Answers what then holds.
    runtime::Task<Result<bool>> set_block(
        runtime::Loop* home, UserId owner, UserId user, bool blocked, bool was
    ) {
        if (blocked) {
            const ports::ContactChange line{.nickname = std::nullopt, .blocked = true};
            auto listed = co_await parts.directory.change(*home, owner, user, line);
            if (!listed.ok()) {
                co_return std::move(listed).error();
            }
            // Now, not when all is done: what is written from here on reaches no one who watches.
            parts.changed(*home, owner, user);
            auto held = co_await block(home, owner, user, was);
            if (!held.ok()) {
                co_return std::move(held).error();
            }
            co_return true;
        }
        if (!was) {
            co_return false;  // Then the state does not block either.
        }
        auto ended = co_await parts.set_block(*home, owner, user, false);
        if (!ended.ok()) {
            co_return std::move(ended).error();
        }
        const ports::ContactChange line{.nickname = std::nullopt, .blocked = false};
        auto unlisted = co_await parts.directory.change(*home, owner, user, line);
        if (!unlisted.ok()) {
            co_return std::move(unlisted).error();
        }
        co_return false;
    }

    runtime::Task<Result<ports::Contact>> change(
        runtime::Loop* home, UserId owner, UserId user, Wanted wanted
    ) {
        ports::ContactChange line{.nickname = std::move(wanted.nickname), .blocked = std::nullopt};
        auto there = co_await parts.directory.find(*home, owner, user);
        CO_TRY(const std::optional<ports::Contact> before, std::move(there));
        if (!before) {
            co_return Error{ErrorCode::not_found, "no such contact"};
        }
        if (wanted.blocked) {
            auto held = co_await set_block(home, owner, user, *wanted.blocked, before->blocked);
            if (!held.ok()) {
                co_return std::move(held).error();
            }
        }
        auto changed = co_await parts.directory.change(*home, owner, user, std::move(line));
        parts.changed(*home, owner, user);
        co_return changed;
    }

    /// One who is not listed is so for as long as it takes: the line that stays keeps the block.
    runtime::Task<Result<void>> block_anyone(
        runtime::Loop* home, UserId owner, UserId user, bool blocked
    ) {
        Wanted wanted{.nickname = std::nullopt, .blocked = blocked};
        auto added = co_await add(home, owner, user, std::move(wanted));
        if (!added.ok()) {
            co_return std::move(added).error();
        }
        if (added->created) {
            co_return co_await parts.directory.remove(*home, owner, user);
        }
        co_return Result<void>{};
    }

    runtime::Task<Result<void>> remove(runtime::Loop* home, UserId owner, UserId user) {
        auto removed = co_await parts.directory.remove(*home, owner, user);
        parts.changed(*home, owner, user);
        co_return removed;
    }
};

Contacts::Contacts(Dependencies dependencies) {
    shared_ = std::make_unique<Shared>(Shared{.parts = std::move(dependencies)});
    for (runtime::Loop* loop : shared_->parts.loops) {
        turns_.push_back(std::make_unique<Turns>(*loop));
    }
}

Contacts::~Contacts() = default;

Contacts::Turns& Contacts::turns_of(const UserId& owner) noexcept {
    return *turns_[std::hash<UserId>{}(owner) % turns_.size()];
}

runtime::Task<Result<Added>> Contacts::add(
    runtime::Loop& home, UserId owner, UserId user, Wanted wanted
) {
    if (auto checked = check(owner, user, wanted); !checked.ok()) {
        co_return std::move(checked).error();
    }
    runtime::Callback<Result<Added>> answer;
    auto work = [shared = shared_.get(), owner, user, wanted = std::move(wanted)](
                    runtime::Loop& loop
                ) { return shared->add(&loop, owner, user, wanted); };
    turns_of(owner).run<Added>(owner, home, std::move(work), answer.completion());
    co_return co_await answer.wait();
}

runtime::Task<Result<ports::Contact>> Contacts::change(
    runtime::Loop& home, UserId owner, UserId user, Wanted wanted
) {
    if (auto checked = check(owner, user, wanted); !checked.ok()) {
        co_return std::move(checked).error();
    }
    runtime::Callback<Result<ports::Contact>> answer;
    auto work = [shared = shared_.get(), owner, user, wanted = std::move(wanted)](
                    runtime::Loop& loop
                ) { return shared->change(&loop, owner, user, wanted); };
    turns_of(owner).run<ports::Contact>(owner, home, std::move(work), answer.completion());
    co_return co_await answer.wait();
}

runtime::Task<Result<void>> Contacts::remove(runtime::Loop& home, UserId owner, UserId user) {
    runtime::Callback<Result<void>> answer;
    auto work = [shared = shared_.get(), owner, user](runtime::Loop& loop) {
        return shared->remove(&loop, owner, user);
    };
    turns_of(owner).run<void>(owner, home, std::move(work), answer.completion());
    co_return co_await answer.wait();
}

runtime::Task<Result<void>> Contacts::block(
    runtime::Loop& home, UserId owner, UserId user, bool blocked
) {
    if (auto checked = check(owner, user, {}); !checked.ok()) {
        co_return std::move(checked).error();
    }
    runtime::Callback<Result<void>> answer;
    auto work = [shared = shared_.get(), owner, user, blocked](runtime::Loop& loop) {
        return shared->block_anyone(&loop, owner, user, blocked);
    };
    turns_of(owner).run<void>(owner, home, std::move(work), answer.completion());
    co_return co_await answer.wait();
}

runtime::Task<Result<std::vector<ports::Contact>>> Contacts::list(
    runtime::Loop& home, UserId owner, UserId after, std::size_t limit
) {
    co_return co_await shared_->parts.directory.list(home, owner, after, limit);
}

void Contacts::stop(Job done) {
    const runtime::Countdown one_stopped(
        *shared_->parts.loops.front(), turns_.size(), std::move(done)
    );
    for (const auto& turns : turns_) {
        Turns* at = turns.get();
        at->loop().post([at, one_stopped] { at->close(one_stopped); });
    }
}

}  // namespace parley::contacts
