#include "services/presence/shard.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "services/presence/shared.h"

namespace parley::presence {
namespace {

/// As many as a directory takes in one call.
constexpr std::size_t kLoadAtOnce = 500;
constexpr std::size_t kLoadsAtOnce = 4;
constexpr std::size_t kSaveAtOnce = 1'000;
/// After a directory that did not answer.
constexpr Duration kRetryDelay = std::chrono::seconds{5};
/// Pairs that wait to be looked at anew; of those on top it is assumed that they may not see each other.
constexpr std::size_t kRechecksMax = 100'000;
/// How often a watch is looked up again because somebody lost sight of somebody meanwhile.
constexpr int kLooksMax = 4;

}  // namespace

Presence::Shard::Shard(Presence& presence, Shared& shared, runtime::Loop& loop)
    : presence_(presence),
      shared_(shared),
      loop_(loop),
      people_(shared.options.grace),
      outgoing_(shared.parts.loops.size()) {}

// --- between loops ---------------------------------------------------------------------------------

void Presence::Shard::to_home(UserId user, HomeMessage message) {
    outgoing_[presence_.home_of(user).loop().id().value].push_back(message);
    flush_soon();
}

void Presence::Shard::flush_soon() {
    if (!flush_due_) {
        flush_due_ = true;
        loop_.defer([this] { flush(); });
    }
}

void Presence::Shard::flush() {
    flush_due_ = false;
    for (std::size_t i = 0; i < outgoing_.size(); ++i) {
        if (outgoing_[i].empty()) {
            continue;
        }
        std::vector<HomeMessage> batch = std::exchange(outgoing_[i], {});
        Shard& home = *presence_.shards_[i];
        if (&home == this) {
            accept(batch);
        } else {
            home.loop().post([&home, batch = std::move(batch)] { home.accept(batch); });
        }
    }
}

// --- home ------------------------------------------------------------------------------------------

void Presence::Shard::accept(const std::vector<HomeMessage>& messages) {
    const Duration now = loop_.clock().steady();
    for (const HomeMessage& message : messages) {
        if (const auto* report = std::get_if<ReportIn>(&message)) {
            people_.report(report->user, report->loop, report->status, report->seen, now);
        } else if (const auto* watch = std::get_if<WatchIn>(&message)) {
            watch->begin ? people_.watch(watch->user, watch->loop)
                         : people_.unwatch(watch->user, watch->loop);
        } else {
            const auto& hide = std::get<HideIn>(message);
            people_.hide(hide.user, hide.hides);
        }
    }
    settle();
}

/// Passes on what has changed, and sees to what is to be done later.
void Presence::Shard::settle() {
    std::vector<std::vector<People::Change>> changes(shared_.parts.loops.size());
    for (const People::Change& change : people_.take_changes()) {
        shared_.metrics.changes.add(loop_.id().value);
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if ((change.loops >> i & 1U) != 0) {
                changes[i].push_back(change);
            }
        }
    }
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].empty()) {
            continue;
        }
        Shard& at = *presence_.shards_[i];
        if (&at == this) {
            receive(changes[i]);
        } else {
            at.loop().post([&at, batch = std::move(changes[i])] { at.receive(batch); });
        }
    }
    load_more();
    arm_grace();
    if (people_.has_departed()) {
        save_soon();
    }
    note_people();
}

void Presence::Shard::note_people() {
    const std::size_t now = people_.size();
    shared_.metrics.people.add(
        loop_.id().value, static_cast<std::int64_t>(now) - static_cast<std::int64_t>(people_noted_)
    );
    people_noted_ = now;
}

void Presence::Shard::arm_grace() {
    const auto due = people_.next_due();
    if (!due || grace_timer_.value != 0 || stopping_) {
        return;
    }
    const Duration wait = std::max(*due - loop_.clock().steady(), Duration{0});
    grace_timer_ = loop_.after(wait, [this] {
        grace_timer_ = {};
        people_.advance(loop_.clock().steady());
        settle();
    });
}

void Presence::Shard::load_more() {
    while (loads_ < kLoadsAtOnce && load_timer_.value == 0) {
        auto users = people_.take_unloaded(kLoadAtOnce);
        if (users.empty()) {
            return;
        }
        ++loads_;
        if (!scope_.spawn(load(this, std::move(users)))) {
            --loads_;
            return;  // The server is stopping.
        }
    }
}

runtime::Task<void> Presence::Shard::load(Shard* shard, std::vector<UserId> users) {
    std::vector<UserId> ids = users;
    auto found = co_await shard->shared_.parts.users.find_all(shard->loop_, std::move(ids));
    --shard->loads_;
    if (!found.ok()) {
        shard->people_.not_loaded(users);
        if (shard->load_timer_.value == 0 && !shard->stopping_) {
            shard->load_timer_ = shard->loop_.after(kRetryDelay, [shard] {
                shard->load_timer_ = {};
                shard->load_more();
            });
        }
        co_return;
    }
    for (const ports::User& user : *found) {
        shard->people_.load(user.id, user.hides_presence, user.last_seen);
        std::erase(users, user.id);
    }
    for (const UserId& gone : users) {
        shard->people_.load(gone, true, std::nullopt);  // An account that is gone looks offline.
    }
    shard->settle();
}

void Presence::Shard::save_soon() {
    if (save_timer_.value != 0 || saving_ || stopping_) {
        return;
    }
    save_timer_ = loop_.after(shared_.options.save_delay, [this] {
        save_timer_ = {};
        saving_ = scope_.spawn(save(this));
    });
}

/// Until there is nothing to save, or the directory does not take it.
runtime::Task<void> Presence::Shard::save(Shard* shard) {
    bool ok = true;
    while (ok && shard->people_.has_departed()) {
        const auto batch = shard->people_.take_departed(kSaveAtOnce);
        auto copy = batch;
        auto saved =
            co_await shard->shared_.parts.users.save_last_seen(shard->loop_, std::move(copy));
        ok = saved.ok();
        shard->people_.saved(batch, ok);
        Shared::Metrics& metrics = shard->shared_.metrics;
        metrics::Counter& counter = ok ? metrics.saved : metrics.save_failures;
        counter.add(shard->loop_.id().value, static_cast<std::int64_t>(batch.size()));
    }
    shard->saving_ = false;
    shard->note_people();
    if (!ok && shard->stopping_) {
        log::warn("last seen times not saved", {});
    } else if (!ok) {
        shard->save_timer_ = shard->loop_.after(kRetryDelay, [shard] {
            shard->save_timer_ = {};
            shard->saving_ = shard->scope_.spawn(save(shard));
        });
    }
}

void Presence::Shard::stop(Job done) {
    stopping_ = true;
    for (runtime::TimerId* timer : {&grace_timer_, &tell_timer_, &save_timer_, &load_timer_}) {
        loop_.cancel(std::exchange(*timer, {}));
    }
    people_.leave_all(loop_.clock().wall());
    if (!saving_ && people_.has_departed()) {
        saving_ = scope_.spawn(save(this));
    }
    scope_.close(std::move(done));
}

// --- watches ---------------------------------------------------------------------------------------

void Presence::Shard::receive(const std::vector<People::Change>& changes) {
    for (const People::Change& change : changes) {
        watches_.update(change.user, change.seen);
    }
    settle_watches();
}

/// Answers at once, changes together with those of the next moment.
void Presence::Shard::settle_watches() {
    for (const auto& [user, begin] : watches_.take_interest()) {
        to_home(user, WatchIn{.user = user, .loop = loop_.id(), .begin = begin});
    }
    push(watches_.take_answers());
    if (watches_.has_changes() && tell_timer_.value == 0 && !stopping_) {
        tell_timer_ = loop_.after(shared_.options.tell_interval, [this] {
            tell_timer_ = {};
            push(watches_.take_changes());
        });
    }
}

void Presence::Shard::push(const std::vector<Watches::Push>& pushes) {
    if (pushes.empty()) {
        return;
    }
    PresenceSink& sink = *shared_.sinks[loop_.id().value];
    std::size_t told = 0;
    for (const Watches::Push& push : pushes) {
        sink.on_presence(push.user, push.seen, push.sessions, push.ref);
        told += push.sessions.size();
    }
    shared_.metrics.told.add(loop_.id().value, static_cast<std::int64_t>(told));
}

bool Presence::Shard::watch(WatchRequest request) {
    const SessionId session = request.session;
    auto [queue, idle] = requests_.try_emplace(session);
    if (queue->second.size() >= kRequestsMax) {
        return false;
    }
    queue->second.push_back(std::move(request));
    if (idle && !scope_.spawn(run_watches(this, session))) {
        requests_.erase(session);
    }
    return true;
}

runtime::Task<void> Presence::Shard::run_watches(Shard* shard, SessionId session) {
    for (;;) {
        const auto queue = shard->requests_.find(session);
        if (queue == shard->requests_.end()) {
            co_return;  // The session has ended.
        }
        if (queue->second.empty()) {
            shard->requests_.erase(queue);
            co_return;
        }
        WatchRequest request = std::move(queue->second.front());
        queue->second.pop_front();
        co_await run_watch(shard, std::move(request));
    }
}

runtime::Task<void> Presence::Shard::run_watch(Shard* shard, WatchRequest request) {
    std::ranges::sort(request.wanted);
    request.wanted.erase(std::ranges::unique(request.wanted).begin(), request.wanted.end());
    Result<std::vector<UserId>> seen = Error{};
    std::uint64_t before = 0;
    for (int looks = 0; looks < kLooksMax; ++looks) {
        before = shard->revocations_;
        std::vector<UserId> wanted = request.wanted;
        auto found =
            co_await visible(&shard->presence_, &shard->loop_, request.user, std::move(wanted));
        seen = std::move(found);
        if (before == shard->revocations_ || !seen.ok()) {
            break;
        }
    }
    if (!shard->requests_.contains(request.session)) {
        co_return;
    }
    if (!seen.ok()) {
        PresenceSink& sink = *shard->shared_.sinks[shard->loop_.id().value];
        sink.on_watch_failed(request.session, seen.error(), request.ref);
        co_return;
    }
    shard->watches_.set(request.session, request.user, *seen, std::move(request.ref));
    if (before != shard->revocations_) {
        std::vector<Watches::Pair> pairs;
        for (const UserId& user : *seen) {
            pairs.push_back({request.session, request.user, user});
        }
        shard->recheck(pairs);
    }
    shard->settle_watches();
}

void Presence::Shard::drop(SessionId session) {
    requests_.erase(session);
    watches_.drop(session);
    settle_watches();
}

void Presence::Shard::recheck_between(UserId one, UserId other) {
    ++revocations_;
    recheck(watches_.pairs_between(one, other));
}

void Presence::Shard::recheck_of(UserId user) {
    ++revocations_;
    recheck(watches_.pairs_of(user));
}

void Presence::Shard::recheck_within(std::span<const UserId> users) {
    ++revocations_;
    recheck(watches_.pairs_within(users));
}

void Presence::Shard::recheck(const std::vector<Watches::Pair>& pairs) {
    for (const Watches::Pair& pair : pairs) {
        if (rechecks_.size() < kRechecksMax) {
            rechecks_.push_back(pair);
        } else {
            watches_.forbid(pair.session, pair.user);
        }
    }
    settle_watches();
    if (!rechecking_ && !rechecks_.empty()) {
        rechecking_ = scope_.spawn(run_rechecks(this));
    }
}

runtime::Task<void> Presence::Shard::run_rechecks(Shard* shard) {
    while (!shard->rechecks_.empty()) {
        // Those of one viewer, as far as they stand together, are one look.
        const UserId viewer = shard->rechecks_.front().viewer;
        std::vector<Watches::Pair> pairs;
        std::vector<UserId> users;
        while (!shard->rechecks_.empty() && shard->rechecks_.front().viewer == viewer &&
               pairs.size() < kWatchedMax) {
            pairs.push_back(shard->rechecks_.front());
            users.push_back(pairs.back().user);
            shard->rechecks_.pop_front();
        }
        std::ranges::sort(users);
        users.erase(std::ranges::unique(users).begin(), users.end());
        auto seen = co_await visible(&shard->presence_, &shard->loop_, viewer, std::move(users));
        for (const Watches::Pair& pair : pairs) {
            // Where it cannot be found out, nobody is shown.
            if (!seen.ok() || std::ranges::find(*seen, pair.user) == seen->end()) {
                shard->watches_.forbid(pair.session, pair.user);
            }
        }
        shard->settle_watches();
    }
    shard->rechecking_ = false;
}

}  // namespace parley::presence
