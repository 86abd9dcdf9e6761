#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/disk.h"
#include "tests/sim/machine.h"

/// A file system in memory that keeps only what was synced when the power fails.

namespace parley::sim {

/// How a disk behaves; may change while it is in use.
struct DiskOptions {
    Duration write_max = std::chrono::microseconds{30};
    Duration sync_min = std::chrono::microseconds{100};
    Duration sync_max = std::chrono::milliseconds{3};
    double slow_sync_chance = 0;  ///< of a sync that takes up to `slow_sync_max`
    Duration slow_sync_max = std::chrono::milliseconds{500};
    bool full = false;  ///< nothing can grow, nothing new be made
    double sync_error_chance =
        0;  ///< of a sync that fails and forgets some of what it should have kept
    /// Planted bugs. A sync that says "well" at once and happens so much later (0: an honest one), and
    /// directory syncs that do nothing.
    Duration sync_late_by{};
    bool ignore_directory_syncs = false;
};

/// How the detail of an error ends that was injected.
inline constexpr std::string_view kSimulatedDiskFailed = ": the simulated disk failed";

/// What is left on the disk when a process dies.
enum class Survival : unsigned char {
    everything,  ///< the process alone died: the kernel has its writes
    /// The power failed: what was not synced is gone, some of it, or torn. After a sync that failed it is
    /// always this: what the kernel shows then is not what the disk has.
    synced,
};

/// The disk itself; outlives the processes that use it. Every file has bytes that are durable and writes that
/// are not yet; every file's entry likewise, until its directory is synced. Directories are durable when
/// make_directory returns, or not there.
class DiskContents {
public:
    explicit DiskContents(Simulation& simulation) : simulation_(simulation) {}

    DiskOptions options;

    /// What a restart finds. Of the unsynced writes of a file it keeps, at random: none, all, the first few
    /// (the last one torn at 512 bytes), or any 512-byte sectors.
    void crash(Survival survival);

    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }

private:
    friend class SimDisk;
    friend class SimFile;

    struct Change {
        std::uint64_t offset = 0;
        std::vector<std::byte> bytes;  // a write, unless `resize`
        bool resize = false;
        std::uint64_t size = 0;
    };
    struct Inode {
        bool directory = false;
        std::vector<std::byte> durable;
        std::vector<std::byte> current;
        std::vector<Change> unsynced;
        std::uint64_t generation = 0;  // grows with each crash: late syncs of before do nothing
    };
    using InodePtr = std::shared_ptr<Inode>;
    /// An entry made (of `inode`), or removed (no inode); a rename is one with `from`.
    struct EntryChange {
        std::string path;
        std::string from;
        InodePtr inode;
    };
    using Entries = std::map<std::string, InodePtr>;

    static InodePtr make_directory_inode();
    static void apply(Entries& entries, const EntryChange& change);
    static void apply(std::vector<std::byte>& bytes, const Change& change);
    static void keep_sectors(Inode& inode, Rng& rng, double chance);
    static void keep_prefix(Inode& inode, Rng& rng);
    static void settle(Inode& inode, Rng& rng);
    static void make_durable(Inode& inode, std::size_t changes);
    void change_entry(EntryChange change);

    Simulation& simulation_;
    Entries entries_{{"/", make_directory_inode()}};
    Entries durable_entries_ = entries_;
    std::vector<EntryChange> unsynced_entries_;
    std::uint64_t syncs_ = 0;
    bool sync_failed_ = false;  // since the last power cut
};

/// One process's use of the disk.
class SimDisk final : public runtime::Disk {
public:
    SimDisk(Process& process, DiskContents& contents) : process_(process), contents_(contents) {}

    [[nodiscard]] Result<std::unique_ptr<runtime::File>> open(
        const std::string& path, runtime::OpenMode mode
    ) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
    [[nodiscard]] Result<void> make_directory(const std::string& path) override;
    [[nodiscard]] Result<void> remove(const std::string& path) override;
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Result<void> sync_directory(const std::string& directory) override;

private:
    [[nodiscard]] bool begin_call();

    Process& process_;
    DiskContents& contents_;
};

}  // namespace parley::sim
