#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace parley::crypto {

/// What one argon2id hash costs (RFC 9106, one lane).
struct PasswordCost {
    std::uint64_t memory_bytes = 0;
    std::uint64_t passes = 0;
};

/// An argon2id hash of `password` with a fresh salt, in the usual "$argon2id$v=19$m=…" form. Slow on purpose
/// (tens of milliseconds): on a pool thread. `internal` when there is no memory for it.
[[nodiscard]] Result<std::string> hash_password(std::string_view password, PasswordCost cost);
/// Looks like a hash of that cost and takes as long to check; no password that anybody can find matches it.
/// Made without the work of one.
[[nodiscard]] std::string unmatchable_hash(PasswordCost cost);
/// True when `hash` is of `password`; false for a hash that cannot be read. As slow as the hash says.
[[nodiscard]] bool password_matches(std::string_view password, const std::string& hash);
/// True when `hash` was made with another cost.
[[nodiscard]] bool needs_rehash(const std::string& hash, PasswordCost cost);

}  // namespace parley::crypto
