#pragma once

#include <string>
#include <vector>

namespace parley::app {

/// The command line: `parley serve | checkconfig | defaultconfig | defaultenv | version | admin | bench`.
/// Answers the exit code: 0; 1 for what went wrong; CLI11's own for a command line it cannot read.
[[nodiscard]] int run_command(int argc, char** argv, const std::vector<std::string>& environment);

}  // namespace parley::app
