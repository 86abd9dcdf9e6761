#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What someone searches for, and whether and where a text has it. No search engine ever sees what a user
/// typed: only the folded words that came out of it. Pure.

namespace parley::core {

inline constexpr std::size_t kSearchQueryCharsMax = 128;  ///< more: `invalid_request`

/// Words that follow each other. Of the last, when `prefix`, only the beginning is known.
struct SearchPhrase {
    std::vector<std::string> words;  ///< as search_tokens has them; at least one
    bool prefix = false;

    friend bool operator==(const SearchPhrase&, const SearchPhrase&) = default;
};

/// A text has it when it has every phrase. Without any, nothing is searched for, and no text has it.
struct SearchQuery {
    std::vector<SearchPhrase> phrases;

    friend bool operator==(const SearchQuery&, const SearchQuery&) = default;
};

/// Words are separated by spaces; all must be there. `wor*` is what begins so, and so is the last word
/// (while it is being typed) when it has two characters or more; `"two words"` is a phrase. What is no
/// letter, digit or symbol only separates: `foo-bar` is the phrase "foo bar". Any text is a query, but for one
/// that is too long: `invalid_request`.
[[nodiscard]] Result<SearchQuery> parse_search_query(std::string_view text);

/// Bytes begin … end-1 of a text.
struct TextRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    friend bool operator==(const TextRange&, const TextRange&) = default;
};

/// Where a text has what is searched, ascending and apart from each other; nothing when it has not all of it.
[[nodiscard]] std::optional<std::vector<TextRange>> find_matches(
    const SearchQuery& query, std::string_view text
);
/// The same of a text that is taken apart already: search_words' answer.
[[nodiscard]] bool has_matches(const SearchQuery& query, std::string_view words);

/// A piece of a text, all of which was searched for, or none.
struct SnippetPart {
    std::string text;
    bool match = false;

    friend bool operator==(const SnippetPart&, const SnippetPart&) = default;
};

/// About `bytes` bytes of the text around its first match, in parts that make it up in their order. Never
/// cuts a character.
[[nodiscard]] std::vector<SnippetPart> snippet(
    std::string_view text, std::span<const TextRange> matches, std::size_t bytes
);

}  // namespace parley::core
