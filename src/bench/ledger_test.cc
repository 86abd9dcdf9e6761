#include "bench/ledger.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace parley::bench {
namespace {

Event from_peer(std::uint64_t seq, std::uint32_t number = 1) {
    return {
        .seq = seq, .message = {.high = 1, .low = seq}, .number = number, .author = Author::peer
    };
}

TEST(SeqTracker, KnowsWhatIsMissing) {
    SeqTracker seen;
    seen.start(10);
    EXPECT_FALSE(seen.add(10));
    EXPECT_TRUE(seen.add(11));
    EXPECT_TRUE(seen.add(14));
    EXPECT_TRUE(seen.add(13));
    EXPECT_FALSE(seen.add(14));
    EXPECT_TRUE(seen.has_gap());
    EXPECT_EQ(seen.contiguous(), 11U);
    EXPECT_EQ(seen.highest(), 14U);
    EXPECT_TRUE(seen.contains(13));
    EXPECT_FALSE(seen.contains(12));
    EXPECT_TRUE(seen.add(12));
    EXPECT_FALSE(seen.has_gap());
    EXPECT_EQ(seen.contiguous(), 14U);
}

TEST(Ledger, TakesTheFirstAnswerToASend) {
    Ledger ledger;
    ledger.start(0);
    EXPECT_EQ(ledger.begin(5), 1U);
    EXPECT_EQ(ledger.begin(6), 2U);
    EXPECT_EQ(ledger.waiting(), 2U);
    EXPECT_TRUE(ledger.on_ack(1, {.high = 1, .low = 1}, 1));
    EXPECT_EQ(ledger.first_waiting(), 2U);
    EXPECT_FALSE(ledger.on_ack(1, {.high = 1, .low = 1}, 1));
    EXPECT_EQ(ledger.counts().doubled, 0U);
    EXPECT_FALSE(ledger.on_ack(1, {.high = 1, .low = 2}, 1));
    EXPECT_FALSE(ledger.on_ack(1, {.high = 1, .low = 1}, 2));
    EXPECT_EQ(ledger.counts().doubled, 2U);
    EXPECT_FALSE(ledger.on_ack(3, {}, 9));
    EXPECT_EQ(ledger.counts().acked, 1U);
}

TEST(Ledger, CallsARefusalFollowedByAnAckTwoAnswers) {
    Ledger ledger;
    ledger.start(0);
    ledger.on_refused(ledger.begin(1));
    EXPECT_EQ(ledger.waiting(), 0U);
    EXPECT_FALSE(ledger.on_ack(1, {.high = 1, .low = 1}, 1));
    EXPECT_EQ(ledger.counts().doubled, 1U);
}

TEST(Ledger, CountsItsOwnAckAsTheEvent) {
    Ledger ledger;
    ledger.start(0);
    ledger.begin(1);
    EXPECT_TRUE(ledger.on_event(from_peer(1), Source::live));
    EXPECT_TRUE(ledger.on_ack(1, {.high = 1, .low = 2}, 2));
    EXPECT_TRUE(ledger.on_event(from_peer(3), Source::live));
    EXPECT_EQ(ledger.counts().gaps, 0U);
    EXPECT_EQ(ledger.counts().out_of_order, 0U);
    EXPECT_EQ(ledger.seen().contiguous(), 3U);
    EXPECT_EQ(ledger.counts().received, 2U);
}

TEST(Ledger, NoticesAGapThatClosesWithoutAPushOutOfOrder) {
    Ledger ledger;
    ledger.start(0);
    ledger.begin(1);
    EXPECT_TRUE(ledger.on_ack(1, {.high = 1, .low = 2}, 2));  // overtook the push of 1
    EXPECT_TRUE(ledger.on_event(from_peer(1), Source::live));
    EXPECT_EQ(ledger.counts().gaps, 1U);
    EXPECT_EQ(ledger.counts().out_of_order, 0U);
    EXPECT_FALSE(ledger.seen().has_gap());
}

TEST(Ledger, NoticesAPushOutOfOrderAndARepeat) {
    Ledger ledger;
    ledger.start(0);
    EXPECT_TRUE(ledger.on_event(from_peer(2), Source::live));
    EXPECT_TRUE(ledger.on_event(from_peer(1), Source::live));
    EXPECT_EQ(ledger.counts().out_of_order, 1U);
    EXPECT_FALSE(ledger.on_event(from_peer(2), Source::live));
    EXPECT_EQ(ledger.counts().repeated, 1U);
    EXPECT_EQ(ledger.counts().out_of_order, 1U);
}

TEST(Ledger, DoesNotMindCatchingUpAfterALivePush) {
    Ledger ledger;
    ledger.start(0);
    EXPECT_TRUE(ledger.on_event(from_peer(1), Source::live));
    ledger.new_session();
    EXPECT_TRUE(ledger.on_event(from_peer(4), Source::live));
    EXPECT_TRUE(ledger.on_event(from_peer(2), Source::catch_up));
    EXPECT_TRUE(ledger.on_event(from_peer(3), Source::catch_up));
    EXPECT_FALSE(ledger.on_event(from_peer(4), Source::catch_up));
    EXPECT_EQ(ledger.counts().out_of_order, 0U);
    EXPECT_EQ(ledger.counts().repeated, 0U);
    EXPECT_FALSE(ledger.seen().has_gap());
}

TEST(Ledger, LeavesWhatWasThereBeforeTheRun) {
    Ledger ledger;
    ledger.start(100);
    EXPECT_FALSE(ledger.on_event(from_peer(100), Source::catch_up));
    EXPECT_TRUE(ledger.on_event(from_peer(101), Source::live));
    EXPECT_EQ(ledger.events().size(), 1U);
    EXPECT_EQ(ledger.counts().gaps, 0U);
}

}  // namespace
}  // namespace parley::bench
