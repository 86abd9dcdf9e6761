#include "gateway/http/static_files.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

/// Is it q=0, q=0.0, … ?
bool is_refused(std::string_view parameter) {
    parameter = trim(parameter);
    if (parameter.size() < 3 || !equals_ignoring_case(parameter.substr(0, 2), "q=")) {
        return false;
    }
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

struct Variant {
    std::string_view coding;  ///< empty: as it is
    std::string_view bytes;
};

Variant choose(const StaticFile& file, std::string_view accept_encoding) {
    if (!file.brotli.empty() && accepts_coding(accept_encoding, "br")) {
        return {"br", file.brotli};
    }
    if (!file.gzip.empty() && accepts_coding(accept_encoding, "gzip")) {
        return {"gzip", file.gzip};
    }
    return {"", file.plain};
}

std::string tag_of(const StaticFile& file, const Variant& variant) {
    std::string tag = "\"";
    tag.append(file.tag);
    if (!variant.coding.empty()) {
        tag.append("-").append(variant.coding);
    }
    return tag.append("\"");
}

}  // namespace

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
    bool accepted = false;
    for_each_element(accept_encoding, [&](std::string_view element) {
        const std::size_t end = std::min(element.find(';'), element.size());
        if (equals_ignoring_case(trim(element.substr(0, end)), coding)) {
            accepted = end == element.size() || !is_refused(element.substr(end + 1));
        }
    });
    return accepted;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
    bool named = false;
    for_each_element(if_none_match, [&](std::string_view element) {
        const std::size_t weak = element.starts_with("W/") ? 2 : 0;
        named = named || element == "*" || element.substr(weak) == tag;
    });
    return named;
}

StaticFiles::StaticFiles(std::span<const StaticFile> files, std::string_view policy)
    : files_(files), policy_(policy) {
    PARLEY_ASSERT(std::ranges::is_sorted(files_, {}, &StaticFile::path));
}

std::optional<Response> StaticFiles::answer(const Request& request) const {
    const std::string_view path = request.path();
    const auto found = std::ranges::lower_bound(files_, path, {}, &StaticFile::path);
    if (found == files_.end() || found->path != path) {
        return std::nullopt;
    }
    if (request.method != "GET" && request.method != "HEAD") {
        Response response{.status = 405, .content_type = {}, .headers = {}, .body = {}};
        response.headers.push_back({"Allow", "GET, HEAD"});
        return response;
    }
    const Variant variant = choose(*found, request.joined_header("accept-encoding"));
    const std::string tag = tag_of(*found, variant);
    Response response{.status = 200, .content_type = {}, .headers = {}, .body = {}};
    response.headers.push_back({"ETag", tag});
    response.headers.push_back({"Vary", "Accept-Encoding"});
    response.headers.push_back({"Content-Security-Policy", std::string{policy_}});
    response.headers.push_back(
        {"Cache-Control", found->immutable ? "public, max-age=31536000, immutable" : "no-cache"}
    );
    if (names_tag(request.joined_header("if-none-match"), tag)) {
        response.status = 304;
        return response;
    }
    if (!variant.coding.empty()) {
        response.headers.push_back({"Content-Encoding", std::string{variant.coding}});
    }
    response.content_type = found->content_type;
    response.body = variant.bytes;
    return response;
}

}  // namespace parley::http
