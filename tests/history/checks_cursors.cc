// How far members are: I10, I11.

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

/// How far a member can be said to be: what its devices marked, and what it sent, which is reading.
struct Most {
    std::uint64_t delivered = 0;
    std::uint64_t read = 0;
};

class Receipts {
public:
    Receipts(Context& context, const Talk& talk) : context_(context), talk_(talk) {
        for (const Place& place : talk.places()) {
            Most& own = most_[place.sender];
            own.read = own.delivered = std::max(own.read, place.seq);
        }
    }

    void run() {
        for (const std::uint32_t index : talk_.events()) {
            const Event& event = talk_.event(index);
            if (event.op == Op::mark) {
                Most& most = most_[talk_.user_of(event)];
                most.delivered = std::max(most.delivered, event.seq);
                most.read = event.read ? std::max(most.read, event.seq) : most.read;
            } else if (event.op == Op::receipt) {
                check(event);
            }
        }
    }

private:
    void check(const Event& event) {
        const Most& most = most_[event.user];
        const std::uint64_t highest = event.read ? most.read : most.delivered;
        if (event.seq > highest) {
            context_.findings.add_at(
                "I10",
                Harm::none,
                event,
                context_.user(event.user) + " is said to be at " + place_text(event.seq) +
                    " and was at " + std::to_string(highest) + " at most"
            );
        }
        std::uint64_t& before = last_[{event.device, event.connection, event.user, event.read}];
        if (event.seq < before) {
            context_.findings.add_at(
                "I10",
                Harm::none,
                event,
                "a cursor of " + context_.user(event.user) + " went back to " +
                    place_text(event.seq)
            );
        }
        before = std::max(before, event.seq);
    }

    Context& context_;
    const Talk& talk_;
    std::map<std::uint32_t, Most> most_;  // by user
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool>, std::uint64_t>
        last_;  // by device, connection, user, read
};

/// The highest read cursor that was known of a member, by time.
class KnownRead {
public:
    void add(Duration time, std::uint64_t seq) {
        if (steps_.empty() || seq > steps_.back().second) {
            steps_.emplace_back(time, seq);
        }
    }
    [[nodiscard]] std::uint64_t before(Duration time) const {
        const auto after =
            std::ranges::lower_bound(steps_, time, {}, &std::pair<Duration, std::uint64_t>::first);
        return after == steps_.begin() ? 0 : std::prev(after)->second;
    }

private:
    std::vector<std::pair<Duration, std::uint64_t>> steps_;  // both ascending
};

struct Unread {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// How many messages stand beyond the cursor. What is void is not unread; when it became so is not known.
Unread unread_of(const Talk& talk, std::uint32_t user, const View& view) {
    Unread unread;
    const auto& places = talk.places();
    auto at = std::ranges::upper_bound(places, view.read, {}, &Place::seq);
    for (; at != places.end() && at->seq <= view.head; ++at) {
        if (at->kind != Kind::message || !talk.may_see(user, at->seq)) {
            continue;
        }
        ++unread.most;
        const bool always = !talk.fades(*at) && !talk.was_void(user, at->seq);
        unread.least += always ? 1 : 0;
    }
    // Who has left has nothing to read, for as long as they are away.
    return talk.was_away(user) ? Unread{0, unread.most} : unread;
}

}  // namespace

void check_receipts(Context& context, const Talk& talk) {
    Receipts{context, talk}.run();
}

void check_views(Context& context, const Talk& talk) {
    // What was known of a user's own read cursor, and when: an answer asked for later says no less.
    std::map<std::uint32_t, KnownRead> known;
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op == Op::receipt && event.read) {
            known[event.user].add(event.time, event.seq);
        } else if (event.op == Op::ack && event.kind == Kind::message) {  // sending is reading
            known[talk.user_of(event)].add(event.time, event.seq);
        }
        if (event.op != Op::view) {
            continue;
        }
        const View& view = talk.history().views.at(event.extra);
        if (view.read > view.delivered || view.delivered > view.head) {
            context.findings.add_at(
                "I10",
                Harm::none,
                event,
                "read " + std::to_string(view.read) + ", delivered " +
                    std::to_string(view.delivered) + ", head " + std::to_string(view.head)
            );
        }
        const auto [least, most] = unread_of(talk, talk.user_of(event), view);
        if (view.unread < least || view.unread > most) {
            context.findings.add_at(
                "I11",
                Harm::none,
                event,
                "unread is " + std::to_string(view.unread) + " with head " +
                    std::to_string(view.head) + " and read " + std::to_string(view.read) +
                    ", between which " + std::to_string(most) + " messages stand"
            );
        }
        const std::uint32_t own = talk.user_of(event);
        if (const std::uint64_t had = known[own].before(view.asked); had > view.read) {
            context.findings.add_at(
                "I10",
                Harm::none,
                event,
                context.user(own) + " had read " + std::to_string(had) + " and is back at " +
                    std::to_string(view.read)
            );
        }
        known[own].add(event.time, view.read);
    }
}

}  // namespace parley::history
