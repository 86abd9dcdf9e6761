#pragma once

/// Bugs stop the process (ARCHITECTURE.md, "Errors"): PARLEY_ASSERT is for what only our own mistake
/// can break, and stays on in release builds. What a client, a file or a clock can cause is a Result.

namespace parley {

/// Prints the broken condition and where it stands to stderr, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace parley

#define PARLEY_ASSERT(condition)                                        \
    do {                                                                \
        if (!(condition)) [[unlikely]] {                                \
            ::parley::assertion_failed(#condition, __FILE__, __LINE__); \
        }                                                               \
    } while (false)
