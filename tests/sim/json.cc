#include "tests/sim/json.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace parley::sim {
namespace {

constexpr int kDepthMax = 32;

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80U) {
        put(code);
    } else if (code < 0x800U) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000U) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

/// Reads a text from left to right; the first mistake ends it.
class Parser {
public:
    explicit Parser(std::string_view text) : left_(text) {}

    std::optional<Json> whole() {
        Json value;
        if (!read(value, 0)) {
            return std::nullopt;
        }
        skip_space();
        if (!left_.empty()) {
            return std::nullopt;
        }
        return value;
    }

private:
    bool read(Json& out, int depth) {
        skip_space();
        if (left_.empty() || depth > kDepthMax) {
            return false;
        }
        switch (left_.front()) {
            case '{':
                return read_object(out, depth);
            case '[':
                return read_list(out, depth);
            case '"':
                out.kind = Json::Kind::text;
                return read_text(out.text);
            case 't':
                out.kind = Json::Kind::boolean;
                out.truth = true;
                return take("true");
            case 'f':
                out.kind = Json::Kind::boolean;
                return take("false");
            case 'n':
                return take("null");
            default:
                return read_number(out);
        }
    }

    bool read_object(Json& out, int depth) {
        out.kind = Json::Kind::object;
        left_.remove_prefix(1);
        skip_space();
        if (take("}")) {
            return true;
        }
        do {
            skip_space();
            Json& field = out.items.emplace_back();
            if (left_.empty() || left_.front() != '"' || !read_text(field.name)) {
                return false;
            }
            skip_space();
            if (!take(":") || !read(field, depth + 1)) {
                return false;
            }
            skip_space();
        } while (take(","));
        return take("}");
    }

    bool read_list(Json& out, int depth) {
        out.kind = Json::Kind::list;
        left_.remove_prefix(1);
        skip_space();
        if (take("]")) {
            return true;
        }
        do {
            if (!read(out.items.emplace_back(), depth + 1)) {
                return false;
            }
            skip_space();
        } while (take(","));
        return take("]");
    }

    bool read_number(Json& out) {
        out.kind = Json::Kind::number;
        const bool negative = take("-");
        if (left_.empty() || left_.front() < '0' || left_.front() > '9') {
            return false;
        }
        while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9') {
            out.number = out.number * 10 + (left_.front() - '0');
            left_.remove_prefix(1);
        }
        out.number = negative ? -out.number : out.number;
        return true;
    }

    bool read_text(std::string& out) {
        left_.remove_prefix(1);
        for (;;) {
            const std::size_t plain = left_.find_first_of("\"\\");
            if (plain == std::string_view::npos) {
                return false;
            }
            out.append(left_.substr(0, plain));
            const char mark = left_[plain];
            left_.remove_prefix(plain + 1);
            if (mark == '"') {
                return true;
            }
            if (!read_escape(out)) {
                return false;
            }
        }
    }

    bool read_escape(std::string& out) {
        if (left_.empty()) {
            return false;
        }
        const char kind = left_.front();
        left_.remove_prefix(1);
        static constexpr std::string_view kKinds = "\"\\/bfnrt";
        static constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        if (const std::size_t at = kKinds.find(kind); at != std::string_view::npos) {
            out.push_back(kMeant[at]);
            return true;
        }
        std::uint32_t code = 0;
        if (kind != 'u' || !read_hex(code)) {
            return false;
        }
        if (code >= 0xD800U && code < 0xDC00U) {
            std::uint32_t low = 0;
            if (!take("\\u") || !read_hex(low) || low < 0xDC00U || low > 0xDFFFU) {
                return false;
            }
            code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
        }
        append_utf8(out, code);
        return true;
    }

    bool read_hex(std::uint32_t& code) {
        if (left_.size() < 4) {
            return false;
        }
        for (const char c : left_.substr(0, 4)) {
            const std::string_view digits = "0123456789abcdef";
            const std::size_t value =
                digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
            if (value == std::string_view::npos) {
                return false;
            }
            code = code * 16 + static_cast<std::uint32_t>(value);
        }
        left_.remove_prefix(4);
        return true;
    }

    bool take(std::string_view word) {
        if (!left_.starts_with(word)) {
            return false;
        }
        left_.remove_prefix(word.size());
        return true;
    }
    void skip_space() {
        const std::size_t at = left_.find_first_not_of(" \t\r\n");
        left_.remove_prefix(at == std::string_view::npos ? left_.size() : at);
    }

    std::string_view left_;
};

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20U) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            out.append(escape.data());
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

const Json* Json::find(std::string_view field) const noexcept {
    const auto at = std::ranges::find(items, field, &Json::name);
    return kind == Kind::object && at != items.end() ? &*at : nullptr;
}

const std::string& Json::string(std::string_view field) const noexcept {
    static const std::string none;
    const Json* const value = find(field);
    return value == nullptr ? none : value->text;
}

std::uint64_t Json::integer(std::string_view field) const noexcept {
    const Json* const value = find(field);
    return value == nullptr ? 0 : static_cast<std::uint64_t>(value->number);
}

bool Json::flag(std::string_view field) const noexcept {
    const Json* const value = find(field);
    return value != nullptr && value->truth;
}

std::optional<Json> parse_json(std::string_view text) {
    return Parser{text}.whole();
}

void JsonObject::begin(std::string_view name) {
    if (text_.size() > 1) {
        text_.push_back(',');
    }
    append_quoted(text_, name);
    text_.push_back(':');
}

JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
    begin(name);
    append_quoted(text_, value);
    return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::uint64_t value) {
    begin(name);
    text_.append(std::to_string(value));
    return *this;
}

JsonObject& JsonObject::add_flag(std::string_view name, bool value) {
    return add_raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view value) {
    begin(name);
    text_.append(value);
    return *this;
}

}  // namespace parley::sim
