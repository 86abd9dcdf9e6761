#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "services/presence/seen.h"

namespace parley::presence {

/// Who watches whom on one loop: the watching side of presence, without clock or I/O. A session is told of a
/// user once when it begins to watch, and then when the user looks different from what it was told last: what
/// changed and changed back between two flushes is nothing, and a flush tells all that watch in one go.
///
/// A watch takes about 32 bytes of its session and 8 of the watched user; who watches nothing is not here.
class Watches {
public:
    /// From now on `session`, of `viewer`, watches these, whom it may see; each once. They are all told,
    /// with `ref` repeated, as soon as it is known how they are. Watching nobody drops it.
    void set(SessionId session, UserId viewer, std::span<const UserId> users, std::string ref);
    void drop(SessionId session);
    /// It may not see `user` any more: they look offline to it, and that is the last it hears.
    void forbid(SessionId session, UserId user);
    /// How they are now, from their home.
    void update(UserId user, const Seen& seen);

    /// To be told to these sessions.
    struct Push {
        UserId user;
        Seen seen;
        std::vector<SessionId> sessions;
        std::string ref;  ///< JSON to repeat; of answers to one session
    };
    /// What cannot wait: answers, and the last word on those who are not to be seen any more.
    [[nodiscard]] std::vector<Push> take_answers();
    /// The changes since the last time.
    [[nodiscard]] std::vector<Push> take_changes();
    [[nodiscard]] bool has_changes() const noexcept { return !dirty_.empty(); }

    /// Whose homes are to tell this loop (true), or to stop that (false).
    [[nodiscard]] std::vector<std::pair<UserId, bool>> take_interest();

    struct Pair {
        SessionId session;
        UserId viewer;
        UserId user;
    };
    /// Who watches `user`, and whom the sessions of `user` watch.
    [[nodiscard]] std::vector<Pair> pairs_of(UserId user) const;
    /// Who of these, sorted, watches another of them.
    [[nodiscard]] std::vector<Pair> pairs_within(std::span<const UserId> users) const;
    /// Sessions of the one that watch the other, either way.
    [[nodiscard]] std::vector<Pair> pairs_between(UserId one, UserId other) const;

    [[nodiscard]] std::size_t session_count() const noexcept { return watchers_.size(); }
    [[nodiscard]] std::size_t user_count() const noexcept { return watched_.size(); }

private:
    struct Watched;
    /// One watch of a session; they are sorted by user, not by address, so that every run tells in the same order.
    struct Watch {
        Watched* who = nullptr;
        std::int64_t told_ticks = 0;  ///< last_seen as it was told
        std::uint32_t place = 0;      ///< in who->watchers
        Status told_status = Status::offline;
        bool told_last_seen = false;
        bool owed = true;  ///< has not been told anything yet
    };
    struct Watcher {
        SessionId session;
        UserId viewer;
        std::string ref;
        std::vector<Watch> watches;
    };
    struct Watched {
        UserId user;
        Seen seen;
        bool known = false;
        bool dirty = false;
        bool asked = false;  ///< its home has been told of this loop's interest
        std::vector<Watcher*> watchers;
    };
    [[nodiscard]] static UserId user_of(const Watch& watch) noexcept { return watch.who->user; }
    [[nodiscard]] static Watch& watch_of(Watcher& watcher, const Watched* who);
    [[nodiscard]] static bool was_told(const Watch& watch, const Seen& seen) noexcept;
    static void note_told(Watch& watch, const Seen& seen) noexcept;
    void leave(Watch& watch);
    void leave_all(Watcher& watcher);
    void answer(Watcher& watcher, Watch& watch);

    std::unordered_map<SessionId, Watcher> watchers_;
    std::unordered_map<UserId, Watched> watched_;
    std::vector<UserId> dirty_;
    std::vector<UserId> interest_;  ///< where it has perhaps changed
    std::vector<Push> answers_;
};

}  // namespace parley::presence
