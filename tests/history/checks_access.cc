// Who may: I14, I17.

#include <algorithm>
#include <map>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

void check_sender(Context& context, const Talk& talk, const Send& send, std::uint64_t seq) {
    const std::uint32_t user = talk.history().devices[send.device].user;
    if (send.attempts > 0 && !talk.may_see(user, seq)) {
        context.findings.add_at(
            "I14",
            Harm::leaked,
            talk.event(talk.find(seq)->first),
            context.device(send.device) + " could send to it and is no member"
        );
    }
}

/// It shows what was done to a message that the user may not see: an edit has all of its text.
bool shows_other_time(const Context& context, const Talk& talk, const Event& event) {
    const Detail& detail = talk.history().detail_of(event);
    if (event.kind != Kind::event || detail.target == 0) {
        return false;
    }
    const auto& [conversation, seq] = context.place_of_message.at(detail.target);
    return conversation == talk.number() && seq != 0 && !talk.may_see(talk.user_of(event), seq);
}

void check_seen(Context& context, const Talk& talk, const Event& event) {
    const std::uint32_t user = talk.user_of(event);
    const bool shows_place = event.op == Op::recv && event.kind != Kind::hidden;
    const bool allowed = shows_place ? talk.may_see(user, event.seq) : talk.is_member(user);
    if (!allowed) {
        context.findings.add_at(
            "I14",
            Harm::leaked,
            event,
            context.device(event.device) + (talk.is_member(user)
                                                ? " sees what lies outside its membership"
                                                : " sees it and is no member")
        );
    }
    if (shows_place && allowed && shows_other_time(context, talk, event)) {
        context.findings.add_at(
            "I14",
            Harm::leaked,
            event,
            context.device(event.device) + " sees what is done to a message outside its membership"
        );
    }
    if (event.op == Op::receipt && !talk.is_member(event.user)) {
        context.findings.add_at(
            "I14", Harm::leaked, event, context.user(event.user) + " has a cursor and is no member"
        );
    }
}

/// One family of refresh tokens.
struct Family {
    std::map<std::uint64_t, std::uint64_t> successors;  // by token
    std::map<std::uint64_t, Duration> used;             // by token: when its successor came
    Duration dead = Duration::max();                    // since when
};

void check_refresh(Context& context, const Event& event, const Refresh& refresh, Family& family) {
    const auto report = [&](std::string what) {
        context.findings.add_at(
            "I17",
            Harm::none,
            event,
            "family " + std::string{context.history.families.name(refresh.family)} + ": " +
                std::move(what)
        );
    };
    const auto successor = family.successors.find(refresh.token);
    const bool was_used = successor != family.successors.end();
    // Was the successor used before this was asked? Then the token is stolen, or its owner is late.
    const auto next = was_used ? family.used.find(successor->second) : family.used.end();
    const bool is_reuse = next != family.used.end() && next->second < refresh.asked;
    if (refresh.successor == 0) {
        if (is_reuse && refresh.definite) {
            family.dead = std::min(family.dead, event.time);
        }
        return;
    }
    if (family.dead < refresh.asked) {
        report("a token was refreshed after the family was dead");
    }
    if (is_reuse) {
        report("a token was used again after its successor was");
    } else if (was_used && successor->second != refresh.successor) {
        report("one token has two successors");
    }
    family.successors.try_emplace(refresh.token, refresh.successor);
    family.used.try_emplace(refresh.token, event.time);
}

}  // namespace

void check_access(Context& context, const Talk& talk) {
    // An empty conversation has nobody's message yet to tell its members by.
    const bool known = !talk.members().empty();
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (known && (event.op == Op::recv || event.op == Op::receipt || event.op == Op::view)) {
            check_seen(context, talk, event);
        }
    }
    for (const std::uint32_t index : talk.acked()) {
        const Send& send = context.sends.at(index);
        check_sender(context, talk, send, send.seq);
    }
    for (const std::uint32_t index : talk.placed()) {
        const Send& send = context.sends.at(index);
        if (!send.acked()) {
            check_sender(context, talk, send, send.place);
        }
    }
}

void check_refreshes(Context& context) {
    std::map<std::uint32_t, Family> families;
    for (const Event& event : context.history.events) {
        if (event.op == Op::refresh) {
            const Refresh& refresh = context.history.refreshes.at(event.extra);
            check_refresh(context, event, refresh, families[refresh.family]);
        }
    }
}

}  // namespace parley::history
