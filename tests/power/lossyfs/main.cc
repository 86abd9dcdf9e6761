/// lossyfs BACKING MOUNTPOINT CONTROL: a file system that loses what was not synced (README.md).

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <poll.h>
#include <sys/resource.h>

#include "tests/power/lossyfs/control.h"

namespace parley::lossyfs {
namespace {

volatile std::sig_atomic_t stop = 0;

/// Each file keeps its backing file open.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void stop_on(int signal) {
    struct sigaction action{};
    action.sa_handler = [](int /*signal*/) { stop = 1; };
    ::sigaction(signal, &action, nullptr);
}

void serve(const char* backing, const char* mountpoint, const char* socket) {
    Volume volume(backing);
    Filesystem files(volume, mountpoint);
    Control control(socket);
    std::printf("mounted\n");
    std::fflush(stdout);
    while (stop == 0) {
        const int wait = files.finish_syncs();
        std::array<pollfd, 2> ready = {{
            {.fd = files.descriptor(), .events = POLLIN, .revents = 0},
            {.fd = control.descriptor(), .events = POLLIN, .revents = 0},
        }};
        if (::poll(ready.data(), ready.size(), wait) < 0) {
            continue;
        }
        if (ready[0].revents != 0 && !files.serve_one()) {
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
    parley::lossyfs::stop_on(SIGTERM);
    parley::lossyfs::stop_on(SIGINT);
    try {
        parley::lossyfs::serve(words[1], words[2], words[3]);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "lossyfs: %s\n", failure.what());
        return 1;
    }
    return 0;
}
