#pragma once

#include <string_view>

namespace parley::app {

/// api/openapi.yaml and api/asyncapi.yaml as JSON, built into the program.
[[nodiscard]] std::string_view openapi_json() noexcept;
[[nodiscard]] std::string_view asyncapi_json() noexcept;

}  // namespace parley::app
