#include "app/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <optional>
#include <sstream>
#include <variant>

// toml++ 3.3.0 asserts what a file may break ("[~" is enough), and with NDEBUG takes it for granted. Without
// both it goes on to the error message that it has for it.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace parley::app {
namespace {

struct Bounds {
    std::int64_t least = 0;
    std::int64_t most = 0;
};

using Member = std::variant<
    std::string Config::*,
    std::int64_t Config::*,
    bool Config::*,
    std::vector<std::string> Config::*>;

struct Key {
    std::string_view name;
    std::string_view help;
    Member member;
    Bounds bounds;  ///< of a number
};

constexpr std::int64_t kMany = 1'000'000'000;

std::vector<Key> keys_of_serving() {
    return {
        {"server.listen", "Where to listen: HOST:PORT", &Config::listen, {}},
        {"server.data_dir", "Where everything is kept", &Config::data_dir, {}},
        {"server.loops", "Threads that serve connections; 0: one per core", &Config::loops, {0, 64}
        },
        {"server.allowed_origins",
         "Web pages of these origins may connect, beside the server's own",
         &Config::allowed_origins,
         {}},
        {"tls.certificate_file",
         "PEM chain; empty: no TLS. Read again on SIGHUP",
         &Config::certificate_file,
         {}},
        {"tls.key_file", "PEM private key", &Config::key_file, {}},
        {"log.level", "debug, info, warn, error or off", &Config::log_level, {}},
        {"log.format", "text or json", &Config::log_format, {}},
    };
}

std::vector<Key> keys_of_rates() {
    return {
        {"limits.sends_per_second", "Per user; 0: no limit", &Config::sends_per_second, {0, kMany}},
        {"limits.sends_burst", "Sends at once, per user", &Config::sends_burst, {1, kMany}},
        {"limits.searches_per_second",
         "Searches per user; 0: no limit",
         &Config::searches_per_second,
         {0, kMany}},
        {"limits.searches_burst", "Searches at once, per user", &Config::searches_burst, {1, kMany}
        },
        {"limits.device_sends_per_second",
         "Per device, beside the user's; 0: no limit of its own",
         &Config::device_sends_per_second,
         {0, kMany}},
        {"limits.device_sends_burst",
         "Sends at once, per device",
         &Config::device_sends_burst,
         {1, kMany}},
        {"limits.group_sends_per_second",
         "Of all members together into one group; 0: no limit",
         &Config::group_sends_per_second,
         {0, kMany}},
        {"limits.group_sends_burst",
         "Sends at once into one group",
         &Config::group_sends_burst,
         {1, kMany}},
        {"limits.requests_per_second",
         "HTTP requests of any kind per address; 0: no limit",
         &Config::requests_per_second,
         {0, kMany}},
        {"limits.requests_burst",
         "HTTP requests at once, per address",
         &Config::requests_burst,
         {1, kMany}},
        {"limits.reports_per_hour",
         "Reports to the operators, per user; 0: no limit",
         &Config::reports_per_hour,
         {0, kMany}},
        {"limits.reports_burst", "Reports at once, per user", &Config::reports_burst, {1, kMany}},
        {"limits.logins_per_second",
         "Logins and registrations per address; 0: no limit",
         &Config::logins_per_second,
         {0, kMany}},
        {"limits.logins_burst",
         "Logins and registrations at once, per address",
         &Config::logins_burst,
         {1, kMany}},
        {"limits.refreshes_per_second",
         "Token refreshes per address; 0: no limit",
         &Config::refreshes_per_second,
         {0, kMany}},
        {"limits.refreshes_burst",
         "Token refreshes at once, per address",
         &Config::refreshes_burst,
         {1, kMany}},
    };
}

std::vector<Key> keys_of_growth() {
    return {
        {"limits.groups_per_hour",
         "Groups that a user creates; 0: no limit",
         &Config::groups_per_hour,
         {0, kMany}},
        {"limits.groups_burst",
         "Groups created at once, per user",
         &Config::groups_burst,
         {1, kMany}},
        {"limits.group_members_max",
         "Members of one group",
         &Config::group_members_max,
         {2, 100'000}},
        {"limits.members_per_hour",
         "Members that a user adds to groups, in new ones too; 0: no limit",
         &Config::members_per_hour,
         {0, kMany}},
        {"limits.members_burst",
         "Members added at once, per user",
         &Config::members_burst,
         {1, kMany}},
    };
}

std::vector<Key> keys_of_limits() {
    return {
        {"limits.devices_per_user",
         "One more login logs out the device unused for longest",
         &Config::devices_per_user,
         {1, 100'000}},
        {"limits.sessions_per_device",
         "WebSockets at once",
         &Config::sessions_per_device,
         {1, kMany}},
        {"limits.connections",
         "TCP connections at once; 1152 of the files that may be open are kept for the server "
         "itself",
         &Config::connections,
         {1, kMany}},
        {"limits.heartbeat_seconds",
         "A session silent for two of these is closed",
         &Config::heartbeat_seconds,
         {1, 3600}},
        {"limits.auth_timeout_ms",
         "From connecting to the auth frame",
         &Config::auth_timeout_ms,
         {10, 600'000}},
        {"limits.header_timeout_ms",
         "For a request's head to arrive",
         &Config::header_timeout_ms,
         {10, 600'000}},
        {"limits.body_timeout_ms",
         "For a request's body to arrive",
         &Config::body_timeout_ms,
         {10, 600'000}},
        {"limits.keep_alive_timeout_ms",
         "Between two requests of a connection",
         &Config::keep_alive_timeout_ms,
         {10, 3'600'000}},
        {"limits.outbox_bytes",
         "Unread bytes of a session; above it is closed with 4008",
         &Config::outbox_bytes,
         {70'000, kMany}},
        {"limits.refusals",
         "Refused frames within 10 s; then the session is closed with 4029",
         &Config::refusals,
         {1, 65'000}},
    };
}

std::vector<Key> keys_of_accounts() {
    return {
        {"auth.access_token_seconds",
         "Lifetime of an access token",
         &Config::access_token_seconds,
         {5, 86'400}},
        {"auth.refresh_token_days",
         "Lifetime of an unused refresh token",
         &Config::refresh_token_days,
         {1, 3650}},
        {"auth.password_length_min", "In characters", &Config::password_length_min, {8, 256}},
        {"auth.password_memory_mib",
         "argon2id: memory of one hash",
         &Config::password_memory_mib,
         {19, 4096}},
        {"auth.password_passes", "argon2id: passes", &Config::password_passes, {2, 100}},
        {"auth.hashing_threads", "Passwords hashed at once", &Config::hashing_threads, {1, 64}},
        {"auth.signing_key_days",
         "A new signing key after so long",
         &Config::signing_key_days,
         {1, 3650}},
        {"auth.registrations",
         "Who may make an account: open (everybody), invite (who has an operator's invite) or "
         "closed",
         &Config::registrations,
         {}},
        {"auth.reset_hours",
         "How long the token of a password reset is good for",
         &Config::reset_hours,
         {1, 720}},
        {"websocket.compression",
         "Offer permessage-deflate for frames of 1 KiB and more",
         &Config::compression,
         {}},
    };
}

std::vector<Key> keys_of_keeping() {
    return {
        {"storage.log_segment_mib",
         "Size of one file of the command log",
         &Config::log_segment_mib,
         {1, 1024}},
        {"storage.write_interval_ms",
         "A change waits so long for the store; the log has it at once",
         &Config::write_interval_ms,
         {1, 60'000}},
        {"storage.flush_seconds",
         "The store is made durable, and old log files go, after so long",
         &Config::flush_seconds,
         {1, 3600}},
        {"storage.log_roll_seconds",
         "A new log file begins so often: what was erased is in none after twice as long and a "
         "flush",
         &Config::log_roll_seconds,
         {60, 43'200}},
        {"storage.retention_days",
         "Everything older is erased, in all conversations; 0: it stays",
         &Config::retention_days,
         {0, 36'500}},
        {"storage.sweep_seconds",
         "Between two looks at all conversations for what has expired; nobody sees it meanwhile",
         &Config::sweep_seconds,
         {1, 86'400}},
        {"storage.export_hours",
         "How long an export may be fetched",
         &Config::export_hours,
         {1, 720}},
        {"storage.cached_conversations",
         "Conversations in memory, per loop",
         &Config::cached_conversations,
         {100, kMany}},
        {"storage.store_cache_mib",
         "Memory for what was read from the store",
         &Config::store_cache_mib,
         {1, 65'536}},
    };
}

const std::vector<Key>& keys() {
    static const std::vector<Key> all = [] {
        std::vector<Key> every = keys_of_serving();
        std::ranges::move(keys_of_rates(), std::back_inserter(every));
        std::ranges::move(keys_of_growth(), std::back_inserter(every));
        std::ranges::move(keys_of_limits(), std::back_inserter(every));
        std::ranges::move(keys_of_accounts(), std::back_inserter(every));
        std::ranges::move(keys_of_keeping(), std::back_inserter(every));
        return every;
    }();
    return all;
}

Error invalid(std::string detail) {
    return {ErrorCode::invalid_request, std::move(detail)};
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

Result<const Key*> find_key(std::string_view name) {
    const auto& all = keys();
    const auto at = std::ranges::find(all, name, &Key::name);
    if (at != all.end()) {
        return &*at;
    }
    const auto nearest =
        std::ranges::min_element(all, {}, [&](const Key& key) { return distance(key.name, name); });
    return invalid(
        "unknown key " + std::string{name} + "; did you mean " + std::string{nearest->name} + "?"
    );
}

Result<void> set_number(
    Config& config, const Key& key, std::int64_t Config::* member, std::int64_t value
) {
    if (value < key.bounds.least || value > key.bounds.most) {
        return invalid(
            std::string{key.name} + " must be between " + std::to_string(key.bounds.least) +
            " and " + std::to_string(key.bounds.most)
        );
    }
    config.*member = value;
    return {};
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (end > 0) {
            parts.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

Result<void> set_text(Config& config, const Key& key, const std::string& value) {
    if (const auto* text = std::get_if<std::string Config::*>(&key.member)) {
        config.** text = value;
        return {};
    }
    if (const auto* list = std::get_if<std::vector<std::string> Config::*>(&key.member)) {
        config.** list = split(value);
        return {};
    }
    if (const auto* truth = std::get_if<bool Config::*>(&key.member)) {
        if (value != "true" && value != "false") {
            return invalid(std::string{key.name} + " must be true or false");
        }
        config.** truth = value == "true";
        return {};
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) {
        return invalid(std::string{key.name} + " must be a whole number");
    }
    return set_number(config, key, std::get<std::int64_t Config::*>(key.member), number);
}

Result<void> set_node(Config& config, const Key& key, const toml::node& node) {
    if (const auto* number = std::get_if<std::int64_t Config::*>(&key.member)) {
        const auto value = node.value_exact<std::int64_t>();
        return value ? set_number(config, key, *number, *value)
                     : Result<void>{invalid(std::string{key.name} + " must be a whole number")};
    }
    if (const auto* truth = std::get_if<bool Config::*>(&key.member)) {
        const auto value = node.value_exact<bool>();
        if (!value) {
            return invalid(std::string{key.name} + " must be true or false");
        }
        config.** truth = *value;
        return {};
    }
    if (const auto* text = std::get_if<std::string Config::*>(&key.member)) {
        const auto value = node.value_exact<std::string>();
        if (!value) {
            return invalid(std::string{key.name} + " must be a string");
        }
        config.** text = *value;
        return {};
    }
    auto& list = config.*std::get<std::vector<std::string> Config::*>(key.member);
    list.clear();
    if (const toml::array* array = node.as_array()) {
        for (const toml::node& item : *array) {
            const auto value = item.value_exact<std::string>();
            if (!value) {
                return invalid(std::string{key.name} + " must be an array of strings");
            }
            list.push_back(*value);
        }
        return {};
    }
    return invalid(std::string{key.name} + " must be an array of strings");
}

std::string at_line(const std::string& file, const toml::source_region& source) {
    return file + ":" + std::to_string(source.begin.line) + ": ";
}

/// Whether a line has characters that are not ASCII where TOML has none: outside strings and comments. toml++
/// 3.3.0 does not refuse all of them but takes a branch that it holds to be unreachable. Strings over several
/// lines, which no key of ours needs, count as outside.
bool has_stray_character(std::string_view line) {
    constexpr std::string_view kBeforeString = "=,[{.";
    const bool may_quote =
        line.find(R"(""")") == std::string_view::npos && line.find("'''") == std::string_view::npos;
    char quote = '\0';
    char before = '=';  // the last character that is no blank; a key may be quoted too
    bool beyond_ascii = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == '\0' && c == '#') {
            break;
        }
        beyond_ascii = beyond_ascii || static_cast<unsigned char>(c) >= 0x80;
        if (quote == '"' && c == '\\') {
            ++i;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
            beyond_ascii = false;
        } else if (quote == '\0' && may_quote && (c == '"' || c == '\'') &&
                   kBeforeString.find(before) != std::string_view::npos) {
            quote = c;
        }
        if (quote == '\0' && beyond_ascii) {
            return true;
        }
        before = c == ' ' || c == '\t' ? before : c;
    }
    return beyond_ascii;
}

Result<void> check_characters(const std::string& file, std::string_view text) {
    std::size_t number = 1;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        if (has_stray_character(text.substr(0, end + 1))) {
            return invalid(
                file + ":" + std::to_string(number) +
                ": a character that is not ASCII stands outside quotes"
            );
        }
        text.remove_prefix(end + 1);
        ++number;
    }
    return {};
}

Result<void> read_file(Config& config, const std::string& file) {
    std::ifstream in{file};
    if (!in) {
        return invalid("cannot read " + file);
    }
    std::stringstream text;
    text << in.rdbuf();
    if (in.bad() || std::filesystem::is_directory(file)) {
        return invalid("cannot read " + file);
    }
    if (auto checked = check_characters(file, text.view()); !checked.ok()) {
        return checked;
    }
    const toml::parse_result parsed = toml::parse(text.view());
    if (!parsed) {
        return invalid(
            at_line(file, parsed.error().source()) + std::string{parsed.error().description()}
        );
    }
    for (const auto& [section, node] : parsed.table()) {
        const toml::table* table = node.as_table();
        if (table == nullptr) {
            const auto found =
                find_key(section.str());  // "server.listen" = …: a name of ours, in quotes
            const std::string what = found.ok() ? std::string{section.str()} +
                                                      " must stand in its section, without quotes"
                                                : found.error().detail;
            return invalid(at_line(file, node.source()) + what);
        }
        for (const auto& [name, value] : *table) {
            const std::string full = std::string{section.str()} + "." + std::string{name.str()};
            const auto key = find_key(full);
            if (!key.ok()) {
                return invalid(at_line(file, value.source()) + key.error().detail);
            }
            if (auto set = set_node(config, **key, value); !set.ok()) {
                return invalid(at_line(file, value.source()) + set.error().detail);
            }
        }
    }
    return {};
}

std::string variable_of(std::string_view key) {
    std::string name = "PARLEY_";
    for (const char c : key) {
        name.push_back(
            c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c)
        );
    }
    return name;
}

Result<void> read_environment(Config& config, const std::vector<std::string>& environment) {
    constexpr std::string_view kPrefix = "PARLEY_";
    for (const std::string& entry : environment) {
        const std::size_t equals = entry.find('=');
        const std::string name = entry.substr(0, equals);
        if (!name.starts_with(kPrefix) || equals == std::string::npos) {
            continue;
        }
        const auto& all = keys();
        // Variables of other programs may begin like ours; those of a section of ours are meant for us.
        const bool ours = std::ranges::any_of(all, [&](const Key& one) {
            return name.starts_with(variable_of(one.name.substr(0, one.name.find('.') + 1)));
        });
        if (!ours) {
            continue;
        }
        const auto key = std::ranges::find_if(all, [&](const Key& one) {
            return variable_of(one.name) == name;
        });
        if (key == all.end()) {
            const auto nearest = std::ranges::min_element(all, {}, [&](const Key& one) {
                return distance(variable_of(one.name), name);
            });
            return invalid(
                "unknown variable " + name + "; did you mean " + variable_of(nearest->name) + "?"
            );
        }
        if (auto set = set_text(config, *key, entry.substr(equals + 1)); !set.ok()) {
            return invalid(name + ": " + set.error().detail);
        }
    }
    return {};
}

Result<void> check(const Config& config) {
    if (auto listen = parse_listen(config.listen); !listen.ok()) {
        return std::move(listen).error();
    }
    if (config.certificate_file.empty() != config.key_file.empty()) {
        return invalid("tls.certificate_file and tls.key_file go together");
    }
    constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warn", "error", "off"};
    if (std::ranges::find(kLevels, config.log_level) == kLevels.end()) {
        return invalid("log.level must be debug, info, warn, error or off");
    }
    if (config.registrations != "open" && config.registrations != "invite" &&
        config.registrations != "closed") {
        return invalid("auth.registrations must be open, invite or closed");
    }
    if (config.log_format != "text" && config.log_format != "json") {
        return invalid("log.format must be text or json");
    }
    if (config.data_dir.empty()) {
        return invalid("server.data_dir is empty");
    }
    return {};
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
    return out;
}

std::string value_of(const Config& config, const Key& key, bool toml) {
    if (const auto* text = std::get_if<std::string Config::*>(&key.member)) {
        return toml ? toml_string(config.**text) : config.**text;
    }
    if (const auto* truth = std::get_if<bool Config::*>(&key.member)) {
        return config.**truth ? "true" : "false";
    }
    if (const auto* number = std::get_if<std::int64_t Config::*>(&key.member)) {
        return std::to_string(config.**number);
    }
    return toml ? "[]" : "";
}

}  // namespace

Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string_view::npos) {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (error == std::errc{} && end == digits.data() + digits.size() && !digits.empty()) {
            std::string host{text.substr(0, colon)};
            if (host.starts_with('[') && host.ends_with(']')) {
                host = host.substr(1, host.size() - 2);
            }
            return std::pair{host.empty() ? std::string{"0.0.0.0"} : host, port};
        }
    }
    return invalid("server.listen must be HOST:PORT, not " + std::string{text});
}

Result<Config> load_config(
    const std::string& file,
    const std::vector<std::string>& environment,
    const std::vector<Setting>& flags
) {
    Config config;
    if (!file.empty()) {
        if (auto read = read_file(config, file); !read.ok()) {
            return std::move(read).error();
        }
    }
    if (auto read = read_environment(config, environment); !read.ok()) {
        return std::move(read).error();
    }
    for (const Setting& flag : flags) {
        TRY(const Key* key, find_key(flag.key));
        if (auto set = set_text(config, *key, flag.value); !set.ok()) {
            return invalid(flag.from + ": " + set.error().detail);
        }
    }
    if (auto checked = check(config); !checked.ok()) {
        return std::move(checked).error();
    }
    return config;
}

std::string default_config() {
    const Config config;
    std::string out =
        "# Parley's configuration: every key with its default. Only what differs needs to be "
        "kept.\n";
    std::string_view section;
    for (const Key& key : keys()) {
        const std::size_t dot = key.name.find('.');
        if (key.name.substr(0, dot) != section) {
            section = key.name.substr(0, dot);
            out.append("\n[").append(section).append("]\n");
        }
        out.append("# ").append(key.help).append("\n");
        out.append(key.name.substr(dot + 1))
            .append(" = ")
            .append(value_of(config, key, true))
            .append("\n");
    }
    return out;
}

std::string default_environment() {
    const Config config;
    std::string out;
    for (const Key& key : keys()) {
        out.append("# ").append(key.help).append("\n");
        out.append(variable_of(key.name))
            .append("=")
            .append(value_of(config, key, false))
            .append("\n");
    }
    return out;
}

}  // namespace parley::app
