#include "tests/sim/checker.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kAlice = 1;
constexpr std::uint32_t kBob = 2;
constexpr std::uint32_t kStranger = 3;
constexpr std::uint32_t kTalk = 1;  // the conversation of Alice and Bob

constexpr std::uint32_t kPhone = 1;   // Alice's
constexpr std::uint32_t kLaptop = 2;  // Alice's
constexpr std::uint32_t kBobs = 3;
constexpr std::uint32_t kStrangers = 4;
constexpr std::uint32_t kAliceAuditor = 5;
constexpr std::uint32_t kBobAuditor = 6;

/// A history as it should be, told in the words of chat; tests then break it.
struct Story {
    Story() {
        history.devices = {
            {},
            {.user = kAlice, .auditor = false},
            {.user = kAlice, .auditor = false},
            {.user = kBob, .auditor = false},
            {.user = kStranger, .auditor = false},
            {.user = kAlice, .auditor = true},
            {.user = kBob, .auditor = true},
        };
    }

    HistoryEvent& add(Op op, std::uint32_t device) {
        HistoryEvent& event = history.events.emplace_back();
        event.op = op;
        event.device = device;
        event.connection = 1;
        event.time = now += 1ms;
        return event;
    }
    HistoryEvent& transmit(std::uint32_t device, std::uint64_t send, std::uint64_t seen) {
        HistoryEvent& event = add(Op::transmit, device);
        event.send = send;
        event.payload = payload_of(send);
        event.user = history.devices[device].user == kAlice ? kBob : kAlice;
        event.head = seen;
        event.attempt = ++attempts;
        return event;
    }
    HistoryEvent& acked(std::uint32_t device, std::uint64_t send, std::uint64_t seq) {
        HistoryEvent& event = add(Op::acked, device);
        event.send = send;
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        return event;
    }
    HistoryEvent& shown(std::uint32_t device, std::uint64_t seq) {
        HistoryEvent& event = add(Op::shown, device);
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        return event;
    }
    HistoryEvent& received(
        std::uint32_t device,
        std::uint64_t seq,
        std::uint32_t sender,
        std::uint64_t send,
        Source source = Source::live
    ) {
        HistoryEvent& event = add(Op::received, device);
        event.source = source;
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        event.user = sender;
        event.payload = payload_of(send);
        event.send = history.devices[device].user == sender ? send : 0;
        return event;
    }
    HistoryEvent& marked(std::uint32_t device, std::uint64_t seq, bool read) {
        HistoryEvent& event = add(Op::marked, device);
        event.conversation = kTalk;
        event.seq = seq;
        event.read = read;
        return event;
    }
    HistoryEvent& receipt(std::uint32_t device, std::uint32_t user, std::uint64_t seq, bool read) {
        HistoryEvent& event = add(Op::receipt, device);
        event.conversation = kTalk;
        event.user = user;
        event.seq = seq;
        event.read = read;
        return event;
    }
    HistoryEvent& view(std::uint32_t device, std::uint64_t head, std::uint64_t read) {
        HistoryEvent& event = add(Op::view, device);
        event.conversation = kTalk;
        event.head = head;
        event.read_seq = read;
        event.delivered_seq = read;
        event.unread = head - read;
        event.asked = now;
        return event;
    }

    /// Sends a message that goes well, to everyone's devices.
    void message(std::uint32_t device, std::uint64_t send, std::uint64_t seq) {
        transmit(device, send, seq - 1);
        acked(device, send, seq);
        shown(device, seq);
        for (const std::uint32_t other : {kPhone, kLaptop, kBobs}) {
            if (other != device) {
                received(other, seq, history.devices[device].user, send);
                shown(other, seq);
            }
        }
        messages.push_back({.sender = history.devices[device].user, .send = send});
    }
    void audit() {
        for (const std::uint32_t auditor : {kAliceAuditor, kBobAuditor}) {
            for (std::size_t i = 0; i < messages.size(); ++i) {
                received(auditor, i + 1, messages[i].sender, messages[i].send, Source::audit);
            }
        }
    }
    /// Six messages, receipts and an audit.
    static Story good() {
        Story story;
        for (std::uint64_t i = 1; i <= 6; ++i) {
            story.message(i % 2 == 0 ? kBobs : kPhone, 100 + i, i);
        }
        story.marked(kBobs, 4, true);
        story.receipt(kPhone, kBob, 4, true);
        story.view(kBobs, 6, 6);
        story.audit();
        return story;
    }

    HistoryEvent& find(
        Op op, std::uint32_t device, std::uint64_t seq, Source source = Source::live
    ) {
        const auto at = std::ranges::find_if(history.events, [&](const HistoryEvent& event) {
            return event.op == op && event.device == device && event.seq == seq &&
                   (op != Op::received || event.source == source);
        });
        EXPECT_NE(at, history.events.end());
        return *at;
    }
    void drop(const HistoryEvent& event) {
        history.events.erase(history.events.begin() + (&event - history.events.data()));
    }

    static std::uint64_t payload_of(std::uint64_t send) { return send * 1000; }
    static std::uint32_t message_of(std::uint64_t seq) {
        return static_cast<std::uint32_t>(seq) + 50;
    }

    struct Message {
        std::uint32_t sender = 0;
        std::uint64_t send = 0;
    };
    History history;
    std::vector<Message> messages;
    Duration now{};
    std::uint32_t attempts = 0;
};

/// The invariants that the history breaks, each once, in order of report.
std::vector<std::string> broken(const Story& story) {
    std::vector<std::string> names;
    for (const Violation& violation : check(story.history)) {
        if (std::ranges::find(names, violation.invariant) == names.end()) {
            names.push_back(violation.invariant);
        }
    }
    return names;
}

using Names = std::vector<std::string>;
using testing::Test;

bool contains(const Names& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

TEST(Checker, FindsNothingInAGoodHistory) {
    EXPECT_EQ(broken(Story::good()), Names{});
}

TEST(Checker, AnAcknowledgedMessageThatIsNotThereIsLost) {
    Story story = Story::good();
    story.drop(story.find(Op::received, kAliceAuditor, 6, Source::audit));
    story.drop(story.find(Op::received, kBobAuditor, 6, Source::audit));
    EXPECT_TRUE(contains(broken(story), "I1"));
}

TEST(Checker, AMessageThatOneMemberCannotReadIsLost) {
    Story story = Story::good();
    story.drop(story.find(Op::received, kBobAuditor, 6, Source::audit));
    const Names names = broken(story);
    EXPECT_TRUE(contains(names, "I1"));
    EXPECT_TRUE(contains(names, "I3"));
}

TEST(Checker, APlaceThatHoldsTwoMessagesIsFound) {
    Story story = Story::good();
    story.find(Op::received, kLaptop, 3).payload = 4711;
    EXPECT_EQ(broken(story), Names{"I2"});
}

TEST(Checker, AMessageIdAtTwoPlacesIsFound) {
    Story story = Story::good();
    story.find(Op::received, kLaptop, 3).message = Story::message_of(2);
    EXPECT_TRUE(contains(broken(story), "I2"));
}

TEST(Checker, AnAckThatNamesAnotherPlaceIsFound) {
    Story story = Story::good();
    story.find(Op::acked, kBobs, 4).message = Story::message_of(5);
    EXPECT_TRUE(contains(broken(story), "I2"));
}

TEST(Checker, AGapAndARepeatInTheAuditAreFound) {
    Story gap = Story::good();
    gap.drop(gap.find(Op::received, kBobAuditor, 3, Source::audit));
    EXPECT_TRUE(contains(broken(gap), "I3"));
    Story repeat = Story::good();
    const HistoryEvent again = repeat.find(Op::received, kBobAuditor, 3, Source::audit);
    repeat.history.events.push_back(again);
    EXPECT_TRUE(contains(broken(repeat), "I3"));
}

TEST(Checker, ARetryThatBecameASecondMessageIsFound) {
    Story story;
    story.message(kPhone, 101, 1);
    story.transmit(kPhone, 101, 1);
    story.acked(kPhone, 101, 2);
    story.messages.push_back({.sender = kAlice, .send = 101});
    story.audit();
    EXPECT_TRUE(contains(broken(story), "I4"));
}

TEST(Checker, ARetryBehindAHundredAndTwentyEightLaterSendsMayBeAnother) {
    Story story;
    story.message(kPhone, 1, 1);
    for (std::uint64_t i = 2; i <= 129; ++i) {
        story.message(kLaptop, i, i);
    }
    story.message(kPhone, 1, 130);
    story.audit();
    EXPECT_EQ(broken(story), Names{});
}

TEST(Checker, AnotherPayloadUnderAUsedClientIdIsFound) {
    Story story = Story::good();
    HistoryEvent& altered = story.transmit(kPhone, 105, 6);
    altered.altered = true;
    altered.payload = 4711;
    for (const std::uint32_t auditor : {kAliceAuditor, kBobAuditor}) {
        story.received(auditor, 7, kAlice, 105, Source::audit).payload = 4711;
    }
    EXPECT_TRUE(contains(broken(story), "I4"));
}

TEST(Checker, SendsOfOneDeviceOutOfOrderAreFound) {
    Story story;
    story.transmit(kPhone, 1, 0);
    story.transmit(kPhone, 2, 0);
    story.messages = {{.sender = kAlice, .send = 2}, {.sender = kAlice, .send = 1}};
    story.audit();
    EXPECT_TRUE(contains(broken(story), "I5"));
}

TEST(Checker, SendsThatWereRepeatedMeanwhileMayChangeOrder) {
    Story story;
    story.transmit(kPhone, 1, 0);
    story.transmit(kPhone, 2, 0);
    story.transmit(kPhone, 1, 0);
    story.messages = {{.sender = kAlice, .send = 2}, {.sender = kAlice, .send = 1}};
    story.audit();
    EXPECT_FALSE(contains(broken(story), "I5"));
}

TEST(Checker, AReplyBeforeWhatItAnswersIsFound) {
    Story story = Story::good();
    std::ranges::find(story.history.events, Op::transmit, &HistoryEvent::op)->head = 2;
    EXPECT_EQ(broken(story), Names{"I5"});
}

TEST(Checker, ARefusedSendThatIsSeenIsFound) {
    Story story = Story::good();
    story.transmit(kPhone, 200, 6);
    HistoryEvent& refused = story.add(Op::refused, kPhone);
    refused.send = 200;
    refused.definite = true;
    EXPECT_EQ(broken(story), Names{});
    story.received(kBobs, 7, kAlice, 200);
    EXPECT_TRUE(contains(broken(story), "I6"));
}

TEST(Checker, AnUnknownOutcomeMayBeEither) {
    Story story;
    story.transmit(kPhone, 1, 0);
    HistoryEvent& refused = story.add(Op::refused, kPhone);
    refused.send = 1;
    story.audit();
    EXPECT_EQ(broken(story), Names{});
}

TEST(Checker, AMessageThatADeviceNeverShowedOrShowedTwiceIsFound) {
    Story never = Story::good();
    never.drop(never.find(Op::shown, kLaptop, 2));
    EXPECT_EQ(broken(never), Names{"I7"});
    Story twice = Story::good();
    twice.shown(kLaptop, 2);
    EXPECT_EQ(broken(twice), Names{"I7"});
}

TEST(Checker, PagesThatSkipAreFound) {
    const auto page = [](Source source, std::uint64_t after, std::uint64_t first, bool has_more) {
        Story story = Story::good();
        HistoryEvent& event = story.add(Op::page, kLaptop);
        event.conversation = kTalk;
        event.source = source;
        event.after = after;
        event.seq = first;
        event.count = 2;
        event.has_more = has_more;
        return broken(story);
    };
    EXPECT_EQ(page(Source::history, 2, 3, false), Names{});
    EXPECT_EQ(page(Source::history, 2, 4, true), Names{"I8"});
    EXPECT_EQ(page(Source::history, 2, 2, false), Names{"I8"});
    EXPECT_EQ(page(Source::sync, 2, 4, true), Names{});
    EXPECT_EQ(page(Source::sync, 2, 4, false), Names{"I8"});
}

TEST(Checker, APageWithAGapInsideIsFound) {
    Story story = Story::good();
    HistoryEvent& event = story.add(Op::page, kLaptop);
    event.source = Source::history;
    event.seq = 1;
    event.count = 3;
    event.consecutive = false;
    EXPECT_EQ(broken(story), Names{"I8"});
}

TEST(Checker, AHoleInTheLiveStreamIsFound) {
    Story story = Story::good();
    story.add(Op::hole, kLaptop).seq = 5;
    EXPECT_EQ(broken(story), Names{"I9"});
}

TEST(Checker, AReceiptForWhatWasNeverReadIsFound) {
    Story story = Story::good();
    story.receipt(kBobs, kAlice, 6, true);  // Alice's last message is 5
    EXPECT_EQ(broken(story), Names{"I10"});
}

TEST(Checker, AReceiptBeforeItsMarkIsFound) {
    Story story;
    story.message(kPhone, 1, 1);
    story.receipt(kPhone, kBob, 1, false);
    story.marked(kBobs, 1, false);
    story.audit();
    EXPECT_EQ(broken(story), Names{"I10"});
}

TEST(Checker, ACursorThatGoesBackIsFound) {
    Story story = Story::good();
    story.receipt(kPhone, kBob, 3, true);
    EXPECT_EQ(broken(story), Names{"I10"});
    Story view = Story::good();
    view.view(kBobs, 6, 2);
    EXPECT_EQ(broken(view), Names{"I10"});
}

TEST(Checker, ACursorBeyondTheHeadIsFound) {
    Story story = Story::good();
    HistoryEvent& view = story.view(kBobs, 6, 6);
    view.read_seq = 7;
    view.delivered_seq = 7;
    EXPECT_TRUE(contains(broken(story), "I10"));
}

TEST(Checker, AnUnreadCountThatIsWrongIsFound) {
    Story story = Story::good();
    story.view(kBobs, 6, 6).unread = 1;
    EXPECT_EQ(broken(story), Names{"I11"});
}

TEST(Checker, AStrangerWhoSeesOrWritesIsFound) {
    Story sees = Story::good();
    sees.received(kStrangers, 2, kBob, 102);
    EXPECT_EQ(broken(sees), Names{"I14"});
    Story writes = Story::good();
    writes.transmit(kStrangers, 300, 0).user = 0;
    writes.acked(kStrangers, 300, 7);
    EXPECT_TRUE(contains(broken(writes), "I14"));
    Story told = Story::good();
    told.receipt(kPhone, kStranger, 0, true);
    EXPECT_TRUE(contains(broken(told), "I14"));
}

TEST(Checker, ShowsTheLastEventsOfTheConversation) {
    const Story story = Story::good();
    const auto lines = last_events(story.history, kTalk, 3);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_NE(lines.back().find("from audit"), std::string::npos);
}

}  // namespace
}  // namespace parley::sim
