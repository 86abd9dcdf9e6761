#include "adapters/archive/export_files.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

#include "adapters/archive/zip_writer.h"

namespace parley::archive {
namespace {

constexpr std::string_view kWish = ".wish";
constexpr std::string_view kPart = ".part";
constexpr std::string_view kZip = ".zip";
constexpr std::size_t kUuidChars = 36;

std::string stem_of(const ports::ExportName& name) {
    return to_string(name.user.uuid) + "." + to_string(name.id) + "." +
           std::to_string(name.since.millis());
}

/// Nothing for a name that is none of ours.
std::optional<ports::ExportName> parse_name(std::string_view text, std::string_view ending) {
    if (!text.ends_with(ending) || text.size() < 2 * (kUuidChars + 1) + ending.size()) {
        return std::nullopt;
    }
    text.remove_suffix(ending.size());
    const auto user = parse_uuid(text.substr(0, kUuidChars));
    const auto id = parse_uuid(text.substr(kUuidChars + 1, kUuidChars));
    const std::string_view rest = text.substr(2 * (kUuidChars + 1));
    std::int64_t millis = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), millis);
    if (!user || !id || error != std::errc{} || end != rest.data() + rest.size()) {
        return std::nullopt;
    }
    const ports::ExportName name{
        .user = {*user}, .id = *id, .since = Timestamp::from_millis(millis)
    };
    return stem_of(name) == text ? std::optional(name) : std::nullopt;
}

}  // namespace

ExportFiles::ExportFiles(std::string directory, runtime::Disk& disk, runtime::Pool& pool)
    : directory_(std::move(directory)), disk_(disk), pool_(pool) {}

ExportFiles::~ExportFiles() = default;

Result<std::unique_ptr<ExportFiles>> ExportFiles::open(
    std::string directory, runtime::Disk& disk, runtime::Pool& pool
) {
    if (auto made = disk.make_directory(directory); !made.ok()) {
        return std::move(made).error();
    }
    return std::make_unique<ExportFiles>(std::move(directory), disk, pool);
}

std::string ExportFiles::path_of(const ports::ExportName& name, std::string_view ending) const {
    return directory_ + "/" + stem_of(name) + std::string(ending);
}

Result<void> ExportFiles::remove_file(const std::string& path) {
    auto removed = disk_.remove(path);
    if (!removed.ok() && removed.error().code == ErrorCode::not_found) {
        return {};
    }
    return removed;
}

Result<std::vector<ports::ExportFile>> ExportFiles::list_now() {
    TRY(const auto names, disk_.list(directory_));
    std::vector<ports::ExportFile> files;
    for (const std::string& text : names) {
        if (const auto ready = parse_name(text, kZip)) {
            TRY(const auto file, disk_.open(directory_ + "/" + text, runtime::OpenMode::read_only));
            TRY(const std::uint64_t bytes, file->size());
            files.push_back({.name = *ready, .ready = true, .bytes = bytes});
        }
    }
    for (const std::string& text : names) {
        const auto wish = parse_name(text, kWish);
        const auto same = [&wish](const ports::ExportFile& file) { return file.name == *wish; };
        if (wish && std::ranges::none_of(files, same)) {
            files.push_back({.name = *wish, .ready = false, .bytes = 0});
        }
    }
    std::ranges::sort(files, [](const ports::ExportFile& a, const ports::ExportFile& b) {
        return std::tie(a.name.since, a.name.id) < std::tie(b.name.since, b.name.id);
    });
    return files;
}

Result<void> ExportFiles::begin_now(const ports::ExportName& name) {
    zip_.reset();
    const std::string part = path_of(name, kPart);
    if (auto wished = disk_.open(path_of(name, kWish), runtime::OpenMode::read_only);
        !wished.ok()) {
        return std::move(wished).error();
    }
    if (auto removed = remove_file(part); !removed.ok()) {
        return removed;
    }
    TRY(auto file, disk_.open(part, runtime::OpenMode::create_new));
    TRY(zip_, ZipWriter::open(std::move(file)));
    writing_ = name;
    return {};
}

Result<void> ExportFiles::finish_now() {
    const std::unique_ptr<ZipWriter> zip = std::move(zip_);
    if (auto finished = zip->finish(); !finished.ok()) {
        return finished;
    }
    const std::string part = path_of(writing_, kPart);
    if (auto renamed = disk_.rename(part, path_of(writing_, kZip)); !renamed.ok()) {
        return renamed;
    }
    // Before the wish goes: a power cut leaves one of the two at least.
    if (auto synced = disk_.sync_directory(directory_); !synced.ok()) {
        return synced;
    }
    return remove_file(path_of(writing_, kWish));
}

Result<void> ExportFiles::remove_now(const ports::ExportName& name) {
    if (zip_ != nullptr && writing_ == name) {
        zip_.reset();
    }
    for (const std::string_view ending : {kWish, kPart, kZip}) {
        if (auto removed = remove_file(path_of(name, ending)); !removed.ok()) {
            return removed;
        }
    }
    return disk_.sync_directory(directory_);
}

runtime::Task<Result<std::vector<ports::ExportFile>>> ExportFiles::list(runtime::Loop& home) {
    auto work = [this] { return list_now(); };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::wish(runtime::Loop& home, ports::ExportName name) {
    auto work = [this, name]() -> Result<void> {
        TRY(const auto file, disk_.open(path_of(name, kWish), runtime::OpenMode::create_new));
        if (auto synced = file->sync(); !synced.ok()) {
            return synced;
        }
        return disk_.sync_directory(directory_);
    };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::begin(runtime::Loop& home, ports::ExportName name) {
    auto work = [this, name] { return begin_now(name); };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::entry(
    runtime::Loop& home, std::string path, Timestamp time
) {
    auto work = [this, path = std::move(path), time]() -> Result<void> {
        if (zip_ == nullptr) {
            return Error{ErrorCode::not_found, "no such export"};  // Removed meanwhile.
        }
        return zip_->entry(path, time);
    };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::write(runtime::Loop& home, std::string bytes) {
    auto work = [this, bytes = std::move(bytes)]() -> Result<void> {
        if (zip_ == nullptr) {
            return Error{ErrorCode::not_found, "no such export"};
        }
        return zip_->write(bytes);
    };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::finish(runtime::Loop& home) {
    auto work = [this]() -> Result<void> {
        if (zip_ == nullptr) {
            return Error{ErrorCode::not_found, "no such export"};
        }
        return finish_now();
    };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<std::string>> ExportFiles::read(
    runtime::Loop& home, ports::ExportName name, std::uint64_t offset, std::size_t bytes
) {
    auto work = [this, name, offset, bytes]() -> Result<std::string> {
        TRY(const auto file, disk_.open(path_of(name, kZip), runtime::OpenMode::read_only));
        std::string out(bytes, '\0');
        const std::span into(reinterpret_cast<std::byte*>(out.data()), out.size());
        TRY(const std::size_t size, file->read_at(offset, into));
        out.resize(size);
        return out;
    };
    co_return co_await pool_.run(home, std::move(work));
}

runtime::Task<Result<void>> ExportFiles::remove(runtime::Loop& home, ports::ExportName name) {
    auto work = [this, name] { return remove_now(name); };
    co_return co_await pool_.run(home, std::move(work));
}

}  // namespace parley::archive
