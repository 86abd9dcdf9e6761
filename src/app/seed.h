#pragma once

#include <cstdint>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace parley::app {

struct SeedOptions {
    std::uint64_t users = 0;
    std::uint64_t messages = 0;
    std::uint64_t contacts = 0;  ///< of each: users from k * (contacts + 1) on know each other
    std::uint64_t payload_bytes = 100;
    std::uint64_t token_days = 30;
    std::string out;
};

/// Makes users with devices, access tokens and (in pairs) direct conversations with stored messages,
/// straight in the stores: for benchmarks and tests. Nobody can log in to them: they have no password.
/// Users are called seed-0, seed-1 …; a data directory is seeded once, before its first start. Blocks.
///
/// `out` gets one JSON line first, `{"parley_seed":1,…}`, then one a user:
/// `{"user_id","username","device_id","access_token","peer_id","conversation_id"}`.
[[nodiscard]] Result<void> seed(const Config& config, const SeedOptions& options);

}  // namespace parley::app
