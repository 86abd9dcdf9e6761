// limit_relay: what a relay of WebSocket messages costs at the least on this machine.
//
// One thread on bare epoll. A connection names itself by the number at the end of its request's path;
// 2i and 2i+1 are a pair, and without numbers they are paired in the order they came. Every data frame
// goes to the peer as it is, and its first 16 bytes go back to the sender with an 'a' in front: the ack.
// With --group everybody is everybody's peer.
// With --log neither happens before the frame is on disk, with a checksum; see commit_log.h.
//
// Nothing here knows users, conversations, JSON or order. Parley is measured against it by the same
// load (`parley bench --raw`): what it costs more is what a chat server adds to the machine's price.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commit_log.h"
#include "frames.h"

namespace parley::limit {
namespace {

constexpr std::size_t kReadBytes = 64UL * 1024;
constexpr std::size_t kRequestBytesMax = 8UL * 1024;
constexpr std::size_t kOutBytesMax = 16UL << 20U;  // a reader slower than this is cut off
constexpr std::size_t kAckBytes = 16;
constexpr std::uint32_t kIdMax = 1'000'000;
constexpr int kEventsMax = 1024;

struct Settings {
    std::uint16_t port = 9000;
    std::string log_path;
    bool group = false;
};

struct Connection {
    int fd = -1;
    std::uint32_t id = 0;
    bool open = false;   ///< the handshake is done
    bool dirty = false;  ///< stands in Relay::dirty_
    bool blocked = false;
    Bytes unread;  ///< the beginning of a frame whose rest has not come
    Bytes out;
};

class Relay {
public:
    explicit Relay(const Settings& settings)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          listener_(listen_on(settings.port)),
          group_(settings.group) {
        watch(listener_, EPOLLIN);
        if (!settings.log_path.empty()) {
            log_ = std::make_unique<CommitLog>(settings.log_path);
            watch(log_->done_event(), EPOLLIN);
        }
    }

    [[noreturn]] void run() {
        std::array<epoll_event, kEventsMax> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), kEventsMax, -1);
            bool durable = false;
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_) {
                    accept_all();
                } else if (log_ && event.data.fd == log_->done_event()) {
                    durable = true;  // after all that can still join the next group
                } else {
                    serve(event.data.fd, event.events);
                }
            }
            if (durable) {
                deliver(log_->take_done());
            } else if (log_) {
                log_->commit_if_idle();
            }
            flush_dirty();
        }
    }

private:
    static int listen_on(std::uint16_t port) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(fd, 4096) != 0) {
            give_up("port " + std::to_string(port));
        }
        return fd;
    }

    void watch(int fd, std::uint32_t what) const {
        epoll_event event{};
        event.events = what;
        event.data.fd = fd;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
            give_up("epoll_ctl");
        }
    }

    void accept_all() {
        while (true) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) {
                return;
            }
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const auto slot = static_cast<std::size_t>(fd);
            if (connections_.size() <= slot) {
                connections_.resize(slot + 1);
            }
            connections_[slot] = std::make_unique<Connection>();
            connections_[slot]->fd = fd;
            watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
        }
    }

    void serve(int fd, std::uint32_t events) {
        Connection* connection = connections_[static_cast<std::size_t>(fd)].get();
        if (connection == nullptr) {
            return;
        }
        if ((events & EPOLLOUT) != 0 && connection->blocked) {
            connection->blocked = false;
            mark(*connection);
        }
        if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && !read(*connection)) {
            close(*connection);
        }
    }

    /// Reads until the socket is empty; false at its end or at what is no WebSocket.
    bool read(Connection& connection) {
        while (true) {
            const std::size_t kept = connection.unread.size();
            if (kept != 0) {
                std::memcpy(read_buffer_.data(), connection.unread.data(), kept);
                connection.unread.clear();
            }
            const ssize_t got = ::recv(connection.fd, read_buffer_.data() + kept, kReadBytes, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
                return false;
            }
            const std::size_t available =
                kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
            const std::optional<std::size_t> used = take(connection, available);
            if (!used) {
                return false;
            }
            if (*used < available) {
                connection.unread.append({read_buffer_.data() + *used, available - *used});
            }
            if (got < static_cast<ssize_t>(kReadBytes)) {
                return true;
            }
        }
    }

    /// How many of the read bytes were whole frames; nothing when the connection is to be closed.
    std::optional<std::size_t> take(Connection& connection, std::size_t available) {
        std::size_t used = 0;
        if (!connection.open) {
            const auto handshake = take_handshake({read_buffer_.data(), available});
            if (!handshake) {
                return available <= kRequestBytesMax ? std::optional<std::size_t>(0) : std::nullopt;
            }
            if (handshake->answer.empty() || !admit(connection, *handshake)) {
                return std::nullopt;
            }
            used = handshake->bytes;
        }
        while (true) {
            const MaskedFrame frame = next_frame(read_buffer_.data() + used, available - used);
            if (frame.broken || frame.first == kClose) {
                return std::nullopt;
            }
            if (frame.frame_bytes == 0) {
                return used;
            }
            used += frame.frame_bytes;
            if (frame.first >= kClose) {
                continue;  // a ping or a pong
            }
            if (log_) {
                log_->add(connection.id, frame);
            } else {
                relay(connection, frame);
            }
        }
    }

    /// False when the answer did not go out at once, which a fresh socket has room for.
    bool admit(Connection& connection, const Handshake& handshake) {
        connection.open = true;
        connection.id = std::min(handshake.id.value_or(arrived_), kIdMax);
        ++arrived_;
        if (by_id_.size() <= (connection.id | 1U)) {
            by_id_.resize((connection.id | 1U) + 1, nullptr);
        }
        by_id_[connection.id] = &connection;
        const std::string& answer = handshake.answer;
        return ::send(connection.fd, answer.data(), answer.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(answer.size());
    }

    /// Calls `f` with everyone who gets what `from` sends.
    template <class F>
    void for_each_peer(std::uint32_t from, F f) {
        const std::size_t first = group_ ? 0 : from ^ 1U;
        const std::size_t end = group_ ? by_id_.size() : first + 1;
        for (std::size_t id = first; id < end; ++id) {
            if (id != from && by_id_[id] != nullptr) {
                f(*by_id_[id]);
            }
        }
    }

    void relay(Connection& sender, const MaskedFrame& frame) {
        for_each_peer(sender.id, [&](Connection& peer) {
            unmask_to(add_frame(peer.out, frame.first, frame.size), frame);
            mark(peer);
        });
        MaskedFrame head = frame;
        head.size = std::min(frame.size, kAckBytes);
        char* ack = add_frame(sender.out, frame.first, head.size);
        unmask_to(ack, head);
        if (head.size != 0) {
            ack[0] = 'a';
        }
        mark(sender);
    }

    /// Relays and acknowledges a group that has become durable.
    void deliver(Bytes& group) {
        const char* at = group.data();
        const char* const end = at + group.size();
        while (end - at >= static_cast<std::ptrdiff_t>(sizeof(RecordHead))) {
            RecordHead head;
            std::memcpy(&head, at, sizeof head);
            if (head.first == 0) {
                break;  // the padding of the last block
            }
            deliver(head, at + sizeof head);
            at += sizeof head + CommitLog::padded(head.size);
        }
        group.clear();
    }

    void deliver(const RecordHead& head, const char* payload) {
        const auto first = static_cast<std::uint8_t>(head.first);
        for_each_peer(head.from, [&](Connection& peer) {
            std::memcpy(add_frame(peer.out, first, head.size), payload, head.size);
            mark(peer);
        });
        if (Connection* sender = by_id_[head.from]; sender != nullptr) {
            const std::size_t size = std::min<std::size_t>(head.size, kAckBytes);
            char* ack = add_frame(sender->out, first, size);
            std::memcpy(ack, payload, size);
            if (size != 0) {
                ack[0] = 'a';
            }
            mark(*sender);
        }
    }

    void mark(Connection& connection) {
        if (!connection.dirty) {
            connection.dirty = true;
            dirty_.push_back(connection.fd);
        }
    }

    void flush_dirty() {
        for (const int fd : dirty_) {
            Connection* connection = connections_[static_cast<std::size_t>(fd)].get();
            if (connection != nullptr && connection->dirty && !flush(*connection)) {
                close(*connection);
            }
        }
        dirty_.clear();
    }

    static bool flush(Connection& connection) {
        connection.dirty = false;
        Bytes& out = connection.out;
        if (connection.blocked || out.empty()) {
            return out.size() <= kOutBytesMax;
        }
        const ssize_t sent = ::send(connection.fd, out.data(), out.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        }
        out.drop_front(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        connection.blocked = !out.empty();
        return true;
    }

    void close(Connection& connection) {
        if (connection.open && by_id_[connection.id] == &connection) {
            by_id_[connection.id] = nullptr;
        }
        ::close(connection.fd);
        connections_[static_cast<std::size_t>(connection.fd)].reset();
    }

    const int epoll_;
    const int listener_;
    const bool group_;
    std::unique_ptr<CommitLog> log_;
    std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
    std::vector<Connection*> by_id_;
    std::vector<int> dirty_;
    std::uint32_t arrived_ = 0;
    std::vector<char> read_buffer_ = std::vector<char>((2 * kReadBytes) + kRequestBytesMax);
};

std::optional<Settings> parse(const std::vector<std::string_view>& arguments) {
    Settings settings;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (name == "--group") {
            settings.group = true;
            continue;
        }
        if (++i == arguments.size()) {
            return std::nullopt;
        }
        const std::string value(arguments[i]);
        if (name == "--port") {
            settings.port = static_cast<std::uint16_t>(std::strtoul(value.c_str(), nullptr, 10));
        } else if (name == "--log") {
            settings.log_path = value;
        } else {
            return std::nullopt;
        }
    }
    return settings;
}

void raise_open_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace
}  // namespace parley::limit

int main(int argc, char** argv) {
    const auto settings = parley::limit::parse({argv + 1, argv + argc});
    if (!settings) {
        std::fputs("usage: limit_relay [--port PORT] [--log FILE] [--group]\n", stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    parley::limit::raise_open_file_limit();
    parley::limit::Relay relay(*settings);
    std::printf("listening on 127.0.0.1:%u\n", settings->port);
    std::fflush(stdout);
    relay.run();
}
