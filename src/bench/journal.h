#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

/// What each client did and saw, as a file for `parley_history check`, which does not trust this program's own
/// audit. The format is that of tests/history/README.md.

namespace parley::bench {

/// The file, shared by all loops. Lines of one client are in the order of its events; those of different loops
/// are interleaved in blocks. Thread-safe.
class JournalFile {
public:
    /// Takes an open file; create() opens one.
    explicit JournalFile(std::FILE* file) : file_(file) {}
    [[nodiscard]] static Result<std::unique_ptr<JournalFile>> create(const std::string& path);
    void write(std::string_view lines);
    /// Did everything get into the file so far?
    [[nodiscard]] bool ok();

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    std::mutex mutex_;
    std::unique_ptr<std::FILE, Close> file_;  // guarded
    bool ok_ = true;                          // guarded
};

/// Whose line it is, and when. Times are ns of Clock::steady().
struct JournalEntry {
    std::int64_t time = 0;
    std::uint32_t client = 0;
    std::uint32_t session = 0;  ///< which connection of the client; 0: on none
    bool auditor = false;       ///< the client as it reads everything at the end
};

/// An event or an answer as it stood on the wire; what does not apply is empty.
struct JournalEvent {
    std::string_view conversation_id;
    std::string_view client_id;
    std::string_view message_id;
    std::string_view sender_id;
    std::string_view content;  ///< without JSON escapes, or as they stand
    std::uint64_t seq = 0;
    bool is_void = false;
};

/// One loop's lines, written in blocks; what is left is written at the end. Without a file it is not enabled, and
/// nothing else may be called.
class Journal {
public:
    explicit Journal(JournalFile* file) : file_(file) {}
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    Journal(Journal&&) = delete;
    Journal& operator=(Journal&&) = delete;
    ~Journal() { flush(); }

    [[nodiscard]] bool enabled() const noexcept { return file_ != nullptr; }

    /// A client's device and its auditor's; before anything else of them.
    void device(std::uint32_t client, std::string_view user_id);
    void member(const JournalEntry& entry, std::string_view conversation, std::string_view user_id);
    void opened(const JournalEntry& entry);
    void closed(const JournalEntry& entry);
    /// `to`: the receiver's user id, empty for a group; `seen`: the highest seq that the client knows there.
    void sent(
        const JournalEntry& entry, const JournalEvent& send, std::string_view to, std::uint64_t seen
    );
    void acked(const JournalEntry& entry, const JournalEvent& ack);
    void refused(
        const JournalEntry& entry, std::string_view client_id, std::string_view code, bool definite
    );
    /// `source`: live, sync, history or audit.
    void received(const JournalEntry& entry, std::string_view source, const JournalEvent& event);
    /// The conversation was read from behind `after` to `last`; `asked`: when that began.
    void read(
        const JournalEntry& entry,
        std::string_view conversation,
        std::int64_t asked,
        std::uint64_t after,
        std::uint64_t last,
        std::uint64_t count
    );
    /// An answer to `source` sync or history, oldest first.
    struct Page {
        std::string_view source;
        std::string_view conversation_id;
        std::uint64_t after = 0;
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        bool has_more = false;
        bool dense = true;
    };
    void page(const JournalEntry& entry, const Page& page);
    void flush();

private:
    static constexpr std::size_t kBlockBytes = 256UL * 1024;

    void begin(const JournalEntry& entry, std::string_view op);
    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void hash(std::string_view content);
    void end();

    JournalFile* file_;
    std::string lines_;
};

}  // namespace parley::bench
