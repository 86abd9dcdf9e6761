#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parley {

/// UTF-8 (RFC 3629) that comes in pieces: remembers an unfinished character between them, so that a
/// text can be refused at the first byte that no continuation could mend.
class Utf8Check {
public:
    /// False as soon as the bytes so far cannot begin any valid text; do not feed it again then.
    [[nodiscard]] bool feed(const std::byte* data, std::size_t size) noexcept;
    /// Whether the text may end here.
    [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }

private:
    [[nodiscard]] bool start(std::uint8_t lead) noexcept;
    [[nodiscard]] bool proceed(std::uint8_t next) noexcept;

    std::uint8_t missing_ = 0;  // bytes that the character under way still needs
    std::uint8_t low_ = 0x80;   // what the next of them may be
    std::uint8_t high_ = 0xBF;
};

/// UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing past U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// How many characters valid UTF-8 has, as JSON Schema counts lengths.
[[nodiscard]] std::size_t characters(std::string_view text) noexcept;

/// Whether valid UTF-8 has a control character (ASCII's, U+0080 to U+009F, and those that turn the direction of text:
/// U+202A to U+202E, U+2066 to U+2069) that is not one of `allowed`, which are ASCII's.
[[nodiscard]] bool has_control(std::string_view text, std::string_view allowed = {}) noexcept;

}  // namespace parley
