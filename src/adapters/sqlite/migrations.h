#pragma once

#include <cstdint>
#include <span>

#include "adapters/sqlite/connection.h"

namespace parley::sqlite {

/// The schema, as the steps that lead to it: step i takes a file of version i to version i + 1. A step that
/// has been released is never changed.
[[nodiscard]] std::span<const char* const> migrations();

/// Brings the file to the newest version, each step in a transaction of its own. Refuses, unchanged, a file
/// of a newer version and one that belongs to another program.
[[nodiscard]] Result<void> migrate(Connection& connection);
/// The same with other steps, for tests.
[[nodiscard]] Result<void> migrate(Connection& connection, std::span<const char* const> steps);

}  // namespace parley::sqlite
