#include "runtime/directory_lock.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace parley::runtime {
namespace {

Error lock_error(const std::string& path, int error) {
    return {
        error == ENOENT ? ErrorCode::not_found : ErrorCode::internal,
        "cannot lock " + path + ": " + std::generic_category().message(error)
    };
}

/// The digits that the holder wrote; "unknown" in the moment before it has.
std::string holder(int fd) {
    std::array<char, 24> text{};
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0; i < length && text.at(static_cast<std::size_t>(i)) != '\n'; ++i) {
        const char c = text.at(static_cast<std::size_t>(i));
        if (c < '0' || c > '9') {
            return "unknown";
        }
        pid += c;
    }
    return pid.empty() ? "unknown" : pid;
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> lock_directory(const std::string& directory) {
    const std::string path = directory + "/lock";
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd) {
        return lock_error(path, errno);
    }
    int locked = 0;
    do {
        locked = ::flock(fd.get(), LOCK_EX | LOCK_NB);
    } while (locked != 0 && errno == EINTR);
    if (locked != 0 && errno == EWOULDBLOCK) {
        return Error{
            ErrorCode::conflict,
            "data directory " + directory + " is in use by another process (pid " +
                holder(fd.get()) + ")"
        };
    }
    if (locked != 0) {
        return lock_error(path, errno);
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 ||
        ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return lock_error(path, errno);
    }
    return std::make_unique<DirectoryLock>(std::move(fd));
}

}  // namespace parley::runtime
