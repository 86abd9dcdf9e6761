#include "runtime/local_socket.h"

#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/fakes/temporary_directory.h"

namespace parley::runtime {
namespace {

UniqueFd accept_one(const UniqueFd& listening) {
    pollfd waiting{.fd = listening.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&waiting, 1, 10'000), 1);
    return UniqueFd{::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
}

class LocalSocket : public ::testing::Test {
protected:
    fakes::TemporaryDirectory folder_;
    const std::string path_ = folder_.path() + "/control.sock";
};

TEST_F(LocalSocket, IsForItsUserAlone) {
    const auto listening = listen_local(path_);
    ASSERT_TRUE(listening.ok()) << listening.error().detail;
    struct stat about{};
    ASSERT_EQ(::stat(path_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(LocalSocket, CarriesARequestAndItsAnswer) {
    const auto listening = listen_local(path_);
    ASSERT_TRUE(listening.ok());
    std::thread server([&] {
        const UniqueFd peer = accept_one(*listening);
        std::array<char, 16> buffer{};
        EXPECT_EQ(::recv(peer.get(), buffer.data(), buffer.size(), 0), 5);
        EXPECT_EQ(::send(peer.get(), "answer", 6, MSG_NOSIGNAL), 6);
    });
    auto connected = connect_local(path_);
    ASSERT_TRUE(connected.ok());
    const auto answer = exchange_local(std::move(*connected), "hello", 10, 1024);
    server.join();
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(*answer, "answer");
}

TEST_F(LocalSocket, AnAnswerWithoutEndIsNotRead) {
    const auto listening = listen_local(path_);
    ASSERT_TRUE(listening.ok());
    std::thread server([&] {
        const UniqueFd peer = accept_one(*listening);
        // Who closes with something unread resets the connection.
        std::array<char, 16> buffer{};
        EXPECT_EQ(::recv(peer.get(), buffer.data(), buffer.size(), 0), 5);
        const std::string much(4096, 'x');
        EXPECT_EQ(::send(peer.get(), much.data(), much.size(), MSG_NOSIGNAL), 4096);
    });
    auto connected = connect_local(path_);
    ASSERT_TRUE(connected.ok());
    const auto answer = exchange_local(std::move(*connected), "hello", 10, 1024);
    server.join();
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::too_large);
}

TEST_F(LocalSocket, NobodyThereIsNotFound) {
    const auto never = connect_local(path_);
    ASSERT_FALSE(never.ok());
    EXPECT_EQ(never.error().code, ErrorCode::not_found);
    ASSERT_TRUE(listen_local(path_).ok());  // and gone again: the file stays
    const auto left = connect_local(path_);
    ASSERT_FALSE(left.ok());
    EXPECT_EQ(left.error().code, ErrorCode::not_found);
    EXPECT_TRUE(listen_local(path_).ok());
}

TEST_F(LocalSocket, LongPathsWorkToo) {
    const std::string deep = folder_.path() + "/" + std::string(120, 'd');
    ASSERT_EQ(::mkdir(deep.c_str(), 0700), 0);
    const auto listening = listen_local(deep + "/control.sock");
    ASSERT_TRUE(listening.ok()) << listening.error().detail;
    EXPECT_TRUE(connect_local(deep + "/control.sock").ok());
}

}  // namespace
}  // namespace parley::runtime
