#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/support/target.h"

/// JSON by the book (RFC 8259): slow, short, and written apart from what the server reads with.

namespace parley::fuzz {

struct PlainJson {
    enum class Kind : unsigned char {
        null,
        boolean,
        natural,  ///< a whole number that is not negative
        negative,
        fraction,
        text,
        list,
        object
    };
    Kind kind = Kind::null;
    bool truth = false;
    std::uint64_t number = 0;  ///< of a natural, or of a negative without its sign
    std::string text;
    std::vector<PlainJson> items;    ///< of a list or an object
    std::vector<std::string> names;  ///< of an object's items

    /// The first field of that name that is there and not null.
    [[nodiscard]] const PlainJson* find(std::string_view name) const noexcept {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] == name) {
                return items[i].kind == Kind::null ? nullptr : &items[i];
            }
        }
        return nullptr;
    }
};

class PlainJsonParser {
public:
    /// Nothing for anything but one value. Of objects and lists that have something in them at most `depth` are in
    /// each other. A number that does not fit into 64 bits is a fraction here: it is JSON, and no field of ours
    /// takes it.
    [[nodiscard]] static std::optional<PlainJson> parse(std::string_view text, std::size_t depth) {
        if (!is_plain_utf8(text)) {
            return std::nullopt;
        }
        PlainJsonParser parser{text};
        auto value = parser.value(depth);
        parser.skip_space();
        if (!parser.good_ || !parser.left_.empty()) {
            return std::nullopt;
        }
        return value;
    }

private:
    explicit PlainJsonParser(std::string_view text) : left_(text) {}

    void skip_space() {
        const std::size_t end = left_.find_first_not_of(" \t\r\n");
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end);
    }
    bool take(std::string_view token) {
        if (!left_.starts_with(token)) {
            return false;
        }
        left_.remove_prefix(token.size());
        return true;
    }
    void expect(bool condition) { good_ = good_ && condition; }

    // NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
    PlainJson value(std::size_t depth) {
        PlainJson made;
        skip_space();
        if (take("null")) {
            return made;
        }
        if (take("true") || take("false")) {
            made.kind = PlainJson::Kind::boolean;
            made.truth = *(left_.data() - 2) == 'u';
            return made;
        }
        if (take("\"")) {
            made.kind = PlainJson::Kind::text;
            made.text = string();
            return made;
        }
        if (take("[")) {
            return container(depth, PlainJson::Kind::list);
        }
        if (take("{")) {
            return container(depth, PlainJson::Kind::object);
        }
        read_number(made);
        return made;
    }

    // NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
    PlainJson container(std::size_t depth, PlainJson::Kind kind) {
        PlainJson made;
        made.kind = kind;
        const std::string_view end = kind == PlainJson::Kind::list ? "]" : "}";
        skip_space();
        if (take(end)) {
            return made;
        }
        expect(depth > 0);
        if (!good_) {
            return made;
        }
        do {
            skip_space();
            if (kind == PlainJson::Kind::object) {
                expect(take("\""));
                made.names.push_back(good_ ? string() : std::string{});
                skip_space();
                expect(take(":"));
            }
            if (good_) {
                made.items.push_back(value(depth - 1));
            }
            skip_space();
        } while (good_ && take(","));
        expect(take(end));
        return made;
    }

    std::string string() {
        std::string out;
        while (good_) {
            expect(!left_.empty() && static_cast<unsigned char>(left_.front()) >= 0x20);
            if (!good_ || take("\"")) {
                return out;
            }
            if (take("\\")) {
                escape(out);
            } else {
                out.push_back(left_.front());
                left_.remove_prefix(1);
            }
        }
        return out;
    }

    void escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        expect(!left_.empty());
        if (!good_) {
            return;
        }
        if (const auto at = kNames.find(left_.front()); at != std::string_view::npos) {
            out.push_back(kMeanings[at]);
            left_.remove_prefix(1);
            return;
        }
        std::uint32_t code = hex();
        if (code >= 0xD800 && code < 0xDC00) {
            expect(take("\\"));
            const std::uint32_t low = hex();
            expect(low >= 0xDC00 && low < 0xE000);
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        } else {
            expect(code < 0xDC00 || code >= 0xE000);
        }
        append(out, code);
    }

    std::uint32_t hex() {
        expect(take("u") && left_.size() >= 4);
        std::uint32_t code = 0;
        if (good_) {
            const std::string_view four = left_.substr(0, 4);
            const auto [end, error] = std::from_chars(four.begin(), four.end(), code, 16);
            expect(error == std::errc{} && end == four.end());
            left_.remove_prefix(4);
        }
        return code;
    }

    void append(std::string& out, std::uint32_t code) const {
        if (!good_) {
            return;
        }
        const std::size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr std::string_view kLead{"\x00\xC0\xE0\xF0", 4};
        out.push_back(
            static_cast<char>(static_cast<unsigned char>(kLead[more]) | (code >> (6 * more)))
        );
        for (std::size_t i = more; i-- > 0;) {
            out.push_back(static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU)));
        }
    }

    std::string_view digits() {
        const std::size_t end = std::min(left_.find_first_not_of("0123456789"), left_.size());
        const std::string_view taken = left_.substr(0, end);
        expect(end > 0);
        left_.remove_prefix(end);
        return taken;
    }

    void read_number(PlainJson& made) {
        const bool negative = take("-");
        const bool zero = left_.starts_with('0');
        const std::string_view whole = digits();
        expect(!zero || whole.size() == 1);
        bool fraction = false;
        if (take(".")) {
            fraction = true;
            digits();
        }
        if (take("e") || take("E")) {
            fraction = true;
            (void)(take("+") || take("-"));
            digits();
        }
        if (!good_) {
            return;
        }
        const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), made.number);
        const bool fits =
            read.ec == std::errc{} && (!negative || made.number <= (std::uint64_t{1} << 63U));
        made.kind = PlainJson::Kind::natural;
        if (fraction || !fits) {
            made.kind = PlainJson::Kind::fraction;
        } else if (negative && made.number > 0) {
            made.kind = PlainJson::Kind::negative;
        }
    }

    std::string_view left_;
    bool good_ = true;
};

}  // namespace parley::fuzz
