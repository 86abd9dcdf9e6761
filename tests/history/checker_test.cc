#include "tests/history/checker.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley::history {
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
            {.user = kAlice, .role = Role::client, .name = {}},
            {.user = kAlice, .role = Role::client, .name = {}},
            {.user = kBob, .role = Role::client, .name = {}},
            {.user = kStranger, .role = Role::client, .name = {}},
            {.user = kAlice, .role = Role::auditor, .name = {}},
            {.user = kBob, .role = Role::auditor, .name = {}},
        };
        history.conversations.number("talk");
        for (int i = 1; i <= 200; ++i) {
            history.messages.number("m" + std::to_string(i));
        }
    }

    Event& add(Op op, std::uint32_t device) {
        Event& event = history.events.emplace_back();
        event.op = op;
        event.device = device;
        event.connection = 1;
        event.time = now += 1ms;
        return event;
    }
    Event& transmit(std::uint32_t device, std::uint64_t send, std::uint64_t seen) {
        Event& event = add(Op::send, device);
        event.send = send;
        event.hash = payload_of(send);
        event.user = history.devices[device].user == kAlice ? kBob : kAlice;
        event.cur = seen;
        event.attempt = ++attempts;
        return event;
    }
    Event& acked(std::uint32_t device, std::uint64_t send, std::uint64_t seq) {
        Event& event = add(Op::ack, device);
        event.send = send;
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        return event;
    }
    Event& shown(std::uint32_t device, std::uint64_t seq) {
        Event& event = add(Op::show, device);
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        return event;
    }
    Event& received(
        std::uint32_t device,
        std::uint64_t seq,
        std::uint32_t sender,
        std::uint64_t send,
        Source source = Source::live
    ) {
        Event& event = add(Op::recv, device);
        event.source = source;
        event.conversation = kTalk;
        event.seq = seq;
        event.message = message_of(seq);
        event.user = sender;
        event.hash = payload_of(send);
        event.send = history.devices[device].user == sender ? send : 0;
        return event;
    }
    Event& marked(std::uint32_t device, std::uint64_t seq, bool read) {
        Event& event = add(Op::mark, device);
        event.conversation = kTalk;
        event.seq = seq;
        event.read = read;
        return event;
    }
    Event& receipt(std::uint32_t device, std::uint32_t user, std::uint64_t seq, bool read) {
        Event& event = add(Op::receipt, device);
        event.conversation = kTalk;
        event.user = user;
        event.seq = seq;
        event.read = read;
        return event;
    }
    View& view(std::uint32_t device, std::uint64_t head, std::uint64_t read) {
        Event& event = add(Op::view, device);
        event.conversation = kTalk;
        event.extra = static_cast<std::uint32_t>(history.views.size());
        return history.views.emplace_back(
            View{.head = head, .read = read, .delivered = read, .unread = head - read, .asked = now}
        );
    }

    Event& read(std::uint32_t auditor, std::uint64_t seq) {
        Event& event = add(Op::read, auditor);
        event.conversation = kTalk;
        event.seq = seq;
        event.final = true;
        event.extra = static_cast<std::uint32_t>(history.readings.size());
        history.readings.push_back({.asked = now, .count = seq});
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
            read(auditor, messages.size());
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

    Event& find(Op op, std::uint32_t device, std::uint64_t seq, Source source = Source::live) {
        const auto at = std::ranges::find_if(history.events, [&](const Event& event) {
            return event.op == op && event.device == device && event.seq == seq &&
                   (op != Op::recv || event.source == source);
        });
        EXPECT_NE(at, history.events.end());
        return *at;
    }
    void drop(const Event& event) {
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

/// The invariants that the history breaks.
std::vector<std::string> broken(const Story& story) {
    std::vector<std::string> names;
    for (const auto& [invariant, count] : check(story.history).broken) {
        names.push_back(invariant);
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
    story.drop(story.find(Op::recv, kAliceAuditor, 6, Source::audit));
    story.drop(story.find(Op::recv, kBobAuditor, 6, Source::audit));
    EXPECT_TRUE(contains(broken(story), "I1"));
}

TEST(Checker, AMessageThatOneMemberCannotReadIsLost) {
    Story story = Story::good();
    story.drop(story.find(Op::recv, kBobAuditor, 6, Source::audit));
    const Names names = broken(story);
    EXPECT_TRUE(contains(names, "I1"));
    EXPECT_TRUE(contains(names, "I3"));
}

TEST(Checker, APlaceThatHoldsTwoMessagesIsFound) {
    Story story = Story::good();
    story.find(Op::recv, kLaptop, 3).hash = 4711;
    EXPECT_EQ(broken(story), Names{"I2"});
}

TEST(Checker, AMessageIdAtTwoPlacesIsFound) {
    Story story = Story::good();
    story.find(Op::recv, kLaptop, 3).message = Story::message_of(2);
    EXPECT_TRUE(contains(broken(story), "I2"));
}

TEST(Checker, AnAckThatNamesAnotherPlaceIsFound) {
    Story story = Story::good();
    story.find(Op::ack, kBobs, 4).message = Story::message_of(5);
    EXPECT_TRUE(contains(broken(story), "I2"));
}

TEST(Checker, AGapAndARepeatInTheAuditAreFound) {
    Story gap = Story::good();
    gap.drop(gap.find(Op::recv, kBobAuditor, 3, Source::audit));
    EXPECT_TRUE(contains(broken(gap), "I3"));
    Story repeat = Story::good();
    const Event again = repeat.find(Op::recv, kBobAuditor, 3, Source::audit);
    repeat.history.events.insert(repeat.history.events.end() - 1, again);
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
    Event& altered = story.transmit(kPhone, 105, 6);
    altered.altered = true;
    altered.hash = 4711;
    for (const std::uint32_t auditor : {kAliceAuditor, kBobAuditor}) {
        story.received(auditor, 7, kAlice, 105, Source::audit).hash = 4711;
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

TEST(Checker, OfWhatWasRefusedLastAnEarlierAttemptMayComeLate) {
    Story story;
    Event& elsewhere = story.transmit(kPhone, 1, 0);
    elsewhere.attempt = 1;
    elsewhere.connection = 7;
    story.transmit(kPhone, 1, 0).attempt = 2;
    story.transmit(kPhone, 2, 0).attempt = 3;
    Event& refused = story.add(Op::err, kPhone);
    refused.send = 1;
    refused.attempt = 2;
    refused.definite = true;
    story.messages = {{.sender = kAlice, .send = 2}, {.sender = kAlice, .send = 1}};
    story.audit();
    EXPECT_FALSE(contains(broken(story), "I5"));
    std::ranges::find(story.history.events, Op::err, &Event::op)->attempt = 1;
    EXPECT_TRUE(contains(broken(story), "I5"));
}

TEST(Checker, AReplyBeforeWhatItAnswersIsFound) {
    Story story = Story::good();
    std::ranges::find(story.history.events, Op::send, &Event::op)->cur = 2;
    EXPECT_EQ(broken(story), Names{"I5"});
}

TEST(Checker, ARefusedSendThatIsSeenIsFound) {
    Story story = Story::good();
    story.transmit(kPhone, 200, 6);
    Event& refused = story.add(Op::err, kPhone);
    refused.send = 200;
    refused.definite = true;
    EXPECT_EQ(broken(story), Names{});
    story.received(kBobs, 7, kAlice, 200);
    EXPECT_TRUE(contains(broken(story), "I6"));
}

TEST(Checker, AnUnknownOutcomeMayBeEither) {
    Story story;
    story.transmit(kPhone, 1, 0);
    Event& refused = story.add(Op::err, kPhone);
    refused.send = 1;
    story.audit();
    EXPECT_EQ(broken(story), Names{});
}

TEST(Checker, AMessageThatADeviceNeverShowedOrShowedTwiceIsFound) {
    Story never = Story::good();
    never.drop(never.find(Op::show, kLaptop, 2));
    EXPECT_EQ(broken(never), Names{"I7"});
    Story twice = Story::good();
    twice.shown(kLaptop, 2);
    EXPECT_EQ(broken(twice), Names{"I7"});
}

TEST(Checker, PagesThatSkipAreFound) {
    const auto page = [](Source source, std::uint64_t after, std::uint64_t first, bool has_more) {
        Story story = Story::good();
        Event& event = story.add(Op::page, kLaptop);
        event.conversation = kTalk;
        event.source = source;
        event.cur = after;
        event.seq = first;
        event.extra = 2;
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
    Event& event = story.add(Op::page, kLaptop);
    event.conversation = kTalk;
    event.source = Source::history;
    event.seq = 1;
    event.extra = 3;
    event.dense = false;
    EXPECT_EQ(broken(story), Names{"I8"});
}

TEST(Checker, AHoleInTheLiveStreamIsFound) {
    Story story = Story::good();
    Event& gap = story.add(Op::gap, kLaptop);
    gap.conversation = kTalk;
    gap.seq = 5;
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
    View& view = story.view(kBobs, 6, 6);
    view.read = 7;
    view.delivered = 7;
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
    const auto lines = lines_around(story.history, kTalk, 0, 3, 3);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_NE(lines.back().find(R"("op":"read")"), std::string::npos);
}

}  // namespace
}  // namespace parley::history
