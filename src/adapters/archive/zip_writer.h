#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "runtime/disk.h"

struct archive;

namespace parley::archive {

/// One zip file, written from front to back. Every call blocks. After an error it is of no use: drop it.
class ZipWriter {
    struct Opening {
        explicit Opening() = default;
    };

public:
    /// Writes to `file` from its beginning, and says no more than that it failed: `unavailable` on a full disk,
    /// `internal` else, as the file said.
    [[nodiscard]] static Result<std::unique_ptr<ZipWriter>> open(std::unique_ptr<runtime::File> file
    );
    /// For `open` alone.
    ZipWriter(Opening /*unused*/, std::unique_ptr<runtime::File> file);
    ZipWriter(const ZipWriter&) = delete;
    ZipWriter& operator=(const ZipWriter&) = delete;
    ZipWriter(ZipWriter&&) = delete;
    ZipWriter& operator=(ZipWriter&&) = delete;
    ~ZipWriter();

    /// Ends the entry before, and begins one of unknown length.
    [[nodiscard]] Result<void> entry(const std::string& path, Timestamp time);
    [[nodiscard]] Result<void> write(std::string_view bytes);
    /// Writes the directory of entries; all is durable when it answers well.
    [[nodiscard]] Result<void> finish();

private:
    struct Access;  // what libarchive calls
    [[nodiscard]] Error error(std::string_view doing);

    std::unique_ptr<runtime::File> file_;
    std::uint64_t end_ = 0;
    Result<void> written_;  // what the file said last
    bool thrown_away_ = false;
    ::archive* zip_ = nullptr;
};

}  // namespace parley::archive
