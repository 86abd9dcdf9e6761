#pragma once

#include <span>

#include "gateway/http/static_files.h"

namespace parley::app {

/// The built web client (web/dist), part of the program; empty when it was built without one.
[[nodiscard]] std::span<const http::StaticFile> web_files() noexcept;

/// What the web client's pages may do: no inline script or style, nothing from elsewhere, Trusted Types.
inline constexpr std::string_view kWebPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html parley";

}  // namespace parley::app
