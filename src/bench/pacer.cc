#include "bench/pacer.h"

#include <algorithm>
#include <ctime>

#include <sys/prctl.h>

namespace parley::bench {
namespace {

/// After a stall the backlog comes in portions of this, so that one post does not carry minutes.
constexpr std::int64_t kBatchMax = 10'000;

void sleep_until(std::int64_t time) {
    timespec until{};
    until.tv_sec = time / 1'000'000'000;
    until.tv_nsec = time % 1'000'000'000;
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace

Pacer::Pacer(const std::vector<std::unique_ptr<Lane>>& lanes, std::uint64_t rate)
    : lanes_(lanes),
      interval_(std::max<std::int64_t>(1, 1'000'000'000 / static_cast<std::int64_t>(rate))),
      thread_([this] { run(); }) {}

Pacer::~Pacer() {
    stopping_ = true;
    thread_.join();
}

void Pacer::run() {
    ::prctl(PR_SET_TIMERSLACK, 1);  // the default lets the kernel be 50 µs late
    const auto lane_count = static_cast<std::int64_t>(lanes_.size());
    std::int64_t due = lanes_.front()->now();
    std::int64_t turn = 0;  // whose message the next one is
    while (!stopping_) {
        sleep_until(due);
        const std::int64_t late = lanes_.front()->now() - due;
        const std::int64_t count = std::clamp<std::int64_t>((late / interval_) + 1, 1, kBatchMax);
        for (std::int64_t i = 0; i < std::min(lane_count, count); ++i) {
            Lane& lane = *lanes_[static_cast<std::size_t>((turn + i) % lane_count)];
            const auto share =
                static_cast<std::uint32_t>((count - i + lane_count - 1) / lane_count);
            const std::int64_t first = due + (i * interval_);
            lane.loop().post([&lane, share, first, step = interval_ * lane_count] {
                lane.send_paced(share, first, step);
            });
        }
        turn = (turn + count) % lane_count;
        due += count * interval_;
    }
}

}  // namespace parley::bench
