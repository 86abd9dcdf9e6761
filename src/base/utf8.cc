#include "base/utf8.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace parley {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

std::uint64_t load_word(const std::byte* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// The first byte that is not ASCII, or `end`.
const std::byte* skip_ascii(const std::byte* at, const std::byte* end) {
    while (end - at >= 32) {
        const std::uint64_t seen =
            load_word(at) | load_word(at + 8) | load_word(at + 16) | load_word(at + 24);
        if ((seen & kHighBits) != 0) {
            break;
        }
        at += 32;
    }
    while (end - at >= 8) {
        const std::uint64_t high = load_word(at) & kHighBits;
        if (high != 0) {
            static_assert(std::endian::native == std::endian::little);
            return at + (std::countr_zero(high) >> 3);
        }
        at += 8;
    }
    while (at != end && std::to_integer<std::uint8_t>(*at) < 0x80) {
        ++at;
    }
    return at;
}

bool is_continuation(std::byte byte) {
    return (byte & std::byte{0xC0}) == std::byte{0x80};
}

/// The length of the valid character of two to four bytes at `at`, of which four can be read; 0 for
/// anything else.
std::size_t character_at(const std::byte* at) {
    const auto lead = std::to_integer<std::uint8_t>(at[0]);
    const auto second = std::to_integer<std::uint8_t>(at[1]);
    if (lead < 0xE0) {
        return lead >= 0xC2 && is_continuation(at[1]) ? 2 : 0;
    }
    if (!is_continuation(at[1]) || !is_continuation(at[2])) {
        return 0;
    }
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && second < 0xA0;
        const bool surrogate = lead == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool past_the_last = lead > 0xF4 || (lead == 0xF4 && second > 0x8F);
    return overlong || past_the_last || !is_continuation(at[3]) ? 0 : 4;
}

}  // namespace

bool Utf8Check::start(std::uint8_t lead) noexcept {
    low_ = 0x80;
    high_ = 0xBF;
    if (lead < 0xC2 || lead > 0xF4) {
        return false;
    }
    if (lead < 0xE0) {
        missing_ = 1;
        return true;
    }
    if (lead < 0xF0) {
        missing_ = 2;
        low_ = lead == 0xE0 ? 0xA0 : 0x80;
        high_ = lead == 0xED ? 0x9F : 0xBF;
        return true;
    }
    missing_ = 3;
    low_ = lead == 0xF0 ? 0x90 : 0x80;
    high_ = lead == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool Utf8Check::proceed(std::uint8_t next) noexcept {
    if (next < low_ || next > high_) {
        return false;
    }
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
    return true;
}

bool Utf8Check::feed(const std::byte* data, std::size_t size) noexcept {
    const std::byte* at = data;
    const std::byte* const end = data + size;
    while (at != end) {
        if (missing_ != 0) {
            if (!proceed(std::to_integer<std::uint8_t>(*at++))) {
                return false;
            }
            continue;
        }
        at = skip_ascii(at, end);
        // Whole characters in one step each, while four bytes can be read.
        while (end - at >= 4 && std::to_integer<std::uint8_t>(*at) >= 0x80) {
            const std::size_t length = character_at(at);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        if (end - at < 4 && at != end) {
            const auto lead = std::to_integer<std::uint8_t>(*at++);
            if (lead >= 0x80 && !start(lead)) {
                return false;
            }
        }
    }
    return true;
}

namespace {

/// Of UTF-8: C1 controls (U+0080 to U+009F) and what turns the direction of text (U+202A to U+202E, U+2066 to
/// U+2069): with them a name can look like another.
bool has_hidden_control(std::string_view text) noexcept {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        const std::string_view rest = text.substr(at);
        const auto second = static_cast<unsigned char>(rest[1]);
        if (rest[0] == '\xC2' && second <= 0x9F) {
            return true;
        }
        if (rest.size() < 3 || rest[0] != '\xE2') {
            continue;
        }
        const auto third = static_cast<unsigned char>(rest[2]);
        if ((second == 0x80 && third >= 0xAA && third <= 0xAE) ||
            (second == 0x81 && third >= 0xA6 && third <= 0xA9)) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_valid_utf8(std::string_view text) noexcept {
    Utf8Check check;
    return check.feed(reinterpret_cast<const std::byte*>(text.data()), text.size()) &&
           check.complete();
}

std::size_t characters(std::string_view text) noexcept {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

bool has_control(std::string_view text, std::string_view allowed) noexcept {
    const auto is_control = [allowed](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 || byte == 0x7F) && allowed.find(c) == std::string_view::npos;
    };
    return std::ranges::any_of(text, is_control) || has_hidden_control(text);
}

}  // namespace parley
