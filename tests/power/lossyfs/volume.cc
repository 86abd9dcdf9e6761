#include "tests/power/lossyfs/volume.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace parley::lossyfs {
namespace {

using runtime::UniqueFd;

constexpr mode_t kPermissions = 07777;
constexpr std::size_t kNameBytesMax = 255;

timespec now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

UniqueFd open_at(int directory, const std::string& name, int flags) {
    UniqueFd fd(::openat(directory, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    check(static_cast<bool>(fd));
    return fd;
}

std::string join(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

std::vector<std::string> names_in(int directory) {
    const std::filesystem::directory_iterator all("/proc/self/fd/" + std::to_string(directory));
    std::vector<std::string> names;
    for (const std::filesystem::directory_entry& entry : all) {
        names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

Node::~Node() {
    // A directory that never got a durable name goes with what is in it.
    std::error_code failure;
    std::filesystem::remove_all(staged, failure);
}

// --- the start ------------------------------------------------------------------------------------------

Volume::Volume(const std::string& backing)
    : tree_(backing + "/tree"), staging_(backing + "/staging") {
    std::filesystem::create_directories(tree_);
    std::filesystem::remove_all(staging_);
    std::filesystem::create_directories(staging_);
    load_tree();
}

void Volume::load_tree() {
    const NodePtr root = std::make_shared<Node>();
    root->id = kRootId;
    root->mode = S_IFDIR | 0700U;
    root->changed = now();
    root->links = 1;
    root->directory = open_at(AT_FDCWD, tree_, O_RDONLY | O_DIRECTORY);
    nodes_[kRootId] = root;
    next_id_ = std::max(next_id_, kRootId + 1);
    std::vector<NodePtr> todo = {root};
    while (!todo.empty()) {
        const NodePtr directory = std::move(todo.back());
        todo.pop_back();
        for (const std::string& name : names_in(directory->directory.get())) {
            NodePtr found = load(directory, name);
            if (found->is_directory()) {
                todo.push_back(std::move(found));
            }
        }
    }
}

/// Two names of one file become two files: no program that is tested here leaves any.
NodePtr Volume::load(const NodePtr& directory, const std::string& name) {
    const int parent = directory->directory.get();
    struct stat about{};
    check(::fstatat(parent, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0);
    NodePtr node = add_node(about.st_mode);
    node->changed = about.st_mtim;
    if (node->is_directory()) {
        node->directory = open_at(parent, name, O_RDONLY | O_DIRECTORY);
    } else {
        node->content.emplace(open_at(parent, name, O_RDWR));
    }
    set_entry(directory, name, node);
    return node;
}

NodePtr Volume::add_node(mode_t mode) {
    NodePtr node = std::make_shared<Node>();
    node->id = next_id_++;
    node->mode = mode;
    node->changed = now();
    node->staged = staging_ + "/" + std::to_string(node->id);
    nodes_[node->id] = node;
    return node;
}

// --- nodes ----------------------------------------------------------------------------------------------

NodePtr Volume::node(NodeId id) const {
    const auto at = nodes_.find(id);
    if (at == nodes_.end()) {
        refuse(EIO);
    }
    return at->second;
}

void Volume::check_there(const Node& node) {
    if (node.gone) {
        refuse(EIO);
    }
}

void Volume::forget(NodeId id, std::uint64_t count) {
    const auto at = nodes_.find(id);
    if (at == nodes_.end() || id == kRootId) {
        return;
    }
    Node& node = *at->second;
    node.uses -= std::min(node.uses, count);
    if (node.uses > 0 || (node.links > 0 && !node.gone)) {
        return;
    }
    nodes_.erase(at);
}

// --- names, as programs see them ------------------------------------------------------------------------

void Volume::check_name(const NodePtr& directory, const std::string& name) {
    check_there(*directory);
    if (!directory->is_directory()) {
        refuse(ENOTDIR);
    }
    if (directory->links == 0) {
        refuse(ENOENT);
    }
    if (name.size() > kNameBytesMax) {
        refuse(ENAMETOOLONG);
    }
}

void Volume::set_entry(const NodePtr& directory, const std::string& name, const NodePtr& node) {
    if (const auto at = directory->entries.find(name); at != directory->entries.end()) {
        --at->second->links;
        directory->entries.erase(at);
    }
    if (node != nullptr) {
        ++node->links;
        node->path = join(directory->path, name);
        directory->entries[name] = node;
    }
    directory->changed = now();
}

NodePtr Volume::lookup(const NodePtr& directory, const std::string& name) {
    check_name(directory, name);
    const auto at = directory->entries.find(name);
    if (at == directory->entries.end()) {
        refuse(ENOENT);
    }
    return at->second;
}

NodePtr Volume::create(const NodePtr& directory, const std::string& name, mode_t mode) {
    check_name(directory, name);
    if (directory->entries.contains(name)) {
        refuse(EEXIST);
    }
    check_room(1);
    NodePtr node = add_node(S_IFREG | (mode & kPermissions));
    node->content.emplace(open_at(AT_FDCWD, node->staged, O_RDWR | O_CREAT | O_EXCL));
    change_mode(*node, mode);
    set_entry(directory, name, node);
    changes_.push_back({{.directory = directory, .name = name, .node = node}});
    return node;
}

NodePtr Volume::make_directory(const NodePtr& directory, const std::string& name, mode_t mode) {
    check_name(directory, name);
    if (directory->entries.contains(name)) {
        refuse(EEXIST);
    }
    check_room(1);
    NodePtr node = add_node(S_IFDIR | (mode & kPermissions));
    check(::mkdir(node->staged.c_str(), S_IRWXU) == 0);
    node->directory = open_at(AT_FDCWD, node->staged, O_RDONLY | O_DIRECTORY);
    change_mode(*node, mode);
    set_entry(directory, name, node);
    changes_.push_back({{.directory = directory, .name = name, .node = node}});
    return node;
}

void Volume::link(const NodePtr& node, const NodePtr& directory, const std::string& name) {
    check_name(directory, name);
    check_there(*node);
    if (node->is_directory()) {
        refuse(EPERM);
    }
    if (node->links == 0) {
        refuse(ENOENT);
    }
    if (directory->entries.contains(name)) {
        refuse(EEXIST);
    }
    set_entry(directory, name, node);
    changes_.push_back({{.directory = directory, .name = name, .node = node}});
}

void Volume::unlink(const NodePtr& directory, const std::string& name) {
    if (lookup(directory, name)->is_directory()) {
        refuse(EISDIR);
    }
    set_entry(directory, name, nullptr);
    changes_.push_back({{.directory = directory, .name = name, .node = nullptr}});
}

void Volume::remove_directory(const NodePtr& directory, const std::string& name) {
    const NodePtr node = lookup(directory, name);
    if (!node->is_directory()) {
        refuse(ENOTDIR);
    }
    if (!node->entries.empty()) {
        refuse(ENOTEMPTY);
    }
    // Nobody has seen a directory go before what was in it.
    apply_unsynced(node);
    set_entry(directory, name, nullptr);
    changes_.push_back({{.directory = directory, .name = name, .node = nullptr}});
}

void Volume::rename(const Place& from, const Place& to, bool replace) {
    const NodePtr node = lookup(from.directory, from.name);
    check_name(to.directory, to.name);
    const auto at = to.directory->entries.find(to.name);
    if (at != to.directory->entries.end()) {
        const NodePtr replaced = at->second;
        if (!replace) {
            refuse(EEXIST);
        }
        if (replaced == node) {
            return;
        }
        if (node->is_directory() || replaced->is_directory()) {
            refuse(EPERM);  // Onto a directory: no program that is tested here does it.
        }
    }
    set_entry(to.directory, to.name, node);
    set_entry(from.directory, from.name, nullptr);
    changes_.push_back({
        {.directory = to.directory, .name = to.name, .node = node},
        {.directory = from.directory, .name = from.name, .node = nullptr},
    });
}

// --- bytes ----------------------------------------------------------------------------------------------

void Volume::check_room(std::uint64_t more) const {
    if (capacity_ && used_bytes() + more > *capacity_) {
        refuse(ENOSPC);
    }
}

std::uint64_t Volume::used_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [id, node] : nodes_) {
        sum += node->gone ? 0 : node->size();
    }
    return sum;
}

std::uint64_t Volume::unsynced_pages() const {
    std::uint64_t sum = 0;
    for (const auto& [id, node] : nodes_) {
        sum += node->content && !node->gone ? node->content->unsynced_pages() : 0;
    }
    return sum;
}

void Volume::write(Node& node, std::uint64_t offset, std::span<const char> bytes) {
    check_there(node);
    const std::uint64_t end = offset + bytes.size();
    if (end > node.content->size()) {
        check_room(end - node.content->size());
    }
    node.content->write(offset, bytes);
    node.changed = now();
}

void Volume::resize(Node& node, std::uint64_t size) {
    check_there(node);
    if (node.is_directory()) {
        refuse(EISDIR);
    }
    if (size > node.content->size()) {
        check_room(size - node.content->size());
    }
    node.content->resize(size);
    node.changed = now();
}

void Volume::change_mode(Node& node, mode_t mode) {
    check_there(node);
    mode &= kPermissions;
    node.mode = (node.mode & S_IFMT) | mode;
    // Its owner, who runs this, must be able to open it again.
    if (node.is_directory()) {
        check(::fchmod(node.directory.get(), mode | S_IRWXU) == 0);
    } else {
        node.content->change_mode(mode | S_IRUSR | S_IWUSR);
    }
}

// --- what is durable of the names -----------------------------------------------------------------------

void Volume::put_entry(const Entry& entry, const Entry* from) {
    const std::string& staged = entry.node->staged;
    const int into = entry.directory->directory.get();
    const char* name = entry.name.c_str();
    if (!entry.node->is_directory()) {
        check(::unlinkat(into, name, 0) == 0 || errno == ENOENT);
        if (::linkat(AT_FDCWD, staged.c_str(), into, name, 0) == 0) {
            return;
        }
    } else if (::renameat(AT_FDCWD, staged.c_str(), into, name) == 0) {
        return;
    }
    // It has had a durable name for longer, and lies there.
    check(errno == ENOENT && from != nullptr);
    check(::renameat(from->directory->directory.get(), from->name.c_str(), into, name) == 0);
}

void Volume::remove_entry(const Entry& entry) {
    const int from = entry.directory->directory.get();
    if (::unlinkat(from, entry.name.c_str(), 0) == 0 || errno == ENOENT) {
        return;
    }
    check(errno == EISDIR);
    check(::unlinkat(from, entry.name.c_str(), AT_REMOVEDIR) == 0);
}

void Volume::make_durable(const Change& change) {
    if (change.size() == 2) {
        put_entry(change[0], &change[1]);
        remove_entry(change[1]);
    } else if (change[0].node != nullptr) {
        put_entry(change[0], nullptr);
    } else {
        remove_entry(change[0]);
    }
}

/// What was done to names in `directory`; before each, what was done to the same file elsewhere, so that a
/// file never has two names where it had one.
void Volume::apply_unsynced(const NodePtr& directory) {
    std::set<Node*> nodes;
    const auto about_it = [&](const Change& change) {
        return std::ranges::any_of(change, [&](const Entry& entry) {
            return entry.directory == directory;
        });
    };
    std::size_t last = 0;
    std::size_t number = 0;
    for (const Change& change : changes_) {
        ++number;
        if (about_it(change)) {
            last = number;
            nodes.insert(change[0].node.get());
        }
    }
    nodes.erase(nullptr);
    number = 0;
    for (auto at = changes_.begin(); number++ < last;) {
        if (about_it(*at) || nodes.contains((*at)[0].node.get())) {
            make_durable(*at);
            at = changes_.erase(at);
        } else {
            ++at;
        }
    }
}

void Volume::sync_directory(const NodePtr& directory) {
    check_there(*directory);
    apply_unsynced(directory);
}

// --- the power cut --------------------------------------------------------------------------------------

CutReport Volume::lose_entries(Cut how, Chance& chance) {
    CutReport report;
    const std::uint64_t keep_percent = how == Cut::drop ? 0 : chance.below(101);
    // What was done to a file is kept in order: the second renaming of it does not outlast the first.
    std::set<Node*> behind;
    for (const Change& change : changes_) {
        Node* const node = change[0].node.get();
        if (!behind.contains(node) && chance.percent(keep_percent)) {
            make_durable(change);
            ++report.entries_kept;
            continue;
        }
        ++report.entries_lost;
        if (node != nullptr) {
            behind.insert(node);
        }
    }
    changes_.clear();
    return report;
}

CutReport Volume::cut(Cut how, std::uint64_t seed) {
    Chance chance(seed);
    CutReport report = lose_entries(how, chance);
    for (const auto& [id, node] : nodes_) {
        if (node->content && !node->gone) {
            report.pages_lost += node->content->lose(how, chance);
        }
        node->gone = true;
        node->entries.clear();
    }
    // The kernel knows some of the old ones until it forgets them.
    nodes_.erase(kRootId);
    std::erase_if(nodes_, [](const auto& entry) { return entry.second->uses == 0; });
    load_tree();
    return report;
}

}  // namespace parley::lossyfs
