#pragma once

#include <string>
#include <string_view>

namespace parley {

/// `text` (UTF-8) as it is compared "without regard to case": Latin, Greek and Cyrillic letters become
/// lower case one by one, everything else stays as it is, malformed bytes too. It is stored as a search
/// key, so what it answers must not change without a migration.
[[nodiscard]] std::string fold_case(std::string_view text);

}  // namespace parley
