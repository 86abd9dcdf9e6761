#include "core/search_text.h"

#include <gtest/gtest.h>

namespace parley::core {
namespace {

using Kind = SearchToken::Kind;

TEST(SearchText, WordsAreFolded) {
    EXPECT_EQ(search_words("Hello, World!"), "hello world");
    EXPECT_EQ(search_words("don't STOP_now 42nd"), "don t stop now 42nd");
    EXPECT_EQ(search_words(""), "");
    EXPECT_EQ(search_words(" \n\t--- ... "), "");
}

TEST(SearchText, AccentsDoNotMatter) {
    EXPECT_EQ(search_words("Crème BRÛLÉE"), "creme brulee");
    EXPECT_EQ(search_words("Cre\u0300me"), "creme");  // decomposed
    EXPECT_EQ(search_words("Straße Æther Œuvre"), "strasse aether oeuvre");
    EXPECT_EQ(search_words("Tiếng Việt"), "tieng viet");
    EXPECT_EQ(search_words("Łódź Øst"), "lodz ost");
    EXPECT_EQ(search_words("ΆΝΘΡΩΠΟΣ ᾄδω"), "ανθρωποσ αδω");
    EXPECT_EQ(search_words("Ёлка Йод"), "елка йод");
    EXPECT_EQ(search_words("שָׁלוֹם"), "שלום");
    EXPECT_EQ(search_words("Ｈｅｌｌｏ　１２"), "hello 12");
}

TEST(SearchText, ScriptsWithoutSpacesArePairs) {
    EXPECT_EQ(search_words("東京都"), "東京 京都 都");
    EXPECT_EQ(search_words("東"), "東");
    EXPECT_EQ(search_words("東京、大阪"), "東京 京 大阪 阪");
    EXPECT_EQ(search_words("go東京go"), "go 東京 京 go");
    EXPECT_EQ(search_words("안녕하세요"), "안녕 녕하 하세 세요 요");
    const auto tokens = search_tokens("a東京");
    ASSERT_EQ(tokens.size(), 3U);
    EXPECT_EQ(tokens[0].kind, Kind::word);
    EXPECT_EQ(tokens[1].kind, Kind::pair);
    EXPECT_EQ(tokens[2].kind, Kind::single);
    EXPECT_EQ(tokens[1].begin, 1U);
    EXPECT_EQ(tokens[1].first_end, 4U);
    EXPECT_EQ(tokens[1].end, 7U);
}

TEST(SearchText, SymbolsAreWords) {
    EXPECT_EQ(search_words("party🎉🎉!"), "party 🎉 🎉");
    EXPECT_EQ(search_words("👍🏽"), "👍");
}

TEST(SearchText, PlacesAreThoseOfTheText) {
    const std::string text = "…Été, ÇA va";
    for (const SearchToken& token : search_tokens(text)) {
        ASSERT_LT(token.begin, token.end);
        EXPECT_EQ(search_words(text.substr(token.begin, token.end - token.begin)), token.text);
    }
    EXPECT_EQ(search_tokens(text).size(), 3U);
}

TEST(SearchText, LongWordsAreCutAtACharacter) {
    EXPECT_EQ(search_words(std::string(100, 'x')), std::string(kSearchWordBytesMax, 'x'));
    std::string accents(63, 'x');
    accents += "жж";
    EXPECT_EQ(search_words(accents), std::string(63, 'x'));
}

TEST(SearchText, MalformedUtf8Separates) {
    EXPECT_EQ(
        search_words("ab\xFF"
                     "cd"),
        "ab cd"
    );
    EXPECT_EQ(search_words("ab\xC3"), "ab");
    EXPECT_EQ(
        search_words("\xE6\x9D"
                     "x"),
        "x"
    );
}

}  // namespace
}  // namespace parley::core
