#include "bench/audit.h"

#include <algorithm>
#include <array>

namespace parley::bench {
namespace {

/// One pair's audit while it runs.
class PairAudit {
public:
    PairAudit(
        const Ledger& first,
        const Ledger& second,
        const History& history,
        std::string name,
        bool others
    )
        : ledgers_{&first, &second}, history_(history), name_(std::move(name)), others_(others) {}

    AuditCounts run() {
        counts_.conversations = 1;
        for (const Ledger* ledger : ledgers_) {
            take_counts(*ledger);
        }
        check_seqs();
        check_ids();
        for (std::size_t side = 0; side < 2; ++side) {
            index(side);
            check_sends(side);
            check_shown(side);
        }
        return std::move(counts_);
    }

    AuditCounts run_live(bool seqs_are_counts) {
        counts_.conversations = 1;
        for (std::size_t side = 0; side < 2; ++side) {
            take_counts(*ledgers_[side]);
            if (seqs_are_counts) {
                check_relayed(side);
            }
        }
        return std::move(counts_);
    }

private:
    void note(std::uint64_t& count, const std::string& what) {
        ++count;
        if (counts_.problems.size() < AuditCounts::kProblemsMax) {
            counts_.problems.push_back(name_ + ": " + what);
        }
    }

    [[nodiscard]] std::string message(std::size_t side, std::uint64_t number) const {
        return "message " + std::to_string(number) +
               (side == 0 ? " of the first" : " of the second");
    }
    static std::string at(std::uint64_t seq) { return " at seq " + std::to_string(seq); }

    /// Whose message it is, seen from outside; the pair's second member is side 1.
    static std::size_t side_of(Author author) { return author == Author::self ? 0 : 1; }

    void take_counts(const Ledger& ledger) {
        const LedgerCounts& seen = ledger.counts();
        counts_.attempted += ledger.sends().size();
        counts_.acknowledged += seen.acked;
        counts_.refused += seen.refused;
        counts_.delivered += seen.received;
        counts_.repeated += seen.repeated;
        counts_.gaps += seen.gaps;
        for (std::uint64_t i = 0; i < seen.out_of_order; ++i) {
            note(counts_.out_of_order, "pushed after a later one");
        }
        for (std::uint64_t i = 0; i < seen.doubled; ++i) {
            note(counts_.doubled, "one send, two different answers");
        }
    }

    /// 1, 2, 3 … : each exactly once, in order.
    void check_seqs() {
        std::uint64_t last = history_.after;
        for (const Event& event : history_.events) {
            if (event.seq == last) {
                note(counts_.doubled, "twice" + at(event.seq));
            } else if (event.seq < last) {
                note(counts_.out_of_order, "history goes back to" + at(event.seq));
            } else if (event.seq > last + 1) {
                note(counts_.holes, "nothing" + at(last + 1));
                counts_.holes += event.seq - last - 2;
            }
            last = std::max(last, event.seq);
        }
    }

    void check_ids() {
        std::vector<Uuid> ids;
        ids.reserve(history_.events.size());
        for (const Event& event : history_.events) {
            if (!event.message.is_nil()) {
                ids.push_back(event.message);
            }
        }
        std::ranges::sort(ids);
        for (auto same = std::ranges::adjacent_find(ids); same != ids.end();
             same = std::adjacent_find(same + 1, ids.end())) {
            note(counts_.doubled, "two events with the id " + to_string(*same));
        }
    }

    /// Where each of a side's messages stands; checks what can be seen on the way.
    void index(std::size_t side) {
        const Ledger& ledger = *ledgers_[side];
        places_.assign(ledger.sends().size() + 1, nullptr);
        std::uint32_t last = 0;
        for (const Event& event : history_.events) {
            if (event.author == Author::other) {
                if (others_) {
                    check_came(side, event);
                } else if (side == 0 && !event.message.is_nil()) {
                    note(counts_.foreign, "from someone else" + at(event.seq));
                }
                continue;
            }
            if (side_of(event.author) != side || event.number == 0) {
                continue;
            }
            if (event.number >= places_.size()) {
                note(
                    counts_.foreign, message(side, event.number) + " was never sent" + at(event.seq)
                );
                continue;
            }
            place(side, event, last);
        }
    }

    /// What a third member has sent.
    void check_came(std::size_t side, const Event& event) {
        if (!ledgers_[side]->seen().contains(event.seq)) {
            note(counts_.undelivered, "another's message never came" + at(event.seq));
        }
    }

    void place(std::size_t side, const Event& event, std::uint32_t& last) {
        const Event*& slot = places_[event.number];
        if (slot != nullptr) {
            if (slot->seq != event.seq) {  // the same seq twice has been told already
                note(
                    counts_.doubled,
                    message(side, event.number) + at(slot->seq) + " and" + at(event.seq)
                );
            }
            return;
        }
        slot = &event;
        if (event.number < last && !ledgers_[side]->send(event.number).retried) {
            note(
                counts_.out_of_order,
                message(side, event.number) + " stands behind " + std::to_string(last) +
                    at(event.seq)
            );
        }
        last = std::max(last, event.number);
    }

    void check_sends(std::size_t side) {
        const std::vector<Send>& sends = ledgers_[side]->sends();
        for (std::uint32_t number = 1; number <= sends.size(); ++number) {
            const Send& send = sends[number - 1];
            const Event* found = places_[number];
            if (send.state == SendState::acked && found == nullptr) {
                note(counts_.lost, message(side, number) + " was acknowledged" + at(send.seq));
            } else if (send.state == SendState::acked &&
                       (found->seq != send.seq || found->message != send.message)) {
                note(
                    counts_.changed,
                    message(side, number) + " was acknowledged" + at(send.seq) + ", stands" +
                        at(found->seq)
                );
            } else if (send.state == SendState::refused && found != nullptr) {
                note(
                    counts_.refused_present, message(side, number) + " was refused" + at(found->seq)
                );
            } else if (send.state == SendState::waiting && found != nullptr) {
                ++counts_.unacked_present;
            }
            if (found != nullptr && !ledgers_[1 - side]->seen().contains(found->seq)) {
                note(counts_.undelivered, message(side, number) + " never came" + at(found->seq));
            }
        }
    }

    /// What a reader was shown is what the history says.
    void check_shown(std::size_t side) {
        for (const Event& shown : ledgers_[side]->events()) {
            const Event* stands = find(shown.seq);
            if (stands == nullptr) {
                if (shown.seq > history_.after) {
                    note(counts_.changed, "shown and gone" + at(shown.seq));
                }
                continue;
            }
            const bool same_author =
                shown.author == Author::other
                    ? stands->author == Author::other
                    : side_of(stands->author) == author_side(side, shown.author);
            if (stands->message != shown.message || stands->number != shown.number ||
                !same_author) {
                note(counts_.changed, "shown differently" + at(shown.seq));
            }
        }
    }

    /// "self" and "peer" in the words of the reader on `side`.
    static std::size_t author_side(std::size_t side, Author author) {
        return author == Author::self ? side : 1 - side;
    }

    [[nodiscard]] const Event* find(std::uint64_t seq) const {
        const std::vector<Event>& events = history_.events;
        if (const std::uint64_t guess = seq - history_.after - 1;
            guess < events.size() && events[guess].seq == seq) {
            return &events[guess];
        }
        const auto found = std::ranges::find(events, seq, &Event::seq);
        return found != events.end() ? &*found : nullptr;
    }

    /// A relay's messages: acknowledged ones must have come, each once.
    void check_relayed(std::size_t side) {
        const std::vector<Send>& sends = ledgers_[side]->sends();
        const Ledger& reader = *ledgers_[1 - side];
        for (std::uint32_t number = 1; number <= sends.size(); ++number) {
            if (sends[number - 1].state == SendState::acked && !reader.seen().contains(number)) {
                note(counts_.lost, message(side, number) + " never came");
            }
        }
        for (std::uint64_t i = 0; i < reader.counts().repeated; ++i) {
            note(counts_.doubled, "came twice");
        }
    }

    const std::array<const Ledger*, 2> ledgers_;
    const History& history_;
    const std::string name_;
    const bool others_;                 // have a part in the conversation
    std::vector<const Event*> places_;  // by number, of the side at hand
    AuditCounts counts_;
};

}  // namespace

bool AuditCounts::clean() const noexcept {
    return lost + doubled + out_of_order + changed + holes + undelivered + refused_present +
               foreign + unread ==
           0;
}

void AuditCounts::add(const AuditCounts& other) {
    for (const auto field :
         {&AuditCounts::conversations,
          &AuditCounts::attempted,
          &AuditCounts::acknowledged,
          &AuditCounts::delivered,
          &AuditCounts::refused,
          &AuditCounts::repeated,
          &AuditCounts::gaps,
          &AuditCounts::unacked_present,
          &AuditCounts::lost,
          &AuditCounts::doubled,
          &AuditCounts::out_of_order,
          &AuditCounts::changed,
          &AuditCounts::holes,
          &AuditCounts::undelivered,
          &AuditCounts::refused_present,
          &AuditCounts::foreign,
          &AuditCounts::unread}) {
        this->*field += other.*field;
    }
    for (const std::string& problem : other.problems) {
        if (problems.size() < kProblemsMax) {
            problems.push_back(problem);
        }
    }
}

AuditCounts audit_pair(
    const Ledger& first,
    const Ledger& second,
    const History& history,
    const std::string& name,
    bool others
) {
    return PairAudit(first, second, history, name, others).run();
}

AuditCounts audit_live(
    const Ledger& first, const Ledger& second, bool seqs_are_counts, const std::string& name
) {
    return PairAudit(first, second, History{}, name, false).run_live(seqs_are_counts);
}

}  // namespace parley::bench
