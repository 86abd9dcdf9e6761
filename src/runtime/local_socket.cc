#include "runtime/local_socket.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/tcp_address.h"

namespace parley::runtime {
namespace {

constexpr int kBacklog = 64;
constexpr std::size_t kReadBytes = 64UL * 1024;

Error failed(const char* doing, const std::string& path, int error) {
    ErrorCode code = ErrorCode::internal;
    if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) {
        code = ErrorCode::not_found;
    } else if (error == EACCES || error == EPERM) {
        code = ErrorCode::forbidden;
    }
    return {code, std::string("cannot ") + doing + " " + path + ": " + errno_text(error)};
}

/// A path as bind and connect take it. One that is too long for them goes by way of its directory's descriptor.
struct LocalAddress {
    UniqueFd directory;
    sockaddr_un address{};
};

Result<LocalAddress> address_of(const std::string& path) {
    LocalAddress made;
    made.address.sun_family = AF_UNIX;
    std::string text = path;
    if (text.size() >= sizeof made.address.sun_path) {
        const std::size_t slash = path.rfind('/');
        const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        made.directory = UniqueFd{::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
        if (!made.directory) {
            return failed("open", parent, errno);
        }
        text = "/proc/self/fd/" + std::to_string(made.directory.get()) + "/" +
               path.substr(slash == std::string::npos ? 0 : slash + 1);
    }
    if (text.size() >= sizeof made.address.sun_path) {
        return failed("use", path, ENAMETOOLONG);
    }
    std::memcpy(static_cast<char*>(made.address.sun_path), text.c_str(), text.size() + 1);
    return made;
}

const sockaddr* as_address(const LocalAddress& address) {
    return reinterpret_cast<const sockaddr*>(&address.address);
}

}  // namespace

Result<UniqueFd> listen_local(const std::string& path) {
    TRY(const LocalAddress address, address_of(path));
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return failed("replace", path, errno);
    }
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    // The mode that it has before it has a name is the one that it is born with (unix(7) is silent, Linux does it);
    // the chmod is for file systems that do not.
    if (!fd || ::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0 ||
        ::bind(fd.get(), as_address(address), sizeof address.address) != 0 ||
        ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(fd.get(), kBacklog) != 0) {
        const int error = errno;
        return Error{ErrorCode::internal, failed("listen on", path, error).detail};
    }
    return fd;
}

Result<UniqueFd> connect_local(const std::string& path) {
    TRY(const LocalAddress address, address_of(path));
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd || ::connect(fd.get(), as_address(address), sizeof address.address) != 0) {
        return failed("connect to", path, errno);
    }
    return fd;
}

Result<std::string> exchange_local(
    UniqueFd socket, const std::string& request, int seconds, std::size_t bytes_max
) {
    const timeval wait{.tv_sec = seconds, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    const auto problem = [](const char* doing) {
        const int error = errno;
        const bool late = error == EAGAIN || error == EWOULDBLOCK;
        return Error{
            late ? ErrorCode::unavailable : ErrorCode::internal,
            std::string("cannot ") + doing +
                " the server: " + (late ? "it does not answer in time" : errno_text(error))
        };
    };
    for (std::size_t sent = 0; sent < request.size();) {
        const ssize_t taken =
            ::send(socket.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR) {
            continue;
        }
        if (taken < 0) {
            return problem("ask");
        }
        sent += static_cast<std::size_t>(taken);
    }
    std::string answer;
    std::array<char, kReadBytes> buffer{};
    for (;;) {
        const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return problem("hear");
        }
        if (got == 0) {
            return answer;
        }
        answer.append(buffer.data(), static_cast<std::size_t>(got));
        if (answer.size() > bytes_max) {
            return Error{ErrorCode::too_large, "the server's answer has no end"};
        }
    }
}

}  // namespace parley::runtime
