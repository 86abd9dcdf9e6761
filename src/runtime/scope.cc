#include "runtime/scope.h"

#include "base/assert.h"

namespace parley::runtime {

/// One running task, in the scope's list.
struct TaskScope::Node {
    std::coroutine_handle<> frame;
    Node* previous = nullptr;
    Node* next = nullptr;
};

/// The coroutine around a task: it links itself into its scope, and at the task's end takes itself out,
/// frees its frame, and tells the scope.
struct TaskScope::Runner {
    struct promise_type {
        TaskScope* scope;
        Node node;

        promise_type(TaskScope* owner, Task<void>& /*task*/) noexcept : scope(owner) {
            node.frame = std::coroutine_handle<promise_type>::from_promise(*this);
            scope->link(&node);
        }
        promise_type(const promise_type&) = delete;
        promise_type& operator=(const promise_type&) = delete;
        promise_type(promise_type&&) = delete;
        promise_type& operator=(promise_type&&) = delete;
        ~promise_type() { scope->unlink(&node); }

        [[nodiscard]] Runner get_return_object() noexcept {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
        [[nodiscard]] auto final_suspend() const noexcept {
            struct Ending {
                [[nodiscard]] bool await_ready() const noexcept { return false; }
                void await_suspend(std::coroutine_handle<promise_type> ended) const noexcept {
                    TaskScope* owner = ended.promise().scope;
                    ended.destroy();
                    owner->tell_if_idle();  // may destroy the scope
                }
                void await_resume() const noexcept {}
            };
            return Ending{};
        }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); }
    };

    std::coroutine_handle<promise_type> frame;
};

TaskScope::Runner TaskScope::run(TaskScope* /*scope*/, Task<void> task) {
    co_await std::move(task);
}

TaskScope::~TaskScope() {
    while (first_ != nullptr) {
        first_->frame.destroy();  // unlinks itself
    }
}

bool TaskScope::spawn(Task<void> task) {
    if (closing_) {
        return false;
    }
    const Runner runner = run(this, std::move(task));
    runner.frame.resume();  // to its first wait, or its end
    return true;
}

void TaskScope::close(Job done) {
    PARLEY_ASSERT(!closing_);
    closing_ = true;
    on_idle_ = std::move(done);
    tell_if_idle();
}

void TaskScope::tell_if_idle() {
    if (closing_ && running_ == 0 && on_idle_) {
        Job done = std::move(on_idle_);
        on_idle_ = nullptr;
        done();
    }
}

void TaskScope::link(Node* node) noexcept {
    node->next = first_;
    if (first_ != nullptr) {
        first_->previous = node;
    }
    first_ = node;
    ++running_;
}

void TaskScope::unlink(Node* node) noexcept {
    (node->previous == nullptr ? first_ : node->previous->next) = node->next;
    if (node->next != nullptr) {
        node->next->previous = node->previous;
    }
    --running_;
}

}  // namespace parley::runtime
