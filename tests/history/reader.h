#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tests/history/history.h"

namespace parley::history {

/// A file that cannot be judged: "FILE:LINE: why".
struct Unreadable {
    std::string why;
};

/// Reads the files and puts their lines into one order: by time, those of the same time as they stand. Strict:
/// the first line that README.md does not explain ends it. Needs some 120 bytes of memory for each line. A line
/// has at most 256 KiB.
[[nodiscard]] std::variant<History, Unreadable> read_files(const std::vector<std::string>& paths);

}  // namespace parley::history
