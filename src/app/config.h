#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace parley::app {

/// Everything that can be configured, with its defaults. Flags beat the environment
/// (PARLEY_SECTION_KEY), which beats the file (TOML), which beats these. `parley defaultconfig` prints it.
struct Config {
    std::string listen = "127.0.0.1:8080";
    std::string data_dir = "./parley-data";
    std::int64_t loops = 0;
    std::vector<std::string> allowed_origins;
    std::string certificate_file;
    std::string key_file;
    std::string log_level = "info";
    std::string log_format = "text";

    std::int64_t sends_per_second = 20;
    std::int64_t sends_burst = 60;
    std::int64_t searches_per_second = 5;
    std::int64_t searches_burst = 20;
    std::int64_t device_sends_per_second = 0;
    std::int64_t device_sends_burst = 60;
    std::int64_t group_sends_per_second = 0;
    std::int64_t group_sends_burst = 1000;
    std::int64_t requests_per_second = 0;
    std::int64_t requests_burst = 1000;
    std::int64_t reports_per_hour = 30;
    std::int64_t reports_burst = 10;
    std::int64_t groups_per_hour = 20;
    std::int64_t groups_burst = 20;
    std::int64_t group_members_max = 500;
    std::int64_t members_per_hour = 1000;
    std::int64_t members_burst = 1000;
    std::int64_t logins_per_second = 5;
    std::int64_t logins_burst = 200;
    std::int64_t refreshes_per_second = 50;
    std::int64_t refreshes_burst = 1000;
    std::int64_t devices_per_user = 256;
    std::int64_t sessions_per_device = 1000;
    std::int64_t connections = 1'000'000;
    std::int64_t heartbeat_seconds = 30;
    std::int64_t auth_timeout_ms = 10'000;
    std::int64_t header_timeout_ms = 10'000;
    std::int64_t body_timeout_ms = 30'000;
    std::int64_t keep_alive_timeout_ms = 60'000;
    std::int64_t outbox_bytes = 1'048'576;
    std::int64_t refusals = 100;

    std::int64_t access_token_seconds = 900;
    std::int64_t refresh_token_days = 60;
    std::int64_t password_length_min = 8;
    std::int64_t password_memory_mib = 19;
    std::int64_t password_passes = 2;
    std::int64_t hashing_threads = 1;
    std::int64_t signing_key_days = 30;

    std::string registrations = "open";
    std::int64_t reset_hours = 24;

    bool compression = true;

    std::int64_t log_segment_mib = 64;
    std::int64_t write_interval_ms = 500;
    std::int64_t flush_seconds = 60;
    std::int64_t log_roll_seconds = 21'600;
    std::int64_t retention_days = 0;
    std::int64_t sweep_seconds = 60;
    std::int64_t export_hours = 24;
    std::int64_t cached_conversations = 100'000;
    std::int64_t store_cache_mib = 64;
};

/// One key's value from the environment or a flag.
struct Setting {
    std::string key;    ///< "server.listen"
    std::string value;  ///< as text; lists are separated by commas
    std::string from;   ///< for messages: "PARLEY_SERVER_LISTEN", "--listen"
};

/// Reads `file` (nothing when empty), then applies `environment`, then `flags`, then checks the whole.
/// Errors (`invalid_request`) say where: file, line, key, what was expected; an unknown key names the
/// nearest known one.
[[nodiscard]] Result<Config> load_config(
    const std::string& file,
    const std::vector<std::string>& environment,
    const std::vector<Setting>& flags
);

/// Every key with its default and what it is for, as TOML that load_config reads.
[[nodiscard]] std::string default_config();
/// The same as lines for a shell or a container: PARLEY_SECTION_KEY=value.
[[nodiscard]] std::string default_environment();

/// "HOST:PORT", "[v6]:PORT" or ":PORT".
[[nodiscard]] Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text);

}  // namespace parley::app
