#pragma once

namespace parley::core {

/// A letter as it is searched: lower case, without accents, wide forms as narrow ones, for Latin, Greek,
/// Cyrillic and Armenian; every other character is itself. The search index holds what this answers: a
/// change needs a new version of the index (adapters/sqlite/search_index.cc).
[[nodiscard]] char32_t fold_letter(char32_t point) noexcept;

}  // namespace parley::core
