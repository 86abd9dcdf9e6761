#include "base/utf8.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    /// 0 to `bound` - 1.
    std::size_t below(std::size_t bound) {
        std::uint64_t value = state_ += 0x9E3779B97F4A7C15U;
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::size_t>((value ^ (value >> 31U)) % bound);
    }

private:
    std::uint64_t state_;
};

std::string encode(std::uint32_t point) {
    std::string text;
    const auto put = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
    return text;
}

/// UTF-8 by its definition: decode, and ask whether encoding gives the same bytes back.
bool is_valid_by_definition(std::string_view text) {
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text.front());
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (text.size() < size) {
            return false;
        }
        std::uint32_t point = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
        }
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (point > 0x10FFFF || surrogate || encode(point) != text.substr(0, size)) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

bool is_valid_in_bytes(std::string_view text) {
    Utf8Check check;
    for (const char c : text) {
        const auto byte = static_cast<std::byte>(c);
        if (!check.feed(&byte, 1)) {
            return false;
        }
    }
    return check.complete();
}

void expect_as_defined(const std::string& text) {
    const bool valid = is_valid_by_definition(text);
    ASSERT_EQ(is_valid_utf8(text), valid) << ::testing::PrintToString(text);
    ASSERT_EQ(is_valid_in_bytes(text), valid) << ::testing::PrintToString(text);
}

TEST(Utf8, every_code_point_is_valid_alone) {
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        ASSERT_EQ(is_valid_utf8(encode(point)), !surrogate) << point;
    }
    ASSERT_FALSE(is_valid_utf8(encode(0x110000)));
}

TEST(Utf8, all_pairs_of_bytes_are_as_defined) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            expect_as_defined({static_cast<char>(first), static_cast<char>(second)});
        }
    }
}

TEST(Utf8, bytes_at_every_boundary_are_as_defined) {
    constexpr std::array<unsigned char, 21> kEdges{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                                   0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
                                                   0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    constexpr std::size_t kCombinations =
        kEdges.size() * kEdges.size() * kEdges.size() * kEdges.size();
    for (std::size_t combination = 0; combination < kCombinations; ++combination) {
        std::string text;
        for (std::size_t rest = combination; text.size() < 4; rest /= kEdges.size()) {
            text.push_back(static_cast<char>(kEdges[rest % kEdges.size()]));
        }
        const bool valid = is_valid_by_definition(text);
        ASSERT_EQ(is_valid_utf8(text), valid) << ::testing::PrintToString(text);
        ASSERT_EQ(is_valid_in_bytes(text), valid) << ::testing::PrintToString(text);
    }
}

TEST(Utf8, text_around_does_not_matter) {
    const std::vector<std::string> middles{
        "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "\x80",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xED\xA0\x80",
        "\xC0\x80",
        "\xF4\x90\x80\x80",
        "\xFF"
    };
    for (const std::string& middle : middles) {
        for (std::size_t before = 0; before < 70; ++before) {
            for (const std::size_t after : {0U, 1U, 3U, 4U, 8U, 33U}) {
                expect_as_defined(std::string(before, 'a') + middle + std::string(after, 'b'));
            }
        }
    }
}

TEST(Utf8, random_text_with_random_damage_is_as_defined) {
    Chance chance(20240607);
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        const std::size_t characters = chance.below(30);
        for (std::size_t i = 0; i < characters; ++i) {
            constexpr std::array<std::uint32_t, 4> kBounds{0x80, 0x800, 0x10000, 0x110000};
            text += encode(static_cast<std::uint32_t>(chance.below(kBounds[chance.below(4)])));
        }
        if (!text.empty() && chance.below(2) == 0) {
            text[chance.below(text.size())] = static_cast<char>(chance.below(256));
        }
        expect_as_defined(text);
    }
}

TEST(Utf8Check, refuses_at_the_first_byte_that_cannot_be_mended) {
    const auto refused_at = [](std::string_view text) {
        Utf8Check check;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<std::byte>(text[i]);
            if (!check.feed(&byte, 1)) {
                return static_cast<int>(i);
            }
        }
        return -1;
    };
    EXPECT_EQ(refused_at("ab\x80"), 2);
    EXPECT_EQ(refused_at("\xC0\x80"), 0);
    EXPECT_EQ(refused_at("\xC3\x41"), 1);
    EXPECT_EQ(refused_at("\xE0\x80\x80"), 1);
    EXPECT_EQ(refused_at("\xED\xA0\x80"), 1);
    EXPECT_EQ(refused_at("\xE2\x82\x41"), 2);
    EXPECT_EQ(refused_at("\xF0\x80\x80\x80"), 1);
    EXPECT_EQ(refused_at("\xF4\x90\x80\x80"), 1);
    EXPECT_EQ(refused_at("\xF5"), 0);
    EXPECT_EQ(refused_at("\xF0\x9F\x98\x41"), 3);
    EXPECT_EQ(refused_at("\xF0\x9F\x98\x80"), -1);
}

TEST(Characters, are_counted_not_bytes) {
    EXPECT_EQ(characters(""), 0U);
    EXPECT_EQ(characters("abc"), 3U);
    EXPECT_EQ(characters("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"), 3U);
}

TEST(HasControl, sees_what_is_not_text_but_what_is_allowed) {
    EXPECT_FALSE(has_control("a b\xC3\xBC~"));
    EXPECT_TRUE(has_control("a\x1F"));
    EXPECT_TRUE(has_control("\x7F"));
    EXPECT_TRUE(has_control(std::string_view("\0", 1)));
    EXPECT_TRUE(has_control("two\nlines"));
    EXPECT_FALSE(has_control("two\nlines\t", "\n\t"));
    EXPECT_TRUE(has_control("\xC2\x85"));
    EXPECT_FALSE(has_control("\xC2\xA0"));
    EXPECT_TRUE(
        has_control("a\xE2\x80\xAE"
                    "b")
    );
    EXPECT_TRUE(has_control("a\xE2\x81\xA9", "\n\t"));
    EXPECT_FALSE(has_control("\xE2\x80\xA6"));
    EXPECT_TRUE(has_control("two\r\nlines", "\n\t"));
}

}  // namespace
}  // namespace parley
