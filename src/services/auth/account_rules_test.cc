#include "services/auth/account_rules.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "services/auth/common_passwords.h"

namespace parley::auth {
namespace {

TEST(Username, HasThreeToThirtyTwoPlainCharacters) {
    for (const char* good : {"bob", "Alice", "a-b", "a.b_c", "007", "x__", "1--"}) {
        EXPECT_EQ(*checked_username(good), good);
    }
    EXPECT_TRUE(checked_username(std::string(32, 'a')).ok());
    for (const std::string bad :
         {"", "ab", "_ab", ".ab", "-ab", "a b", "a@b", "a+b", "älice", "bob\n", "a/b", "<b>"}) {
        EXPECT_EQ(checked_username(bad).error().code, ErrorCode::invalid_request) << bad;
    }
    EXPECT_FALSE(checked_username(std::string(33, 'a')).ok());
    EXPECT_FALSE(checked_username(std::string("a\0b", 3)).ok());
}

TEST(Password, IsLongEnoughAndNotTheFirstGuess) {
    EXPECT_TRUE(checked_password("correct horse", "alice", 8).ok());
    EXPECT_TRUE(checked_password("pässwörd-ü", "alice", 8).ok());
    EXPECT_TRUE(checked_password(std::string(256, 'x'), "alice", 8).ok());
    for (const std::string bad :
         {"", "short", "7 chars", "password", "PassWord1", "12345678", "qwertyuiop"}) {
        EXPECT_EQ(checked_password(bad, "alice", 8).error().code, ErrorCode::invalid_request)
            << bad;
    }
    EXPECT_FALSE(checked_password(std::string(257, 'x'), "alice", 8).ok());
    EXPECT_FALSE(checked_password("Alice.Liddell", "alice.liddell", 8).ok());
    EXPECT_FALSE(checked_password("fourteen bytes", "alice", 15).ok());
}

TEST(Password, KnowsTheFirstThreeThousandGuesses) {
    EXPECT_GE(common_passwords().size(), 3000U);
    EXPECT_TRUE(std::ranges::is_sorted(common_passwords()));
    for (const std::string_view guess : common_passwords()) {
        EXPECT_GE(characters(guess), 8U) << guess;
        EXPECT_FALSE(checked_password(std::string(guess), "alice", 8).ok()) << guess;
    }
    EXPECT_FALSE(checked_password("BaseBall", "alice", 8).ok());
    EXPECT_FALSE(is_common_password("tangerine lantern 42"));
}

TEST(Email, IsPlausibleAndLowerCase) {
    EXPECT_EQ(*normalised_email("Alice@Example.ORG"), "alice@example.org");
    EXPECT_EQ(*normalised_email("a.b+c@localhost"), "a.b+c@localhost");
    EXPECT_EQ(*normalised_email("jörg@müller.example"), "jörg@müller.example");
    for (const std::string bad :
         {"",
          "alice",
          "@example.org",
          "alice@",
          "a b@example.org",
          "a@b@example.org",
          "a@.org",
          "a@org.",
          "a@b..c",
          "a@-b.org",
          "a@b c",
          "a\n@example.org",
          "a@example.org\n",
          "<a@example.org>",
          "a@exa_mple.org"}) {
        EXPECT_EQ(normalised_email(bad).error().code, ErrorCode::invalid_request) << bad;
    }
    EXPECT_FALSE(normalised_email(std::string(65, 'a') + "@example.org").ok());
    EXPECT_FALSE(normalised_email("a@" + std::string(253, 'b')).ok());
}

TEST(Phone, BecomesPlusAndDigits) {
    for (const char* same :
         {"+4930123456",
          "+49 30 123456",
          "+49 (30) 123-456",
          "004930123456",
          "4930123456",
          "+49.30/123456"}) {
        EXPECT_EQ(*normalised_phone(same), "+4930123456") << same;
    }
    for (const std::string bad :
         {"",
          "+",
          "123456",
          "1234567890123456",
          "+49 30 CALLME",
          "++4930123456",
          "49+30123456",
          "+4930123456 x1"}) {
        EXPECT_EQ(normalised_phone(bad).error().code, ErrorCode::invalid_request) << bad;
    }
}

TEST(DisplayName, IsTheUsernameWhenEmpty) {
    EXPECT_EQ(*checked_display_name("", "alice"), "alice");
    EXPECT_EQ(*checked_display_name("Ålice 🐇", "alice"), "Ålice 🐇");
}

TEST(Texts, HaveSixtyFourCharactersWithoutControls) {
    std::string longest;
    for (int i = 0; i < 64; ++i) {
        longest += "ü";
    }
    EXPECT_TRUE(checked_display_name(longest, "alice").ok());
    EXPECT_FALSE(checked_display_name(longest + "u", "alice").ok());
    for (const std::string bad :
         {"a\nb",
          "a\x7F",
          "\xC2\x85",
          "\xE2\x80\xAE"
          "evil",
          "\xE2\x81\xA6"
          "evil"}) {
        EXPECT_EQ(checked_display_name(bad, "alice").error().code, ErrorCode::invalid_request);
        EXPECT_EQ(
            checked_device({.name = bad, .platform = ""}).error().code, ErrorCode::invalid_request
        );
        EXPECT_EQ(
            checked_device({.name = "", .platform = bad}).error().code, ErrorCode::invalid_request
        );
    }
    EXPECT_TRUE(checked_display_name("\xE2\x80\x99tis", "alice").ok()
    );  // a quotation mark, close by
}

// The neighbours of what turns the direction of text are text.
TEST(DisplayName, MayHaveWhatStandsBesideTheControls) {
    for (const std::string good :
         {"\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\xA5", "\xE2\x81\xAA", "\xC2\xA0", "\xE2\x82\xAC"
         }) {
        EXPECT_TRUE(checked_display_name("a" + good + "b", "alice").ok()) << good;
        EXPECT_TRUE(checked_display_name(good, "alice").ok());
    }
    for (const std::string bad :
         {"\xE2\x80\xAA", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9", "\xC2\x80"}) {
        EXPECT_FALSE(checked_display_name("a" + bad + "b", "alice").ok()) << bad;
        EXPECT_FALSE(checked_display_name(bad, "alice").ok());
    }
}

TEST(Username, HasNoNeighboursOfLettersAndDigits) {
    for (const char c : {'/', ':', '@', '[', '`', '{', '\x7F'}) {
        EXPECT_FALSE(checked_username(std::string("ab") + c).ok()) << c;
    }
    for (const char c : {'0', '9', 'A', 'Z', 'a', 'z', '.', '_', '-'}) {
        EXPECT_TRUE(checked_username(std::string("ab") + c).ok()) << c;
    }
    EXPECT_FALSE(checked_username("_ab").ok());
}

TEST(Email, HasAMailboxAndAHost) {
    const std::string long_local(64, 'l');
    EXPECT_TRUE(normalised_email(long_local + "@b.c").ok());
    EXPECT_TRUE(normalised_email("a@b-c.d1").ok());
    EXPECT_TRUE(normalised_email("\"@ü.de").error().code == ErrorCode::invalid_request);
    EXPECT_TRUE(normalised_email("ä@ü.de").ok());
    for (const std::string bad :
         {"a@",
          "@b",
          "a",
          "a@.b",
          "a@-b",
          "a@b.",
          "a@b-",
          "a@b..c",
          "a@b_c",
          "a b@c",
          "a\x01@b",
          "a\x7F@b"}) {
        EXPECT_FALSE(normalised_email(bad).ok()) << bad;
    }
    EXPECT_FALSE(normalised_email(long_local + "l@b.c").ok());
    EXPECT_FALSE(normalised_email("a@" + std::string(300, 'b')).ok());
}

TEST(Phone, HasItsPlusInFrontAndSevenToFifteenDigits) {
    EXPECT_EQ(*normalised_phone("0049 30 123456"), "+4930123456");
    EXPECT_EQ(*normalised_phone("+1234567"), "+1234567");
    EXPECT_EQ(*normalised_phone("+123456789012345"), "+123456789012345");
    for (const std::string bad :
         {"", "+", "+123456", "+1234567890123456", "12+34567", "1234567+", "1234567x"}) {
        EXPECT_FALSE(normalised_phone(bad).ok()) << bad;
    }
}

TEST(Device, IsUnknownWhenNothingIsSaid) {
    const auto device = checked_device({});
    EXPECT_EQ(device->name, "unknown");
    EXPECT_EQ(device->platform, "unknown");
}

TEST(LoginNames, SayWhatALoginMayMean) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(login_names("Alice"), (Names{"alice"}));
    EXPECT_EQ(login_names("Alice@Example.org"), (Names{"alice@example.org"}));
    EXPECT_EQ(login_names("+49 30 123456"), (Names{"+4930123456"}));
    EXPECT_EQ(login_names("4930123456"), (Names{"4930123456", "+4930123456"}));
    EXPECT_EQ(login_names(""), (Names{""}));
    EXPECT_EQ(login_names("+x"), (Names{"+x"}));
}

}  // namespace
}  // namespace parley::auth
