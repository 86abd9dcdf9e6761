#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/memory/command_log.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "runtime/scope.h"
#include "services/messaging/messaging.h"
#include "tests/fakes/manual_loop.h"

/// A group through its owner, on memory adapters: one life of a server after the other.

namespace parley::messaging {

constexpr UserId user(std::uint64_t n) {
    return {{.high = 1, .low = n}};
}
inline constexpr UserId kAda = user(1);
inline constexpr UserId kBob = user(2);
inline constexpr UserId kEve = user(3);
inline constexpr std::uint64_t kUsers = 40;
inline constexpr std::uint32_t kMembersMax = 30;

/// Keeps what was delivered.
class Heard final : public SessionSink {
public:
    void on_event(
        ConversationNumber /*conversation*/,
        const core::EventPtr& event,
        const Audience& audience,
        SessionId /*except*/,
        Duration /*received_at*/
    ) override {
        events.emplace_back(event, audience);
    }
    void on_receipt(const Receipt& receipt, const Audience& audience, SessionId /*except*/)
        override {
        receipts.emplace_back(receipt, audience);
    }
    void on_typing(const Typing& typing, const Audience& audience) override {
        typings.emplace_back(typing, audience);
    }
    void on_changed(ConversationNumber /*conversation*/, UserId who) override {
        changed.push_back(who);
    }
    void on_batch_end() override {}

    [[nodiscard]] std::vector<Seq> of(const UserId& who) const {
        std::vector<Seq> seqs;
        for (const auto& [event, audience] : events) {
            if (audience->contains(who)) {
                seqs.push_back(event->seq);
            }
        }
        return seqs;
    }

    std::vector<std::pair<core::EventPtr, Audience>> events;
    std::vector<std::pair<Receipt, Audience>> receipts;
    std::vector<std::pair<Typing, Audience>> typings;
    std::vector<UserId> changed;
};

/// A store whose next answer to a read waits, with what it was then.
class HeldStore final : public ports::MessageStore {
public:
    explicit HeldStore(ports::MessageStore& inner) : inner_(inner) {}

    void hold_next_read() { held_.emplace(); }
    void let_read_go() { go_(true); }

    runtime::Task<Result<std::optional<core::ConversationState>>> load(
        runtime::Loop& home, ConversationNumber number
    ) override {
        return inner_.load(home, number);
    }
    runtime::Task<Result<std::vector<core::EventPtr>>> read(
        runtime::Loop& home, ports::EventRange range
    ) override {
        auto found = co_await inner_.read(home, range);
        if (held_ && !go_) {
            go_ = held_->completion();
            co_await held_->wait();
        }
        co_return found;
    }
    runtime::Task<Result<std::optional<Seq>>> find_seq(
        runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
    ) override {
        return inner_.find_seq(home, number, first, time);
    }
    runtime::Task<Result<void>> write(runtime::Loop& home, ports::StoreBatch batch) override {
        return inner_.write(home, std::move(batch));
    }
    runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override {
        return inner_.flush(home);
    }
    runtime::Task<Result<std::vector<core::ConversationState>>> scan(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override {
        return inner_.scan(home, after, limit);
    }
    runtime::Task<Result<void>> reclaim(
        runtime::Loop& home, std::vector<ConversationNumber> numbers
    ) override {
        return inner_.reclaim(home, std::move(numbers));
    }
    Result<LogPosition> replay_from() override { return inner_.replay_from(); }
    Result<void> set_lanes(std::uint32_t lanes, LogPosition position) override {
        return inner_.set_lanes(lanes, position);
    }

private:
    ports::MessageStore& inner_;
    std::optional<runtime::Callback<bool>> held_;
    UniqueFunction<void(bool)> go_;
};

/// One life of a server, on what an earlier one has left.
class Life {
public:
    struct Left {
        memory::CommandLog::Durable log;
        memory::MessageStore::Durable store;
        memory::ConversationDirectory::State directory;
    };

    explicit Life(Left left, const Options& with = options(), runtime::Pool* store_pool = nullptr)
        : log(std::move(left.log)),
          store(std::move(left.store), store_pool),
          users(everyone()),
          directory(users, std::move(left.directory)),
          messaging(
              with,
              {.loops = {&loop},
               .log = log,
               .store = held,
               .directory = directory,
               .sessions = sessions,
               .limiter = limiter}
          ) {
        for (std::uint64_t n = 1; n <= kUsers; ++n) {
            EXPECT_TRUE(sessions.add(loop.id(), user(n), DeviceId{}));
        }
        messaging.attach(loop.id(), heard);
        std::optional<Result<void>> started;
        messaging.start([&started](Result<void> result) { started = std::move(result); });
        EXPECT_TRUE(loop.run_until([&started] { return started.has_value(); }));
        EXPECT_TRUE(started->ok()) << started->error().detail;
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    Life(Life&&) = delete;
    Life& operator=(Life&&) = delete;
    ~Life() {
        bool stopped = false;
        messaging.stop([&stopped] { stopped = true; });
        EXPECT_TRUE(loop.run_until([&stopped] { return stopped; }));
    }

    /// What a crash leaves: of the store all batches, or those that were flushed.
    [[nodiscard]] Left crash(bool batches) const {
        return {
            .log = log.durable(),
            .store = store.durable(batches ? store.unflushed() : 0),
            .directory = directory.state()
        };
    }

    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> value;
        fakes::detail::await_into(std::move(task), value);
        for (int turns = 0; turns < 100 && !value; ++turns) {
            loop.run();
            log.commit_group();
        }
        EXPECT_TRUE(value.has_value());
        return std::move(*value);
    }

    fakes::ManualLoop loop;
    memory::CommandLog log;
    memory::MessageStore store;
    HeldStore held{store};
    memory::UserDirectory users;
    memory::ConversationDirectory directory;
    memory::SessionRegistry sessions;
    memory::RateLimiter limiter;
    Heard heard;
    Messaging messaging;

    static Options options() {
        Options options;
        options.sends = {};
        options.group_members_max = kMembersMax;
        options.groups_created = {.per_second = 1.0 / 3600, .burst = 3};
        options.members_added = {.per_second = 1.0 / 60, .burst = 100};
        return options;
    }

private:
    static memory::UserDirectory::State everyone() {
        memory::UserDirectory::State state;
        for (std::uint64_t n = 1; n <= kUsers; ++n) {
            state.accounts[user(n)].user.id = user(n);
        }
        return state;
    }
};

class GroupMessaging : public testing::Test {
protected:
    void restart(bool batches = true) {
        Life::Left left = life_->crash(batches);
        life_ = nullptr;
        life_ = std::make_unique<Life>(std::move(left));
    }
    void restart_with(const Options& options, runtime::Pool* store_pool = nullptr) {
        Life::Left left = life_->crash(true);
        life_ = nullptr;
        life_ = std::make_unique<Life>(std::move(left), options, store_pool);
    }
    Messaging& messaging() { return life_->messaging; }
    runtime::Loop& loop() { return life_->loop; }

    Result<CommandReply> create(std::vector<UserId> members, std::string name = "Chess") {
        core::CreateGroup create{
            .creator = kAda, .device = {}, .client_id = "g", .name = std::move(name)
        };
        create.members = std::move(members);
        auto made = life_->wait(messaging().create_group(loop(), std::move(create), {}));
        if (made.ok()) {
            group_ = made->conversation;
        }
        return made;
    }
    Result<CommandReply> command(core::Command what, std::optional<MessageId> message = {}) {
        CommandRequest request{
            .conversation = group_, .command = std::move(what), .message = message, .session = {}
        };
        return life_->wait(messaging().command(loop(), std::move(request)));
    }
    Result<CommandReply> add(UserId who) {
        return command(core::AddMember{.actor = kAda, .device = {}, .user = who, .members_max = 500}
        );
    }
    Result<CommandReply> remove(UserId actor, UserId who) {
        return command(core::RemoveMember{.actor = actor, .device = {}, .user = who});
    }
    Result<SendReply> send(UserId who, std::string client_id, std::string content = "hello") {
        SendRequest request;
        request.to = group_;
        request.message.sender = who;
        request.message.client_id = std::move(client_id);
        request.message.content = std::move(content);
        std::optional<Result<SendReply>> answer;
        messaging().send(loop(), std::move(request), [&answer](Result<SendReply> reply) {
            answer = std::move(reply);
        });
        life_->loop.run();
        life_->log.commit_group();
        life_->loop.run();
        EXPECT_TRUE(answer.has_value());
        return *answer;
    }
    MessageId said(UserId who, std::string client_id, std::string content = "hello") {
        return send(who, std::move(client_id), std::move(content))->sent.message_id;
    }
    Result<CommandReply> edit(UserId who, MessageId id, std::string client_id, std::string to) {
        return command(edit_command(who, std::move(client_id), std::move(to)), id);
    }
    Result<CommandReply> react(
        UserId who, MessageId id, std::string client_id = {}, bool removed = false
    ) {
        core::React react{
            .actor = who, .device = {}, .client_id = std::move(client_id), .target = {}
        };
        react.emoji = "+1";
        react.removed = removed;
        return command(std::move(react), id);
    }
    static core::EditMessage edit_command(UserId who, std::string client_id, std::string to) {
        core::EditMessage edit{
            .actor = who, .device = {}, .client_id = std::move(client_id), .target = {}
        };
        edit.content = std::move(to);
        return edit;
    }
    /// Commands about one message that are all admitted before the first of them is durable.
    std::vector<Result<CommandReply>> at_once(MessageId id, std::vector<core::Command> commands) {
        std::vector<std::optional<Result<CommandReply>>> answers(commands.size());
        for (std::size_t i = 0; i < commands.size(); ++i) {
            CommandRequest request{
                .conversation = group_,
                .command = std::move(commands[i]),
                .message = id,
                .session = {}
            };
            fakes::detail::await_into(messaging().command(loop(), std::move(request)), answers[i]);
        }
        std::vector<Result<CommandReply>> all;
        for (auto& answer : answers) {
            for (int turns = 0; turns < 100 && !answer; ++turns) {
                life_->loop.run();
                life_->log.commit_group();
            }
            EXPECT_TRUE(answer.has_value());
            all.push_back(std::move(*answer));
        }
        return all;
    }
    Result<CommandReply> erase(UserId who, MessageId id) {
        return command(core::DeleteMessage{.actor = who, .device = {}, .target = {}}, id);
    }
    Result<CommandReply> hide(UserId who, MessageId id) {
        return command(core::HideMessage{.user = who, .seq = {}}, id);
    }
    std::vector<core::EventPtr> history(UserId who) {
        HistoryRequest request{.user = who, .conversation = group_, .after = Seq{0}, .before = {}};
        request.limit = core::kPageEventsMax;
        auto page = life_->wait(messaging().history(loop(), request));
        EXPECT_TRUE(page.ok());
        return page.ok() ? page->events : std::vector<core::EventPtr>{};
    }
    ConversationView view(UserId who) {
        auto seen = life_->wait(messaging().conversation(loop(), who, group_));
        EXPECT_TRUE(seen.ok());
        return *seen;
    }
    CatchUp catch_up(UserId who, Seq after, std::uint64_t since) {
        const CatchUpRequest request{
            .user = who, .conversation = group_, .after = after, .since = since
        };
        return *life_->wait(messaging().catch_up(loop(), request));
    }
    Result<void> mark(UserId who, std::variant<Seq, MessageId> up_to) {
        std::optional<Result<void>> answer;
        const MarkRequest request{
            .user = who,
            .session = {},
            .conversation = group_,
            .up_to = up_to,
            .status = ReceiptStatus::read
        };
        messaging().mark(loop(), request, [&answer](Result<void> r) { answer = std::move(r); });
        for (int turns = 0; turns < 10 && !answer; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
        EXPECT_TRUE(answer.has_value());
        return *answer;
    }
    template <class T>
    static ErrorCode code(const Result<T>& result) {
        EXPECT_FALSE(result.ok());
        return result.ok() ? ErrorCode::internal : result.error().code;
    }

    std::unique_ptr<Life> life_ = std::make_unique<Life>(Life::Left{});
    ConversationNumber group_;
};

}  // namespace parley::messaging
