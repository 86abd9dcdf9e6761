#pragma once

#include <string_view>

#include "gateway/gateway.h"

namespace parley::gateway {

/// Builds with the CMake option PARLEY_CONFORMANCE can echo WebSocket messages at a path of its own, so that
/// a conformance suite meets the real connection code (tests/conformance). No other build has the path in it.
#ifdef PARLEY_CONFORMANCE
inline constexpr bool kConformance = true;
#else
inline constexpr bool kConformance = false;
#endif

// Defined in such builds only: call them under `if constexpr (kConformance)`.

/// Opens the path, and raises what such a suite passes: messages of 64 MiB and outboxes of 256 MiB. What was
/// negotiated is used for every echo, however small: compression, and the window that the client asked for.
void open_echo(Options& options);
[[nodiscard]] bool is_echo_path(const Options& options, std::string_view path);

}  // namespace parley::gateway
