#pragma once

#include <string>

namespace parley::app {

/// api/openapi.yaml and api/asyncapi.yaml as JSON, built into the program.
[[nodiscard]] std::string openapi_json();
[[nodiscard]] std::string asyncapi_json();

}  // namespace parley::app
