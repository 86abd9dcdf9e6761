#include <algorithm>
#include <memory>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "runtime/runtime_testing.h"

namespace parley::runtime {
namespace {

using testing::kPatience;
using testing::on;
using testing::pattern;
using testing::Peer;
using testing::Recorder;
using testing::Server;
using testing::write;

/// A server with one accepted stream that reports to `told`, and its peer.
class StreamTest : public ::testing::Test {
protected:
    void SetUp() override { begin(); }
    void TearDown() override {
        on(server.loop(), [this] { stream.reset(); });
    }

    /// Connects a peer and starts the server's side of it.
    void begin(int receive_buffer = 0) {
        peer = std::make_unique<Peer>(server.port(), receive_buffer);
        stream = server.accept();
        on(server.loop(), [this] { stream->start(told); });
    }

    /// Writes `text` in gathered pieces, going on in on_writable.
    void write_all(const std::string& text, std::size_t piece) {
        offset = 0;
        const auto go = [this, text, piece] {
            while (offset < text.size()) {
                std::vector<std::string_view> parts;
                for (std::size_t at = offset; at < text.size() && parts.size() < 200; at += piece) {
                    parts.push_back(std::string_view{text}.substr(at, piece));
                }
                std::size_t offered = 0;
                for (const auto part : parts) {
                    offered += part.size();
                }
                const std::size_t taken = stream->write(parts);
                ASSERT_LE(taken, offered);
                offset += taken;
                if (taken < offered) {
                    ++short_writes;
                    return;
                }
            }
        };
        on(server.loop(), [&] {
            told.writable_hook = go;
            go();
        });
    }

    Server server;
    Recorder told;
    std::unique_ptr<Peer> peer;
    std::unique_ptr<Stream> stream;
    std::size_t offset = 0;
    int short_writes = 0;
};

TEST_F(StreamTest, echoes_what_it_is_sent) {
    told.data_hook = [this](std::string_view text) { write(*stream, text); };
    peer->send("hello");
    EXPECT_EQ(peer->receive(5), "hello");
    EXPECT_EQ(stream->peer_address(), "127.0.0.1");
    EXPECT_EQ(stream->unsent(), 0U);
}

TEST_F(StreamTest, gives_bytes_that_may_be_changed_and_looked_past) {
    char past = 1;
    on(server.loop(), [&] {
        told.data_hook = [&](std::string_view text) {
            for (std::size_t i = 0; i < kReadPadding; ++i) {
                past = static_cast<char>(past ^ text.data()[text.size() + i]);
            }
            const_cast<char*>(text.data())[0] = 'J';
            write(*stream, text);
        };
    });
    peer->send("hello");
    EXPECT_EQ(peer->receive(5), "Jello");
}

TEST_F(StreamTest, reads_much_more_than_its_buffer_in_order) {
    const std::string text = pattern(3'000'000);
    peer->send(text);
    ASSERT_TRUE(told.wait_for_bytes(text.size()));
    EXPECT_EQ(told.received(), text);
}

TEST_F(StreamTest, takes_less_when_the_peer_does_not_read_and_goes_on_when_it_does) {
    const std::string text = pattern(20'000'000);
    write_all(text, 1000);
    EXPECT_EQ(peer->receive(text.size()), text);
    on(server.loop(), [] {});
    EXPECT_GT(short_writes, 0);
    EXPECT_EQ(told.writable(), short_writes);
}

TEST_F(StreamTest, takes_nothing_more_while_there_is_no_room) {
    const std::string text = pattern(20'000'000);
    std::size_t first = 0;
    std::size_t second = 1;
    on(server.loop(), [&] {
        first = write(*stream, text);
        second = write(*stream, text);
    });
    EXPECT_LT(first, text.size());
    EXPECT_EQ(second, 0U);
    EXPECT_EQ(peer->receive(first), text.substr(0, first));
    EXPECT_TRUE(told.wait_for_room());
}

TEST_F(StreamTest, gathers_more_parts_than_one_system_call_takes_and_skips_empty_ones) {
    std::vector<std::string_view> parts(1000, "ab");
    parts.insert(parts.begin() + 70, 100, "");
    std::size_t taken = 0;
    on(server.loop(), [&] { taken = stream->write(parts); });
    EXPECT_EQ(taken, 2000U);
    EXPECT_EQ(peer->receive(2000).size(), 2000U);
}

TEST_F(StreamTest, holds_the_peer_back_while_reading_is_paused) {
    on(server.loop(), [&] { stream->pause_reading(); });
    const std::string text = pattern(1'000'000);
    std::string sent;
    for (int round = 0; round < 100'000; ++round) {
        const std::size_t taken = peer->send_without_waiting(text);
        if (taken == 0) {
            break;
        }
        sent += text.substr(0, taken);
        ASSERT_LT(sent.size(), 100'000'000U) << "nothing holds the peer back";
    }
    on(server.loop(), [] {});
    EXPECT_EQ(told.received().size(), 0U);
    on(server.loop(), [&] { stream->resume_reading(); });
    ASSERT_TRUE(told.wait_for_bytes(sent.size()));
    EXPECT_EQ(told.received(), sent);
}

TEST_F(StreamTest, stops_reading_at_once_when_paused_inside_on_data) {
    on(server.loop(),
       [&] { told.data_hook = [this](std::string_view) { stream->pause_reading(); }; });
    peer->send(pattern(1'000'000));
    ASSERT_TRUE(told.wait_for_bytes(1));
    const std::size_t so_far = told.received().size();
    EXPECT_LE(so_far, 64U * 1024);
    on(server.loop(), [] {});
    EXPECT_EQ(told.received().size(), so_far);
    on(server.loop(), [&] {
        told.data_hook = nullptr;
        stream->resume_reading();
    });
    ASSERT_TRUE(told.wait_for_bytes(1'000'000));
    EXPECT_EQ(told.received(), pattern(1'000'000));
}

TEST_F(StreamTest, tells_the_end_once_and_may_still_write_after_it) {
    peer->send("last words");
    peer->shutdown_send();
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.received(), "last words");
    on(server.loop(), [&] {
        write(*stream, "goodbye");
        stream->shutdown_send();
    });
    EXPECT_EQ(peer->receive(100), "goodbye");
    EXPECT_EQ(told.closed(), std::vector{CloseReason::peer_closed});
}

TEST_F(StreamTest, reads_on_after_it_has_ended_its_own_direction) {
    on(server.loop(), [&] {
        write(*stream, "bye");
        stream->shutdown_send();
        EXPECT_EQ(write(*stream, "too late"), 8U);
    });
    EXPECT_EQ(peer->receive(100), "bye");
    peer->send("wait");
    ASSERT_TRUE(told.wait_for_bytes(4));
    peer->close();
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.closed(), std::vector{CloseReason::peer_closed});
}

TEST_F(StreamTest, reports_a_reset_as_a_failure) {
    peer->reset();
    ASSERT_TRUE(told.wait_for_close());
    EXPECT_EQ(told.closed(), std::vector{CloseReason::failed});
}

TEST_F(StreamTest, takes_everything_and_reports_once_when_a_write_finds_the_peer_gone) {
    on(server.loop(), [&] { stream->pause_reading(); });
    peer->reset();
    const std::string text = pattern(100'000);
    // The reset may need a moment to arrive; until then writes go into the socket's buffer.
    for (int round = 0; round < 1000 && told.closed().empty(); ++round) {
        on(server.loop(), [&] { write(*stream, text); });
    }
    ASSERT_TRUE(told.wait_for_close());
    on(server.loop(), [&] {
        EXPECT_EQ(write(*stream, text), text.size());
        stream->resume_reading();
    });
    on(server.loop(), [] {});
    EXPECT_EQ(told.closed(), std::vector{CloseReason::failed});
}

TEST_F(StreamTest, says_nothing_after_close) {
    on(server.loop(), [&] {
        stream->close();
        EXPECT_EQ(write(*stream, "nobody"), 6U);
        stream->resume_reading();
        stream->shutdown_send();
    });
    EXPECT_TRUE(peer->at_end());
    on(server.loop(), [] {});
    EXPECT_TRUE(told.closed().empty());
}

TEST_F(StreamTest, gives_the_same_bytes_to_another_handler_from_the_middle_on) {
    Recorder next;
    on(server.loop(),
       [&] { told.data_hook = [&](std::string_view) { stream->set_handler(next); }; });
    peer->send("first");
    ASSERT_TRUE(told.wait_for_bytes(5));
    peer->send("second");
    ASSERT_TRUE(next.wait_for_bytes(6));
    EXPECT_EQ(told.received(), "first");
    EXPECT_EQ(next.received(), "second");
    on(server.loop(), [&] { stream.reset(); });
}

TEST_F(StreamTest, may_be_destroyed_in_on_data_with_more_to_read) {
    on(server.loop(), [&] {
        stream->pause_reading();
        told.data_hook = [this](std::string_view) { stream.reset(); };
    });
    std::size_t sent = 0;
    const std::string text = pattern(1'000'000);
    while (const std::size_t taken = peer->send_without_waiting(text)) {
        sent += taken;
    }
    ASSERT_GT(sent, 64U * 1024);
    on(server.loop(), [&] { stream->resume_reading(); });
    ASSERT_TRUE(told.wait_for_bytes(1));
    on(server.loop(), [&] { EXPECT_EQ(stream, nullptr); });
    EXPECT_LE(told.received().size(), 64U * 1024);
}

TEST_F(StreamTest, may_be_destroyed_in_on_writable) {
    const std::string text = pattern(20'000'000);
    std::size_t taken = 0;
    on(server.loop(), [&] {
        told.writable_hook = [this] { stream.reset(); };
        taken = write(*stream, text);
    });
    EXPECT_EQ(peer->receive(taken).size(), taken);
    EXPECT_TRUE(peer->at_end());
    EXPECT_EQ(told.writable(), 1);
}

TEST_F(StreamTest, may_be_destroyed_in_on_closed) {
    on(server.loop(), [&] { told.closed_hook = [this](CloseReason) { stream.reset(); }; });
    peer->close();
    ASSERT_TRUE(told.wait_for_close());
    on(server.loop(), [&] { EXPECT_EQ(stream, nullptr); });
}

TEST_F(StreamTest, may_be_destroyed_when_reading_and_writing_are_ready_together) {
    const std::string text = pattern(20'000'000);
    on(server.loop(), [&] {
        told.writable_hook = [this] { stream.reset(); };
        told.data_hook = [this](std::string_view) { stream.reset(); };
        static_cast<void>(write(*stream, text));
    });
    std::promise<void> go;
    server.loop().post([ready = go.get_future()]() mutable { ready.wait(); });
    peer->send("ping");
    peer->reset();  // wakes both directions while the loop is busy
    go.set_value();
    on(server.loop(), [] {});
    on(server.loop(), [] {});
    EXPECT_LE(told.writable() + static_cast<int>(told.closed().size()), 1);
}

TEST_F(StreamTest, another_stream_may_be_destroyed_from_a_callback_of_the_same_batch) {
    Peer second_peer{server.port()};
    auto second = server.accept();
    Recorder second_told;
    std::promise<void> go;
    on(server.loop(), [&] {
        second->start(second_told);
        told.data_hook = [&](std::string_view) { second.reset(); };
        second_told.data_hook = [&](std::string_view) { stream.reset(); };
    });
    server.loop().post([ready = go.get_future()]() mutable { ready.wait(); });
    peer->send("one");
    second_peer.send("two");
    go.set_value();
    std::size_t alive = 2;
    for (int round = 0; round < 1000 && alive != 1; ++round) {
        on(server.loop(), [&] { alive = (stream ? 1U : 0U) + (second ? 1U : 0U); });
    }
    EXPECT_EQ(alive, 1U);
    on(server.loop(), [&] { second.reset(); });
}

TEST(Listener, deals_connections_to_the_loops_in_turn) {
    Runtime runtime{{.loops = 2}};
    runtime.start();
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::uint32_t> loops;
    auto listener = runtime.listen({.port = 0}, [&](Loop& loop, std::unique_ptr<Stream> stream) {
        EXPECT_TRUE(loop.is_current());
        stream.reset();
        const std::lock_guard lock{mutex};
        loops.push_back(loop.id().value);
        changed.notify_all();
    });
    ASSERT_TRUE(listener.ok());
    for (int i = 0; i < 4; ++i) {
        const Peer peer{(*listener)->port()};
    }
    std::unique_lock lock{mutex};
    ASSERT_TRUE(changed.wait_for(lock, kPatience, [&] { return loops.size() == 4; }));
    EXPECT_EQ(std::ranges::count(loops, 0U), 2);
    EXPECT_EQ(std::ranges::count(loops, 1U), 2);
}

TEST(Listener, says_which_port_is_taken) {
    const Server server;
    Runtime other{{.loops = 1}};
    const auto listener = other.listen({.port = server.port()}, [](Loop&, auto) {});
    ASSERT_FALSE(listener.ok());
    EXPECT_EQ(listener.error().code, ErrorCode::conflict);
    EXPECT_EQ(
        listener.error().detail,
        "cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
            ": another program uses this port"
    );
}

TEST(Listener, refuses_a_host_that_is_none) {
    Runtime runtime{{.loops = 1}};
    const auto nowhere = runtime.listen({.host = "host.invalid", .port = 0}, [](Loop&, auto) {});
    ASSERT_FALSE(nowhere.ok());
    EXPECT_EQ(nowhere.error().code, ErrorCode::invalid_request);
    const auto foreign = runtime.listen({.host = "192.0.2.1", .port = 0}, [](Loop&, auto) {});
    ASSERT_FALSE(foreign.ok());
    EXPECT_EQ(foreign.error().code, ErrorCode::invalid_request);
}

TEST(Listener, takes_no_connections_after_stop) {
    Server server;
    on(server.loop(), [&] {
        server.listener->stop();
        server.listener->stop();
    });
    std::promise<ErrorCode> answer;
    server.runtime.connect(server.loop(), "127.0.0.1", server.port(), "", [&](auto stream) {
        answer.set_value(stream.ok() ? ErrorCode::internal : stream.error().code);
    });
    EXPECT_EQ(answer.get_future().get(), ErrorCode::unavailable);
}

TEST(Listener, waits_when_there_are_no_descriptors_and_goes_on_when_there_are) {
#if __has_feature(address_sanitizer)
    GTEST_SKIP() << "the sanitizers' own checks open descriptors, which is what this test forbids";
#endif
    Server server;
    ::testing::internal::CaptureStderr();
    const UniqueFd waiting{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const UniqueFd next_free{::dup(waiting.get())};
    const rlimit none{
        .rlim_cur = static_cast<rlim_t>(next_free.get()) + 1, .rlim_max = before.rlim_max
    };
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* at = &address;
    EXPECT_EQ(::connect(waiting.get(), static_cast<const sockaddr*>(at), sizeof address), 0);
    std::promise<void> later;
    on(server.loop(),
       [&] { server.loop().after(std::chrono::milliseconds{250}, [&] { later.set_value(); }); });
    later.get_future().wait();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    auto stream = server.accept();
    const std::string complaints = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(complaints, '\n'), 1) << complaints;
    EXPECT_NE(complaints.find("connections wait"), std::string::npos);
    on(server.loop(), [&] { stream.reset(); });
}

TEST(Connect, reaches_a_listener_by_name_and_from_a_chosen_address) {
    Server server;
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        std::promise<std::unique_ptr<Stream>> connected;
        server.runtime.connect(server.loop(), host, server.port(), "127.0.0.2", [&](auto stream) {
            connected.set_value(stream.ok() ? std::move(*stream) : nullptr);
        });
        auto client = connected.get_future().get();
        ASSERT_NE(client, nullptr);
        auto stream = server.accept();
        EXPECT_EQ(stream->peer_address(), "127.0.0.2");
        EXPECT_EQ(client->peer_address(), "127.0.0.1");
        on(server.loop(), [&] {
            stream.reset();
            client.reset();
        });
    }
}

TEST(Connect, answers_unavailable_where_nobody_listens) {
    Server server;
    for (const std::string host : {"127.0.0.1", "host.invalid"}) {
        std::promise<Error> answer;
        server.runtime.connect(server.loop(), host, 1, "", [&](auto stream) {
            answer.set_value(stream.ok() ? Error{} : stream.error());
        });
        EXPECT_EQ(answer.get_future().get().code, ErrorCode::unavailable);
    }
}

}  // namespace
}  // namespace parley::runtime
