#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "runtime/asio_loop.h"
#include "runtime/runtime.h"
#include "runtime/tcp_address.h"
#include "runtime/tls_context.h"
#include "runtime/unique_fd.h"

namespace parley::runtime {

using OnStream = std::function<void(Loop&, std::unique_ptr<Stream>)>;

/// Binds and listens: `conflict` when the port is taken, `invalid_request` when the host is wrong or
/// the port needs a privilege.
[[nodiscard]] Result<UniqueFd> bind_and_listen(const std::string& host, std::uint16_t port);

/// Accepts on the first loop and deals to all loops in turn. Internal to src/runtime; the Runtime owns
/// it until it ends, because connections on their way to a loop refer to it.
class TcpAcceptor {
public:
    /// `tls` is null for plain TCP. `loops` outlive this.
    TcpAcceptor(
        std::vector<AsioLoop*> loops,
        UniqueFd fd,
        std::unique_ptr<TlsContext> tls,
        OnStream on_stream
    );

    /// From any thread; begins on the first loop.
    void start();
    /// Stops taking connections, on the first loop or when it does not run. What is on its way to a
    /// loop still arrives. Idempotent.
    void stop();
    [[nodiscard]] AsioLoop& home() noexcept { return *loops_.front(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] TlsContext* tls() noexcept { return tls_.get(); }

private:
    using Acceptor = boost::asio::
        basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    void await_connection();
    void accept_some();
    void deal(UniqueFd fd, const TcpAddress& peer);
    void arrive(AsioLoop& loop, UniqueFd fd, const TcpAddress& peer);
    void back_off(int error);

    std::vector<AsioLoop*> loops_;
    Acceptor acceptor_;
    std::unique_ptr<TlsContext> tls_;
    OnStream on_stream_;
    std::uint16_t port_ = 0;
    std::size_t next_loop_ = 0;
    Duration last_complaint_{0};
    bool stopped_ = false;
};

}  // namespace parley::runtime
