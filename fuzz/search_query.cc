// Bytes as a text and as what is searched in it: any query is understood or refused; what was found lies in the
// text, and is found by itself; taking a text apart twice gives the same; a snippet is a piece of the text.

#include "core/search_query.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/utf8.h"
#include "core/search_text.h"
#include "fuzz/support/target.h"

namespace {

using parley::core::SearchQuery;
using parley::core::TextRange;

void check_tokens(std::string_view text) {
    std::size_t before = 0;
    for (const auto& token : parley::core::search_tokens(text)) {
        PARLEY_ASSERT(token.begin >= before && token.begin < token.first_end);
        PARLEY_ASSERT(token.first_end <= token.end && token.end <= text.size());
        PARLEY_ASSERT(!token.text.empty());
        PARLEY_ASSERT(token.text.size() <= parley::core::kSearchWordBytesMax);
        for (const char c : token.text) {
            // Nothing that an expression for a search engine could end or begin with.
            const bool high = static_cast<unsigned char>(c) >= 0x80;
            PARLEY_ASSERT(high || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
        }
        PARLEY_ASSERT(parley::is_valid_utf8(token.text));
        before = token.begin;
    }
}

void check_matches(const SearchQuery& query, std::string_view text) {
    const auto ranges = parley::core::find_matches(query, text);
    const std::string words = parley::core::search_words(text);
    PARLEY_ASSERT(ranges.has_value() == parley::core::has_matches(query, words));
    if (!ranges) {
        return;
    }
    PARLEY_ASSERT(!ranges->empty());
    std::size_t before = 0;
    for (const TextRange& range : *ranges) {
        PARLEY_ASSERT(range.begin < range.end && range.end <= text.size());
        PARLEY_ASSERT(range.begin >= before);
        before = range.end;
    }
    for (const std::size_t bytes : {1UL, 17UL, 300UL}) {
        std::string whole;
        for (const auto& part : parley::core::snippet(text, *ranges, bytes)) {
            PARLEY_ASSERT(!part.text.empty());
            whole += part.text;
        }
        PARLEY_ASSERT(text.find(whole) != std::string_view::npos);
        // Of valid text it is valid text, a little longer at most.
        PARLEY_ASSERT(!parley::is_valid_utf8(text) || parley::is_valid_utf8(whole));
        PARLEY_ASSERT(!parley::is_valid_utf8(text) || whole.size() <= bytes + 6);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4'096) {
        return 0;
    }
    parley::fuzz::Choices choices{data, size};
    const std::string_view asked = choices.text();
    const std::string_view text = choices.rest();
    check_tokens(asked);
    check_tokens(text);
    const auto query = parley::core::parse_search_query(asked);
    if (!query.ok()) {
        PARLEY_ASSERT(query.error().code == parley::ErrorCode::invalid_request);
        return 0;
    }
    for (const auto& phrase : query->phrases) {
        PARLEY_ASSERT(!phrase.words.empty());
    }
    check_matches(*query, text);
    if (!query->phrases.empty()) {
        check_matches(*query, asked);
    }
    return 0;
}
