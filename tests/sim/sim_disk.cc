#include "tests/sim/sim_disk.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kPageBytes = 4096;

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

void DiskContents::apply(
    std::vector<std::byte>& bytes, std::uint64_t offset, std::span<const std::byte> written
) {
    if (bytes.size() < offset + written.size()) {
        bytes.resize(offset + written.size());
    }
    std::ranges::copy(written, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

void DiskContents::apply(std::vector<std::byte>& bytes, const Change& change) {
    if (change.resize) {
        bytes.resize(change.size);
    } else {
        apply(bytes, change.offset, change.bytes);
    }
}

void DiskContents::make_durable(Inode& inode, std::size_t changes) {
    for (std::size_t i = 0; i < changes; ++i) {
        apply(inode.durable, inode.unsynced[i]);
    }
    inode.unsynced.erase(
        inode.unsynced.begin(), inode.unsynced.begin() + static_cast<std::ptrdiff_t>(changes)
    );
}

/// Noise in place of what should have come: some bits wrong, or all of them anyhow. What would not have changed
/// does not: no sector is lost by being written as it was.
void DiskContents::make_noise(
    Inode& inode, std::uint64_t offset, std::span<const std::byte> meant
) {
    Rng& rng = simulation_.rng();
    std::vector<std::byte> noise{meant.begin(), meant.end()};
    const bool few = rng.chance(0.5);
    const std::uint64_t one_in = few ? 1 + noise.size() / 4 : 1;
    for (std::size_t i = 0; i < noise.size(); ++i) {
        const std::uint64_t at = offset + i;
        const std::byte before = at < inode.durable.size() ? inode.durable[at] : std::byte{0};
        if (noise[i] != before && rng.below(one_in) == 0) {
            noise[i] ^= static_cast<std::byte>(few ? 1U << rng.below(8) : rng.below(256));
        }
    }
    apply(inode.durable, offset, noise);
}

void DiskContents::keep_units(Inode& inode, const Change& change, const Fate& fate) {
    Rng& rng = simulation_.rng();
    const std::span<const std::byte> all{change.bytes};
    for (std::uint64_t at = 0; at < all.size();) {
        const std::uint64_t end = ((change.offset + at) / fate.unit + 1) * fate.unit;
        const std::uint64_t count =
            std::min<std::uint64_t>(end - change.offset - at, all.size() - at);
        if (rng.chance(fate.kept)) {
            apply(inode.durable, change.offset + at, all.subspan(at, count));
        } else if (rng.chance(fate.noise)) {
            make_noise(inode, change.offset + at, all.subspan(at, count));
        }
        at += count;
    }
}

void DiskContents::keep(Inode& inode, const Fate& fate) {
    for (const Change& change : inode.unsynced) {
        if (!change.resize) {
            keep_units(inode, change, fate);
        } else if (simulation_.rng().chance(fate.kept)) {
            apply(inode.durable, change);
        }
    }
}

/// The first few writes survive, the last of them up to a sector's edge.
void DiskContents::keep_prefix(Inode& inode, double noise) {
    Rng& rng = simulation_.rng();
    const auto whole = static_cast<std::size_t>(rng.below(inode.unsynced.size()));
    for (std::size_t i = 0; i < whole; ++i) {
        apply(inode.durable, inode.unsynced[i]);
    }
    const Change& torn = inode.unsynced[whole];
    if (torn.resize) {
        return;
    }
    const std::uint64_t cut = torn.offset + rng.below(torn.bytes.size() + 1);
    const std::uint64_t edge = std::max(torn.offset, cut / kSectorBytes * kSectorBytes);
    const std::span<const std::byte> all{torn.bytes};
    const std::uint64_t kept = edge - torn.offset;
    if (kept > 0) {
        apply(inode.durable, torn.offset, all.first(kept));
    }
    if (kept < all.size() && rng.chance(noise)) {
        make_noise(
            inode, edge, all.subspan(kept, std::min<std::uint64_t>(kSectorBytes, all.size() - kept))
        );
    }
}

void DiskContents::settle(Inode& inode) {
    if (!inode.unsynced.empty()) {
        Rng& rng = simulation_.rng();
        const double noise = rng.chance(options.garbage_chance) ? 0.5 : 0;
        if (noise > 0) {
            simulation_.tally.add(Count::garbage);
        }
        switch (rng.below(5)) {
            case 0:
                keep(inode, {.kept = 0, .noise = noise});
                break;
            case 1:
                keep(inode, {.kept = 1});
                break;
            case 2:
                keep_prefix(inode, noise);
                break;
            case 3:
                keep(inode, {.kept = 0.5, .noise = noise});
                break;
            default:
                keep(inode, {.unit = kPageBytes, .kept = 0.5, .noise = noise});
                break;
        }
        inode.unsynced.clear();
    }
    inode.current = inode.durable;
    ++inode.generation;
}

void DiskContents::change_entry(EntryChange change) {
    apply(entries_, change);
    unsynced_entries_.push_back(std::move(change));
}

void DiskContents::charge_slowness() {
    Rng& rng = simulation_.rng();
    if (rng.chance(options.slow_chance)) {
        simulation_.charge(rng.between(Duration{0}, options.slow_max));
        simulation_.tally.add(Count::slow_calls);
    }
}

Error DiskContents::fail(
    const Process& process, std::string_view doing, const std::string& path, Count count
) {
    simulation_.trace_with(std::string_view{path}, What::fault, 4);
    simulation_.tally.add(count);
    failure_ = {.path = path, .process = process.id(), .at = simulation_.now()};
    std::string detail = "cannot ";
    detail.append(doing).append(path).append(kSimulatedDiskFailed);
    return {ErrorCode::internal, std::move(detail)};
}

void DiskContents::crash(Survival survival) {
    if (survival == Survival::everything) {
        return;
    }
    simulation_.tally.add(Count::power_cuts);
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
        settle(*inode);
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
        simulation.trace_with(bytes, What::disk_write, inode_->number, offset);
        Rng& rng = simulation.rng();
        simulation.charge(rng.between(Duration{0}, contents_.options.write_max));
        contents_.charge_slowness();
        if (rng.chance(contents_.options.write_error_chance)) {
            write(offset, bytes.first(static_cast<std::size_t>(rng.below(bytes.size() + 1))));
            return contents_.fail(process_, "write ", path_, Count::write_failures);
        }
        const std::uint64_t size = inode_->current.size();
        if (contents_.options.full && offset + bytes.size() > size) {
            if (offset < size) {  // what fits is written
                write(offset, bytes.first(static_cast<std::size_t>(size - offset)));
            }
            return disk_full(path_);
        }
        write(offset, bytes);
        return {};
    }

    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out)
        const override {
        static_cast<void>(process_.begin_disk_call());
        process_.simulation().trace(What::disk_read, inode_->number, offset);
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
        simulation.trace(What::disk_sync, inode_->number, inode_->unsynced.size());
        const DiskOptions& options = contents_.options;
        Rng& rng = simulation.rng();
        if (sync_failed_) {
            contents_.misuse_.push_back(path_ + " was synced again after a sync of it had failed");
        }
        if (options.sync_late_by > Duration{0}) {
            sync_later(rng.between(Duration{0}, options.sync_late_by));
            return {};
        }
        simulation.charge(rng.between(options.sync_min, options.sync_max));
        contents_.charge_slowness();
        if (options.syncs_fail || rng.chance(options.sync_error_chance)) {
            return fail_sync();
        }
        DiskContents::make_durable(*inode_, inode_->unsynced.size());
        return {};
    }

    [[nodiscard]] Result<void> preallocate(std::uint64_t size) override {
        if (!process_.begin_disk_call()) {
            return {};
        }
        process_.simulation().trace(What::disk_other, inode_->number, size);
        if (size <= inode_->current.size()) {
            return {};
        }
        if (contents_.options.full) {
            return disk_full(path_);
        }
        resize(size);
        return {};
    }

    [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
        if (!process_.begin_disk_call()) {
            return {};
        }
        process_.simulation().trace(What::disk_other, inode_->number, size);
        resize(size);
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> size() const override {
        static_cast<void>(process_.begin_disk_call());
        return inode_->current.size();
    }

private:
    void write(std::uint64_t offset, std::span<const std::byte> bytes) {
        DiskContents::apply(inode_->current, offset, bytes);
        inode_->unsynced.push_back({.offset = offset, .bytes = {bytes.begin(), bytes.end()}});
    }

    void resize(std::uint64_t size) {
        inode_->current.resize(size);
        inode_->unsynced.push_back({.offset = 0, .bytes = {}, .resize = true, .size = size});
    }

    /// Some pages made it, the others are called clean and are not on the disk.
    [[nodiscard]] Error fail_sync() {
        sync_failed_ = true;
        Error error = contents_.fail(process_, "sync ", path_, Count::sync_failures);
        if (std::ranges::any_of(inode_->unsynced, [](const auto& change) {
                return !change.resize;
            })) {
            contents_.lost_writes_ = contents_.failure_;
        }
        contents_.keep(*inode_, {.kept = process_.simulation().rng().chance(0.5) ? 0.5 : 0});
        inode_->unsynced.clear();
        return error;
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
    bool sync_failed_ = false;
};

// --- SimDisk --------------------------------------------------------------------------------------

bool SimDisk::begin_call(const std::string& path) {
    process_.simulation().trace_with(std::string_view{path}, What::disk_other);
    return process_.begin_disk_call();
}

Result<std::unique_ptr<runtime::File>> SimDisk::open(
    const std::string& path, runtime::OpenMode mode
) {
    const bool effect = begin_call(path);
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
        inode->number = ++contents_.inodes_;
        if (effect) {
            contents_.change_entry({.path = path, .from = {}, .inode = inode});
        }
    }
    return std::unique_ptr<runtime::File>{
        std::make_unique<SimFile>(process_, contents_, path, std::move(inode))
    };
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
    static_cast<void>(begin_call(directory));
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
            if (begin_call(part)) {
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
    const bool effect = begin_call(path);
    if (!contents_.entries_.contains(path)) {
        return no_such_file(path);
    }
    if (effect) {
        contents_.change_entry({.path = path, .from = {}, .inode = nullptr});
    }
    return {};
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    const bool effect = begin_call(from);
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
    if (!begin_call(directory) || contents_.options.ignore_directory_syncs) {
        return {};
    }
    Simulation& simulation = process_.simulation();
    const DiskOptions& options = contents_.options;
    Rng& rng = simulation.rng();
    simulation.charge(rng.between(options.sync_min, options.sync_max));
    contents_.charge_slowness();
    if (options.syncs_fail || rng.chance(options.sync_error_chance)) {
        return contents_.fail(process_, "sync directory ", directory, Count::sync_failures);
    }
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
