#include "app/commands.h"

#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "app/admin_commands.h"
#include "app/config.h"
#include "app/seed.h"
#include "app/standalone.h"
#include "bench/bench.h"

#ifndef PARLEY_VERSION
#define PARLEY_VERSION "unknown"
#endif

namespace parley::app {
namespace {

/// The flags that name configuration, shared by the commands that read it.
struct ConfigFlags {
    std::string file;
    std::string data;
    std::string listen;

    void add_to(CLI::App& command) {
        command.add_option(
            "--config", file, "Configuration file (TOML); see `parley defaultconfig`"
        );
        command.add_option("--data", data, "Data directory [./parley-data]");
        command.add_option("--listen", listen, "HOST:PORT [127.0.0.1:8080]");
    }
    [[nodiscard]] Result<Config> load(const std::vector<std::string>& environment) const {
        std::vector<Setting> flags;
        if (!data.empty()) {
            flags.push_back({.key = "server.data_dir", .value = data, .from = "--data"});
        }
        if (!listen.empty()) {
            flags.push_back({.key = "server.listen", .value = listen, .from = "--listen"});
        }
        return load_config(file, environment, flags);
    }
};

int fail(const Error& error) {
    std::fprintf(stderr, "parley: %s\n", error.detail.c_str());
    return 1;
}

void add_bench_flags(CLI::App& command, bench::Options& o) {
    command.add_option(
        "--seed-file", o.seed_file, "Users to be, as `parley admin seed` wrote them"
    );
    command.add_option("--host", o.host, "Where the server is")->capture_default_str();
    command.add_option("--port", o.port, "Its port")->capture_default_str();
    command.add_option("--connections", o.connections, "Clients; 2i and 2i+1 write to each other")
        ->capture_default_str();
    command.add_option("--window", o.window, "Unacknowledged sends of each client")
        ->capture_default_str();
    command.add_option(
        "--rate", o.rate, "Instead of a window: messages a second of all clients together"
    );
    command.add_option(
        "--group", o.group, "All are members of this group and write to it; needs --rate"
    );
    command.add_flag(
        "--idle", o.idle, "No messages: time to connect and sync, memory per connection"
    );
    command.add_option("--watch", o.watch, "With --idle: watch the presence of so many contacts");
    command.add_flag("--storm", o.storm, "With --idle: after the hold all connect again at once");
    command.add_option("--hold", o.hold_seconds, "Seconds that --idle stays connected")
        ->capture_default_str();
    command.add_flag("--raw", o.raw, "Plain WebSocket against bench/limit's relay");
    command.add_option("--payload", o.payload_bytes, "Bytes of each message's content")
        ->capture_default_str();
    command.add_option("--duration", o.duration_seconds, "Seconds that are measured")
        ->capture_default_str();
    command.add_option("--warmup", o.warmup_seconds, "Seconds of load before that")
        ->capture_default_str();
    command
        .add_option("--drain", o.drain_seconds, "Seconds to wait for answers after the last send")
        ->capture_default_str();
    command.add_option("--threads", o.threads, "Threads of this program")->capture_default_str();
    command.add_option("--connecting", o.connecting, "Clients connecting at once")
        ->capture_default_str();
    command.add_flag("!--no-sync", o.sync, "Do not sync after authenticating");
    command.add_flag(
        "--reconnect", o.reconnect, "Connect again when a connection dies, repair what was missed"
    );
    const std::map<std::string, bench::AuditMode> modes{
        {"none", bench::AuditMode::none},
        {"recent", bench::AuditMode::recent},
        {"history", bench::AuditMode::history}
    };
    command.add_option("--audit", o.audit, "none, recent or history")
        ->transform(CLI::CheckedTransformer(modes));
    command.add_option("--server-pid", o.server_pid, "Measure this process");
    command.add_option("--json", o.json_file, "Write the results here");
    command.add_option(
        "--history", o.history_file, "Write what each client did and saw here, for parley_history"
    );
}

void add_seed_flags(CLI::App& command, SeedOptions& o) {
    command.add_option("--users", o.users, "How many; 2i and 2i+1 have a conversation")->required();
    command.add_option(
        "--contacts", o.contacts, "Contacts of each: so many and one more know each other"
    );
    command.add_option("--messages", o.messages, "Stored messages, over all conversations");
    command.add_option("--payload", o.payload_bytes, "Bytes of each")->capture_default_str();
    command.add_option("--token-days", o.token_days, "Lifetime of the tokens")
        ->capture_default_str();
    command.add_option("--out", o.out, "File for users and tokens, as JSON lines")->required();
}

}  // namespace

int run_command(int argc, char** argv, const std::vector<std::string>& environment) {
    CLI::App app{"Parley: a self-hosted chat server", "parley"};
    app.require_subcommand(1);
    ConfigFlags flags;
    CLI::App* serve_command = app.add_subcommand("serve", "Serve; everything has a default");
    CLI::App* check_command =
        app.add_subcommand("checkconfig", "Read the configuration and say what is wrong with it");
    flags.add_to(*serve_command);
    flags.add_to(*check_command);
    CLI::App* config_command =
        app.add_subcommand("defaultconfig", "Print every key with its default, as TOML");
    CLI::App* env_command = app.add_subcommand("defaultenv", "The same as environment variables");
    CLI::App* version_command = app.add_subcommand("version", "Print the version");
    CLI::App* admin_command =
        app.add_subcommand("admin", "What an operator does, with a server that runs or without");
    admin_command->require_subcommand(1);
    CLI::App* seed_command =
        admin_command->add_subcommand("seed", "Make users and messages for tests and benchmarks");
    flags.add_to(*seed_command);
    SeedOptions seed_options;
    add_seed_flags(*seed_command, seed_options);
    AdminCommands admin{app, *admin_command, [&flags](CLI::App& command) {
                            flags.add_to(command);
                        }};
    CLI::App* bench_command =
        app.add_subcommand("bench", "Load generator: rates, latencies, and what was lost");
    bench::Options bench_options;
    add_bench_flags(*bench_command, bench_options);
    CLI11_PARSE(app, argc, argv);

    if (*config_command) {
        std::fputs(default_config().c_str(), stdout);
        return 0;
    }
    if (*env_command) {
        std::fputs(default_environment().c_str(), stdout);
        return 0;
    }
    if (*version_command) {
        std::puts("parley " PARLEY_VERSION);
        return 0;
    }
    if (*bench_command) {
        return bench::run(bench_options);
    }
    const auto config = flags.load(environment);
    if (!config.ok()) {
        return fail(config.error());
    }
    if (*check_command) {
        std::puts("the configuration is well");
        return 0;
    }
    if (admin.asked()) {
        const auto done = admin.run(*config);
        return done.ok() ? 0 : fail(done.error());
    }
    if (*seed_command) {
        const auto seeded = seed(*config, seed_options);
        return seeded.ok() ? 0 : fail(seeded.error());
    }
    return serve(*config);
}

}  // namespace parley::app
