#include "gateway/http/http.h"
#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

/// What may follow a first byte of UTF-8 (RFC 3629): how many bytes, and the bounds of the second.
struct Lead {
    std::size_t following = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
};

std::optional<Lead> lead_of(unsigned char first) {
    if (first < 0x80) {
        return Lead{};
    }
    if (first < 0xC2 || first > 0xF4) {
        return std::nullopt;
    }
    if (first < 0xE0) {
        return Lead{.following = 1};
    }
    if (first < 0xF0) {
        return Lead{
            .following = 2,
            .low = first == 0xE0 ? 0xA0U : 0x80U,
            .high = first == 0xED ? 0x9FU : 0xBFU
        };
    }
    return Lead{
        .following = 3, .low = first == 0xF0 ? 0x90U : 0x80U, .high = first == 0xF4 ? 0x8FU : 0xBFU
    };
}

/// Bytes of the character that begins at `text`'s front; 0 when none does.
std::size_t character_bytes(std::string_view text) {
    const auto lead = lead_of(static_cast<unsigned char>(text.front()));
    if (!lead || text.size() <= lead->following) {
        return 0;
    }
    for (std::size_t i = 1; i <= lead->following; ++i) {
        const unsigned byte = static_cast<unsigned char>(text[i]);
        const bool second = i == 1;
        if (byte < (second ? lead->low : 0x80U) || byte > (second ? lead->high : 0xBFU)) {
            return 0;
        }
    }
    return lead->following + 1;
}

bool is_text(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t size = character_bytes(bytes);
        if (size == 0 || bytes.front() == '\0') {
            return false;
        }
        bytes.remove_prefix(size);
    }
    return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded.push_back(' ');
        } else if (text[i] != '%') {
            decoded.push_back(text[i]);
        } else {
            if (run_length(text.substr(i + 1, 2), kHexDigit) != 2) {
                return std::nullopt;
            }
            decoded.push_back(
                static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]))
            );
            i += 2;
        }
    }
    if (!is_text(decoded)) {
        return std::nullopt;
    }
    return decoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query
) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view part = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (part.empty()) {
            continue;
        }
        const std::size_t equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = equals == std::string_view::npos
                         ? std::string{}
                         : percent_decode(part.substr(equals + 1), true);
        if (!name || name->empty() || !value) {
            return std::nullopt;
        }
        pairs.emplace_back(*std::move(name), *std::move(value));
    }
    return pairs;
}

}  // namespace parley::http
