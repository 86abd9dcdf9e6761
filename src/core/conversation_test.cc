#include "core/conversation.h"

#include <random>

#include <gtest/gtest.h>

namespace parley::core {
namespace {

const UserId kAda{{1, 1}};
const UserId kBob{{2, 2}};
const UserId kEve{{3, 3}};
const ConversationNumber kNumber = make_conversation_number(1'800'000'000'000, 0, 7);

class ConversationTest : public ::testing::Test {
protected:
    Decision apply(Command command, std::int64_t millis = 0) {
        Record record{.conversation = kNumber, .time = {}, .command = std::move(command)};
        record.time = Timestamp::from_millis(1'800'000'001'000 + millis);
        const Decision decision = conversation_.plan(record);
        conversation_.commit(record, decision, {.epoch = 1, .offset = ++offset_});
        records_.push_back(record);
        return decision;
    }
    Decision open() { return apply(OpenDirect{.first = kAda, .second = kBob}); }
    Decision send(UserId who, std::string client_id, std::string content, std::int64_t millis = 0) {
        SendMessage send;
        send.sender = who;
        send.client_id = std::move(client_id);
        send.content = std::move(content);
        return apply(std::move(send), millis);
    }
    static Sent sent(const Decision& decision) { return std::get<Sent>(decision.outcome); }
    static ErrorCode code(const Decision& decision) {
        return std::get<Error>(decision.outcome).code;
    }
    const Member& member(UserId user) { return *conversation_.state().find(user); }

    Conversation conversation_{kNumber};
    std::vector<Record> records_;
    std::uint64_t offset_ = 0;
};

TEST_F(ConversationTest, ASendToAConversationThatWasNeverOpenedIsNotFoundAndCountsNothing) {
    EXPECT_EQ(code(send(kAda, "a", "hi")), ErrorCode::not_found);
    EXPECT_EQ(conversation_.state().rev, 0U);
    EXPECT_FALSE(conversation_.exists());
}

TEST_F(ConversationTest, OpeningTwiceChangesNothingTheSecondTime) {
    EXPECT_TRUE(std::holds_alternative<Opened>(open().outcome));
    EXPECT_TRUE(std::holds_alternative<Unchanged>(open().outcome));
    EXPECT_EQ(conversation_.state().members.size(), 2U);
    EXPECT_EQ(conversation_.state().head, Seq{0});
}

TEST_F(ConversationTest, AConversationWithOneselfHasOneMember) {
    apply(OpenDirect{.first = kAda, .second = kAda});
    EXPECT_EQ(conversation_.state().members.size(), 1U);
    EXPECT_EQ(sent(send(kAda, "a", "note")).seq, Seq{1});
}

TEST_F(ConversationTest, SeqsAreDenseAndMessageIdsStrictlyIncrease) {
    open();
    MessageId last;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        // The wall clock stands still, goes back, and jumps.
        const std::int64_t millis = i % 3 == 0 ? -5'000 : static_cast<std::int64_t>(i % 5);
        const Sent one = sent(send(i % 2 == 0 ? kAda : kBob, "c" + std::to_string(i), "x", millis));
        EXPECT_EQ(one.seq, Seq{i});
        EXPECT_GT(uuid_time(one.message_id.uuid), uuid_time(last.uuid));
        EXPECT_EQ(uuid_low62(one.message_id.uuid), kNumber.value);
        last = one.message_id;
    }
}

TEST_F(ConversationTest, ARetryGetsTheFirstAnswerAndMakesNoEvent) {
    open();
    const Sent first = sent(send(kAda, "a", "hi"));
    const Decision again = send(kAda, "a", "hi", 60'000);
    EXPECT_EQ(again.event, nullptr);
    EXPECT_TRUE(sent(again).repeated);
    EXPECT_EQ(sent(again).message_id, first.message_id);
    EXPECT_EQ(sent(again).seq, first.seq);
    EXPECT_EQ(sent(again).time, first.time);
    EXPECT_EQ(conversation_.state().head, Seq{1});
}

TEST_F(ConversationTest, AUsedClientIdWithAnotherPayloadIsAConflict) {
    open();
    send(kAda, "a", "hi");
    EXPECT_EQ(code(send(kAda, "a", "ho")), ErrorCode::conflict);
    EXPECT_EQ(conversation_.state().head, Seq{1});
}

TEST_F(ConversationTest, TwoMembersMayUseTheSameClientId) {
    open();
    EXPECT_EQ(sent(send(kAda, "a", "hi")).seq, Seq{1});
    EXPECT_EQ(sent(send(kBob, "a", "ho")).seq, Seq{2});
}

TEST_F(ConversationTest, AClientIdIsRememberedFor128LaterSendsOfItsSenderAlone) {
    open();
    send(kAda, "first", "x");
    for (std::size_t i = 0; i < kSendRingEntries - 1; ++i) {
        send(kAda, "c" + std::to_string(i), "x");
        send(kBob, "c" + std::to_string(i), "x");
    }
    EXPECT_TRUE(sent(send(kAda, "first", "x")).repeated);
    send(kAda, "one more", "x");
    EXPECT_FALSE(sent(send(kAda, "first", "x")).repeated);
}

TEST_F(ConversationTest, AStrangerIsToldNothing) {
    open();
    EXPECT_EQ(code(send(kEve, "a", "hi")), ErrorCode::not_found);
    EXPECT_EQ(code(apply(MoveCursor{.user = kEve, .delivered = {1}})), ErrorCode::not_found);
}

TEST_F(ConversationTest, SendingMeansHavingReadUpToThere) {
    open();
    send(kAda, "a", "one");
    send(kAda, "b", "two");
    EXPECT_EQ(conversation_.state().unread(member(kBob)), 2U);
    send(kBob, "a", "three");
    EXPECT_EQ(conversation_.state().unread(member(kBob)), 0U);
    EXPECT_EQ(conversation_.state().unread(member(kAda)), 1U);
}

TEST_F(ConversationTest, CursorsOnlyGrowAndReadImpliesDelivered) {
    open();
    for (int i = 0; i < 5; ++i) {
        send(kAda, "c" + std::to_string(i), "x");
    }
    const auto moved = std::get<CursorMoved>(
        apply(MoveCursor{.user = kBob, .read = {3}, .read_ordinal = {3}}).outcome
    );
    EXPECT_TRUE(moved.read_grew);
    EXPECT_TRUE(moved.delivered_grew);
    EXPECT_EQ(member(kBob).cursor, (Cursor{.delivered = {3}, .read = {3}, .read_ordinal = {3}}));
    EXPECT_TRUE(
        std::holds_alternative<Unchanged>(apply(MoveCursor{.user = kBob, .delivered = {2}}).outcome)
    );
    apply(MoveCursor{.user = kBob, .delivered = {5}});
    EXPECT_EQ(member(kBob).cursor.read, Seq{3});
    EXPECT_EQ(conversation_.state().unread(member(kBob)), 2U);
    EXPECT_EQ(code(apply(MoveCursor{.user = kBob, .delivered = {6}})), ErrorCode::invalid_request);
}

TEST_F(ConversationTest, ACursorGoesNoFurtherThanTheNewestEvent) {
    open();
    send(kAda, "a", "1");
    const auto move = [this](Seq delivered, Seq read, Ordinal ordinal) {
        return apply(
            MoveCursor{.user = kBob, .delivered = delivered, .read = read, .read_ordinal = ordinal}
        );
    };
    EXPECT_EQ(code(move({2}, {0}, {0})), ErrorCode::invalid_request);
    EXPECT_EQ(code(move({1}, {2}, {1})), ErrorCode::invalid_request);
    EXPECT_EQ(code(move({1}, {1}, {2})), ErrorCode::invalid_request);
    EXPECT_EQ(member(kBob).cursor, Cursor{});
    EXPECT_EQ(
        code(apply(MoveCursor{.user = kEve, .delivered = {1}, .read = {}, .read_ordinal = {}})),
        ErrorCode::not_found
    );
}

TEST_F(ConversationTest, AReplyAndMentionsMakeAnotherPayload) {
    open();
    SendMessage plain;
    plain.sender = kAda;
    plain.client_id = "a";
    plain.content = "hi";
    apply(plain);
    SendMessage reply = plain;
    reply.reply_to = message_id(kNumber, Timestamp::from_millis(1'800'000'001'000));
    SendMessage mention = plain;
    mention.mentions = {kBob};
    SendMessage image = plain;
    image.message_type = MessageType::image;
    for (const SendMessage& other : {reply, mention, image}) {
        EXPECT_NE(payload_hash(other), payload_hash(plain));
        EXPECT_EQ(code(apply(other)), ErrorCode::conflict);
    }
    reply.client_id = "b";
    const Decision decision = apply(reply);
    EXPECT_EQ(decision.event->reply_to, reply.reply_to);
    EXPECT_TRUE(sent(apply(reply)).repeated);
}

TEST_F(ConversationTest, AStoredRingAnswersAsTheOneThatWasStored) {
    open();
    for (int i = 0; i < 200; ++i) {
        send(kAda, "c" + std::to_string(i), "x");
    }
    const SendRing& ring = member(kAda).sends;
    const std::vector<SendEntry> entries(ring.entries().begin(), ring.entries().end());
    EXPECT_EQ(SendRing::restore(ring.count(), entries), ring);
    EXPECT_EQ(ring.find(hash128("c71")), nullptr);
    EXPECT_EQ(ring.find(hash128("c72"))->seq, Seq{73});
}

TEST_F(ConversationTest, TheSameRecordsGiveTheSameStateAgain) {
    std::mt19937 random{7};  // NOLINT(bugprone-random-generator-seed): the same story each time
    open();
    for (int i = 0; i < 2'000; ++i) {
        const UserId who = random() % 2 == 0 ? kAda : kBob;
        if (random() % 4 == 0) {
            const Seq seq{random() % (conversation_.state().head.value + 2)};
            apply(
                MoveCursor{.user = who, .delivered = seq, .read = seq, .read_ordinal = {seq.value}}
            );
        } else {
            send(
                who,
                "c" + std::to_string(random() % 300),
                "x",
                static_cast<std::int64_t>(random() % 100) - 50
            );
        }
    }
    Conversation again{kNumber};
    std::uint64_t offset = 0;
    for (const Record& record : records_) {
        const Decision decision = again.plan(record);
        again.commit(record, decision, {.epoch = 1, .offset = ++offset});
    }
    EXPECT_EQ(again.state(), conversation_.state());
    EXPECT_EQ(again.state().rev, records_.size());
}

TEST_F(ConversationTest, AdmitAnswersWhatPlanWould) {
    open();
    const Sent first = sent(send(kAda, "a", "hi"));
    SendMessage retry;
    retry.sender = kAda;
    retry.client_id = "a";
    retry.content = "hi";
    const auto known = conversation_.admit(retry);
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(std::get<Sent>(*known).message_id, first.message_id);
    retry.content = "ho";
    EXPECT_EQ(std::get<Error>(*conversation_.admit(retry)).code, ErrorCode::conflict);
    retry.client_id = "b";
    EXPECT_FALSE(conversation_.admit(retry).has_value());
    retry.sender = kEve;
    EXPECT_EQ(std::get<Error>(*conversation_.admit(retry)).code, ErrorCode::not_found);
}

TEST(Check, BoundsWhatAMessageMayHold) {
    SendMessage send;
    send.client_id = "a";
    send.content = std::string(kContentBytesMax, 'x');
    EXPECT_TRUE(check(send).ok());
    send.content.push_back('x');
    EXPECT_EQ(check(send).error().code, ErrorCode::too_large);
    send.content = "";
    EXPECT_EQ(check(send).error().code, ErrorCode::invalid_request);
    send.content = "x";
    send.client_id = "";
    EXPECT_EQ(check(send).error().code, ErrorCode::invalid_request);
    send.client_id.clear();
    for (int i = 0; i < 64; ++i) {
        send.client_id += "ü";  // 64 characters, 128 bytes
    }
    EXPECT_TRUE(check(send).ok());
    send.client_id += "a";
    EXPECT_EQ(check(send).error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace parley::core
