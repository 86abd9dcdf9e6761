#include "adapters/sqlite/search_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/assert.h"

namespace parley::sqlite {
namespace {

/// FTS5's own syntax is in ASCII, and core::search_tokens leaves letters and digits of it alone.
bool is_word(std::string_view word) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    return !word.empty() && std::ranges::all_of(word, fits);
}

}  // namespace

std::string word_prefix(std::int64_t conversation) {
    constexpr int kBase = 36;
    std::array<char, 16> digits{};
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), conversation, kBase);
    PARLEY_ASSERT(error == std::errc{});
    return std::string(digits.data(), end) + "_";
}

std::string with_prefix(std::string_view words, std::string_view prefix) {
    std::string out;
    out.reserve(words.size() * 2);
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        out.append(out.empty() ? "" : " ").append(prefix).append(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

std::string match_expression(const core::SearchQuery& query, std::string_view prefix) {
    PARLEY_ASSERT(!query.phrases.empty());
    std::string out;
    for (const core::SearchPhrase& phrase : query.phrases) {
        out.append(out.empty() ? "\"" : " AND \"");
        bool first = true;
        for (const std::string& word : phrase.words) {
            PARLEY_ASSERT(is_word(word));
            out.append(first ? "" : " ").append(prefix).append(word);
            first = false;
        }
        out.append(phrase.prefix ? "\" *" : "\"");
    }
    return out;
}

}  // namespace parley::sqlite
