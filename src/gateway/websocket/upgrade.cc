#include <algorithm>
#include <optional>
#include <vector>

#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

bool is_token_char(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 §5.6.2
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The parts between `separator`s that stand outside quoted strings, trimmed; empty ones too.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '\\' && quoted) {
            ++i;
        } else if (text[i] == separator && !quoted) {
            parts.push_back(trim(text.substr(start, i - start)));
            start = i + 1;
        }
    }
    parts.push_back(trim(text.substr(std::min(start, text.size()))));
    return parts;
}

bool list_contains(std::string_view list, std::string_view token) {
    const auto matches = [token](std::string_view part) {
        return equals_ignoring_case(part, token);
    };
    return std::ranges::any_of(split(list, ','), matches);
}

/// The value of an extension parameter: a token, or a quoted string that holds one (RFC 6455 §9.1).
std::optional<std::string> parameter_value(std::string_view text) {
    std::string value;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool escape = text[i] == '\\';
            if (escape && i + 1 == text.size()) {
                return std::nullopt;
            }
            i += escape ? 1 : 0;
            value.push_back(text[i]);
        }
    } else {
        value = text;
    }
    if (!is_token(value)) {
        return std::nullopt;
    }
    return value;
}

constexpr int kLargestWindowBits = 15;

/// 8 to 15, without a leading zero (RFC 7692 §7.1.2).
std::optional<int> window_bits(std::string_view value) {
    if (value == "8" || value == "9") {
        return value[0] - '0';
    }
    if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5') {
        return 10 + (value[1] - '0');
    }
    return std::nullopt;
}

/// One offer of permessage-deflate.
struct DeflateOffer {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    bool has_client_window_bits = false;
    std::optional<int> server_window_bits;

    /// False for a parameter that is unknown, repeated, or has a value that it must not have.
    bool take(std::string_view parameter) {
        const std::size_t equals = parameter.find('=');
        const std::string_view name = trim(parameter.substr(0, equals));
        const bool has_value = equals != std::string_view::npos;
        std::optional<std::string> value;
        if (has_value) {
            value = parameter_value(trim(parameter.substr(equals + 1)));
            if (!value) {
                return false;
            }
        }
        const auto set_flag = [has_value](bool& flag) {
            const bool good = !has_value && !flag;
            flag = true;
            return good;
        };
        if (equals_ignoring_case(name, "server_no_context_takeover")) {
            return set_flag(server_no_context_takeover);
        }
        if (equals_ignoring_case(name, "client_no_context_takeover")) {
            return set_flag(client_no_context_takeover);
        }
        if (equals_ignoring_case(name, "client_max_window_bits")) {
            const bool good = !has_client_window_bits && (!value || window_bits(*value));
            has_client_window_bits = true;
            return good;
        }
        if (equals_ignoring_case(name, "server_max_window_bits")) {
            const bool good = !server_window_bits && value && window_bits(*value);
            server_window_bits = good ? window_bits(*value) : std::nullopt;
            return good;
        }
        return false;
    }
};

/// The first offer of permessage-deflate that is well formed.
std::optional<DeflateOffer> choose_offer(std::string_view extensions) {
    for (const std::string_view extension : split(extensions, ',')) {
        const auto parts = split(extension, ';');
        if (!equals_ignoring_case(parts.front(), "permessage-deflate")) {
            continue;
        }
        DeflateOffer offer;
        const auto good = [&offer](std::string_view part) { return offer.take(part); };
        if (std::all_of(parts.begin() + 1, parts.end(), good)) {
            return offer;
        }
    }
    return std::nullopt;
}

/// Base64 of 16 bytes: 22 characters and two of padding.
bool is_valid_key(std::string_view key) {
    constexpr std::size_t kKeyChars = 24;
    const auto is_base64 = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '+' || c == '/';
    };
    return key.size() == kKeyChars && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, kKeyChars - 2), is_base64);
}

UpgradeAnswer refuse(int status, std::string_view problem) {
    UpgradeAnswer answer;
    answer.status = status;
    answer.problem = problem;
    return answer;
}

std::optional<UpgradeAnswer> find_problem(const UpgradeRequest& request) {
    if (request.method != "GET") {
        return refuse(405, "a WebSocket begins with GET");
    }
    if (!request.http_1_1) {
        return refuse(400, "a WebSocket needs HTTP/1.1");
    }
    if (!list_contains(request.upgrade, "websocket")) {
        return refuse(400, "Upgrade does not name websocket");
    }
    if (!list_contains(request.connection, "upgrade")) {
        return refuse(400, "Connection does not name Upgrade");
    }
    if (request.version.empty()) {
        return refuse(400, "Sec-WebSocket-Version is missing");
    }
    if (request.version != "13") {
        UpgradeAnswer answer = refuse(426, "only version 13 is spoken");
        answer.head =
            "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";
        return answer;
    }
    if (request.key_count != 1 || !is_valid_key(request.key)) {
        return refuse(400, "Sec-WebSocket-Key is not one key of 16 bytes");
    }
    if (!request.protocols.empty() &&
        !std::ranges::all_of(split(request.protocols, ','), is_token)) {
        return refuse(400, "Sec-WebSocket-Protocol is malformed");
    }
    return std::nullopt;
}

}  // namespace

UpgradeAnswer answer_upgrade(
    const UpgradeRequest& request, std::string_view subprotocol, bool allow_deflate
) {
    if (auto problem = find_problem(request)) {
        return *problem;
    }
    UpgradeAnswer answer;
    answer.head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    answer.head += accept_key(request.key);
    answer.head += "\r\n";
    const auto offered = split(request.protocols, ',');
    if (!subprotocol.empty() && std::ranges::find(offered, subprotocol) != offered.end()) {
        answer.head += "Sec-WebSocket-Protocol: ";
        answer.head += subprotocol;
        answer.head += "\r\n";
    }
    if (const auto offer = allow_deflate ? choose_offer(request.extensions) : std::nullopt) {
        answer.deflate = true;
        answer.head +=
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
            "client_no_context_takeover";
        if (const auto bits = offer->server_window_bits) {
            if (*bits < kLargestWindowBits) {
                answer.deflate_window_bytes = std::size_t{1} << static_cast<unsigned>(*bits);
            }
            answer.head += "; server_max_window_bits=" + std::to_string(*bits);
        }
        answer.head += "\r\n";
    }
    answer.head += "\r\n";
    return answer;
}

}  // namespace parley::websocket
