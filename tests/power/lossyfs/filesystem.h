#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/power/lossyfs/volume.h"

struct fuse_req;
struct fuse_session;

namespace parley::lossyfs {

/// When an operation fails with EIO.
enum class Failing : unsigned char {
    never,
    once,
    always,
};

struct Rule {
    Failing failing = Failing::never;
    std::string
        path;  ///< only files whose path contains it, or ends with what is before its $; empty: all
};

struct Slowness {
    std::chrono::milliseconds sync{};
    std::string path;  ///< as above
};

/// A power cut at a moment that no clock could hit: when some file is about to be synced.
struct Trip {
    std::string path;        ///< as above
    std::uint64_t skip = 0;  ///< so many syncs that match are let through first
    Cut how = Cut::drop;
    std::uint64_t seed = 0;
};

struct Counts {
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t failed = 0;  ///< by a rule
};

/// A Volume, mounted. The kernel caches what it reads, so that mmap works, and hands every write on at once,
/// so that no byte is older here than programs think.
///
/// One thread: `serve` waits for the kernel, for syncs that are due, and for whatever `extra` descriptor it
/// was given. A slow sync holds up nothing else; it covers what was written until it ends.
class Filesystem {
public:
    /// Mounts; throws std::runtime_error when that does not work.
    Filesystem(Volume& volume, const std::string& mountpoint);
    Filesystem(const Filesystem&) = delete;
    Filesystem& operator=(const Filesystem&) = delete;
    Filesystem(Filesystem&&) = delete;
    Filesystem& operator=(Filesystem&&) = delete;
    /// Unmounts.
    ~Filesystem();

    [[nodiscard]] int descriptor() const;
    /// Handles one request of the kernel; false when the file system was unmounted. After `descriptor` has
    /// become readable.
    [[nodiscard]] bool serve_one();
    /// Ends the syncs that are due. Milliseconds until the next is; -1: none waits.
    int finish_syncs();

    /// The power fails. Syncs under way are answered with EIO and made nothing durable.
    CutReport cut(Cut how, std::uint64_t seed);
    /// The power fails by itself, and stays off: everything is refused with EIO until `power_on`.
    void trip_at(Trip trip) { trip_ = std::move(trip); }
    void power_on() { dark_ = false; }
    [[nodiscard]] bool dark() const noexcept { return dark_; }

    Rule failing_syncs;
    Rule failing_writes;
    Slowness slowness;
    Counts counts;

private:
    friend struct Operations;
    using Clock = std::chrono::steady_clock;
    struct PendingSync {
        Clock::time_point due;
        fuse_req* request = nullptr;
        NodePtr node;
    };
    struct Buffer;
    struct DirectoryItem {
        std::string name;
        NodeId id = 0;
        mode_t mode = 0;
    };

    void begin_sync(fuse_req* request, const NodePtr& node);
    void finish_sync(const PendingSync& sync);
    [[nodiscard]] bool fails(Rule& rule, const Node& node);
    [[nodiscard]] bool trips(const Node& node);

    Volume& volume_;
    std::unique_ptr<Buffer> buffer_;
    fuse_session* session_ = nullptr;
    std::optional<Trip> trip_;
    bool dark_ = false;
    /// Of each directory that a program reads, what was in it when it began.
    std::map<std::uint64_t, std::vector<DirectoryItem>> listings_;
    std::uint64_t last_listing_ = 0;
    std::vector<PendingSync> pending_;  // at most what the kernel has open requests for
};

}  // namespace parley::lossyfs
