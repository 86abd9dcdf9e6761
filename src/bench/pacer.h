#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bench/lane.h"

namespace parley::bench {

/// Says when paced messages are due. A thread of its own, because a loop's timers have ticks of 10 ms: it
/// sleeps to the next message's exact time and gives all that are due to their lanes. A message counts from
/// when it was due, not from when it could be sent, so that a stall of anyone is seen in the latency.
class Pacer {
public:
    /// `rate` messages a second over all lanes; begins at once and ends with the object. Lanes outlive it.
    Pacer(const std::vector<std::unique_ptr<Lane>>& lanes, std::uint64_t rate);
    Pacer(const Pacer&) = delete;
    Pacer& operator=(const Pacer&) = delete;
    Pacer(Pacer&&) = delete;
    Pacer& operator=(Pacer&&) = delete;
    ~Pacer();

private:
    void run();

    const std::vector<std::unique_ptr<Lane>>& lanes_;
    const std::int64_t interval_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace parley::bench
