// What stands where: audit, I1, I2, I3, I6.

#include <algorithm>

#include "tests/history/checks.h"

namespace parley::history {
namespace {

/// What a reader got at a place.
struct Got {
    std::uint64_t seq = 0;
    std::uint64_t hash = 0;
    std::uint32_t message = 0;
    bool is_void = false;
    bool changed = false;
};

/// One complete read against what was known before it was asked for.
class ReadCheck {
public:
    ReadCheck(Context& context, const Talk& talk, const CompleteRead& read)
        : context_(context), talk_(talk), read_(read), line_(talk.event(read.event)) {
        for (const std::uint32_t index : talk.entries(read)) {
            const Event& entry = talk.event(index);
            const Detail& detail = talk.history().detail_of(entry);
            got_.push_back(
                {.seq = entry.seq,
                 .hash = entry.hash,
                 .message = entry.message,
                 .is_void = entry.kind == Kind::hidden,
                 .changed = detail.edited || detail.gone}
            );
        }
        std::ranges::sort(got_, {}, &Got::seq);
    }

    void run() {
        check_acked();
        check_seen();
    }

private:
    [[nodiscard]] bool has(std::uint64_t seq) const {
        return std::ranges::binary_search(got_, seq, {}, &Got::seq);
    }
    /// What has become of it, and whether it may be void, is another check's question.
    [[nodiscard]] bool has(const Send& send) const {
        const auto same = std::ranges::equal_range(got_, send.seq, {}, &Got::seq);
        return std::ranges::any_of(same, [&](const Got& got) {
            return got.is_void || (got.message == send.message &&
                                   (send.attempts == 0 || got.changed || got.hash == send.hash));
        });
    }
    /// Is it due in this read?
    [[nodiscard]] bool is_due(std::uint64_t seq, std::uint32_t since) const {
        const Reading& reading = talk_.history().readings.at(line_.extra);
        return seq > line_.cur && (line_.final || talk_.event(since).time < reading.asked) &&
               talk_.may_see(read_.user, seq);
    }

    void check_acked() {
        for (const std::uint32_t index : talk_.acked()) {
            Send& send = context_.sends.at(index);
            if (is_due(send.seq, send.first_ack) && !has(send)) {
                context_.findings.add_at(
                    "I1",
                    Harm::none,
                    line_,
                    context_.send(index) + " was acknowledged as " + place_text(send.seq) +
                        ", and " + context_.user(read_.user) + " cannot read it"
                );
                send.lost = true;
            }
        }
    }

    void check_seen() {
        for (const Place& place : talk_.places()) {
            const Event& first = talk_.event(place.first);
            if (first.op == Op::recv && is_due(place.seq, place.first) && !has(place.seq)) {
                context_.findings.add_at(
                    "I1",
                    Harm::none,
                    line_,
                    place_text(place.seq) + " was seen by " + context_.device(first.device) +
                        ", and " + context_.user(read_.user) + " cannot read it"
                );
            }
        }
    }

    Context& context_;
    const Talk& talk_;
    const CompleteRead& read_;
    const Event& line_;
    std::vector<Got> got_;
};

/// One sighting against what its place holds.
bool differs(const Context& context, const Talk& talk, const Event& seen, const Place& place) {
    if (seen.kind == Kind::hidden || place.kind == Kind::hidden) {
        return false;
    }
    if (seen.op == Op::ack) {
        const Send& send = context.sends.at(context.sends.find(seen.send));
        return seen.message != place.message || talk.user_of(seen) != place.sender ||
               (place.send != kNone && send.hash != place.hash);
    }
    if (seen.message != place.message || seen.user != place.sender || seen.kind != place.kind) {
        return true;
    }
    const Detail& detail = talk.history().detail_of(seen);
    if (seen.kind == Kind::event) {
        return detail != talk.detail_of(place) || seen.hash != place.hash;
    }
    // What an edited message says is another check's question.
    return !detail.edited && !detail.gone && !place.changed && seen.hash != place.hash;
}

}  // namespace

void check_reads_end(Context& context, const Talk& talk) {
    for (const CompleteRead& read : talk.reads()) {
        if (read.event == kNone) {
            context.findings.add(
                "audit",
                Harm::none,
                talk.number(),
                context.device(read.device) + " does not say that it read to the end"
            );
        }
    }
    if (talk.places().empty()) {
        return;
    }
    for (const Member& member : talk.members()) {
        // Who is in a group and has no device does nothing, and reads nothing.
        const bool takes_part =
            !talk.is_group() ||
            std::ranges::any_of(talk.history().devices, [&](const Device& device) {
                return device.user == member.user;
            });
        const bool ended = std::ranges::any_of(talk.history().devices, [&](const Device& device) {
            return device.user == member.user && device.role == Role::ended;
        });
        const bool audited = !takes_part || ended ||
                             std::ranges::any_of(talk.reads(), [&](const CompleteRead& read) {
                                 return read.user == member.user && read.event != kNone &&
                                        talk.event(read.event).final;
                             });
        if (!audited) {
            context.findings.add(
                "audit",
                Harm::none,
                talk.number(),
                context.user(member.user) + " did not read it in the end"
            );
        }
    }
}

void check_durable(Context& context, const Talk& talk) {
    for (const CompleteRead& read : talk.reads()) {
        if (read.event != kNone) {
            ReadCheck{context, talk, read}.run();
        }
    }
}

void check_one_content(Context& context, const Talk& talk) {
    for (const Place& place : talk.places()) {
        const bool says = place.kind == Kind::message ? !place.changed
                                                      : talk.detail_of(place).what == What::edited;
        if (says && place.kind != Kind::hidden && place.send == kNone && place.seq > talk.base()) {
            context.findings.add_at(
                "I2",
                Harm::none,
                talk.event(place.first),
                place_text(place.seq) + " holds what nobody sent"
            );
        }
        for (std::uint32_t i = place.begin; i < place.end; ++i) {
            const Event& seen = talk.event(talk.sightings()[i].event);
            if (differs(context, talk, seen, place)) {
                context.findings.add_at(
                    "I2",
                    Harm::none,
                    seen,
                    place_text(place.seq) + " holds different messages for different readers"
                );
            }
            if (seen.message == 0) {
                continue;
            }
            auto& [conversation, seq] = context.place_of_message[seen.message];
            if (conversation == 0) {
                conversation = talk.number();
                seq = place.seq;
            } else if (conversation != talk.number() || seq != place.seq) {
                context.findings.add_at(
                    "I2",
                    Harm::none,
                    seen,
                    "one message_id stands at " + place_text(place.seq) + " and elsewhere"
                );
            }
        }
    }
}

void check_dense(Context& context, const Talk& talk) {
    std::uint64_t head = 0;  // of the first final read
    bool has_head = false;
    for (const CompleteRead& read : talk.reads()) {
        if (read.event == kNone) {
            continue;
        }
        const Event& line = talk.event(read.event);
        // Who came later reads from there.
        std::uint64_t expected = std::max(line.cur + 1, talk.first_readable(read.user));
        for (const std::uint32_t index : talk.entries(read)) {
            const Event& entry = talk.event(index);
            if (entry.seq != expected) {
                const Harm harm = entry.seq < expected ? Harm::doubled : Harm::none;
                context.findings.add_at(
                    "I3",
                    harm,
                    entry,
                    context.user(read.user) + " reads " + place_text(entry.seq) + " where " +
                        std::to_string(expected) + " was due"
                );
                expected = entry.seq;
            }
            ++expected;
        }
        const Reading& reading = talk.history().readings.at(line.extra);
        if (expected != line.seq + 1 || reading.count != talk.entries(read).size()) {
            context.findings.add_at(
                "I3",
                Harm::none,
                line,
                context.user(read.user) + " read up to " + std::to_string(expected - 1) +
                    " and says " + std::to_string(line.seq)
            );
        }
        if (!line.final) {
            continue;
        }
        if (!talk.stays(read.user)) {
            continue;
        }
        if (has_head && head != line.seq) {
            context.findings.add_at("I3", Harm::none, line, "members read up to different places");
        }
        head = std::max(head, line.seq);
        has_head = true;
    }
}

void check_refused(Context& context, const Talk& talk) {
    for (const Place& place : talk.places()) {
        if (place.send == kNone || place.altered || !context.sends.at(place.send).refused()) {
            continue;
        }
        const Event& first = talk.event(place.first);
        context.findings.add_at(
            "I6",
            Harm::none,
            first,
            place_text(place.seq) + " was refused and is seen by " + context.device(first.device)
        );
    }
}

}  // namespace parley::history
