#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "ports/user_directory.h"
#include "runtime/loop.h"
#include "services/presence/seen.h"

namespace parley::presence {

/// Who is there: the home side of presence, a state machine without clock, timer or I/O. Every user has one
/// home loop, whose People gathers what the loops with sessions of theirs report, and says what the loops
/// with watchers are to be told. Someone whose last session has gone stays as they were for `grace`.
///
/// In memory are those who have a session, those who have gone and are not saved, and those who are watched.
/// Nobody costs a timer: all wait equally long to be offline, so one queue is in order.
class People {
public:
    explicit People(Duration grace) noexcept : grace_(grace) {}

    /// What all sessions of `user` on `loop` come to, as it is now; offline: there are none. `seen` is when
    /// they last gave a sign of life there.
    void report(UserId user, runtime::LoopId loop, Status status, Timestamp seen, Duration now);
    /// The loop is told at once, and of every change from now on. Again is nothing new.
    void watch(UserId user, runtime::LoopId loop);
    void unwatch(UserId user, runtime::LoopId loop);
    /// What the directory knows; until then nobody is told anything about them.
    void load(UserId user, bool hides, std::optional<Timestamp> last_seen);
    /// What they have set now: counts for more than what is loaded after.
    void hide(UserId user, bool hides);
    /// Those whose grace is over by `now` are offline.
    void advance(Duration now);
    /// When advance will have something to do; nothing: nobody is about to be offline.
    [[nodiscard]] std::optional<Duration> next_due() const noexcept;
    /// The server stops: whoever has left is offline now, whoever is there was last seen at `wall`.
    void leave_all(Timestamp wall);

    struct Change {
        UserId user;
        Loops loops = 0;  ///< to tell
        Seen seen;
    };
    /// What is to be told; once.
    [[nodiscard]] std::vector<Change> take_changes();
    /// Who is watched, and to be looked up in the directory; each once until `load` or `not_loaded`.
    [[nodiscard]] std::vector<UserId> take_unloaded(std::size_t most);
    void not_loaded(const std::vector<UserId>& users);
    /// Whose last_seen is to be saved, at most `most`; each once until `saved`.
    [[nodiscard]] std::vector<ports::LastSeen> take_departed(std::size_t most);
    /// With `ok` false they are to be saved again.
    void saved(const std::vector<ports::LastSeen>& users, bool ok);
    [[nodiscard]] bool has_departed() const noexcept { return !departed_.empty(); }

    /// As they are, whatever they hide; nothing when they are not in memory, and so offline since what the
    /// directory says.
    [[nodiscard]] std::optional<Seen> find(UserId user) const;
    [[nodiscard]] std::size_t size() const noexcept { return people_.size(); }

private:
    struct Person {
        Loops online = 0;  ///< loops with a session that is
        Loops away = 0;
        Loops watchers = 0;
        Loops tell = 0;  ///< of the watchers, those that do not know yet
        std::optional<Timestamp> last_seen;
        std::uint32_t leaving = 0;  ///< names the entry in leaving_ that counts; 0: none
        Status shown = Status::offline;
        bool loaded = false;
        bool loading = false;
        bool hides = false;
        bool hides_known = false;
        bool changed = false;  ///< is in changed_
        bool unsaved = false;  ///< is in departed_, or on its way to the directory
    };
    struct Leaving {
        Duration due;
        UserId user;
        std::uint32_t name;
    };
    [[nodiscard]] static Status status_of(const Person& person) noexcept;
    /// To others, and without regard to what they hide.
    [[nodiscard]] static Seen seen(const Person& person);
    [[nodiscard]] static Seen as_is(const Person& person);
    void note(UserId user, Person& person, Loops loops);
    void show(UserId user, Person& person, Status status);
    void depart(UserId user, Person& person);
    void forget_idle(UserId user);

    const Duration grace_;
    std::unordered_map<UserId, Person> people_;
    std::deque<Leaving> leaving_;  ///< by due; one entry a departure, gone after `grace`
    std::uint32_t leaving_named_ = 0;
    std::vector<UserId> changed_;
    std::vector<UserId> unloaded_;
    std::vector<UserId> departed_;
};

}  // namespace parley::presence
