/// lossyfs BACKING MOUNTPOINT CONTROL: a file system that loses what was not synced (README.md).

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "tests/power/lossyfs/control.h"

namespace parley::lossyfs {
namespace {

/// Each file keeps its backing file open.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/// Becomes readable when the program is to end. A handler's flag could be set just before a wait begins.
runtime::UniqueFd end_signals() {
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    check(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    runtime::UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC));
    check(static_cast<bool>(fd));
    return fd;
}

void serve(const char* backing, const char* mountpoint, const char* socket) {
    const runtime::UniqueFd end = end_signals();
    Volume volume(backing);
    Filesystem files(volume, mountpoint);
    Control control(socket);
    std::printf("mounted\n");
    std::fflush(stdout);
    for (;;) {
        const int wait = files.finish_syncs();
        std::array<pollfd, 3> ready = {{
            {.fd = files.descriptor(), .events = POLLIN, .revents = 0},
            {.fd = control.descriptor(), .events = POLLIN, .revents = 0},
            {.fd = end.get(), .events = POLLIN, .revents = 0},
        }};
        if (::poll(ready.data(), ready.size(), wait) < 0) {
            continue;
        }
        if (ready[2].revents != 0 || (ready[0].revents != 0 && !files.serve_one())) {
            break;
        }
        if (ready[1].revents != 0) {
            control.serve([&](std::string_view command) { return execute(command, files, volume); }
            );
        }
    }
}

}  // namespace
}  // namespace parley::lossyfs

int main(int count, char** words) {
    if (count != 4) {
        std::fprintf(stderr, "usage: lossyfs BACKING MOUNTPOINT CONTROL\n");
        return 2;
    }
    parley::lossyfs::raise_file_limit();
    try {
        parley::lossyfs::serve(words[1], words[2], words[3]);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "lossyfs: %s\n", failure.what());
        return 1;
    }
    return 0;
}
