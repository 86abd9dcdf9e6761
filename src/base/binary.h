#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/uuid.h"

/// The alphabet of our stored formats (docs/formats.md): little-endian integers, LEB128 varints in
/// their shortest form, UUIDs and big-endian integers in network order, so that keys sort by value.

namespace parley::binary {

namespace detail {

template <class Integer>
constexpr Integer swap_bytes(Integer value) noexcept {
    if constexpr (sizeof(Integer) == 8) {
        return __builtin_bswap64(value);
    } else if constexpr (sizeof(Integer) == 4) {
        return __builtin_bswap32(value);
    } else {
        static_assert(sizeof(Integer) == 2);
        return __builtin_bswap16(value);
    }
}

template <class Integer>
constexpr Integer to_little(Integer value) noexcept {
    return std::endian::native == std::endian::little ? value : swap_bytes(value);
}

template <class Integer>
constexpr Integer to_big(Integer value) noexcept {
    return std::endian::native == std::endian::big ? value : swap_bytes(value);
}

template <class Integer>
void append_raw(std::string& out, Integer value) {
    char bytes[sizeof(Integer)];
    std::memcpy(bytes, &value, sizeof(value));
    out.append(bytes, sizeof(bytes));
}

}  // namespace detail

inline constexpr std::size_t kVarintBytesMax = 10;

inline void put_u8(std::string& out, std::uint8_t value) {
    out.push_back(static_cast<char>(value));
}
inline void put_u16(std::string& out, std::uint16_t value) {
    detail::append_raw(out, detail::to_little(value));
}
inline void put_u32(std::string& out, std::uint32_t value) {
    detail::append_raw(out, detail::to_little(value));
}
inline void put_u64(std::string& out, std::uint64_t value) {
    detail::append_raw(out, detail::to_little(value));
}
inline void put_u64_big(std::string& out, std::uint64_t value) {
    detail::append_raw(out, detail::to_big(value));
}
inline void put_uuid(std::string& out, const Uuid& uuid) {
    put_u64_big(out, uuid.high);
    put_u64_big(out, uuid.low);
}
inline void put_varint(std::string& out, std::uint64_t value) {
    char bytes[kVarintBytesMax];
    std::size_t size = 0;
    while (value >= 0x80U) {
        bytes[size++] = static_cast<char>((value & 0x7FU) | 0x80U);
        value >>= 7U;
    }
    bytes[size++] = static_cast<char>(value);
    out.append(bytes, size);
}
/// A varint of the length, then the bytes.
inline void put_bytes(std::string& out, std::string_view bytes) {
    put_varint(out, bytes.size());
    out.append(bytes);
}

/// Small numbers of either sign become small numbers: 0, -1, 1, -2 … as 0, 1, 2, 3 …
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text));
}

/// Reads what the functions above wrote. The first thing that is not there, or not in its one form,
/// fails the reader: from then on every call answers zero or empty, so callers check `ok` once, before
/// they believe anything. Never reads past the bytes it was given, which must outlive it.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) noexcept : left_(bytes) {}
    explicit Reader(std::string_view bytes) noexcept : left_(as_bytes(bytes)) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// Everything was read, and well.
    [[nodiscard]] bool done() const noexcept { return ok_ && left_.empty(); }
    [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }
    void fail() noexcept {
        ok_ = false;
        left_ = {};
    }

    std::uint8_t u8() noexcept {
        std::uint8_t value = 0;
        take(&value, 1);
        return value;
    }
    std::uint16_t u16() noexcept { return detail::to_little(raw<std::uint16_t>()); }
    std::uint32_t u32() noexcept { return detail::to_little(raw<std::uint32_t>()); }
    std::uint64_t u64() noexcept { return detail::to_little(raw<std::uint64_t>()); }
    std::uint64_t u64_big() noexcept { return detail::to_big(raw<std::uint64_t>()); }
    Uuid uuid() noexcept {
        const std::uint64_t high = u64_big();
        const std::uint64_t low = u64_big();
        return {.high = high, .low = low};
    }
    std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64U; shift += 7U) {
            const std::uint8_t byte = u8();
            // The tenth byte holds one bit; a last byte of zero would be a longer form of the same.
            if (!ok_ || (shift == 63U && byte > 1U) || (byte == 0U && shift != 0U)) {
                fail();
                return 0;
            }
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80U) {
                return value;
            }
        }
        fail();
        return 0;
    }
    std::span<const std::byte> raw_bytes(std::uint64_t count) noexcept {
        if (!ok_ || count > left_.size()) {
            fail();
            return {};
        }
        const auto bytes = left_.first(static_cast<std::size_t>(count));
        left_ = left_.subspan(bytes.size());
        return bytes;
    }
    /// What put_bytes wrote.
    std::string_view bytes() noexcept { return as_text(raw_bytes(varint())); }

private:
    template <class Integer>
    Integer raw() noexcept {
        Integer value = 0;
        take(&value, sizeof(value));
        return value;
    }
    void take(void* to, std::size_t count) noexcept {
        const auto bytes = raw_bytes(count);
        if (!bytes.empty()) {
            std::memcpy(to, bytes.data(), count);
        }
    }

    std::span<const std::byte> left_;
    bool ok_ = true;
};

}  // namespace parley::binary
