#include "services/presence/watches.h"

#include <algorithm>

#include "base/assert.h"

namespace parley::presence {

Watches::Watch& Watches::watch_of(Watcher& watcher, const Watched* who) {
    const auto at = std::ranges::lower_bound(watcher.watches, who->user, {}, &user_of);
    PARLEY_ASSERT(at != watcher.watches.end() && at->who == who);
    return *at;
}

bool Watches::was_told(const Watch& watch, const Seen& seen) noexcept {
    return watch.told_status == seen.status && watch.told_last_seen == seen.last_seen.has_value() &&
           (!seen.last_seen || watch.told_ticks == seen.last_seen->ticks);
}

void Watches::note_told(Watch& watch, const Seen& seen) noexcept {
    watch.owed = false;
    watch.told_status = seen.status;
    watch.told_last_seen = seen.last_seen.has_value();
    watch.told_ticks = seen.last_seen ? seen.last_seen->ticks : 0;
}

/// Takes the watch out of its user's list; the last one's place is filled with another.
void Watches::leave(Watch& watch) {
    Watched& who = *watch.who;
    Watcher* moved = who.watchers.back();
    who.watchers[watch.place] = moved;
    watch_of(*moved, &who).place = watch.place;
    who.watchers.pop_back();
    if (who.watchers.empty()) {
        interest_.push_back(who.user);
    }
}

void Watches::leave_all(Watcher& watcher) {
    for (Watch& watch : watcher.watches) {
        leave(watch);
    }
    watcher.watches.clear();
}

void Watches::answer(Watcher& watcher, Watch& watch) {
    answers_.push_back(
        {.user = watch.who->user,
         .seen = watch.who->seen,
         .sessions = {watcher.session},
         .ref = watcher.ref}
    );
    note_told(watch, watch.who->seen);
}

void Watches::set(
    SessionId session, UserId viewer, std::span<const UserId> users, std::string ref
) {
    if (users.empty()) {
        drop(session);
        return;
    }
    Watcher& watcher = watchers_[session];
    leave_all(watcher);
    watcher.session = session;
    watcher.viewer = viewer;
    watcher.ref = std::move(ref);
    watcher.watches.reserve(users.size());
    for (const UserId& user : users) {
        Watched& who = watched_[user];
        who.user = user;
        if (!who.asked) {
            interest_.push_back(user);
        }
        watcher.watches.push_back({.who = &who});
    }
    std::ranges::sort(watcher.watches, {}, &user_of);
    for (Watch& watch : watcher.watches) {
        watch.place = static_cast<std::uint32_t>(watch.who->watchers.size());
        watch.who->watchers.push_back(&watcher);
    }
    for (Watch& watch : watcher.watches) {
        if (watch.who->known) {
            answer(watcher, watch);
        }
    }
}

void Watches::drop(SessionId session) {
    const auto at = watchers_.find(session);
    if (at != watchers_.end()) {
        leave_all(at->second);
        watchers_.erase(at);
    }
}

void Watches::forbid(SessionId session, UserId user) {
    const auto watcher = watchers_.find(session);
    const auto watched = watched_.find(user);
    if (watcher == watchers_.end() || watched == watched_.end()) {
        return;
    }
    auto& watches = watcher->second.watches;
    const auto at = std::ranges::find(watches, &watched->second, &Watch::who);
    if (at == watches.end()) {
        return;
    }
    if (!at->owed && !was_told(*at, Seen{})) {
        answers_.push_back({.user = user, .seen = {}, .sessions = {session}, .ref = {}});
    }
    leave(*at);
    watches.erase(at);
    if (watches.empty()) {
        watchers_.erase(watcher);
    }
}

void Watches::update(UserId user, const Seen& seen) {
    const auto at = watched_.find(user);
    if (at == watched_.end()) {
        return;  // Nobody watches any more; their home will have heard.
    }
    Watched& who = at->second;
    who.seen = seen;
    if (!who.known) {
        who.known = true;
        for (Watcher* watcher : who.watchers) {
            answer(*watcher, watch_of(*watcher, &who));
        }
        return;
    }
    if (!who.dirty) {
        who.dirty = true;
        dirty_.push_back(user);
    }
}

std::vector<Watches::Push> Watches::take_answers() {
    return std::exchange(answers_, {});
}

std::vector<Watches::Push> Watches::take_changes() {
    std::vector<Push> pushes;
    for (const UserId& user : std::exchange(dirty_, {})) {
        const auto at = watched_.find(user);
        if (at == watched_.end() || !at->second.dirty) {
            continue;
        }
        Watched& who = at->second;
        who.dirty = false;
        Push push{.user = user, .seen = who.seen, .sessions = {}, .ref = {}};
        for (Watcher* watcher : who.watchers) {
            Watch& watch = watch_of(*watcher, &who);
            if (!was_told(watch, who.seen)) {
                note_told(watch, who.seen);
                push.sessions.push_back(watcher->session);
            }
        }
        if (!push.sessions.empty()) {
            pushes.push_back(std::move(push));
        }
    }
    return pushes;
}

std::vector<std::pair<UserId, bool>> Watches::take_interest() {
    std::vector<std::pair<UserId, bool>> changed;
    for (const UserId& user : std::exchange(interest_, {})) {
        const auto at = watched_.find(user);
        if (at == watched_.end()) {
            continue;
        }
        Watched& who = at->second;
        const bool wanted = !who.watchers.empty();
        if (wanted != who.asked) {
            who.asked = wanted;
            changed.emplace_back(user, wanted);
        }
        if (!wanted) {
            watched_.erase(at);
        }
    }
    return changed;
}

std::vector<Watches::Pair> Watches::pairs_of(UserId user) const {
    std::vector<Pair> pairs;
    if (const auto at = watched_.find(user); at != watched_.end()) {
        for (const Watcher* watcher : at->second.watchers) {
            pairs.push_back({watcher->session, watcher->viewer, user});
        }
    }
    for (const auto& [session, watcher] : watchers_) {
        if (watcher.viewer == user) {
            for (const Watch& watch : watcher.watches) {
                pairs.push_back({session, user, watch.who->user});
            }
        }
    }
    return pairs;
}

std::vector<Watches::Pair> Watches::pairs_within(std::span<const UserId> users) const {
    std::vector<Pair> pairs;
    for (const auto& [session, watcher] : watchers_) {
        if (!std::ranges::binary_search(users, watcher.viewer)) {
            continue;
        }
        for (const Watch& watch : watcher.watches) {
            if (std::ranges::binary_search(users, watch.who->user)) {
                pairs.push_back({session, watcher.viewer, watch.who->user});
            }
        }
    }
    return pairs;
}

std::vector<Watches::Pair> Watches::pairs_between(UserId one, UserId other) const {
    std::vector<Pair> pairs;
    for (const auto& [viewer, user] : {std::pair{one, other}, std::pair{other, one}}) {
        const auto at = watched_.find(user);
        if (at == watched_.end()) {
            continue;
        }
        for (const Watcher* watcher : at->second.watchers) {
            if (watcher->viewer == viewer) {
                pairs.push_back({watcher->session, viewer, user});
            }
        }
    }
    return pairs;
}

}  // namespace parley::presence
