#include "runtime/notify.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/un.h>

#include "runtime/runtime_testing.h"

namespace parley::runtime {
namespace {

// NOLINTBEGIN(concurrency-mt-unsafe): this test has one thread while it changes the environment

/// A supervisor at `name`, where '@' begins an abstract one.
class Supervisor {
public:
    explicit Supervisor(const std::string& name)
        : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@') {
            address.sun_path[0] = '\0';
        }
        const void* at = &address;
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(fd_.get(), static_cast<const sockaddr*>(at), length), 0);
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    Supervisor(Supervisor&&) = delete;
    Supervisor& operator=(Supervisor&&) = delete;
    ~Supervisor() { ::unsetenv("NOTIFY_SOCKET"); }

    [[nodiscard]] std::string next() const {
        std::string text(200, '\0');
        const ssize_t got = ::recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return text;
    }

private:
    UniqueFd fd_;
};

TEST(Notify, reaches_a_supervisor_at_a_path) {
    const testing::TemporaryDirectory directory;
    const Supervisor supervisor{directory.file("notify")};
    notify_supervisor("READY=1");
    EXPECT_EQ(supervisor.next(), "READY=1");
}

TEST(Notify, reaches_a_supervisor_with_an_abstract_name_and_adds_the_time_of_a_reload) {
    const Supervisor supervisor{"@parley-notify-test-" + std::to_string(::getpid())};
    notify_supervisor("RELOADING=1");
    EXPECT_TRUE(supervisor.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
}

TEST(Notify, does_nothing_without_a_supervisor) {
    notify_supervisor("READY=1");
    ::setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
    notify_supervisor("READY=1");
    ::setenv("NOTIFY_SOCKET", std::string(500, 'x').c_str(), 1);
    notify_supervisor("READY=1");
    ::unsetenv("NOTIFY_SOCKET");
}

// NOLINTEND(concurrency-mt-unsafe)

}  // namespace
}  // namespace parley::runtime
