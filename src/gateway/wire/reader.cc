#include <cstring>

#include <simdjson.h>

#include "gateway/wire/wire.h"

namespace parley::wire {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kRefBytesMax = 128;

Error wrong(std::string_view name, std::string_view expected) {
    std::string detail{name};
    detail.append(" must be ").append(expected);
    return {ErrorCode::invalid_request, std::move(detail)};
}

template <class Room>
dom::element unpack(const Room& room) noexcept {
    dom::element element;
    static_assert(sizeof(element) <= sizeof(room));
    static_assert(std::is_trivially_copyable_v<dom::element>);
    std::memcpy(static_cast<void*>(&element), &room, sizeof(element));
    return element;
}

/// The field's value; nothing when it is absent or null.
std::optional<dom::element> field(dom::element object, std::string_view name) noexcept {
    dom::element value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

class JsonReader::State {
public:
    dom::parser parser;
};

JsonReader::JsonReader() : state_(std::make_unique<State>()) {
    // Memory for the usual frame now; larger bodies make it grow.
    (void)state_->parser.allocate(64UL * 1024, kDepthMax);
}
JsonReader::~JsonReader() = default;

std::variant<JsonObject, JsonReader::Fault> JsonReader::read(std::string_view text, bool padded) {
    dom::element root;
    if (state_->parser.parse(text.data(), text.size(), !padded).get(root) != simdjson::SUCCESS) {
        return Fault::not_json;
    }
    if (!root.is_object()) {
        return Fault::not_an_object;
    }
    JsonObject::Element element{};
    static_assert(sizeof(root) <= sizeof(element.room));
    std::memcpy(&element, static_cast<const void*>(&root), sizeof(root));
    return JsonObject{element};
}

Result<std::optional<std::string>> JsonObject::text(std::string_view name) const {
    const auto value = field(unpack(element_), name);
    if (!value) {
        return std::optional<std::string>{};
    }
    std::string_view text;
    if (value->get(text) != simdjson::SUCCESS) {
        return wrong(name, "a string");
    }
    return std::optional<std::string>{std::in_place, text};
}

Result<std::optional<std::uint64_t>> JsonObject::number(std::string_view name) const {
    const auto value = field(unpack(element_), name);
    if (!value) {
        return std::optional<std::uint64_t>{};
    }
    std::uint64_t number = 0;
    if (value->get(number) != simdjson::SUCCESS) {
        return wrong(name, "a whole number, not negative");
    }
    return std::optional<std::uint64_t>{number};
}

Result<std::optional<bool>> JsonObject::boolean(std::string_view name) const {
    const auto value = field(unpack(element_), name);
    if (!value) {
        return std::optional<bool>{};
    }
    bool truth = false;
    if (value->get(truth) != simdjson::SUCCESS) {
        return wrong(name, "true or false");
    }
    return std::optional<bool>{truth};
}

Result<std::optional<Uuid>> JsonObject::uuid(std::string_view name) const {
    const auto value = field(unpack(element_), name);
    if (!value) {
        return std::optional<Uuid>{};
    }
    std::string_view text;
    if (value->get(text) == simdjson::SUCCESS) {
        if (const auto uuid = parse_uuid(text)) {
            return uuid;
        }
    }
    return wrong(name, "a UUID");
}

Result<std::vector<Uuid>> JsonObject::uuids(std::string_view name, std::size_t most) const {
    const auto value = field(unpack(element_), name);
    std::vector<Uuid> found;
    if (!value) {
        return found;
    }
    dom::array array;
    if (value->get(array) != simdjson::SUCCESS || array.size() > most) {
        return wrong(name, "an array of at most " + std::to_string(most) + " UUIDs");
    }
    for (const dom::element item : array) {
        std::string_view text;
        const auto uuid = item.get(text) == simdjson::SUCCESS ? parse_uuid(text) : std::nullopt;
        if (!uuid) {
            return wrong(name, "an array of UUIDs");
        }
        found.push_back(*uuid);
    }
    return found;
}

Result<std::vector<std::pair<Uuid, std::uint64_t>>> JsonObject::uuid_numbers(
    std::string_view name, std::size_t most
) const {
    const auto value = field(unpack(element_), name);
    std::vector<std::pair<Uuid, std::uint64_t>> found;
    if (!value) {
        return found;
    }
    dom::object object;
    if (value->get(object) != simdjson::SUCCESS || object.size() > most) {
        return wrong(name, "an object of at most " + std::to_string(most) + " UUIDs and numbers");
    }
    for (const dom::key_value_pair item : object) {
        const auto uuid = parse_uuid(item.key);
        std::uint64_t number = 0;
        if (!uuid || item.value.get(number) != simdjson::SUCCESS) {
            return wrong(name, "an object of UUIDs and numbers");
        }
        found.emplace_back(*uuid, number);
    }
    return found;
}

Result<std::optional<JsonObject>> JsonObject::object(std::string_view name) const {
    const auto value = field(unpack(element_), name);
    if (!value) {
        return std::optional<JsonObject>{};
    }
    if (!value->is_object()) {
        return wrong(name, "an object");
    }
    Element element{};
    std::memcpy(&element, static_cast<const void*>(&*value), sizeof(*value));
    return std::optional<JsonObject>{JsonObject{element}};
}

Result<std::string> JsonObject::ref() const {
    const auto value = field(unpack(element_), "ref");
    if (!value) {
        return std::string{};
    }
    std::string_view text;
    const bool is_text = value->get(text) == simdjson::SUCCESS;
    if ((!is_text && !value->is_int64() && !value->is_uint64()) || text.size() > kRefBytesMax) {
        return wrong("ref", "a string of at most 128 bytes or a whole number");
    }
    return simdjson::minify(*value);
}

}  // namespace parley::wire
