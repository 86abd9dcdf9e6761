#include "core/search_query.h"

#include <gtest/gtest.h>

#include "core/search_text.h"

namespace parley::core {
namespace {

SearchQuery parsed(std::string_view text) {
    auto query = parse_search_query(text);
    EXPECT_TRUE(query.ok()) << text;
    return query.ok() ? *query : SearchQuery{};
}

/// The text with what was found in brackets; "-" when it was not.
std::string marked(std::string_view query, std::string_view text) {
    const auto ranges = find_matches(parsed(query), text);
    EXPECT_EQ(ranges.has_value(), has_matches(parsed(query), search_words(text)));
    if (!ranges) {
        return "-";
    }
    std::string out;
    std::size_t done = 0;
    for (const TextRange& range : *ranges) {
        out.append(text.substr(done, range.begin - done)).append("[");
        out.append(text.substr(range.begin, range.end - range.begin)).append("]");
        done = range.end;
    }
    return out.append(text.substr(done));
}

TEST(SearchQuery, AllWordsMustBeThere) {
    EXPECT_EQ(marked("world hello", "Hello, World!"), "[Hello], [World]!");
    EXPECT_EQ(marked("hello moon", "Hello, World!"), "-");
}

TEST(SearchQuery, TheLastWordIsBeingTyped) {
    EXPECT_EQ(marked("hello wor", "hello world, words"), "[hello] [world], [words]");
    EXPECT_EQ(marked("wor hello", "hello world"), "-");
    EXPECT_EQ(marked("hell* world", "hello world"), "[hello] [world]");
    EXPECT_EQ(marked("a", "a b and"), "[a] b and");  // of one letter would be nearly everything
    EXPECT_EQ(marked("é", "e être"), "[e] être");
    EXPECT_EQ(marked("an ", "a b and"), "a b [and]");
}

TEST(SearchQuery, Phrases) {
    EXPECT_EQ(marked("\"big blue\"", "a big blue sky"), "a [big blue] sky");
    EXPECT_EQ(marked("\"blue big\"", "a big blue sky"), "-");
    EXPECT_EQ(marked("\"big blu\"", "a big blue sky"), "-");
    EXPECT_EQ(marked("\"big blu", "a big blue sky"), "a [big blue] sky");  // not closed yet
    EXPECT_EQ(marked("foo-bar", "foo bar, foo-bar, bar foo"), "[foo bar], [foo-bar], bar foo");
    EXPECT_EQ(marked("\"a b\"c", "c a b"), "[c] [a b]");
}

TEST(SearchQuery, Accents) {
    EXPECT_EQ(marked("creme", "une Crème!"), "une [Crème]!");
    EXPECT_EQ(marked("CRÈME", "une creme!"), "une [creme]!");
    EXPECT_EQ(marked("strasse", "die Straße"), "die [Straße]");
}

TEST(SearchQuery, ScriptsWithoutSpaces) {
    EXPECT_EQ(marked("京都", "東京都と京都"), "東[京都]と[京都]");
    EXPECT_EQ(marked("東京都", "東京都民"), "[東京都]民");
    EXPECT_EQ(marked("東京都", "東京と京都"), "-");
    EXPECT_EQ(marked("都", "東京都民と京都"), "東京[都]民と京[都]");
    EXPECT_EQ(marked("京tower", "東京tower"), "東[京tower]");
    EXPECT_EQ(marked("go東", "go東京"), "[go東]京");
    EXPECT_EQ(marked("\"東京 大阪\"", "東京、大阪府"), "[東京、大阪]府");
    EXPECT_EQ(marked("안녕", "안녕하세요"), "[안녕]하세요");
    EXPECT_EQ(marked("สวัส", "สวัสดีครับ"), "[สวัส]ดีครับ");
}

TEST(SearchQuery, Symbols) {
    EXPECT_EQ(marked("🎉", "yes 🎉🎊"), "yes [🎉]🎊");
}

TEST(SearchQuery, WithoutAWordNothingIsFound) {
    for (const std::string_view nothing : {"", "  ", "*", "\"\" -- !", "\""}) {
        EXPECT_TRUE(parsed(nothing).phrases.empty()) << nothing;
        EXPECT_EQ(marked(nothing, "a text"), "-");
        EXPECT_EQ(marked(nothing, ""), "-");
    }
}

TEST(SearchQuery, ItHasAnEnd) {
    std::string most;
    for (std::size_t i = 0; i < kSearchQueryCharsMax; ++i) {
        most += "都";
    }
    EXPECT_TRUE(parse_search_query(most).ok());
    const auto more = parse_search_query(most + "a");
    ASSERT_FALSE(more.ok());
    EXPECT_EQ(more.error().code, ErrorCode::invalid_request);
    EXPECT_FALSE(parse_search_query(std::string(10'000, '\x80')).ok());
}

TEST(SearchQuery, NoSyntaxOfASearchEngineHasAMeaning) {
    EXPECT_EQ(
        marked("NEAR(a, b) OR words:\"c\"", "near a b or words c"), "[near a] [b] [or] [words] [c]"
    );
    EXPECT_EQ(marked("-hello", "hello"), "[hello]");
    EXPECT_EQ(marked("a^2 + {b}", "a 2 b"), "[a 2] [b]");
}

TEST(SearchQuery, SnippetsAreOfTheText) {
    const std::string text = std::string(500, 'x') + " ééé needle ééé " + std::string(500, 'y');
    const auto ranges = find_matches(parsed("needle"), text);
    ASSERT_TRUE(ranges);
    for (std::size_t bytes = 10; bytes < 60; ++bytes) {
        const auto parts = snippet(text, *ranges, bytes);
        std::string whole;
        std::string found;
        for (const SnippetPart& part : parts) {
            whole += part.text;
            found += part.match ? part.text : "";
            EXPECT_FALSE(part.text.empty());
        }
        EXPECT_NE(text.find(whole), std::string::npos);
        EXPECT_LE(whole.size(), bytes + 6);
        if (bytes >= 20) {
            EXPECT_EQ(found, "needle") << bytes;
        }
    }
    const auto all = snippet("a needle", *find_matches(parsed("needle"), "a needle"), 200);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], (SnippetPart{.text = "a ", .match = false}));
    EXPECT_EQ(all[1], (SnippetPart{.text = "needle", .match = true}));
}

}  // namespace
}  // namespace parley::core
