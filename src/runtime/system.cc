#include "runtime/system.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>

#include <pthread.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/assert.h"

namespace parley::runtime {

Timestamp SystemClock::wall() const noexcept {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<Duration>(since_1970).count() / 100};
}

Duration SystemClock::steady() const noexcept {
    return std::chrono::steady_clock::now().time_since_epoch();
}

std::uint64_t SystemRandom::next() noexcept {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
}

void SystemRandom::fill(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
        if (used_ == buffer_.size()) {
            refill();
        }
        const std::size_t take = std::min(out.size(), buffer_.size() - used_);
        std::memcpy(out.data(), buffer_.data() + used_, take);
        std::memset(buffer_.data() + used_, 0, take);
        used_ += take;
        out = out.subspan(take);
    }
}

void SystemRandom::refill() noexcept {
    // A signal may make the kernel answer with nothing or with less.
    std::size_t have = 0;
    while (have < buffer_.size()) {
        const ssize_t got = ::getrandom(buffer_.data() + have, buffer_.size() - have, 0);
        PARLEY_ASSERT(got > 0 || errno == EINTR);
        have += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    used_ = 0;
}

std::size_t raise_open_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        const rlimit wanted{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) {
            limit = wanted;
        }
    }
    return limit.rlim_cur;
}

void step_back() noexcept {
    constexpr int kNice = 10;
    ::setpriority(PRIO_PROCESS, 0, std::max(kNice, ::getpriority(PRIO_PROCESS, 0)));
}

void run_when_others_sleep() noexcept {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_IDLE, &none);
}

bool run_with_others(pthread_t thread) noexcept {
    const sched_param none{};
    return ::pthread_setschedparam(thread, SCHED_OTHER, &none) == 0;
}

bool may_run_with_others_again() {
    bool may = false;
    std::thread{[&may] {
        step_back();
        run_when_others_sleep();
        may = run_with_others(::pthread_self());
    }}.join();
    return may;
}

void name_this_thread(const char* name) noexcept {
    std::array<char, 16> text{};
    std::strncpy(text.data(), name, text.size() - 1);
    ::pthread_setname_np(::pthread_self(), text.data());
}

}  // namespace parley::runtime
