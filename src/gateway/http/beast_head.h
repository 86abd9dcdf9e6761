#pragma once

#include <string_view>

#include "gateway/http/http.h"

namespace parley::http {

/// Splits a whole head into `request`'s method, target, version and headers with Beast's parser.
/// False when Beast refuses it, or takes less than all of it. The one place that compiles Beast.
[[nodiscard]] bool split_head(std::string_view head, Request& request);

}  // namespace parley::http
