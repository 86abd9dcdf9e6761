#include "base/time.h"

#include <algorithm>
#include <array>

namespace parley {
namespace {

void put_digits(char* at, int width, std::int64_t value) noexcept {
    for (int i = width - 1; i >= 0; --i) {
        at[i] = static_cast<char>('0' + (value % 10));
        value /= 10;
    }
}

std::optional<int> digits(std::string_view text) noexcept {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = (value * 10) + (c - '0');
    }
    return value;
}

}  // namespace

void append_rfc3339(std::string& out, Timestamp time) {
    namespace chrono = std::chrono;
    const chrono::sys_time<chrono::milliseconds> point{chrono::milliseconds{time.millis()}};
    const auto day = chrono::floor<chrono::days>(point);
    const chrono::year_month_day date{day};
    const auto of_day = (point - day).count();
    std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                              '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
    put_digits(text.data(), 4, static_cast<int>(date.year()));
    put_digits(&text[5], 2, static_cast<unsigned>(date.month()));
    put_digits(&text[8], 2, static_cast<unsigned>(date.day()));
    put_digits(&text[11], 2, of_day / 3'600'000);
    put_digits(&text[14], 2, of_day / 60'000 % 60);
    put_digits(&text[17], 2, of_day / 1'000 % 60);
    put_digits(&text[20], 3, of_day % 1'000);
    out.append(text.data(), text.size());
}

std::string to_rfc3339(Timestamp time) {
    std::string out;
    append_rfc3339(out, time);
    return out;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
    namespace chrono = std::chrono;
    if (text.size() != 24 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z') {
        return std::nullopt;
    }
    const auto y = digits(text.substr(0, 4));
    const auto mo = digits(text.substr(5, 2));
    const auto d = digits(text.substr(8, 2));
    const auto h = digits(text.substr(11, 2));
    const auto mi = digits(text.substr(14, 2));
    const auto s = digits(text.substr(17, 2));
    const auto ms = digits(text.substr(20, 3));
    if (!y || !mo || !d || !h || !mi || !s || !ms || *h > 23 || *mi > 59 || *s > 59) {
        return std::nullopt;
    }
    const chrono::year_month_day date{
        chrono::year{*y},
        chrono::month{static_cast<unsigned>(*mo)},
        chrono::day{static_cast<unsigned>(*d)}
    };
    if (!date.ok()) {
        return std::nullopt;
    }
    const auto point = chrono::sys_days{date} + chrono::hours{*h} + chrono::minutes{*mi} +
                       chrono::seconds{*s} + chrono::milliseconds{*ms};
    return Timestamp::from_millis(
        chrono::duration_cast<chrono::milliseconds>(point.time_since_epoch()).count()
    );
}

std::optional<Timestamp> parse_any_rfc3339(std::string_view text) {
    constexpr std::size_t kToSeconds = 19;
    constexpr std::int64_t kMillisMax = 253'402'300'799'999;
    if (text.size() <= kToSeconds || (text[10] != 'T' && text[10] != 't')) {
        return std::nullopt;
    }
    std::string canonical(text.substr(0, kToSeconds));
    canonical[10] = 'T';
    std::string_view rest = text.substr(kToSeconds);
    std::string millis = "000";
    if (rest.front() == '.') {
        const std::size_t end = rest.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::size_t kept = std::min<std::size_t>(end - 1, 3);
        millis.replace(0, kept, rest.substr(1, kept));
        rest.remove_prefix(end);
    }
    canonical.append(".").append(millis).append("Z");
    const auto local = parse_rfc3339(canonical);
    std::int64_t minutes_ahead = 0;
    if (rest != "Z" && rest != "z") {
        if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
            return std::nullopt;
        }
        const auto hours = digits(rest.substr(1, 2));
        const auto minutes = digits(rest.substr(4, 2));
        if (!hours || !minutes || *hours > 23 || *minutes > 59) {
            return std::nullopt;
        }
        minutes_ahead = (rest[0] == '-' ? -1 : 1) * (std::int64_t{*hours} * 60 + *minutes);
    }
    if (!local) {
        return std::nullopt;
    }
    const std::int64_t utc = local->millis() - minutes_ahead * 60'000;
    return utc < 0 || utc > kMillisMax ? std::nullopt : std::optional(Timestamp::from_millis(utc));
}

}  // namespace parley
