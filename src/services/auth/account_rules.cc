#include "services/auth/account_rules.h"

#include <algorithm>
#include <utility>

#include "base/fold.h"
#include "base/utf8.h"
#include "services/auth/common_passwords.h"

namespace parley::auth {
namespace {

constexpr std::size_t kUsernameCharsMin = 3;
constexpr std::size_t kUsernameCharsMax = 32;
constexpr std::size_t kTextCharsMax = 64;
constexpr std::size_t kEmailCharsMax = 254;      // RFC 5321 §4.5.3.1.3, without the angle brackets
constexpr std::size_t kEmailLocalCharsMax = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t kPhoneDigitsMin = 7;
constexpr std::size_t kPhoneDigitsMax = 15;  // E.164

Error refused(std::string detail) {
    return Error{ErrorCode::invalid_request, std::move(detail)};
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_letter_or_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}
constexpr bool is_outside_ascii(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x80;
}

Result<std::string> checked_text(std::string text, std::string_view what) {
    if (characters(text) > kTextCharsMax) {
        return refused("the " + std::string(what) + " has more than 64 characters");
    }
    if (has_control(text)) {
        return refused("the " + std::string(what) + " has control characters");
    }
    return text;
}

bool is_label(std::string_view label) {
    const auto allowed = [](char c) {
        return is_letter_or_digit(c) || c == '-' || is_outside_ascii(c);
    };
    return !label.empty() && std::ranges::all_of(label, allowed) && label.front() != '-' &&
           label.back() != '-';
}

bool is_host(std::string_view host) {
    for (std::size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.')) {
        if (!is_label(host.substr(0, dot))) {
            return false;
        }
        host.remove_prefix(dot + 1);
    }
    return is_label(host);
}

bool is_mailbox(std::string_view local) {
    constexpr std::string_view kForbidden = R"( "(),:;<>@[\])";
    const auto forbidden = [&](char c) {
        return is_control(c) || kForbidden.find(c) != std::string_view::npos;
    };
    return !local.empty() && characters(local) <= kEmailLocalCharsMax &&
           std::ranges::none_of(local, forbidden);
}

/// The digits of what people write as a phone number; empty when it is none.
std::string phone_digits(std::string_view phone) {
    std::string digits;
    for (std::size_t at = 0; at < phone.size(); ++at) {
        const char c = phone[at];
        const bool plus = c == '+' && at == 0;
        if (is_digit(c)) {
            digits.push_back(c);
        } else if (!plus && std::string_view(" .-()/").find(c) == std::string_view::npos) {
            return {};
        }
    }
    if (phone.starts_with("00") && digits.size() >= 2 + kPhoneDigitsMin) {
        digits.erase(0, 2);
    }
    const bool fits = digits.size() >= kPhoneDigitsMin && digits.size() <= kPhoneDigitsMax;
    return fits ? digits : std::string();
}

}  // namespace

Result<std::string> checked_username(std::string username) {
    if (username.size() < kUsernameCharsMin || username.size() > kUsernameCharsMax) {
        return refused("a username has 3 to 32 characters");
    }
    const auto allowed = [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
    };
    if (!std::ranges::all_of(username, allowed)) {
        return refused("a username is made of the letters a to z, digits, and . _ -");
    }
    if (!is_letter_or_digit(username.front())) {
        return refused("a username begins with a letter or a digit");
    }
    return username;
}

Result<std::string> checked_password(
    std::string password, std::string_view username, std::size_t chars_min
) {
    const std::size_t length = characters(password);
    if (length < chars_min) {
        return refused("a password has at least " + std::to_string(chars_min) + " characters");
    }
    if (length > kPasswordCharsMax) {
        return refused("a password has at most 256 characters");
    }
    const std::string folded = fold_case(password);
    if (is_common_password(folded) || folded == fold_case(username)) {
        return refused("this password is one of the first that are guessed: choose another");
    }
    return password;
}

Result<std::string> normalised_email(std::string_view email) {
    const std::size_t at = email.rfind('@');
    if (characters(email) > kEmailCharsMax || at == std::string_view::npos ||
        !is_mailbox(email.substr(0, at)) || !is_host(email.substr(at + 1))) {
        return refused("this is no e-mail address");
    }
    return fold_case(email);
}

Result<std::string> normalised_phone(std::string_view phone) {
    const std::string digits = phone_digits(phone);
    if (digits.empty()) {
        return refused("a phone number has 7 to 15 digits, with the country first: +49 30 123456");
    }
    return "+" + digits;
}

Result<std::string> checked_display_name(std::string name, std::string_view username) {
    if (name.empty()) {
        return std::string(username);
    }
    return checked_text(std::move(name), "display name");
}

Result<DeviceInfo> checked_device(DeviceInfo device) {
    TRY(std::string name, checked_text(std::move(device.name), "device's name"));
    TRY(std::string platform, checked_text(std::move(device.platform), "device's platform"));
    if (device.key) {
        if (const auto known = thumbprint_of(*device.key); !known) {
            return known.error();
        }
    }
    return DeviceInfo{
        .name = name.empty() ? "unknown" : std::move(name),
        .platform = platform.empty() ? "unknown" : std::move(platform),
        .key = std::move(device.key),
    };
}

Result<Registration> checked(Registration given, std::size_t password_chars_min) {
    Registration result;
    TRY(result.username, checked_username(std::move(given.username)));
    TRY(result.password,
        checked_password(std::move(given.password), result.username, password_chars_min));
    TRY(result.display_name, checked_display_name(std::move(given.display_name), result.username));
    TRY(result.device, checked_device(std::move(given.device)));
    if (given.email) {
        TRY(result.email, normalised_email(*given.email));
    }
    if (given.phone) {
        TRY(result.phone, normalised_phone(*given.phone));
    }
    return result;
}

bool is_common_password(std::string_view folded) noexcept {
    return std::ranges::binary_search(common_passwords(), folded);
}

std::vector<std::string> login_names(std::string_view login) {
    if (login.find('@') != std::string_view::npos) {
        return {fold_case(login)};
    }
    const std::string digits = phone_digits(login);
    if (login.starts_with('+') && !digits.empty()) {
        return {"+" + digits};
    }
    std::vector<std::string> names{fold_case(login)};
    if (!digits.empty()) {  // a username may be made of digits, too
        names.push_back("+" + digits);
    }
    return names;
}

}  // namespace parley::auth
