#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "frames.h"

/// The cheapest honest log: records with a checksum, collected while the last group is being synced,
/// then written as one group and synced once.

namespace parley::limit {

[[noreturn]] inline void give_up(const std::string& what) {
    const std::string why = std::error_code(errno, std::generic_category()).message();
    std::fprintf(stderr, "limit_relay: %s: %s\n", what.c_str(), why.c_str());
    std::_Exit(1);  // any thread may call this: nothing is torn down under the others
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) inline std::uint32_t crc32c(
    std::uint64_t seed, const char* data, std::size_t size
) noexcept {
    std::uint64_t crc = ~seed & 0xFFFFFFFFU;
    for (; size >= 8; size -= 8, data += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    for (; size > 0; --size, ++data) {
        crc = __builtin_ia32_crc32qi(
            static_cast<std::uint32_t>(crc), static_cast<unsigned char>(*data)
        );
    }
    return ~static_cast<std::uint32_t>(crc);
}
#else
inline std::uint32_t crc32c(std::uint64_t seed, const char* data, std::size_t size) noexcept {
    auto crc = static_cast<std::uint32_t>(~seed);
    for (; size > 0; --size, ++data) {
        crc ^= static_cast<unsigned char>(*data);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
        }
    }
    return ~crc;
}
#endif

/// In front of each record's payload; records are padded to eight bytes.
struct RecordHead {
    std::uint32_t size = 0;
    std::uint32_t checksum = 0;  ///< over the record's number, `from` and the payload
    std::uint32_t from = 0;
    std::uint32_t first = 0;  ///< the frame's first byte
};

/// Two groups take turns: one is filled by the relay's thread while the other is on its way to the disk.
///
/// The file is filled with zeros first and is written round and round, as a log that recycles its
/// segments would: a sync then changes no metadata. It is opened past the page cache where the file
/// system can do that, one system call a group; groups start at a block.
class CommitLog {
public:
    static constexpr std::size_t kFileBytes = 256UL << 20U;
    static constexpr std::size_t kGroupBytesMax = 32UL << 20U;

    explicit CommitLog(const std::string& path)
        : ready_(::eventfd(0, EFD_CLOEXEC)), done_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        prepare(path);
        file_ = ::open(path.c_str(), O_WRONLY | O_DIRECT | O_DSYNC | O_CLOEXEC);
        direct_ = file_ >= 0;
        if (!direct_) {
            file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        }
        if (file_ < 0) {
            give_up(path);
        }
        thread_ = std::thread([this] { run(); });
    }
    CommitLog(const CommitLog&) = delete;
    CommitLog& operator=(const CommitLog&) = delete;
    CommitLog(CommitLog&&) = delete;
    CommitLog& operator=(CommitLog&&) = delete;
    ~CommitLog() {
        stopping_ = true;
        tell(ready_);
        thread_.join();
        ::close(file_);
        ::close(ready_);
        ::close(done_);
    }

    /// Readable when a group is durable; take_done() then answers it.
    [[nodiscard]] int done_event() const noexcept { return done_; }

    void add(std::uint32_t from, const MaskedFrame& frame) {
        Bytes& group = groups_[filling_];
        if (group.size() > kGroupBytesMax) {
            errno = ENOBUFS;
            give_up("one group");
        }
        char* at = group.extend(sizeof(RecordHead) + padded(frame.size));
        unmask_to(at + sizeof(RecordHead), frame);
        RecordHead head{
            .size = static_cast<std::uint32_t>(frame.size),
            .checksum = 0,
            .from = from,
            .first = frame.first,
        };
        const std::uint64_t number = ++records_ ^ (static_cast<std::uint64_t>(from) << 32U);
        head.checksum = crc32c(number ^ (number >> 32U), at + sizeof head, frame.size);
        std::memcpy(at, &head, sizeof head);
    }

    /// Hands the waiting records to the commit thread if it is idle and there are any.
    void commit_if_idle() {
        if (committing_ || groups_[filling_].empty()) {
            return;
        }
        committing_ = true;
        filling_ = 1 - filling_;
        tell(ready_);
    }

    /// After done_event(): the group that is now durable, until the next commit_if_idle() but one.
    /// The next group is on its way to the disk when this returns, and records may not be added until
    /// the answered group has been cleared.
    [[nodiscard]] Bytes& take_done() {
        std::uint64_t count = 0;
        if (::read(done_, &count, sizeof count) != sizeof count) {
            give_up("eventfd");
        }
        committing_ = false;
        Bytes& durable = groups_[1 - filling_];
        commit_if_idle();
        return durable;
    }

    [[nodiscard]] static constexpr std::size_t padded(std::size_t size) noexcept {
        return (size + 7) / 8 * 8;
    }

private:
    static void prepare(const std::string& path) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0) {
            give_up(path);
        }
        const std::string zeros(1UL << 20U, '\0');
        for (std::size_t at = 0; at < kFileBytes; at += zeros.size()) {
            if (::write(file, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size())) {
                give_up(path);
            }
        }
        if (::fsync(file) != 0) {
            give_up(path);
        }
        ::close(file);
    }

    static void tell(int event) {
        const std::uint64_t one = 1;
        if (::write(event, &one, sizeof one) != sizeof one) {
            give_up("eventfd");
        }
    }

    void run() {
        std::size_t offset = 0;
        std::size_t turn = 0;
        while (true) {
            std::uint64_t count = 0;
            if (::read(ready_, &count, sizeof count) != sizeof count || stopping_) {
                return;
            }
            Bytes& group = groups_[turn];
            turn = 1 - turn;
            const std::size_t used = group.size();
            const std::size_t blocks =
                (used + Bytes::kAlignment - 1) / Bytes::kAlignment * Bytes::kAlignment;
            std::memset(group.extend(blocks - used), 0, blocks - used);
            if (offset + blocks > kFileBytes) {
                offset = 0;
            }
            write_all(group.data(), blocks, offset);
            offset += blocks;
            tell(done_);
        }
    }

    void write_all(const char* data, std::size_t size, std::size_t offset) const {
        while (size > 0) {
            const ssize_t written = ::pwrite(file_, data, size, static_cast<off_t>(offset));
            if (written <= 0) {
                give_up("write");
            }
            data += written;
            offset += static_cast<std::size_t>(written);
            size -= static_cast<std::size_t>(written);
        }
        if (!direct_ && ::fdatasync(file_) != 0) {
            give_up("fdatasync");
        }
    }

    std::array<Bytes, 2>
        groups_;  // groups_[filling_] is the relay's, the other the commit thread's
    std::size_t filling_ = 0;
    bool committing_ = false;
    std::uint64_t records_ = 0;
    int file_ = -1;
    bool direct_ = false;
    const int ready_;
    const int done_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace parley::limit
