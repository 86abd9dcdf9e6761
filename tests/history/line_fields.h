#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/history/history.h"

/// One line of a file, taken apart: which fields are there, and what they hold.

namespace parley::history {

enum class Field : std::uint8_t {
    // strings
    c,
    op,
    conv,
    cmid,
    mid,
    h,
    user,
    role,
    to,
    from,
    src,
    kind,
    code,
    status,
    family,
    successor,
    text,
    what,
    target,
    who,
    users,
    word,
    reactions,
    own,
    // numbers
    t,
    n,
    seq,
    cur,
    a,
    count,
    head,
    read,
    delivered,
    unread,
    asked,
    until,
    // true or false
    definite,
    altered,
    more,
    dense,
    final,
    off,
    edited,
    gone,
    fades,
    all,
    done,
};
inline constexpr std::array<std::string_view, 47> kFieldWords{
    "c",         "op",     "conv",   "cmid",  "mid",      "h",       "user",      "role",
    "to",        "from",   "src",    "kind",  "code",     "status",  "family",    "new",
    "text",      "what",   "target", "who",   "users",    "word",    "reactions", "own",
    "t",         "n",      "seq",    "cur",   "a",        "count",   "head",      "read",
    "delivered", "unread", "asked",  "until", "definite", "altered", "more",      "dense",
    "final",     "off",    "edited", "gone",  "fades",    "all",     "done",
};
inline constexpr Field kFirstNumber = Field::t;
inline constexpr Field kFirstFlag = Field::definite;

using FieldSet = std::uint64_t;
template <class... Fields>
[[nodiscard]] constexpr FieldSet fields(Fields... field) {
    return (FieldSet{0} | ... | (FieldSet{1} << static_cast<unsigned>(field)));
}

/// The strings live as long as the line's bytes and its parser.
struct LineFields {
    FieldSet there = 0;
    std::array<std::string_view, static_cast<std::size_t>(kFirstNumber)> texts{};
    std::array<std::uint64_t, kFieldWords.size()> numbers{};  ///< also 0 and 1 for false and true

    [[nodiscard]] bool has(Field field) const noexcept { return (there & fields(field)) != 0; }
    [[nodiscard]] std::string_view text(Field field) const noexcept {
        return texts[static_cast<std::size_t>(field)];
    }
    [[nodiscard]] std::uint64_t number(Field field) const noexcept {
        return numbers[static_cast<std::size_t>(field)];
    }
    [[nodiscard]] bool flag(Field field) const noexcept { return number(field) != 0; }
};

/// What an operation needs and may have beside `t`, `c`, `op`; null for a word that is none.
struct Shape {
    std::string_view word;
    FieldSet needed = 0;
    FieldSet allowed = 0;  ///< beside those needed
};
[[nodiscard]] const Shape* shape_of(std::string_view op) noexcept;

/// What is wrong with the fields for their operation; empty when nothing is.
[[nodiscard]] std::string problem_with(const LineFields& line, const Shape& shape);

/// The field of that name; nothing for a name that is none.
[[nodiscard]] std::optional<Field> parse_field(std::string_view name) noexcept;

}  // namespace parley::history
