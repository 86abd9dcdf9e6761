#include "tests/sim/sim_network.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

using namespace std::chrono_literals;
using runtime::CloseReason;

/// Keeps what comes, and may do something in each call.
struct Peer final : runtime::StreamHandler {
    void on_data(std::span<std::byte> bytes) override {
        got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        ++pieces;
        // The padding may be read, and the bytes be changed in place.
        padding +=
            static_cast<unsigned char>(bytes.data()[bytes.size() + runtime::kReadPadding - 1]);
        std::ranges::fill(bytes, std::byte{0});
        if (in_data) {
            in_data();
        }
    }
    void on_writable() override { pump(); }
    void on_closed(CloseReason reason) override {
        closed.push_back(reason);
        stream.reset();  // the usual thing to do, from inside the callback
    }
    void send(std::string_view text) {
        unsent.append(text);
        pump();
    }
    void pump() {
        while (stream != nullptr && !unsent.empty()) {
            const std::string_view all = unsent;
            const std::array<std::string_view, 2> parts{
                all.substr(0, all.size() / 2), all.substr(all.size() / 2)
            };
            const std::size_t taken = stream->write(parts);
            short_writes += taken < unsent.size() ? 1 : 0;
            unsent.erase(0, taken);
            if (!unsent.empty()) {
                return;
            }
        }
    }

    std::unique_ptr<runtime::Stream> stream;
    std::string got;
    std::string unsent;
    std::size_t pieces = 0;
    std::size_t short_writes = 0;
    unsigned padding = 0;
    std::vector<CloseReason> closed;
    std::function<void()> in_data;
};

struct Wire {
    explicit Wire(std::uint64_t seed) : simulation(seed) {
        network.listen({&loop}, [this](runtime::Loop& on, std::unique_ptr<runtime::Stream> stream) {
            EXPECT_TRUE(on.is_current());
            server.stream = std::move(stream);
            server.stream->start(server);
        });
    }
    void connect() {
        network.connect([this](std::unique_ptr<runtime::Stream> stream) {
            client.stream = std::move(stream);
            client.stream->start(client);
        });
        run();
    }
    void run() {
        while (simulation.step()) {
        }
    }

    Simulation simulation;
    MachineOptions machine;
    Duration jump{};
    SimNetwork network{simulation};
    Process process{simulation, 1};
    SimClock clock{simulation, jump};
    SimLoop loop{process, {0}, clock, machine};
    Peer client;
    Peer server;
};

std::string numbers(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += std::to_string(i) + ",";
    }
    return text;
}

TEST(SimNetwork, BytesArriveWholeAndInOrderThoughCutInPieces) {
    Wire wire{1};
    wire.network.options.whole_chance = 0;
    wire.network.options.piece_max = 7;
    wire.connect();
    const std::string text = numbers(500);
    wire.client.send(text);
    wire.server.send(text);
    wire.run();
    EXPECT_EQ(wire.server.got, text);
    EXPECT_EQ(wire.client.got, text);
    EXPECT_GT(wire.server.pieces, text.size() / 7);
}

TEST(SimNetwork, AFullWindowMakesWritesShortAndTellsWhenThereIsRoom) {
    Wire wire{1};
    wire.network.options.window = 100;
    wire.connect();
    const std::string text = numbers(1000);
    wire.client.send(text);
    wire.run();
    EXPECT_EQ(wire.server.got, text);
    EXPECT_GT(wire.client.short_writes, 10U);
}

TEST(SimNetwork, AReaderThatPausesHoldsTheWriterBack) {
    Wire wire{1};
    wire.network.options.window = 100;
    wire.connect();
    wire.server.stream->pause_reading();
    wire.client.send(std::string(1000, 'x'));
    wire.run();
    EXPECT_EQ(wire.server.got, "");
    EXPECT_EQ(wire.client.unsent.size(), 900U);
    wire.server.stream->resume_reading();
    wire.run();
    EXPECT_EQ(wire.server.got.size(), 1000U);
}

TEST(SimNetwork, AnEndIsTheLastThingToArrive) {
    Wire wire{1};
    wire.connect();
    wire.client.send("last words");
    wire.client.stream->close();
    wire.run();
    EXPECT_EQ(wire.server.got, "last words");
    EXPECT_EQ(wire.server.closed, std::vector{CloseReason::peer_closed});
    EXPECT_TRUE(wire.client.closed.empty());
}

TEST(SimNetwork, OneDirectionCanEndAlone) {
    Wire wire{1};
    wire.connect();
    wire.client.stream->shutdown_send();
    wire.simulation.run_until(wire.simulation.now() + 1us);
    wire.server.send("still here");
    wire.run();
    EXPECT_EQ(wire.client.got, "still here");
    EXPECT_EQ(wire.server.closed, std::vector{CloseReason::peer_closed});
}

TEST(SimNetwork, ACutCanFallOnAnyByteAndBothEndsLearnOfIt) {
    std::set<std::size_t> lengths;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Wire wire{seed};
        wire.connect();
        wire.client.send("0123456789");
        ASSERT_TRUE(wire.network.cut_one());
        wire.run();
        EXPECT_TRUE(std::string_view{"0123456789"}.starts_with(wire.server.got));
        lengths.insert(wire.server.got.size());
        EXPECT_EQ(wire.server.closed, std::vector{CloseReason::failed});
        EXPECT_EQ(wire.client.closed, std::vector{CloseReason::failed});
        EXPECT_EQ(wire.network.live(), 0U);
    }
    EXPECT_EQ(lengths.size(), 11U);
}

TEST(SimNetwork, AStreamMayBeDestroyedInItsOwnCallback) {
    Wire wire{1};
    wire.connect();
    wire.server.in_data = [&] { wire.server.stream.reset(); };
    wire.client.send("bye");
    wire.run();
    EXPECT_EQ(wire.server.got, "bye");
    EXPECT_EQ(wire.client.closed.size(), 1U);
}

TEST(SimNetwork, AStalledConnectionGoesOnLater) {
    Wire wire{1};
    wire.connect();
    const Duration start = wire.simulation.now();
    ASSERT_TRUE(wire.network.stall_one(3s));
    wire.client.send("x");
    wire.run();
    EXPECT_EQ(wire.server.got, "x");
    EXPECT_GE(wire.simulation.now() - start, 3s);
}

TEST(SimNetwork, ASilentlyBrokenConnectionLooksAliveAndFillsUp) {
    Wire wire{1};
    wire.network.options.window = 50;
    wire.connect();
    ASSERT_TRUE(wire.network.break_silently(false));
    wire.client.send(std::string(80, 'x'));
    wire.run();
    EXPECT_EQ(wire.server.got, "");
    EXPECT_EQ(wire.client.unsent.size(), 30U);
    EXPECT_TRUE(wire.client.closed.empty());
}

TEST(SimNetwork, AConnectionCanBeSilentInOneDirectionOnly) {
    std::set<std::string> heard;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Wire wire{seed};
        wire.connect();
        ASSERT_TRUE(wire.network.break_silently(true));
        wire.client.send("c");
        wire.server.send("s");
        wire.run();
        EXPECT_TRUE(wire.client.closed.empty());
        EXPECT_TRUE(wire.server.closed.empty());
        heard.insert(wire.client.got + wire.server.got);
    }
    EXPECT_EQ(heard, (std::set<std::string>{"c", "s"}));
}

TEST(SimNetwork, ALostAnswerHasBeenAskedForAndTakesTheConnectionWithIt) {
    Wire wire{1};
    wire.connect();
    wire.network.options.answer_loss_chance = 1;
    wire.server.in_data = [&] { wire.server.send("answer"); };
    wire.client.send("question");
    wire.run();
    EXPECT_EQ(wire.server.got, "question");
    EXPECT_EQ(wire.client.got, "");
    EXPECT_EQ(wire.client.closed, std::vector{CloseReason::failed});
    EXPECT_EQ(wire.server.closed, std::vector{CloseReason::failed});
    EXPECT_EQ(wire.simulation.tally[Count::answers_lost], 1U);
}

TEST(SimNetwork, AStormBreaksAllConnections) {
    Wire wire{1};
    wire.connect();
    Peer other;
    Peer* const first = &wire.client;
    Peer first_server;
    std::swap(first_server.stream, wire.server.stream);
    first_server.stream->set_handler(first_server);
    wire.network.connect([&](std::unique_ptr<runtime::Stream> stream) {
        other.stream = std::move(stream);
        other.stream->start(other);
    });
    wire.run();
    ASSERT_EQ(wire.network.live(), 2U);
    wire.network.cut_all();
    wire.run();
    EXPECT_EQ(first->closed.size(), 1U);
    EXPECT_EQ(other.closed.size(), 1U);
    EXPECT_EQ(wire.network.live(), 0U);
    EXPECT_EQ(wire.simulation.tally[Count::storms], 1U);
    EXPECT_EQ(wire.simulation.tally[Count::connections_cut], 2U);
}

TEST(SimNetwork, WhatOneConnectionCarriesMayOvertakeWhatAnotherDoes) {
    std::set<std::string> orders;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Wire wire{seed};
        wire.connect();
        Peer other;
        Peer first_server;
        std::string order;
        std::swap(first_server.stream, wire.server.stream);
        first_server.stream->set_handler(first_server);
        wire.network.connect([&](std::unique_ptr<runtime::Stream> stream) {
            other.stream = std::move(stream);
            other.stream->start(other);
        });
        wire.run();
        first_server.in_data = [&] { order += "1"; };
        wire.server.in_data = [&] { order += "2"; };
        wire.client.send("x");
        other.send("x");
        wire.run();
        orders.insert(order);
    }
    EXPECT_EQ(orders, (std::set<std::string>{"12", "21"}));
}

TEST(SimNetwork, EveryByteIsInTheTrace) {
    const auto hash = [](std::string_view text) {
        Wire wire{1};
        wire.connect();
        wire.client.send(text);
        wire.run();
        return wire.simulation.trace_hash();
    };
    EXPECT_EQ(hash("some words"), hash("some words"));
    EXPECT_NE(hash("some words"), hash("some wards"));
}

TEST(SimNetwork, WritingToAPeerThatIsGoneTakesAllAndEndsTheStream) {
    Wire wire{1};
    wire.connect();
    wire.client.stream->pause_reading();
    wire.server.stream.reset();
    wire.run();
    EXPECT_TRUE(wire.client.closed.empty());  // nobody reads, so nobody sees the end
    wire.client.send("x");
    wire.run();
    EXPECT_TRUE(wire.client.unsent.empty());
    EXPECT_EQ(wire.client.closed.size(), 1U);
}

TEST(SimNetwork, WhenTheServerDiesItsClientsAreToldOrNot) {
    for (const bool silent : {false, true}) {
        Wire wire{5};
        wire.connect();
        wire.server.send("0123456789");
        wire.process.kill();
        wire.network.stop_listening();
        wire.network.process_died(wire.process.id(), silent);
        wire.process.bury_events();
        wire.server.stream.reset();  // the zombie's objects go without a word
        wire.run();
        EXPECT_EQ(wire.client.closed.size(), silent ? 0U : 1U);
        bool refused = false;
        wire.network.connect([&](std::unique_ptr<runtime::Stream> stream) {
            refused = stream == nullptr;
        });
        wire.run();
        EXPECT_TRUE(refused);
    }
}

}  // namespace
}  // namespace parley::sim
