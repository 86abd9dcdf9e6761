// What is void, and for whom: I1, I14.

#include <algorithm>
#include <map>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

Duration asked_of(const Event& event) {
    return Duration{static_cast<std::int64_t>(event.cur)};
}

/// What one user has done to hide things from themselves in one conversation.
class Hidden {
public:
    Hidden(const Talk& talk, std::uint32_t user) : talk_(talk) {
        for (const std::uint32_t index : talk.events()) {
            const Event& event = talk.event(index);
            if ((event.op == Op::hide || event.op == Op::block) && talk.user_of(event) == user) {
                (event.op == Op::hide ? hides_ : blocks_).push_back(&event);
            }
        }
    }
    /// They have asked for it to be deleted for them.
    [[nodiscard]] bool is_hidden(std::uint64_t seq) const {
        return std::ranges::any_of(hides_, [seq](const Event* e) { return e->seq == seq; });
    }
    /// Its sender may have been blocked when it came.
    [[nodiscard]] bool may_be_blocked(const Place& place) const {
        const Duration seen = talk_.event(place.first).time;
        return std::ranges::any_of(blocks_, [&](const Event* block) {
            return !block->off && block->user == place.sender && asked_of(*block) <= seen;
        });
    }
    /// It was sent when its sender was blocked for sure: blocked before, and not released until it was seen.
    [[nodiscard]] bool must_be_blocked(const Place& place, Duration sent) const {
        const Duration seen = talk_.event(place.first).time;
        const auto blocks = [&](const Event* on) {
            if (on->off || !on->definite || on->user != place.sender || on->time >= sent) {
                return false;
            }
            return std::ranges::all_of(blocks_, [&](const Event* off) {
                return !off->off || off->user != place.sender || asked_of(*off) > seen ||
                       (off->definite && off->time < asked_of(*on));
            });
        };
        return std::ranges::any_of(blocks_, blocks);
    }

private:
    const Talk& talk_;
    std::vector<const Event*> hides_;
    std::vector<const Event*> blocks_;
};

/// Is there a reason for the place to be void for somebody who may see it?
bool is_excused(const Talk& talk, const Hidden& hidden, const Place& place, std::uint32_t user) {
    const Detail& detail = talk.detail_of(place);
    const Place* target = nullptr;
    if (detail.target != 0) {
        for (const Place& other : talk.places()) {
            target = other.message == detail.target ? &other : target;
        }
    }
    if (target != nullptr && !talk.may_see(user, target->seq)) {
        return true;  // Done to a message of before their time.
    }
    if (talk.fades(place) || hidden.is_hidden(place.seq) || hidden.may_be_blocked(place)) {
        return true;
    }
    if (place.kind == Kind::event && place.detail == 0) {
        // An edit that only its sender's acknowledgement shows: of what, nobody was told.
        const auto deletes = [&talk](const Place& other) {
            return talk.detail_of(other).what == What::deleted;
        };
        return std::ranges::any_of(talk.places(), deletes);
    }
    if (target == nullptr) {
        return false;
    }
    // An edit goes with its message, and what is done to a void message is void.
    return talk.fades(*target) || hidden.may_be_blocked(*target) ||
           talk.last_of(What::deleted, detail.target) != nullptr;
}

void check_user(Context& context, const Talk& talk, const CompleteRead& read) {
    const Hidden hidden{talk, read.user};
    const bool stays = talk.stays(read.user) || talk.members().empty();
    for (const std::uint32_t index : talk.entries(read)) {
        const Event& entry = talk.event(index);
        const Place* place = talk.find(entry.seq);
        if (place == nullptr || entry.kind != Kind::hidden || place->kind == Kind::hidden ||
            !talk.may_see(read.user, entry.seq)) {
            continue;
        }
        // What was changed after they had left is not shown to them.
        const bool left = !stays && talk.last_of(What::edited, place->message) != nullptr;
        if (!left && !is_excused(talk, hidden, *place, read.user)) {
            context.findings.add_at(
                "I1",
                Harm::none,
                entry,
                place_text(entry.seq) + " is void for " + context.user(read.user) +
                    ", who may see it"
            );
        }
    }
}

/// Nothing comes from whom one has blocked.
void check_blocked(Context& context, const Talk& talk, const Event& event, const Hidden& hidden) {
    const Place* place = talk.find(event.seq);
    if (place == nullptr || place->send == kNone || place->sender == talk.user_of(event)) {
        return;
    }
    const Send& send = context.sends.at(place->send);
    if (send.first_attempt == kNone ||
        !hidden.must_be_blocked(*place, talk.event(send.first_attempt).time)) {
        return;
    }
    context.findings.add_at(
        "I14",
        Harm::leaked,
        event,
        context.device(event.device) + " got " + place_text(event.seq) +
            " from somebody whom its user had blocked"
    );
}

}  // namespace

void check_voids(Context& context, const Talk& talk) {
    for (const CompleteRead& read : talk.reads()) {
        if (read.event != kNone && talk.event(read.event).final) {
            check_user(context, talk, read);
        }
    }
    std::map<std::uint32_t, Hidden> blockers;
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op == Op::block) {
            const std::uint32_t user = talk.user_of(event);
            blockers.try_emplace(user, talk, user);
        }
    }
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op == Op::recv && event.kind != Kind::hidden) {
            const auto hidden = blockers.find(talk.user_of(event));
            if (hidden != blockers.end()) {
                check_blocked(context, talk, event, hidden->second);
            }
        }
    }
}

}  // namespace parley::history
