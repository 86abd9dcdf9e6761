// Bytes as text in every role that text has: UTF-8 checked whole and in pieces, percent-encoding and queries,
// folding, UUIDs, times, JSON strings. Each fast or careful way must agree with the plain one.

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/fold.h"
#include "base/json_writer.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "fuzz/support/plain_json.h"
#include "fuzz/support/target.h"
#include "gateway/http/http.h"
#include "gateway/websocket/websocket.h"

namespace {

using parley::fuzz::is_plain_utf8;

/// Whether some character can still be made of its end.
bool is_mendable(std::string_view text) {
    constexpr std::string_view kTails[] = {
        "",
        "\x80",
        "\x90",
        "\xA0",
        "\x80\x80",
        "\x90\x80",
        "\xA0\x80",
        "\x80\x80\x80",
        "\x90\x80\x80"
    };
    return std::ranges::any_of(kTails, [text](std::string_view tail) {
        return is_plain_utf8(std::string(text).append(tail));
    });
}

void check_utf8(std::string_view text, std::size_t cut) {
    const bool valid = is_plain_utf8(text);
    const std::string exact(text);  // so that a read past the end is seen
    PARLEY_ASSERT(parley::is_valid_utf8(exact) == valid);

    parley::Utf8Check check;
    bool good = true;
    for (std::size_t at = 0; good && at < text.size(); at += cut) {
        PARLEY_ASSERT(is_mendable(text.substr(0, at)));  // or it would have said so
        const std::string piece(text.substr(at, cut));
        good = check.feed(reinterpret_cast<const std::byte*>(piece.data()), piece.size());
    }
    PARLEY_ASSERT((good && check.complete()) == valid);
    PARLEY_ASSERT(good == is_mendable(text));
}

// --- queries --------------------------------------------------------------------------------------

std::string escaped(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 0xFU]);
    }
    return out;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_decodable(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
            return false;
        }
        const std::string digits(text.substr(i + 1, 2));
        bytes.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
        i += 2;
    }
    return is_plain_utf8(bytes) && bytes.find('\0') == std::string::npos;
}

void check_queries(std::string_view text) {
    const bool holdable = is_plain_utf8(text) && text.find('\0') == std::string_view::npos;
    const auto back = parley::http::percent_decode(escaped(text), true);
    PARLEY_ASSERT(back.has_value() == holdable);
    PARLEY_ASSERT(!back || *back == text);
    PARLEY_ASSERT(parley::http::percent_decode(text, false).has_value() == is_decodable(text));

    const auto pairs = parley::http::parse_query(text);
    std::string again;
    if (!pairs) {
        return;
    }
    for (const auto& [name, value] : *pairs) {
        PARLEY_ASSERT(!name.empty());
        again += escaped(name) + "=" + escaped(value) + "&";
    }
    PARLEY_ASSERT(parley::http::parse_query(again) == pairs);
    PARLEY_ASSERT(pairs->size() <= static_cast<std::size_t>(std::ranges::count(text, '&')) + 1);
}

// --- ids, times and the rest ----------------------------------------------------------------------

void check_values(std::string_view text) {
    if (const auto uuid = parley::parse_uuid(text)) {
        std::string lower(text);
        for (char& c : lower) {
            c = c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
        }
        PARLEY_ASSERT(parley::to_string(*uuid) == lower);
    }
    if (const auto time = parley::parse_rfc3339(text)) {
        PARLEY_ASSERT(parley::to_rfc3339(*time) == text);
    }
    PARLEY_ASSERT(*parley::crypto::base64url_decode(parley::crypto::base64url(text)) == text);
    PARLEY_ASSERT(parley::websocket::accept_key(text).size() == 28);
}

void check_folding(std::string_view text) {
    const std::string folded = parley::fold_case(text);
    PARLEY_ASSERT(parley::fold_case(folded) == folded);
    PARLEY_ASSERT(is_plain_utf8(folded) == is_plain_utf8(text));
}

void check_json_string(std::string_view text) {
    if (!is_plain_utf8(text)) {
        return;
    }
    std::string json;
    parley::append_json_string(json, text);
    const auto back = parley::fuzz::PlainJsonParser::parse(json, 0);
    PARLEY_ASSERT(back && back->kind == parley::fuzz::PlainJson::Kind::text && back->text == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 4'096) {
        return 0;
    }
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    check_utf8(text, 1U + data[0] % 16);
    check_queries(text);
    check_values(text);
    check_folding(text);
    check_json_string(text);
    return 0;
}
