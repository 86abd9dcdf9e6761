#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "core/conversation.h"
#include "core/event.h"
#include "core/record.h"
#include "ports/command_log.h"
#include "ports/conversation_directory.h"
#include "ports/message_store.h"
#include "ports/rate_limiter.h"
#include "ports/session_registry.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::messaging {

struct Options {
    /// How long a change may wait in memory before it is written to the store; the log has it already.
    Duration write_interval = std::chrono::milliseconds{500};
    /// Changes that wait for the store, per loop; above it sends are refused with `unavailable`.
    std::size_t unwritten_bytes_max = 128UL << 20U;
    /// Conversations kept in memory per loop; above it the longest unused go. One that takes much counts as one
    /// more for each 16 KiB: of members, of sends that are remembered, of its newest events.
    std::size_t cached_conversations_max = 100'000;
    /// Sends and cursor moves per loop between log and answer; above it `unavailable`.
    std::size_t in_flight_max = 65'536;
    /// Members of one group; at most core::kGroupMembersMax.
    std::uint32_t group_members_max = core::kGroupMembersMaxDefault;
    /// Sends and commands per user, over all of their sessions; above: `rate_limited`.
    ports::RateRule sends{.per_second = 20, .burst = 60};
    /// The same of one device, and of all together into one group; by default without a limit. A direct
    /// conversation is bounded by its two users.
    ports::RateRule sends_per_device{};
    ports::RateRule sends_per_group{};
    /// Groups that one user creates, and members that they add, those named at the creation included: each
    /// stands in somebody's list for ever. By default without a limit; the configuration has one.
    ports::RateRule groups_created{};
    ports::RateRule members_added{};
    /// The store is made durable, and old log segments go, after so many records or so long.
    std::uint64_t flush_records = 250'000;
    Duration flush_interval = std::chrono::seconds{60};
    /// A new log file begins so often, so that what was erased is in none after twice as long.
    Duration log_roll_interval = std::chrono::hours{6};
    /// Everything older is void, and gone from the store; zero: it stays.
    Duration retention = Duration::zero();
    /// Between two looks at all conversations for what has expired.
    Duration sweep_interval = std::chrono::seconds{60};
    /// Conversations looked at a second, at most.
    std::size_t sweep_per_second = 500;
};

/// Everyone who is in a conversation; shared by all deliveries until it changes.
class AudienceList {
public:
    explicit AudienceList(std::vector<UserId> users);

    [[nodiscard]] const std::vector<UserId>& users() const noexcept { return users_; }
    [[nodiscard]] bool contains(const UserId& user) const noexcept;

private:
    std::vector<UserId> users_;  ///< sorted
};
using Audience = std::shared_ptr<const AudienceList>;

enum class ReceiptStatus : unsigned char {
    delivered,
    read
};

struct Receipt {
    ConversationNumber conversation;
    UserId user;  ///< who received or read
    ReceiptStatus status = ReceiptStatus::delivered;
    Seq seq;
    MessageId message_id;  ///< of the event at `seq`
    Timestamp time;
};

struct Typing {
    ConversationNumber conversation;
    UserId user;
    bool active = false;
};

/// Where committed events go: one per loop, implemented by the gateway. Called on that loop, in `seq`
/// order per conversation.
class SessionSink {
public:
    virtual ~SessionSink() = default;
    /// To every session of the audience on this loop but `except` (nil: none). An event that is hidden is
    /// void for all but its sender.
    virtual void on_event(
        ConversationNumber conversation,
        const core::EventPtr& event,
        const Audience& audience,
        SessionId except,
        Duration received_at
    ) = 0;
    virtual void on_receipt(const Receipt& receipt, const Audience& audience, SessionId except) = 0;
    /// A user types, or has stopped. To everyone in the audience but the user.
    virtual void on_typing(const Typing& typing, const Audience& audience) = 0;
    /// What `user` alone sees of a conversation has changed: settings, a block, messages deleted for them. To
    /// all of their sessions: the one that asked cannot tell its change from another device's.
    virtual void on_changed(ConversationNumber conversation, UserId user) = 0;
    /// A batch is over: write out what it has gathered.
    virtual void on_batch_end() = 0;
};

struct SendRequest {
    core::SendMessage message;
    /// A conversation, or a user whose direct conversation is opened if need be.
    std::variant<ConversationNumber, UserId> to;
    SessionId
        session;  ///< the sending session, which gets the answer instead of the event; nil for REST
    Duration received_at{};  ///< steady clock, for the latency histogram
    bool limited = true;     ///< false: the server's own words, which no rate bounds
};

struct SendReply {
    ConversationNumber conversation;
    core::Sent sent;
};
using SendDone = UniqueFunction<void(Result<SendReply>)>;

/// Anything else that someone asks of a conversation: edits, reactions, members, settings …
struct CommandRequest {
    ConversationNumber conversation;
    /// Where it has a Target, only the target's message is set: the owner finds the rest. HideMessage has
    /// a `message` instead of its seq.
    core::Command command;
    std::optional<MessageId> message;
    SessionId session;  ///< nil for REST
    /// Why it is refused (too many, or a user it names is gone), but for what was there before: a retry is told
    /// what the first attempt came to, whatever has changed since.
    std::optional<Error> refused = std::nullopt;
    bool counts = true;  ///< false: belongs to a request that has been counted as a send already
};
/// Everyone in `users` is to become a member of a group.
struct AddMembersRequest {
    ConversationNumber conversation;
    UserId actor;
    DeviceId device;
    std::vector<UserId> users;  ///< without repeats; at most core::kGroupMembersPerCallMax
};
struct CommandReply {
    ConversationNumber conversation;
    std::optional<core::Sent> sent;  ///< the event, new or an earlier one's; nothing: it made none
    bool changed = false;            ///< by this very command
};

struct MarkRequest {
    UserId user;
    SessionId session;
    ConversationNumber conversation;
    std::variant<Seq, MessageId> up_to;
    ReceiptStatus status = ReceiptStatus::delivered;
};
using MarkDone = UniqueFunction<void(Result<void>)>;

struct HistoryRequest {
    UserId user;
    ConversationNumber conversation;
    std::optional<Seq> after;   ///< oldest first from there
    std::optional<Seq> before;  ///< newest first below it; neither: the newest
    std::size_t limit = core::kPageEventsDefault;
};
struct HistoryPage {
    std::vector<core::EventPtr> events;
    bool has_more = false;  ///< there are further ones in the direction read
};

/// The members of a larger group are asked for by page.
inline constexpr std::size_t kPeopleShownMax = 100;

/// A conversation as one member sees it.
struct ConversationView {
    ConversationNumber number;
    core::ConversationType type = core::ConversationType::direct;
    std::shared_ptr<const core::ConversationInfo> info;  ///< null: as a new direct conversation's
    struct Person {
        UserId user;  ///< nil: an account that is gone
        core::Role role = core::Role::member;
        Timestamp joined_at;
        core::Cursor cursor;  ///< only where everyone sees everyone's
    };
    /// Who is in it, in the order in which they came; empty when there are more than kPeopleShownMax.
    std::vector<Person> people;
    bool receipts = false;  ///< the people's cursors are the viewer's to see
    std::uint32_t active = 0;
    Seq head;                   ///< the newest place that this member may read
    core::EventPtr last_event;  ///< as this member sees it; null while there is none
    core::Member mine;          ///< without its ring
    std::uint64_t unread = 0;
    Timestamp last_time;
};
struct CatchUpRequest {
    UserId user;
    ConversationNumber conversation;
    std::optional<Seq> after;            ///< the client's cursor
    std::optional<std::uint64_t> since;  ///< log offset of the client's last sync
};
struct CatchUp {
    bool changed = false;                ///< it is new to the client or has changed
    std::vector<core::EventPtr> events;  ///< the newest after the cursor, oldest first
    bool has_more = false;               ///< some between the cursor and the first of them
};
struct SyncStart {
    std::vector<ConversationNumber> conversations;
    LogPosition position;  ///< everything up to here is in what is read from now on
};

struct MessageView {
    ConversationNumber conversation;
    core::EventPtr event;
    bool receipts = false;  ///< the reader is in it still; else the rest is empty
    std::uint32_t sent_to =
        0;  ///< how many of the others were to get it, have it, and have read it
    std::uint32_t delivered_to = 0;
    std::uint32_t read_by = 0;
    struct Recipient {
        UserId user;
        core::Cursor cursor;
    };
    /// Everyone in it but the sender; empty where receipts are only counted.
    std::vector<Recipient> recipients;
};

/// Who keeps something that is made of conversations, and can be made of them again: the search index. It is
/// told where something has changed, never what, and asks (`Messaging::events`). One; outlives Messaging's use.
class ChangeListener {
public:
    virtual ~ChangeListener() = default;

    /// At start, on loop 0, before anything else: the position up to which it has everything. Nothing: it
    /// does not need to be told of what the store has.
    [[nodiscard]] virtual std::optional<LogPosition> replay_from() = 0;
    /// At start, on loop 0: a record that the store has, and the listener perhaps not.
    virtual void on_record(runtime::LoopId lane, const core::Record& record) = 0;
    /// At start, on loop 0: such records are gone, or its position is of another log. It has to look at
    /// everything.
    virtual void on_gap() = 0;

    // On loop `lane`, the owner's, after commit and before anything is written to the store. What comes
    // before a crash and is not covered by `passed` is told again.

    /// The message at `seq` is new, or another now.
    virtual void on_change(runtime::LoopId lane, ConversationNumber number, Seq seq) = 0;
    /// Everything up to `through` is void for good.
    virtual void on_expired(runtime::LoopId lane, ConversationNumber number, Seq through) = 0;
    /// The account is gone.
    virtual void on_forgotten(runtime::LoopId lane, ConversationNumber number, UserId user) = 0;

    /// The log may let go what is at or before this: the listener has it, durably. Any thread.
    [[nodiscard]] virtual LogPosition passed() const noexcept = 0;
};

/// What a user may read of a conversation, and where: some of it perhaps void for them.
struct ReadableView {
    struct Range {
        Seq first;
        Seq last;
    };
    ConversationNumber number;
    std::vector<Range> ranges;  ///< ascending, apart
    Timestamp newest;           ///< no event in it is newer
};

/// Where a conversation stands in its member's list.
struct Activity {
    Timestamp last_time;
    ConversationNumber number;

    friend auto operator<=>(const Activity&, const Activity&) = default;
};
struct ListRequest {
    UserId user;
    std::optional<Activity> below;  ///< the last one of the page before
    std::size_t limit = core::kPageEventsDefault;
    bool groups_only = false;  ///< that the user is in now
};
struct ListPage {
    std::vector<ConversationView> views;  ///< newest activity first
    std::optional<Activity> next;         ///< there are more below this one
};

/// Conversations: sending, receipts, history, sync. Each conversation has one owner, on the loop of its
/// shard, which alone plans and answers for it; callers may be on any loop, and are answered on it. A
/// message goes: admit → log → plan → commit → ack → deliver, and is written to the store behind that.
/// Non-members get `not_found`, as for a conversation that never was.
class Messaging {
public:
    struct Dependencies {
        std::vector<runtime::Loop*> loops;
        ports::CommandLog& log;
        ports::MessageStore& store;
        ports::ConversationDirectory& directory;
        ports::SessionRegistry& sessions;
        ports::RateLimiter& limiter;
    };
    Messaging(Options options, Dependencies dependencies);
    Messaging(const Messaging&) = delete;
    Messaging& operator=(const Messaging&) = delete;
    Messaging(Messaging&&) = delete;
    Messaging& operator=(Messaging&&) = delete;
    ~Messaging();

    /// Before start, for each loop.
    void attach(runtime::LoopId loop, SessionSink& sink);
    /// Brings the store up to the log's end and opens for work. On loop 0; `done` is called there.
    /// Errors as CommandLog::replay's: the message is for the operator.
    void start(UniqueFunction<void(Result<void>)> done);
    /// Refuses new work, waits for what is in flight, writes everything and makes it durable. On loop 0.
    void stop(Job done);

    /// Routes events of `user` to `loop`, from now on: before auth_success. False when the device has its
    /// maximum of sessions. Each one that was added is removed once.
    [[nodiscard]] bool add_session(runtime::LoopId loop, UserId user, DeviceId device);
    void remove_session(runtime::LoopId loop, UserId user, DeviceId device);

    [[nodiscard]] bool is_connected(UserId user) const;

    /// Errors: check_send's; `not_found` (conversation, receiver), `conflict`, `rate_limited`, `unavailable`.
    void send(runtime::Loop& home, SendRequest request, SendDone done);
    /// Errors: as core's rules say for each command; `rate_limited`, as for sends; `unavailable`.
    [[nodiscard]] runtime::Task<Result<CommandReply>> command(
        runtime::Loop& home, CommandRequest request
    );
    /// A new group, or the one that this client_id of this user made. Errors: core::check's, `not_found`
    /// (a member who does not exist), `unavailable`.
    [[nodiscard]] runtime::Task<Result<CommandReply>> create_group(
        runtime::Loop& home, core::CreateGroup request, SessionId session
    );
    /// All of them, or nobody as far as that is known before: rights, room, and whether they exist are looked
    /// at first. What goes wrong then (somebody else was quicker, the log is full) may leave some added; the
    /// same call again adds the others. Errors as AddMember's.
    [[nodiscard]] runtime::Task<Result<void>> add_members(
        runtime::Loop& home, AddMembersRequest request
    );
    /// create_group asks it; to be asked before members are added: zero, and they are counted, or how long it
    /// takes until so many more are allowed. By user; `groups` is 0 or 1.
    [[nodiscard]] Duration take_growth(
        runtime::Loop& home, UserId user, unsigned groups, std::size_t members
    );
    /// What a command would be refused for, whatever the conversation.
    [[nodiscard]] static Result<void> check(const core::Command& command);
    /// Tells the others that a user types; forgotten when it cannot be told.
    void typing(runtime::Loop& home, Typing typing);
    /// Moves a cursor; coalesced. Errors: `not_found`, `invalid_request` (beyond the head), `unavailable`.
    void mark(runtime::Loop& home, MarkRequest request, MarkDone done);

    [[nodiscard]] runtime::Task<Result<HistoryPage>> history(
        runtime::Loop& home, HistoryRequest request
    );
    /// Opens the direct conversation of two users, or answers the one that is there.
    struct Opened {
        ConversationView view;
        bool created = false;
    };
    [[nodiscard]] runtime::Task<Result<Opened>> open_direct(
        runtime::Loop& home, UserId user, UserId other
    );
    [[nodiscard]] runtime::Task<Result<ConversationView>> conversation(
        runtime::Loop& home, UserId user, ConversationNumber number
    );
    /// A page of a user's conversations: where each stands is asked of all, what it shows of those in the page.
    [[nodiscard]] runtime::Task<Result<ListPage>> list(runtime::Loop& home, ListRequest request);
    /// All of a user's conversations, newest activity first.
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationView>>> conversations(
        runtime::Loop& home, UserId user
    );
    [[nodiscard]] runtime::Task<Result<MessageView>> message(
        runtime::Loop& home, UserId user, MessageId id
    );

    /// Those who are in a conversation now, from the n-th on, at most `limit`.
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationView::Person>>> members(
        runtime::Loop& home,
        UserId user,
        ConversationNumber number,
        std::size_t from,
        std::size_t limit
    );

    /// The route of the session that syncs must be registered before this is called.
    [[nodiscard]] runtime::Task<Result<SyncStart>> begin_sync(runtime::Loop& home, UserId user);
    [[nodiscard]] runtime::Task<Result<CatchUp>> catch_up(
        runtime::Loop& home, CatchUpRequest request
    );

    /// Are both in the conversation now? Of one that never was: false. Errors: `unavailable`.
    [[nodiscard]] runtime::Task<Result<bool>> both_in(
        runtime::Loop& home, ConversationNumber number, UserId one, UserId other
    );

    // For what is made of conversations.

    /// Before start.
    void listen(ChangeListener& listener);
    /// The loop of a conversation's owner.
    [[nodiscard]] runtime::LoopId lane_of(ConversationNumber number) const noexcept;
    /// Every record of the lane up to here has been applied and told. On that loop, after start.
    [[nodiscard]] LogPosition applied(runtime::LoopId lane) const noexcept;
    /// At most `limit` events from `first` on, as they now are and as nobody in particular sees them, without
    /// accounts that are gone; void ones for what has expired. Nobody is authorised by this.
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> events(
        runtime::Loop& home, ConversationNumber number, Seq first, Seq last, std::size_t limit
    );
    /// Those of the conversations that `user` is or was in, in any order.
    [[nodiscard]] runtime::Task<Result<std::vector<ReadableView>>> readable(
        runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
    );
    /// The events at these places as `user` sees them, in the same order; void ones where they may not.
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> shown(
        runtime::Loop& home, UserId user, ConversationNumber number, std::vector<Seq> seqs
    );

    /// The account has gone: `number` forgets it, durably when this answers well. Again is once. Errors: `unavailable`.
    [[nodiscard]] runtime::Task<Result<void>> forget(
        runtime::Loop& home, UserId user, ConversationNumber number
    );

    /// Members that a group may have, as it is configured.
    [[nodiscard]] std::uint32_t group_members_max() const noexcept;
    /// The log's epoch: clients that saw another one drop what they cached.
    [[nodiscard]] std::uint32_t epoch() const noexcept;

    void register_metrics(metrics::Registry& registry);

private:
    class Owner;
    class Local;
    class Upkeep;
    class Sweeper;
    struct Shared;

    [[nodiscard]] Owner& owner_of(ConversationNumber number) noexcept;
    /// Some of the conversations, and who owns them.
    struct Share {
        Owner* owner;
        std::vector<ConversationNumber> numbers;
    };
    /// The owners of all of these, each once, with their own.
    [[nodiscard]] std::vector<Share> by_owner(const std::vector<ConversationNumber>& numbers) const;
    [[nodiscard]] runtime::Task<Result<CommandReply>> run(
        runtime::Loop* home, CommandRequest request
    );
    /// One of what `user` may send a second, and of their device, and into the conversation; `rate_limited`
    /// says when to try again.
    [[nodiscard]] Result<void> take_send(
        runtime::Loop& home,
        const UserId& user,
        const DeviceId& device,
        std::optional<ConversationNumber> conversation
    );

    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Owner>> owners_;
    std::vector<std::unique_ptr<Local>> locals_;
    std::unique_ptr<Sweeper> sweeper_;
    std::unique_ptr<Upkeep> upkeep_;
};

}  // namespace parley::messaging
