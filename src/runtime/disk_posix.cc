#include "runtime/disk_posix.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "runtime/unique_fd.h"

namespace parley::runtime {
namespace {

/// `doing` is a verb: "cannot write /data/log/1: No space left on device".
Error disk_error(const char* doing, const std::string& path, int error) {
    // No room, and no descriptors: both pass, and nothing was done.
    const bool full =
        error == ENOSPC || error == EDQUOT || error == EFBIG || error == EMFILE || error == ENFILE;
    std::string detail =
        std::string{"cannot "} + doing + " " + path + ": " + std::generic_category().message(error);
    return {full ? ErrorCode::unavailable : ErrorCode::internal, std::move(detail)};
}

/// Calls `call` again while a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

class PosixFile final : public File {
public:
    PosixFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes)
        override {
        if (broken_) {
            return refused("write");
        }
        while (!bytes.empty()) {
            const ssize_t written = uninterrupted([&] {
                return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            });
            if (written <= 0) {
                return disk_error("write", path_, written < 0 ? errno : ENOSPC);
            }
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out)
        const override {
        std::size_t have = 0;
        while (have < out.size()) {
            const ssize_t got = uninterrupted([&] {
                return ::pread(
                    fd_.get(),
                    out.data() + have,
                    out.size() - have,
                    static_cast<off_t>(offset + have)
                );
            });
            if (got < 0) {
                return disk_error("read", path_, errno);
            }
            if (got == 0) {
                break;
            }
            have += static_cast<std::size_t>(got);
        }
        return have;
    }

    [[nodiscard]] Result<void> sync() override {
        if (broken_) {
            return refused("sync");
        }
        if (uninterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) {
            // The kernel may have dropped the pages it could not write and call them clean: a second
            // sync could say "well" about bytes that are lost. So there is none.
            broken_ = true;
            return disk_error("sync", path_, errno);
        }
        return {};
    }

    [[nodiscard]] Result<void> preallocate(std::uint64_t size) override {
        if (broken_) {
            return refused("preallocate");
        }
        int error = 0;
        do {
            error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
        } while (error == EINTR);
        if (error != 0) {
            return disk_error("preallocate", path_, error);
        }
        return {};
    }

    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
        if (broken_) {
            return refused("truncate");
        }
        if (uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
            return disk_error("truncate", path_, errno);
        }
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        struct stat about{};
        if (::fstat(fd_.get(), &about) != 0) {
            return disk_error("look at", path_, errno);
        }
        return static_cast<std::uint64_t>(about.st_size);
    }

private:
    [[nodiscard]] Error refused(const char* doing) const {
        return {
            ErrorCode::internal,
            std::string{"cannot "} + doing + " " + path_ + ": an earlier sync of it failed"
        };
    }

    const std::string path_;
    const UniqueFd fd_;
    bool broken_ = false;
};

int open_flags(OpenMode mode) noexcept {
    switch (mode) {
        case OpenMode::existing:
            return O_RDWR;
        case OpenMode::create_new:
            return O_RDWR | O_CREAT | O_EXCL;
        case OpenMode::read_only:
            return O_RDONLY;
    }
    PARLEY_ASSERT(false);
}

}  // namespace

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path, OpenMode mode) {
    const int flags = open_flags(mode) | O_CLOEXEC;
    UniqueFd fd{uninterrupted([&] { return ::open(path.c_str(), flags, 0600); })};
    if (!fd) {
        Error error = disk_error("open", path, errno);
        if (errno == ENOENT && mode != OpenMode::create_new) {
            error.code = ErrorCode::not_found;
        } else if (errno == EEXIST) {
            error.code = ErrorCode::conflict;
        }
        return error;
    }
    return std::unique_ptr<File>{std::make_unique<PosixFile>(path, std::move(fd))};
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator at{directory, error};
    const std::filesystem::directory_iterator end;
    while (!error && at != end) {
        if (!at->is_directory(error) && !error) {
            names.push_back(at->path().filename().string());
        }
        at.increment(error);
    }
    if (error) {
        Error failure = disk_error("list", directory, error.value());
        if (error == std::errc::no_such_file_or_directory) {
            failure.code = ErrorCode::not_found;
        }
        return failure;
    }
    std::ranges::sort(names);
    return names;
}

Result<void> PosixDisk::make_directory(const std::string& path) {
    std::string parent = path.starts_with('/') ? "/" : ".";
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        const bool made = ::mkdir(part.c_str(), 0700) == 0;
        if (!made && errno != EEXIST) {
            // A parent may exist where we may not create: only the whole path decides.
            struct stat about{};
            const int error = errno;
            if (::stat(part.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
                return disk_error("create directory", part, error);
            }
        }
        // One that was there may have been made by a process that was killed before it came this far;
        // one that is nobody's to sync has been there for longer.
        if (auto synced = sync_directory(parent); !synced.ok() && made) {
            return synced;
        }
        if (end == std::string::npos) {
            break;
        }
        parent = part;
    }
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
        return disk_error("create directory", path, ENOTDIR);
    }
    return {};
}

Result<void> PosixDisk::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0) {
        Error error = disk_error("remove", path, errno);
        if (errno == ENOENT) {
            error.code = ErrorCode::not_found;
        }
        return error;
    }
    return {};
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        Error error = disk_error("rename", from, errno);
        if (errno == ENOENT) {
            error.code = ErrorCode::not_found;
        }
        return error;
    }
    return {};
}

Result<unsigned> PosixDisk::permissions(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        const int error = errno;
        Error failure = disk_error("look at", path, error);
        if (error == ENOENT) {
            failure.code = ErrorCode::not_found;
        }
        return failure;
    }
    return static_cast<unsigned>(about.st_mode) & 0777U;
}

Result<void> PosixDisk::sync_directory(const std::string& directory) {
    const UniqueFd fd{uninterrupted([&] {
        return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    })};
    if (!fd || uninterrupted([&] { return ::fsync(fd.get()); }) != 0) {
        return disk_error("sync directory", directory, errno);
    }
    return {};
}

}  // namespace parley::runtime
