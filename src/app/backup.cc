#include "app/backup.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <span>
#include <utility>

#include "app/manifest.h"
#include "base/log.h"

namespace parley::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = 1UL << 20U;
constexpr std::string_view kManifestName = "MANIFEST";
/// In the data directory, where it costs no space: the store as it was, until it is copied.
constexpr std::string_view kCheckpointName = "/checkpoint.tmp";
/// For the log's thread to answer: it may be in the middle of a slow sync.
constexpr auto kWorkerDeadline = std::chrono::minutes{1};

Error failed_at(const std::string& path, const std::error_code& why) {
    const bool full = why == std::errc::no_space_on_device;
    return {
        full ? ErrorCode::unavailable : ErrorCode::internal,
        "cannot use " + path + ": " + why.message()
    };
}

std::string without_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where `path` is made before it gets its name: beside it, so that renaming is one step.
std::string partial_name(const std::string& path) {
    return parent_of(path) + "/." + path.substr(path.rfind('/') + 1) + ".parley-partial";
}

/// A directory that is removed with all that is in it, unless it got its name.
class Partial {
public:
    static Result<std::unique_ptr<Partial>> make(runtime::Disk& disk, const std::string& path) {
        auto partial = std::make_unique<Partial>(partial_name(path));
        if (auto removed = partial->remove(); !removed.ok()) {
            return std::move(removed).error();
        }
        if (auto made = disk.make_directory(partial->path()); !made.ok()) {
            return std::move(made).error();
        }
        return partial;
    }
    explicit Partial(std::string path) : path_(std::move(path)) {}
    Partial(const Partial&) = delete;
    Partial& operator=(const Partial&) = delete;
    Partial(Partial&&) = delete;
    Partial& operator=(Partial&&) = delete;
    ~Partial() {
        if (!path_.empty()) {
            if (const auto removed = remove(); !removed.ok()) {
                log::warn("a half made copy stays", {{"detail", removed.error().detail}});
            }
        }
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Gives it its name, durably. An empty directory of that name is replaced.
    [[nodiscard]] Result<void> rename_to(runtime::Disk& disk, const std::string& path) {
        std::error_code failure;
        fs::rename(path_, path, failure);
        if (failure) {
            return failed_at(path, failure);
        }
        path_.clear();
        return disk.sync_directory(parent_of(path));
    }

private:
    [[nodiscard]] Result<void> remove() const {
        std::error_code failure;
        fs::remove_all(path_, failure);
        return failure ? Result<void>{failed_at(path_, failure)} : Result<void>{};
    }
    std::string path_;
};

struct Copying {
    runtime::Disk& disk;
    const std::atomic<bool>* cancelled = nullptr;

    [[nodiscard]] Result<void> go_on() const {
        if (cancelled != nullptr && cancelled->load()) {
            return Error{ErrorCode::unavailable, "the server stops: no backup was made"};
        }
        return {};
    }

    /// Reads `bytes` of a file, hands them on in pieces, and answers their hash.
    template <class Use>
    Result<crypto::Sha256> read(const std::string& path, std::uint64_t bytes, Use use) const {
        TRY(const auto file, disk.open(path, runtime::OpenMode::read_only));
        crypto::Sha256Stream hash;
        std::vector<std::byte> chunk(kChunkBytes);
        for (std::uint64_t at = 0; at < bytes;) {
            if (auto on = go_on(); !on.ok()) {
                return std::move(on).error();
            }
            const auto wanted =
                static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), bytes - at));
            TRY(const std::size_t got, file->read_at(at, std::span(chunk).first(wanted)));
            if (got != wanted) {
                return Error{ErrorCode::internal, path + " is shorter than it should be"};
            }
            const auto piece = std::span<const std::byte>(chunk).first(got);
            hash.add(piece);
            if (auto used = use(at, piece); !used.ok()) {
                return std::move(used).error();
            }
            at += got;
        }
        return hash.finish();
    }

    /// Copies the first `bytes`, makes the copy `size` long, and syncs it. The directory is not synced.
    Result<crypto::Sha256> copy(
        const std::string& from, const std::string& to, std::uint64_t bytes, std::uint64_t size
    ) const {
        TRY(const auto file, disk.open(to, runtime::OpenMode::create_new));
        runtime::File* out = file.get();
        TRY(const auto hash,
            read(from, bytes, [out](std::uint64_t at, std::span<const std::byte> piece) {
                return out->write_at(at, piece);
            }));
        if (size > bytes) {
            if (auto longer = file->preallocate(size); !longer.ok()) {
                return std::move(longer).error();
            }
        }
        if (auto synced = file->sync(); !synced.ok()) {
            return std::move(synced).error();
        }
        return hash;
    }
};

// --- back up ----------------------------------------------------------------------------------------

/// Runs `work` on the log's thread and waits for what it answers.
template <class T, class Work>
Result<T> on_worker(runtime::Worker& worker, Work work) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto answer = promise->get_future();
    worker.post([promise, work = std::move(work)]() mutable { promise->set_value(work()); });
    if (answer.wait_for(kWorkerDeadline) != std::future_status::ready) {
        return Error{ErrorCode::unavailable, "the command log does not answer: the disk is slow"};
    }
    return answer.get();
}

/// Keeps the log's segments where they are.
class Hold {
public:
    explicit Hold(const BackupParts& parts) : parts_(parts) {
        parts_.log_worker.post([log = &parts_.log] { log->hold(); });
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    Hold(Hold&&) = delete;
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
        parts_.log_worker.post([log = &parts_.log] { log->let_go(); });
    }

private:
    const BackupParts& parts_;
};

Result<LogPosition> copy_log(
    const BackupParts& parts,
    const Copying& copying,
    LogPosition from,
    const std::string& into,
    Manifest& manifest
) {
    const log::SegmentLog* command_log = &parts.log;
    TRY(const auto snapshot,
        on_worker<log::SegmentLog::Snapshot>(parts.log_worker, [command_log, from] {
            return command_log->snapshot(from);
        }));
    if (auto made = copying.disk.make_directory(into + "/log"); !made.ok()) {
        return std::move(made).error();
    }
    for (const auto& [name, bytes, size] : snapshot.pieces) {
        Manifest::File file{.path = "log/" + name, .sha256 = {}, .bytes = bytes, .size = size};
        TRY(file.sha256,
            copying.copy(parts.data_dir + "/" + file.path, into + "/" + file.path, bytes, bytes));
        manifest.files.push_back(std::move(file));
    }
    return snapshot.end;
}

/// A file that somebody else has written: reads, hashes and syncs it.
Result<void> take_stock(
    const Copying& copying, const std::string& root, const std::string& path, Manifest& manifest
) {
    TRY(const auto file, copying.disk.open(root + "/" + path, runtime::OpenMode::existing));
    TRY(const std::uint64_t bytes, file->size());
    TRY(const auto hash,
        copying.read(root + "/" + path, bytes, [](std::uint64_t, std::span<const std::byte>) {
            return Result<void>{};
        }));
    if (auto synced = file->sync(); !synced.ok()) {
        return synced;
    }
    manifest.files.push_back({.path = path, .sha256 = hash, .bytes = bytes, .size = bytes});
    return {};
}

/// The store as it was at one moment. It is copied from here, however long that takes: the store itself waits for
/// nothing.
class Checkpoint {
public:
    static Result<std::unique_ptr<Checkpoint>> make(const BackupParts& parts) {
        if (auto removed = remove_leftovers(parts.data_dir); !removed.ok()) {
            return std::move(removed).error();
        }
        auto made = std::make_unique<Checkpoint>(parts.data_dir);
        TRY(made->covers_, parts.store.checkpoint(made->path()));
        return made;
    }
    explicit Checkpoint(std::string data_dir) : data_dir_(std::move(data_dir)) {}
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;
    Checkpoint(Checkpoint&&) = delete;
    Checkpoint& operator=(Checkpoint&&) = delete;
    ~Checkpoint() {
        if (const auto removed = remove_leftovers(data_dir_); !removed.ok()) {
            log::warn("a checkpoint stays", {{"detail", removed.error().detail}});
        }
    }
    [[nodiscard]] std::string path() const { return data_dir_ + std::string(kCheckpointName); }
    [[nodiscard]] LogPosition covers() const noexcept { return covers_; }

private:
    const std::string data_dir_;
    LogPosition covers_;
};

/// Copies all files of a directory.
Result<void> copy_folder(
    const Copying& copying,
    const std::string& from,
    const std::string& into,
    const std::string& folder,
    Manifest& manifest
) {
    if (auto made = copying.disk.make_directory(into + "/" + folder); !made.ok()) {
        return made;
    }
    TRY(const auto names, copying.disk.list(from));
    for (const std::string& name : names) {
        const std::string source = fs::path(from) / name;
        if (!fs::is_regular_file(source)) {
            continue;
        }
        const std::string path = fs::path(folder) / name;
        TRY(const auto file, copying.disk.open(source, runtime::OpenMode::read_only));
        TRY(const std::uint64_t bytes, file->size());
        TRY(const auto hash, copying.copy(source, fs::path(into) / path, bytes, bytes));
        manifest.files.push_back({.path = path, .sha256 = hash, .bytes = bytes, .size = bytes});
    }
    return {};
}

Result<void> write_whole(runtime::Disk& disk, const std::string& path, const std::string& text) {
    TRY(const auto file, disk.open(path, runtime::OpenMode::create_new));
    if (auto written = file->write_at(0, std::as_bytes(std::span(text))); !written.ok()) {
        return written;
    }
    return file->sync();
}

Result<Manifest> gather(const BackupParts& parts, const Copying& copying, const std::string& into) {
    Manifest manifest;
    const Hold hold(parts);
    TRY(const auto checkpoint, Checkpoint::make(parts));
    TRY(manifest.position, copy_log(parts, copying, checkpoint->covers(), into, manifest));
    if (auto copied = parts.directory.copy_to(into + "/directory.db"); !copied.ok()) {
        return std::move(copied).error();
    }
    if (auto taken = take_stock(copying, into, "directory.db", manifest); !taken.ok()) {
        return std::move(taken).error();
    }
    const std::string keys = parts.data_dir + "/keys";
    for (const auto& [from, folder] :
         {std::pair<std::string, std::string>{keys, "keys"},
          {keys + "/keys", "keys/keys"},
          {checkpoint->path(), "messages"}}) {
        if (auto copied = copy_folder(copying, from, into, folder, manifest); !copied.ok()) {
            return std::move(copied).error();
        }
    }
    for (const char* folder : {"/messages", "/log", "/keys/keys", "/keys"}) {
        if (auto synced = copying.disk.sync_directory(into + folder); !synced.ok()) {
            return std::move(synced).error();
        }
    }
    return manifest;
}

}  // namespace

Result<void> remove_leftovers(const std::string& data_dir) {
    const std::string path = data_dir + std::string(kCheckpointName);
    std::error_code failure;
    fs::remove_all(path, failure);
    return failure ? Result<void>{failed_at(path, failure)} : Result<void>{};
}

Result<gateway::BackupSummary> back_up(const BackupParts& parts, std::string path) {
    path = without_slash(std::move(path));
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
        return Error{ErrorCode::conflict, path + " is there already: name a new directory"};
    }
    const Copying copying{.disk = parts.disk, .cancelled = &parts.cancelled};
    TRY(const auto partial, Partial::make(parts.disk, path));
    TRY(const Manifest manifest, gather(parts, copying, partial->path()));
    const std::string name = partial->path() + "/" + std::string(kManifestName);
    if (auto written = write_whole(parts.disk, name, write_manifest(manifest)); !written.ok()) {
        return std::move(written).error();
    }
    if (auto synced = parts.disk.sync_directory(partial->path()); !synced.ok()) {
        return std::move(synced).error();
    }
    if (auto renamed = partial->rename_to(parts.disk, path); !renamed.ok()) {
        return std::move(renamed).error();
    }
    gateway::BackupSummary summary;
    summary.position = manifest.position;
    for (const Manifest::File& file : manifest.files) {
        ++summary.files;
        summary.bytes += file.bytes;
    }
    log::info("backup made", {{"path", path}, {"bytes", summary.bytes}});
    return summary;
}

// --- restore ----------------------------------------------------------------------------------------

namespace {

Result<Manifest> open_manifest(runtime::Disk& disk, const std::string& source) {
    const std::string path = source + "/" + std::string(kManifestName);
    auto file = disk.open(path, runtime::OpenMode::read_only);
    if (!file.ok()) {
        return Error{ErrorCode::invalid_request, source + " is no backup: " + file.error().detail};
    }
    TRY(const std::uint64_t size, (*file)->size());
    if (size > kManifestBytesMax) {
        return Error{ErrorCode::invalid_request, path + " is too large to be a manifest"};
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    TRY(const std::size_t got, (*file)->read_at(0, std::as_writable_bytes(std::span(text))));
    text.resize(got);
    return read_manifest(text);
}

Result<void> require_empty(const std::string& directory) {
    std::error_code failure;
    if (!fs::exists(directory, failure)) {
        return failure ? Result<void>{failed_at(directory, failure)} : Result<void>{};
    }
    const bool empty = fs::is_directory(directory, failure) && fs::is_empty(directory, failure);
    if (failure || !empty) {
        return Error{
            ErrorCode::conflict,
            directory + " is not empty: restore into a new directory, and move the old one away"
        };
    }
    return {};
}

Result<void> copy_all(
    const Copying& copying,
    const Manifest& manifest,
    const std::string& source,
    const std::string& into
) {
    std::vector<std::string> folders;
    for (const Manifest::File& file : manifest.files) {
        const std::string folder = parent_of(into + "/" + file.path);
        if (std::ranges::find(folders, folder) == folders.end()) {
            if (auto made = copying.disk.make_directory(folder); !made.ok()) {
                return made;
            }
            folders.push_back(folder);
        }
        TRY(const auto hash,
            copying.copy(source + "/" + file.path, into + "/" + file.path, file.bytes, file.size));
        if (hash != file.sha256) {
            return Error{
                ErrorCode::internal,
                source + "/" + file.path + " is not what it was: use another backup"
            };
        }
    }
    for (const std::string& folder : folders) {
        if (auto synced = copying.disk.sync_directory(folder); !synced.ok()) {
            return synced;
        }
    }
    return {};
}

}  // namespace

Result<Restored> restore(
    runtime::Disk& disk,
    runtime::Worker& worker,
    std::string source,
    std::string data_dir,
    std::int64_t seconds
) {
    source = without_slash(std::move(source));
    data_dir = without_slash(std::move(data_dir));
    TRY(const Manifest manifest, open_manifest(disk, source));
    if (auto empty = require_empty(data_dir); !empty.ok()) {
        return std::move(empty).error();
    }
    const Copying copying{.disk = disk};
    TRY(const auto partial, Partial::make(disk, data_dir));
    if (auto copied = copy_all(copying, manifest, source, partial->path()); !copied.ok()) {
        return std::move(copied).error();
    }
    // The server that the backup is of may have gone on in its epoch, and the same backup may be restored twice: the
    // time tells all of these apart.
    const auto now = static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
    log::SegmentLog::Options options;
    options.directory = partial->path() + "/log";
    options.epoch = std::max(manifest.position.epoch + 1, now);
    std::array<std::byte, sizeof options.seed> chance{};
    crypto::random_bytes(chance);
    for (const std::byte byte : chance) {
        options.seed = (options.seed << 8U) | std::to_integer<std::uint64_t>(byte);
    }
    TRY(const auto command_log, log::SegmentLog::open(options, disk, worker));
    if (command_log->committed().offset != manifest.position.offset) {
        return Error{
            ErrorCode::internal,
            "the backup's log ends at " + std::to_string(command_log->committed().offset) +
                " instead of " + std::to_string(manifest.position.offset)
        };
    }
    if (auto closed = command_log->close(); !closed.ok()) {
        return std::move(closed).error();
    }
    if (auto synced = disk.sync_directory(partial->path()); !synced.ok()) {
        return std::move(synced).error();
    }
    if (auto renamed = partial->rename_to(disk, data_dir); !renamed.ok()) {
        return std::move(renamed).error();
    }
    return Restored{.position = manifest.position, .epoch = options.epoch};
}

}  // namespace parley::app
