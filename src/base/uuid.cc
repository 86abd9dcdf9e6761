#include "base/uuid.h"

namespace parley {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
/// 100-ns ticks between 1582-10-15 and 1970-01-01 (RFC 9562 §5.1).
constexpr std::uint64_t kGregorianOffset = 0x01B21DD213814000ULL;
constexpr std::uint64_t kLow62 = (1ULL << 62U) - 1;

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

constexpr bool is_dash(std::size_t at) noexcept {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

void append_uuid(std::string& out, const Uuid& uuid) {
    std::array<char, 36> text{};
    std::size_t nibble = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash(at)) {
            text.at(at) = '-';
            continue;
        }
        const std::uint64_t word = nibble < 16 ? uuid.high : uuid.low;
        text.at(at) = kHex[(word >> (60 - (4 * (nibble % 16)))) & 0xFU];
        ++nibble;
    }
    out.append(text.data(), text.size());
}

std::string to_string(const Uuid& uuid) {
    std::string out;
    append_uuid(out, uuid);
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) noexcept {
    if (text.size() != 36) {
        return std::nullopt;
    }
    std::array<std::uint64_t, 2> words{};
    std::size_t nibble = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash(at)) {
            if (text[at] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const int value = hex_value(text[at]);
        if (value < 0) {
            return std::nullopt;
        }
        auto& word = words.at(nibble / 16);
        word = (word << 4U) | static_cast<std::uint64_t>(value);
        ++nibble;
    }
    return Uuid{words[0], words[1]};
}

Uuid random_uuid(Random& random) noexcept {
    Uuid uuid{random.next(), random.next()};
    uuid.high = (uuid.high & ~0xF000ULL) | 0x4000ULL;
    uuid.low = (uuid.low & kLow62) | (1ULL << 63U);
    return uuid;
}

Uuid time_uuid(Timestamp time, std::uint64_t low62) noexcept {
    const std::uint64_t t = static_cast<std::uint64_t>(time.ticks) + kGregorianOffset;
    const std::uint64_t high =
        (t << 32U) | ((t >> 16U) & 0xFFFF0000ULL) | 0x1000ULL | ((t >> 48U) & 0x0FFFULL);
    return {high, (low62 & kLow62) | (1ULL << 63U)};
}

bool is_time_uuid(const Uuid& uuid) noexcept {
    return (uuid.high & 0xF000ULL) == 0x1000ULL && (uuid.low >> 62U) == 2;
}

Timestamp uuid_time(const Uuid& uuid) noexcept {
    const std::uint64_t t = (uuid.high >> 32U) | ((uuid.high & 0xFFFF0000ULL) << 16U) |
                            ((uuid.high & 0x0FFFULL) << 48U);
    return {static_cast<std::int64_t>(t - kGregorianOffset)};
}

std::uint64_t uuid_low62(const Uuid& uuid) noexcept {
    return uuid.low & kLow62;
}

}  // namespace parley
