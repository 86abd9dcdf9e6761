#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/disk.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/stream.h"

namespace parley::runtime {

struct TlsFiles {
    std::string certificate_file;  ///< PEM chain; empty: no TLS
    std::string key_file;          ///< PEM
};

struct ListenOptions {
    std::string host = "127.0.0.1";  ///< an address, IPv4 or IPv6, or a name that resolves to one
    std::uint16_t port = 8080;
    TlsFiles tls = {};
};

struct RuntimeOptions {
    std::size_t loops = 0;  ///< 0: one per core
};

/// The real machine: threads, sockets, disk, clock. Made once, by the composition root or a test.
class Runtime {
public:
    explicit Runtime(RuntimeOptions options);
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    Runtime(Runtime&&) = delete;
    Runtime& operator=(Runtime&&) = delete;
    /// stop() and join.
    ~Runtime();

    [[nodiscard]] std::size_t loop_count() const noexcept;
    [[nodiscard]] Loop& loop(std::size_t index) noexcept;
    [[nodiscard]] const Clock& clock() const noexcept;
    [[nodiscard]] Disk& disk() noexcept;

    /// A bounded pool of `threads`, named for logs and metrics. Lives until the Runtime ends.
    [[nodiscard]] Pool& make_pool(
        std::string name,
        std::size_t threads,
        std::size_t queue_max,
        PoolPriority priority = PoolPriority::normal
    );
    [[nodiscard]] Worker& make_worker(std::string name);

    /// Starts the loops' threads. Also raises the limit on open files as far as it may, and ignores
    /// SIGPIPE, so that a reader of our log that goes away does not end the process.
    void start();
    /// Pools and workers refuse new jobs, run their queues dry and end; the loops still run, so that the
    /// answers arrive. Then each loop ends once it has run what is posted to it; what is posted to an
    /// ended loop is destroyed with the Runtime. From any thread but a loop's or pool's. Idempotent.
    void stop();

    /// Binds and accepts; TCP_NODELAY is set. Each connection is given to the next loop in turn, where
    /// `on_accept` is called with it, which must outlive stop(). The Listener must not outlive the
    /// Runtime; its end is its stop. Errors: `conflict` (port taken), `invalid_request` (host, certificate).
    [[nodiscard]] Result<std::unique_ptr<Listener>> listen(
        const ListenOptions& options, std::function<void(Loop&, std::unique_ptr<Stream>)> on_accept
    );
    /// The same at a path, for this user alone (local_socket.h); connections come to loop 0, from the address "local".
    [[nodiscard]] Result<std::unique_ptr<Listener>> listen_local(
        const std::string& path, std::function<void(Loop&, std::unique_ptr<Stream>)> on_accept
    );
    /// Reads certificate and key again (SIGHUP); on failure the old ones stay in use.
    [[nodiscard]] Result<void> reload_tls();

    /// Connects from `loop` (a client: the load generator, tests); `done` is called on that loop.
    /// `source` binds the local address when not empty (loopback addresses spread the port space).
    void connect(
        Loop& loop,
        std::string host,
        std::uint16_t port,
        std::string source,
        UniqueFunction<void(Result<std::unique_ptr<Stream>>)> done
    );

    /// Calls `on_signal(number)` on loop 0 for SIGTERM, SIGINT and SIGHUP.
    void on_signals(std::function<void(int)> on_signal);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace parley::runtime
