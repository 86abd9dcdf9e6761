#pragma once

#include <memory>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/asio_loop.h"
#include "runtime/stream.h"
#include "runtime/unique_fd.h"

namespace parley::runtime {

/// A Stream over a connected TCP socket. Internal to src/runtime.
///
/// It waits for readability, not for bytes, so an idle stream has no buffer: bytes are read into the
/// loop's when they are there. Reading goes on while reads come back full, a few rounds at most, then
/// other streams get their turn. Writes go straight to the socket; the kernel's buffer is the only one.
class TcpStream final : public Stream {
public:
    using Socket = boost::asio::
        basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    /// `socket` is connected, non-blocking, and belongs to `loop`, whose thread this is.
    TcpStream(AsioLoop& loop, Socket socket, std::string peer_address);
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;
    TcpStream(TcpStream&&) = delete;
    TcpStream& operator=(TcpStream&&) = delete;
    ~TcpStream() override;

    void start(StreamHandler& handler) override;
    void set_handler(StreamHandler& handler) override;
    void pause_reading() override;
    void resume_reading() override;
    std::size_t write(std::span<const std::string_view> parts) override;
    [[nodiscard]] std::size_t unsent() const noexcept override { return 0; }
    void shutdown_send() override;
    void close() override;
    [[nodiscard]] const std::string& peer_address() const noexcept override { return peer_; }

private:
    struct ReadReady;
    struct WriteReady;

    void await_readable();
    void await_writable();
    void on_readable();
    void on_writable();
    void fail_writes();
    void end(CloseReason reason);

    AsioLoop& loop_;
    const TokenTable::Token token_;
    StreamHandler* handler_ = nullptr;
    Socket socket_;
    const std::string peer_;
    bool reading_ = false;        // wanted, and no end seen yet
    bool read_waiting_ = false;   // Asio holds a ReadReady
    bool write_waiting_ = false;  // Asio holds a WriteReady
    bool write_dead_ = false;     // shut by us, or failed
    bool failed_ = false;         // a write found the connection broken
    bool ended_ = false;          // on_closed was called, or close()
};

/// Makes a stream of a connected, non-blocking socket of `loop`'s context and sets TCP_NODELAY.
[[nodiscard]] std::unique_ptr<Stream> adopt_tcp_socket(
    AsioLoop& loop, TcpStream::Socket socket, std::string peer_address
);

/// The same for an accepted non-blocking descriptor.
/// Nothing when the descriptor cannot be watched, which only a lack of memory explains.
[[nodiscard]] std::unique_ptr<Stream> make_tcp_stream(
    AsioLoop& loop, UniqueFd fd, std::string peer_address
);

}  // namespace parley::runtime
