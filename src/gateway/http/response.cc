#include <algorithm>
#include <array>
#include <chrono>

#include "base/assert.h"
#include "gateway/http/http.h"
#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    PARLEY_ASSERT(is_token(name));
    PARLEY_ASSERT(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    out.append(name).append(": ").append(value).append("\r\n");
}

/// 1xx, 204 and 304 end with their head (RFC 9112 §6.3).
bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void append_two_digits(std::string& out, unsigned value) {
    out.push_back(static_cast<char>('0' + value / 10));
    out.push_back(static_cast<char>('0' + value % 10));
}

}  // namespace

std::string encode_response(const Response& response, const WriteOptions& options) {
    PARLEY_ASSERT(response.status >= 100);
    PARLEY_ASSERT(response.status <= 599);
    constexpr std::size_t kUsualHeadBytes = 256;
    std::string out;
    out.reserve(kUsualHeadBytes + (options.head_only ? 0 : response.body.size()));
    out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    out.append(reason_phrase(response.status)).append("\r\n");
    if (!options.date.empty()) {
        append_field(out, "Date", options.date);
    }
    const bool with_body = has_body(response.status);
    if (with_body) {
        append_field(out, "Content-Length", std::to_string(response.body.size()));
        if (!response.content_type.empty()) {
            append_field(out, "Content-Type", response.content_type);
        }
    }
    if (!options.keep_alive) {
        append_field(out, "Connection", "close");
    } else if (options.http_1_0) {
        append_field(out, "Connection", "keep-alive");
    }
    for (const HeaderField& field : response.headers) {
        append_field(out, field.name, field.value);
    }
    out.append("\r\n");
    if (with_body && !options.head_only) {
        out.append(response.body);
    }
    return out;
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

std::string imf_date(std::int64_t unix_seconds) {
    using namespace std::chrono;
    constexpr std::array<std::string_view, 7> kDays{
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
    };
    constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const sys_seconds time{seconds{unix_seconds}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::string text;
    text.append(kDays[weekday{day}.c_encoding()]).append(", ");
    append_two_digits(text, static_cast<unsigned>(date.day()));
    text.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    append_two_digits(text, year / 100);
    append_two_digits(text, year % 100);
    text.append(" ");
    append_two_digits(text, static_cast<unsigned>(clock.hours().count()));
    text.append(":");
    append_two_digits(text, static_cast<unsigned>(clock.minutes().count()));
    text.append(":");
    append_two_digits(text, static_cast<unsigned>(clock.seconds().count()));
    return text.append(" GMT");
}

}  // namespace parley::http
