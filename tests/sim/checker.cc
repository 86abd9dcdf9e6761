#include "tests/sim/checker.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace parley::sim {
namespace {

/// A place in a conversation as a reader saw it.
struct Entry {
    std::uint64_t seq = 0;
    std::uint32_t message = 0;
    std::uint32_t sender = 0;
    std::uint64_t payload = 0;
    std::uint64_t send = 0;  // known to the sender's own devices
};

/// One client_id: what went out and what came back.
struct Send {
    std::uint32_t device = 0;
    std::uint32_t receiver = 0;
    std::uint64_t payload = 0;  // of the first transmit
    std::size_t first_transmit = 0;
    std::size_t last_transmit = 0;  // before the first answer
    std::uint64_t seen_before = 0;  // highest seq the device knew there at its first transmit
    std::size_t transmits = 0;
    std::size_t definite_refusals = 0;
    bool acked = false;
    std::uint32_t conversation = 0;  // of the first ack, like the two below
    std::uint64_t seq = 0;
    std::uint32_t message = 0;
    std::vector<Entry> other_acks;  // that differ from the first
    std::size_t first_ack = 0;
};

struct Placed {
    const Send* send = nullptr;
    std::uint64_t seq = 0;
};

constexpr std::ptrdiff_t kSendsRemembered = 128;
constexpr std::size_t kViolationsMax = 50;

using Place = std::pair<std::uint32_t, std::uint64_t>;   // conversation, seq
using Reader = std::pair<std::uint32_t, std::uint32_t>;  // user, conversation

std::string place_text(std::uint64_t seq) {
    return "seq " + std::to_string(seq);
}
std::string device_text(std::uint32_t device) {
    return "device " + std::to_string(device);
}
std::string send_text(std::uint64_t send) {
    return "send " + std::to_string(send >> 32U) + "-" + std::to_string(send & 0xFFFFFFFFU);
}

class Checker {
public:
    explicit Checker(const History& history) : history_(history) {}

    std::vector<Violation> run() {
        gather();
        find_members();
        check_reads_agree();
        check_dense();
        check_acked_present();
        check_one_message();
        check_order();
        check_refused();
        check_shown();
        check_pages();
        check_receipts();
        check_views();
        check_strangers();
        return std::move(found_);
    }

private:
    void report(const char* invariant, std::uint32_t conversation, std::string what) {
        add({.invariant = invariant, .conversation = conversation, .what = std::move(what), .at = 0}
        );
    }
    void report_at(const char* invariant, const HistoryEvent& event, std::string what) {
        add(
            {.invariant = invariant,
             .conversation = event.conversation,
             .what = std::move(what),
             .at = static_cast<std::size_t>(&event - history_.events.data()) + 1}
        );
    }
    void add(Violation violation) {
        if (found_.size() < kViolationsMax) {
            found_.push_back(std::move(violation));
        }
    }
    [[nodiscard]] const History::Device& device(const HistoryEvent& event) const {
        return history_.devices.at(event.device);
    }

    // --- what there is ----------------------------------------------------------------------------

    void gather() {
        for (std::size_t i = 0; i < history_.events.size(); ++i) {
            const HistoryEvent& event = history_.events[i];
            if (event.op == Op::transmit) {
                gather_transmit(event, i);
            } else if (event.op == Op::acked) {
                gather_ack(event, i);
            } else if (event.op == Op::refused && event.send != 0) {
                sends_[event.send].definite_refusals += event.definite ? 1 : 0;
            } else if (event.op == Op::received && event.source == Source::audit) {
                audits_[{device(event).user, event.conversation}].push_back(
                    {.seq = event.seq,
                     .message = event.message,
                     .sender = event.user,
                     .payload = event.payload,
                     .send = event.send}
                );
            }
        }
        // What there is in the end: the longest read of any auditor; that they agree is I2 and I3.
        for (const auto& [reader, entries] : audits_) {
            for (const Entry& entry : entries) {
                truth_[reader.second].emplace(entry.seq, entry);
                place_of_payload_.emplace(entry.payload, Place{reader.second, entry.seq});
            }
        }
    }

    void gather_transmit(const HistoryEvent& event, std::size_t index) {
        if (event.altered) {
            altered_payloads_.emplace(event.payload, event.send);
            return;
        }
        const auto [at, fresh] = sends_.try_emplace(event.send);
        Send& send = at->second;
        ++send.transmits;
        if (fresh) {
            send.device = event.device;
            send.receiver = event.user;
            send.payload = event.payload;
            send.first_transmit = index;
            send.seen_before = event.head;
            send_of_payload_.emplace(event.payload, event.send);
        }
        if (!send.acked) {
            send.last_transmit = index;
        }
    }

    void gather_ack(const HistoryEvent& event, std::size_t index) {
        if (event.altered) {
            altered_acks_.push_back(index);
            return;
        }
        Send& send = sends_[event.send];
        if (!send.acked) {
            send.acked = true;
            send.first_ack = index;
            send.conversation = event.conversation;
            send.seq = event.seq;
            send.message = event.message;
            return;
        }
        if (send.conversation != event.conversation) {
            report_at(
                "I4", event, send_text(event.send) + " was acknowledged in two conversations"
            );
        } else if (send.seq != event.seq || send.message != event.message) {
            send.other_acks.push_back({.seq = event.seq, .message = event.message});
        }
    }

    /// A conversation's members: who sent what is in it, and to whom.
    void find_members() {
        const auto add = [this](std::uint32_t conversation, const Send& send) {
            if (send.receiver == 0) {  // a stranger that sent to a conversation of others
                report(
                    "I14",
                    conversation,
                    device_text(send.device) + " could send to it and is no member"
                );
                return;
            }
            members_[conversation].insert(history_.devices.at(send.device).user);
            members_[conversation].insert(send.receiver);
        };
        for (const auto& [id, send] : sends_) {
            if (send.acked) {
                add(send.conversation, send);
            }
        }
        for (const auto& [conversation, entries] : truth_) {
            for (const auto& [seq, entry] : entries) {
                if (const auto id = send_of_payload_.find(entry.payload);
                    id != send_of_payload_.end()) {
                    add(conversation, sends_.at(id->second));
                }
            }
        }
    }

    // --- the invariants ---------------------------------------------------------------------------

    void check_reads_agree() {
        std::map<Place, Entry> seen;
        std::map<std::uint32_t, Place> place_of_message;
        const auto look = [&](std::uint32_t conversation, const Entry& entry) {
            const Place place{conversation, entry.seq};
            const auto [at, fresh] = seen.try_emplace(place, entry);
            const Entry& first = at->second;
            if (!fresh && (first.message != entry.message || first.payload != entry.payload ||
                           first.sender != entry.sender)) {
                report(
                    "I2",
                    conversation,
                    place_text(entry.seq) + " holds different messages for different readers"
                );
            }
            const auto [where, fresh_message] = place_of_message.try_emplace(entry.message, place);
            if (!fresh_message && where->second != place) {
                report(
                    "I2",
                    conversation,
                    "one message_id stands at " + place_text(entry.seq) + " and elsewhere"
                );
            }
        };
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::received) {
                look(
                    event.conversation,
                    {.seq = event.seq,
                     .message = event.message,
                     .sender = event.user,
                     .payload = event.payload,
                     .send = 0}
                );
            }
        }
        for (const auto& [id, send] : sends_) {
            if (send.acked) {
                look(
                    send.conversation,
                    {.seq = send.seq,
                     .message = send.message,
                     .sender = history_.devices.at(send.device).user,
                     .payload = send.payload,
                     .send = 0}
                );
            }
        }
    }

    void check_dense() {
        std::map<std::uint32_t, std::uint64_t> heads;
        for (const auto& [reader, entries] : audits_) {
            std::uint64_t expected = 1;
            for (const Entry& entry : entries) {
                if (entry.seq != expected) {
                    report(
                        "I3",
                        reader.second,
                        "user " + std::to_string(reader.first) + " reads " + place_text(entry.seq) +
                            " where " + std::to_string(expected) + " was due"
                    );
                    expected = entry.seq;
                }
                ++expected;
            }
            const auto [at, fresh] = heads.try_emplace(reader.second, expected - 1);
            if (!fresh && at->second != expected - 1) {
                report("I3", reader.second, "members read up to different places");
            }
        }
    }

    void check_acked_present() {
        for (const auto& [id, send] : sends_) {
            if (!send.acked) {
                continue;
            }
            for (const std::uint32_t user : members_[send.conversation]) {
                const auto audit = audits_.find({user, send.conversation});
                const bool there =
                    audit != audits_.end() &&
                    std::ranges::any_of(audit->second, [&, &want = send](const Entry& entry) {
                        return entry.seq == want.seq && entry.message == want.message;
                    });
                if (!there) {
                    report(
                        "I1",
                        send.conversation,
                        send_text(id) + " was acknowledged as " + place_text(send.seq) +
                            " and user " + std::to_string(user) + " cannot read it"
                    );
                }
            }
        }
    }

    /// The server remembers a send until its user has made so many later ones in the conversation.
    [[nodiscard]] bool was_forgotten(
        std::uint32_t conversation, std::uint32_t user, std::uint64_t one, std::uint64_t other
    ) {
        const auto between = [&](const auto& entry) {
            return entry.second.sender == user && entry.first > std::min(one, other) &&
                   entry.first < std::max(one, other);
        };
        return std::ranges::count_if(truth_[conversation], between) >= kSendsRemembered;
    }

    void check_one_message() {
        for (const auto& [id, send] : sends_) {
            for (const Entry& other : send.other_acks) {
                if (!was_forgotten(
                        send.conversation,
                        history_.devices.at(send.device).user,
                        send.seq,
                        other.seq
                    )) {
                    report(
                        "I4",
                        send.conversation,
                        send_text(id) + " was acknowledged as " + place_text(send.seq) +
                            " and as " + place_text(other.seq)
                    );
                }
            }
        }
        for (const std::size_t index : altered_acks_) {
            const HistoryEvent& ack = history_.events[index];
            if (!was_forgotten(ack.conversation, device(ack).user, sends_[ack.send].seq, ack.seq)) {
                report_at(
                    "I4", ack, send_text(ack.send) + " was acknowledged with another payload"
                );
            }
        }
        std::map<std::uint64_t, Place> by_payload;
        for (const auto& [conversation, entries] : truth_) {
            for (const auto& [seq, entry] : entries) {
                const auto [at, fresh] =
                    by_payload.try_emplace(entry.payload, Place{conversation, seq});
                const bool again =
                    !fresh && (at->second.first != conversation ||
                               !was_forgotten(conversation, entry.sender, at->second.second, seq));
                if (again) {
                    report(
                        "I4",
                        conversation,
                        place_text(seq) + " repeats " + place_text(at->second.second)
                    );
                }
                at->second = {conversation, seq};
                const auto altered = altered_payloads_.find(entry.payload);
                if (altered != altered_payloads_.end() &&
                    !was_forgotten(conversation, entry.sender, sends_[altered->second].seq, seq)) {
                    report(
                        "I4",
                        conversation,
                        place_text(seq) + " is another payload under a used client_id"
                    );
                }
            }
        }
    }

    void check_order() {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Placed>>
            by_device;  // and conversation
        for (const auto& [id, send] : sends_) {
            if (const auto at = place_of_payload_.find(send.payload);
                at != place_of_payload_.end()) {
                by_device[{send.device, at->second.first}].push_back(
                    {.send = &send, .seq = at->second.second}
                );
                if (at->second.second <= send.seen_before) {
                    report(
                        "I5",
                        at->second.first,
                        send_text(id) + " went out after its device saw " +
                            place_text(send.seen_before) + " and stands at " +
                            place_text(at->second.second)
                    );
                }
            }
        }
        for (const auto& [key, placed] : by_device) {
            check_order_of(key.first, key.second, placed);
        }
    }

    /// Of two sends the earlier stands first when it was answered before the other went out, or when it
    /// went out for the last time before the other on the same connection.
    void check_order_of(
        std::uint32_t from, std::uint32_t conversation, const std::vector<Placed>& sends
    ) {
        const auto check = [&](const Placed& later, std::uint64_t highest) {
            if (later.seq < highest) {
                report(
                    "I5",
                    conversation,
                    device_text(from) + ": " + place_text(later.seq) + " was sent after " +
                        place_text(highest)
                );
            }
        };
        std::vector<Placed> by_first = sends;
        std::ranges::sort(by_first, {}, [](const Placed& p) { return p.send->first_transmit; });
        std::vector<Placed> by_ack;
        std::ranges::copy_if(sends, std::back_inserter(by_ack), [](const Placed& p) {
            return p.send->acked;
        });
        std::ranges::sort(by_ack, {}, [](const Placed& p) { return p.send->first_ack; });
        std::vector<Placed> by_last = sends;
        std::ranges::sort(by_last, {}, [](const Placed& p) { return p.send->last_transmit; });
        std::size_t acks = 0;
        std::size_t lasts = 0;
        std::uint64_t highest_acked = 0;
        std::map<std::uint32_t, std::uint64_t> highest_on;  // by connection
        for (const Placed& later : by_first) {
            const std::size_t first = later.send->first_transmit;
            while (acks < by_ack.size() && by_ack[acks].send->first_ack < first) {
                highest_acked = std::max(highest_acked, by_ack[acks++].seq);
            }
            while (lasts < by_last.size() && by_last[lasts].send->last_transmit < first) {
                const Placed& earlier = by_last[lasts++];
                std::uint64_t& highest =
                    highest_on[history_.events[earlier.send->last_transmit].connection];
                highest = std::max(highest, earlier.seq);
            }
            check(later, highest_acked);
            check(later, highest_on[history_.events[first].connection]);
        }
    }

    void check_refused() {
        std::set<std::uint64_t> never;
        for (const auto& [id, send] : sends_) {
            if (send.transmits > 0 && send.definite_refusals >= send.transmits && !send.acked) {
                never.insert(send.payload);
            }
        }
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::received && never.contains(event.payload)) {
                report_at(
                    "I6",
                    event,
                    place_text(event.seq) + " was refused and is seen by " +
                        device_text(event.device)
                );
            }
        }
    }

    void check_shown() {
        std::map<std::pair<std::uint32_t, Place>, std::size_t> shown;
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::shown) {
                ++shown[{event.device, {event.conversation, event.seq}}];
            }
        }
        for (const auto& [conversation, entries] : truth_) {
            for (std::uint32_t at = 0; at < history_.devices.size(); ++at) {
                const History::Device& reader = history_.devices[at];
                if (reader.auditor || !members_[conversation].contains(reader.user)) {
                    continue;
                }
                for (const auto& [seq, entry] : entries) {
                    const auto count = shown.find({at, {conversation, seq}});
                    if (count == shown.end() || count->second != 1) {
                        report(
                            "I7",
                            conversation,
                            device_text(at) + " showed " + place_text(seq) + " " +
                                std::to_string(count == shown.end() ? 0 : count->second) + " times"
                        );
                    }
                }
            }
        }
    }

    void check_pages() {
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::hole) {
                report_at(
                    "I9",
                    event,
                    device_text(event.device) + " had " + std::to_string(event.head) + ", and " +
                        place_text(event.seq) + " came live"
                );
            }
            if (event.op != Op::page ||
                (event.count == 0 && event.consecutive && !event.has_more)) {
                continue;
            }
            // A sync may leave the older ones to `history` when it says so; nothing else may skip.
            const bool may_skip = event.source == Source::sync && event.has_more;
            const bool starts_well =
                may_skip ? event.seq > event.after : event.seq == event.after + 1;
            if (!event.consecutive || !starts_well || event.count == 0) {
                report_at(
                    "I8",
                    event,
                    device_text(event.device) + " asked for what comes after " +
                        std::to_string(event.after) + " and got " + std::to_string(event.count) +
                        " from " + place_text(event.seq)
                );
            }
        }
    }

    void check_receipts() {
        std::map<
            std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, bool>,
            std::uint64_t>
            last;
        std::map<Reader, std::uint64_t> may_be_read;
        std::map<Reader, std::uint64_t> may_be_delivered;
        for (const auto& [conversation, entries] : truth_) {
            for (const auto& [seq, entry] : entries) {  // sending is reading
                std::uint64_t& own = may_be_read[{entry.sender, conversation}];
                own = std::max(own, seq);
            }
        }
        may_be_delivered = may_be_read;
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::marked) {
                const Reader who{device(event).user, event.conversation};
                may_be_delivered[who] = std::max(may_be_delivered[who], event.seq);
                if (event.read) {
                    may_be_read[who] = std::max(may_be_read[who], event.seq);
                }
            } else if (event.op == Op::receipt) {
                const Reader who{event.user, event.conversation};
                const std::uint64_t most = event.read ? may_be_read[who] : may_be_delivered[who];
                if (event.seq > most) {
                    report_at(
                        "I10",
                        event,
                        "user " + std::to_string(event.user) + " is said to be at " +
                            place_text(event.seq) + " and was at " + std::to_string(most) +
                            " at most"
                    );
                }
                std::uint64_t& before = last[{
                    event.device, event.connection, event.conversation, event.user, event.read
                }];
                if (event.seq < before) {
                    report_at(
                        "I10",
                        event,
                        "a cursor of user " + std::to_string(event.user) + " went back to " +
                            place_text(event.seq)
                    );
                }
                before = std::max(before, event.seq);
            }
        }
    }

    void check_views() {
        // What was known of a user's own read cursor, and when: an answer asked for later says no less.
        std::map<Reader, std::vector<std::pair<Duration, std::uint64_t>>> known;
        for (const HistoryEvent& event : history_.events) {
            if (event.op == Op::receipt && event.read) {
                known[{event.user, event.conversation}].emplace_back(event.time, event.seq);
            } else if (event.op == Op::acked) {  // sending is reading
                known[{device(event).user, event.conversation}].emplace_back(event.time, event.seq);
            }
            if (event.op != Op::view) {
                continue;
            }
            if (event.read_seq > event.delivered_seq || event.delivered_seq > event.head) {
                report_at(
                    "I10",
                    event,
                    "read " + std::to_string(event.read_seq) + ", delivered " +
                        std::to_string(event.delivered_seq) + ", head " + std::to_string(event.head)
                );
            }
            if (event.unread != event.head - std::min(event.read_seq, event.head)) {
                report_at(
                    "I11",
                    event,
                    "unread is " + std::to_string(event.unread) + " with head " +
                        std::to_string(event.head) + " and read " + std::to_string(event.read_seq)
                );
            }
            const Reader own{device(event).user, event.conversation};
            for (const auto& [time, seq] : known[own]) {
                if (time < event.asked && seq > event.read_seq) {
                    report_at(
                        "I10",
                        event,
                        "user " + std::to_string(own.first) + " had read " + std::to_string(seq) +
                            " and is back at " + std::to_string(event.read_seq)
                    );
                    break;
                }
            }
            known[own].emplace_back(event.time, event.read_seq);
        }
    }

    void check_strangers() {
        for (const HistoryEvent& event : history_.events) {
            const bool shows =
                event.op == Op::received || event.op == Op::receipt || event.op == Op::view;
            // An empty conversation has nobody's message yet to tell its members by.
            const auto members = members_.find(event.conversation);
            if (shows && members != members_.end() &&
                !members->second.contains(device(event).user)) {
                report_at("I14", event, device_text(event.device) + " sees it and is no member");
            }
            if (event.op == Op::receipt && members != members_.end() &&
                !members->second.contains(event.user)) {
                report_at(
                    "I14",
                    event,
                    "user " + std::to_string(event.user) + " has a cursor and is no member"
                );
            }
        }
    }

    const History& history_;
    std::map<std::uint64_t, Send> sends_;
    std::vector<std::size_t> altered_acks_;  // of another payload under a used client_id
    std::map<std::uint64_t, std::uint64_t>
        altered_payloads_;  // to the send whose client_id they used
    std::map<std::uint64_t, std::uint64_t> send_of_payload_;
    std::map<Reader, std::vector<Entry>> audits_;
    std::map<std::uint32_t, std::map<std::uint64_t, Entry>> truth_;  // by conversation, seq
    std::map<std::uint64_t, Place> place_of_payload_;
    std::map<std::uint32_t, std::set<std::uint32_t>> members_;
    std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> check(const History& history) {
    return Checker{history}.run();
}

std::vector<std::string> last_events(
    const History& history, std::uint32_t conversation, std::size_t count, std::size_t end
) {
    std::vector<std::string> lines;
    for (std::size_t i = end == 0 ? history.events.size() : end; i > 0 && lines.size() < count;
         --i) {
        const HistoryEvent& event = history.events[i - 1];
        if (conversation == 0 || event.conversation == conversation || event.op == Op::note) {
            lines.push_back(to_string(event));
        }
    }
    std::ranges::reverse(lines);
    return lines;
}

}  // namespace parley::sim
