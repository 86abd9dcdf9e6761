#include "services/account/removals.h"

#include "services/account/account_fixture_test.h"

namespace parley::account {
namespace {

using namespace std::chrono_literals;

class RemovalsTest : public AccountTest {
protected:
    std::string end(UserId user, const char* password = kPassword) {
        const auto ended = wait(life_->removals.remove(life_->loop, user, password, "192.0.2.1"));
        return ended.ok() ? "ok" : std::string(to_string(ended.error().code));
    }
    /// Whether any event of the conversation that `reader` sees still has the id.
    bool shown(UserId id, UserId reader, ConversationNumber number) {
        for (const core::EventPtr& event : history(reader, number)) {
            if (core::without_user(*event, id) != nullptr) {
                return true;
            }
        }
        return false;
    }
    std::size_t member_removals(UserId reader, ConversationNumber number) {
        std::size_t count = 0;
        for (const core::EventPtr& event : history(reader, number)) {
            count += core::change_as<core::MemberRemoved>(*event) != nullptr ? 1U : 0U;
        }
        return count;
    }
    ConversationNumber group() {
        core::CreateGroup create{.creator = kAda, .device = {}, .client_id = "g", .name = "Chess"};
        create.members = {kBob, kEve};
        return wait(life_->messaging.create_group(life_->loop, std::move(create), {}))
            ->conversation;
    }
};

TEST_F(RemovalsTest, OnlyWithThePassword) {
    EXPECT_EQ(end(kAda, "wrong horse"), "forbidden");
    EXPECT_EQ(end(kAda, ""), "forbidden");
    EXPECT_EQ(end({{.high = 9, .low = 9}}), "not_found");
    EXPECT_TRUE(wait(life_->users.find(life_->loop, kAda))->has_value());
    EXPECT_TRUE(life_->noted.state().empty());
}

TEST_F(RemovalsTest, EveryConversationForgetsAndThenNothingIsLeft) {
    life_->removals.start();
    const auto direct = say(kAda, kBob, "hello");
    const auto notes = say(kAda, kAda, "to myself");
    const auto chess = group();
    EXPECT_EQ(end(kAda), "ok");
    EXPECT_EQ(end(kAda), "not_found");
    run();
    EXPECT_FALSE(shown(kAda, kBob, direct));
    EXPECT_FALSE(shown(kAda, kEve, chess));
    EXPECT_EQ(history(kBob, direct).front()->content, "hello");
    EXPECT_EQ(member_removals(kBob, chess), 1U);
    EXPECT_TRUE(history(kAda, notes).empty());
    // Told, and noted still: what was under way may yet come to its end.
    EXPECT_EQ(life_->noted.state().at(kAda).conversations.size(), 3U);
    pass(61s);
    fire();
    EXPECT_TRUE(life_->noted.state().empty());
    EXPECT_EQ(member_removals(kBob, chess), 1U);
}

TEST_F(RemovalsTest, GoesOnAfterACrashWhereverItComes) {
    life_->removals.start();
    const auto chess = group();
    const auto direct = say(kAda, kBob, "hello");
    // It ends the moment the account is gone from the directories, and nobody has been told.
    std::optional<Result<std::vector<DeviceId>>> removed;
    fakes::detail::await_into(
        life_->noted.remove(life_->loop, kAda, life_->loop.clock().wall()), removed
    );
    ASSERT_TRUE(removed && removed->ok());
    restart();
    EXPECT_TRUE(shown(kAda, kBob, direct));
    life_->removals.start();
    run();
    EXPECT_FALSE(shown(kAda, kBob, direct));
    EXPECT_FALSE(shown(kAda, kEve, chess));
    // And again, when all have been told and nothing is crossed off.
    restart();
    life_->removals.start();
    run();
    EXPECT_FALSE(life_->noted.state().empty());
    pass(61s);
    fire();
    EXPECT_TRUE(life_->noted.state().empty());
    EXPECT_FALSE(shown(kAda, kBob, direct));
    EXPECT_EQ(member_removals(kBob, chess), 1U);
    restart();
    EXPECT_FALSE(shown(kAda, kBob, direct));
}

TEST_F(RemovalsTest, AWallClockThatIsPutRightMeanwhileChangesNothing) {
    life_->removals.start();
    say(kAda, kBob, "hello");
    EXPECT_EQ(end(kAda), "ok");
    run();
    life_->loop.manual_clock().wall_ticks += 365LL * 24 * 3600 * core::kTicksPerSecond;
    fire();
    EXPECT_FALSE(life_->noted.state().empty());
    pass(61s);
    life_->loop.manual_clock().wall_ticks -= 3650LL * 24 * 3600 * core::kTicksPerSecond;
    fire();
    EXPECT_TRUE(life_->noted.state().empty());
}

TEST_F(RemovalsTest, WhoWasBeingAddedIsTakenOutAgain) {
    life_->removals.start();
    // A conversation that is listed for Ada and is not there yet: somebody is about to make it.
    ports::ConversationDirectory::NewGroup wanted{
        .creator = kBob, .client_id = "late", .members = {kBob, kAda}
    };
    const auto number = wait(
        life_->conversations.reserve_group(life_->loop, wanted, ConversationNumber{1ULL << 40U})
    );
    ASSERT_TRUE(number.ok());
    EXPECT_EQ(end(kAda), "ok");
    run();
    core::CreateGroup create{.creator = kBob, .device = {}, .client_id = "late", .name = "Late"};
    create.members = {kAda};
    messaging::CommandRequest request{
        .conversation = number->number,
        .command = std::move(create),
        .message = std::nullopt,
        .session = {}
    };
    const auto made = wait(life_->messaging.command(life_->loop, std::move(request)));
    ASSERT_TRUE(made.ok()) << made.error().detail;
    EXPECT_TRUE(shown(kAda, kBob, number->number));
    pass(61s);
    fire();
    EXPECT_FALSE(shown(kAda, kBob, number->number));
    EXPECT_TRUE(life_->noted.state().empty());
}

TEST_F(RemovalsTest, ManyConversationsAreToldAFewAtATime) {
    constexpr std::uint64_t kMany = 170;
    std::vector<ConversationNumber> numbers;
    for (std::uint64_t i = 0; i < kMany; ++i) {
        core::CreateGroup create{.creator = kAda, .device = {}, .client_id = {}, .name = "Group"};
        create.client_id = "g" + std::to_string(i);
        create.members = {kBob};
        numbers.push_back(
            wait(life_->messaging.create_group(life_->loop, std::move(create), {}))->conversation
        );
    }
    life_->removals.start();
    EXPECT_EQ(end(kAda), "ok");
    const auto told = [&] {
        std::size_t count = 0;
        for (const ConversationNumber& number : numbers) {
            count += shown(kAda, kBob, number) ? 0U : 1U;
        }
        return count;
    };
    run();
    EXPECT_EQ(told(), 50U);
    for (int i = 0; i < 3; ++i) {
        fire();
    }
    EXPECT_EQ(told(), kMany);
    pass(61s);
    for (int i = 0; i < 5; ++i) {
        fire();
    }
    EXPECT_TRUE(life_->noted.state().empty());
}

}  // namespace
}  // namespace parley::account
