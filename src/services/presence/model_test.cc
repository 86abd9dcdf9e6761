#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/presence/people.h"
#include "services/presence/watches.h"

/// Homes and watches together, without loops: what crosses is delayed and delivered in order, as mailboxes do.
/// Whatever happens, in the end everyone who watches has been told how everyone is, never twice the same, and
/// never of a departure that was none.

namespace parley::presence {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLoopCount = 3;
constexpr std::size_t kUsers = 12;
constexpr Duration kGrace = 5s;

UserId user_of(std::size_t n) {
    return {{n + 1, n + 1}};
}

/// What the session is to have been told of a user.
struct Told {
    Seen seen;
    std::size_t frames = 0;
};

class Model {
public:
    explicit Model(std::uint32_t seed) : random_(seed) {}

    void step() {
        now_ += std::chrono::milliseconds{below(900)};
        switch (below(8)) {
            case 0:
            case 1:
                connect(below(kUsers));
                break;
            case 2:
                disconnect();
                break;
            case 3:
                say(below(2) == 0 ? Status::online : Status::away);
                break;
            case 4:
                watch();
                break;
            case 5:
                hide(below(kUsers), below(3) == 0);
                break;
            case 6:
                tell();
                break;
            default:
                deliver(below(6));
                break;
        }
        for (People& people : homes_) {
            people.advance(now_);
        }
        collect();
    }
    void settle() {
        for (int round = 0; round < 40; ++round) {
            now_ += 1s;
            for (People& people : homes_) {
                people.advance(now_);
            }
            collect();
            deliver(SIZE_MAX);
            tell();
        }
    }
    /// How the user is, by all that happened.
    [[nodiscard]] Seen truth(std::size_t user) const {
        if (hides_.contains(user)) {
            return {};
        }
        Status status = Status::offline;
        for (const auto& [id, session] : sessions_) {
            if (session.user == user) {
                status = std::max(status, session.status);
            }
        }
        const auto at = last_seen_.find(user);
        return {
            .status = status,
            .last_seen = at == last_seen_.end() ? std::nullopt : std::optional(at->second)
        };
    }
    void check() {
        for (const auto& [id, session] : sessions_) {
            for (const std::size_t user : session.watches) {
                const auto at = session.told.find(user);
                ASSERT_NE(at, session.told.end()) << "was never told";
                EXPECT_EQ(at->second.seen.status, truth(user).status);
                if (truth(user).status == Status::offline) {
                    EXPECT_EQ(at->second.seen.last_seen, truth(user).last_seen);
                }
            }
        }
    }
    void end_all() {
        while (!sessions_.empty()) {
            disconnect();
        }
        settle();
        for (People& people : homes_) {
            for (auto batch = people.take_departed(3); !batch.empty();
                 batch = people.take_departed(3)) {
                people.saved(batch, true);
            }
            EXPECT_EQ(people.size(), 0U);
        }
        for (const Watches& watches : watches_) {
            EXPECT_EQ(watches.session_count(), 0U);
            EXPECT_EQ(watches.user_count(), 0U);
        }
    }
    std::size_t frames = 0;
    std::size_t changes = 0;  ///< of what the session was told, the first word included

private:
    struct Session {
        std::size_t user = 0;
        std::size_t loop = 0;
        Status status = Status::online;
        std::set<std::size_t> watches;
        std::map<std::size_t, Told> told;
    };
    std::size_t below(std::size_t n) { return random_() % n; }
    People& home(std::size_t user) { return homes_[user % kLoopCount]; }
    Timestamp wall() const { return Timestamp{}.plus(now_ + std::chrono::hours{1'000'000}); }
    SessionId id_of(std::size_t n) { return {{n, 1}}; }

    /// To homes and to loops: in the order sent, per pair of loops.
    void post(std::size_t from, std::size_t to, std::function<void()> job) {
        mail_[{from, to}].push_back(std::move(job));
    }
    void deliver(std::size_t most) {
        for (std::size_t i = 0; i < most; ++i) {
            std::vector<std::pair<std::size_t, std::size_t>> full;
            for (const auto& [key, jobs] : mail_) {
                if (!jobs.empty()) {
                    full.push_back(key);
                }
            }
            if (full.empty()) {
                return;
            }
            auto& jobs = mail_[full[below(full.size())]];
            const auto job = std::move(jobs.front());
            jobs.pop_front();
            job();
            collect();
        }
    }
    void report(std::size_t user, std::size_t loop) {
        Status status = Status::offline;
        for (const auto& [id, session] : sessions_) {
            if (session.user == user && session.loop == loop) {
                status = std::max(status, session.status);
            }
        }
        Status& before = reported_[{user, loop}];
        if (before != status) {
            before = status;
            last_seen_[user] = std::max(last_seen_[user], wall());
            post(loop, user % kLoopCount, [this, user, loop, status, seen = wall()] {
                const runtime::LoopId at{static_cast<std::uint32_t>(loop)};
                home(user).report(user_of(user), at, status, seen, now_);
            });
        }
    }
    void connect(std::size_t user) {
        const std::size_t id = ++sessions_made_;
        sessions_[id] = {.user = user, .loop = below(kLoopCount)};
        report(user, sessions_[id].loop);
    }
    void disconnect() {
        if (sessions_.empty()) {
            return;
        }
        const auto at = std::next(sessions_.begin(), static_cast<long>(below(sessions_.size())));
        const Session session = at->second;
        watches_[session.loop].drop(id_of(at->first));
        sessions_.erase(at);
        report(session.user, session.loop);
    }
    void say(Status status) {
        if (!sessions_.empty()) {
            auto at = std::next(sessions_.begin(), static_cast<long>(below(sessions_.size())));
            at->second.status = status;
            report(at->second.user, at->second.loop);
        }
    }
    void watch() {
        if (sessions_.empty()) {
            return;
        }
        auto& [id, session] =
            *std::next(sessions_.begin(), static_cast<long>(below(sessions_.size())));
        session.watches.clear();
        session.told.clear();
        std::vector<UserId> users;
        for (std::size_t user = 0; user < kUsers; ++user) {
            if (below(3) == 0) {
                session.watches.insert(user);
                users.push_back(user_of(user));
            }
        }
        watches_[session.loop].set(id_of(id), user_of(session.user), users, "");
    }
    void hide(std::size_t user, bool hides) {
        hides ? (void)hides_.insert(user) : (void)hides_.erase(user);
        home(user).hide(user_of(user), hides);
    }
    void push(std::size_t /*loop*/, const std::vector<Watches::Push>& pushes) {
        for (const Watches::Push& push : pushes) {
            for (const SessionId& session : push.sessions) {
                const auto at = sessions_.find(session.uuid.high);
                ASSERT_NE(at, sessions_.end());
                const std::size_t user = push.user.uuid.high - 1;
                ASSERT_TRUE(at->second.watches.contains(user));
                Told& told = at->second.told[user];
                ++frames;
                changes += told.frames == 0 || told.seen != push.seen ? 1 : 0;
                told = {.seen = push.seen, .frames = told.frames + 1};
            }
        }
    }
    void tell() {
        for (std::size_t loop = 0; loop < kLoopCount; ++loop) {
            push(loop, watches_[loop].take_changes());
        }
    }
    /// What the machines have to say goes into the mail.
    void collect() {
        for (std::size_t loop = 0; loop < kLoopCount; ++loop) {
            for (const auto& [user, begin] : watches_[loop].take_interest()) {
                const std::size_t n = user.uuid.high - 1;
                post(loop, n % kLoopCount, [this, n, loop, begin] {
                    const runtime::LoopId at{static_cast<std::uint32_t>(loop)};
                    begin ? home(n).watch(user_of(n), at) : home(n).unwatch(user_of(n), at);
                });
            }
            push(loop, watches_[loop].take_answers());
            for (const UserId& user : homes_[loop].take_unloaded(2)) {
                const std::size_t n = user.uuid.high - 1;
                const auto seen = saved_.find(n);
                homes_[loop].load(
                    user,
                    hides_.contains(n),
                    seen == saved_.end() ? std::nullopt : std::optional(seen->second)
                );
            }
            const auto batch = homes_[loop].take_departed(below(4));
            for (const ports::LastSeen& one : batch) {
                saved_[one.user.uuid.high - 1] = one.at;
            }
            homes_[loop].saved(batch, true);
            spread(loop);
        }
    }
    void spread(std::size_t loop) {
        for (const People::Change& change : homes_[loop].take_changes()) {
            for (std::size_t to = 0; to < kLoopCount; ++to) {
                if ((change.loops >> to & 1U) != 0) {
                    post(loop, to, [this, to, change] {
                        watches_[to].update(change.user, change.seen);
                    });
                }
            }
        }
    }

    std::mt19937 random_;
    Duration now_{};
    std::vector<People> homes_ = std::vector<People>(kLoopCount, People{kGrace});
    std::array<Watches, kLoopCount> watches_;
    std::map<std::pair<std::size_t, std::size_t>, std::deque<std::function<void()>>> mail_;
    std::map<std::size_t, Session> sessions_;
    std::map<std::pair<std::size_t, std::size_t>, Status> reported_;
    std::map<std::size_t, Timestamp> last_seen_;
    std::map<std::size_t, Timestamp> saved_;
    std::set<std::size_t> hides_;
    std::size_t sessions_made_ = 0;
};

TEST(PresenceModelTest, Converges) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Model model{seed};
        for (int round = 0; round < 5; ++round) {
            for (int i = 0; i < 60; ++i) {
                model.step();
            }
            model.settle();
            model.check();
        }
        EXPECT_EQ(model.frames, model.changes);
        model.end_all();
        if (::testing::Test::HasFailure()) {
            return;
        }
    }
}

/// Everyone drops and comes back, in any order, while all watch: what each is told is at most one frame when
/// they begin and one for a change that there was.
TEST(PresenceModelTest, AMassReconnectIsNoStorm) {
    constexpr std::size_t kMany = 15'000;
    constexpr std::size_t kWatchedByEach = 20;
    People people{kGrace};
    Watches watches;
    std::size_t frames = 0;
    std::size_t seen = 0;
    std::mt19937 random{7};
    std::vector<std::size_t> order(kMany);
    for (std::size_t n = 0; n < kMany; ++n) {
        order[n] = n;
    }
    const auto settle = [&](bool changes) {
        for (const auto& [user, begin] : watches.take_interest()) {
            begin ? people.watch(user, {}) : people.unwatch(user, {});
        }
        for (const UserId& user : people.take_unloaded(SIZE_MAX)) {
            people.load(user, false, std::nullopt);
        }
        for (const People::Change& change : people.take_changes()) {
            watches.update(change.user, change.seen);
        }
        for (const auto& push : watches.take_answers()) {
            frames += push.sessions.size();
        }
        if (changes) {
            for (const auto& push : watches.take_changes()) {
                frames += push.sessions.size();
            }
        }
    };
    const auto connect = [&](std::size_t n, Duration now, Timestamp wall) {
        people.report(user_of(n), {}, Status::online, wall, now);
        std::vector<UserId> users;
        for (std::size_t i = 1; i <= kWatchedByEach; ++i) {
            users.push_back(user_of((n + i) % kMany));
        }
        std::ranges::sort(users);
        watches.set({{n + 1, 9}}, user_of(n), users, "");
        seen += kWatchedByEach;
        settle(n % 100 == 0);
    };
    for (const std::size_t n : order) {
        connect(n, 0s, Timestamp{1});
    }
    settle(true);
    EXPECT_LE(frames, 2 * seen);
    frames = 0;
    seen = 0;
    for (std::size_t n = 0; n < kMany; ++n) {
        watches.drop({{n + 1, 9}});
        people.report(user_of(n), {}, Status::offline, Timestamp{2}, 100s);
        settle(true);
    }
    std::ranges::shuffle(order, random);
    for (const std::size_t n : order) {
        connect(n, 103s, Timestamp{3});
    }
    people.advance(200s);
    settle(true);
    // They were away for less than the grace: nobody has seen anybody go.
    EXPECT_EQ(frames, seen);
}

}  // namespace
}  // namespace parley::presence
