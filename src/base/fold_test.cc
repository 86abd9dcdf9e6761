#include "base/fold.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(FoldCase, MakesLatinGreekAndCyrillicLowerCase) {
    EXPECT_EQ(fold_case("Alice_Z-9"), "alice_z-9");
    EXPECT_EQ(fold_case("ÄÖÜ Éß ŠŽŸ ŁŃ"), "äöü éß šžÿ łń");
    EXPECT_EQ(fold_case("ΑΒΓ ΆΈΊΌΎΏ ΣΟΦΌΣ"), "αβγ άέίόύώ σοφόσ");
    EXPECT_EQ(fold_case("σοφός"), "σοφόσ");
    EXPECT_EQ(fold_case("ЖЯ ЁЂ Ґ"), "жя ёђ ґ");
}

TEST(FoldCase, LeavesEverythingElseAlone) {
    EXPECT_EQ(fold_case("×÷ 漢字 😀"), "×÷ 漢字 😀");
    EXPECT_EQ(fold_case(""), "");
    EXPECT_EQ(fold_case("\xC3"), "\xC3");
    EXPECT_EQ(fold_case("\xFF\xC3("), "\xFF\xC3(");
}

TEST(FoldCase, IsIdempotent) {
    for (std::uint32_t point = 0x80; point < 0x800; ++point) {
        std::string text;
        text.push_back(static_cast<char>(0xC0U | (point >> 6U)));
        text.push_back(static_cast<char>(0x80U | (point & 0x3FU)));
        const std::string once = fold_case(text);
        EXPECT_EQ(fold_case(once), once) << point;
    }
}

}  // namespace
}  // namespace parley
