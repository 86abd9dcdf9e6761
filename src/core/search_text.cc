#include "core/search_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/search_fold.h"

namespace parley::core {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t Size>
bool is_in(const std::array<Range, Size>& ranges, char32_t point) noexcept {
    const auto at = std::ranges::lower_bound(ranges, point, {}, &Range::last);
    return at != ranges.end() && point >= at->first;
}

/// Punctuation, spaces and signs beyond ASCII, about as Unicode's categories P, Z, C and S have them.
constexpr std::array kSeparators{
    Range{0x0080, 0x00A9}, Range{0x00AB, 0x00B1}, Range{0x00B4, 0x00B4}, Range{0x00B6, 0x00B8},
    Range{0x00BB, 0x00BF}, Range{0x00D7, 0x00D7}, Range{0x00F7, 0x00F7}, Range{0x02C2, 0x02DF},
    Range{0x037E, 0x037E}, Range{0x0387, 0x0387}, Range{0x055A, 0x055F}, Range{0x0589, 0x058F},
    Range{0x05BE, 0x05BE}, Range{0x05C0, 0x05C0}, Range{0x05F3, 0x05F4}, Range{0x0600, 0x060F},
    Range{0x061B, 0x061F}, Range{0x066A, 0x066D}, Range{0x06D4, 0x06D4}, Range{0x0964, 0x0965},
    Range{0x0E3F, 0x0E3F}, Range{0x0E4F, 0x0E4F}, Range{0x0E5A, 0x0E5B}, Range{0x104A, 0x104F},
    Range{0x1680, 0x1680}, Range{0x17D4, 0x17DB}, Range{0x1800, 0x180A}, Range{0x2000, 0x200B},
    Range{0x200E, 0x206F}, Range{0x207A, 0x207E}, Range{0x208A, 0x208E}, Range{0x20A0, 0x20CF},
    Range{0x2100, 0x2101}, Range{0x2190, 0x25FF}, Range{0x27C0, 0x2BFF}, Range{0x2E00, 0x2E7F},
    Range{0x2FF0, 0x3004}, Range{0x3008, 0x3020}, Range{0x3030, 0x3030}, Range{0x303D, 0x303F},
    Range{0x30A0, 0x30A0}, Range{0x30FB, 0x30FB}, Range{0xD800, 0xF8FF}, Range{0xFE10, 0xFE1F},
    Range{0xFE30, 0xFE6F}, Range{0xFEFF, 0xFEFF}, Range{0xFF01, 0xFF0F}, Range{0xFF1A, 0xFF20},
    Range{0xFF3B, 0xFF40}, Range{0xFF5B, 0xFF65}, Range{0xFFE0, 0xFFFF}, Range{0xE0000, 0x1FFFFF},
};

/// Marks that stand on the letter before and do not matter: accents in their decomposed form, vowel points,
/// variation selectors, and joiners.
constexpr std::array kMarks{
    Range{0x00AD, 0x00AD},
    Range{0x0300, 0x036F},
    Range{0x0483, 0x0489},
    Range{0x0591, 0x05BD},
    Range{0x05BF, 0x05BF},
    Range{0x05C1, 0x05C2},
    Range{0x05C4, 0x05C7},
    Range{0x0610, 0x061A},
    Range{0x064B, 0x065F},
    Range{0x0670, 0x0670},
    Range{0x06D6, 0x06DC},
    Range{0x1AB0, 0x1AFF},
    Range{0x1DC0, 0x1DFF},
    Range{0x200C, 0x200D},
    Range{0x20D0, 0x20FF},
    Range{0xFE00, 0xFE0F},
    Range{0xFE20, 0xFE2F},
    Range{0x1F3FB, 0x1F3FF},
};

/// Scripts whose words are not separated, and Hangul, whose words take endings.
constexpr std::array kUnspaced{
    Range{0x0E01, 0x0EDF},  // Thai, Lao
    Range{0x1000, 0x109F},  // Myanmar
    Range{0x1100, 0x11FF},  // Hangul's parts
    Range{0x1780, 0x17FF},  // Khmer
    Range{0x2E80, 0x2FDF},  // radicals
    Range{0x3005, 0x3007},   Range{0x3021, 0x302F},
    Range{0x3031, 0x303C},   Range{0x3040, 0x312F},  // kana, Bopomofo
    Range{0x3130, 0x318F},   Range{0x31A0, 0x31FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},  // Han
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7FF},
    Range{0xF900, 0xFAFF},   Range{0xFF66, 0xFFDC},  // narrow kana and Hangul
    Range{0x1B000, 0x1B16F}, Range{0x20000, 0x3FFFF},
};

/// Each of these is a word: emoji and the like.
constexpr std::array kSymbols{Range{0x2600, 0x27BF}, Range{0x1F000, 0x1FAFF}};

enum class Class : std::uint8_t {
    separator,
    mark,
    letter,
    unspaced,
    symbol
};

Class class_of(char32_t point) noexcept {
    if (point < 0x80) {
        const bool letter = (point >= U'a' && point <= U'z') || (point >= U'A' && point <= U'Z');
        return letter || (point >= U'0' && point <= U'9') ? Class::letter : Class::separator;
    }
    if (is_in(kMarks, point)) {
        return Class::mark;
    }
    if (is_in(kSeparators, point)) {
        return Class::separator;
    }
    if (is_in(kUnspaced, point)) {
        return Class::unspaced;
    }
    return is_in(kSymbols, point) ? Class::symbol : Class::letter;
}

struct Character {
    char32_t point = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

std::uint32_t byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

/// The character at `at`. A byte that begins none is taken for a separator of one byte.
Character character_at(std::string_view text, std::size_t at) noexcept {
    const std::uint32_t lead = byte_at(text, at);
    Character one{.point = lead, .begin = static_cast<std::uint32_t>(at), .end = 0};
    one.end = one.begin + 1;
    if (lead < 0x80) {
        return one;
    }
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at <= more) {
        one.point = U' ';
        return one;
    }
    char32_t point = lead & (0x3FU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        const std::uint32_t next = byte_at(text, at + i);
        if ((next & 0xC0U) != 0x80U) {
            one.point = U' ';
            return one;
        }
        point = (point << 6U) | (next & 0x3FU);
    }
    one.point = point;
    one.end = one.begin + static_cast<std::uint32_t>(more) + 1;
    return one;
}

void append_utf8(std::string& out, char32_t point) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
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
}

/// What one letter is in a word: nearly always itself, folded.
void append_folded(std::string& out, char32_t point) {
    switch (point) {
        case 0x00DF:  // sharp s
        case 0x1E9E:
            out += "ss";
            return;
        case 0x00C6:
        case 0x00E6:
            out += "ae";
            return;
        case 0x0152:
        case 0x0153:
            out += "oe";
            return;
        default:
            append_utf8(out, fold_letter(point));
    }
}

/// Takes a text apart, character by character.
class Tokenizer {
public:
    std::vector<SearchToken> run(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const Character one = character_at(text, at);
            at = one.end;
            take(one);
        }
        end_word();
        end_run();
        return std::move(tokens_);
    }

private:
    void take(const Character& one) {
        switch (class_of(one.point)) {
            case Class::mark:
                take_mark(one);
                return;
            case Class::letter:
                end_run();
                take_letter(one);
                return;
            case Class::unspaced:
                end_word();
                take_unspaced(one);
                return;
            case Class::symbol:
                end_word();
                end_run();
                take_letter(one);
                end_word();
                return;
            case Class::separator:
                end_word();
                end_run();
                return;
        }
    }
    void take_mark(const Character& one) {
        if (word_) {
            word_->end = one.end;
        } else if (last_) {
            last_->end = one.end;
        }
    }
    void take_letter(const Character& one) {
        if (!word_) {
            word_ = SearchToken{.text = {}, .begin = one.begin, .first_end = one.end};
        }
        word_->end = one.end;
        std::string folded;
        append_folded(folded, one.point);
        if (word_->text.size() + folded.size() <= kSearchWordBytesMax && !cut_) {
            word_->text += folded;
        } else {
            cut_ = true;
        }
    }
    void take_unspaced(const Character& one) {
        if (last_) {
            std::string text;
            append_utf8(text, fold_letter(last_->point));
            append_utf8(text, fold_letter(one.point));
            tokens_.push_back(
                {.kind = SearchToken::Kind::pair,
                 .text = std::move(text),
                 .begin = last_->begin,
                 .end = one.end,
                 .first_end = last_->end}
            );
        }
        last_ = one;
    }
    void end_word() {
        if (word_) {
            tokens_.push_back(std::move(*word_));
        }
        word_.reset();
        cut_ = false;
    }
    void end_run() {
        if (last_) {
            SearchToken token{
                .kind = SearchToken::Kind::single,
                .text = {},
                .begin = last_->begin,
                .end = last_->end,
                .first_end = last_->end
            };
            append_utf8(token.text, fold_letter(last_->point));
            tokens_.push_back(std::move(token));
        }
        last_.reset();
    }

    std::vector<SearchToken> tokens_;
    std::optional<SearchToken> word_;
    bool cut_ = false;               ///< the word is longer than what is kept of it
    std::optional<Character> last_;  ///< of a run of a script without spaces
};

}  // namespace

std::vector<SearchToken> search_tokens(std::string_view text) {
    return Tokenizer{}.run(text);
}

std::string search_words(std::string_view text) {
    std::string words;
    words.reserve(text.size() + text.size() / 8);
    for (const SearchToken& token : search_tokens(text)) {
        words.append(words.empty() ? "" : " ").append(token.text);
    }
    return words;
}

}  // namespace parley::core
