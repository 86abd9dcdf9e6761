#include "runtime/tcp_connect.h"

#include <cerrno>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <netinet/in.h>

#include "runtime/tcp_address.h"
#include "runtime/tcp_stream.h"

namespace parley::runtime {
namespace {

namespace asio = boost::asio;

Error connect_error(const ConnectRequest& request, int error) {
    return {
        ErrorCode::unavailable,
        "cannot connect to " + host_and_port(request.host, request.port) + ": " + errno_text(error)
    };
}

/// Binds the local address without choosing a port yet: the kernel picks one when the destination is
/// known, so that the same port serves many destinations.
Result<void> bind_source(int fd, const std::string& source) {
    TRY(const TcpAddress address, parse_address(source, 0));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(fd, address.get(), address.length) != 0) {
        return Error{
            ErrorCode::invalid_request, "cannot connect from " + source + ": " + errno_text(errno)
        };
    }
    return {};
}

/// A connection that is being made; Asio's queue owns it through the handler.
struct Connecting {
    AsioLoop* loop;
    ConnectRequest request;
    TcpStream::Socket socket;
    std::string peer;
};

void finish(Connecting& connecting) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(connecting.socket.native_handle(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
        connecting.request.done(connect_error(connecting.request, error));
        return;
    }
    connecting.request.done(
        adopt_tcp_socket(*connecting.loop, std::move(connecting.socket), std::move(connecting.peer))
    );
}

void connect_to(AsioLoop& loop, ConnectRequest request, const TcpAddress& address) {
    UniqueFd fd{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) {
        request.done(connect_error(request, errno));
        return;
    }
    if (!request.source.empty()) {
        if (auto bound = bind_source(fd.get(), request.source); !bound.ok()) {
            request.done(std::move(bound).error());
            return;
        }
    }
    if (::connect(fd.get(), address.get(), address.length) != 0 && errno != EINPROGRESS) {
        request.done(connect_error(request, errno));
        return;
    }
    TcpStream::Socket socket{loop.context().get_executor()};
    boost::system::error_code error;
    socket.assign(asio::ip::tcp::v4(), fd.get(), error);
    if (error) {
        request.done(connect_error(request, error.value()));
        return;
    }
    static_cast<void>(fd.release());
    auto connecting = std::make_unique<Connecting>(
        Connecting{&loop, std::move(request), std::move(socket), address.host()}
    );
    auto& waiting = connecting->socket;
    waiting.async_wait(
        TcpStream::Socket::wait_write,
        [connecting = std::move(connecting)](const boost::system::error_code& /*SO_ERROR knows*/) {
            finish(*connecting);
        }
    );
}

/// A name on its way to an address; Asio resolves on a thread of its own.
struct Resolving {
    AsioLoop* loop;
    ConnectRequest request;
    asio::ip::tcp::resolver resolver;
};

void resolve_and_connect(AsioLoop& loop, ConnectRequest request) {
    auto resolving = std::make_unique<Resolving>(
        Resolving{&loop, std::move(request), asio::ip::tcp::resolver{loop.context()}}
    );
    auto& resolver = resolving->resolver;
    const std::string host = resolving->request.host;
    const std::string port = std::to_string(resolving->request.port);
    resolver.async_resolve(
        host,
        port,
        [resolving = std::move(resolving
         )](const boost::system::error_code& error,
            const asio::ip::tcp::resolver::results_type& found) {
            ConnectRequest& wanted = resolving->request;
            if (error || found.empty()) {
                wanted.done(Error{ErrorCode::unavailable, "no such host: " + wanted.host});
                return;
            }
            auto address =
                parse_address(found.begin()->endpoint().address().to_string(), wanted.port);
            if (!address.ok()) {
                wanted.done(std::move(address).error());
                return;
            }
            connect_to(*resolving->loop, std::move(wanted), *address);
        }
    );
}

}  // namespace

void connect_on(AsioLoop& loop, ConnectRequest request) {
    const auto address = parse_address(request.host, request.port);
    if (address.ok()) {
        connect_to(loop, std::move(request), *address);
    } else {
        resolve_and_connect(loop, std::move(request));
    }
}

}  // namespace parley::runtime
