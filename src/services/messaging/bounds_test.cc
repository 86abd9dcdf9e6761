#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "services/messaging/group_fixture_test.h"

/// What bounds the owner: the limits of a user, what waits for the store, what is kept in memory.

namespace parley::messaging {
namespace {

/// The store's pool: does what it is given at once, or when it is told to.
class StorePool final : public runtime::Pool {
public:
    [[nodiscard]] bool try_post(Job job) override {
        jobs_.push_back(std::move(job));
        while (!slow && run_one()) {
        }
        return true;
    }
    [[nodiscard]] std::size_t queued() const noexcept override { return jobs_.size(); }
    bool run_one() {
        if (jobs_.empty()) {
            return false;
        }
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        job();
        return true;
    }

    bool slow = false;

private:
    std::deque<Job> jobs_;
};

TEST_F(GroupMessaging, ARetryIsAnsweredWhateverTheLimitsAreByNow) {
    const auto made = create({kBob, kEve});
    const MessageId message = said(kAda, "s");
    ASSERT_TRUE(edit(kAda, message, "e", "new").ok());
    ASSERT_TRUE(react(kAda, message, "r").ok());
    Options few = Life::options();
    few.sends = {.per_second = 1, .burst = 1};
    few.group_members_max = 2;
    restart_with(few);
    EXPECT_EQ(create({kBob, kEve})->sent->message_id, made->sent->message_id);
    said(kAda, "the last one");
    EXPECT_EQ(code(send(kAda, "one more")), ErrorCode::rate_limited);
    EXPECT_EQ(code(edit(kAda, message, "e2", "newer")), ErrorCode::rate_limited);
    EXPECT_EQ(code(react(kAda, message)), ErrorCode::rate_limited);
    EXPECT_EQ(send(kAda, "s")->sent.message_id, message);
    EXPECT_EQ(code(send(kAda, "s", "other")), ErrorCode::conflict);
    EXPECT_TRUE(edit(kAda, message, "e", "new").ok());
    EXPECT_TRUE(react(kAda, message, "r").ok());
    EXPECT_EQ(create({kBob, kEve})->sent->message_id, made->sent->message_id);
    // Nothing is made for what is refused.
    for (const bool large : {false, true}) {
        core::CreateGroup other{.creator = kAda, .device = {}, .client_id = "h", .name = "Go"};
        other.members = large ? std::vector{kBob, kEve} : std::vector{kBob};
        const auto refused = life_->wait(messaging().create_group(loop(), std::move(other), {}));
        EXPECT_EQ(code(refused), large ? ErrorCode::too_large : ErrorCode::rate_limited);
    }
    EXPECT_EQ(life_->wait(life_->directory.of_user(loop(), kBob))->size(), 1U);
    EXPECT_EQ(history(kAda).size(), 5U);
}

TEST_F(GroupMessaging, TheStoreIsFlushedUnderALoadThatNeverStops) {
    StorePool pool;
    Options options = Life::options();
    options.flush_records = 1;
    restart_with(options, &pool);
    ASSERT_TRUE(create({kBob}).ok());
    pool.slow = true;
    // Whenever something has been written, something else waits already.
    bool flushed = false;
    for (int i = 0; i < 20 && !flushed; ++i) {
        said(kAda, std::to_string(i));
        life_->loop.fire();
        pool.run_one();
        life_->loop.run();
        flushed = life_->store.unflushed() == 0;
    }
    EXPECT_TRUE(flushed);
    pool.slow = false;
    while (pool.run_one()) {
    }
    life_ = nullptr;
}

TEST_F(GroupMessaging, WhatWaitsForTheStoreIsBoundedWhateverItIs) {
    Options options = Life::options();
    options.unwritten_bytes_max = 100'000;
    restart_with(options);
    ASSERT_TRUE(create({kBob}).ok());
    const MessageId message = said(kAda, "1", "short");
    life_->loop.fire();
    life_->store.refuse_next(1'000);
    // Each edit is there twice: in its own place, and in the message's.
    int edits = 0;
    const auto text = [&edits] { return std::string(8'000, static_cast<char>('a' + edits)); };
    while (edits < 20 && edit(kAda, message, "e" + std::to_string(edits), text()).ok()) {
        ++edits;
    }
    EXPECT_GE(edits, 5);
    EXPECT_LE(edits, 12);
    EXPECT_EQ(code(send(kAda, "2")), ErrorCode::unavailable);
    // When the store is there again, nothing waits any more.
    life_->store.refuse_next(0);
    life_->loop.fire();
    EXPECT_TRUE(send(kAda, "2").ok());
    metrics::Registry registry;
    messaging().register_metrics(registry);
    life_->loop.fire();
    EXPECT_NE(registry.text().find("parley_unwritten_bytes 0"), std::string::npos);
}

TEST_F(GroupMessaging, AConversationThatTakesMuchCountsForMany) {
    Options options = Life::options();
    options.cached_conversations_max = 20;
    restart_with(options);
    metrics::Registry registry;
    messaging().register_metrics(registry);
    const auto cached = [&registry] {
        const std::string all = registry.text();
        const std::string name = "\nparley_cached_conversations ";
        return all.substr(all.find(name) + name.size(), 2);
    };
    ASSERT_TRUE(create({kBob}).ok());
    for (int i = 0; i < 40; ++i) {
        said(kAda, std::to_string(i), std::string(core::kContentBytesMax, 'x'));
    }
    life_->loop.fire();
    EXPECT_EQ(cached(), "1\n");  // It has the room for itself, and no more.
    const ConversationNumber large = group_;
    core::CreateGroup small{.creator = kAda, .device = {}, .client_id = "h", .name = "Go"};
    ASSERT_TRUE(life_->wait(messaging().create_group(loop(), std::move(small), {})).ok());
    life_->loop.fire();
    EXPECT_EQ(cached(), "1\n");
    EXPECT_EQ(group_, large);
    EXPECT_EQ(history(kAda).size(), 41U);
}

}  // namespace
}  // namespace parley::messaging
