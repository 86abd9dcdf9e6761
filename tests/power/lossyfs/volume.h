#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "runtime/unique_fd.h"
#include "tests/power/lossyfs/file_content.h"
#include "tests/power/lossyfs/system.h"

namespace parley::lossyfs {

using NodeId = std::uint64_t;
inline constexpr NodeId kRootId = 1;

struct Node;
using NodePtr = std::shared_ptr<Node>;

/// A file or directory as programs see it. Owned by the Volume; others may hold on to one that is gone.
struct Node {
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    Node(Node&&) = delete;
    Node& operator=(Node&&) = delete;
    ~Node();

    NodeId id = 0;
    mode_t mode = 0;
    timespec changed{};
    unsigned links = 0;      ///< names that programs see
    std::uint64_t uses = 0;  ///< the kernel's references; see Volume::forget
    /// It was there before the last power cut: whatever is asked of it is refused with EIO.
    bool gone = false;
    /// The name it was last given, from the root: "log/7.seg". For rules that are about some files only.
    std::string path;
    /// Where it lies, or lay, in the backing directory while it has no durable name. Goes with the node.
    std::string staged;

    // Of a file.
    std::optional<FileContent> content;

    // Of a directory.
    runtime::UniqueFd directory;             // what is durable of it
    std::map<std::string, NodePtr> entries;  // as programs see it

    [[nodiscard]] bool is_directory() const noexcept { return S_ISDIR(mode); }
    [[nodiscard]] std::uint64_t size() const noexcept { return content ? content->size() : 0; }
};

struct CutReport {
    std::uint64_t pages_lost = 0;    ///< or torn
    std::uint64_t entries_lost = 0;  ///< names made, moved or removed that are as before
    std::uint64_t entries_kept = 0;  ///< the same without a sync, that lasted by chance
};

/// A tree of files whose durable part lies in a backing directory, and the rest in memory.
///
/// What becomes durable, and when, is as strict as POSIX lets it be: the bytes and the size of a file when it
/// is synced; a name when its directory is synced, and no sooner, not even when the file is. A rename is one
/// change: after a power cut it has happened or not. Modes are durable at once, times never. No symbolic
/// links, devices, or extended attributes.
///
/// Refusals are std::system_error. One thread. The backing directory belongs to one Volume at a time; its
/// part `tree` is what a power cut would leave.
class Volume {
public:
    /// Makes the directory when it is not there.
    explicit Volume(const std::string& backing);

    [[nodiscard]] NodePtr node(NodeId id) const;
    /// EIO when it was there before a power cut.
    static void check_there(const Node& node);
    /// The kernel has `count` references less; one that nobody names or uses any more goes.
    void forget(NodeId id, std::uint64_t count);

    [[nodiscard]] static NodePtr lookup(const NodePtr& directory, const std::string& name);
    NodePtr create(const NodePtr& directory, const std::string& name, mode_t mode);
    NodePtr make_directory(const NodePtr& directory, const std::string& name, mode_t mode);
    void link(const NodePtr& node, const NodePtr& directory, const std::string& name);
    void unlink(const NodePtr& directory, const std::string& name);
    void remove_directory(const NodePtr& directory, const std::string& name);
    struct Place {
        NodePtr directory;
        std::string name;
    };
    /// Replaces what is at `to`, unless `replace` is false: EEXIST.
    void rename(const Place& from, const Place& to, bool replace = true);

    void write(Node& node, std::uint64_t offset, std::span<const char> bytes);
    void resize(Node& node, std::uint64_t size);
    static void change_mode(Node& node, mode_t mode);
    void sync_directory(const NodePtr& directory);

    /// Bytes of all files together; more: ENOSPC. None: no limit.
    void set_capacity(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }
    [[nodiscard]] std::optional<std::uint64_t> capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint64_t used_bytes() const;
    [[nodiscard]] std::uint64_t unsynced_pages() const;
    [[nodiscard]] std::size_t unsynced_entries() const noexcept { return changes_.size(); }

    /// The power fails, and comes back: everything is as `tree` has it then, under new ids.
    CutReport cut(Cut how, std::uint64_t seed);

private:
    /// A name that is to mean `node`, or nothing.
    struct Entry {
        NodePtr directory;
        std::string name;
        NodePtr node;
    };
    /// One act on names: a rename has two entries, the new one first.
    using Change = std::vector<Entry>;

    NodePtr add_node(mode_t mode);
    NodePtr load(const NodePtr& directory, const std::string& name);
    void load_tree();
    static void set_entry(const NodePtr& directory, const std::string& name, const NodePtr& node);
    void apply_unsynced(const NodePtr& directory);
    static void make_durable(const Change& change);
    static void put_entry(const Entry& entry, const Entry* from);
    static void remove_entry(const Entry& entry);
    static void check_name(const NodePtr& directory, const std::string& name);
    void check_room(std::uint64_t more) const;
    CutReport lose_entries(Cut how, Chance& chance);

    const std::string tree_;
    const std::string
        staging_;  // each file or directory made in this run has a name of its own in here
    std::map<NodeId, NodePtr> nodes_;
    std::list<Change> changes_;  // of names, oldest first, not durable
    NodeId next_id_ = kRootId;
    std::optional<std::uint64_t> capacity_;
};

}  // namespace parley::lossyfs
