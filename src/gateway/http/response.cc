#include <algorithm>
#include <array>
#include <chrono>

#include "base/assert.h"
#include "gateway/http/http.h"
#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

struct Reason {
    int status = 0;
    std::string_view phrase;
};

// RFC 9110 §15 and, for 428 to 431, RFC 6585; in order.
constexpr auto kReasons = std::to_array<Reason>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
});

void append_field(std::string& out, std::string_view name, std::string_view value) {
    PARLEY_ASSERT(is_token(name));
    PARLEY_ASSERT(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    out.append(name).append(": ").append(value).append("\r\n");
}

/// 1xx, 204 and 304 end with their head (RFC 9112 §6.3).
bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string connection_options(const Response& response, const WriteOptions& options) {
    std::string value;
    if (!options.keep_alive) {
        value = "close";
    } else if (options.http_1_0) {
        value = "keep-alive";
    }
    const auto is_upgrade = [](const HeaderField& field) {
        return equals_ignoring_case(field.name, "Upgrade");
    };
    if (std::ranges::any_of(response.headers, is_upgrade)) {
        value.append(value.empty() ? "" : ", ").append("Upgrade");
    }
    return value;
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
        const std::uint64_t bytes =
            response.source == nullptr ? response.body.size() : response.source->bytes();
        append_field(out, "Content-Length", std::to_string(bytes));
        if (!response.content_type.empty()) {
            append_field(out, "Content-Type", response.content_type);
        }
    }
    if (const std::string connection = connection_options(response, options); !connection.empty()) {
        append_field(out, "Connection", connection);
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
    const auto* const found = std::ranges::lower_bound(kReasons, status, {}, &Reason::status);
    return found != kReasons.end() && found->status == status ? found->phrase : "Unknown";
}

std::string imf_date(std::int64_t unix_seconds) {
    namespace chrono = std::chrono;
    constexpr std::array<std::string_view, 7> kDays{
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
    };
    constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const chrono::sys_seconds time{chrono::seconds{unix_seconds}};
    const auto day = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date{day};
    const chrono::hh_mm_ss clock{time - day};
    std::string text;
    text.append(kDays[chrono::weekday{day}.c_encoding()]).append(", ");
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
