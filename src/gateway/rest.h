#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/front.h"
#include "gateway/http/http.h"

namespace parley::gateway {

/// Answers one request that is not a WebSocket upgrade: finds the route (404, then 405 with Allow, then
/// 401 and 403), and calls it. `address` is the peer's, for limits; `control`: it came through the control socket.
/// Never fails: an error is an answer.
[[nodiscard]] runtime::Task<http::Response> handle_request(
    Front* front, http::Request request, std::string address, bool control
);

/// The token of the one `Authorization: Bearer` field (RFC 6750 §2.1, the scheme in any case: RFC 9110
/// §11.1); nothing when there is another scheme, no such field, or more than one.
[[nodiscard]] std::optional<std::string_view> bearer_token(const http::Request& request) noexcept;

/// The access token that a login with `cookie: true` has put into a cookie, for the WebSocket on `/` alone; only for
/// a page of this very server, as its one Origin field says. Empty: none.
[[nodiscard]] std::string access_cookie(const http::Request& request, bool secure);

/// Adds what browsers are to be told with every answer, where it does not say otherwise itself: nothing in it runs,
/// is framed, sniffed, cached or read by other sites (OWASP ASVS 5, 3.2 to 3.4 and 14.3), and over TLS, that
/// there is nothing but TLS.
void protect(http::Response& response, bool secure);

/// True when `origin` is that of a page which this server itself served under `host` (the Host field).
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host) noexcept;

}  // namespace parley::gateway
