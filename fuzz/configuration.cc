// Bytes as an operator's configuration, as a file and as environment: it is read, or refused with a sentence
// that says where; what is read keeps its bounds; and it reads the same twice.

#include <string>
#include <string_view>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "app/config.h"
#include "base/assert.h"
#include "fuzz/support/target.h"

namespace {

using parley::app::Config;

/// A file that is in memory alone; it has a path while it is open.
class MemoryFile {
public:
    MemoryFile() : fd_(::memfd_create("configuration", MFD_CLOEXEC)) { PARLEY_ASSERT(fd_ >= 0); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    MemoryFile(MemoryFile&&) = delete;
    MemoryFile& operator=(MemoryFile&&) = delete;
    ~MemoryFile() { ::close(fd_); }

    void hold(std::string_view content) const {
        PARLEY_ASSERT(::ftruncate(fd_, 0) == 0);
        const ssize_t written = ::pwrite(fd_, content.data(), content.size(), 0);
        PARLEY_ASSERT(written == static_cast<ssize_t>(content.size()));
    }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

void check(const parley::Result<Config>& read) {
    if (!read.ok()) {
        PARLEY_ASSERT(read.error().code == parley::ErrorCode::invalid_request);
        PARLEY_ASSERT(!read.error().detail.empty());
        return;
    }
    PARLEY_ASSERT(parley::app::parse_listen(read->listen).ok());
    PARLEY_ASSERT(!read->data_dir.empty());
    PARLEY_ASSERT(read->certificate_file.empty() == read->key_file.empty());
    PARLEY_ASSERT(read->loops >= 0 && read->sends_burst >= 1 && read->connections >= 1);
    PARLEY_ASSERT(read->password_memory_mib >= 19 && read->password_passes >= 1);
    PARLEY_ASSERT(read->refusals >= 1 && read->refusals <= 65'000);
    PARLEY_ASSERT(read->log_format == "text" || read->log_format == "json");
}

bool same(const parley::Result<Config>& one, const parley::Result<Config>& other) {
    if (!one.ok() || !other.ok()) {
        return one.ok() == other.ok() && one.error().detail == other.error().detail;
    }
    return one->listen == other->listen && one->data_dir == other->data_dir &&
           one->sends_burst == other->sends_burst && one->allowed_origins == other->allowed_origins;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const MemoryFile file;
    if (size > 4'096) {
        return 0;
    }
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    file.hold(text);
    const auto read = parley::app::load_config(file.path(), {}, {});
    check(read);
    PARLEY_ASSERT(same(parley::app::load_config(file.path(), {}, {}), read));

    std::vector<std::string> environment;
    for (std::string_view left = text; !left.empty();) {
        const std::string_view line = left.substr(0, left.find('\n'));
        environment.emplace_back(line);
        left.remove_prefix(std::min(line.size() + 1, left.size()));
    }
    check(parley::app::load_config("", environment, {}));
    return 0;
}
