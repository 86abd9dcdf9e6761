#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "base/job.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "services/contacts/contacts.h"

namespace parley::contacts {

/// One loop's queue of changes: those of one owner run one after the other. Belongs to its loop; what waits is
/// bounded by the requests that wait for it, and kWaitingMax an owner.
class Contacts::Turns {
public:
    /// Changes of one owner that wait; more are refused with `rate_limited`.
    static constexpr std::size_t kWaitingMax = 100;

    explicit Turns(runtime::Loop& loop) : loop_(loop) {}

    [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }

    /// Runs `work()`, a Task<Result<T>>, on this loop when those of `owner` before it are done; `reply` gets
    /// its result on `home`.
    template <class T, class Work>
    void run(UserId owner, runtime::Loop& home, Work work, UniqueFunction<void(Result<T>)> reply) {
        auto shared = std::make_shared<UniqueFunction<void(Result<T>)>>(std::move(reply));
        runtime::Loop* back = &home;
        loop_.post([this, owner, back, shared, work = std::move(work)]() mutable {
            auto [queue, idle] = waiting_.try_emplace(owner);
            if (queue->second.size() >= kWaitingMax) {
                refuse<T>(back, shared, {ErrorCode::rate_limited, "too many changes at once"});
                return;
            }
            queue->second.emplace_back([this, owner, back, shared, work = std::move(work)](
                                       ) mutable {
                if (!scope_.spawn(finish<T>(this, owner, back, std::move(work), shared))) {
                    refuse<T>(back, shared, {ErrorCode::unavailable, "the server is stopping"});
                    next(owner);
                }
            });
            if (idle) {
                queue->second.front()();
            }
        });
    }
    void close(Job done) { scope_.close(std::move(done)); }

private:
    template <class T>
    static void refuse(
        runtime::Loop* home,
        const std::shared_ptr<UniqueFunction<void(Result<T>)>>& reply,
        Error error
    ) {
        home->post([reply, error = std::move(error)] { (*reply)(error); });
    }
    template <class T, class Work>
    static runtime::Task<void> finish(
        Turns* turns,
        UserId owner,
        runtime::Loop* home,
        Work work,
        std::shared_ptr<UniqueFunction<void(Result<T>)>> reply
    ) {
        Result<T> result = co_await work(turns->loop_);
        home->post([reply, result = std::move(result)]() mutable { (*reply)(std::move(result)); });
        turns->next(owner);
    }
    /// The first is done; it stands in its own queue meanwhile, and must not be destroyed under itself.
    void next(UserId owner) {
        loop_.defer([this, owner] {
            const auto queue = waiting_.find(owner);
            queue->second.pop_front();
            if (queue->second.empty()) {
                waiting_.erase(queue);
            } else {
                queue->second.front()();
            }
        });
    }

    runtime::Loop& loop_;
    std::unordered_map<UserId, std::deque<Job>> waiting_;
    runtime::TaskScope scope_;
};

}  // namespace parley::contacts
