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

/// A file system in memory that keeps only what was synced when the power fails, and that can be full, slow and
/// broken.

namespace parley::sim {

/// How a disk behaves; may change while it is in use.
struct DiskOptions {
    Duration write_max = std::chrono::microseconds{30};
    Duration sync_min = std::chrono::microseconds{100};
    Duration sync_max = std::chrono::milliseconds{3};
    double slow_chance = 0;  ///< of a write or a sync that takes up to `slow_max`
    Duration slow_max = std::chrono::milliseconds{500};
    bool full = false;  ///< nothing can grow, nothing new be made
    /// Of a sync that fails: of what it should have kept some is kept and the rest forgotten, though reads
    /// still show it. A later sync knows nothing of that and says "well".
    double sync_error_chance = 0;
    bool syncs_fail = false;        ///< every one does, until this is false again
    double write_error_chance = 0;  ///< of a write that fails, the first part of it done
    double garbage_chance = 0;      ///< of a file in whose unsynced places a power cut leaves noise
    /// Planted bugs. A sync that says "well" at once and happens so much later (0: an honest one), and
    /// directory syncs that do nothing.
    Duration sync_late_by{};
    bool ignore_directory_syncs = false;
};

/// How the detail of an error ends that was injected.
inline constexpr std::string_view kSimulatedDiskFailed = ": the simulated disk failed";

/// What is left on the disk when a process dies.
enum class Survival : unsigned char {
    everything,  ///< the process alone died: the kernel shows what it showed before, durable or not
    synced,      ///< the power failed: what was not synced is gone, some of it, torn, or noise
};

/// The disk itself; outlives the processes that use it. Every file has bytes that are durable and writes that
/// are not yet; every file's entry likewise, until its directory is synced. Directories are durable when
/// make_directory returns, or not there. What is durable stays: a sector that is written again can only become
/// noise where its bytes change.
class DiskContents {
public:
    explicit DiskContents(Simulation& simulation) : simulation_(simulation) {}

    DiskOptions options;

    /// What a restart finds. Of the unsynced writes of a file a power cut keeps, at random: none, all, the first
    /// few (the last one torn at 512 bytes), any 512-byte sectors, or any 4096-byte pages; the rest is as it was
    /// before, or noise. Entries that were not synced are there or not, each by itself.
    void crash(Survival survival);

    struct Failure {
        std::string path;
        ProcessId process = kWorld;
        Duration at{};
    };
    /// The newest call that was made to fail.
    [[nodiscard]] const Failure& failure() const noexcept { return failure_; }
    /// The newest sync that failed with bytes to keep, so that some are lost.
    [[nodiscard]] const Failure& lost_writes() const noexcept { return lost_writes_; }
    /// What a program did that no disk forgives: a file synced again after a sync of it had failed.
    [[nodiscard]] const std::vector<std::string>& misuse() const noexcept { return misuse_; }

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
        std::uint64_t number = 0;  // in order of creation
        bool directory = false;
        std::vector<std::byte> durable;
        std::vector<std::byte> current;
        std::vector<Change> unsynced;
        std::uint64_t generation = 0;  // grows with each power cut: late syncs of before do nothing
    };
    using InodePtr = std::shared_ptr<Inode>;
    /// An entry made (of `inode`), or removed (no inode); a rename is one with `from`.
    struct EntryChange {
        std::string path;
        std::string from;
        InodePtr inode;
    };
    using Entries = std::map<std::string, InodePtr>;
    /// What of a file's unsynced writes comes through, and what becomes of the rest.
    struct Fate {
        std::uint64_t unit = 512;  // bytes that come through together
        double kept = 0;
        double noise = 0;  // of what is not kept
    };

    static InodePtr make_directory_inode();
    static void apply(Entries& entries, const EntryChange& change);
    static void apply(
        std::vector<std::byte>& bytes, std::uint64_t offset, std::span<const std::byte> written
    );
    static void apply(std::vector<std::byte>& bytes, const Change& change);
    static void make_durable(Inode& inode, std::size_t changes);
    void keep(Inode& inode, const Fate& fate);
    void keep_units(Inode& inode, const Change& change, const Fate& fate);
    void keep_prefix(Inode& inode, double noise);
    void make_noise(Inode& inode, std::uint64_t offset, std::span<const std::byte> meant);
    void settle(Inode& inode);
    void change_entry(EntryChange change);
    void charge_slowness();
    /// An injected failure: remembered, counted, and told.
    [[nodiscard]] Error fail(
        const Process& process, std::string_view doing, const std::string& path, Count count
    );

    Simulation& simulation_;
    Entries entries_{{"/", make_directory_inode()}};
    Entries durable_entries_ = entries_;
    std::vector<EntryChange> unsynced_entries_;
    std::uint64_t inodes_ = 0;  // made so far
    Failure failure_;
    Failure lost_writes_;
    std::vector<std::string> misuse_;
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
    [[nodiscard]] bool begin_call(const std::string& path);

    Process& process_;
    DiskContents& contents_;
};

}  // namespace parley::sim
