#include "core/search_query.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/search_text.h"

namespace parley::core {
namespace {

using Kind = SearchToken::Kind;

constexpr std::string_view kSpaces = " \t\r\n";

/// The next word or quoted phrase, as it stands.
struct Piece {
    std::string_view text;
    bool quoted = false;
    bool open = false;  ///< a quote that is not closed: it is being typed
};

Piece take_piece(std::string_view& left) {
    left.remove_prefix(std::min(left.find_first_not_of(kSpaces), left.size()));
    if (left.starts_with('"')) {
        left.remove_prefix(1);
        const std::size_t end = std::min(left.find('"'), left.size());
        const Piece piece{.text = left.substr(0, end), .quoted = true, .open = end == left.size()};
        left.remove_prefix(std::min(end + 1, left.size()));
        return piece;
    }
    const std::size_t end = std::min(left.find_first_of(" \t\r\n\""), left.size());
    const Piece piece{.text = left.substr(0, end)};
    left.remove_prefix(end);
    return piece;
}

bool is_one_letter(const SearchToken& token) {
    return token.kind == Kind::word && token.first_end == token.end;
}

/// Of a piece its words; none when it has none.
SearchPhrase phrase_of(const Piece& piece, bool last) {
    std::vector<SearchToken> tokens = search_tokens(piece.text);
    if (tokens.empty()) {
        return {};
    }
    const std::size_t count = tokens.size();
    const bool in_run = count > 1 && tokens[count - 1].kind == Kind::single &&
                        tokens[count - 2].kind == Kind::pair &&
                        tokens[count - 2].first_end == tokens[count - 1].begin;
    if (in_run) {
        tokens.pop_back();  // The run may go on in the text.
    }
    SearchPhrase phrase;
    if (tokens.back().kind == Kind::single) {
        phrase.prefix = true;  // In a text it is a pair's first as a rule.
    } else if (tokens.back().kind == Kind::word) {
        const bool begun = piece.quoted ? piece.open : last || piece.text.ends_with('*');
        phrase.prefix = begun && !is_one_letter(tokens.back());
    }
    for (SearchToken& token : tokens) {
        phrase.words.push_back(std::move(token.text));
    }
    return phrase;
}

/// Whether the tokens from `at` on are the phrase; `text_of(token)` is a token's text.
template <class Token, class TextOf>
bool is_at(
    const SearchPhrase& phrase, const std::vector<Token>& tokens, std::size_t at, TextOf text_of
) {
    if (tokens.size() - at < phrase.words.size()) {
        return false;
    }
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
        const std::string_view have = text_of(tokens[at + i]);
        const std::string_view want = phrase.words[i];
        const bool begins = phrase.prefix && i + 1 == phrase.words.size();
        if (begins ? !have.starts_with(want) : have != want) {
            return false;
        }
    }
    return true;
}

/// What of the tokens from `at` on was searched for: of a pair that only begins so, its first character.
TextRange range_at(
    const SearchPhrase& phrase, const std::vector<SearchToken>& tokens, std::size_t at
) {
    const SearchToken& last = tokens[at + phrase.words.size() - 1];
    const bool part =
        phrase.prefix && last.kind == Kind::pair && phrase.words.back().size() < last.text.size();
    return {.begin = tokens[at].begin, .end = part ? last.first_end : last.end};
}

std::vector<TextRange> merged(std::vector<TextRange> ranges) {
    std::ranges::sort(ranges, {}, &TextRange::begin);
    std::vector<TextRange> apart;
    for (const TextRange& range : ranges) {
        if (!apart.empty() && range.begin <= apart.back().end) {
            apart.back().end = std::max(apart.back().end, range.end);
        } else {
            apart.push_back(range);
        }
    }
    return apart;
}

bool is_continuation(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

Result<SearchQuery> parse_search_query(std::string_view text) {
    const auto characters = std::ranges::count_if(text, std::not_fn(is_continuation));
    if (static_cast<std::size_t>(characters) > kSearchQueryCharsMax ||
        text.size() > 4 * kSearchQueryCharsMax) {
        return Error{ErrorCode::invalid_request, "q is too long"};
    }
    SearchQuery query;
    while (text.find_first_not_of(kSpaces) != std::string_view::npos) {
        const Piece piece = take_piece(text);
        const bool last = text.find_first_not_of(kSpaces) == std::string_view::npos;
        SearchPhrase phrase = phrase_of(piece, last);
        if (!phrase.words.empty()) {
            query.phrases.push_back(std::move(phrase));
        }
    }
    return query;
}

std::optional<std::vector<TextRange>> find_matches(
    const SearchQuery& query, std::string_view text
) {
    if (query.phrases.empty()) {
        return std::nullopt;
    }
    const std::vector<SearchToken> tokens = search_tokens(text);
    const auto text_of = [](const SearchToken& token) -> std::string_view { return token.text; };
    std::vector<TextRange> ranges;
    for (const SearchPhrase& phrase : query.phrases) {
        const std::size_t before = ranges.size();
        for (std::size_t at = 0; at < tokens.size(); ++at) {
            if (is_at(phrase, tokens, at, text_of)) {
                ranges.push_back(range_at(phrase, tokens, at));
            }
        }
        if (ranges.size() == before) {
            return std::nullopt;
        }
    }
    return merged(std::move(ranges));
}

bool has_matches(const SearchQuery& query, std::string_view words) {
    std::vector<std::string_view> tokens;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        tokens.push_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    const auto text_of = [](std::string_view token) { return token; };
    const auto occurs = [&](const SearchPhrase& phrase) {
        for (std::size_t at = 0; at < tokens.size(); ++at) {
            if (is_at(phrase, tokens, at, text_of)) {
                return true;
            }
        }
        return false;
    };
    return !query.phrases.empty() && std::ranges::all_of(query.phrases, occurs);
}

std::vector<SnippetPart> snippet(
    std::string_view text, std::span<const TextRange> matches, std::size_t bytes
) {
    std::size_t begin = 0;
    if (!matches.empty() && matches.front().begin > bytes / 3 && text.size() > bytes) {
        begin = std::min<std::size_t>(matches.front().begin - (bytes / 3), text.size() - bytes);
    }
    while (begin > 0 && is_continuation(text[begin])) {
        --begin;
    }
    std::size_t end = std::min(text.size(), begin + bytes);
    while (end < text.size() && is_continuation(text[end])) {
        ++end;
    }
    std::vector<SnippetPart> parts;
    const auto add = [&](std::size_t from, std::size_t to, bool match) {
        if (from < to) {
            parts.push_back({.text = std::string(text.substr(from, to - from)), .match = match});
        }
    };
    std::size_t done = begin;
    for (const TextRange& range : matches) {
        const std::size_t first = std::clamp<std::size_t>(range.begin, done, end);
        const std::size_t last = std::clamp<std::size_t>(range.end, first, end);
        add(done, first, false);
        add(first, last, true);
        done = last;
    }
    add(done, end, false);
    return parts;
}

}  // namespace parley::core
