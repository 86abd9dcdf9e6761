#include "base/uuid.h"

namespace parley {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
/// 100-ns ticks between 1582-10-15 and 1970-01-01 (RFC 9562 §5.1).
constexpr std::uint64_t kGregorianOffset = 0x01B21DD213814000ULL;
constexpr std::uint64_t kLow62 = (1ULL << 62U) - 1;

/// The two digits of each byte.
constexpr std::array<char, 512> kPairs = [] {
    std::array<char, 512> pairs{};
    for (std::size_t i = 0; i < 256; ++i) {
        pairs[2 * i] = kHex[i >> 4U];
        pairs[(2 * i) + 1] = kHex[i & 0xFU];
    }
    return pairs;
}();

/// The value of each digit, -1 for what is none.
constexpr std::array<signed char, 256> kValues = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < 16; ++i) {
        values[static_cast<unsigned char>(kHex[i])] = static_cast<signed char>(i);
    }
    for (std::size_t i = 10; i < 16; ++i) {
        values['A' + i - 10] = static_cast<signed char>(i);
    }
    return values;
}();

int hex_value(char c) noexcept {
    return kValues[static_cast<unsigned char>(c)];
}

constexpr bool is_dash(std::size_t at) noexcept {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

void append_uuid(std::string& out, const Uuid& uuid) {
    const std::size_t start = out.size();
    out.append("00000000-0000-0000-0000-000000000000");
    char* at = out.data() + start;
    for (std::size_t byte = 0; byte < 16; ++byte) {
        const std::uint64_t word = byte < 8 ? uuid.high : uuid.low;
        const std::size_t value = (word >> (56 - (8 * (byte % 8)))) & 0xFFU;
        at += byte == 4 || byte == 6 || byte == 8 || byte == 10 ? 1 : 0;
        *at++ = kPairs[2 * value];
        *at++ = kPairs[(2 * value) + 1];
    }
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
