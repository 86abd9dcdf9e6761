#pragma once

#include <span>
#include <string_view>

namespace parley::auth {

/// What attackers try first, in lower case, sorted: the lines of common_passwords.txt, at least the 3,000 that OWASP
/// ASVS 5 asks for (6.2.4). The build embeds them (tools/embed_lines.py).
[[nodiscard]] std::span<const std::string_view> common_passwords() noexcept;

}  // namespace parley::auth
