#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "gateway/http/http.h"

namespace parley::http {

/// How a request's body comes.
struct Framing {
    bool chunked = false;
    std::uint64_t content_length = 0;
    bool expects_continue = false;

    [[nodiscard]] bool has_body() const noexcept { return chunked || content_length != 0; }
};

/// A target in absolute-form (RFC 9112 §3.2.2: a server must take it) becomes origin-form. Its authority
/// has to be what Host says, as a client must send it (§3.2), so that nothing is lost. Nothing when there
/// is nothing to refuse.
[[nodiscard]] std::optional<Refusal> to_origin_form(Request& request);

/// What a head's fields mean, together, for the connection: the request's framing, or why it must
/// not be believed. Pure; `feed` in http.h lists the rules.
[[nodiscard]] std::variant<Framing, Refusal> judge_head(
    const Request& request, const ReaderLimits& limits
);

/// Whether the connection may serve another request (RFC 9112 §9.3).
[[nodiscard]] bool wants_keep_alive(const Request& request);

/// `uri-host [ ":" port ]` with a host that is not empty.
[[nodiscard]] bool is_valid_host(std::string_view host);

}  // namespace parley::http
