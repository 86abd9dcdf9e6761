#include "runtime/notify.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/unique_fd.h"

namespace parley::runtime {
namespace {

constexpr std::size_t kStateBytesMax = 256;

/// "RELOADING=1\nMONOTONIC_USEC=…", and other states as they are.
std::string_view complete(std::string_view state, std::array<char, kStateBytesMax>& room) noexcept {
    if (state != "RELOADING=1") {
        return state;
    }
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    const int length = std::snprintf(
        room.data(), room.size(), "RELOADING=1\nMONOTONIC_USEC=%lld", static_cast<long long>(micros)
    );
    return {room.data(), static_cast<std::size_t>(length)};
}

}  // namespace

void notify_supervisor(std::string_view state) noexcept {
    const char* path =
        std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (path == nullptr) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) {
        return;
    }
    std::memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@') {
        address.sun_path[0] = '\0';  // Linux's abstract names have no file
    }
    const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!fd) {
        return;
    }
    std::array<char, kStateBytesMax> room{};
    const std::string_view text = complete(state, room);
    ::sendto(
        fd.get(),
        text.data(),
        text.size(),
        MSG_NOSIGNAL,
        reinterpret_cast<const sockaddr*>(&address),
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)
    );
}

}  // namespace parley::runtime
