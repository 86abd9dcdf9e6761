#pragma once

#include <cstdint>

#include "tests/history/history.h"

namespace parley::history {

struct GenerateOptions {
    std::uint64_t events = 100'000;  ///< about as many
    std::uint64_t seed = 1;
    std::uint32_t users = 20;          ///< at least 2; each with two devices
    std::uint32_t conversations = 50;  ///< direct ones, of random pairs
};

/// A history that a right server gives to clients with bad connections: lost answers, retries, refusals,
/// restarts, catching up, receipts, an audit at the end. The same options give the same history.
[[nodiscard]] History generate(const GenerateOptions& options);

}  // namespace parley::history
