#include "tests/power/lossyfs/filesystem.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>
#include <linux/falloc.h>
#include <sys/statvfs.h>

namespace parley::lossyfs {
namespace {

/// Names are looked up each time, so that a power cut changes what they mean; what a file is does not change
/// behind the kernel's back.
constexpr double kAttributeSeconds = 86400;
constexpr std::uint64_t kBlockBytes = 512;
constexpr std::uint64_t kUnlimitedBytes = 1ULL << 40U;

/// `path` is a part of the node's path; with a $ at its end, the end of it.
bool matches(const Node& node, const std::string& path) {
    if (path.ends_with('$')) {
        return node.path.ends_with(std::string_view(path).substr(0, path.size() - 1));
    }
    return node.path.find(path) != std::string::npos;
}

struct stat attributes(const Node& node) {
    struct stat about{};
    about.st_ino = node.id;
    about.st_mode = node.mode;
    about.st_nlink = node.links;
    about.st_uid = ::geteuid();
    about.st_gid = ::getegid();
    about.st_size = static_cast<off_t>(node.size());
    about.st_blksize = kPageBytes;
    about.st_blocks = static_cast<blkcnt_t>((node.size() + kBlockBytes - 1) / kBlockBytes);
    about.st_atim = about.st_mtim = about.st_ctim = node.changed;
    return about;
}

/// Does the work, which answers the request, or answers how it failed.
template <class Work>
void attempt(fuse_req_t request, Work work) {
    try {
        if (static_cast<Filesystem*>(fuse_req_userdata(request))->dark()) {
            refuse(EIO);
        }
        work();
    } catch (const std::system_error& failure) {
        fuse_reply_err(request, failure.code().value());
    }
}

}  // namespace

struct Filesystem::Buffer {
    fuse_buf held{};
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Buffer(Buffer&&) = delete;
    Buffer& operator=(Buffer&&) = delete;
    ~Buffer() { std::free(held.mem); }  // libfuse allocates it
};

/// What the kernel asks, each as libfuse wants it.
struct Operations {
    static Filesystem& self(fuse_req_t request) {
        return *static_cast<Filesystem*>(fuse_req_userdata(request));
    }
    static Volume& volume(fuse_req_t request) { return self(request).volume_; }

    static fuse_entry_param entry(const NodePtr& node) {
        ++node->uses;
        fuse_entry_param answer{};
        answer.ino = node->id;
        answer.attr = attributes(*node);
        answer.attr_timeout = kAttributeSeconds;
        return answer;
    }
    static void reply_entry(fuse_req_t request, const NodePtr& node) {
        const fuse_entry_param answer = entry(node);
        fuse_reply_entry(request, &answer);
    }

    static void init(void* /*data*/, fuse_conn_info* connection) {
        // Nobody else changes files; and what changed at a power cut has a new id.
        connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
    }
    static void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
        attempt(request, [&] {
            reply_entry(request, Volume::lookup(volume(request).node(parent), name));
        });
    }
    static void forget(fuse_req_t request, fuse_ino_t id, std::uint64_t count) {
        volume(request).forget(id, count);
        fuse_reply_none(request);
    }
    static void getattr(fuse_req_t request, fuse_ino_t id, fuse_file_info* /*file*/) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            const struct stat about = attributes(*node);
            fuse_reply_attr(request, &about, id == kRootId ? 0 : kAttributeSeconds);
        });
    }
    static void setattr(
        fuse_req_t request, fuse_ino_t id, struct stat* wanted, int which, fuse_file_info* /*file*/
    ) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            if ((which & FUSE_SET_ATTR_SIZE) != 0) {
                volume(request).resize(*node, static_cast<std::uint64_t>(wanted->st_size));
            }
            if ((which & FUSE_SET_ATTR_MODE) != 0) {
                Volume::change_mode(*node, wanted->st_mode);
            }
            if ((which & FUSE_SET_ATTR_MTIME) != 0) {
                node->changed = wanted->st_mtim;
            }
            const struct stat about = attributes(*node);
            fuse_reply_attr(request, &about, kAttributeSeconds);
        });
    }
    static void mkdir(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
        attempt(request, [&] {
            Volume& all = volume(request);
            reply_entry(request, all.make_directory(all.node(parent), name, mode));
        });
    }
    static void unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
        attempt(request, [&] {
            volume(request).unlink(volume(request).node(parent), name);
            fuse_reply_err(request, 0);
        });
    }
    static void rmdir(fuse_req_t request, fuse_ino_t parent, const char* name) {
        attempt(request, [&] {
            volume(request).remove_directory(volume(request).node(parent), name);
            fuse_reply_err(request, 0);
        });
    }
    static void rename(
        fuse_req_t request,
        fuse_ino_t parent,
        const char* name,
        fuse_ino_t new_parent,
        const char* new_name,
        unsigned flags
    ) {
        attempt(request, [&] {
            if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) {
                refuse(EINVAL);
            }
            Volume& all = volume(request);
            const Volume::Place from{.directory = all.node(parent), .name = name};
            const Volume::Place to{.directory = all.node(new_parent), .name = new_name};
            all.rename(from, to, flags == 0);
            fuse_reply_err(request, 0);
        });
    }
    static void link(fuse_req_t request, fuse_ino_t id, fuse_ino_t parent, const char* name) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            volume(request).link(node, volume(request).node(parent), name);
            reply_entry(request, node);
        });
    }
    static void open(fuse_req_t request, fuse_ino_t id, fuse_file_info* file) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            if ((file->flags & O_TRUNC) != 0) {
                volume(request).resize(*node, 0);
            }
            // The kernel's pages of it are right: nobody changes it but through this kernel.
            file->keep_cache = 1;
            fuse_reply_open(request, file);
        });
    }
    static void create(
        fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* file
    ) {
        attempt(request, [&] {
            Volume& all = volume(request);
            const fuse_entry_param answer = entry(all.create(all.node(parent), name, mode));
            fuse_reply_create(request, &answer, file);
        });
    }
    static void read(
        fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, fuse_file_info* /*file*/
    ) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            std::vector<char> bytes(size);
            const std::size_t got = node->content->read(static_cast<std::uint64_t>(offset), bytes);
            fuse_reply_buf(request, bytes.data(), got);
        });
    }
    static void write(
        fuse_req_t request,
        fuse_ino_t id,
        const char* bytes,
        size_t size,
        off_t offset,
        fuse_file_info* /*file*/
    ) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            if (self(request).fails(self(request).failing_writes, *node)) {
                refuse(EIO);
            }
            ++self(request).counts.writes;
            volume(request).write(
                *node, static_cast<std::uint64_t>(offset), std::span(bytes, size)
            );
            fuse_reply_write(request, size);
        });
    }
    static void fallocate(
        fuse_req_t request,
        fuse_ino_t id,
        int mode,
        off_t offset,
        off_t length,
        fuse_file_info* /*file*/
    ) {
        attempt(request, [&] {
            if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0) {
                refuse(EOPNOTSUPP);
            }
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            const auto end = static_cast<std::uint64_t>(offset + length);
            if (mode == 0 && end > node->size()) {
                volume(request).resize(*node, end);
            }
            fuse_reply_err(request, 0);
        });
    }
    static void fsync(fuse_req_t request, fuse_ino_t id, int /*data*/, fuse_file_info* /*file*/) {
        attempt(request, [&] { self(request).begin_sync(request, volume(request).node(id)); });
    }
    static void opendir(fuse_req_t request, fuse_ino_t id, fuse_file_info* file) {
        attempt(request, [&] {
            const NodePtr node = volume(request).node(id);
            Volume::check_there(*node);
            std::vector<Filesystem::DirectoryItem> listing;
            listing.push_back({.name = ".", .id = id, .mode = node->mode});
            listing.push_back({.name = "..", .id = id, .mode = node->mode});
            for (const auto& [name, child] : node->entries) {
                listing.push_back({.name = name, .id = child->id, .mode = child->mode});
            }
            file->fh = ++self(request).last_listing_;
            self(request).listings_[file->fh] = std::move(listing);
            fuse_reply_open(request, file);
        });
    }
    static void readdir(
        fuse_req_t request, fuse_ino_t /*id*/, size_t size, off_t offset, fuse_file_info* file
    ) {
        const std::vector<Filesystem::DirectoryItem>& items = self(request).listings_[file->fh];
        std::vector<char> bytes(size);
        std::size_t used = 0;
        for (auto at = static_cast<std::size_t>(offset); at < items.size(); ++at) {
            struct stat about{};
            about.st_ino = items[at].id;
            about.st_mode = items[at].mode;
            const std::size_t more = fuse_add_direntry(
                request,
                bytes.data() + used,
                size - used,
                items[at].name.c_str(),
                &about,
                static_cast<off_t>(at + 1)
            );
            if (more > size - used) {
                break;
            }
            used += more;
        }
        fuse_reply_buf(request, bytes.data(), used);
    }
    static void releasedir(fuse_req_t request, fuse_ino_t /*id*/, fuse_file_info* file) {
        self(request).listings_.erase(file->fh);
        fuse_reply_err(request, 0);
    }
    static void statfs(fuse_req_t request, fuse_ino_t /*id*/) {
        const Volume& all = volume(request);
        const std::uint64_t used = all.used_bytes();
        const std::uint64_t total = all.capacity().value_or(kUnlimitedBytes);
        struct statvfs about{};
        about.f_bsize = about.f_frsize = kPageBytes;
        about.f_blocks = total / kPageBytes;
        about.f_bfree = about.f_bavail = used < total ? (total - used) / kPageBytes : 0;
        about.f_namemax = 255;
        fuse_reply_statfs(request, &about);
    }

    static fuse_lowlevel_ops table() {
        fuse_lowlevel_ops all{};
        all.init = init;
        all.lookup = lookup;
        all.forget = forget;
        all.getattr = getattr;
        all.setattr = setattr;
        all.mkdir = mkdir;
        all.unlink = unlink;
        all.rmdir = rmdir;
        all.rename = rename;
        all.link = link;
        all.open = open;
        all.create = create;
        all.read = read;
        all.write = write;
        all.fallocate = fallocate;
        all.fsync = fsync;
        all.opendir = opendir;
        all.readdir = readdir;
        all.releasedir = releasedir;
        all.fsyncdir = fsync;
        all.statfs = statfs;
        return all;
    }
};

Filesystem::Filesystem(Volume& volume, const std::string& mountpoint)
    : volume_(volume), buffer_(std::make_unique<Buffer>()) {
    std::string program = "lossyfs";
    std::string option = "-ofsname=lossyfs,subtype=lossyfs,default_permissions";
    std::array<char*, 3> words = {program.data(), option.data(), nullptr};
    fuse_args arguments{.argc = 2, .argv = words.data(), .allocated = 0};
    static const fuse_lowlevel_ops operations = Operations::table();
    session_ = fuse_session_new(&arguments, &operations, sizeof operations, this);
    if (session_ == nullptr) {
        throw std::runtime_error("libfuse refuses to start");
    }
    if (fuse_session_mount(session_, mountpoint.c_str()) != 0) {
        fuse_session_destroy(session_);
        throw std::runtime_error("cannot mount on " + mountpoint);
    }
}

Filesystem::~Filesystem() {
    for (const PendingSync& sync : pending_) {
        fuse_reply_err(sync.request, EIO);
    }
    fuse_session_unmount(session_);
    fuse_session_destroy(session_);
}

int Filesystem::descriptor() const {
    return fuse_session_fd(session_);
}

bool Filesystem::serve_one() {
    const int got = fuse_session_receive_buf(session_, &buffer_->held);
    if (got > 0) {
        fuse_session_process_buf(session_, &buffer_->held);
    }
    const bool later = got == -EINTR || got == -EAGAIN;
    return (got > 0 || later) && fuse_session_exited(session_) == 0;
}

// --- syncs ----------------------------------------------------------------------------------------------

bool Filesystem::fails(Rule& rule, const Node& node) {
    if (rule.failing == Failing::never || !matches(node, rule.path)) {
        return false;
    }
    if (rule.failing == Failing::once) {
        rule.failing = Failing::never;
    }
    ++counts.failed;
    return true;
}

bool Filesystem::trips(const Node& node) {
    if (!trip_ || !matches(node, trip_->path)) {
        return false;
    }
    if (trip_->skip > 0) {
        --trip_->skip;
        return false;
    }
    const Trip trip = *std::exchange(trip_, std::nullopt);
    dark_ = true;
    (void)cut(trip.how, trip.seed);
    return true;
}

void Filesystem::begin_sync(fuse_req* request, const NodePtr& node) {
    Volume::check_there(*node);
    if (trips(*node)) {
        refuse(EIO);
    }
    const bool slow = slowness.sync.count() > 0 && matches(*node, slowness.path);
    const PendingSync sync{
        .due = Clock::now() + (slow ? slowness.sync : std::chrono::milliseconds(0)),
        .request = request,
        .node = node,
    };
    if (slow) {
        pending_.push_back(sync);
    } else {
        finish_sync(sync);
    }
}

void Filesystem::finish_sync(const PendingSync& sync) {
    attempt(sync.request, [&] {
        Volume::check_there(*sync.node);
        ++counts.syncs;
        if (fails(failing_syncs, *sync.node)) {
            if (sync.node->content) {
                sync.node->content->fail_sync();
            }
            refuse(EIO);
        }
        if (sync.node->content) {
            sync.node->content->sync();
        } else {
            volume_.sync_directory(sync.node);
        }
        fuse_reply_err(sync.request, 0);
    });
}

int Filesystem::finish_syncs() {
    const Clock::time_point now = Clock::now();
    std::vector<PendingSync> due;
    std::erase_if(pending_, [&](const PendingSync& sync) {
        if (sync.due > now) {
            return false;
        }
        due.push_back(sync);
        return true;
    });
    for (const PendingSync& sync : due) {
        finish_sync(sync);
    }
    if (pending_.empty()) {
        return -1;
    }
    const auto next = std::ranges::min(pending_, {}, &PendingSync::due).due;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

CutReport Filesystem::cut(Cut how, std::uint64_t seed) {
    trip_.reset();
    for (const PendingSync& sync : std::exchange(pending_, {})) {
        fuse_reply_err(sync.request, EIO);
    }
    return volume_.cut(how, seed);
}

}  // namespace parley::lossyfs
