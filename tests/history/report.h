#pragma once

#include <string>

#include "tests/history/checker.h"
#include "tests/history/measures.h"

namespace parley::history {

/// What a person wants to know: counts, times, what is broken, and the first counter-example with 20 lines
/// around it.
[[nodiscard]] std::string to_text(
    const History& history, const Verdict& verdict, Measures& measures
);

}  // namespace parley::history
