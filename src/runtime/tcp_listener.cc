#include "runtime/tcp_listener.h"

#include <cerrno>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "runtime/tcp_stream.h"
#include "runtime/tls_stream.h"

namespace parley::runtime {
namespace {

/// Connections that the kernel keeps while we are busy; a restart of all clients fits.
constexpr int kBacklog = 4096;
/// Connections taken before other sockets of the loop get their turn.
constexpr int kAcceptsMax = 64;
/// How long accepting pauses when there are no descriptors; some close meanwhile.
constexpr Duration kBackOff = std::chrono::milliseconds{100};
constexpr Duration kComplainEvery = std::chrono::seconds{1};

Error bind_error(const std::string& host, std::uint16_t port, int error) {
    const std::string where = "cannot listen on " + host_and_port(host, port) + ": ";
    switch (error) {
        case EADDRINUSE:
            return {ErrorCode::conflict, where + "another program uses this port"};
        case EACCES:
            return {ErrorCode::invalid_request, where + "ports below 1024 need a privilege"};
        case EADDRNOTAVAIL:
            return {ErrorCode::invalid_request, where + "this machine does not have that address"};
        default:
            return {ErrorCode::internal, where + errno_text(error)};
    }
}

/// Answers the descriptor, or errno as a negative number.
int listen_at(const TcpAddress& address) {
    UniqueFd fd{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) {
        return -errno;
    }
    const int on = 1;
    const int off = 0;
    // A restart must not wait for the old connections' TIME_WAIT; a live listener still conflicts.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.family() == AF_INET6) {
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);  // "::" is IPv4, too
    }
    if (::bind(fd.get(), address.get(), address.length) != 0 || ::listen(fd.get(), kBacklog) != 0) {
        return -errno;
    }
    return fd.release();
}

}  // namespace

Result<UniqueFd> bind_and_listen(const std::string& host, std::uint16_t port) {
    TRY(const auto addresses, resolve(host, port));
    int error = 0;
    for (const TcpAddress& address : addresses) {
        const int fd = listen_at(address);
        if (fd >= 0) {
            return UniqueFd{fd};
        }
        error = -fd;
        if (error == EADDRINUSE) {
            break;  // the name's other addresses would only hide that
        }
    }
    return bind_error(host, port, error);
}

TcpAcceptor::TcpAcceptor(
    std::vector<AsioLoop*> loops, UniqueFd fd, std::unique_ptr<TlsContext> tls, OnStream on_stream
)
    : loops_(std::move(loops)),
      acceptor_(loops_.front()->context().get_executor()),
      tls_(std::move(tls)),
      on_stream_(std::move(on_stream)) {
    TcpAddress bound;
    PARLEY_ASSERT(::getsockname(fd.get(), bound.get(), &bound.length) == 0);
    port_ = bound.port();
    acceptor_.assign(boost::asio::ip::tcp::v4(), fd.release());
    acceptor_.native_non_blocking(true);
}

void TcpAcceptor::start() {
    home().post([this] { await_connection(); });
}

void TcpAcceptor::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

void TcpAcceptor::await_connection() {
    if (stopped_) {
        return;
    }
    acceptor_.async_wait(Acceptor::wait_read, [this](const boost::system::error_code& error) {
        if (!error && !stopped_) {
            accept_some();
        }
    });
}

void TcpAcceptor::accept_some() {
    for (int i = 0; i < kAcceptsMax; ++i) {
        TcpAddress peer;
        UniqueFd fd{::accept4(
            acceptor_.native_handle(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC
        )};
        if (fd) {
            deal(std::move(fd), peer);
            continue;
        }
        switch (errno) {
            case EAGAIN:
                await_connection();
                return;
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
                back_off(errno);
                return;
            default:
                continue;  // that one connection failed before we took it
        }
    }
    await_connection();
}

/// The backlog stays ready while descriptors are missing: waiting for it would spin.
void TcpAcceptor::back_off(int error) {
    const Duration now = home().clock().steady();
    if (last_complaint_ == Duration{0} || now - last_complaint_ >= kComplainEvery) {
        last_complaint_ = now;
        log::error("connections wait", {{"reason", errno_text(error)}, {"port", port_}});
    }
    home().after(kBackOff, [this] { await_connection(); });
}

void TcpAcceptor::deal(UniqueFd fd, const TcpAddress& peer) {
    AsioLoop& loop = *loops_[next_loop_];
    next_loop_ = (next_loop_ + 1) % loops_.size();
    if (&loop == &home()) {
        arrive(loop, std::move(fd), peer);
        return;
    }
    loop.post([this, &loop, given = std::move(fd), peer]() mutable {
        arrive(loop, std::move(given), peer);
    });
}

void TcpAcceptor::arrive(AsioLoop& loop, UniqueFd fd, const TcpAddress& peer) {
    auto stream = make_tcp_stream(loop, std::move(fd), peer.host());
    if (stream && tls_) {
        stream = make_tls_server_stream(loop, std::move(stream), *tls_);
    }
    if (stream) {
        on_stream_(loop, std::move(stream));
    }
}

}  // namespace parley::runtime
