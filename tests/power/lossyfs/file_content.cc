#include "tests/power/lossyfs/file_content.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace parley::lossyfs {
namespace {

constexpr std::uint64_t kGarbagePercent =
    20;  // of the sectors of a torn page that were written whole

}  // namespace

FileContent::FileContent(runtime::UniqueFd backing) : backing_(std::move(backing)) {
    size_ = shown_ = backing_size();
}

// --- the backing file -----------------------------------------------------------------------------------

std::uint64_t FileContent::backing_size() const {
    struct stat about{};
    check(::fstat(backing_.get(), &about) == 0);
    return static_cast<std::uint64_t>(about.st_size);
}

void FileContent::resize_backing(std::uint64_t size) const {
    check(::ftruncate(backing_.get(), static_cast<off_t>(size)) == 0);
}

/// Zeros where nothing of it shows.
void FileContent::read_backing(std::uint64_t offset, std::span<char> out) const {
    std::ranges::fill(out, '\0');
    const std::uint64_t left = shown_ > offset ? shown_ - offset : 0;
    out = out.first(std::min<std::uint64_t>(out.size(), left));
    while (!out.empty()) {
        const ssize_t got =
            ::pread(backing_.get(), out.data(), out.size(), static_cast<off_t>(offset));
        check(got >= 0);
        if (got == 0) {
            return;
        }
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

void FileContent::write_backing(std::uint64_t offset, std::span<const char> bytes) const {
    while (!bytes.empty()) {
        const ssize_t put =
            ::pwrite(backing_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        check(put > 0);
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
}

// --- what programs see ----------------------------------------------------------------------------------

std::uint64_t FileContent::end_of(std::uint64_t index) const {
    return std::min(size_, (index + 1) * kPageBytes);
}

std::size_t FileContent::read(std::uint64_t offset, std::span<char> out) const {
    if (offset >= size_) {
        return 0;
    }
    out = out.first(std::min<std::uint64_t>(out.size(), size_ - offset));
    read_backing(offset, out);
    const std::uint64_t end = offset + out.size();
    for (auto at = pages_.lower_bound(offset / kPageBytes); at != pages_.end(); ++at) {
        const std::uint64_t begins = at->first * kPageBytes;
        if (begins >= end) {
            break;
        }
        const std::uint64_t from = std::max(begins, offset);
        const std::uint64_t to = std::min(begins + kPageBytes, end);
        std::copy_n(
            at->second.bytes.begin() + static_cast<std::ptrdiff_t>(from - begins),
            to - from,
            out.begin() + static_cast<std::ptrdiff_t>(from - offset)
        );
    }
    return out.size();
}

FileContent::Page& FileContent::page(std::uint64_t index) {
    const auto [at, fresh] = pages_.try_emplace(index);
    if (fresh) {
        read_backing(index * kPageBytes, at->second.bytes);
    }
    return at->second;
}

void FileContent::write(std::uint64_t offset, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const std::uint64_t index = offset / kPageBytes;
        const std::uint64_t from = offset % kPageBytes;
        const std::uint64_t to = std::min<std::uint64_t>(kPageBytes, from + bytes.size());
        Page& into = page(index);
        std::copy_n(
            bytes.begin(), to - from, into.bytes.begin() + static_cast<std::ptrdiff_t>(from)
        );
        for (std::uint64_t sector = from / kSectorBytes; sector * kSectorBytes < to; ++sector) {
            into.touched.at(sector) = true;
            if (from <= sector * kSectorBytes && (sector + 1) * kSectorBytes <= to) {
                into.whole.at(sector) = true;
            }
        }
        // What a failed sync gave up in this page is written again with the rest of it.
        into.given_up = false;
        bytes = bytes.subspan(to - from);
        offset += to - from;
        size_ = std::max(size_, offset);
    }
}

void FileContent::resize(std::uint64_t size) {
    if (size < size_) {
        shown_ = std::min(shown_, size);
        pages_.erase(pages_.lower_bound((size + kPageBytes - 1) / kPageBytes), pages_.end());
        if (size % kPageBytes != 0) {
            const auto last = pages_.find(size / kPageBytes);
            if (last != pages_.end()) {
                auto& bytes = last->second.bytes;
                std::fill(
                    bytes.begin() + static_cast<std::ptrdiff_t>(size % kPageBytes),
                    bytes.end(),
                    '\0'
                );
            }
        }
    }
    size_ = size;
}

void FileContent::sync() {
    if (shown_ < backing_size()) {
        resize_backing(shown_);
    }
    for (auto at = pages_.begin(); at != pages_.end();) {
        const auto& [index, page] = *at;
        if (page.given_up) {
            ++at;
            continue;
        }
        const std::uint64_t begins = index * kPageBytes;
        write_backing(begins, std::span(page.bytes).first(end_of(index) - begins));
        at = pages_.erase(at);
    }
    resize_backing(size_);
    shown_ = size_;
}

void FileContent::fail_sync() {
    for (auto& [index, page] : pages_) {
        page.given_up = true;
    }
}

void FileContent::change_mode(mode_t mode) const {
    check(::fchmod(backing_.get(), mode) == 0);
}

// --- the power cut --------------------------------------------------------------------------------------

/// Sector by sector what was there before, what was written, or neither.
void FileContent::tear(std::uint64_t index, Page& page, Chance& chance) const {
    std::array<char, kPageBytes> before{};
    read_backing(index * kPageBytes, before);
    for (std::size_t sector = 0; sector < kSectors; ++sector) {
        if (!page.touched.at(sector)) {
            continue;
        }
        const auto from = static_cast<std::ptrdiff_t>(sector * kSectorBytes);
        const std::span into(page.bytes.begin() + from, kSectorBytes);
        // A disk may lose what it was writing, never what stood beside it in the sector.
        if (page.whole.at(sector) && chance.percent(kGarbagePercent)) {
            std::ranges::generate(into, [&] { return chance.byte(); });
        } else if (chance.percent(50)) {
            std::copy_n(before.begin() + from, kSectorBytes, into.begin());
        }
    }
}

std::uint64_t FileContent::lose(Cut cut, Chance& chance) {
    const std::uint64_t durable = backing_size();
    const bool cut_off = shown_ < durable;
    if (pages_.empty() && !cut_off && size_ == durable) {
        return 0;
    }
    if (cut == Cut::drop) {
        return pages_.size();
    }
    const bool keeps_size = chance.percent(50);
    if (cut_off) {
        if (!keeps_size) {
            // What was written after a truncation that is lost lies in blocks that nobody finds.
            return pages_.size();
        }
        resize_backing(shown_);
    }
    const std::uint64_t keep_percent = chance.below(101);
    std::uint64_t lost = 0;
    for (auto& [index, page] : pages_) {
        if (page.given_up || !chance.percent(keep_percent)) {
            ++lost;
            continue;
        }
        if (cut == Cut::tear && chance.percent(50)) {
            tear(index, page, chance);
            ++lost;
        }
        const std::uint64_t begins = index * kPageBytes;
        write_backing(begins, std::span(page.bytes).first(end_of(index) - begins));
    }
    if (keeps_size) {
        resize_backing(std::max(size_, backing_size()));
    }
    return lost;
}

}  // namespace parley::lossyfs
