#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a text is made of for those who search in it. The index, the query and the marking of what was found
/// all take a text apart by the same function, so they cannot disagree. Pure.

namespace parley::core {

/// Longer words are cut here, in texts and queries alike.
inline constexpr std::size_t kSearchWordBytesMax = 64;

struct SearchToken {
    enum class Kind : std::uint8_t {
        word,   ///< letters and digits of a script that separates its words; or one symbol
        pair,   ///< two neighbours of a script that does not: Chinese, Japanese, Korean, Thai …
        single  ///< the last character of such a run
    };
    Kind kind = Kind::word;
    std::string text;         ///< folded; of a-z, 0-9 and bytes from 0x80 on alone
    std::uint32_t begin = 0;  ///< where it stands in the text, in bytes
    std::uint32_t end = 0;
    std::uint32_t first_end = 0;  ///< where its first character ends
};

/// The tokens of a text in their order, which is what phrases go by. Case, accents and wide forms do not
/// matter; whatever is neither letter, digit nor symbol separates. Malformed UTF-8 separates too. "東京都"
/// is 東京, 京都 and 都, so that any part of it is found by what it begins with.
[[nodiscard]] std::vector<SearchToken> search_tokens(std::string_view text);

/// The tokens' texts, separated by spaces: what an index is given of a text.
[[nodiscard]] std::string search_words(std::string_view text);

}  // namespace parley::core
