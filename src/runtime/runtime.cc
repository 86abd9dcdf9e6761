#include "runtime/runtime.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/signal_set.hpp>

#include "base/assert.h"
#include "runtime/asio_loop.h"
#include "runtime/disk_posix.h"
#include "runtime/local_socket.h"
#include "runtime/system.h"
#include "runtime/tcp_connect.h"
#include "runtime/tcp_listener.h"
#include "runtime/thread_pool.h"

namespace parley::runtime {
namespace {

std::size_t loops_for(std::size_t wanted) {
    return wanted != 0 ? wanted : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

/// Members are destroyed from the last to the first: what refers to a loop goes before the loops.
class Runtime::State {
public:
    explicit State(RuntimeOptions options) {
        const std::size_t count = loops_for(options.loops);
        for (std::size_t i = 0; i < count; ++i) {
            loops.push_back(std::make_unique<AsioLoop>(LoopId{static_cast<std::uint32_t>(i)}, clock)
            );
        }
    }

    void await_signal() {
        signals->async_wait([this](const boost::system::error_code& error, int number) {
            if (!error) {
                on_signal(number);
                await_signal();
            }
        });
    }

    std::unique_ptr<Listener> accept_on(std::unique_ptr<TcpAcceptor> acceptor);

    SystemClock clock;
    PosixDisk disk;
    std::vector<std::unique_ptr<AsioLoop>> loops;
    std::mutex acceptors_mutex;  // listen() on main, reload_tls() where a signal comes
    std::vector<std::unique_ptr<TcpAcceptor>> acceptors;
    std::function<void(int)> on_signal;
    std::unique_ptr<boost::asio::signal_set> signals;
    std::vector<std::unique_ptr<ThreadPool>> pools;
    std::vector<std::unique_ptr<WorkerThread>> workers;
    std::mutex stop_mutex;  // stop() may be called by main and by a destructor
    std::vector<std::thread> threads;
};

namespace {

/// What Runtime::listen hands out: its end is the acceptor's stop, on the acceptor's loop.
class TcpListener final : public Listener {
public:
    explicit TcpListener(TcpAcceptor& acceptor) noexcept : acceptor_(acceptor) {}
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;
    TcpListener(TcpListener&&) = delete;
    TcpListener& operator=(TcpListener&&) = delete;
    ~TcpListener() override {
        if (acceptor_.home().is_current()) {
            acceptor_.stop();
        } else {
            acceptor_.home().post([&acceptor = acceptor_] { acceptor.stop(); });
        }
    }

    void stop() override { acceptor_.stop(); }
    [[nodiscard]] std::uint16_t port() const noexcept override { return acceptor_.port(); }

private:
    TcpAcceptor& acceptor_;
};

}  // namespace

std::unique_ptr<Listener> Runtime::State::accept_on(std::unique_ptr<TcpAcceptor> acceptor) {
    acceptor->start();
    auto listener = std::make_unique<TcpListener>(*acceptor);
    const std::lock_guard lock{acceptors_mutex};
    acceptors.push_back(std::move(acceptor));
    return listener;
}

Runtime::Runtime(RuntimeOptions options) : state_(std::make_unique<State>(options)) {}

Runtime::~Runtime() {
    stop();
    // Everything that still waits may hold streams or post to other loops: all loops are still there.
    for (const auto& loop : state_->loops) {
        loop->drop_pending();
    }
}

std::size_t Runtime::loop_count() const noexcept {
    return state_->loops.size();
}

Loop& Runtime::loop(std::size_t index) noexcept {
    PARLEY_ASSERT(index < state_->loops.size());
    return *state_->loops[index];
}

const Clock& Runtime::clock() const noexcept {
    return state_->clock;
}

Disk& Runtime::disk() noexcept {
    return state_->disk;
}

Pool& Runtime::make_pool(
    std::string name, std::size_t threads, std::size_t queue_max, PoolPriority priority
) {
    auto& pools = state_->pools;
    pools.push_back(std::make_unique<ThreadPool>(std::move(name), threads, queue_max, priority));
    return *pools.back();
}

Worker& Runtime::make_worker(std::string name) {
    auto& workers = state_->workers;
    workers.push_back(std::make_unique<WorkerThread>(std::move(name)));
    return *workers.back();
}

void Runtime::start() {
    PARLEY_ASSERT(state_->threads.empty());
    raise_open_file_limit();
    std::signal(SIGPIPE, SIG_IGN);
    for (const auto& loop : state_->loops) {
        state_->threads.emplace_back([&loop = *loop] {
            name_this_thread(("loop-" + std::to_string(loop.id().value)).c_str());
            loop.run();
        });
    }
}

void Runtime::stop() {
    const std::lock_guard lock{state_->stop_mutex};
    // While the loops still run, so that what pools and workers answer arrives.
    for (const auto& pool : state_->pools) {
        pool->stop();
    }
    for (const auto& worker : state_->workers) {
        worker->stop();
    }
    for (const auto& loop : state_->loops) {
        PARLEY_ASSERT(!loop->is_current());
        loop->request_stop();
    }
    for (std::thread& thread : state_->threads) {
        thread.join();
    }
    state_->threads.clear();
}

Result<std::unique_ptr<Listener>> Runtime::listen(
    const ListenOptions& options, std::function<void(Loop&, std::unique_ptr<Stream>)> on_accept
) {
    std::unique_ptr<TlsContext> tls;
    if (!options.tls.certificate_file.empty()) {
        TRY(tls, TlsContext::load(options.tls));
    }
    TRY(UniqueFd fd, bind_and_listen(options.host, options.port));
    std::vector<AsioLoop*> loops;
    for (const auto& loop : state_->loops) {
        loops.push_back(loop.get());
    }
    return state_->accept_on(std::make_unique<TcpAcceptor>(
        std::move(loops), std::move(fd), std::move(tls), std::move(on_accept)
    ));
}

Result<std::unique_ptr<Listener>> Runtime::listen_local(
    const std::string& path, std::function<void(Loop&, std::unique_ptr<Stream>)> on_accept
) {
    TRY(UniqueFd fd, runtime::listen_local(path));
    std::vector<AsioLoop*> loops{state_->loops.front().get()};
    return state_->accept_on(std::make_unique<TcpAcceptor>(
        std::move(loops), std::move(fd), nullptr, std::move(on_accept)
    ));
}

Result<void> Runtime::reload_tls() {
    const std::lock_guard lock{state_->acceptors_mutex};
    for (const auto& acceptor : state_->acceptors) {
        if (acceptor->tls() == nullptr) {
            continue;
        }
        if (auto reloaded = acceptor->tls()->reload(); !reloaded.ok()) {
            return reloaded;
        }
    }
    return {};
}

void Runtime::connect(
    Loop& loop,
    std::string host,
    std::uint16_t port,
    std::string source,
    UniqueFunction<void(Result<std::unique_ptr<Stream>>)> done
) {
    AsioLoop& home = *state_->loops.at(loop.id().value);
    ConnectRequest request{
        .host = std::move(host),
        .port = port,
        .source = std::move(source),
        .done = std::move(done),
    };
    home.post([&home, wanted = std::move(request)]() mutable {
        connect_on(home, std::move(wanted));
    });
}

void Runtime::on_signals(std::function<void(int)> on_signal) {
    PARLEY_ASSERT(!state_->signals);
    AsioLoop& home = *state_->loops.front();
    state_->on_signal = std::move(on_signal);
    state_->signals =
        std::make_unique<boost::asio::signal_set>(home.context(), SIGTERM, SIGINT, SIGHUP);
    home.post([state = state_.get()] { state->await_signal(); });
}

}  // namespace parley::runtime
