#include "bench/audit.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

Uuid id_of(std::uint64_t seq) {
    return {.high = 0xE, .low = seq};
}

/// A run in which everything went well: the two take turns, twenty messages, all acknowledged and pushed.
/// Tests break it in one place.
struct Story {
    Ledger first;
    Ledger second;
    History history;

    explicit Story(const std::function<bool(std::uint64_t)>& is_pushed = [](std::uint64_t) {
        return true;
    }) {
        first.start(0);
        second.start(0);
        for (std::uint64_t seq = 1; seq <= 20; ++seq) {
            const bool by_first = seq % 2 == 1;
            Ledger& sender = by_first ? first : second;
            Ledger& reader = by_first ? second : first;
            const std::uint32_t number = sender.begin(1);
            sender.on_ack(number, id_of(seq), seq);
            Event event{
                .seq = seq, .message = id_of(seq), .number = number, .author = Author::peer
            };
            if (is_pushed(seq)) {
                reader.on_event(event, Source::live);
            }
            event.author = by_first ? Author::self : Author::peer;
            history.events.push_back(event);
        }
    }

    [[nodiscard]] AuditCounts audit() const { return audit_pair(first, second, history, "pair"); }
    std::vector<Event>& events() { return history.events; }
};

/// That the audit finds exactly one thing wrong.
void expect_only(
    const AuditCounts& found, std::uint64_t AuditCounts::* what, std::uint64_t count = 1
) {
    EXPECT_EQ(found.*what, count);
    EXPECT_FALSE(found.clean());
    AuditCounts rest = found;
    rest.*what = 0;
    EXPECT_TRUE(rest.clean()) << (found.problems.empty() ? "" : found.problems.back());
    EXPECT_FALSE(found.problems.empty());
}

TEST(Audit, FindsNothingWrongWithARunThatWentWell) {
    const AuditCounts found = Story().audit();
    EXPECT_TRUE(found.clean());
    EXPECT_TRUE(found.problems.empty());
    EXPECT_EQ(found.attempted, 20U);
    EXPECT_EQ(found.acknowledged, 20U);
    EXPECT_EQ(found.delivered, 20U);
}

/// A third member's message, behind those of the two.
Event foreign_message() {
    return {.seq = 21, .message = id_of(21), .number = 1, .author = Author::other};
}

TEST(Audit, OfAGroupAllowsOthersToWrite) {
    Story story;
    story.events().push_back(foreign_message());
    for (Ledger* ledger : {&story.first, &story.second}) {
        ledger->on_event(foreign_message(), Source::live);
    }
    EXPECT_TRUE(audit_pair(story.first, story.second, story.history, "pair", true).clean());
    expect_only(story.audit(), &AuditCounts::foreign);
}

TEST(Audit, OfAGroupTellsAnothersMessageThatDidNotCome) {
    Story story;
    story.events().push_back(foreign_message());
    story.first.on_event(foreign_message(), Source::live);
    expect_only(
        audit_pair(story.first, story.second, story.history, "pair", true),
        &AuditCounts::undelivered
    );
}

TEST(Audit, TellsALostLastMessage) {
    Story story;
    story.events().pop_back();
    AuditCounts found = story.audit();
    EXPECT_EQ(found.lost, 1U);
    EXPECT_EQ(found.changed, 1U);  // the peer was shown it
    EXPECT_EQ(found.holes, 0U);
}

TEST(Audit, TellsALostMessageThatNobodyWasShown) {
    Story story([](std::uint64_t seq) { return seq != 20; });
    story.events().pop_back();
    expect_only(story.audit(), &AuditCounts::lost);
}

TEST(Audit, TellsALostMessageInTheMiddle) {
    Story story;
    story.events().erase(story.events().begin() + 6);
    const AuditCounts found = story.audit();
    EXPECT_EQ(found.lost, 1U);
    EXPECT_EQ(found.holes, 1U);
}

TEST(Audit, TellsAMessageWhoseContentIsGone) {
    Story story;
    story.events()[4] = {.seq = 5, .message = {}, .number = 0, .author = Author::other};
    EXPECT_EQ(story.audit().lost, 1U);
}

TEST(Audit, TellsAMessageThatIsThereTwice) {
    Story story;
    Event again = story.events()[18];
    again.seq = 21;
    again.message = id_of(21);
    story.events().push_back(again);
    expect_only(story.audit(), &AuditCounts::doubled);
}

TEST(Audit, TellsOneIdForTwoEvents) {
    Story story;
    Event other = story.events()[19];
    other.seq = 21;
    other.number = 0;
    story.events().push_back(other);
    expect_only(story.audit(), &AuditCounts::doubled);
}

TEST(Audit, TellsASeqThatIsThereTwice) {
    Story story;
    story.events().insert(story.events().begin() + 3, story.events()[2]);
    EXPECT_GE(story.audit().doubled, 1U);
    EXPECT_EQ(story.audit().holes, 0U);
}

TEST(Audit, TellsSwappedMessages) {
    Story story;
    // The first's third and fourth message change places; seq and ids stay dense.
    std::swap(story.events()[4].number, story.events()[6].number);
    const AuditCounts found = story.audit();
    EXPECT_EQ(found.out_of_order, 1U);
    EXPECT_EQ(found.changed, 4U);  // two acks and two pushes said otherwise
}

TEST(Audit, TellsOrderEvenWhenNobodyWasToldOtherwise) {
    Ledger first;
    Ledger second;
    first.start(0);
    second.start(0);
    first.begin(1);
    first.begin(1);
    History history;
    for (std::uint64_t seq = 1; seq <= 2; ++seq) {
        const auto number = static_cast<std::uint32_t>(3 - seq);
        first.on_ack(number, id_of(seq), seq);
        second.on_event(
            {.seq = seq, .message = id_of(seq), .number = number, .author = Author::peer},
            Source::live
        );
        history.events.push_back(
            {.seq = seq, .message = id_of(seq), .number = number, .author = Author::self}
        );
    }
    expect_only(audit_pair(first, second, history, "pair"), &AuditCounts::out_of_order);
    first.on_retry(1);  // tried again after the second had been sent: then it may stand behind it
    EXPECT_TRUE(audit_pair(first, second, history, "pair").clean());
}

TEST(Audit, TellsHistoryThatGoesBack) {
    Story story;
    std::swap(story.events()[7], story.events()[9]);
    EXPECT_GE(story.audit().out_of_order, 1U);
}

TEST(Audit, TellsAHole) {
    Story story;
    for (std::size_t i = 15; i < 20; ++i) {
        story.events()[i].seq += 3;
    }
    const AuditCounts found = story.audit();
    EXPECT_EQ(found.holes, 3U);
    EXPECT_GT(found.changed, 0U);
}

TEST(Audit, TellsAMissingBeginning) {
    Story story;
    story.events().erase(story.events().begin(), story.events().begin() + 2);
    EXPECT_EQ(story.audit().holes, 2U);
    EXPECT_EQ(story.audit().lost, 2U);
}

TEST(Audit, TellsAForeignId) {
    Story story;
    story.events()[11].message = {.high = 0xBAD, .low = 1};
    EXPECT_EQ(story.audit().changed, 2U);  // not what was acknowledged, not what was pushed
}

TEST(Audit, TellsAStrangersMessage) {
    Story story;
    story.events().push_back({.seq = 21, .message = id_of(21), .number = 0, .author = Author::other}
    );
    expect_only(story.audit(), &AuditCounts::foreign);
}

TEST(Audit, TellsAMessageThatNobodySent) {
    Story story;
    story.events().push_back({.seq = 21, .message = id_of(21), .number = 11, .author = Author::self}
    );
    expect_only(story.audit(), &AuditCounts::foreign);
}

TEST(Audit, TellsAMessageThatThePeerNeverSaw) {
    const Story story([](std::uint64_t seq) { return seq != 20; });
    expect_only(story.audit(), &AuditCounts::undelivered);
}

TEST(Audit, TellsAnAckThatNamedAnotherPlace) {
    Story story;
    const std::uint32_t number = story.first.begin(1);
    story.first.on_ack(number, id_of(22), 22);
    const Event event{.seq = 21, .message = id_of(21), .number = number, .author = Author::peer};
    story.second.on_event(event, Source::live);
    Event stands = event;
    stands.author = Author::self;
    story.events().push_back(stands);
    expect_only(story.audit(), &AuditCounts::changed);
}

TEST(Audit, AllowsASendWithoutAnAnswerToBeThereOrNot) {
    Story story;
    const std::uint32_t there = story.first.begin(1);
    story.first.begin(1);
    const Event event{.seq = 21, .message = id_of(21), .number = there, .author = Author::peer};
    story.second.on_event(event, Source::live);
    Event stands = event;
    stands.author = Author::self;
    story.events().push_back(stands);
    const AuditCounts found = story.audit();
    EXPECT_TRUE(found.clean());
    EXPECT_EQ(found.unacked_present, 1U);
    EXPECT_EQ(found.attempted, 22U);
}

TEST(Audit, TellsARefusedSendThatIsThere) {
    Story story;
    const std::uint32_t number = story.first.begin(1);
    story.first.on_refused(number);
    const Event event{.seq = 21, .message = id_of(21), .number = number, .author = Author::peer};
    story.second.on_event(event, Source::live);
    Event stands = event;
    stands.author = Author::self;
    story.events().push_back(stands);
    expect_only(story.audit(), &AuditCounts::refused_present);
}

TEST(Audit, TellsTwoAnswersToOneSend) {
    Story story;
    story.first.on_ack(1, id_of(99), 1);
    expect_only(story.audit(), &AuditCounts::doubled);
}

TEST(Audit, ReadsFromWhereItWasToldToRead) {
    Story story;
    story.events().erase(story.events().begin(), story.events().begin() + 10);
    story.history.after = 10;
    const AuditCounts found = story.audit();
    EXPECT_EQ(found.holes, 0U);
    EXPECT_EQ(found.lost, 10U);  // they are of this run and were not read
}

TEST(Audit, LeavesOlderRunsAndVoidsAlone) {
    Story story;
    for (Event& event : story.events()) {
        event.seq += 2;
    }
    Ledger first;
    Ledger second;
    first.start(22);
    second.start(22);
    for (Event& event : story.events()) {
        event.number = 0;
    }
    story.events().insert(
        story.events().begin(),
        {{.seq = 1, .message = {}, .number = 0, .author = Author::other},
         {.seq = 2, .message = id_of(1000), .number = 0, .author = Author::peer}}
    );
    EXPECT_TRUE(audit_pair(first, second, story.history, "pair").clean());
}

TEST(Audit, CountsWhatARelayLostAndRepeated) {
    Ledger first;
    Ledger second;
    first.start(0);
    second.start(0);
    for (std::uint32_t number = 1; number <= 5; ++number) {
        first.on_ack(first.begin(1), {}, 0);
        if (number != 5) {
            second.on_event(
                {.seq = number, .number = number, .author = Author::peer}, Source::live
            );
        }
    }
    EXPECT_EQ(audit_live(first, second, true, "pair").lost, 1U);
    second.on_event({.seq = 4, .number = 4, .author = Author::peer}, Source::live);
    EXPECT_EQ(audit_live(first, second, true, "pair").doubled, 1U);
}

TEST(Audit, AddsUpAndKeepsTheFirstProblems) {
    AuditCounts sum;
    for (int i = 0; i < 50; ++i) {
        AuditCounts one;
        one.lost = 1;
        one.problems = {"problem " + std::to_string(i)};
        sum.add(one);
    }
    EXPECT_EQ(sum.lost, 50U);
    EXPECT_EQ(sum.problems.size(), AuditCounts::kProblemsMax);
    EXPECT_EQ(sum.problems.front(), "problem 0");
}

}  // namespace
}  // namespace parley::bench
