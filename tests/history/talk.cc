#include "tests/history/talk.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::history {
namespace {

auto by_seq(const Sighting& sighting) {
    return std::tie(sighting.seq, sighting.event);
}

}  // namespace

Talk::Talk(
    const History& history,
    Sends& sends,
    std::uint32_t number,
    std::span<const std::uint32_t> events,
    std::span<const std::uint32_t> acked
)
    : history_(history),
      sends_(sends),
      number_(number),
      events_(events),
      acked_(acked.begin(), acked.end()) {
    std::ranges::sort(acked_, {}, [&](std::uint32_t index) { return sends_.at(index).seq; });
    gather_sightings();
    make_places();
    place_sends();
    for (const Place& place : places_) {
        if (detail_of(place).what == What::settings && detail_of(place).fades) {
            fades_from_ = std::min(fades_from_, place.seq);
        }
    }
    gather_reads();
    gather_voids();
    find_members();
}

void Talk::gather_sightings() {
    for (const std::uint32_t index : events_) {
        const Event& event = history_.events[index];
        const bool first_ack = event.op == Op::ack && !event.altered &&
                               sends_.at(sends_.find(event.send)).first_ack == index;
        if (event.op == Op::recv || first_ack) {
            sightings_.push_back({.seq = event.seq, .event = index});
        }
    }
    std::ranges::sort(sightings_, {}, by_seq);
}

void Talk::make_places() {
    for (std::uint32_t begin = 0; begin < sightings_.size();) {
        std::uint32_t end = begin + 1;
        while (end < sightings_.size() && sightings_[end].seq == sightings_[begin].seq) {
            ++end;
        }
        places_.push_back(make_place(begin, end));
        begin = end;
    }
}

Place Talk::make_place(std::uint32_t begin, std::uint32_t end) const {
    Place place{
        .seq = sightings_[begin].seq, .first = sightings_[begin].event, .begin = begin, .end = end
    };
    for (std::uint32_t i = begin; i < end; ++i) {
        const Event& seen = event(sightings_[i].event);
        place.audited = place.audited || (seen.op == Op::recv && seen.source == Source::audit);
        if (seen.op == Op::ack && place.send == kNone) {
            place.send = sends_.find(seen.send);
        }
        if (seen.kind == Kind::hidden) {
            continue;
        }
        const Detail& detail = history_.detail_of(seen);
        const bool changed = detail.edited || detail.gone;
        if (place.detail == 0 && seen.op == Op::recv && !changed) {
            place.detail = seen.extra;
        }
        // What it said first counts: later sightings may be of an edited message.
        if (place.kind != Kind::hidden && (!place.changed || changed)) {
            continue;
        }
        place.changed = changed;
        place.kind = seen.kind;
        place.message = seen.message;
        place.sender = seen.op == Op::ack ? user_of(seen) : seen.user;
        place.hash = seen.op == Op::ack ? sends_.at(sends_.find(seen.send)).hash : seen.hash;
    }
    const bool says =
        place.kind == Kind::message ? !place.changed : detail_of(place).what == What::edited;
    if (place.send == kNone && says) {
        if (const auto* const content = sends_.find(place.sender, place.hash); content != nullptr) {
            place.send = content->send;
            place.altered = content->altered;
        }
    }
    return place;
}

void Talk::place_sends() {
    for (const Place& place : places_) {
        if (place.send == kNone || place.altered) {
            continue;
        }
        Send& send = sends_.at(place.send);
        if (send.placed_in == 0 && (!send.acked() || send.conversation == number_)) {
            send.placed_in = number_;
            send.place = place.seq;
            placed_.push_back(place.send);
        }
    }
}

/// What a device received as audit belongs to its next `read`.
void Talk::gather_reads() {
    for (const std::uint32_t index : events_) {
        const Event& event = history_.events[index];
        if (event.op == Op::read || (event.op == Op::recv && event.source == Source::audit)) {
            entries_.push_back(index);
        }
    }
    std::ranges::sort(entries_, {}, [this](std::uint32_t index) {
        return std::pair{event(index).device, index};
    });
    std::uint32_t begin = 0;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        const Event& here = event(entries_[i]);
        const bool ends = here.op == Op::read;
        const bool is_last =
            i + 1 == entries_.size() || event(entries_[i + 1]).device != here.device;
        if (!ends && !is_last) {
            continue;
        }
        reads_.push_back(
            {.device = here.device,
             .user = user_of(here),
             .event = ends ? entries_[i] : kNone,
             .begin = begin,
             .end = ends ? i : i + 1}
        );
        begin = i + 1;
    }
    base_ = kForEver;
    for (const CompleteRead& read : reads_) {
        base_ = std::min(base_, read.event == kNone ? 0 : event(read.event).cur);
    }
    base_ = base_ == kForEver ? 0 : base_;
}

void Talk::find_members() {
    for (const std::uint32_t index : events_) {
        const Event& event = history_.events[index];
        if (event.op == Op::member) {
            members_.push_back(
                {.user = event.user,
                 .from = std::max<std::uint64_t>(event.seq, 1),
                 .until = event.cur == 0 ? kForEver : event.cur}
            );
        }
    }
    if (members_.empty()) {
        derive_members();
        is_group_ = !members_.empty();
    }
    if (members_.empty()) {
        infer_members();
    }
    std::ranges::sort(members_, {}, [](const Member& m) { return std::tie(m.user, m.from); });
    const auto again = std::ranges::unique(members_, [](const Member& a, const Member& b) {
        return a.user == b.user && a.from == b.from && a.until == b.until;
    });
    members_.erase(again.begin(), again.end());
}

/// Who sent what is in it, and to whom; one who sent into it without a receiver is a stranger.
void Talk::infer_members() {
    const auto add = [this](std::uint32_t index) {
        const Send& send = sends_.at(index);
        if (send.receiver != 0) {
            members_.push_back({.user = history_.devices[send.device].user});
            members_.push_back({.user = send.receiver});
        }
    };
    std::ranges::for_each(acked_, add);
    std::ranges::for_each(placed_, add);
}

/// A group's own events say who is in it, and from where to where.
void Talk::derive_members() {
    const bool all = std::ranges::any_of(events_, [this](std::uint32_t index) {
        const Event& event = history_.events[index];
        return event.op == Op::view && history_.views.at(event.extra).all;
    });
    const auto join = [&](std::uint32_t user, std::uint64_t seq) {
        members_.push_back({.user = user, .from = all ? 1 : seq});
    };
    const auto leave = [&](std::uint32_t user, std::uint64_t seq) {
        for (Member& member : members_) {
            if (member.until == kForEver && (user == 0 || member.user == user)) {
                member.until = seq;
            }
        }
    };
    for (const Place& place : places_) {
        const Detail& detail = detail_of(place);
        if (detail.what == What::created) {
            for (const std::uint32_t user : detail.users) {
                join(user, place.seq);
            }
        } else if (detail.what == What::added) {
            join(detail.user, place.seq);
        } else if (detail.what == What::removed) {
            leave(detail.user, place.seq);
        } else if (detail.what == What::ended) {
            leave(0, place.seq);
        }
    }
}

void Talk::gather_voids() {
    for (const std::uint32_t index : events_) {
        const Event& event = history_.events[index];
        if ((event.op == Op::recv && event.kind == Kind::hidden) || event.op == Op::hide) {
            voids_.emplace_back(user_of(event), event.seq);
        }
    }
    std::ranges::sort(voids_);
}

bool Talk::was_void(std::uint32_t user, std::uint64_t seq) const noexcept {
    return std::ranges::binary_search(voids_, std::pair{user, seq});
}

const Place* Talk::last_of(What what, std::uint32_t message) const noexcept {
    const Place* last = nullptr;
    for (const Place& place : places_) {
        const Detail& detail = detail_of(place);
        if (detail.what == what && detail.target == message) {
            last = &place;
        }
    }
    return last;
}

bool Talk::was_away(std::uint32_t user) const noexcept {
    return std::ranges::any_of(members_, [user](const Member& member) {
        return member.user == user && member.until != kForEver;
    });
}

std::uint64_t Talk::first_readable(std::uint32_t user) const noexcept {
    std::uint64_t first = kForEver;
    for (const Member& member : members_) {
        first = member.user == user ? std::min(first, member.from) : first;
    }
    return first == kForEver ? 1 : first;
}

const Place* Talk::find(std::uint64_t seq) const noexcept {
    const auto at = std::ranges::lower_bound(places_, seq, {}, &Place::seq);
    return at != places_.end() && at->seq == seq ? &*at : nullptr;
}

bool Talk::is_member(std::uint32_t user) const noexcept {
    return std::ranges::binary_search(members_, user, {}, &Member::user);
}

bool Talk::may_see(std::uint32_t user, std::uint64_t seq) const noexcept {
    const auto of_user = std::ranges::equal_range(members_, user, {}, &Member::user);
    return std::ranges::any_of(of_user, [seq](const Member& member) {
        return member.from <= seq && seq <= member.until;
    });
}

}  // namespace parley::history
