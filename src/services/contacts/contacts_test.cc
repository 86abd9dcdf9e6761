#include "services/contacts/contacts.h"

#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "adapters/memory/contact_directory.h"
#include "adapters/memory/user_directory.h"
#include "tests/fakes/manual_loop.h"

namespace parley::contacts {
namespace {

constexpr UserId kAda{{1, 1}};
constexpr UserId kBob{{2, 2}};

/// With conversations that block as they are told, or refuse to.
class ContactsTest : public ::testing::Test {
protected:
    void TearDown() override {
        bool stopped = false;
        contacts_.stop([&stopped] { stopped = true; });
        loop_.run();
        EXPECT_TRUE(stopped);
    }
    static memory::UserDirectory::State everyone() {
        memory::UserDirectory::State state;
        for (const UserId id : {kAda, kBob}) {
            state.accounts[id].user.id = id;
        }
        return state;
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        return fakes::wait(loop_, std::move(task));
    }
    bool listed_as_blocked() {
        const std::vector<UserId> other{kBob};
        const auto found = wait(directory_.relations(loop_, kAda, other));
        return !found->empty() && found->front().blocked;
    }
    static runtime::Task<Result<void>> hold(ContactsTest* test, bool blocked) {
        // Nobody may look less blocked than they are, before or after.
        const std::vector<UserId> other{kBob};
        const auto found = co_await test->directory_.relations(test->loop_, kAda, other);
        const bool listed = !found->empty() && found->front().blocked;
        EXPECT_TRUE(listed || (!blocked && !test->held_));
        if (test->refusal_) {
            co_return Error{*test->refusal_, "refused"};
        }
        test->held_ = blocked;
        ++test->records_;
        co_return Result<void>{};
    }

    fakes::ManualLoop loop_;
    memory::UserDirectory users_{everyone()};
    memory::ContactDirectory directory_{users_};
    bool held_ = false;
    int records_ = 0;
    int told_ = 0;
    std::optional<ErrorCode> refusal_;
    Contacts contacts_{
        {.loops = {&loop_},
         .directory = directory_,
         .set_block =
             [this](runtime::Loop&, UserId, UserId, bool blocked) { return hold(this, blocked); },
         .changed = [this](runtime::Loop&, UserId, UserId) { ++told_; }}
    };
};

TEST_F(ContactsTest, AddsChangesListsAndRemoves) {
    const auto added = wait(contacts_.add(loop_, kAda, kBob, {.nickname = "Bobby", .blocked = {}}));
    ASSERT_TRUE(added.ok());
    EXPECT_TRUE(added->created);
    EXPECT_EQ(added->contact.nickname, "Bobby");
    EXPECT_FALSE(added->contact.id.is_nil());
    EXPECT_GT(told_, 0);
    const auto changed = wait(contacts_.change(loop_, kAda, kBob, {.nickname = "", .blocked = {}}));
    EXPECT_EQ(changed->nickname, "");
    EXPECT_EQ(wait(contacts_.list(loop_, kAda, {}, 10))->size(), 1U);
    EXPECT_TRUE(wait(contacts_.remove(loop_, kAda, kBob)).ok());
    EXPECT_EQ(wait(contacts_.remove(loop_, kAda, kBob)).error().code, ErrorCode::not_found);
    EXPECT_EQ(records_, 0);
}

TEST_F(ContactsTest, RefusesWhatIsNoContact) {
    EXPECT_EQ(wait(contacts_.add(loop_, kAda, kAda, {})).error().code, ErrorCode::invalid_request);
    EXPECT_EQ(wait(contacts_.add(loop_, kAda, {{9, 9}}, {})).error().code, ErrorCode::not_found);
    EXPECT_EQ(wait(contacts_.change(loop_, kAda, kBob, {})).error().code, ErrorCode::not_found);
    for (const std::string& nickname : {std::string(65, 'x'), std::string("a\nb")}) {
        const auto refused =
            wait(contacts_.add(loop_, kAda, kBob, {.nickname = nickname, .blocked = {}}));
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
    }
    std::string long_in_bytes;
    for (int i = 0; i < 64; ++i) {
        long_in_bytes += "ü";
    }
    EXPECT_TRUE(wait(contacts_.add(loop_, kAda, kBob, {.nickname = long_in_bytes, .blocked = {}})
    ).ok());
}

TEST_F(ContactsTest, ABlockIsInTheListAndInTheConversation) {
    EXPECT_TRUE(
        wait(contacts_.add(loop_, kAda, kBob, {.nickname = {}, .blocked = true}))->contact.blocked
    );
    EXPECT_TRUE(held_);
    EXPECT_TRUE(wait(contacts_.remove(loop_, kAda, kBob)).ok());
    EXPECT_TRUE(held_);
    EXPECT_TRUE(listed_as_blocked());
    const auto again = wait(contacts_.add(loop_, kAda, kBob, {}));
    EXPECT_TRUE(again->created);
    EXPECT_TRUE(again->contact.blocked);
    EXPECT_FALSE(
        wait(contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = false}))->blocked
    );
    EXPECT_FALSE(held_);
    EXPECT_FALSE(listed_as_blocked());
    const int records = records_;
    EXPECT_TRUE(wait(contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = false})).ok());
    EXPECT_EQ(records_, records);  // Nothing opens a conversation to end what never was.
}

TEST_F(ContactsTest, ABlockOfAnyoneLeavesTheListAsItIs) {
    EXPECT_TRUE(wait(contacts_.block(loop_, kAda, kBob, true)).ok());
    EXPECT_TRUE(held_ && listed_as_blocked());
    EXPECT_TRUE(wait(contacts_.list(loop_, kAda, {}, 10))->empty());
    EXPECT_TRUE(wait(contacts_.block(loop_, kAda, kBob, false)).ok());
    EXPECT_FALSE(held_ || listed_as_blocked());
    EXPECT_TRUE(wait(contacts_.list(loop_, kAda, {}, 10))->empty());
    EXPECT_TRUE(wait(contacts_.add(loop_, kAda, kBob, {.nickname = "Bea", .blocked = {}})).ok());
    EXPECT_TRUE(wait(contacts_.block(loop_, kAda, kBob, true)).ok());
    EXPECT_EQ(wait(contacts_.list(loop_, kAda, {}, 10))->front().nickname, "Bea");
    EXPECT_EQ(
        wait(contacts_.block(loop_, kAda, kAda, true)).error().code, ErrorCode::invalid_request
    );
}

TEST_F(ContactsTest, ARefusedBlockIsTakenBack) {
    refusal_ = ErrorCode::rate_limited;
    EXPECT_FALSE(wait(contacts_.add(loop_, kAda, kBob, {.nickname = {}, .blocked = true})).ok());
    EXPECT_TRUE(wait(contacts_.list(loop_, kAda, {}, 10))->empty());
    EXPECT_FALSE(listed_as_blocked());
    refusal_.reset();
    EXPECT_TRUE(wait(contacts_.add(loop_, kAda, kBob, {})).ok());
    refusal_ = ErrorCode::rate_limited;
    EXPECT_FALSE(wait(contacts_.change(loop_, kAda, kBob, {.nickname = "x", .blocked = true})).ok()
    );
    EXPECT_FALSE(listed_as_blocked());
    EXPECT_EQ(wait(contacts_.list(loop_, kAda, {}, 10))->front().nickname, "");
}

TEST_F(ContactsTest, WhatWasCutOffIsCompletedByTheSameCall) {
    EXPECT_TRUE(wait(contacts_.add(loop_, kAda, kBob, {})).ok());
    refusal_ = ErrorCode::unavailable;
    EXPECT_FALSE(wait(contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = true})).ok());
    EXPECT_TRUE(listed_as_blocked());  // It may have happened: then nobody is to be shown.
    refusal_.reset();
    EXPECT_TRUE(
        wait(contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = true}))->blocked
    );
    EXPECT_TRUE(held_);
    refusal_ = ErrorCode::unavailable;
    EXPECT_FALSE(wait(contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = false})).ok()
    );
    EXPECT_TRUE(listed_as_blocked());
}

TEST_F(ContactsTest, ChangesOfOneListRunOneAfterTheOther) {
    EXPECT_TRUE(wait(contacts_.add(loop_, kAda, kBob, {})).ok());
    std::vector<std::optional<Result<ports::Contact>>> answers(150);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        fakes::detail::await_into(
            contacts_.change(loop_, kAda, kBob, {.nickname = {}, .blocked = i % 2 == 0}), answers[i]
        );
    }
    loop_.run();
    std::size_t done = 0;
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer);
        EXPECT_TRUE(answer->ok() || answer->error().code == ErrorCode::rate_limited);
        done += answer->ok() ? 1 : 0;
    }
    EXPECT_GE(done, 100U);
    EXPECT_EQ(held_, listed_as_blocked());
}

}  // namespace
}  // namespace parley::contacts
