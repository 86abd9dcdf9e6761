#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley::crypto {

/// An ES256 signature as JWS writes it (RFC 7518 §3.4): r ‖ s, 32 bytes each, big-endian.
using Es256Signature = std::array<std::byte, 64>;

/// A key pair for ES256: ECDSA over P-256 with SHA-256. Immutable, so thread-safe; a copy shares what it holds.
/// Moving leaves an object that may only be destroyed or assigned to.
class Es256Key {
public:
    [[nodiscard]] static Es256Key generate();
    /// A private key in PEM (PKCS #8 or SEC 1), not encrypted; text before it is skipped. Nothing for
    /// anything else: other curves and algorithms, a public key, a private key that does not fit its point.
    [[nodiscard]] static std::optional<Es256Key> from_pem(std::string_view pem);

    Es256Key(const Es256Key& other);
    Es256Key& operator=(const Es256Key& other);
    Es256Key(Es256Key&& other) noexcept;
    Es256Key& operator=(Es256Key&& other) noexcept;
    ~Es256Key();

    /// PKCS #8, not encrypted: keep it where only the server's user can read.
    [[nodiscard]] std::string pem() const;

    [[nodiscard]] Es256Signature sign(std::string_view message) const;
    /// True when `signature` is 64 bytes, 0 < r < n, 0 < s < n, and was made with this key over `message`.
    [[nodiscard]] bool verify(std::string_view message, std::span<const std::byte> signature)
        const noexcept;

    /// The JWK thumbprint (RFC 7638), base64url: the key's name, which follows from the key.
    [[nodiscard]] const std::string& kid() const noexcept { return kid_; }
    /// The public point's coordinates, base64url, as a JWK has them.
    [[nodiscard]] const std::string& x() const noexcept { return x_; }
    [[nodiscard]] const std::string& y() const noexcept { return y_; }

private:
    struct Held;
    explicit Es256Key(const std::shared_ptr<Held>& held);

    std::shared_ptr<const Held> held_;
    std::string x_;
    std::string y_;
    std::string kid_;
};

/// Somebody else's public key for ES256. Immutable, so thread-safe.
class Es256PublicKey {
public:
    /// From a JWK's coordinates (RFC 7518 section 6.2.1.2): 32 bytes each in base64url, without padding. Nothing for
    /// anything else, a point that is not on the curve included.
    [[nodiscard]] static std::optional<Es256PublicKey> from_coordinates(
        std::string_view x, std::string_view y
    );

    Es256PublicKey(const Es256PublicKey&) = delete;
    Es256PublicKey& operator=(const Es256PublicKey&) = delete;
    Es256PublicKey(Es256PublicKey&& other) noexcept;
    Es256PublicKey& operator=(Es256PublicKey&& other) noexcept;
    ~Es256PublicKey();

    /// As Es256Key's.
    [[nodiscard]] bool verify(std::string_view message, std::span<const std::byte> signature)
        const noexcept;
    /// The JWK thumbprint (RFC 7638) by SHA-256.
    [[nodiscard]] const std::array<std::byte, 32>& thumbprint() const noexcept {
        return thumbprint_;
    }

private:
    struct Held;
    explicit Es256PublicKey(std::unique_ptr<Held> held);

    std::unique_ptr<Held> held_;
    std::array<std::byte, 32> thumbprint_{};
};

}  // namespace parley::crypto
