#pragma once

#include <deque>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/scope.h"
#include "services/presence/people.h"
#include "services/presence/presence.h"
#include "services/presence/watches.h"

namespace parley::presence {

/// What goes to a user's home.
struct ReportIn {
    UserId user;
    runtime::LoopId loop;
    Status status;
    Timestamp seen;
};
struct WatchIn {
    UserId user;
    runtime::LoopId loop;
    bool begin;
};
struct HideIn {
    UserId user;
    bool hides;
};
using HomeMessage = std::variant<ReportIn, WatchIn, HideIn>;

/// One loop's part of presence: the home of some users, and the watches of this loop's sessions. Belongs to
/// its loop. What waits in the mailboxes is bounded by sessions, which report changes only.
class Presence::Shard {
public:
    Shard(Presence& presence, Shared& shared, runtime::Loop& loop);

    [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }

    void to_home(UserId user, HomeMessage message);
    void accept(const std::vector<HomeMessage>& messages);
    void receive(const std::vector<People::Change>& changes);

    [[nodiscard]] bool watch(WatchRequest request);
    void drop(SessionId session);
    void recheck_between(UserId one, UserId other);
    void recheck_of(UserId user);
    void recheck_within(std::span<const UserId> users);
    [[nodiscard]] std::optional<Seen> find(UserId user) const { return people_.find(user); }

    /// Everyone is offline; `done` when all are saved, or could not be.
    void stop(Job done);

private:
    void flush();
    void flush_soon();
    void settle();
    void arm_grace();
    void load_more();
    void save_soon();
    void push(const std::vector<Watches::Push>& pushes);
    void settle_watches();
    void recheck(const std::vector<Watches::Pair>& pairs);
    void note_people();

    static runtime::Task<void> load(Shard* shard, std::vector<UserId> users);
    static runtime::Task<void> save(Shard* shard);
    static runtime::Task<void> run_watches(Shard* shard, SessionId session);
    static runtime::Task<void> run_watch(Shard* shard, WatchRequest request);
    static runtime::Task<void> run_rechecks(Shard* shard);

    Presence& presence_;
    Shared& shared_;
    runtime::Loop& loop_;
    People people_;
    Watches watches_;
    std::vector<std::vector<HomeMessage>> outgoing_;  ///< by loop
    bool flush_due_ = false;
    runtime::TimerId grace_timer_;
    runtime::TimerId tell_timer_;
    runtime::TimerId save_timer_;
    runtime::TimerId load_timer_;
    bool saving_ = false;
    bool stopping_ = false;
    std::size_t loads_ = 0;  ///< under way
    std::size_t people_noted_ = 0;
    /// Requests that wait, by session; the first is being done.
    std::unordered_map<SessionId, std::deque<WatchRequest>> requests_;
    std::deque<Watches::Pair> rechecks_;
    bool rechecking_ = false;
    std::uint64_t revocations_ = 0;  ///< how often someone may have lost sight of someone
    runtime::TaskScope scope_;
};

}  // namespace parley::presence
