#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace parley::log {

enum class Level : unsigned char {
    debug,
    info,
    warn,
    error,
    off
};
enum class Format : unsigned char {
    text,
    json
};

/// One field of a structured line. Never message content, tokens, passwords, e-mail or phone numbers.
struct Field {
    std::string_view name;
    std::variant<std::string, std::int64_t, double, bool> value;

    Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
    Field(std::string_view n, const std::string& v) : name(n), value(v) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    template <class Integer>
        requires std::is_integral_v<Integer>
    Field(std::string_view n, Integer v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

/// Lines go to stderr, one per event, with time, level, event name and fields. Thread-safe.
/// `configure` is called once, by main; before it: info, text.
void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level) noexcept;

/// `event` is a short fixed name ("server started"), never a sentence with values in it.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::debug)) {
        write(Level::debug, event, fields);
    }
}

}  // namespace parley::log
