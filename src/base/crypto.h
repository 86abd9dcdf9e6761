#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley::crypto {

using Sha256 = std::array<std::byte, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes) noexcept;
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes) noexcept;
/// SHA-256 of what comes in pieces.
class Sha256Stream {
public:
    Sha256Stream();
    Sha256Stream(const Sha256Stream&) = delete;
    Sha256Stream& operator=(const Sha256Stream&) = delete;
    Sha256Stream(Sha256Stream&&) = delete;
    Sha256Stream& operator=(Sha256Stream&&) = delete;
    ~Sha256Stream();

    void add(std::span<const std::byte> piece) noexcept;
    /// Of all that was added; once, at the end.
    [[nodiscard]] Sha256 finish() noexcept;

private:
    void* const context_;  ///< OpenSSL's
};

/// Without a data-dependent branch; false for other lengths.
[[nodiscard]] bool equal(std::span<const std::byte> a, std::span<const std::byte> b) noexcept;

/// The operating system's chance, for keys and secrets alone: what not even a simulation may foretell.
/// Everything else takes a Random&.
void random_bytes(std::span<std::byte> out) noexcept;
/// Overwrites a secret that is no longer needed, and empties it.
void wipe(std::string& secret) noexcept;

/// base64url without padding (RFC 4648 §5). Decoding is strict: no padding, no white space, no trailing bits.
[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace parley::crypto
