#pragma once

#include <future>
#include <utility>
#include <vector>

#include "runtime/loop.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace parley::contract {

template <class T>
runtime::Task<void> keep_promise(runtime::Task<T> task, std::promise<T>* promise) {
    promise->set_value(co_await std::move(task));
}

/// Runs the tasks on `loop`, all started in one go, and blocks this thread until each has answered.
template <class T>
std::vector<T> await_all(runtime::Loop& loop, std::vector<runtime::Task<T>> tasks) {
    std::vector<std::promise<T>> promises(tasks.size());
    runtime::TaskScope scope;
    std::promise<void> closed;
    loop.post([&] {
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            scope.spawn(keep_promise(std::move(tasks[i]), &promises[i]));
        }
        scope.close([&closed] { closed.set_value(); });
    });
    closed.get_future().get();
    std::vector<T> answers;
    for (auto& promise : promises) {
        answers.push_back(promise.get_future().get());
    }
    return answers;
}

template <class T>
T await(runtime::Loop& loop, runtime::Task<T> task) {
    std::vector<runtime::Task<T>> one;
    one.push_back(std::move(task));
    return std::move(await_all(loop, std::move(one)).front());
}

}  // namespace parley::contract
