#pragma once

#include <functional>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace parley::app {

/// Serves with the embedded profile until SIGTERM or SIGINT: everything in one data directory. Blocks.
/// Answers the exit code: 0 after a graceful stop, 1 when it could not start (one line says why).
[[nodiscard]] int serve(const Config& config);

/// Where a server that uses this configuration is spoken to by who may read its data directory.
[[nodiscard]] std::string control_path(const Config& config);

/// Starts the server of the data directory, but for its port, calls `act` while its control socket is open, and stops
/// it: what a server that runs can be asked for can be done without one. `conflict` when one runs. Blocks.
[[nodiscard]] Result<void> offline(const Config& config, const std::function<Result<void>()>& act);

}  // namespace parley::app
