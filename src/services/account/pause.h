#pragma once

#include <utility>

#include "base/job.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace parley::account {

/// How a job waits until it is woken. One job, one loop: all calls on it.
class Pause {
public:
    explicit Pause(runtime::Loop& loop) : loop_(loop) {}

    /// Until `time` is over or `end` is called, whichever is first. Never twice at a time.
    runtime::Task<void> wait(Duration time) {
        runtime::Callback<bool> over;
        waiting_ = over.completion();
        timer_ = loop_.after(time, [this] {
            timer_ = {};
            end();
        });
        co_await over.wait();
    }
    /// Does nothing when nobody waits.
    void end() {
        loop_.cancel(timer_);
        timer_ = {};
        if (waiting_) {
            std::exchange(waiting_, {})(true);
        }
    }

private:
    runtime::Loop& loop_;
    runtime::TimerId timer_;
    UniqueFunction<void(bool)> waiting_;
};

}  // namespace parley::account
