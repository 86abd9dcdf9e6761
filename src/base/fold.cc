#include "base/fold.h"

#include <cstddef>
#include <cstdint>

namespace parley {
namespace {

constexpr bool within(std::uint32_t point, std::uint32_t first, std::uint32_t last) noexcept {
    return point >= first && point <= last;
}

std::uint32_t fold_latin(std::uint32_t point) noexcept {
    if (within(point, 0x00C0, 0x00DE) && point != 0x00D7) {
        return point + 0x20;
    }
    const bool even_is_upper = within(point, 0x0100, 0x0137) || within(point, 0x014A, 0x0177);
    const bool odd_is_upper = within(point, 0x0139, 0x0148) || within(point, 0x0179, 0x017E);
    if (point == 0x0130 || point == 0x0131) {  // Turkish dotted I and dotless i are no pair
        return point;
    }
    if ((even_is_upper && point % 2 == 0) || (odd_is_upper && point % 2 == 1)) {
        return point + 1;
    }
    return point == 0x0178 ? 0x00FF : point;
}

std::uint32_t fold_greek(std::uint32_t point) noexcept {
    if (within(point, 0x0391, 0x03AB) && point != 0x03A2) {
        return point + 0x20;
    }
    switch (point) {
        case 0x0386:
            return 0x03AC;
        case 0x0388:
        case 0x0389:
        case 0x038A:
            return point + 37;
        case 0x038C:
            return 0x03CC;
        case 0x038E:
        case 0x038F:
            return point + 63;
        case 0x03C2:  // final sigma
            return 0x03C3;
        default:
            return point;
    }
}

std::uint32_t fold_cyrillic(std::uint32_t point) noexcept {
    if (within(point, 0x0400, 0x040F)) {
        return point + 0x50;
    }
    if (within(point, 0x0410, 0x042F)) {
        return point + 0x20;
    }
    const bool even_is_upper = within(point, 0x0460, 0x0481) || within(point, 0x048A, 0x04BF) ||
                               within(point, 0x04D0, 0x052F);
    const bool odd_is_upper = within(point, 0x04C1, 0x04CE);
    if ((even_is_upper && point % 2 == 0) || (odd_is_upper && point % 2 == 1)) {
        return point + 1;
    }
    return point;
}

std::uint32_t fold_point(std::uint32_t point) noexcept {
    if (point < 0x0180) {
        return fold_latin(point);
    }
    if (within(point, 0x0370, 0x03FF)) {
        return fold_greek(point);
    }
    return within(point, 0x0400, 0x052F) ? fold_cyrillic(point) : point;
}

constexpr std::uint32_t byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

}  // namespace

std::string fold_case(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::uint32_t lead = byte_at(text, at);
        // All letters that have case here take one byte, or two: 110xxxxx 10xxxxxx.
        if ((lead & 0xE0U) == 0xC0U && at + 1 < text.size() &&
            (byte_at(text, at + 1) & 0xC0U) == 0x80U) {
            const std::uint32_t point =
                fold_point(((lead & 0x1FU) << 6U) | (byte_at(text, at + 1) & 0x3FU));
            folded.push_back(static_cast<char>(0xC0U | (point >> 6U)));
            folded.push_back(static_cast<char>(0x80U | (point & 0x3FU)));
            ++at;
            continue;
        }
        const bool upper = lead >= 'A' && lead <= 'Z';
        folded.push_back(upper ? static_cast<char>(lead + 0x20) : text[at]);
    }
    return folded;
}

}  // namespace parley
