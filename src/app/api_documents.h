#pragma once

#include <string>
#include <string_view>

namespace parley::app {

/// api/openapi.yaml and api/asyncapi.yaml as JSON, built into the program.
[[nodiscard]] std::string openapi_json();
[[nodiscard]] std::string asyncapi_json();
/// api/page: the page that shows them.
[[nodiscard]] std::string_view docs_html() noexcept;
[[nodiscard]] std::string_view docs_css() noexcept;
[[nodiscard]] std::string_view docs_js() noexcept;

}  // namespace parley::app
