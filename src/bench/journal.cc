#include "bench/journal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/crypto.h"

namespace parley::bench {
namespace {

constexpr std::size_t kHashBytes = 8;

void append_digits(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    out.append(digits.begin(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

std::string name_of(std::uint32_t client, bool auditor) {
    return "u" + std::to_string(client) + (auditor ? ".audit" : "");
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
    ok_ = ok_ && std::fwrite(lines.data(), 1, lines.size(), file_.get()) == lines.size();
    ok_ = std::fflush(file_.get()) == 0 && ok_;
}

bool JournalFile::ok() {
    const std::lock_guard lock(mutex_);
    return ok_;
}

// --- one line -------------------------------------------------------------------------------------

void Journal::begin(const JournalEntry& entry, std::string_view op) {
    lines_.append(R"({"t":)");
    append_digits(lines_, static_cast<std::uint64_t>(entry.time));
    text("c", name_of(entry.client, entry.auditor));
    text("op", op);
    if (entry.session != 0) {
        number("n", entry.session);
    }
}

void Journal::text(std::string_view name, std::string_view value) {
    lines_.append(",\"").append(name).append("\":\"").append(value).append("\"");
}

void Journal::number(std::string_view name, std::uint64_t value) {
    lines_.append(",\"").append(name).append("\":");
    append_digits(lines_, value);
}

void Journal::hash(std::string_view content) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 2 * kHashBytes> hex{};
    const crypto::Sha256 digest = crypto::sha256(content);
    for (std::size_t i = 0; i < kHashBytes; ++i) {
        const auto byte = std::to_integer<unsigned>(digest[i]);
        hex[2 * i] = kDigits[byte >> 4U];
        hex[(2 * i) + 1] = kDigits[byte & 0xFU];
    }
    text("h", {hex.data(), hex.size()});
}

void Journal::end() {
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

// --- operations -----------------------------------------------------------------------------------

void Journal::device(std::uint32_t client, std::string_view user_id) {
    for (const bool auditor : {false, true}) {
        begin({.client = client, .auditor = auditor}, "device");
        text("user", user_id);
        text("role", auditor ? "auditor" : "receiver");
        end();
    }
}

void Journal::member(
    const JournalEntry& entry, std::string_view conversation, std::string_view user_id
) {
    begin({.time = entry.time, .client = entry.client}, "member");
    text("conv", conversation);
    text("user", user_id);
    end();
}

void Journal::opened(const JournalEntry& entry) {
    begin(entry, "open");
    end();
}

void Journal::closed(const JournalEntry& entry) {
    begin(entry, "close");
    end();
}

void Journal::sent(
    const JournalEntry& entry, const JournalEvent& send, std::string_view to, std::uint64_t seen
) {
    begin(entry, "send");
    text("cmid", send.client_id);
    if (!send.conversation_id.empty()) {
        text("conv", send.conversation_id);
    }
    if (!to.empty()) {
        text("to", to);
    }
    hash(send.content);
    number("cur", seen);
    end();
}

void Journal::acked(const JournalEntry& entry, const JournalEvent& ack) {
    begin(entry, "ack");
    text("cmid", ack.client_id);
    text("conv", ack.conversation_id);
    number("seq", ack.seq);
    text("mid", ack.message_id);
    end();
}

void Journal::refused(
    const JournalEntry& entry, std::string_view client_id, std::string_view code, bool definite
) {
    begin(entry, "err");
    if (!client_id.empty()) {
        text("cmid", client_id);
    }
    text("code", code);
    lines_.append(definite ? R"(,"definite":true)" : R"(,"definite":false)");
    end();
}

void Journal::received(
    const JournalEntry& entry, std::string_view source, const JournalEvent& event
) {
    begin(entry, "recv");
    text("src", source);
    text("conv", event.conversation_id);
    number("seq", event.seq);
    if (event.is_void) {
        text("kind", "void");
        end();
        return;
    }
    text("mid", event.message_id);
    if (!event.sender_id.empty()) {
        text("from", event.sender_id);
    }
    hash(event.content);
    if (!event.client_id.empty()) {
        text("cmid", event.client_id);
    }
    end();
}

void Journal::page(const JournalEntry& entry, const Page& page) {
    begin(entry, "page");
    text("src", page.source);
    text("conv", page.conversation_id);
    number("cur", page.after);
    number("seq", page.first);
    number("count", page.count);
    if (page.has_more) {
        lines_.append(R"(,"more":true)");
    }
    if (!page.dense) {
        lines_.append(R"(,"dense":false)");
    }
    end();
}

void Journal::read(
    const JournalEntry& entry,
    std::string_view conversation,
    std::int64_t asked,
    std::uint64_t after,
    std::uint64_t last,
    std::uint64_t count
) {
    begin(entry, "read");
    text("conv", conversation);
    number("asked", static_cast<std::uint64_t>(asked));
    number("cur", after);
    number("seq", last);
    number("count", count);
    lines_.append(R"(,"final":true)");
    end();
}

}  // namespace parley::bench
