#include "services/account/exports.h"

#include "services/account/account_fixture_test.h"

namespace parley::account {
namespace {

using namespace std::chrono_literals;

/// Says of each event its seq, or nothing for a void one.
class Plain final : public ExportText {
public:
    Plain() {
        sections_.push_back(
            {.path = "profile",
             .make = [](runtime::Loop& /*home*/, UserId /*user*/) { return said(); }}
        );
    }
    [[nodiscard]] std::span<const Section> sections() const noexcept override { return sections_; }
    [[nodiscard]] std::string file_name(Form form) const override {
        return form == Form::json ? "j" : "t";
    }
    [[nodiscard]] runtime::Task<Result<std::string>> begin(
        Form /*form*/, messaging::ConversationView /*view*/
    ) override {
        co_return std::string("[");
    }
    [[nodiscard]] runtime::Task<Result<std::string>> page(
        Form /*form*/,
        UserId /*reader*/,
        ConversationNumber /*number*/,
        std::vector<core::EventPtr> events,
        bool first
    ) override {
        std::string text = first ? "" : "|";
        for (const core::EventPtr& event : events) {
            text += event->content;
        }
        co_return text;
    }
    [[nodiscard]] std::string end(Form /*form*/) const override { return "]"; }

private:
    static runtime::Task<Result<std::string>> said() { co_return std::string("me\n"); }
    std::vector<Section> sections_;
};

class ExportsTest : public AccountTest {
protected:
    Exports::View wish(UserId user = kAda) {
        auto wished = wait(life_->exports.wish(life_->loop, user));
        EXPECT_TRUE(wished.ok());
        return *wished;
    }
    std::string content(const Exports::View& view) {
        auto read = wait(life_->exports.read(life_->loop, view.file.name, 0, 1U << 20U));
        return read.ok() ? *read : std::string(to_string(read.error().code));
    }
    std::string outcome(UserId user, Uuid id) {
        auto found = wait(life_->exports.find(life_->loop, user, id));
        return !found.ok() ? std::string(to_string(found.error().code))
                           : (found->file.ready ? "ready" : "in work");
    }
    /// Until all wishes are fulfilled: a page of events waits for its turn.
    void make() {
        for (int i = 0; i < 20; ++i) {
            fire();
        }
    }

    Plain text_;
};

TEST_F(ExportsTest, HasEachConversationOnceInEachForm) {
    const std::string folder =
        "conversations/" + to_string(conversation_id(say(kAda, kBob, "x")).uuid) + "/";
    for (int i = 0; i < 449; ++i) {
        say(i % 2 == 0 ? kAda : kBob, i % 2 == 0 ? kBob : kAda, "x");
    }
    say(kBob, kEve, "secret");
    life_->exports.start(text_);
    const auto view = wish();
    EXPECT_EQ(outcome(kAda, view.file.name.id), "in work");
    make();
    EXPECT_EQ(outcome(kAda, view.file.name.id), "ready");
    const std::string pages = "[" + std::string(200, 'x') + "|" + std::string(200, 'x') + "|" +
                              std::string(50, 'x') + "]";
    EXPECT_EQ(content(view), "profile\nme\n" + folder + "j\n" + pages + folder + "t\n" + pages);
}

TEST_F(ExportsTest, OneAtATimeAndAnewAfterAWhile) {
    life_->exports.start(text_);
    const auto first = wish();
    EXPECT_EQ(wish().file.name, first.file.name);
    EXPECT_NE(wish(kBob).file.name.id, first.file.name.id);
    make();
    EXPECT_EQ(wish().file.name, first.file.name);  // it is an hour old at most
    pass(61min);
    const auto second = wish();
    EXPECT_NE(second.file.name.id, first.file.name.id);
    EXPECT_EQ(outcome(kAda, first.file.name.id), "ready");
    make();
    EXPECT_EQ(outcome(kAda, second.file.name.id), "ready");
    EXPECT_EQ(outcome(kAda, first.file.name.id), "not_found");
}

TEST_F(ExportsTest, IsTheOwnersAndForATime) {
    life_->exports.start(text_);
    const auto view = wish();
    make();
    EXPECT_EQ(outcome(kBob, view.file.name.id), "not_found");
    EXPECT_EQ(view.expires_at, view.file.name.since.plus(24h));
    pass(24h);
    EXPECT_EQ(outcome(kAda, view.file.name.id), "not_found");
    make();
    EXPECT_TRUE(life_->files.state().empty());
}

TEST_F(ExportsTest, ARestartGoesOnWithWhatIsWished) {
    say(kAda, kBob, "hello");
    const auto view = wish();  // and nobody has begun it
    restart();
    life_->exports.start(text_);
    make();
    EXPECT_EQ(outcome(kAda, view.file.name.id), "ready");
    restart();
    EXPECT_EQ(outcome(kAda, view.file.name.id), "ready");
}

TEST_F(ExportsTest, WhoIsGoneHasNone) {
    const auto view = wish();  // before anybody makes it, the account ends
    ASSERT_TRUE(wait(life_->removals.remove(life_->loop, kAda, kPassword, "192.0.2.1")).ok());
    life_->exports.start(text_);
    make();
    EXPECT_TRUE(life_->files.state().empty());
    EXPECT_EQ(outcome(kAda, view.file.name.id), "not_found");
    const auto theirs = wish(kBob);
    make();
    EXPECT_EQ(outcome(kBob, theirs.file.name.id), "ready");
    ASSERT_TRUE(wait(life_->exports.drop(life_->loop, kBob)).ok());
    EXPECT_TRUE(life_->files.state().empty());
}

}  // namespace
}  // namespace parley::account
