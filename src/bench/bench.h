#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// The load generator behind `parley bench`: many clients of the wire contract in one process, which
/// measures what a server does for them and then checks that everything acknowledged is there.

namespace parley::bench {

/// Unanswered sends of one client; a paced one that has so many skips its turn. The contract remembers a
/// `client_id` until its user has made so many later sends there: with more unanswered, one that is repeated
/// after a crash would be another message.
inline constexpr std::size_t kInFlightMax = 128;

enum class AuditMode : unsigned char {
    none,     ///< only what is seen during the run
    recent,   ///< read each conversation from where the run began
    history,  ///< read each conversation from its beginning
};

/// The command line. app fills it; the flags, their argument and help texts:
///
///     --seed-file FILE    users to be, as `parley admin seed` wrote them (not with --raw)
///     --host HOST         where the server is [127.0.0.1]
///     --port PORT         [8080]
///     --connections N     clients; users 2i and 2i+1 write to each other [200]
///     --window W          sends that each client keeps unacknowledged [16]
///     --rate R            instead of --window: messages a second, of all clients together, evenly paced
///     --group ID          all are members of this group and write to it in turn; needs --rate, one thread
///     --idle              no messages: time to connect, authenticate and sync; memory per connection
///     --watch K           with --idle: each watches the presence of K contacts (`admin seed --contacts K`)
///     --storm             with --idle: after the hold all connect again at once, and that is measured, too
///     --hold S            seconds that --idle stays connected [10]
///     --raw               plain WebSocket against bench/limit_relay: no users, no JSON
///     --payload BYTES     of each message's content, at least 32 [100]
///     --duration S        seconds that are measured [10]
///     --warmup S          seconds of load before that [2]
///     --drain S           seconds to wait for answers and deliveries after the last send [30]
///     --threads N         of this program [1]
///     --connecting N      clients that may be connecting at once [256]
///     --no-sync           do not sync after authenticating
///     --reconnect         connect again when a connection dies, and repair what was missed
///     --audit MODE        none, recent (from where the run began) or history (all) [history]
///     --server-pid PID    measure this process: CPU time and memory
///     --json FILE         results, for programs
///     --history FILE      what each client did and saw, for `parley_history check`
struct Options {
    std::string seed_file;
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::size_t connections = 200;
    std::size_t window = 16;
    std::uint64_t rate = 0;
    std::string group;  ///< a conversation id; against the relay anything
    bool idle = false;
    std::size_t watch = 0;
    bool storm = false;
    double hold_seconds = 10;
    bool raw = false;
    std::size_t payload_bytes = 100;
    double duration_seconds = 10;
    double warmup_seconds = 2;
    double drain_seconds = 30;
    std::size_t threads = 1;
    std::size_t connecting = 256;
    bool sync = true;  ///< --no-sync clears it
    bool reconnect = false;
    AuditMode audit = AuditMode::history;
    int server_pid = 0;
    std::string json_file;
    std::string history_file;
};

/// Runs to the end and prints the results to standard output, problems to standard error. Blocks; starts and
/// ends its own threads. SIGINT (Ctrl-C), SIGTERM or SIGHUP ends the load before its time, and what was sent
/// is audited all the same; a second one ends the program. Answers the exit code: 0; 1 when the audit found
/// something, or connections failed that should not have; 2 when the options or files are wrong.
[[nodiscard]] int run(const Options& options);

}  // namespace parley::bench
