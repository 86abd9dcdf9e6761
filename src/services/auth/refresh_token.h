#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "ports/device_directory.h"

namespace parley::auth {

/// 32 bytes that renew a device's access. The first of a family is chance; each successor follows from its
/// predecessor and the server's secret. So the same successor can be given twice, when an answer was lost,
/// without any token being stored: the directory knows hashes alone.
class RefreshToken {
public:
    [[nodiscard]] static RefreshToken random(Random& random);
    /// From its text; nothing for any other text.
    [[nodiscard]] static std::optional<RefreshToken> parse(std::string_view text);

    [[nodiscard]] RefreshToken successor(std::string_view secret) const;
    /// "prt_" and 43 characters of base64url. The prefix lets secret scanners find what leaked.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] ports::TokenHash hash() const;

private:
    explicit RefreshToken(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string bytes_;
};

}  // namespace parley::auth
