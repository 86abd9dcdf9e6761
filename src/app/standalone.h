#pragma once

#include "app/config.h"

namespace parley::app {

/// Serves with the embedded profile until SIGTERM or SIGINT: everything in one data directory. Blocks.
/// Answers the exit code: 0 after a graceful stop, 1 when it could not start (one line says why).
[[nodiscard]] int serve(const Config& config);

}  // namespace parley::app
