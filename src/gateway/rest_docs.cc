#include <array>
#include <utility>

#include "gateway/rest_call.h"

/// The API for people, at /docs: a page that reads the two documents in the browser. It needs nothing from elsewhere, and
/// may do nothing else.

namespace parley::gateway {
namespace {

http::Response file(std::string type, const std::string& content) {
    http::Response response{
        .status = 200, .content_type = std::move(type), .headers = {}, .body = content
    };
    response.headers.push_back({"Cache-Control", "no-cache"});
    return response;
}

runtime::Task<http::Response> page(Call call) {
    http::Response response = file("text/html; charset=utf-8", call.front->options().docs_html);
    response.headers.push_back(
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "require-trusted-types-for 'script'; trusted-types 'none'; "
         "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
    );
    co_return response;
}

runtime::Task<http::Response> style(Call call) {
    co_return file("text/css; charset=utf-8", call.front->options().docs_css);
}

runtime::Task<http::Response> script(Call call) {
    co_return file("text/javascript; charset=utf-8", call.front->options().docs_js);
}

constexpr std::array kRoutes{
    Route{.method = "GET", .pattern = "/docs", .handler = &page, .authenticated = false},
    Route{.method = "GET", .pattern = "/docs/page.css", .handler = &style, .authenticated = false},
    Route{.method = "GET", .pattern = "/docs/page.js", .handler = &script, .authenticated = false},
};

}  // namespace

std::span<const Route> docs_routes() noexcept {
    return kRoutes;
}

}  // namespace parley::gateway
