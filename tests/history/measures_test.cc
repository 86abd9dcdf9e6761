#include "tests/history/measures.h"

#include <gtest/gtest.h>

#include "tests/history/checker.h"
#include "tests/history/report.h"

namespace parley::history {
namespace {

using namespace std::chrono_literals;

/// One user sends, another receives.
struct Timeline {
    Timeline() {
        history.users.number("ada");
        history.users.number("bob");
        history.conversations.number("talk");
        history.messages.number("m");
        history.devices.push_back({.user = 1, .role = Role::sender, .name = "ada.d"});
        history.devices.push_back({.user = 2, .role = Role::sender, .name = "bob.d"});
    }
    Event& add(Op op, Duration time, std::uint64_t send) {
        Event& event = history.events.emplace_back();
        event.op = op;
        event.time = time;
        event.device = 1;
        event.send = send;
        event.hash = send;
        event.user = op == Op::send ? 2 : 0;
        return event;
    }
    void ack(Duration time, std::uint64_t send) {
        Event& event = add(Op::ack, time, send);
        event.conversation = 1;
        event.seq = send;
        event.message = 1;
    }
    Measures measure() {
        Measures measures;
        verdict = check(history, &measures);
        return measures;
    }
    History history;
    Verdict verdict;
};

TEST(Measures, FindWindowsWithoutAnAckWhileSendsWait) {
    Timeline line;
    line.add(Op::send, 0ms, 1);
    line.ack(10ms, 1);
    line.add(Op::send, 500ms, 2);  // nothing waited before
    line.add(Op::send, 550ms, 3);
    line.ack(800ms, 3);
    line.add(Op::err, 850ms, 2).definite = false;
    line.add(Op::send, 860ms, 2);
    line.ack(950ms, 2);
    line.add(Op::send, 2000ms, 4);
    line.add(Op::timeout, 2200ms, 4);
    const Measures measures = line.measure();
    ASSERT_EQ(measures.windows.size(), 3U);
    EXPECT_EQ(measures.windows[0].begin, 500ms);
    EXPECT_EQ(measures.windows[0].end, 800ms);
    EXPECT_EQ(measures.windows[1].begin, 800ms);
    EXPECT_EQ(measures.windows[1].length(), 150ms);
    EXPECT_EQ(measures.windows[2].length(), 200ms);
    EXPECT_EQ(measures.longest.length(), 300ms);
}

TEST(Measures, CountFromTheFirstAttempt) {
    Timeline line;
    line.add(Op::send, 0ms, 1);
    line.add(Op::timeout, 50ms, 1);
    line.add(Op::send, 60ms, 1);
    line.ack(100ms, 1);
    Event& received = line.add(Op::recv, 130ms, 0);
    received.device = 2;
    received.conversation = 1;
    received.seq = 1;
    received.message = 1;
    received.user = 1;
    received.hash = 1;
    Event& again = line.history.events.emplace_back(received);
    again.time = 140ms;
    Measures measures = line.measure();
    EXPECT_EQ(measures.to_ack.count(), 1U);
    EXPECT_EQ(measures.to_ack.quantile(0.5), 100ms);
    EXPECT_EQ(measures.to_deliver.count(), 1U);
    EXPECT_EQ(measures.to_deliver.quantile(1), 130ms);
}

TEST(Measures, RankValues) {
    Sample sample;
    EXPECT_EQ(sample.quantile(0.5), 0ms);
    for (int i = 100; i >= 1; --i) {
        sample.add(std::chrono::milliseconds{i});
    }
    EXPECT_EQ(sample.quantile(0), 1ms);
    EXPECT_EQ(sample.quantile(0.5), 51ms);
    EXPECT_EQ(sample.quantile(0.99), 100ms);
    EXPECT_EQ(sample.quantile(1), 100ms);
}

TEST(Report, ShowsTheFirstCounterExampleAndWhatIsAroundIt) {
    Timeline line;
    line.add(Op::send, 0ms, 1);
    line.ack(10ms, 1);
    Event& read = line.add(Op::read, 20ms, 0);
    read.conversation = 1;
    read.final = true;
    line.history.readings.push_back({.asked = 15ms, .count = 0});
    Measures measures = line.measure();
    const std::string text = to_text(line.history, line.verdict, measures);
    EXPECT_NE(text.find("attempted 1, acknowledged 1, lost 1, doubled 0"), std::string::npos)
        << text;
    EXPECT_NE(
        text.find("I1: send c1 was acknowledged as seq 1, and user ada cannot read it, "
                  "conversation talk"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find(R"("op":"ack","conv":"talk","seq":1)"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("verdict: BROKEN\n")) << text;
}

}  // namespace
}  // namespace parley::history
