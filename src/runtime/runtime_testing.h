#pragma once

/// What the tests of this module share. Included by *_test.cc only.

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "runtime/runtime.h"
#include "runtime/unique_fd.h"

namespace parley::runtime::testing {

/// Long enough for a loaded machine, short enough that a hung test is noticed.
inline constexpr std::chrono::seconds kPatience{20};

/// Runs `job` on `loop` and waits for it.
inline void on(Loop& loop, const std::function<void()>& job) {
    std::promise<void> done;
    loop.post([&] {
        job();
        done.set_value();
    });
    done.get_future().wait();
}

/// A directory that goes with the test.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = ::testing::TempDir() + "parley-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    TemporaryDirectory(TemporaryDirectory&&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

inline std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Writes one string; answers how much was taken.
inline std::size_t write(Stream& stream, std::string_view text) {
    return stream.write(std::span{&text, 1});
}

/// A handler that remembers what it was told and lets the test's thread wait for it. The hooks run on
/// the loop, after remembering; they may destroy the stream.
class Recorder final : public StreamHandler {
public:
    std::function<void(std::string_view)> data_hook;
    std::function<void()> writable_hook;
    std::function<void(CloseReason)> closed_hook;

    void on_data(std::span<std::byte> bytes) override {
        tell([&] { received_ += text_of(bytes); });
        if (data_hook) {
            data_hook(text_of(bytes));
        }
    }
    void on_writable() override {
        tell([&] { ++writable_; });
        if (writable_hook) {
            writable_hook();
        }
    }
    void on_closed(CloseReason reason) override {
        tell([&] { closed_.push_back(reason); });
        if (closed_hook) {
            closed_hook(reason);
        }
    }

    [[nodiscard]] std::string received() const {
        const std::lock_guard lock{mutex_};
        return received_;
    }
    [[nodiscard]] int writable() const {
        const std::lock_guard lock{mutex_};
        return writable_;
    }
    /// The reasons of all calls of on_closed: there should be at most one.
    [[nodiscard]] std::vector<CloseReason> closed() const {
        const std::lock_guard lock{mutex_};
        return closed_;
    }
    [[nodiscard]] bool wait_for_bytes(std::size_t count) {
        return wait([&] { return received_.size() >= count; });
    }
    [[nodiscard]] bool wait_for_close() {
        return wait([&] { return !closed_.empty(); });
    }
    [[nodiscard]] bool wait_for_room() {
        return wait([&] { return writable_ > 0; });
    }

private:
    template <class F>
    void tell(F f) {
        const std::lock_guard lock{mutex_};
        f();
        changed_.notify_all();
    }
    template <class F>
    bool wait(F f) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kPatience, f);
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string received_;
    int writable_ = 0;
    std::vector<CloseReason> closed_;
};

/// The other end, as plain blocking calls on the test's thread.
class Peer {
public:
    explicit Peer(std::uint16_t port, int receive_buffer = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receive_buffer > 0) {
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* at = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::connect(fd_.get(), at, sizeof address), 0);
    }

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            ASSERT_GT(sent, 0);
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Waits until the other side's kernel has taken all that was sent, which on a busy machine is not at once.
    void wait_until_arrived() {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        int outstanding = 1;
        while (::ioctl(fd_.get(), SIOCOUTQ, &outstanding) == 0 && outstanding > 0) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
            std::this_thread::yield();
        }
        ASSERT_EQ(outstanding, 0);
    }
    /// Sends what fits without waiting; answers how much.
    std::size_t send_without_waiting(std::string_view text) {
        const ssize_t sent =
            ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// Reads `count` bytes, or less at the end.
    std::string receive(std::size_t count) {
        std::string text(count, '\0');
        std::size_t have = 0;
        while (have < count) {
            const ssize_t got = ::recv(fd_.get(), text.data() + have, count - have, 0);
            if (got <= 0) {
                break;
            }
            have += static_cast<std::size_t>(got);
        }
        text.resize(have);
        return text;
    }
    /// True when the other side has ended its bytes.
    [[nodiscard]] bool at_end() {
        char c = 0;
        return ::recv(fd_.get(), &c, 1, 0) == 0;
    }
    void shutdown_send() { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }
    /// Closes with a reset instead of an end.
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_.reset();
    }

private:
    UniqueFd fd_;
};

/// A server of one loop that keeps the last accepted stream.
class Server {
public:
    explicit Server(TlsFiles tls = {}) {
        runtime.start();
        const ListenOptions options{.host = "127.0.0.1", .port = 0, .tls = std::move(tls)};
        auto made = runtime.listen(options, [this](Loop&, std::unique_ptr<Stream> got) {
            {
                const std::lock_guard lock{mutex_};
                accepted_.push_back(std::move(got));
            }
            changed_.notify_all();
        });
        EXPECT_TRUE(made.ok());
        listener = std::move(*made);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    ~Server() { runtime.stop(); }

    [[nodiscard]] std::uint16_t port() const { return listener->port(); }
    [[nodiscard]] Loop& loop() { return runtime.loop(0); }
    /// The next stream that came.
    [[nodiscard]] std::unique_ptr<Stream> accept() {
        std::unique_lock lock{mutex_};
        EXPECT_TRUE(changed_.wait_for(lock, kPatience, [this] { return !accepted_.empty(); }));
        auto first = std::move(accepted_.front());
        accepted_.erase(accepted_.begin());
        return first;
    }

    Runtime runtime{{.loops = 1}};
    std::unique_ptr<Listener> listener;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<Stream>> accepted_;
};

/// Bytes that are not all alike.
inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + ((i * 7 + i / 251) % 26));
    }
    return text;
}

}  // namespace parley::runtime::testing
