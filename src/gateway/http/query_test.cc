#include <string>

#include <gtest/gtest.h>

#include "gateway/http/http.h"

namespace parley::http {
namespace {

using std::string_literals::operator""s;

TEST(PercentDecode, decodes) {
    EXPECT_EQ(percent_decode("", false), "");
    EXPECT_EQ(percent_decode("abc", false), "abc");
    EXPECT_EQ(percent_decode("%41%6a%6A", false), "Ajj");
    EXPECT_EQ(percent_decode("%2f%3F%25", false), "/?%");
    EXPECT_EQ(percent_decode("%D0%BF%E2%82%AC%F0%9F%98%80", false), "п€😀");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
    EXPECT_EQ(percent_decode("a+b", false), "a+b");
    EXPECT_EQ(percent_decode("a%2Bb", true), "a+b");
    EXPECT_EQ(percent_decode("%2541", false), "%41");  // once, not twice
}

TEST(PercentDecode, refuses_bad_escapes) {
    for (const char* text : {"%", "%4", "%4g", "%g4", "%%41", "a%", "%+1", "% 1", "%u0041"}) {
        EXPECT_FALSE(percent_decode(text, false)) << text;
    }
}

TEST(PercentDecode, refuses_what_is_not_text) {
    EXPECT_FALSE(percent_decode("%00", false));
    EXPECT_FALSE(percent_decode("a\0b"s, false));
    for (const char* text :
         {"%80",
          "%C3",
          "%C3%28",
          "%C0%AF",
          "%E0%80%AF",
          "%E2%82",
          "%ED%A0%80",
          "%F0%80%80%80",
          "%F4%90%80%80",
          "%F5%80%80%80",
          "%FF",
          "\xC3",
          "%C3\x28",
          "%F0%9F%98",
          "%E0%9F%BF"}) {
        EXPECT_FALSE(percent_decode(text, false)) << text;
    }
    for (const char* text :
         {"%C2%80",
          "%DF%BF",
          "%E0%A0%80",
          "%ED%9F%BF",
          "%EE%80%80",
          "%EF%BF%BF",
          "%F0%90%80%80",
          "%F4%8F%BF%BF",
          "\xC3%A9"}) {
        EXPECT_TRUE(percent_decode(text, false)) << text;
    }
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(ParseQuery, keeps_order_and_repeats) {
    EXPECT_EQ(parse_query(""), Pairs{});
    EXPECT_EQ(parse_query("a=1&b=2&a=3"), (Pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}}));
    EXPECT_EQ(parse_query("a"), (Pairs{{"a", ""}}));
    EXPECT_EQ(parse_query("a="), (Pairs{{"a", ""}}));
    EXPECT_EQ(parse_query("a=b=c"), (Pairs{{"a", "b=c"}}));
    EXPECT_EQ(parse_query("&a=1&&b=2&"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(parse_query("q=a+b%26c%3D&%C3%A9=1"), (Pairs{{"q", "a b&c="}, {"é", "1"}}));
}

TEST(ParseQuery, refuses_it_all_when_one_part_is_malformed) {
    for (const char* query : {"a=1&b=%", "%4=1", "=1", "a=1&=", "a=%00", "a=%FF&b=1", "="}) {
        EXPECT_FALSE(parse_query(query)) << query;
    }
}

}  // namespace
}  // namespace parley::http
