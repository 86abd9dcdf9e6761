#include "bench/scanner.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace parley::bench {
namespace {

// The bytes here are few and the calls many, so there is no call into the C library for each.

bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

void skip_space(std::string_view& text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
}

/// Where the first quote at or after `at` is, eight bytes a step; npos if there is none.
std::size_t find_quote(std::string_view text, std::size_t at) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        word ^= kOnes * '"';
        const std::uint64_t zeros = (word - kOnes) & ~word & (kOnes << 7U);
        if (zeros != 0) {
            return at + (static_cast<std::size_t>(std::countr_zero(zeros)) / 8);
        }
    }
    while (at < text.size() && text[at] != '"') {
        ++at;
    }
    return at < text.size() ? at : std::string_view::npos;
}

/// Where the string that begins at `text[0] == '"'` has its closing quote; npos if it has none.
std::size_t string_end(std::string_view text) noexcept {
    std::size_t at = 1;
    while (true) {
        at = find_quote(text, at);
        if (at == std::string_view::npos) {
            return at;
        }
        std::size_t backslashes = 0;
        while (text[at - 1 - backslashes] == '\\') {
            ++backslashes;
        }
        if (backslashes % 2 == 0) {
            return at;
        }
        ++at;
    }
}

/// How long the array or object at the front is; 0 if it does not end.
std::size_t nested_size(std::string_view text) noexcept {
    std::size_t depth = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            const std::size_t end = string_end(text.substr(at));
            if (end == std::string_view::npos) {
                return 0;
            }
            at += end;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
        ++at;
        if (depth == 0) {
            return at;
        }
    }
    return 0;
}

/// Takes a string at the front, without its quotes.
std::optional<std::string_view> take_string(std::string_view& text) noexcept {
    if (text.empty() || text.front() != '"') {
        return std::nullopt;
    }
    const std::size_t end = string_end(text);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return value;
}

std::optional<std::string_view> take_value(std::string_view& text) noexcept {
    if (text.empty()) {
        return std::nullopt;
    }
    if (text.front() == '"') {
        return take_string(text);
    }
    std::size_t size = 0;
    if (text.front() == '{' || text.front() == '[') {
        size = nested_size(text);
    } else {
        while (size < text.size() && text[size] != ',' && text[size] != '}' && !is_space(text[size])
        ) {
            ++size;
        }
    }
    if (size == 0 || size == text.size()) {
        return std::nullopt;
    }
    const std::string_view value = text.substr(0, size);
    text.remove_prefix(size);
    return value;
}

std::optional<Member> take_member(std::string_view& text) noexcept {
    const auto name = take_string(text);
    skip_space(text);
    if (!name || text.empty() || text.front() != ':') {
        return std::nullopt;
    }
    text.remove_prefix(1);
    skip_space(text);
    const auto value = take_value(text);
    return value ? std::optional(Member{*name, *value}) : std::nullopt;
}

FrameType type_of(std::string_view name) noexcept {
    struct Entry {
        std::string_view name;
        FrameType type;
    };
    static constexpr Entry kTypes[] = {
        {"ack", FrameType::ack},
        {"new_message", FrameType::new_message},
        {"events", FrameType::events},
        {"conversation", FrameType::conversation},
        {"presence", FrameType::presence},
        {"sync_complete", FrameType::sync_complete},
        {"auth_success", FrameType::auth_success},
        {"auth_error", FrameType::auth_error},
        {"error", FrameType::error},
        {"void", FrameType::void_event},
        {"reconnect", FrameType::reconnect},
    };
    for (const Entry& entry : kTypes) {
        if (entry.name == name) {
            return entry.type;
        }
    }
    return FrameType::other;
}

/// The members that are kept as text, by the length of their names, which tells most of them apart.
struct TextField {
    std::string_view name;
    std::string_view WireFrame::* field = nullptr;
};
constexpr std::size_t kNameCharsMax = 15;
constexpr std::array<std::array<TextField, 2>, kNameCharsMax + 1> kTextFields = [] {
    std::array<std::array<TextField, 2>, kNameCharsMax + 1> fields{};
    fields[4][0] = {"code", &WireFrame::code};
    fields[5][0] = {"token", &WireFrame::token};
    fields[6][0] = {"events", &WireFrame::events};
    fields[6][1] = {"status", &WireFrame::status};
    fields[7][0] = {"content", &WireFrame::content};
    fields[7][1] = {"user_id", &WireFrame::user_id};
    fields[9][0] = {"client_id", &WireFrame::client_id};
    fields[9][1] = {"sender_id", &WireFrame::sender_id};
    fields[10][0] = {"message_id", &WireFrame::message_id};
    fields[15][0] = {"conversation_id", &WireFrame::conversation_id};
    return fields;
}();

/// Keeps a member if it is one of those that matter.
void keep(const Member& member, WireFrame& out) noexcept {
    if (member.name.size() > kNameCharsMax) {
        return;
    }
    for (const TextField& text : kTextFields[member.name.size()]) {
        if (text.field != nullptr && text.name == member.name) {
            out.*text.field = member.value;
            return;
        }
    }
    if (member.name == "type") {
        out.type = type_of(member.value);
    } else if (member.name == "seq") {
        out.seq = to_number(member.value);
    } else if (member.name == "last_seq") {
        out.last_seq = to_number(member.value);
    } else if (member.name == "has_more") {
        out.has_more = member.value == "true";
    }
}

constexpr std::string_view kHex = "0123456789abcdef";

void write_hex(char* out, std::size_t digits, std::uint64_t value) noexcept {
    for (std::size_t i = digits; i > 0; --i) {
        out[i - 1] = kHex[value & 15U];
        value >>= 4U;
    }
}

bool read_hex(std::string_view text, std::uint64_t& out) noexcept {
    out = 0;
    for (const char c : text) {
        std::uint64_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint64_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = static_cast<std::uint64_t>(c - 'a') + 10;
        } else {
            return false;
        }
        out = (out << 4U) | digit;
    }
    return true;
}

}  // namespace

std::optional<Member> next_member(std::string_view& rest) noexcept {
    skip_space(rest);
    if (rest.empty() || (rest.front() != '{' && rest.front() != ',')) {
        return std::nullopt;
    }
    const bool first = rest.front() == '{';
    rest.remove_prefix(1);
    skip_space(rest);
    if (first && rest.starts_with('}')) {
        return std::nullopt;
    }
    const auto member = take_member(rest);
    if (!member) {
        rest = {};
    }
    skip_space(rest);
    return member;
}

bool scan(std::string_view text, WireFrame& out) noexcept {
    out = WireFrame{};
    while (const auto member = next_member(text)) {
        keep(*member, out);
    }
    return ends_well(text);
}

bool ends_well(std::string_view rest) noexcept {
    if (!rest.starts_with('}')) {
        return false;
    }
    rest.remove_prefix(1);
    skip_space(rest);
    return rest.empty();
}

std::optional<std::string_view> next_item(std::string_view& array) noexcept {
    skip_space(array);
    if (array.empty() || (array.front() != '[' && array.front() != ',')) {
        return std::nullopt;
    }
    array.remove_prefix(1);
    skip_space(array);
    if (array.empty() || array.front() != '{') {
        return std::nullopt;
    }
    const std::size_t size = nested_size(array);
    const std::string_view item = array.substr(0, size);
    array.remove_prefix(size);
    return size != 0 ? std::optional(item) : std::nullopt;
}

std::optional<Mark> read_mark(std::string_view content) noexcept {
    std::uint64_t run = 0;
    std::uint64_t number = 0;
    std::uint64_t due = 0;
    if (content.size() < Mark::kChars || !read_hex(content.substr(0, 8), run) ||
        !read_hex(content.substr(8, 8), number) || !read_hex(content.substr(16, 16), due)) {
        return std::nullopt;
    }
    return Mark{
        .run = static_cast<std::uint32_t>(run),
        .number = static_cast<std::uint32_t>(number),
        .due = static_cast<std::int64_t>(due),
    };
}

void write_mark(char* out, const Mark& mark) noexcept {
    write_hex(out, 8, mark.run);
    write_hex(out + 8, 8, mark.number);
    write_hex(out + 16, 16, static_cast<std::uint64_t>(mark.due));
}

std::optional<Mark> read_client_id(std::string_view client_id) noexcept {
    std::uint64_t run = 0;
    std::uint64_t number = 0;
    if (client_id.size() != kClientIdChars || client_id[8] != '-' ||
        !read_hex(client_id.substr(0, 8), run) || !read_hex(client_id.substr(9), number)) {
        return std::nullopt;
    }
    return Mark{
        .run = static_cast<std::uint32_t>(run),
        .number = static_cast<std::uint32_t>(number),
        .due = 0
    };
}

void write_client_id(char* out, std::uint32_t run, std::uint32_t number) noexcept {
    write_hex(out, 8, run);
    out[8] = '-';
    write_hex(out + 9, 8, number);
}

std::uint64_t to_number(std::string_view digits) noexcept {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace parley::bench
