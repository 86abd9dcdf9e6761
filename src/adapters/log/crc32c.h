#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace parley::log {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4). `so_far` continues an earlier one over what follows it.
/// Uses the processor's instruction where there is one.
[[nodiscard]] std::uint32_t crc32c(
    std::span<const std::byte> bytes, std::uint32_t so_far = 0
) noexcept;

/// The same by table, for processors without the instruction and for the test that compares both.
[[nodiscard]] std::uint32_t crc32c_by_table(
    std::span<const std::byte> bytes, std::uint32_t so_far = 0
) noexcept;

}  // namespace parley::log
