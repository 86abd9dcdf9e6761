#include "adapters/memory/export_files.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::memory {
namespace {

Error missing() {
    return {ErrorCode::not_found, "no such export"};
}

}  // namespace

ExportFiles::State ExportFiles::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

runtime::Task<Result<std::vector<ports::ExportFile>>> ExportFiles::list(runtime::Loop& /*home*/) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::ExportFile> files;
    for (const auto& [id, stored] : state_) {
        files.push_back(stored.file);
    }
    std::ranges::sort(files, [](const ports::ExportFile& a, const ports::ExportFile& b) {
        return std::tie(a.name.since, a.name.id) < std::tie(b.name.since, b.name.id);
    });
    co_return files;
}

runtime::Task<Result<void>> ExportFiles::wish(runtime::Loop& /*home*/, ports::ExportName name) {
    const std::lock_guard lock(mutex_);
    state_[name.id] = {.file = {.name = name, .ready = false, .bytes = 0}, .content = {}};
    co_return Result<void>{};
}

runtime::Task<Result<void>> ExportFiles::begin(runtime::Loop& /*home*/, ports::ExportName name) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.find(name.id);
    if (found == state_.end() || found->second.file.ready) {
        co_return missing();
    }
    open_ = name.id;
    written_.clear();
    co_return Result<void>{};
}

runtime::Task<Result<void>> ExportFiles::entry(
    runtime::Loop& /*home*/, std::string path, Timestamp /*time*/
) {
    const std::lock_guard lock(mutex_);
    PARLEY_ASSERT(open_);
    written_ += path + "\n";
    co_return Result<void>{};
}

runtime::Task<Result<void>> ExportFiles::write(runtime::Loop& /*home*/, std::string bytes) {
    const std::lock_guard lock(mutex_);
    PARLEY_ASSERT(open_);
    written_ += bytes;
    co_return Result<void>{};
}

runtime::Task<Result<void>> ExportFiles::finish(runtime::Loop& /*home*/) {
    const std::lock_guard lock(mutex_);
    PARLEY_ASSERT(open_);
    const auto found = state_.find(*std::exchange(open_, std::nullopt));
    if (found == state_.end()) {
        co_return missing();
    }
    Stored& stored = found->second;
    stored.content = std::exchange(written_, {});
    stored.file.ready = true;
    stored.file.bytes = stored.content.size();
    co_return Result<void>{};
}

runtime::Task<Result<std::string>> ExportFiles::read(
    runtime::Loop& /*home*/, ports::ExportName name, std::uint64_t offset, std::size_t bytes
) {
    const std::lock_guard lock(mutex_);
    const auto found = state_.find(name.id);
    if (found == state_.end() || !found->second.file.ready) {
        co_return missing();
    }
    const std::string& content = found->second.content;
    co_return content.substr(std::min<std::size_t>(offset, content.size()), bytes);
}

runtime::Task<Result<void>> ExportFiles::remove(runtime::Loop& /*home*/, ports::ExportName name) {
    const std::lock_guard lock(mutex_);
    state_.erase(name.id);
    co_return Result<void>{};
}

}  // namespace parley::memory
