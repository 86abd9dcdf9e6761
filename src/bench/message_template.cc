#include "bench/message_template.h"

#include <algorithm>
#include <cstring>

#include "bench/scanner.h"

namespace parley::bench {
namespace {

/// What stands behind the content.
constexpr std::string_view kEnd = R"("})";
constexpr std::size_t kHeaderBytesMax = 8;  // 2, a 16-bit length, a masking key

/// Letters that do not compress to nothing, as a person's would not.
std::string filler(std::size_t size, std::uint64_t seed) {
    std::string text(size, ' ');
    std::uint64_t state = (seed * 2) + 0x9E3779B97F4A7C15ULL;
    for (char& c : text) {
        state = (state * 6364136223846793005ULL) + 1442695040888963407ULL;
        c = "etaoinshrdlucmfw"[state >> 60U];
    }
    return text;
}

void put_word(char* at, std::uint64_t word) noexcept {
    std::memcpy(at, &word, sizeof word);
}

}  // namespace

void append_masked_frame(
    std::string& out, bool binary, std::string_view payload, std::uint32_t mask
) {
    const std::size_t before = out.size();
    out.resize(before + kHeaderBytesMax + payload.size());
    char* at = out.data() + before;
    *at++ = static_cast<char>(binary ? 0x82 : 0x81);
    if (payload.size() < 126) {
        *at++ = static_cast<char>(0x80U | payload.size());
    } else {
        *at++ = static_cast<char>(0xFE);
        *at++ = static_cast<char>(payload.size() >> 8U);
        *at++ = static_cast<char>(payload.size());
    }
    std::memcpy(at, &mask, sizeof mask);
    at += sizeof mask;
    const std::uint64_t wide = mask | (static_cast<std::uint64_t>(mask) << 32U);
    std::size_t i = 0;
    for (; i + 8 <= payload.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + i, 8);
        put_word(at + i, word ^ wide);
    }
    for (; i < payload.size(); ++i) {
        at[i] = static_cast<char>(payload[i] ^ static_cast<char>(wide >> (8 * (i % 8))));
    }
    out.resize(static_cast<std::size_t>(at - out.data()) + payload.size());
}

MessageTemplate MessageTemplate::chat(const Options& options) {
    MessageTemplate result(options.run, false);
    std::string& text = result.text_;
    text = R"({"type":"send_message","client_id":")";
    result.client_id_at_ = text.size();
    text.append(kClientIdChars, '0');
    if (options.conversation_id.empty()) {
        text.append(R"(","receiver_id":")").append(options.receiver_id);
    } else {
        text.append(R"(","conversation_id":")").append(options.conversation_id);
    }
    text.append(R"(","content":")");
    result.content_at_ = text.size();
    const std::size_t size = std::max(options.content_bytes, Mark::kChars);
    text.append(filler(size, options.filler_seed)).append(kEnd);
    return result;
}

MessageTemplate MessageTemplate::raw(const Options& options) {
    MessageTemplate result(options.run, true);
    const std::size_t size = std::max(options.content_bytes, kRawBytesMin);
    result.text_ = filler(size, options.filler_seed);
    put_word(result.text_.data(), 'm');
    return result;
}

std::string_view MessageTemplate::fill(std::uint32_t number, std::int64_t due) noexcept {
    if (raw_) {
        put_word(text_.data() + 8, number);
        put_word(text_.data() + kRawAckBytes, static_cast<std::uint64_t>(due));
    } else {
        write_client_id(text_.data() + client_id_at_, run_, number);
        write_mark(text_.data() + content_at_, {.run = run_, .number = number, .due = due});
    }
    return text_;
}

std::string_view MessageTemplate::content() const noexcept {
    return std::string_view(text_).substr(content_at_, text_.size() - content_at_ - kEnd.size());
}

bool read_raw(std::string_view payload, RawFrame& out) noexcept {
    if (payload.size() < kRawAckBytes) {
        return false;
    }
    out.ack = payload[0] == 'a';
    std::memcpy(&out.number, payload.data() + 8, sizeof out.number);
    if (out.ack) {
        return true;
    }
    if (payload[0] != 'm' || payload.size() < kRawBytesMin) {
        return false;
    }
    std::memcpy(&out.due, payload.data() + kRawAckBytes, sizeof out.due);
    return true;
}

}  // namespace parley::bench
