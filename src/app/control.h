#pragma once

#include <string>

#include "app/config.h"
#include "base/result.h"

namespace parley::app {

/// One call of /api/admin or /control, as the operator of the machine.
struct ControlCall {
    std::string method;
    std::string target;  ///< path and query
    std::string body;    ///< JSON; empty: none
    int seconds = 30;    ///< to wait for the answer
};

/// Asks the server that has the data directory; when none runs, one is started for this, without its port, and stopped
/// again. Answers the body. The server's refusal becomes an error with its words. Blocks.
[[nodiscard]] Result<std::string> control(const Config& config, const ControlCall& call);

/// `text` as it can stand in a path or a query (RFC 3986 section 2.1).
[[nodiscard]] std::string percent_encoded(const std::string& text);

}  // namespace parley::app
