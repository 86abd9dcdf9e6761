#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/job.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::runtime {

/// Owns background tasks: nothing is detached. Belongs to one loop. `spawn` starts a task at once, on
/// this loop; `close(done)` refuses new ones and calls `done` when the last has ended (at once when
/// none runs). A scope must be idle when it is destroyed; its owner closes it in its own stop().
class TaskScope {
public:
    TaskScope() = default;
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;
    TaskScope(TaskScope&&) = delete;
    TaskScope& operator=(TaskScope&&) = delete;
    /// A simulated crash drops scopes with tasks that wait for ever; they are destroyed with it.
    ~TaskScope();

    /// False, and the task is dropped unstarted, once the scope is closing.
    bool spawn(Task<void> task);
    void close(Job done);
    [[nodiscard]] std::size_t running() const noexcept { return running_; }

private:
    struct Node;
    struct Runner;
    static Runner run(TaskScope* scope, Task<void> task);
    void tell_if_idle();
    void link(Node* node) noexcept;
    void unlink(Node* node) noexcept;

    Node* first_ = nullptr;
    std::size_t running_ = 0;
    bool closing_ = false;
    Job on_idle_;
};

/// What an awaiting coroutine waits for when a callback will answer: `complete` resumes it, on the
/// loop that calls it. For turning `f(args, callback)` into `co_await`:
///
///     Callback<Result<Seq>> answer;
///     start(answer.completion());
///     auto seq = co_await answer.wait();
///
/// The Callback must outlive its completion being called (it lives in the awaiting coroutine).
template <class T>
class Callback {
public:
    Callback() = default;
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    Callback(Callback&&) = delete;
    Callback& operator=(Callback&&) = delete;
    ~Callback() = default;

    [[nodiscard]] UniqueFunction<void(T)> completion() {
        return [this](T value) { complete(std::move(value)); };
    }
    [[nodiscard]] auto wait() noexcept {
        struct Awaiter {
            Callback* self;
            [[nodiscard]] bool await_ready() const noexcept { return self->value_.has_value(); }
            void await_suspend(std::coroutine_handle<> caller) const noexcept {
                self->waiting_ = caller;
            }
            T await_resume() const { return std::move(*self->value_); }
        };
        return Awaiter{this};
    }

private:
    void complete(T value) {
        value_.emplace(std::move(value));
        if (waiting_) {
            std::exchange(waiting_, {}).resume();
        }
    }
    std::optional<T> value_;
    std::coroutine_handle<> waiting_;
};

}  // namespace parley::runtime
