#include "runtime/tcp_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/assert.h"

namespace parley::runtime {
namespace {

/// One stream may fill the read buffer this often before others get their turn.
constexpr int kReadRoundsMax = 4;
/// How many parts one system call gathers.
constexpr std::size_t kGatherMax = 64;

std::size_t total_size(std::span<const std::string_view> parts) noexcept {
    std::size_t total = 0;
    for (const std::string_view part : parts) {
        total += part.size();
    }
    return total;
}

/// Sends up to kGatherMax parts at once; like sendmsg, but not interrupted.
ssize_t send_parts(int fd, std::span<const std::string_view> parts) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled below, as far as it is used
    std::array<iovec, kGatherMax> gather;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        // The kernel only reads through it; the interface is older than const.
        gather[i] = {.iov_base = const_cast<char*>(parts[i].data()), .iov_len = parts[i].size()};
    }
    msghdr message{};
    message.msg_iov = gather.data();
    message.msg_iovlen = parts.size();
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

bool would_block(int error) noexcept {
    return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

// What Asio calls back holds a token: the stream may be destroyed while the callback is queued.
struct TcpStream::ReadReady {
    AsioLoop* loop;
    TokenTable::Token token;

    void operator()(const boost::system::error_code& /*an end shows when reading*/) const {
        if (void* stream = loop->tokens().find(token); stream != nullptr) {
            static_cast<TcpStream*>(stream)->on_readable();
        }
    }
};

struct TcpStream::WriteReady {
    AsioLoop* loop;
    TokenTable::Token token;

    void operator()(const boost::system::error_code& /*an end shows when writing*/) const {
        if (void* stream = loop->tokens().find(token); stream != nullptr) {
            static_cast<TcpStream*>(stream)->on_writable();
        }
    }
};

TcpStream::TcpStream(AsioLoop& loop, Socket socket, std::string peer_address)
    : loop_(loop),
      token_(loop.tokens().add(this)),
      socket_(std::move(socket)),
      peer_(std::move(peer_address)) {}

TcpStream::~TcpStream() {
    loop_.tokens().remove(token_);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void TcpStream::start(StreamHandler& handler) {
    PARLEY_ASSERT(handler_ == nullptr);
    handler_ = &handler;
    resume_reading();
}

void TcpStream::set_handler(StreamHandler& handler) {
    handler_ = &handler;
}

void TcpStream::pause_reading() {
    // A wait that Asio already holds stays: at worst it comes back once and finds nothing wanted.
    reading_ = false;
}

void TcpStream::resume_reading() {
    PARLEY_ASSERT(handler_ != nullptr);
    if (ended_) {
        return;
    }
    reading_ = true;
    await_readable();
}

std::size_t TcpStream::write(std::span<const std::string_view> parts) {
    if (write_dead_) {
        return total_size(parts);
    }
    std::size_t taken = 0;
    while (!parts.empty() && !write_waiting_) {
        const auto batch = parts.first(std::min(parts.size(), kGatherMax));
        const std::size_t wanted = total_size(batch);
        const ssize_t sent = wanted == 0 ? 0 : send_parts(socket_.native_handle(), batch);
        if (sent < 0 && !would_block(errno)) {
            fail_writes();
            return taken + total_size(parts);
        }
        const auto batch_taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        taken += batch_taken;
        if (batch_taken < wanted) {
            await_writable();
        }
        parts = parts.subspan(batch.size());
    }
    return taken;
}

void TcpStream::shutdown_send() {
    if (!write_dead_) {
        write_dead_ = true;
        ::shutdown(socket_.native_handle(), SHUT_WR);
    }
}

void TcpStream::close() {
    reading_ = false;
    write_dead_ = true;
    ended_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void TcpStream::await_readable() {
    if (!read_waiting_) {
        read_waiting_ = true;
        socket_.async_wait(Socket::wait_read, ReadReady{&loop_, token_});
    }
}

void TcpStream::await_writable() {
    write_waiting_ = true;
    socket_.async_wait(Socket::wait_write, WriteReady{&loop_, token_});
}

void TcpStream::on_readable() {
    read_waiting_ = false;
    // These outlive the stream, which any callback may destroy.
    const TokenTable& tokens = loop_.tokens();
    const TokenTable::Token token = token_;
    const std::span<std::byte> buffer = loop_.read_buffer();
    for (int round = 0; round < kReadRoundsMax && reading_; ++round) {
        const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EINTR || would_block(errno))) {
            break;
        }
        if (got <= 0) {
            end(got == 0 ? CloseReason::peer_closed : CloseReason::failed);
            return;
        }
        handler_->on_data(buffer.first(static_cast<std::size_t>(got)));
        if (tokens.find(token) == nullptr) {
            return;
        }
        if (static_cast<std::size_t>(got) < buffer.size()) {
            break;
        }
    }
    if (reading_) {
        await_readable();
    }
}

void TcpStream::on_writable() {
    write_waiting_ = false;
    if (!write_dead_ && handler_ != nullptr) {
        handler_->on_writable();
    }
}

/// A write has failed for good. Both directions are shut, so that the read side wakes, hands over what
/// had already come, and then tells the handler; here we are inside the handler's own call.
void TcpStream::fail_writes() {
    write_dead_ = true;
    failed_ = true;
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
    if (!reading_ && !ended_ && handler_ != nullptr) {
        loop_.post([loop = &loop_, token = token_] {
            if (void* stream = loop->tokens().find(token); stream != nullptr) {
                static_cast<TcpStream*>(stream)->end(CloseReason::failed);
            }
        });
    }
}

void TcpStream::end(CloseReason reason) {
    if (std::exchange(ended_, true)) {
        return;
    }
    reading_ = false;
    handler_->on_closed(failed_ ? CloseReason::failed : reason);  // may destroy this
}

std::unique_ptr<Stream> adopt_tcp_socket(
    AsioLoop& loop, TcpStream::Socket socket, std::string peer_address
) {
    const int on = 1;
    // Frames are gathered before they are written; waiting for more would only delay them.
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return std::make_unique<TcpStream>(loop, std::move(socket), std::move(peer_address));
}

std::unique_ptr<Stream> make_tcp_stream(AsioLoop& loop, UniqueFd fd, std::string peer_address) {
    TcpStream::Socket socket{loop.context().get_executor()};
    boost::system::error_code error;
    // Asio keeps the protocol for its own bind and connect, which are not used here.
    socket.assign(boost::asio::ip::tcp::v4(), fd.get(), error);
    if (error) {
        return nullptr;
    }
    static_cast<void>(fd.release());
    socket.native_non_blocking(true, error);  // it is; this tells Asio
    return adopt_tcp_socket(loop, std::move(socket), std::move(peer_address));
}

}  // namespace parley::runtime
