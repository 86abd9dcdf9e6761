#include "base/time.h"

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

}  // namespace parley
