#pragma once

#include <memory>
#include <utility>

#include "runtime/scope.h"
#include "services/messaging/owner.h"

namespace parley::messaging {

/// Runs `work(owner)` to its end on the owner's loop and hands the result to `reply` on `home`.
template <class T, class OwnerType, class Work>
runtime::Task<void> answer_from(
    OwnerType* owner,
    runtime::Loop* home,
    Work work,
    std::shared_ptr<UniqueFunction<void(Result<T>)>> reply
) {
    Result<T> result = co_await work(*owner);
    home->post([reply = std::move(reply), result = std::move(result)]() mutable {
        (*reply)(std::move(result));
    });
}

/// Awaits `work(owner)`, a Task<Result<T>> made and run on the owner's loop, from loop `home`.
/// `unavailable` when the owner is stopping.
template <class T, class OwnerType, class Work>
runtime::Task<Result<T>> ask(OwnerType* owner, runtime::Loop* home, Work work) {
    if (owner->loop().id() == home->id()) {
        co_return co_await work(*owner);
    }
    runtime::Callback<Result<T>> answer;
    auto reply = std::make_shared<UniqueFunction<void(Result<T>)>>(answer.completion());
    owner->loop().post([owner, home, reply, work = std::move(work)]() mutable {
        if (!owner->spawn(answer_from<T>(owner, home, std::move(work), reply))) {
            home->post([reply] {
                (*reply)(Error{ErrorCode::unavailable, "the server is stopping"});
            });
        }
    });
    co_return co_await answer.wait();
}

/// The same for what makes events: the answer comes to `home` in its order among them, never before an event
/// that stands before it.
template <class T, class OwnerType, class Work>
runtime::Task<void> answer_in_order(
    OwnerType* owner,
    runtime::Loop* home,
    Work work,
    std::shared_ptr<UniqueFunction<void(Result<T>)>> reply
) {
    Result<T> result = co_await work(*owner);
    owner->answer(home->id(), [reply = std::move(reply), result = std::move(result)]() mutable {
        (*reply)(std::move(result));
    });
}

template <class T, class OwnerType, class Work>
runtime::Task<Result<T>> ask_in_order(OwnerType* owner, runtime::Loop* home, Work work) {
    runtime::Callback<Result<T>> answer;
    auto reply = std::make_shared<UniqueFunction<void(Result<T>)>>(answer.completion());
    auto run = [owner, home, reply, work = std::move(work)]() mutable {
        if (!owner->spawn(answer_in_order<T>(owner, home, std::move(work), reply))) {
            home->post([reply] {
                (*reply)(Error{ErrorCode::unavailable, "the server is stopping"});
            });
        }
    };
    if (owner->loop().id() == home->id()) {
        run();
    } else {
        owner->loop().post(std::move(run));
    }
    co_return co_await answer.wait();
}

}  // namespace parley::messaging
