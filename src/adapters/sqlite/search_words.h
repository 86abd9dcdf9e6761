#pragma once

#include <string>
#include <string_view>

#include "core/search_query.h"

namespace parley::sqlite {

/// Before each word of a conversation's documents: its small number, and a character that no word has.
[[nodiscard]] std::string word_prefix(std::int64_t conversation);

/// `words` as they are indexed: each behind `prefix`.
[[nodiscard]] std::string with_prefix(std::string_view words, std::string_view prefix);

/// What FTS5 is asked for a query in one conversation (https://www.sqlite.org/fts5.html, section 3): phrases
/// in quotes, with a star where only the beginning is known, joined by AND.
[[nodiscard]] std::string match_expression(const core::SearchQuery& query, std::string_view prefix);

}  // namespace parley::sqlite
