#pragma once

#include <deque>
#include <list>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/scope.h"
#include "services/messaging/cell.h"
#include "services/messaging/local.h"
#include "services/messaging/messaging.h"

namespace parley::messaging {

/// The sequencer of one loop's conversations: admits, logs, plans, commits, answers and delivers, and
/// writes to the store behind that. Everything here happens on its loop. What is between log and commit
/// is bounded by Options::in_flight_max, what waits for the store by unwritten_bytes_max.
class Messaging::Owner final : public ports::CommitListener {
public:
    Owner(Messaging& messaging, Shared& shared, runtime::Loop& loop);
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    Owner(Owner&&) = delete;
    Owner& operator=(Owner&&) = delete;
    ~Owner() override = default;

    [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }
    using Records = std::vector<std::pair<LogPosition, core::Record>>;
    struct Swept {
        std::size_t events = 0;  ///< that went
        bool more = false;       ///< ask again: there is more to take away now
    };

    void accept(std::vector<OwnerJob> jobs);
    void on_committed(std::uint64_t first, std::uint64_t last) override;
    void on_refused(std::uint64_t first, std::uint64_t last, const Error& error) override;

    // Questions; each is a coroutine on this loop.
    [[nodiscard]] runtime::Task<Result<HistoryPage>> history(HistoryRequest request);
    [[nodiscard]] runtime::Task<Result<ConversationView>> view(
        UserId user, ConversationNumber number
    );
    [[nodiscard]] runtime::Task<Result<Opened>> open(
        UserId user, UserId other, ConversationNumber number
    );
    [[nodiscard]] runtime::Task<Result<MessageView>> message(UserId user, MessageId id);
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationView::Person>>> members(
        UserId user, ConversationNumber number, std::size_t from, std::size_t limit
    );
    [[nodiscard]] runtime::Task<Result<bool>> both_in(
        ConversationNumber number, UserId one, UserId other
    );
    [[nodiscard]] runtime::Task<Result<CommandReply>> command(CommandRequest request);
    [[nodiscard]] runtime::Task<Result<void>> add_members(AddMembersRequest request);
    [[nodiscard]] runtime::Task<Result<CatchUp>> catch_up(CatchUpRequest request);
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> plain_events(
        ConversationNumber number, Seq first, Seq last, std::size_t limit
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ReadableView>>> readable(
        UserId user, std::vector<ConversationNumber> numbers
    );
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> shown(
        UserId user, ConversationNumber number, std::vector<Seq> seqs
    );
    [[nodiscard]] runtime::Task<Result<std::vector<Activity>>> activity(
        UserId user, std::vector<ConversationNumber> numbers, bool groups_only
    );
    /// Every record of this loop up to here has been applied.
    [[nodiscard]] LogPosition applied() const noexcept { return covers(); }

    /// Runs `job` on `home`, in order with the events that go there.
    void answer(runtime::LoopId home, Job job);
    // owner_sweep.cc: what goes
    [[nodiscard]] runtime::Task<Result<void>> forget(UserId user, ConversationNumber number);
    /// Takes away what has expired, and what is older than `keep_from` (the epoch: nothing), a piece at a time.
    [[nodiscard]] runtime::Task<Result<Swept>> sweep(
        ConversationNumber number, Timestamp keep_from
    );

    /// Runs a task of this loop; false when the owner is stopping.
    bool spawn(runtime::Task<void> task) { return scope_.spawn(std::move(task)); }

    /// Applies what the log holds beyond the store, at start, in log order. Nothing is written meanwhile:
    /// the position that a batch covers must not pass records that are still to be applied.
    [[nodiscard]] runtime::Task<Result<void>> replay(Records records, LogPosition from);
    /// Writes everything there is now, and the position with it; not what comes meanwhile.
    [[nodiscard]] runtime::Task<Result<void>> write_all();
    /// No new work from now on; `done` when what is in flight has been answered.
    void drain(Job done);
    void close(Job done) { scope_.close(std::move(done)); }

private:
    enum class Kind : unsigned char {
        send,
        open,  ///< of a conversation that is being sent to: nobody waits for it
        cursor,
        command  ///< all the others, and opening one for itself
    };
    struct InFlight {
        std::uint64_t offset = 0;
        Kind kind = Kind::send;
        Cell* cell = nullptr;
        core::Record record;
        runtime::LoopId home;
        SessionId session;
        Duration received_at{};
        Duration appended_at{};
        bool opening =
            false;  ///< a send whose conversation is being opened by the record before it
        SendDone done;
        UniqueFunction<void(Result<core::Outcome>)> decided;  ///< of kind command
    };
    /// Keeps an older message and what belongs to it in memory while a command that changes it is under way.
    class Hold;

    // owner.cc: admit, log, plan, commit
    void send(SendJob job);
    void send_to(Cell& cell, SendJob job);
    [[nodiscard]] Result<void> append(InFlight entry);
    void track(InFlight entry, std::uint64_t offset);
    void announce();
    void announce_applied();
    void commit(InFlight entry);
    void refuse(InFlight entry, const Error& error);
    void answer(runtime::LoopId home, SendDone done, Result<SendReply> result);
    void deliver(
        const Cell& cell,
        const core::EventPtr& event,
        const Audience& audience,
        const InFlight& entry
    );
    /// To each loop that has sessions of the audience.
    void post(const Audience& audience, EventOut out);
    void deliver_all(
        const Cell& cell,
        const core::Decision& decision,
        const Audience& before,
        const InFlight& entry
    );
    [[nodiscard]] ports::LoopMask loops_of(const AudienceList& audience) const;
    void type(TypingJob job);
    void flush_out();
    void flush_out_later();
    [[nodiscard]] Result<void> check_room() const;

    [[nodiscard]] runtime::Task<Result<void>> find_old(
        Cell* cell, Timestamp keep_from, core::Expire* expire
    );
    [[nodiscard]] runtime::Task<Result<void>> erase_expired(
        Cell* cell, core::Expire* expire, Swept* swept
    );
    [[nodiscard]] runtime::Task<Result<void>> erase_event(Cell* cell, core::EventPtr event);
    [[nodiscard]] runtime::Task<Result<void>> erase_again(Cell* cell, Seq until);
    runtime::Task<Result<void>> replay_one(
        Cell* cell, const core::Record* record, LogPosition position
    );
    /// The message that a command is about; null when it is about none.
    [[nodiscard]] static core::Target* target_of(core::Command& command);

    // owner_commands.cc: what is neither a send nor a receipt
    [[nodiscard]] runtime::Task<Result<core::EventPtr>> message_for(
        Cell* cell, UserId user, MessageId id, bool deleted_too
    );
    runtime::Task<Result<void>> find_target(Cell* cell, CommandRequest* request);
    runtime::Task<Result<void>> check_pins(Cell* cell, const core::UpdateConversation* update);
    runtime::Task<Result<void>> list_member(Cell* cell, const core::AddMember* add);
    [[nodiscard]] runtime::Task<Result<core::Outcome>> decide(
        Cell* cell, core::Command command, SessionId session
    );
    /// Logs it; `decided` is told what it came to, unless there is an error at once.
    [[nodiscard]] Result<void> log_command(
        Cell& cell,
        core::Command command,
        SessionId session,
        UniqueFunction<void(Result<core::Outcome>)> decided
    );
    runtime::Task<Result<void>> hold(Cell* cell, Seq target, bool with_edits);
    static void release(Cell& cell, Seq target);
    /// What an edit, a deletion or a reaction makes of its target, which is in memory.
    void amend(Cell& cell, const core::Event& change);
    void put_amended(Cell& cell, core::EventPtr event);
    // owner_changes.cc: telling the listener
    void tell_changed(const Cell& cell, const core::Event& event);
    void tell_outcome(const Cell& cell, const core::Command& command);

    // owner_receipts.cc
    void mark(MarkJob job);
    void mark_in(Cell& cell, MarkJob job);
    runtime::Task<void> mark_stored(Cell* cell, MarkJob job, Pin pin);
    void want(Cell& cell, MarkJob job, const core::Event& event);
    void log_receipt(Cell& cell, UserId user);
    [[nodiscard]] static Audience receipt_audience(const Cell& cell, UserId user);
    void receipt_committed(Cell& cell, const InFlight& entry, const core::Decision& decision);
    /// Answers those who wait for a place that the cursor has reached.
    void answer_reached(Cell& cell, UserId user);
    void receipt_refused(Cell& cell, UserId user, const Error& error);
    void answer(runtime::LoopId home, MarkDone done, Result<void> result);
    static PendingReceipt& pending(Cell& cell, UserId user);
    void forget_receipt(Cell& cell, UserId user);

    // owner_cells.cc: what is in memory
    void with_cell(ConversationNumber number, UniqueFunction<void(Result<Cell*>)> then);
    [[nodiscard]] runtime::Task<Result<Cell*>> cell(ConversationNumber number);
    runtime::Task<void> load(ConversationNumber number);
    runtime::Task<void> prefetch(const std::vector<ConversationNumber>* numbers, std::size_t* next);
    void touch(Cell& cell);
    void evict();
    void drop(Cell& cell);
    /// Counts it as it is now.
    void weigh(Cell& cell);
    void apply(
        Cell& cell, const core::Record& record, const core::Decision& decision, LogPosition at
    );
    static void note_changed(Cell& cell, const core::Record& record);
    void take_event(Cell& cell, const core::EventPtr& event);
    /// What waits for the store in memory until the cell is written.
    void count_unwritten(Cell& cell, std::size_t bytes);
    static void trim_tail(Cell& cell);
    static void refresh_audience(Cell& cell);
    [[nodiscard]] runtime::Task<Result<core::EventPtr>> event_at(Cell* cell, Seq seq);
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> events(
        Cell* cell, Seq first, Seq last, std::size_t limit, bool newest_first
    );
    /// The event that an id names; `not_found` when there is none. Whoever asks may not be allowed to see it.
    [[nodiscard]] runtime::Task<Result<core::EventPtr>> event_of(Cell* cell, MessageId id);
    [[nodiscard]] runtime::Task<Result<void>> undo_later_edits(
        Cell* cell, UserId reader, std::span<core::EventPtr> events
    );
    /// Events as a member sees them: void where they may not, without those who are gone.
    void show(const Cell& cell, const core::Member& reader, std::span<core::EventPtr> events) const;
    [[nodiscard]] ConversationView view_of(
        const Cell& cell, const core::Member& member, core::EventPtr last
    ) const;
    static ConversationView::Person person(
        const core::ConversationState& state, const core::Member& of
    );

    // owner_write.cc: writing behind
    void mark_dirty(Cell& cell);
    void arm_write();
    [[nodiscard]] bool has_unwritten() const noexcept;
    [[nodiscard]] runtime::Task<Result<void>> write_once();
    runtime::Task<void> write_behind();
    [[nodiscard]] LogPosition covers() const noexcept;
    struct Handed;
    [[nodiscard]] ports::StoreBatch gather(std::vector<Handed>& handed);
    [[nodiscard]] static ports::ConversationWrite gather_cell(Cell& cell, Handed& handed);
    void written(std::vector<Handed>& handed, bool ok);

    Messaging& messaging_;
    Shared& shared_;
    runtime::Loop& loop_;
    const std::size_t lane_;
    std::unordered_map<ConversationNumber, std::unique_ptr<Cell>> cells_;
    std::list<Cell*> by_use_;  ///< most recently used first
    std::size_t weight_ = 0;   ///< of all cells
    std::deque<InFlight> in_flight_;
    std::size_t waiting_ = 0;  ///< jobs that wait for a cell to load; bounded with in_flight_
    std::vector<std::vector<Outgoing>> out_;  ///< by loop
    bool out_due_ = false;
    bool replaying_ = true;  ///< until replay() is over
    bool draining_ = false;
    Job drained_;

    std::vector<Cell*> dirty_;  ///< what the store lacks, since the round began
    std::vector<Cell*> round_;  ///< what is written before the position moves on
    LogPosition round_covers_;  ///< what the store covers when the round is over
    std::size_t unwritten_bytes_ = 0;
    LogPosition covered_;  ///< what the last batch that was written covers
    bool writing_ = false;
    bool write_armed_ = false;
    std::vector<Job> write_waiters_;
    runtime::TaskScope scope_;
};

}  // namespace parley::messaging
