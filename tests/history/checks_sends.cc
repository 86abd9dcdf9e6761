// One send, one message, in order: I4, I5.

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

/// The server remembers a send until its user has made so many later ones in the conversation.
constexpr std::ptrdiff_t kSendsRemembered = 128;

/// Where each sender's messages stand.
class Memory {
public:
    explicit Memory(const Talk& talk) : talk_(talk) {}

    /// May a send of the user that stands at one place have been unknown at the other?
    [[nodiscard]] bool was_forgotten(std::uint32_t user, std::uint64_t one, std::uint64_t other) {
        if (places_.empty()) {  // seldom needed
            for (const Place& place : talk_.places()) {
                places_.emplace_back(place.sender, place.seq);
            }
            std::ranges::sort(places_);
        }
        const auto after = std::ranges::upper_bound(places_, std::pair{user, std::min(one, other)});
        const auto before =
            std::ranges::lower_bound(places_, std::pair{user, std::max(one, other)});
        return before - after >= kSendsRemembered;
    }

private:
    const Talk& talk_;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> places_;
};

void check_acks(Context& context, const Talk& talk, Memory& memory) {
    for (const std::uint32_t index : talk.events()) {
        const Event& event = talk.event(index);
        if (event.op != Op::ack) {
            continue;
        }
        const std::uint32_t number = context.sends.find(event.send);
        const Send& send = context.sends.at(number);
        if (send.attempts == 0) {
            context.findings.add_at(
                "I4", Harm::none, event, context.send(number) + " was acknowledged and never sent"
            );
            continue;
        }
        const bool same = event.conversation == send.conversation && event.seq == send.seq &&
                          event.message == send.message;
        if (event.altered) {
            if (!memory.was_forgotten(talk.user_of(event), send.seq, event.seq)) {
                context.findings.add_at(
                    "I4",
                    Harm::none,
                    event,
                    context.send(number) + " was acknowledged with another payload"
                );
            }
        } else if (event.conversation != send.conversation) {
            context.findings.add_at(
                "I4",
                Harm::doubled,
                event,
                context.send(number) + " was acknowledged in two conversations"
            );
        } else if (!same && !memory.was_forgotten(talk.user_of(event), send.seq, event.seq)) {
            context.findings.add_at(
                "I4",
                Harm::none,
                event,
                context.send(number) + " was acknowledged as " + place_text(send.seq) + " and as " +
                    place_text(event.seq)
            );
        }
    }
}

void check_altered_place(Context& context, const Talk& talk, const Place& place, Memory& memory) {
    const Send& send = context.sends.at(place.send);
    if (send.conversation != talk.number() ||
        !memory.was_forgotten(place.sender, send.seq, place.seq)) {
        context.findings.add_at(
            "I4",
            Harm::none,
            talk.event(place.first),
            place_text(place.seq) + " is another payload under a used client_id"
        );
    }
}

void check_places(Context& context, const Talk& talk, Memory& memory) {
    std::map<std::uint32_t, std::uint64_t> last;  // of the few sends that stand twice: where
    for (const Place& place : talk.places()) {
        if (place.send == kNone) {
            continue;
        }
        if (place.altered) {
            check_altered_place(context, talk, place, memory);
            continue;
        }
        const Send& send = context.sends.at(place.send);
        if (send.placed_in == talk.number() && send.place == place.seq) {
            continue;
        }
        const auto [before, first] = last.try_emplace(place.send, send.place);
        if (send.placed_in != talk.number() ||
            !memory.was_forgotten(place.sender, before->second, place.seq)) {
            context.findings.add_at(
                "I4",
                Harm::doubled,
                talk.event(place.first),
                place_text(place.seq) + " repeats " +
                    (send.placed_in == talk.number() ? place_text(before->second)
                                                     : "what stands in another conversation")
            );
        }
        before->second = place.seq;
    }
}

/// The sends of one device that stand in a conversation: of two, the earlier stands first when it was answered
/// before the other went out, or when it went out for the last time before the other on the same connection.
class DeviceOrder {
public:
    DeviceOrder(Context& context, const Talk& talk, std::vector<const Send*> sends)
        : context_(context),
          talk_(talk),
          by_first_(std::move(sends)),
          by_ack_(by_first_),
          by_last_(by_first_) {
        std::ranges::sort(by_first_, {}, &Send::first_attempt);
        std::ranges::sort(by_ack_, {}, &Send::first_ack);  // those without one come last
        std::ranges::sort(by_last_, {}, &Send::last_attempt);
    }

    void run() {
        std::size_t acks = 0;
        std::size_t lasts = 0;
        std::uint64_t highest_acked = 0;
        // By connection. Edits keep an order of their own: their messages have to be found first.
        std::map<std::pair<std::uint32_t, Kind>, std::uint64_t> highest_on;
        for (const Send* const later : by_first_) {
            const std::uint32_t first = later->first_attempt;
            while (acks < by_ack_.size() && by_ack_[acks]->first_ack < first) {
                highest_acked = std::max(highest_acked, by_ack_[acks++]->place);
            }
            while (lasts < by_last_.size() && by_last_[lasts]->last_attempt < first) {
                const Send& earlier = *by_last_[lasts++];
                std::uint64_t& highest = highest_on[{
                    context_.history.events[earlier.last_attempt].connection, kind_of(earlier)
                }];
                highest = std::max(highest, earlier.place);
            }
            compare(*later, highest_acked);
            const std::uint32_t connection = context_.history.events[first].connection;
            if (connection != 0) {
                compare(*later, highest_on[{connection, kind_of(*later)}]);
            }
        }
    }

private:
    [[nodiscard]] Kind kind_of(const Send& send) const { return talk_.find(send.place)->kind; }

    void compare(const Send& later, std::uint64_t highest) {
        if (later.place < highest) {
            context_.findings.add_at(
                "I5",
                Harm::out_of_order,
                talk_.event(talk_.find(later.place)->first),
                context_.device(later.device) + ": " + place_text(later.place) +
                    " was sent after " + place_text(highest)
            );
        }
    }

    Context& context_;
    const Talk& talk_;
    std::vector<const Send*> by_first_;
    std::vector<const Send*> by_ack_;
    std::vector<const Send*> by_last_;
};

}  // namespace

void check_idempotent(Context& context, const Talk& talk) {
    Memory memory{talk};
    check_acks(context, talk, memory);
    check_places(context, talk, memory);
}

void check_send_order(Context& context, const Talk& talk) {
    std::vector<const Send*> sends;
    for (const std::uint32_t index : talk.placed()) {
        const Send& send = context.sends.at(index);
        if (send.attempts == 0 || send.refused()) {
            continue;  // that it is seen at all is told elsewhere
        }
        sends.push_back(&send);
        if (send.place <= send.seen_before) {
            context.findings.add_at(
                "I5",
                Harm::out_of_order,
                talk.event(talk.find(send.place)->first),
                context.send(index) + " went out after its device saw " +
                    place_text(send.seen_before) + " and stands at " + place_text(send.place)
            );
        }
    }
    std::ranges::sort(sends, {}, &Send::device);
    for (auto begin = sends.begin(); begin != sends.end();) {
        const auto end = std::ranges::find_if(begin, sends.end(), [begin](const Send* send) {
            return send->device != (*begin)->device;
        });
        DeviceOrder{context, talk, {begin, end}}.run();
        begin = end;
    }
}

}  // namespace parley::history
