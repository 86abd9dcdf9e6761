#include <algorithm>
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

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// How many digits `text` begins with.
std::size_t digits_at(std::string_view text) noexcept {
    const auto end = std::ranges::find_if_not(text, is_digit);
    return static_cast<std::size_t>(end - text.begin());
}

/// How long the number at the front of `text` is, by the grammar of RFC 8259 section 6; 0: there is none.
std::size_t number_length(std::string_view text) noexcept {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_at(text.substr(at));
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return 0;
    }
    at += whole;
    if (text.substr(at).starts_with('.')) {
        const std::size_t fraction = digits_at(text.substr(at + 1));
        if (fraction == 0) {
            return 0;
        }
        at += 1 + fraction;
    }
    if (text.substr(at).starts_with('e') || text.substr(at).starts_with('E')) {
        ++at;
        at += text.substr(at).starts_with('+') || text.substr(at).starts_with('-') ? 1 : 0;
        const std::size_t exponent = digits_at(text.substr(at));
        at = exponent == 0 ? 0 : at + exponent;
    }
    return at;
}

/// Where the string that begins at `at` has its closing quotation mark; the end when it has none.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        at += text[at] == '\\' ? 1 : 0;
    }
    return at;
}

/// The parser takes no number beyond 64 bits or a double, although it is JSON and may stand in a field
/// that nobody here knows. Writes 0.5, which no field of ours takes, over each number that may be such.
std::string without_huge_numbers(std::string_view text) {
    constexpr std::string_view kNoWholeNumber = "0.5";
    constexpr std::size_t kCharsThatFit = 18;  // of an int64, whatever its digits
    constexpr std::string_view kBeforeValue = " \t\r\n,:[";
    constexpr std::string_view kBehindValue = " \t\r\n,]}";
    std::string copy{text};
    for (std::size_t at = 0; at < copy.size(); ++at) {
        if (copy[at] == '"') {
            at = end_of_string(copy, at);
            continue;
        }
        const bool begins = at == 0 || kBeforeValue.find(copy[at - 1]) != std::string_view::npos;
        if (!begins || (!is_digit(copy[at]) && copy[at] != '-')) {
            continue;
        }
        const std::size_t length = number_length(std::string_view{copy}.substr(at));
        const std::size_t behind = at + length;
        const bool ends =
            behind == copy.size() || kBehindValue.find(copy[behind]) != std::string_view::npos;
        if (length == 0 || !ends) {
            return copy;  // "1e5e5" is no number: the parser says so.
        }
        const std::string_view number = std::string_view{copy}.substr(at, length);
        if (length > kCharsThatFit || number.find_first_of("eE") != std::string_view::npos) {
            // Each of these has at least three characters; what is left over becomes white space.
            std::string filler{kNoWholeNumber};
            filler.resize(length, ' ');
            copy.replace(at, length, filler);
        }
        at += length - 1;
    }
    return copy;
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
    // simdjson refuses what reaches its depth; what has nothing in it does not count there.
    (void)state_->parser.allocate(64UL * 1024, kDepthMax + 1);
}
JsonReader::~JsonReader() = default;

std::variant<JsonObject, JsonReader::Fault> JsonReader::read(std::string_view text, bool padded) {
    dom::element root;
    auto error = state_->parser.parse(text.data(), text.size(), !padded).get(root);
    if (error == simdjson::NUMBER_ERROR) {
        error = state_->parser.parse(without_huge_numbers(text)).get(root);
    }
    if (error != simdjson::SUCCESS) {
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

bool JsonObject::has(std::string_view name) const {
    dom::element value;
    return unpack(element_).at_key(name).get(value) == simdjson::SUCCESS;
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
