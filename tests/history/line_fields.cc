#include "tests/history/line_fields.h"

#include <algorithm>

namespace parley::history {
namespace {

constexpr FieldSet kEverywhere = fields(Field::t, Field::c, Field::op);

using enum Field;
constexpr std::array<Shape, 23> kShapes{{
    {"device", fields(user, role), 0},
    {"member", fields(conv, user), fields(seq, until)},
    {"open", 0, fields(n, code)},
    {"close", 0, fields(n, code)},
    {"send", fields(cmid, h), fields(n, conv, to, cur, a, altered)},
    {"ack", fields(cmid, conv, seq, mid), fields(n, a, altered, kind)},
    {"err", fields(code, definite), fields(n, cmid, conv, a, altered)},
    {"timeout", fields(cmid), fields(n, a)},
    {"recv",
     fields(src, conv, seq),
     fields(n, mid, from, h, cmid, kind, what, target, who, users, word, off) |
         fields(edited, gone, fades, reactions)},
    {"show", fields(conv, seq), fields(n, mid)},
    {"page", fields(src, conv, cur, seq, count), fields(n, more, dense)},
    {"gap", fields(conv, seq, cur), fields(n)},
    {"mark", fields(conv, seq, status), fields(n)},
    {"receipt", fields(conv, user, seq, status), fields(n)},
    {"view", fields(conv, head, read, delivered, unread, asked), fields(n, all)},
    {"read", fields(conv, asked, seq, count), fields(n, cur, final)},
    {"hold", fields(conv, head, read, unread, own, h), fields(n)},
    {"hide", fields(conv, seq, asked), fields(n, done)},
    {"block", fields(conv, user, asked), fields(n, off, done)},
    {"refresh", fields(family, h, asked), fields(n, successor, code, definite)},
    {"fault", fields(text), 0},
    {"down", 0, fields(text)},
    {"up", 0, fields(text)},
}};

/// A table by length and first two letters: most lines have nine fields, and a history millions of lines.
class FieldTable {
public:
    constexpr FieldTable() {
        for (std::size_t i = 0; i < kFieldWords.size(); ++i) {
            std::size_t at = slot(kFieldWords[i]);
            while (slots_[at] != 0) {
                at = (at + 1) % slots_.size();
            }
            slots_[at] = static_cast<std::uint8_t>(i + 1);
        }
    }
    [[nodiscard]] constexpr std::optional<Field> find(std::string_view name) const noexcept {
        if (name.empty()) {
            return std::nullopt;
        }
        for (std::size_t at = slot(name); slots_[at] != 0; at = (at + 1) % slots_.size()) {
            if (kFieldWords[slots_[at] - 1U] == name) {
                return static_cast<Field>(slots_[at] - 1U);
            }
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t slot(std::string_view name) {
        const auto letter = [name](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
        };
        return (name.size() * 37 + letter(0) * 5 + letter(name.size() - 1) * 11) % 256;
    }
    std::array<std::uint8_t, 256> slots_{};
};
constexpr FieldTable kFields;

std::string listed(FieldSet set) {
    std::string out;
    for (std::size_t i = 0; i < kFieldWords.size(); ++i) {
        if ((set >> i & 1U) != 0) {
            out.append(out.empty() ? "" : ", ").append(kFieldWords[i]);
        }
    }
    return out;
}

}  // namespace

std::optional<Field> parse_field(std::string_view name) noexcept {
    return kFields.find(name);
}

const Shape* shape_of(std::string_view op) noexcept {
    const auto* const at = std::ranges::find(kShapes, op, &Shape::word);
    return at == kShapes.end() ? nullptr : at;
}

std::string problem_with(const LineFields& line, const Shape& shape) {
    if (const FieldSet missing = (shape.needed | kEverywhere) & ~line.there; missing != 0) {
        return std::string{shape.word} + " needs: " + listed(missing);
    }
    const FieldSet strange = line.there & ~(shape.needed | shape.allowed | kEverywhere);
    return strange == 0 ? std::string{}
                        : std::string{shape.word} + " has no field: " + listed(strange);
}

}  // namespace parley::history
