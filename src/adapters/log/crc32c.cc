#include "adapters/log/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace parley::log {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // bit-reversed

constexpr std::array<std::uint32_t, 256> make_table() noexcept {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? kPolynomial : 0U);
        }
        table[i] = value;
    }
    return table;
}

constexpr auto kTable = make_table();

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(
    std::span<const std::byte> bytes, std::uint32_t so_far
) noexcept {
    std::uint64_t crc = ~so_far;
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        crc = _mm_crc32_u64(crc, word);
        at += sizeof(word);
    }
    auto narrow = static_cast<std::uint32_t>(crc);
    for (; left > 0; --left) {
        narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at++));
    }
    return ~narrow;
}

bool has_instruction() noexcept {
    return __builtin_cpu_supports("sse4.2") != 0;
}

#else

std::uint32_t crc32c_by_instruction(std::span<const std::byte>, std::uint32_t) noexcept {
    return 0;
}

bool has_instruction() noexcept {
    return false;
}

#endif

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t so_far) noexcept {
    std::uint32_t crc = ~so_far;
    for (const std::byte byte : bytes) {
        crc = kTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t so_far) noexcept {
    static const bool by_instruction = has_instruction();
    return by_instruction ? crc32c_by_instruction(bytes, so_far) : crc32c_by_table(bytes, so_far);
}

}  // namespace parley::log
