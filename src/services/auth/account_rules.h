#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/auth/auth.h"

namespace parley::auth {

/// What names, passwords and addresses an account may have. Pure: each function answers the text as it is to
/// be stored, or `invalid_request` with a sentence for the person who typed it.

/// 3 to 32 of a-z A-Z 0-9 _ . -, beginning with a letter or a digit. As written; it is compared folded.
[[nodiscard]] Result<std::string> checked_username(std::string username);
/// At least `chars_min` and at most 256 characters, neither a well-known password nor the username.
[[nodiscard]] Result<std::string> checked_password(
    std::string password, std::string_view username, std::size_t chars_min
);
/// One @ between two plausible halves, at most 254 characters; lower case. Whether it works, a mail tells.
[[nodiscard]] Result<std::string> normalised_email(std::string_view email);
/// + and 7 to 15 digits (E.164); spaces, dots, dashes, brackets and 00 before 7 to 15 others are taken out.
[[nodiscard]] Result<std::string> normalised_phone(std::string_view phone);
/// Texts for people: at most 64 characters, no control characters.
[[nodiscard]] Result<std::string> checked_display_name(std::string name, std::string_view username);
[[nodiscard]] Result<DeviceInfo> checked_device(DeviceInfo device);

/// All of the above for a registration.
[[nodiscard]] Result<Registration> checked(Registration given, std::size_t password_chars_min);

/// What `login` may stand for in the directory, most likely first; at least one, at most two.
[[nodiscard]] std::vector<std::string> login_names(std::string_view login);

/// True for a password that attackers try first; `folded` is lower case.
[[nodiscard]] bool is_common_password(std::string_view folded) noexcept;

inline constexpr std::size_t kLoginCharsMax = 254;     ///< an e-mail address is the longest
inline constexpr std::size_t kPasswordCharsMax = 256;  ///< hashing longer ones is only work

}  // namespace parley::auth
