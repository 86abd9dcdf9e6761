#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "runtime/loop.h"

namespace parley::runtime {

/// Runs a job on one loop when it was called `count` times (at least 1), from any loops: the end of what
/// was begun on several. Copies are the same countdown.
class Countdown {
public:
    Countdown(Loop& home, std::size_t count, Job done)
        : home_(&home), rest_(std::make_shared<Rest>(Rest{count, std::move(done)})) {}

    void operator()() const {
        home_->post([rest = rest_] {
            if (--rest->count == 0) {
                rest->done();
            }
        });
    }

private:
    /// Touched on the home loop alone.
    struct Rest {
        std::size_t count;
        Job done;
    };
    Loop* home_;
    std::shared_ptr<Rest> rest_;
};

}  // namespace parley::runtime
