#include "base/hash.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include <sodium.h>

namespace parley {
namespace {

/// "parley hash128 1": public and fixed for ever, because fingerprints are stored.
constexpr std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> kKey{
    'p', 'a', 'r', 'l', 'e', 'y', ' ', 'h', 'a', 's', 'h', '1', '2', '8', ' ', '1'
};

constexpr std::size_t kHeadBytes = 3 * sizeof(std::uint64_t);
/// Parts up to this size are put together on the stack.
constexpr std::size_t kStackBytes = 1024;

void put_u64(unsigned char* at, std::uint64_t value) noexcept {
    for (int i = 0; i < 8; ++i) {
        at[i] = static_cast<unsigned char>(value >> (56 - (8 * i)));
    }
}

std::uint64_t get_u64(const unsigned char* at) noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
        value = (value << 8U) | at[i];
    }
    return value;
}

/// `room` has kHeadBytes and the part's size.
Hash128 hash_in(unsigned char* room, std::string_view part, Hash128 so_far) noexcept {
    put_u64(room, so_far.high);
    put_u64(room + 8, so_far.low);
    put_u64(room + 16, part.size());
    if (!part.empty()) {
        std::memcpy(room + kHeadBytes, part.data(), part.size());
    }
    std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> out{};
    crypto_shorthash_siphashx24(out.data(), room, kHeadBytes + part.size(), kKey.data());
    return {.high = get_u64(out.data()), .low = get_u64(out.data() + 8)};
}

}  // namespace

Hash128 hash128(std::string_view part, Hash128 so_far) noexcept {
    if (kHeadBytes + part.size() <= kStackBytes) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as far as it is used
        std::array<unsigned char, kStackBytes> room;
        return hash_in(room.data(), part, so_far);
    }
    std::basic_string<unsigned char> room(kHeadBytes + part.size(), '\0');
    return hash_in(room.data(), part, so_far);
}

}  // namespace parley
