#include "bench/journal.h"

namespace parley::bench {
namespace {

void add_text(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out.append(",\"").append(name).append("\":\"").append(value).append("\"");
    }
}

}  // namespace

Result<std::unique_ptr<JournalFile>> JournalFile::create(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "we");
    if (file == nullptr) {
        return Error{ErrorCode::invalid_request, path + ": cannot be written"};
    }
    return std::make_unique<JournalFile>(file);
}

void JournalFile::write(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    std::fwrite(lines.data(), 1, lines.size(), file_.get());
    std::fflush(file_.get());
}

void Journal::add(const JournalEntry& entry) {
    if (file_ == nullptr) {
        return;
    }
    lines_.append("{\"t\":").append(std::to_string(entry.time));
    lines_.append(",\"c\":\"u").append(std::to_string(entry.client)).append("\"");
    add_text(lines_, "op", entry.op);
    add_text(lines_, "conv", entry.conversation_id);
    add_text(lines_, "cid", entry.client_id);
    add_text(lines_, "mid", entry.message_id);
    if (entry.seq != 0) {
        lines_.append(",\"seq\":").append(std::to_string(entry.seq));
    }
    add_text(lines_, "code", entry.code);
    lines_.append("}\n");
    if (lines_.size() >= kBlockBytes) {
        flush();
    }
}

void Journal::flush() {
    if (file_ != nullptr && !lines_.empty()) {
        file_->write(lines_);
        lines_.clear();
    }
}

}  // namespace parley::bench
