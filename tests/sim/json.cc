#include "tests/sim/json.h"

#include <algorithm>
#include <array>

#include <simdjson.h>

namespace parley::sim {
namespace {

/// Copies what was read; false for what no frame has: a number that is not whole.
// NOLINTNEXTLINE(misc-no-recursion): simdjson has bounded the depth
bool copy(const simdjson::dom::element& from, Json& to) {
    switch (from.type()) {
        case simdjson::dom::element_type::OBJECT: {
            to.kind = Json::Kind::object;
            const simdjson::dom::object fields = from;
            to.items.reserve(fields.size());
            for (const auto& field : fields) {
                Json& item = to.items.emplace_back();
                item.name = field.key;
                if (!copy(field.value, item)) {
                    return false;
                }
            }
            return true;
        }
        case simdjson::dom::element_type::ARRAY: {
            to.kind = Json::Kind::list;
            const simdjson::dom::array items = from;
            to.items.reserve(items.size());
            return std::ranges::all_of(items, [&to](const simdjson::dom::element& item) {
                return copy(item, to.items.emplace_back());
            });
        }
        case simdjson::dom::element_type::STRING:
            to.kind = Json::Kind::text;
            to.text = std::string_view{from};
            return true;
        case simdjson::dom::element_type::INT64:
            to.kind = Json::Kind::number;
            to.number = from;
            return true;
        case simdjson::dom::element_type::BOOL:
            to.kind = Json::Kind::boolean;
            to.truth = from;
            return true;
        case simdjson::dom::element_type::NULL_VALUE:
            return true;
        case simdjson::dom::element_type::UINT64:
        case simdjson::dom::element_type::DOUBLE:
            break;
    }
    return false;
}

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20U) {
            static constexpr std::string_view kHex = "0123456789abcdef";
            out.append("\\u00");
            out.push_back(kHex[static_cast<unsigned char>(c) >> 4U]);
            out.push_back(kHex[static_cast<unsigned char>(c) & 0xFU]);
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
    static thread_local simdjson::dom::parser parser;
    simdjson::dom::element element;
    Json json;
    if (parser.parse(text.data(), text.size()).get(element) != simdjson::SUCCESS ||
        !copy(element, json)) {
        return std::nullopt;
    }
    return json;
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
