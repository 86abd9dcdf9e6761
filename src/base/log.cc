#include "base/log.h"

#include <atomic>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/utf8.h"

namespace parley::log {
namespace {

// spdlog puts the time in front: it read the clock for this line, and formats it once per second.
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";

std::string_view name_of(Level level) noexcept {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
        case Level::off:
            break;
    }
    return "off";
}

/// Everything that could end a string or a line, or drive a terminal, is escaped; what is not ASCII
/// passes as it is, so well-formed UTF-8 stays so. Bytes that are not UTF-8 become U+FFFD, because a
/// line that no JSON reader takes helps nobody.
class Escaper {
public:
    explicit Escaper(std::string& out) : out_(out) {}

    void append(std::string_view text) {
        while (!text.empty()) {
            const std::size_t length = character_length(text);
            if (length == 0) {
                out_ += "\xEF\xBF\xBD";
                text.remove_prefix(1);
                continue;
            }
            if (length == 1) {
                append_ascii(text.front());
            } else {
                out_.append(text.substr(0, length));
            }
            text.remove_prefix(length);
        }
    }

private:
    void append_ascii(char c) {
        switch (c) {
            case '"':
                out_ += "\\\"";
                return;
            case '\\':
                out_ += "\\\\";
                return;
            case '\n':
                out_ += "\\n";
                return;
            case '\r':
                out_ += "\\r";
                return;
            case '\t':
                out_ += "\\t";
                return;
            default:
                break;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out_ += c;
        }
    }

    /// Bytes of the UTF-8 character that `text` begins with; 0 when it is none (RFC 3629).
    static std::size_t character_length(std::string_view text) noexcept {
        const auto lead = static_cast<unsigned char>(text.front());
        if (lead < 0x80) {
            return 1;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        return text.size() >= length && is_valid_utf8(text.substr(0, length)) ? length : 0;
    }

    std::string& out_;
};

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    Escaper{out}.append(text);
    out += '"';
}

bool is_plain_word(std::string_view text) noexcept {
    if (text.empty()) {
        return false;
    }
    for (const char c : text) {
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7F) {
            return false;  // a char above 0x7F is negative here and gets quoted, too
        }
    }
    return true;
}

/// Quoted in JSON and, in text, where a reader could not tell where it ends.
void append_string(std::string& out, std::string_view text, bool always_quoted) {
    if (!always_quoted && is_plain_word(text)) {
        out += text;
    } else {
        append_quoted(out, text);
    }
}

void append_value(std::string& out, const Field& field, bool as_json) {
    if (const auto* text = std::get_if<std::string>(&field.value)) {
        append_string(out, *text, as_json);
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        fmt::format_to(std::back_inserter(out), "{}", *integer);
    } else if (const auto* real = std::get_if<double>(&field.value)) {
        if (as_json && !std::isfinite(*real)) {
            out += "null";
        } else {
            fmt::format_to(std::back_inserter(out), "{}", *real);
        }
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

std::string text_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
    std::string line = fmt::format("{:<5} ", name_of(level));
    Escaper{line}.append(event);
    for (const Field& field : fields) {
        line += ' ';
        Escaper{line}.append(field.name);
        line += '=';
        append_value(line, field, false);
    }
    return line;
}

std::string json_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
    std::string line = fmt::format(R"("level":"{}","event":)", name_of(level));
    append_quoted(line, event);
    for (const Field& field : fields) {
        line += ',';
        append_quoted(line, field.name);
        line += ':';
        append_value(line, field, true);
    }
    return line;
}

/// The one writer of the process: log lines of all threads meet at stderr anyway.
struct Writer {
    Writer() { set_format(Format::text); }

    void set_format(Format wanted) {
        format = wanted;
        logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
            wanted == Format::json ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc
        ));
    }

    spdlog::logger logger{"parley", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    std::atomic<Level> level{Level::info};
    std::atomic<Format> format{Format::text};
};

Writer& writer() {
    static Writer instance;
    return instance;
}

}  // namespace

void configure(Level level, Format format) {
    writer().set_format(format);
    writer().level = level;
}

bool enabled(Level level) noexcept {
    return level != Level::off && level >= writer().level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level)) {
        return;
    }
    Writer& out = writer();
    const std::string line = out.format.load(std::memory_order_relaxed) == Format::json
                                 ? json_line(level, event, fields)
                                 : text_line(level, event, fields);
    out.logger.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace parley::log
