#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/disk.h"

namespace parley::fakes {

/// A disk in memory that forgets: what was not synced is lost, kept or torn at a power cut, as told. Counts
/// its calls, so that a test can go wrong at each of them in turn. Thread-safe.
class FakeDisk final : public runtime::Disk {
public:
    enum class Survival : unsigned char {
        killed,      ///< only the process died: all is to be seen, and still not synced
        nothing,     ///< all that was not synced is lost
        everything,  ///< all of it is kept
        prefix,      ///< the first of the changes to each file, the last of them torn at 512 bytes
        sectors,     ///< each changed sector of 512 bytes, and each changed entry, by itself
    };
    static constexpr std::size_t kSectorBytes = 512;

    [[nodiscard]] Result<std::unique_ptr<runtime::File>> open(
        const std::string& path, runtime::OpenMode mode
    ) override {
        const std::scoped_lock lock(mutex_);
        if (auto fault = call(); !fault.ok()) {
            return std::move(fault).error();
        }
        const auto at = now_.find(path);
        if (mode == runtime::OpenMode::create_new) {
            if (at != now_.end()) {
                return Error{ErrorCode::conflict, "there already: " + path};
            }
            now_[path] = std::make_shared<Inode>();
            changes_.push_back({.path = path, .inode = now_[path]});
        } else if (at == now_.end()) {
            return Error{ErrorCode::not_found, "not there: " + path};
        }
        return std::unique_ptr<runtime::File>(std::make_unique<OpenFile>(*this, now_[path]));
    }
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override {
        const std::scoped_lock lock(mutex_);
        if (auto fault = call(); !fault.ok()) {
            return std::move(fault).error();
        }
        std::vector<std::string> names;
        for (const auto& [path, inode] : now_) {
            if (path.starts_with(directory + "/")) {
                names.push_back(path.substr(directory.size() + 1));
            }
        }
        return names;
    }
    [[nodiscard]] Result<void> make_directory(const std::string& /*path*/) override {
        const std::scoped_lock lock(mutex_);
        return call();
    }
    [[nodiscard]] Result<void> remove(const std::string& path) override {
        const std::scoped_lock lock(mutex_);
        if (auto fault = call(); !fault.ok()) {
            return fault;
        }
        if (now_.erase(path) == 0) {
            return Error{ErrorCode::not_found, "not there: " + path};
        }
        changes_.push_back({.path = path, .inode = nullptr});
        return {};
    }
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override {
        const std::scoped_lock lock(mutex_);
        if (auto fault = call(); !fault.ok()) {
            return fault;
        }
        const auto at = now_.find(from);
        if (at == now_.end()) {
            return Error{ErrorCode::not_found, "not there: " + from};
        }
        const auto inode = at->second;
        now_.erase(at);
        now_[to] = inode;
        changes_.push_back({.path = to, .inode = inode, .from = from});
        return {};
    }
    [[nodiscard]] Result<void> sync_directory(const std::string& /*directory*/) override {
        const std::scoped_lock lock(mutex_);
        if (auto fault = call(); !fault.ok()) {
            return fault;
        }
        durable_ = now_;
        changes_.clear();
        return {};
    }

    /// Calls so far, of the disk and of its files.
    [[nodiscard]] std::uint64_t calls() const {
        const std::scoped_lock lock(mutex_);
        return calls_;
    }
    /// The power goes in the call of this number (from 1): it and all later ones fail.
    void cut_power_at(std::uint64_t call) {
        const std::scoped_lock lock(mutex_);
        cut_at_ = call;
    }
    /// That call alone fails; a write may have done some of its work.
    void fail_at(std::uint64_t call, Error error) {
        const std::scoped_lock lock(mutex_);
        fail_at_ = call;
        error_ = std::move(error);
    }
    /// Writes and preallocation beyond this many bytes in all files together fail with `unavailable`.
    void set_space(std::optional<std::uint64_t> bytes) {
        const std::scoped_lock lock(mutex_);
        space_ = bytes;
    }
    /// Starts again after a power cut, or a kill, with what `survival` leaves.
    void restart(Survival survival, std::uint64_t seed = 0) {
        const std::scoped_lock lock(mutex_);
        chance_ = seed;
        cut_at_ = 0;
        fail_at_ = 0;
        if (survival == Survival::killed) {
            for (auto& [path, inode] : now_) {
                inode->sync_failed = false;
            }
            return;
        }
        std::size_t kept = changes_.size();
        if (survival == Survival::nothing) {
            kept = 0;
        } else if (survival != Survival::everything) {
            kept = chance(changes_.size() + 1);
        }
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            if (survival == Survival::sectors ? chance(2) == 0 : i >= kept) {
                continue;
            }
            const EntryChange& change = changes_[i];
            durable_.erase(change.from);
            if (change.inode == nullptr) {
                durable_.erase(change.path);
            } else {
                durable_[change.path] = change.inode;
            }
        }
        changes_.clear();
        for (auto& [path, inode] : durable_) {
            inode->now = survive(*inode, survival);
            inode->durable = inode->now;
            inode->writes.clear();
            inode->sync_failed = false;
        }
        now_ = durable_;
    }

    /// Somebody synced a file again after a sync of it had failed: what that says is worth nothing.
    [[nodiscard]] bool synced_after_failure() const {
        const std::scoped_lock lock(mutex_);
        return synced_after_failure_;
    }

    /// A file as it is now; for tests that damage it. Empty for one that is not there.
    [[nodiscard]] std::string content(const std::string& path) const {
        const std::scoped_lock lock(mutex_);
        const auto at = now_.find(path);
        return at == now_.end() ? std::string() : at->second->now;
    }
    /// Puts a file there, durably.
    void put(const std::string& path, std::string content) {
        const std::scoped_lock lock(mutex_);
        auto inode = std::make_shared<Inode>();
        inode->now = inode->durable = std::move(content);
        now_[path] = durable_[path] = inode;
    }
    [[nodiscard]] std::vector<std::string> paths() const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> all;
        for (const auto& [path, inode] : now_) {
            all.push_back(path);
        }
        return all;
    }

private:
    struct Write {
        std::uint64_t offset = 0;
        std::string bytes;
    };
    struct Inode {
        std::string now;
        std::string durable;
        std::vector<Write> writes;  // since the last sync
        bool sync_failed = false;   // since the last restart
    };
    struct EntryChange {
        std::string path;
        std::shared_ptr<Inode> inode;  // nullptr: removed
        std::string from;              // renamed from here
    };

    class OpenFile final : public runtime::File {
    public:
        OpenFile(FakeDisk& disk, std::shared_ptr<Inode> inode)
            : disk_(disk), inode_(std::move(inode)) {}

        [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes)
            override {
            const std::scoped_lock lock(disk_.mutex_);
            std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            auto fault = disk_.call();
            if (fault.ok() && disk_.is_full_for(
                                  offset + text.size() > inode_->now.size()
                                      ? offset + text.size() - inode_->now.size()
                                      : 0
                              )) {
                fault = Error{ErrorCode::unavailable, "no space left"};
            }
            if (!fault.ok()) {
                // Any part of it may have been written, or all.
                text = text.substr(0, disk_.chance(text.size() * 2 + 1));
            }
            const std::size_t end = static_cast<std::size_t>(offset) + text.size();
            inode_->now.resize(std::max(inode_->now.size(), end));
            inode_->now.replace(static_cast<std::size_t>(offset), text.size(), text);
            inode_->writes.push_back({.offset = offset, .bytes = std::string(text)});
            return fault;
        }
        [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out)
            const override {
            const std::scoped_lock lock(disk_.mutex_);
            if (auto fault = disk_.call(); !fault.ok()) {
                return std::move(fault).error();
            }
            const std::string& now = inode_->now;
            const auto from = std::min<std::uint64_t>(offset, now.size());
            const std::size_t count =
                std::min(out.size(), now.size() - static_cast<std::size_t>(from));
            std::copy_n(
                now.begin() + static_cast<std::ptrdiff_t>(from),
                count,
                reinterpret_cast<char*>(out.data())
            );
            return count;
        }
        [[nodiscard]] Result<void> sync() override {
            const std::scoped_lock lock(disk_.mutex_);
            disk_.synced_after_failure_ |= inode_->sync_failed;
            if (auto fault = disk_.call(); !fault.ok()) {
                // What it should have written is to be seen for now, and no later sync writes it.
                inode_->sync_failed = true;
                inode_->writes.clear();
                return fault;
            }
            inode_->durable.resize(inode_->now.size());
            for (const Write& write : inode_->writes) {
                apply(write, inode_->durable);
            }
            inode_->writes.clear();
            return {};
        }
        [[nodiscard]] Result<void> preallocate(std::uint64_t size) override {
            const std::scoped_lock lock(disk_.mutex_);
            if (auto fault = disk_.call(); !fault.ok()) {
                return fault;
            }
            if (disk_.is_full_for(size - std::min<std::uint64_t>(size, inode_->now.size()))) {
                return Error{ErrorCode::unavailable, "no space left"};
            }
            inode_->now.resize(std::max<std::size_t>(inode_->now.size(), size));
            return {};
        }
        [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
            const std::scoped_lock lock(disk_.mutex_);
            if (auto fault = disk_.call(); !fault.ok()) {
                return fault;
            }
            inode_->now.resize(static_cast<std::size_t>(size));
            return {};
        }
        [[nodiscard]] Result<std::uint64_t> size() const override {
            const std::scoped_lock lock(disk_.mutex_);
            if (auto fault = disk_.call(); !fault.ok()) {
                return std::move(fault).error();
            }
            return inode_->now.size();
        }

    private:
        FakeDisk& disk_;
        std::shared_ptr<Inode> inode_;
    };

    static void apply(const Write& write, std::string& to) {
        to.resize(std::max<std::size_t>(to.size(), write.offset + write.bytes.size()));
        to.replace(static_cast<std::size_t>(write.offset), write.bytes.size(), write.bytes);
    }
    Result<void> call() {
        ++calls_;
        if (cut_at_ != 0 && calls_ >= cut_at_) {
            return Error{ErrorCode::internal, "the power is gone"};
        }
        if (fail_at_ != 0 && calls_ == fail_at_) {
            return error_;
        }
        return {};
    }
    [[nodiscard]] bool is_full_for(std::uint64_t more) const {
        std::uint64_t used = 0;
        for (const auto& [path, inode] : now_) {
            used += inode->now.size();
        }
        return space_ && more > 0 && used + more > *space_;
    }
    std::size_t chance(std::size_t below) {
        chance_ = (chance_ + 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
        return static_cast<std::size_t>((chance_ >> 20U) % below);
    }
    std::string survive(const Inode& inode, Survival survival) {
        if (survival == Survival::everything) {
            return inode.now;
        }
        std::string left = inode.durable;
        if (survival == Survival::nothing || (inode.writes.empty() && chance(2) == 0)) {
            return left;
        }
        left.resize(std::max(left.size(), inode.now.size()));
        if (survival == Survival::prefix) {
            const std::size_t kept = chance(inode.writes.size() + 1);
            for (std::size_t i = 0; i < inode.writes.size() && i <= kept; ++i) {
                const Write& write = inode.writes[i];
                std::string_view bytes = write.bytes;
                if (i == kept) {
                    const std::size_t sectors = chance(bytes.size() / kSectorBytes + 2);
                    const std::size_t end = (write.offset / kSectorBytes + sectors) * kSectorBytes;
                    bytes = bytes.substr(0, end - std::min<std::size_t>(end, write.offset));
                }
                left.replace(static_cast<std::size_t>(write.offset), bytes.size(), bytes);
            }
            return left;
        }
        for (std::size_t at = 0; at < left.size(); at += kSectorBytes) {
            const std::size_t count = std::min(kSectorBytes, left.size() - at);
            if (chance(2) == 0) {
                left.replace(at, count, inode.now, at, count);
            }
        }
        return left;
    }

    mutable std::mutex mutex_;
    // All below is guarded.
    std::map<std::string, std::shared_ptr<Inode>> now_;
    std::map<std::string, std::shared_ptr<Inode>> durable_;
    std::vector<EntryChange> changes_;  // of entries, since they were synced
    std::uint64_t calls_ = 0;
    std::uint64_t cut_at_ = 0;
    std::uint64_t fail_at_ = 0;
    Error error_;
    std::optional<std::uint64_t> space_;
    std::uint64_t chance_ = 1;
    bool synced_after_failure_ = false;
};

}  // namespace parley::fakes
