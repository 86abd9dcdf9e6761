#include "runtime/runtime.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "runtime/runtime_testing.h"
#include "runtime/system.h"

namespace parley::runtime {
namespace {

using testing::on;
using testing::Peer;
using testing::Recorder;
using testing::Server;
using testing::write;

TEST(Runtime, tells_loop_0_of_signals_again_and_again) {
    Runtime runtime{{.loops = 2}};
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<int> signals;
    bool on_loop_0 = true;
    runtime.on_signals([&](int number) {
        const std::lock_guard lock{mutex};
        on_loop_0 = on_loop_0 && runtime.loop(0).is_current();
        signals.push_back(number);
        changed.notify_all();
    });
    runtime.start();
    std::size_t expected = 0;
    for (const int number : {SIGHUP, SIGHUP, SIGTERM, SIGINT}) {
        std::raise(number);
        ++expected;
        std::unique_lock lock{mutex};
        ASSERT_TRUE(changed.wait_for(lock, testing::kPatience, [&] {
            return signals.size() == expected;
        }));
    }
    EXPECT_EQ(signals, (std::vector{SIGHUP, SIGHUP, SIGTERM, SIGINT}));
    EXPECT_TRUE(on_loop_0);
}

TEST(Runtime, has_a_loop_for_each_core_unless_told_otherwise) {
    const Runtime runtime{{}};
    EXPECT_GE(runtime.loop_count(), 1U);
    const Runtime three{{.loops = 3}};
    EXPECT_EQ(three.loop_count(), 3U);
}

TEST(Runtime, may_open_as_many_files_as_the_system_lets_it) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit lower{.rlim_cur = before.rlim_max / 2, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
    EXPECT_EQ(raise_open_file_limit(), before.rlim_max);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Runtime, listens_and_connects_over_ipv6) {
    Runtime runtime{{.loops = 1}};
    runtime.start();
    std::promise<std::string> peer;
    const auto listener = runtime.listen({.host = "::1", .port = 0}, [&](Loop&, auto stream) {
        peer.set_value(stream->peer_address());
    });
    if (!listener.ok()) {
        GTEST_SKIP() << "this machine has no IPv6: " << listener.error().detail;
    }
    runtime.connect(runtime.loop(0), "::1", (*listener)->port(), "", [](auto stream) {
        EXPECT_TRUE(stream.ok());
    });
    EXPECT_EQ(peer.get_future().get(), "::1");
}

/// What many sockets bring at once can be answered together.
TEST(Runtime, runs_deferred_jobs_after_all_sockets_that_were_ready_together) {
    constexpr std::size_t kStreams = 5;
    Server server;
    std::vector<std::string> order;
    std::vector<std::unique_ptr<Recorder>> told;
    std::vector<std::unique_ptr<Peer>> peers;
    std::vector<std::unique_ptr<Stream>> streams;
    for (std::size_t i = 0; i < kStreams; ++i) {
        peers.push_back(std::make_unique<Peer>(server.port()));
        streams.push_back(server.accept());
        told.push_back(std::make_unique<Recorder>());
        told.back()->data_hook = [&, i](std::string_view) {
            order.emplace_back("data");
            server.loop().defer([&, i] {
                order.emplace_back("deferred");
                write(*streams[i], "answer");
            });
        };
        on(server.loop(), [&] { streams[i]->start(*told[i]); });
    }
    std::promise<void> busy;
    std::promise<void> all_sent;
    server.loop().post([&busy, ready = all_sent.get_future()]() mutable {
        busy.set_value();
        ready.wait();
    });
    busy.get_future().wait();
    for (const auto& peer : peers) {
        peer->send("question");
    }
    for (const auto& peer : peers) {
        peer->wait_until_arrived();
    }
    all_sent.set_value();
    for (const auto& peer : peers) {
        EXPECT_EQ(peer->receive(6), "answer");
    }
    on(server.loop(), [&] { streams.clear(); });
    std::vector<std::string> expected(kStreams, "data");
    expected.resize(2 * kStreams, "deferred");
    EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace parley::runtime
