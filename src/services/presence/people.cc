#include "services/presence/people.h"

#include <algorithm>
#include <utility>

namespace parley::presence {
namespace {

constexpr Loops bit(runtime::LoopId loop) noexcept {
    return Loops{1} << loop.value;
}

/// The first `most` of `from`, taken out of it.
std::vector<UserId> take_first(std::vector<UserId>& from, std::size_t most) {
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
    std::vector<UserId> taken(from.begin(), end);
    from.erase(from.begin(), end);
    return taken;
}

}  // namespace

Status People::status_of(const Person& person) noexcept {
    if (person.online != 0) {
        return Status::online;
    }
    return person.away != 0 ? Status::away : Status::offline;
}

Seen People::seen(const Person& person) {
    return person.hides ? Seen{} : as_is(person);
}

Seen People::as_is(const Person& person) {
    const bool online = person.shown == Status::online;
    return {.status = person.shown, .last_seen = online ? std::nullopt : person.last_seen};
}

void People::note(UserId user, Person& person, Loops loops) {
    person.tell |= loops;
    if (person.tell != 0 && person.loaded && !person.changed) {
        person.changed = true;
        changed_.push_back(user);
    }
}

void People::show(UserId user, Person& person, Status status) {
    if (person.shown != status) {
        person.shown = status;
        note(user, person, person.watchers);
    }
}

void People::report(
    UserId user, runtime::LoopId loop, Status status, Timestamp seen, Duration now
) {
    Person& person = people_[user];
    const Status before = status_of(person);
    person.online &= ~bit(loop);
    person.away &= ~bit(loop);
    if (status == Status::online) {
        person.online |= bit(loop);
    } else if (status == Status::away) {
        person.away |= bit(loop);
    }
    const Status after = status_of(person);
    person.last_seen = std::max(person.last_seen.value_or(seen), seen);
    if (after == before) {
        forget_idle(user);
        return;
    }
    if (after != Status::offline) {
        person.leaving = 0;
        show(user, person, after);
        return;
    }
    // Nobody learns of it yet: they may be back in a moment.
    if (++leaving_named_ == 0) {
        ++leaving_named_;
    }
    person.leaving = leaving_named_;
    leaving_.push_back({.due = now + grace_, .user = user, .name = leaving_named_});
}

void People::depart(UserId user, Person& person) {
    person.leaving = 0;
    show(user, person, Status::offline);
    if (!person.unsaved) {
        person.unsaved = true;
        departed_.push_back(user);
    }
}

void People::advance(Duration now) {
    while (!leaving_.empty() && leaving_.front().due <= now) {
        const Leaving one = leaving_.front();
        leaving_.pop_front();
        const auto at = people_.find(one.user);
        if (at != people_.end() && at->second.leaving == one.name) {
            depart(one.user, at->second);
        }
    }
}

std::optional<Duration> People::next_due() const noexcept {
    if (leaving_.empty()) {
        return std::nullopt;
    }
    return leaving_.front().due;
}

void People::leave_all(Timestamp wall) {
    leaving_.clear();
    for (auto& [user, person] : people_) {
        if (status_of(person) != Status::offline) {
            person.online = 0;
            person.away = 0;
            person.last_seen = std::max(person.last_seen.value_or(wall), wall);
            depart(user, person);
        } else if (person.leaving != 0) {
            depart(user, person);
        }
    }
}

void People::watch(UserId user, runtime::LoopId loop) {
    Person& person = people_[user];
    person.watchers |= bit(loop);
    if (!person.loaded && !person.loading) {
        person.loading = true;
        unloaded_.push_back(user);
    }
    note(user, person, bit(loop));
}

void People::unwatch(UserId user, runtime::LoopId loop) {
    const auto at = people_.find(user);
    if (at == people_.end()) {
        return;
    }
    at->second.watchers &= ~bit(loop);
    at->second.tell &= ~bit(loop);
    forget_idle(user);
}

void People::load(UserId user, bool hides, std::optional<Timestamp> last_seen) {
    const auto at = people_.find(user);
    if (at == people_.end()) {
        return;
    }
    Person& person = at->second;
    person.loading = false;
    person.loaded = true;
    if (!person.hides_known) {
        person.hides = hides;
    }
    if (last_seen) {
        person.last_seen = std::max(person.last_seen.value_or(*last_seen), *last_seen);
    }
    note(user, person, 0);
    forget_idle(user);
}

void People::not_loaded(const std::vector<UserId>& users) {
    for (const UserId& user : users) {
        const auto at = people_.find(user);
        if (at == people_.end()) {
            continue;
        }
        at->second.loading = at->second.watchers != 0;
        if (at->second.loading) {
            unloaded_.push_back(user);
        } else {
            forget_idle(user);
        }
    }
}

void People::hide(UserId user, bool hides) {
    const auto at = people_.find(user);
    if (at == people_.end()) {
        return;  // Whoever watches them will have it loaded.
    }
    Person& person = at->second;
    person.hides_known = true;
    if (person.hides != hides) {
        person.hides = hides;
        note(user, person, person.watchers);
    }
}

std::vector<People::Change> People::take_changes() {
    std::vector<Change> changes;
    for (const UserId& user : std::exchange(changed_, {})) {
        const auto at = people_.find(user);
        if (at == people_.end()) {
            continue;
        }
        Person& person = at->second;
        person.changed = false;
        const Loops loops = std::exchange(person.tell, 0) & person.watchers;
        if (loops != 0) {
            changes.push_back({.user = user, .loops = loops, .seen = seen(person)});
        }
    }
    return changes;
}

std::vector<UserId> People::take_unloaded(std::size_t most) {
    return take_first(unloaded_, most);
}

std::vector<ports::LastSeen> People::take_departed(std::size_t most) {
    std::vector<ports::LastSeen> taken;
    for (const UserId& user : take_first(departed_, most)) {
        taken.push_back({.user = user, .at = *people_.at(user).last_seen});
    }
    return taken;
}

void People::saved(const std::vector<ports::LastSeen>& users, bool ok) {
    for (const ports::LastSeen& one : users) {
        Person& person = people_.at(one.user);
        // They may have come and gone again meanwhile.
        person.unsaved = !ok || (person.shown == Status::offline && person.last_seen > one.at);
        if (person.unsaved) {
            departed_.push_back(one.user);
        } else {
            forget_idle(one.user);
        }
    }
}

void People::forget_idle(UserId user) {
    const auto at = people_.find(user);
    if (at == people_.end()) {
        return;
    }
    const Person& person = at->second;
    const bool there = (person.online | person.away) != 0 || person.leaving != 0;
    // A load under way ends at an entry: else a later watch could be answered by an older look.
    if (!there && person.watchers == 0 && !person.unsaved && !person.loading) {
        people_.erase(at);
    }
}

std::optional<Seen> People::find(UserId user) const {
    const auto at = people_.find(user);
    if (at == people_.end()) {
        return std::nullopt;
    }
    return as_is(at->second);
}

}  // namespace parley::presence
