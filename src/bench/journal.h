#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace parley::bench {

/// The file that an independent checker reads: one JSON line per event of any client. Lines of one
/// client are in the order of its events; those of different threads are interleaved in blocks. Thread-safe.
class JournalFile {
public:
    /// Takes an open file; create() opens one.
    explicit JournalFile(std::FILE* file) : file_(file) {}
    [[nodiscard]] static Result<std::unique_ptr<JournalFile>> create(const std::string& path);
    void write(std::string_view lines);

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    std::mutex mutex_;
    std::unique_ptr<std::FILE, Close> file_;  // guarded
};

/// One event. What does not apply stays empty or 0 and is left out.
struct JournalEntry {
    std::int64_t time = 0;  ///< ns of Clock::steady()
    std::uint32_t client = 0;
    std::string_view op;  ///< send ack err recv reconnect gap
    std::string_view conversation_id;
    std::string_view client_id;
    std::string_view message_id;
    std::uint64_t seq = 0;
    std::string_view code;  ///< of an err
};

/// One loop's lines, written in blocks; what is left is written at the end. Without a file it does nothing.
class Journal {
public:
    explicit Journal(JournalFile* file) : file_(file) {}
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    Journal(Journal&&) = delete;
    Journal& operator=(Journal&&) = delete;
    ~Journal() { flush(); }

    [[nodiscard]] bool enabled() const noexcept { return file_ != nullptr; }
    void add(const JournalEntry& entry);
    void flush();

private:
    static constexpr std::size_t kBlockBytes = 256UL * 1024;

    JournalFile* file_;
    std::string lines_;
};

}  // namespace parley::bench
