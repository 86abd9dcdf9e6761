#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What every fuzz target has: libFuzzer's entry (https://llvm.org/docs/LibFuzzer.html), and the input as a
/// row of decisions.

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer looks for this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace parley::fuzz {

/// Reads decisions off the front of an input. An input that is used up answers zeros, so every input means
/// something, and a seed can be written by hand.
class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size)
        : left_(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    [[nodiscard]] std::uint8_t byte() noexcept {
        if (left_.empty()) {
            return 0;
        }
        const auto first = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return first;
    }
    /// Below `bound`, which is 1 to 256.
    [[nodiscard]] std::size_t below(std::size_t bound) noexcept { return byte() % bound; }
    [[nodiscard]] bool flag() noexcept { return (byte() & 1U) != 0; }
    /// Little-endian, of `bytes` bytes.
    [[nodiscard]] std::uint64_t number(std::size_t bytes) noexcept {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            value |= std::uint64_t{byte()} << (8 * i);
        }
        return value;
    }
    /// A length of one byte, then that many bytes or what is left.
    [[nodiscard]] std::string_view text() noexcept {
        const std::size_t wanted = byte();
        const std::size_t size = std::min(wanted, left_.size());
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    /// All that is left, and the end.
    [[nodiscard]] std::string_view rest() noexcept {
        const std::string_view taken = left_;
        left_ = {};
        return taken;
    }

private:
    std::string_view left_;
};

/// UTF-8 by the book (RFC 3629 §4), one character after the other: what the fast checks are held against.
[[nodiscard]] inline bool is_plain_utf8(std::string_view text) noexcept {
    std::size_t at = 0;
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    while (at < text.size()) {
        const unsigned first = byte(at);
        const std::size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
        if ((first >= 0x80 && first < 0xC0) || first >= 0xF8 || text.size() - at <= more) {
            return false;
        }
        std::uint32_t code = more == 0 ? first : first & (0x3FU >> more);
        for (std::size_t i = 1; i <= more; ++i) {
            if (byte(at + i) >> 6U != 2) {
                return false;
            }
            code = (code << 6U) | (byte(at + i) & 0x3FU);
        }
        constexpr std::uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
        if (code < kSmallest[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return false;
        }
        at += more + 1;
    }
    return true;
}

}  // namespace parley::fuzz
