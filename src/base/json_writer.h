#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "base/uuid.h"

namespace parley {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Writes one JSON value into a string, append-only: objects and arrays nest by begin/end, commas are
/// its own affair, correct nesting is the caller's.
///
///     JsonWriter json{out};
///     json.begin_object().field("type", "ack").field("seq", 42).end_object();
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    /// The name of the next value. Names are literals of ours: nothing in them needs escaping.
    JsonWriter& name(std::string_view name) {
        comma();
        out_.push_back('"');
        out_.append(name);
        out_.append("\":");
        fresh_ = true;
        return *this;
    }
    JsonWriter& string(std::string_view value) {
        comma();
        append_json_string(out_, value);
        return *this;
    }
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    template <std::integral T>
    JsonWriter& number(T value) {
        comma();
        char digits[24];  // NOLINT(modernize-avoid-c-arrays): to_chars' own form
        const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
        out_.append(std::begin(digits), end);
        return *this;
    }
    JsonWriter& uuid(const Uuid& value) {
        comma();
        out_.push_back('"');
        append_uuid(out_, value);
        out_.push_back('"');
        return *this;
    }
    JsonWriter& time(Timestamp value) {
        comma();
        out_.push_back('"');
        append_rfc3339(out_, value);
        out_.push_back('"');
        return *this;
    }
    /// JSON that is there already.
    JsonWriter& raw(std::string_view json) {
        comma();
        out_.append(json);
        return *this;
    }

    JsonWriter& field(std::string_view key, std::string_view value) {
        return name(key).string(value);
    }
    JsonWriter& field(std::string_view key, const char* value) { return name(key).string(value); }
    JsonWriter& field(std::string_view key, const std::string& value) {
        return name(key).string(value);
    }
    JsonWriter& field(std::string_view key, const Uuid& value) { return name(key).uuid(value); }
    JsonWriter& field(std::string_view key, Timestamp value) { return name(key).time(value); }
    JsonWriter& field(std::string_view key, std::same_as<bool> auto value) {
        return name(key).boolean(value);
    }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    JsonWriter& field(std::string_view key, T value) {
        return name(key).number(value);
    }

private:
    void comma() {
        if (!fresh_) {
            out_.push_back(',');
        }
        fresh_ = false;
    }
    JsonWriter& open(char bracket) {
        comma();
        out_.push_back(bracket);
        fresh_ = true;
        return *this;
    }
    JsonWriter& close(char bracket) {
        out_.push_back(bracket);
        fresh_ = false;
        return *this;
    }

    std::string& out_;
    bool fresh_ = true;  ///< no comma is due
};

}  // namespace parley
