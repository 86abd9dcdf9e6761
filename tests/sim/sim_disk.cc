#include "tests/sim/sim_disk.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    PARLEY_ASSERT(slash != std::string::npos);
    return slash == 0 ? "/" : path.substr(0, slash);
}

Error no_such_file(const std::string& path) {
    return {ErrorCode::not_found, "cannot open " + path};
}
Error disk_full(const std::string& path) {
    return {
        ErrorCode::unavailable, "cannot write " + path + ": no space left on the simulated disk"
    };
}
Error sync_failed(const std::string& path) {
    return {ErrorCode::internal, "cannot sync " + path + std::string{kSimulatedDiskFailed}};
}

}  // namespace

// --- DiskContents ---------------------------------------------------------------------------------

DiskContents::InodePtr DiskContents::make_directory_inode() {
    auto inode = std::make_shared<Inode>();
    inode->directory = true;
    return inode;
}

void DiskContents::apply(Entries& entries, const EntryChange& change) {
    if (!change.from.empty()) {
        entries.erase(change.from);
    }
    if (change.inode == nullptr) {
        entries.erase(change.path);
    } else {
        entries.insert_or_assign(change.path, change.inode);
    }
}

void DiskContents::apply(std::vector<std::byte>& bytes, const Change& change) {
    if (change.resize) {
        bytes.resize(change.size);
        return;
    }
    const std::uint64_t end = change.offset + change.bytes.size();
    if (bytes.size() < end) {
        bytes.resize(end);
    }
    std::ranges::copy(change.bytes, bytes.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

/// Each sector of each unsynced write, and each change of size, survives with that chance.
void DiskContents::keep_sectors(Inode& inode, Rng& rng, double chance) {
    for (const Change& change : inode.unsynced) {
        if (change.resize) {
            if (rng.chance(chance)) {
                apply(inode.durable, change);
            }
            continue;
        }
        const std::span<const std::byte> all{change.bytes};
        for (std::uint64_t at = 0; at < all.size();) {
            const std::uint64_t sector_end =
                ((change.offset + at) / kSectorBytes + 1) * kSectorBytes;
            const std::uint64_t count =
                std::min<std::uint64_t>(sector_end - change.offset - at, all.size() - at);
            if (rng.chance(chance)) {
                const auto part = all.subspan(at, count);
                apply(
                    inode.durable,
                    {.offset = change.offset + at, .bytes = {part.begin(), part.end()}}
                );
            }
            at += count;
        }
    }
}

/// The first few writes survive, the last of them up to a sector's edge.
void DiskContents::keep_prefix(Inode& inode, Rng& rng) {
    const auto whole = static_cast<std::size_t>(rng.below(inode.unsynced.size()));
    for (std::size_t i = 0; i < whole; ++i) {
        apply(inode.durable, inode.unsynced[i]);
    }
    Change torn = inode.unsynced[whole];
    if (torn.resize) {
        return;
    }
    const std::uint64_t cut = torn.offset + rng.below(torn.bytes.size() + 1);
    const std::uint64_t edge = std::max(torn.offset, cut / kSectorBytes * kSectorBytes);
    torn.bytes.resize(edge - torn.offset);
    if (!torn.bytes.empty()) {
        apply(inode.durable, torn);
    }
}

void DiskContents::settle(Inode& inode, Rng& rng) {
    if (!inode.unsynced.empty()) {
        switch (rng.below(4)) {
            case 0:
                break;
            case 1:
                keep_sectors(inode, rng, 1.0);
                break;
            case 2:
                keep_prefix(inode, rng);
                break;
            default:
                keep_sectors(inode, rng, 0.5);
                break;
        }
        inode.unsynced.clear();
    }
    inode.current = inode.durable;
    ++inode.generation;
}

void DiskContents::make_durable(Inode& inode, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
        apply(inode.durable, inode.unsynced[i]);
    }
    inode.unsynced.erase(
        inode.unsynced.begin(), inode.unsynced.begin() + static_cast<std::ptrdiff_t>(changes)
    );
}

void DiskContents::change_entry(EntryChange change) {
    apply(entries_, change);
    unsynced_entries_.push_back(std::move(change));
}

void DiskContents::crash(Survival survival) {
    if (survival == Survival::everything && !sync_failed_) {
        return;
    }
    sync_failed_ = false;
    Rng& rng = simulation_.rng();
    double chance = 0.5;
    if (rng.chance(0.5)) {
        chance = rng.chance(0.5) ? 0 : 1;
    }
    for (const EntryChange& change : std::exchange(unsynced_entries_, {})) {
        if (rng.chance(chance)) {
            apply(durable_entries_, change);
        }
    }
    // What lies in a directory that is gone is gone with it; parents sort before their children.
    std::erase_if(durable_entries_, [this](const auto& entry) {
        return entry.first != "/" && !durable_entries_.contains(parent_of(entry.first));
    });
    entries_ = durable_entries_;
    for (const auto& [path, inode] : entries_) {
        settle(*inode, rng);
    }
}

// --- SimFile --------------------------------------------------------------------------------------

class SimFile final : public runtime::File {
public:
    SimFile(
        Process& process, DiskContents& contents, std::string path, DiskContents::InodePtr inode
    )
        : process_(process),
          contents_(contents),
          path_(std::move(path)),
          inode_(std::move(inode)) {}

    [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes)
        override {
        Simulation& simulation = process_.simulation();
        if (!process_.begin_disk_call()) {
            return {};
        }
        if (broken_) {
            return sync_failed(path_);
        }
        simulation.trace(What::disk_write, offset, bytes.size());
        simulation.charge(simulation.rng().between(Duration{0}, contents_.options.write_max));
        const std::uint64_t size = inode_->current.size();
        const bool grows = offset + bytes.size() > size;
        if (contents_.options.full && grows) {
            if (offset < size) {  // what fits is written
                change(
                    {.offset = offset,
                     .bytes =
                         {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size - offset)}
                    }
                );
            }
            return disk_full(path_);
        }
        change({.offset = offset, .bytes = {bytes.begin(), bytes.end()}});
        return {};
    }

    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out)
        const override {
        static_cast<void>(process_.begin_disk_call());
        if (offset >= inode_->current.size()) {
            return std::size_t{0};
        }
        const auto there = std::span<const std::byte>{inode_->current}.subspan(offset);
        const std::size_t count = std::min(there.size(), out.size());
        std::ranges::copy(there.first(count), out.begin());
        return count;
    }

    [[nodiscard]] Result<void> sync() override {
        Simulation& simulation = process_.simulation();
        if (!process_.begin_disk_call()) {
            return {};
        }
        if (broken_) {
            return sync_failed(path_);
        }
        simulation.trace(What::disk_sync, inode_->unsynced.size());
        ++contents_.syncs_;
        const DiskOptions& options = contents_.options;
        Rng& rng = simulation.rng();
        if (options.sync_late_by > Duration{0}) {
            sync_later(rng.between(Duration{0}, options.sync_late_by));
            return {};
        }
        simulation.charge(rng.between(options.sync_min, options.sync_max));
        if (rng.chance(options.slow_sync_chance)) {
            simulation.charge(rng.between(Duration{0}, options.slow_sync_max));
        }
        if (rng.chance(options.sync_error_chance)) {
            // Some pages made it, the others are called clean and are not on the disk.
            DiskContents::keep_sectors(*inode_, rng, 0.5);
            inode_->unsynced.clear();
            broken_ = true;
            contents_.sync_failed_ = true;
            return sync_failed(path_);
        }
        DiskContents::make_durable(*inode_, inode_->unsynced.size());
        return {};
    }

    [[nodiscard]] Result<void> preallocate(std::uint64_t size) override {
        if (!process_.begin_disk_call()) {
            return {};
        }
        if (broken_) {
            return sync_failed(path_);
        }
        process_.simulation().trace(What::disk_other, size);
        if (size <= inode_->current.size()) {
            return {};
        }
        if (contents_.options.full) {
            return disk_full(path_);
        }
        change({.offset = 0, .bytes = {}, .resize = true, .size = size});
        return {};
    }

    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
        if (!process_.begin_disk_call()) {
            return {};
        }
        if (broken_) {
            return sync_failed(path_);
        }
        process_.simulation().trace(What::disk_other, size);
        change({.offset = 0, .bytes = {}, .resize = true, .size = size});
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        static_cast<void>(process_.begin_disk_call());
        return inode_->current.size();
    }

private:
    void change(DiskContents::Change change) {
        DiskContents::apply(inode_->current, change);
        inode_->unsynced.push_back(std::move(change));
    }

    void sync_later(Duration delay) {
        process_.simulation().in(
            delay,
            kWorld,
            [inode = inode_, changes = inode_->unsynced.size(), generation = inode_->generation] {
                if (inode->generation == generation) {
                    DiskContents::make_durable(*inode, std::min(changes, inode->unsynced.size()));
                }
            }
        );
    }

    Process& process_;
    DiskContents& contents_;
    const std::string path_;
    const DiskContents::InodePtr inode_;
    bool broken_ = false;
};

// --- SimDisk --------------------------------------------------------------------------------------

bool SimDisk::begin_call() {
    process_.simulation().trace(What::disk_other);
    return process_.begin_disk_call();
}

Result<std::unique_ptr<runtime::File>> SimDisk::open(
    const std::string& path, runtime::OpenMode mode
) {
    const bool effect = begin_call();
    const auto found = contents_.entries_.find(path);
    const bool there = found != contents_.entries_.end() && !found->second->directory;
    DiskContents::InodePtr inode;
    if (mode != runtime::OpenMode::create_new) {
        if (!there) {
            return no_such_file(path);
        }
        inode = found->second;
    } else {
        if (there) {
            return Error{ErrorCode::conflict, "cannot create " + path + ": it is there"};
        }
        if (!contents_.entries_.contains(parent_of(path))) {
            return Error{ErrorCode::internal, "cannot create " + path + ": no such directory"};
        }
        if (contents_.options.full) {
            return disk_full(path);
        }
        inode = std::make_shared<DiskContents::Inode>();
        if (effect) {
            contents_.change_entry({.path = path, .from = {}, .inode = inode});
        }
    }
    return std::unique_ptr<runtime::File>{
        std::make_unique<SimFile>(process_, contents_, path, std::move(inode))
    };
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
    static_cast<void>(begin_call());
    if (!contents_.entries_.contains(directory)) {
        return Error{ErrorCode::not_found, "cannot list " + directory};
    }
    std::vector<std::string> names;
    for (const auto& [path, inode] : contents_.entries_) {
        if (path != "/" && !inode->directory && parent_of(path) == directory) {
            names.push_back(path.substr(path.rfind('/') + 1));
        }
    }
    return names;  // the map is sorted
}

Result<void> SimDisk::make_directory(const std::string& path) {
    PARLEY_ASSERT(path.starts_with('/'));
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (!contents_.entries_.contains(part)) {
            if (contents_.options.full) {
                return disk_full(path);
            }
            if (begin_call()) {
                contents_.change_entry(
                    {.path = part, .from = {}, .inode = DiskContents::make_directory_inode()}
                );
            }
        }
        if (auto synced = sync_directory(parent_of(part)); !synced.ok()) {
            return synced;
        }
        if (end == std::string::npos) {
            return {};
        }
    }
}

Result<void> SimDisk::remove(const std::string& path) {
    const bool effect = begin_call();
    if (!contents_.entries_.contains(path)) {
        return no_such_file(path);
    }
    if (effect) {
        contents_.change_entry({.path = path, .from = {}, .inode = nullptr});
    }
    return {};
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    const bool effect = begin_call();
    const auto found = contents_.entries_.find(from);
    if (found == contents_.entries_.end()) {
        return no_such_file(from);
    }
    if (effect) {
        contents_.change_entry({.path = to, .from = from, .inode = found->second});
    }
    return {};
}

Result<void> SimDisk::sync_directory(const std::string& directory) {
    if (!begin_call() || contents_.options.ignore_directory_syncs) {
        return {};
    }
    Simulation& simulation = process_.simulation();
    simulation.charge(
        simulation.rng().between(contents_.options.sync_min, contents_.options.sync_max)
    );
    std::vector<DiskContents::EntryChange> others;
    for (DiskContents::EntryChange& change : contents_.unsynced_entries_) {
        if (parent_of(change.path) == directory) {
            DiskContents::apply(contents_.durable_entries_, change);
        } else {
            others.push_back(std::move(change));
        }
    }
    contents_.unsynced_entries_ = std::move(others);
    return {};
}

}  // namespace parley::sim
