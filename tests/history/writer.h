#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/history/history.h"

namespace parley::history {

/// The event as it stands in a file, without a newline.
[[nodiscard]] std::string to_line(const History& history, const Event& event);

/// Writes the devices, then all events. What is wrong, or nothing.
[[nodiscard]] std::string write_file(const History& history, const std::string& path);

}  // namespace parley::history
