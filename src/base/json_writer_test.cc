#include "base/json_writer.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace parley {
namespace {

/// RFC 8259 §7, one character after the other.
std::string as_rfc_8259(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.append("\\").push_back(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            constexpr std::string_view kHex = "0123456789abcdef";
            out += "\\u00";
            out.push_back(kHex[static_cast<unsigned char>(c) >> 4U]);
            out.push_back(kHex[static_cast<unsigned char>(c) & 0xFU]);
        } else {
            out.push_back(c);
        }
    }
    return out + '"';
}

std::string written(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonWriter, EscapesEveryByteAtEveryPlace) {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(byte);
                ASSERT_EQ(written(text), as_rfc_8259(text)) << size << ", " << at << ", " << byte;
            }
        }
    }
}

TEST(JsonWriter, EscapesManyInARow) {
    for (std::size_t size = 0; size <= 200; ++size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) {
            text.push_back(static_cast<char>((i * 7 + i / 9) % 64));
        }
        ASSERT_EQ(written(text), as_rfc_8259(text)) << size;
        ASSERT_EQ(written(std::string(size, '\x1F')), as_rfc_8259(std::string(size, '\x1F')));
    }
}

}  // namespace
}  // namespace parley
