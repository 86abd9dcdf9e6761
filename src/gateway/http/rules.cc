#include "gateway/http/rules.h"

#include <algorithm>
#include <utility>

#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

constexpr Refusal kBadTarget{400, "request target is neither a path nor an http URI"};
constexpr Refusal kOtherHost{400, "the request target names another host than Host"};
constexpr Refusal kBadHost{400, "exactly one valid Host is needed"};
constexpr Refusal kBadLength{400, "malformed Content-Length"};
constexpr Refusal kBadCoding{400, "malformed Transfer-Encoding"};
constexpr Refusal kUnknownCoding{501, "only the transfer coding chunked is known"};
constexpr Refusal kTwoFramings{400, "Content-Length together with Transfer-Encoding"};
constexpr Refusal kTraceBody{400, "TRACE with a body"};
constexpr Refusal kUnknownExpectation{417, "only 100-continue can be expected"};
constexpr Refusal kTooLarge{413, "body too large"};

bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

const Refusal* judge_target(const Request& request) {
    const bool brackets = request.target.find_first_of("[]") != std::string::npos;
    const bool origin_form = request.target.starts_with('/') && !brackets;
    const bool asterisk_form = request.target == "*" && request.method == "OPTIONS";
    return origin_form || asterisk_form ? nullptr : &kBadTarget;
}

const Refusal* judge_host(const Request& request) {
    const int count = request.header_count("Host");
    if (count == 0) {
        return request.http_1_1 ? &kBadHost : nullptr;
    }
    return count == 1 && is_valid_host(request.header("Host")) ? nullptr : &kBadHost;
}

/// Digits without a leading zero.
const Refusal* read_content_length(std::string_view value, std::uint64_t& length) {
    constexpr std::size_t kDigitsMax = 18;  // fits 64 bits, and no body is that long
    if (value.empty() || value.size() > kDigitsMax || !all_digits(value)) {
        return &kBadLength;
    }
    if (value.size() > 1 && value.front() == '0') {
        return &kBadLength;
    }
    length = 0;
    for (const char c : value) {
        length = length * 10 + static_cast<unsigned>(c - '0');
    }
    return nullptr;
}

/// Exactly `chunked` is good. Another list of codings is 501 while it could be somebody's, and 400
/// when it makes no sense to anybody: `chunked` twice, or not last, or with parameters.
const Refusal* judge_coding(std::string_view value) {
    if (equals_ignoring_case(value, "chunked")) {
        return nullptr;
    }
    bool malformed = false;
    bool chunked_before = false;
    for_each_element(value, [&](std::string_view coding) {
        malformed = malformed || chunked_before || !is_token(coding);
        chunked_before = equals_ignoring_case(coding, "chunked");
    });
    return malformed ? &kBadCoding : &kUnknownCoding;
}

const Refusal* judge_framing(const Request& request, const ReaderLimits& limits, Framing& framing) {
    const int lengths = request.header_count("Content-Length");
    const int codings = request.header_count("Transfer-Encoding");
    if (codings > 0) {
        if (lengths > 0) {
            return &kTwoFramings;
        }
        if (codings > 1 || !request.http_1_1) {
            return &kBadCoding;
        }
        framing.chunked = true;
        return judge_coding(request.header("Transfer-Encoding"));
    }
    if (lengths > 1) {
        return &kBadLength;
    }
    if (lengths == 1) {
        const auto value = request.header("Content-Length");
        if (const Refusal* bad = read_content_length(value, framing.content_length)) {
            return bad;
        }
    }
    return framing.content_length > limits.body_bytes_max ? &kTooLarge : nullptr;
}

const Refusal* judge_expectation(const Request& request, Framing& framing) {
    if (!request.http_1_1 || request.header_count("Expect") == 0) {
        return nullptr;
    }
    if (!equals_ignoring_case(request.joined_header("Expect"), "100-continue")) {
        return &kUnknownExpectation;
    }
    framing.expects_continue = framing.has_body();
    return nullptr;
}

const Refusal* judge_all(const Request& request, const ReaderLimits& limits, Framing& framing) {
    if (const Refusal* bad = judge_target(request)) {
        return bad;
    }
    if (const Refusal* bad = judge_host(request)) {
        return bad;
    }
    if (const Refusal* bad = judge_framing(request, limits, framing)) {
        return bad;
    }
    if (request.method == "TRACE" && framing.has_body()) {
        return &kTraceBody;
    }
    return judge_expectation(request, framing);
}

bool is_valid_port(std::string_view port) {
    constexpr std::size_t kDigitsMax = 5;
    constexpr unsigned kPortMax = 65535;
    if (port.size() > kDigitsMax || !all_digits(port)) {
        return false;
    }
    unsigned number = 0;
    for (const char c : port) {
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number <= kPortMax;
}

/// What may stand between the brackets of an IP literal: hex, colons, dots (an IPv4 tail).
bool is_address_char(char c) {
    return is(c, kHexDigit) || c == ':' || c == '.';
}

bool is_valid_name(std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '%') {
            if (run_length(name.substr(i + 1, 2), kHexDigit) != 2) {
                return false;
            }
            i += 2;
        } else if (!is(name[i], kHostChar)) {
            return false;
        }
    }
    return !name.empty();
}

}  // namespace

bool is_valid_host(std::string_view host) {
    std::size_t name_end = 0;
    if (host.starts_with('[')) {
        name_end = host.find(']');
        if (name_end == std::string_view::npos || name_end < 3) {
            return false;
        }
        if (!std::ranges::all_of(host.substr(1, name_end - 1), is_address_char)) {
            return false;
        }
        ++name_end;
    } else {
        name_end = std::min(host.find(':'), host.size());
        if (!is_valid_name(host.substr(0, name_end))) {
            return false;
        }
    }
    const std::string_view rest = host.substr(name_end);
    return rest.empty() || (rest.front() == ':' && is_valid_port(rest.substr(1)));
}

std::optional<Refusal> to_origin_form(Request& request) {
    std::string_view rest;
    for (const std::string_view scheme : {"http://", "https://"}) {
        const std::string_view target = request.target;
        if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            rest = target.substr(scheme.size());
        }
    }
    if (rest.data() == nullptr) {
        return std::nullopt;
    }
    const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
    const std::string_view authority = rest.substr(0, path);
    if (!is_valid_host(authority)) {
        return kBadTarget;
    }
    if (request.header_count("Host") > 0 &&
        !equals_ignoring_case(authority, request.header("Host"))) {
        return kOtherHost;
    }
    std::string target{rest.substr(path)};
    if (!target.starts_with('/')) {
        // `OPTIONS http://host` asks about the server as a whole (RFC 9112 §3.2.4).
        target.insert(0, target.empty() && request.method == "OPTIONS" ? "*" : "/");
    }
    request.target = std::move(target);
    return std::nullopt;
}

bool wants_keep_alive(const Request& request) {
    bool close = false;
    bool keep = request.http_1_1;
    for_each_element(request.joined_header("Connection"), [&](std::string_view option) {
        close = close || equals_ignoring_case(option, "close");
        keep = keep || equals_ignoring_case(option, "keep-alive");
    });
    return keep && !close;
}

std::variant<Framing, Refusal> judge_head(const Request& request, const ReaderLimits& limits) {
    Framing framing;
    if (const Refusal* bad = judge_all(request, limits, framing)) {
        return *bad;
    }
    return framing;
}

}  // namespace parley::http
