#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/result.h"

namespace parley::app {

/// What a backup consists of. As text, a line each: `parley-backup 1`, `position EPOCH OFFSET`, `file SHA256 BYTES SIZE
/// PATH` for each file, `end SHA256` of all bytes before. So a manifest that is cut off is none.
struct Manifest {
    struct File {
        std::string path;  ///< below the backup's directory, with `/`
        crypto::Sha256 sha256{};
        std::uint64_t bytes = 0;
        std::uint64_t size = 0;  ///< in a data directory: zeros follow the bytes

        friend bool operator==(const File&, const File&) = default;
    };
    LogPosition position;  ///< everything acknowledged up to here is in it
    std::vector<File> files;

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

inline constexpr std::size_t kManifestBytesMax = 64UL << 20U;

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// `invalid_request` for anything that `write_manifest` would not have written; a path never leaves the directory.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view text);

}  // namespace parley::app
