/// To be preloaded: wall time is off by the seconds (8 bytes, little-endian) in the file that WALL_CLOCK_OFFSET
/// names, which may change while the program runs. The monotonic clocks are left alone.
///
/// Allocates nothing and calls nothing but the kernel, for allocators ask for the time before anything works.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using Offset = std::atomic<std::int64_t>;

/// Maps the file; a program without one has the right time.
const Offset* map_offset() {
    static const Offset none = 0;
    const char* const path =
        std::getenv("WALL_CLOCK_OFFSET");  // NOLINT(concurrency-mt-unsafe): never set here
    if (path == nullptr) {
        return &none;
    }
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    void* const mapped = ::mmap(nullptr, sizeof(Offset), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    if (mapped == MAP_FAILED) {
        std::abort();
    }
    return static_cast<const Offset*>(mapped);
}

std::int64_t offset() {
    static const Offset* const mapped = map_offset();
    return mapped->load(std::memory_order_relaxed);
}

}  // namespace

// Under the names of the C library, which the program finds here first.
extern "C" {

int wall_clock_gettime(clockid_t clock, timespec* out) __asm__("clock_gettime");
int wall_gettimeofday(timeval* out, void* zone) __asm__("gettimeofday");
time_t wall_time(time_t* out) __asm__("time");

int wall_clock_gettime(clockid_t clock, timespec* out) {
    const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        out->tv_sec += offset();
    }
    return failed;
}

int wall_gettimeofday(timeval* out, void* /*zone*/) {
    timespec time{};
    const int failed = wall_clock_gettime(CLOCK_REALTIME, &time);
    out->tv_sec = time.tv_sec;
    out->tv_usec = time.tv_nsec / 1000;
    return failed;
}

time_t wall_time(time_t* out) {
    timespec time{};
    wall_clock_gettime(CLOCK_REALTIME, &time);
    if (out != nullptr) {
        *out = time.tv_sec;
    }
    return time.tv_sec;
}
}
