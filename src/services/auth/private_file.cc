#include "services/auth/private_file.h"

#include <array>
#include <span>
#include <utility>

namespace parley::auth {

Result<void> check_private(
    runtime::Disk& disk, const std::string& path, std::string_view chmod_mode
) {
    TRY(const unsigned mode, disk.permissions(path));
    if ((mode & 077U) == 0) {
        return {};
    }
    constexpr unsigned kOctal = 8;
    std::string digits;
    for (const unsigned unit : {64U, kOctal, 1U}) {
        digits += static_cast<char>('0' + (mode / unit % kOctal));
    }
    return Error{
        ErrorCode::forbidden,
        path + " is open to other users (mode " + digits + "): chmod " + std::string(chmod_mode) +
            " " + path
    };
}

Result<std::string> read_private_file(
    runtime::Disk& disk, const std::string& path, std::size_t bytes_max
) {
    TRY(const auto file, disk.open(path, runtime::OpenMode::read_only));
    if (auto checked = check_private(disk, path, "600"); !checked) {
        return std::move(checked).error();
    }
    TRY(const std::uint64_t size, file->size());
    if (size > bytes_max) {
        return Error{ErrorCode::internal, path + " is too large to be what it should be"};
    }
    std::string content(static_cast<std::size_t>(size), '\0');
    TRY(const std::size_t got, file->read_at(0, std::as_writable_bytes(std::span(content))));
    content.resize(got);
    return content;
}

Result<void> write_private_file(
    runtime::Disk& disk,
    const std::string& directory,
    const std::string& name,
    std::string_view content
) {
    const std::string temporary = directory + "/" + name + ".tmp";
    if (auto removed = disk.remove(temporary);
        !removed && removed.error().code != ErrorCode::not_found) {
        return removed;
    }
    {
        TRY(const auto file, disk.open(temporary, runtime::OpenMode::create_new));
        if (auto written = file->write_at(0, std::as_bytes(std::span(content))); !written) {
            return written;
        }
        if (auto synced = file->sync(); !synced) {
            return synced;
        }
    }
    if (auto renamed = disk.rename(temporary, directory + "/" + name); !renamed) {
        return renamed;
    }
    return disk.sync_directory(directory);
}

}  // namespace parley::auth
