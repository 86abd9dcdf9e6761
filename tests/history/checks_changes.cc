// What messages have become, and what devices make of it: I7, I11, I12.

#include <algorithm>
#include <map>
#include <set>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

using Reactions = std::set<std::pair<std::uint32_t, std::uint32_t>>;  // emoji, user

/// What a message is for one reader, by the log.
struct Now {
    const Place* place = nullptr;
    std::uint64_t hash = 0;
    bool edited = false;
    bool gone = false;
    Reactions reactions;
};

/// Whose account ended: with the name go the reactions.
bool has_ended(const History& history, std::uint32_t user) {
    return std::ranges::any_of(history.devices, [user](const Device& device) {
        return device.user == user && device.role == Role::ended;
    });
}

/// Plays the log to one user.
class Replay {
public:
    Replay(const Talk& talk, std::uint32_t user, bool stays)
        : talk_(talk), user_(user), stays_(stays) {
        for (const Place& place : talk.places()) {
            if (place.kind == Kind::message) {
                now_[place.message] = {.place = &place, .hash = place.hash};
            } else if (place.kind == Kind::event) {
                take(place);
            }
        }
    }
    [[nodiscard]] const Now* find(std::uint32_t message) const {
        const auto at = now_.find(message);
        return at == now_.end() ? nullptr : &at->second;
    }

private:
    void take(const Place& place) {
        const Detail& detail = talk_.detail_of(place);
        const auto at = now_.find(detail.target);
        if (at == now_.end()) {
            return;
        }
        Now& now = at->second;
        if (detail.what == What::deleted) {
            now.gone = true;
            return;
        }
        const bool visible = talk_.may_see(user_, place.seq);
        if (!visible && !stays_) {
            return;  // after they had left
        }
        if (visible && talk_.was_void(user_, place.seq)) {
            return;  // hidden by a block, or erased with its message
        }
        if (detail.what == What::edited) {
            now.hash = place.hash;
            now.edited = true;
        } else if (detail.what == What::reaction && has_ended(talk_.history(), place.sender)) {
            return;
        } else if (detail.what == What::reaction && detail.off) {
            now.reactions.erase({detail.word, place.sender});
        } else if (detail.what == What::reaction) {
            now.reactions.insert({detail.word, place.sender});
        }
    }

    const Talk& talk_;
    const std::uint32_t user_;
    const bool stays_;
    std::map<std::uint32_t, Now> now_;
};

/// Why what was read is not what the log makes of the message; empty when it is.
std::string difference(
    const History& history, const Now& now, const Event& read, const Detail& detail, bool stays
) {
    if (detail.gone != now.gone) {
        return now.gone ? "is deleted, and can be read"
                        : "is said to be deleted, and nobody did it";
    }
    if (now.gone) {
        return detail.reactions.empty() && read.hash == 0 ? ""
                                                          : "is deleted, and something is left";
    }
    // What was never edited is another check's question.
    const bool edited = detail.edited || now.edited;
    if (edited && (read.hash != now.hash || detail.edited != now.edited)) {
        return "does not say what its last edit made of it";
    }
    Reactions reactions(detail.reactions.begin(), detail.reactions.end());
    std::erase_if(reactions, [&](const auto& one) { return has_ended(history, one.second); });
    if (stays ? reactions != now.reactions : !std::ranges::includes(now.reactions, reactions)) {
        return "does not have the reactions that it was given";
    }
    return {};
}

void check_read(Context& context, const Talk& talk, const CompleteRead& read) {
    const bool stays = talk.stays(read.user) || talk.members().empty();
    const Replay replay{talk, read.user, stays};
    for (const std::uint32_t index : talk.entries(read)) {
        const Event& entry = talk.event(index);
        const Now* now = entry.kind == Kind::message ? replay.find(entry.message) : nullptr;
        if (now == nullptr || now->place->changed) {
            continue;
        }
        const Detail& detail = talk.history().detail_of(entry);
        const std::string what = difference(talk.history(), *now, entry, detail, stays);
        if (!what.empty()) {
            context.findings.add_at(
                "I12",
                Harm::none,
                entry,
                place_text(entry.seq) + " " + what + " (" + context.user(read.user) + ")"
            );
        }
    }
}

/// Only who wrote a message edits it; what is changed is there.
void check_author(Context& context, const Talk& talk, const Place& place) {
    const Detail& detail = talk.detail_of(place);
    if (place.kind != Kind::event || detail.target == 0) {
        return;
    }
    const auto& [conversation, seq] = context.place_of_message.at(detail.target);
    const Place* target = conversation == talk.number() ? talk.find(seq) : nullptr;
    if (target == nullptr || target->kind != Kind::message) {
        return;  // nobody has seen it
    }
    if (detail.what == What::edited && target->sender != place.sender) {
        context.findings.add_at(
            "I12",
            Harm::none,
            talk.event(place.first),
            context.user(place.sender) + " could edit what " + context.user(target->sender) +
                " wrote"
        );
    }
    if (target->seq > place.seq) {
        context.findings.add_at(
            "I12", Harm::none, talk.event(place.first), "a message is changed before it is there"
        );
    }
}

}  // namespace

void check_changes(Context& context, const Talk& talk) {
    for (const CompleteRead& read : talk.reads()) {
        if (read.event != kNone && talk.event(read.event).final) {
            check_read(context, talk, read);
        }
    }
    for (const Place& place : talk.places()) {
        check_author(context, talk, place);
    }
}

void check_holds(Context& context, const Talk& talk) {
    std::map<std::uint32_t, const Event*> first;  // by user: what its first device holds
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op != Op::hold) {
            continue;
        }
        const auto [at, fresh] = first.try_emplace(talk.user_of(event), &event);
        const View& one = talk.history().views.at(at->second->extra);
        const View& other = talk.history().views.at(event.extra);
        const auto differ = [&](std::string_view invariant, std::string_view what) {
            context.findings.add_at(
                invariant,
                Harm::none,
                event,
                context.device(event.device) + " and " + context.device(at->second->device) +
                    " end with different " + std::string{what}
            );
        };
        if (one.head != other.head) {
            differ("I7", "places");
        }
        if (one.read != other.read || one.unread != other.unread) {
            differ("I11", "unread counts");
        }
        if (one.own != other.own) {
            differ("I11", "settings");
        }
        if (one.contents != other.contents) {
            differ("I12", "contents");
        }
    }
}

}  // namespace parley::history
