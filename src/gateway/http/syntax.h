#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The letters of RFC 9110 and RFC 3986 as tables, and lists as fields hold them. For this folder
/// only.

namespace parley::http {

/// Bits of kCharClasses.
using CharClass = std::uint8_t;
inline constexpr CharClass kTokenChar = 1;  ///< RFC 9110 §5.6.2
inline constexpr CharClass kTargetChar =
    2;  ///< origin-form, but '%' (RFC 3986: pchar, '/' and '?'), and an IP literal's brackets
inline constexpr CharClass kValueChar = 4;  ///< field-vchar, SP and HTAB, obs-text (RFC 9110 §5.5)
inline constexpr CharClass kHexDigit = 8;
inline constexpr CharClass kHostChar = 16;  ///< reg-name but '%' and ',': one name, not a list

[[nodiscard]] constexpr std::array<CharClass, 256> make_char_classes() {
    constexpr std::string_view kUnreservedMarks = "-._~";
    constexpr std::string_view kSubDelims = "!$&'()*+,;=";
    std::array<CharClass, 256> classes{};
    const auto add = [&classes](std::string_view chars, unsigned bits) {
        for (const char c : chars) {
            classes[static_cast<unsigned char>(c)] |= static_cast<CharClass>(bits);
        }
    };
    constexpr std::string_view kHexLetters = "abcdefABCDEF";
    constexpr std::string_view kDigits = "0123456789";
    for (char c = 'a'; c <= 'z'; ++c) {
        const std::array<char, 2> both{c, static_cast<char>(c - 'a' + 'A')};
        add({both.data(), both.size()}, kTokenChar | kTargetChar | kHostChar);
    }
    add(kDigits, kTokenChar | kTargetChar | kHostChar | kHexDigit);
    add(kHexLetters, kHexDigit);
    add("!#$%&'*+-.^_`|~", kTokenChar);
    add(kUnreservedMarks, kTargetChar | kHostChar);
    add(kSubDelims, kTargetChar);
    add("!$&'()*+;=", kHostChar);
    add(":@/?[]", kTargetChar);
    add("\t", kValueChar);
    constexpr unsigned kDel = 0x7F;
    for (unsigned c = 0x20; c < classes.size(); ++c) {
        classes[c] |= c == kDel ? CharClass{0} : kValueChar;
    }
    return classes;
}

inline constexpr std::array<CharClass, 256> kCharClasses = make_char_classes();

[[nodiscard]] constexpr bool is(char c, CharClass char_class) {
    return (kCharClasses[static_cast<unsigned char>(c)] & char_class) != 0;
}

/// How many characters from the front are of the class.
[[nodiscard]] constexpr std::size_t run_length(std::string_view text, CharClass char_class) {
    std::size_t length = 0;
    while (length < text.size() && is(text[length], char_class)) {
        ++length;
    }
    return length;
}

[[nodiscard]] constexpr bool is_token(std::string_view text) {
    return !text.empty() && run_length(text, kTokenChar) == text.size();
}

[[nodiscard]] constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `visit` with each element of a comma-separated list, trimmed, empty ones too.
template <typename Visit>
constexpr void for_each_element(std::string_view list, Visit visit) {
    while (true) {
        const std::size_t comma = list.find(',');
        visit(trim(list.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return;
        }
        list.remove_prefix(comma + 1);
    }
}

[[nodiscard]] constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return is(c, kHexDigit) ? lower(c) - 'a' + 10 : -1;
}

}  // namespace parley::http
