#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// JSON as a client of the protocol needs it. What the server's own writer made is read by simdjson, and what
/// simdjson reads in the server is written here: a mistake in one does not hide in the other.

namespace parley::sim {

struct Json {
    enum class Kind : unsigned char {
        null,
        boolean,
        number,
        text,
        list,
        object
    };
    Kind kind = Kind::null;
    bool truth = false;
    std::int64_t number = 0;  ///< whole numbers only; the protocol has no others
    std::string text;
    std::string name;         ///< when it is a field of an object
    std::vector<Json> items;  ///< of a list, or the fields of an object

    /// The field of an object; null when it is not there.
    [[nodiscard]] const Json* find(std::string_view field) const noexcept;
    /// The field's text; empty when it is not there or no text.
    [[nodiscard]] const std::string& string(std::string_view field) const noexcept;
    /// The field's number; 0 when it is not there or no number.
    [[nodiscard]] std::uint64_t integer(std::string_view field) const noexcept;
    [[nodiscard]] bool flag(std::string_view field) const noexcept;
};

/// Nothing for anything that is not one JSON value (RFC 8259), and for numbers that are not whole.
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

/// Writes one object, field by field.
class JsonObject {
public:
    explicit JsonObject(std::string_view type) { add("type", type); }
    JsonObject() = default;
    JsonObject& add(std::string_view name, std::string_view value);
    JsonObject& add(std::string_view name, std::uint64_t value);
    JsonObject& add(std::string_view name, const char* value) {
        return add(name, std::string_view{value});
    }
    JsonObject& add_flag(std::string_view name, bool value);
    /// `value` is JSON already.
    JsonObject& add_raw(std::string_view name, std::string_view value);
    [[nodiscard]] std::string take() {
        text_.push_back('}');
        return std::move(text_);
    }

private:
    void begin(std::string_view name);
    std::string text_ = "{";
};

}  // namespace parley::sim
