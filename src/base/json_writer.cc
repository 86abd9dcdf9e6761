#include "base/json_writer.h"

#include <array>

namespace parley {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
/// The longest escape: \u001f.
constexpr std::size_t kEscapeBytesMax = 6;

constexpr bool is_plain(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// What stands behind the backslash; '\0' for what has no short form.
constexpr char short_form(char c) noexcept {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return '\0';
    }
}

/// Writes `c` escaped to `out`, which has room; answers how many bytes.
std::size_t escape(char c, char* out) noexcept {
    out[0] = '\\';
    if (const char mark = short_form(c); mark != '\0') {
        out[1] = mark;
        return 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    out[1] = 'u';
    out[2] = '0';
    out[3] = '0';
    out[4] = kHex[byte >> 4U];
    out[5] = kHex[byte & 0xFU];
    return kEscapeBytesMax;
}

/// Appends the escapes of what `text` begins with up to the first plain character; answers how much that was.
std::size_t append_escapes(std::string& out, std::string_view text) {
    std::array<char, 16 * kEscapeBytesMax> escaped{};
    std::size_t used = 0;
    std::size_t at = 0;
    while (at < text.size() && !is_plain(text[at])) {
        if (used + kEscapeBytesMax > escaped.size()) {
            break;
        }
        used += escape(text[at++], &escaped[used]);
    }
    out.append(escaped.data(), used);
    return at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (is_plain(text[at])) {
            ++at;
            continue;
        }
        out.append(text, from, at - from);
        at += append_escapes(out, text.substr(at));
        from = at;
    }
    out.append(text, from);
    out.push_back('"');
}

}  // namespace parley
