#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include <sys/types.h>

#include "runtime/unique_fd.h"
#include "tests/power/lossyfs/system.h"

namespace parley::lossyfs {

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kSectorBytes = 512;

/// What a power cut does to what was not synced.
enum class Cut : unsigned char {
    drop,  ///< all of it is gone
    keep,  ///< each page, size and entry is there or not, at random
    tear,  ///< as `keep`, and of some pages only some sectors, or garbage where they were to be
};

/// The bytes of one file: what is durable lies in the backing file, what was written since the last sync in
/// pages here. Reads see both. Owned by a Node; one thread.
///
/// A sync that fails does what Linux does: the pages stay readable, count as written, and are not: a later
/// sync is well and does not make them durable.
class FileContent {
public:
    /// Takes a backing file, open for reading and writing.
    explicit FileContent(runtime::UniqueFd backing);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// Bytes read: fewer than asked for at the end of the file.
    [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<char> out) const;
    void write(std::uint64_t offset, std::span<const char> bytes);
    /// Cut off, or filled up with zeros.
    void resize(std::uint64_t size);
    /// Everything becomes durable, except what a failed sync has given up.
    void sync();
    void fail_sync();
    /// At once, and durably.
    void change_mode(mode_t mode) const;
    [[nodiscard]] std::uint64_t unsynced_pages() const noexcept { return pages_.size(); }

    /// The power cut: what survives goes to the backing file. Of no use afterwards. Answers the pages lost
    /// or torn.
    std::uint64_t lose(Cut cut, Chance& chance);

private:
    static constexpr std::size_t kSectors = kPageBytes / kSectorBytes;
    struct Page {
        std::array<char, kPageBytes> bytes{};
        std::array<bool, kSectors> touched{};  ///< something in the sector is not synced
        std::array<bool, kSectors> whole{};    ///< a write covered all of the sector
        bool given_up = false;                 ///< by a sync that failed
    };

    void read_backing(std::uint64_t offset, std::span<char> out) const;
    void write_backing(std::uint64_t offset, std::span<const char> bytes) const;
    [[nodiscard]] std::uint64_t backing_size() const;
    void resize_backing(std::uint64_t size) const;
    Page& page(std::uint64_t index);
    void tear(std::uint64_t index, Page& page, Chance& chance) const;
    /// Where the page ends within the file.
    [[nodiscard]] std::uint64_t end_of(std::uint64_t index) const;

    runtime::UniqueFd backing_;
    std::map<std::uint64_t, Page> pages_;  // by number; at most the file's size
    std::uint64_t size_ = 0;
    /// So much of the backing file shows through: less than its size after a truncation that is not synced.
    std::uint64_t shown_ = 0;
};

}  // namespace parley::lossyfs
