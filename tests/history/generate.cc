#include "tests/history/generate.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace parley::history {
namespace {

constexpr std::uint64_t kSyncPage = 50;
constexpr std::uint64_t kHistoryPage = 200;

/// splitmix64, by Sebastiano Vigna: the same numbers on every machine.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
        return z ^ (z >> 31U);
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// True in so many of a thousand cases.
    bool permille(std::uint64_t share) { return below(1000) < share; }

private:
    std::uint64_t state_;
};

std::string make_uuid(Chance& chance) {
    const std::uint64_t high = chance.next();
    const std::uint64_t low = chance.next();
    std::array<char, 40> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%08x-%04x-1%03x-8%03x-%012llx",
        static_cast<unsigned>(high >> 32U),
        static_cast<unsigned>(high >> 16U & 0xFFFFU),
        static_cast<unsigned>(high & 0xFFFU),
        static_cast<unsigned>(low >> 48U & 0xFFFU),
        static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFU)
    );
    return text.data();
}

struct Message {
    std::uint64_t send = 0;
    std::uint64_t hash = 0;
    std::uint32_t user = 0;
    std::uint32_t message = 0;
};

struct Pending {
    std::uint32_t talk = 0;
    std::uint64_t send = 0;
    std::uint64_t hash = 0;
    std::uint64_t seen = 0;
    std::uint64_t seq = 0;  // 0: the server does not have it
};

struct Phone {
    std::uint32_t device = 0;
    std::uint32_t user = 0;
    std::uint32_t connection = 0;
    bool online = false;
    std::vector<std::uint32_t> talks;
    std::vector<Pending> pending;
};

struct Cursor {
    std::uint64_t delivered = 0;
    std::uint64_t read = 0;
};

/// A conversation of two users, or of one with oneself.
struct Pair {
    std::uint32_t number = 0;
    std::vector<std::uint32_t> users;
    std::vector<std::uint32_t> phones;
    std::vector<std::uint64_t> heads;  // by the index in phones: what it has
    std::vector<Cursor> cursors;       // by the index in users
    std::vector<Message> log;
};

class Generator {
public:
    explicit Generator(const GenerateOptions& options) : options_(options), chance_(options.seed) {
        history_.events.reserve(options.events + (options.events / 16));
        make_users();
        make_talks();
    }

    History run() {
        for (std::uint32_t phone = 0; phone < phones_.size(); ++phone) {
            connect(phone);
        }
        while (history_.events.size() + events_of_audit_ < options_.events) {
            step();
        }
        restart();
        for (std::uint32_t phone = 0; phone < phones_.size(); ++phone) {
            connect(phone);
        }
        restart();
        audit();
        return std::move(history_);
    }

private:
    // --- the world

    void make_users() {
        const std::uint32_t users = std::max(options_.users, 2U);
        for (std::uint32_t user = 1; user <= users; ++user) {
            history_.users.number("u" + std::to_string(user));
            for (const char* const name : {".phone", ".laptop"}) {
                const auto device = static_cast<std::uint32_t>(history_.devices.size());
                history_.devices.push_back(
                    {.user = user, .role = Role::client, .name = history_.user_name(user) + name}
                );
                phones_.push_back({.device = device, .user = user});
            }
        }
    }

    void make_talks() {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs;
        const std::uint64_t users = history_.users.count();
        for (std::uint32_t i = 0; i < std::max(options_.conversations, 1U); ++i) {
            const std::uint64_t one = 1 + chance_.below(users);
            const std::uint64_t other = 1 + chance_.below(users);
            pairs.emplace_back(std::min(one, other), std::max(one, other));
        }
        std::ranges::sort(pairs);
        const auto again = std::ranges::unique(pairs);
        pairs.erase(again.begin(), again.end());
        for (const auto& [one, other] : pairs) {
            make_talk(static_cast<std::uint32_t>(one), static_cast<std::uint32_t>(other));
        }
    }

    void make_talk(std::uint32_t one, std::uint32_t other) {
        Pair& talk = talks_.emplace_back();
        talk.number = history_.conversations.number(make_uuid(chance_));
        talk.users = one == other ? std::vector{one} : std::vector{one, other};
        talk.cursors.resize(talk.users.size());
        for (std::uint32_t phone = 0; phone < phones_.size(); ++phone) {
            if (std::ranges::find(talk.users, phones_[phone].user) != talk.users.end()) {
                talk.phones.push_back(phone);
                phones_[phone].talks.push_back(static_cast<std::uint32_t>(talks_.size() - 1));
            }
        }
        talk.heads.resize(talk.phones.size());
        events_of_audit_ += 2 * talk.users.size();
    }

    // --- writing down

    void pass(std::uint64_t micros_max) {
        now_ += std::chrono::microseconds{1 + chance_.below(micros_max)};
    }

    Event& record(Op op, const Phone& phone, const Pair* talk) {
        pass(20);
        Event& event = history_.events.emplace_back();
        event.op = op;
        event.time = now_;
        event.device = phone.device;
        event.connection = phone.connection;
        event.conversation = talk == nullptr ? 0 : talk->number;
        return event;
    }

    void record_note(Op op, const char* text) {
        pass(20);
        Event& event = history_.events.emplace_back();
        event.op = op;
        event.time = now_;
        event.extra = history_.texts.number(text);
    }

    void record_send(const Phone& phone, const Pair& talk, const Pending& sending) {
        Event& event = record(Op::send, phone, &talk);
        event.user = talk.users.back() == phone.user ? talk.users.front() : talk.users.back();
        event.send = sending.send;
        event.hash = sending.hash;
        event.cur = sending.seen;
    }

    void record_ack(const Phone& phone, const Pair& talk, const Pending& sending) {
        Event& event = record(Op::ack, phone, &talk);
        event.send = sending.send;
        event.seq = sending.seq;
        event.message = talk.log[sending.seq - 1].message;
    }

    void record_recv(const Phone& phone, const Pair& talk, std::uint64_t seq, Source source) {
        const Message& message = talk.log[seq - 1];
        Event& event = record(Op::recv, phone, &talk);
        event.source = source;
        event.seq = seq;
        event.message = message.message;
        event.user = message.user;
        event.hash = message.hash;
        event.send = message.user == phone.user ? message.send : 0;
    }

    void record_show(const Phone& phone, const Pair& talk, std::uint64_t seq) {
        Event& event = record(Op::show, phone, &talk);
        event.seq = seq;
        event.message = talk.log[seq - 1].message;
    }

    void record_page(
        const Phone& phone,
        const Pair& talk,
        Source source,
        std::uint64_t after,
        std::uint64_t first
    ) {
        const std::uint64_t most = source == Source::sync ? kSyncPage : kHistoryPage;
        const std::uint64_t last = std::min<std::uint64_t>(talk.log.size(), first + most - 1);
        Event& event = record(Op::page, phone, &talk);
        event.source = source;
        event.cur = after;
        event.seq = first;
        event.extra = static_cast<std::uint32_t>(last + 1 - first);
        event.has_more = source == Source::sync ? first > after + 1 : last < talk.log.size();
    }

    void record_view(const Phone& phone, const Pair& talk) {
        const Duration asked = now_;
        const Cursor& cursor = cursor_of(talk, phone.user);
        Event& event = record(Op::view, phone, &talk);
        event.extra = static_cast<std::uint32_t>(history_.views.size());
        history_.views.push_back(
            {.head = talk.log.size(),
             .read = cursor.read,
             .delivered = cursor.delivered,
             .unread = talk.log.size() - cursor.read,
             .asked = asked}
        );
    }

    // --- the server

    static const Cursor& cursor_of(const Pair& talk, std::uint32_t user) {
        return talk.cursors[user == talk.users.front() ? 0 : 1];
    }

    /// Places a send and delivers it to all who are online, but not to its own phone.
    void place(Pair& talk, std::uint32_t phone, Pending& sending) {
        const std::uint32_t user = phones_[phone].user;
        talk.log.push_back(
            {.send = sending.send,
             .hash = sending.hash,
             .user = user,
             .message = history_.messages.number(make_uuid(chance_))}
        );
        sending.seq = talk.log.size();
        talk.cursors[user == talk.users.front() ? 0 : 1] = {sending.seq, sending.seq};
        events_of_audit_ += talk.users.size();
        for (std::size_t i = 0; i < talk.phones.size(); ++i) {
            const Phone& reader = phones_[talk.phones[i]];
            if (reader.online && talk.phones[i] != phone) {
                record_recv(reader, talk, sending.seq, Source::live);
                record_show(reader, talk, sending.seq);
                talk.heads[i] = sending.seq;
            }
        }
    }

    void acknowledge(Pair& talk, std::uint32_t phone, const Pending& sending) {
        record_ack(phones_[phone], talk, sending);
        std::uint64_t& head = head_of(talk, phone);
        if (head < sending.seq) {
            record_show(phones_[phone], talk, sending.seq);
            head = sending.seq;
        }
    }

    static std::uint64_t& head_of(Pair& talk, std::uint32_t phone) {
        return talk.heads[static_cast<std::size_t>(
            std::ranges::find(talk.phones, phone) - talk.phones.begin()
        )];
    }

    // --- what happens

    void step() {
        pass(500);
        const auto phone = static_cast<std::uint32_t>(chance_.below(phones_.size()));
        if (phones_[phone].talks.empty()) {
            return;
        }
        if (!phones_[phone].online) {
            // Some are away for long, and have more to catch up with than one page.
            if (chance_.permille(phone % 4 == 0 ? 5 : 200)) {
                connect(phone);
            }
            return;
        }
        const std::uint64_t what = chance_.below(1000);
        const auto& talks = phones_[phone].talks;
        const auto talk = talks[chance_.below(talks.size())];
        if (what < 800) {
            send(phone, talk);
        } else if (what < 980) {
            mark(phone, talks_[talk]);
        } else if (what < 999) {
            disconnect(phone);
        } else if (chance_.permille(20)) {
            restart();
        }
    }

    void send(std::uint32_t phone, std::uint32_t index) {
        Pair& talk = talks_[index];
        const std::string name = history_.user_name(phones_[phone].user) + " c";
        Pending sending{
            .talk = index,
            .send = history_.sends.number(name + std::to_string(++sends_)),
            .hash = chance_.next(),
            .seen = talk.log.size()
        };
        record_send(phones_[phone], talk, sending);
        pass(2000);
        const std::uint64_t luck = chance_.below(1000);
        if (luck < 960) {
            place(talk, phone, sending);
            acknowledge(talk, phone, sending);
            return;
        }
        if (luck < 970) {
            Event& event = record(Op::err, phones_[phone], nullptr);
            event.send = sending.send;
            event.definite = true;
            event.extra = history_.texts.number("rate_limited");
            return;
        }
        if (luck < 985) {  // the answer is lost
            place(talk, phone, sending);
        }
        pass(50'000);
        record(Op::timeout, phones_[phone], nullptr).send = sending.send;
        if (!chance_.permille(100)) {  // else given up
            phones_[phone].pending.push_back(sending);
        }
        disconnect(phone);
    }

    void mark(std::uint32_t phone, Pair& talk) {
        if (talk.log.empty()) {
            return;
        }
        const std::uint32_t user = phones_[phone].user;
        Cursor& cursor = talk.cursors[user == talk.users.front() ? 0 : 1];
        const std::uint64_t seq =
            chance_.permille(800) ? talk.log.size() : 1 + chance_.below(talk.log.size());
        const bool read = chance_.permille(500);
        Event& event = record(Op::mark, phones_[phone], &talk);
        event.seq = seq;
        event.read = read;
        const Cursor before = cursor;
        cursor.delivered = std::max(cursor.delivered, seq);
        cursor.read = read ? std::max(cursor.read, seq) : cursor.read;
        const bool moved = read ? cursor.read > before.read : cursor.delivered > before.delivered;
        for (const std::uint32_t other : talk.phones) {
            if (moved && phones_[other].online && other != phone) {
                Event& receipt = record(Op::receipt, phones_[other], &talk);
                receipt.user = user;
                receipt.seq = seq;
                receipt.read = read;
            }
        }
    }

    void disconnect(std::uint32_t phone) {
        if (phones_[phone].online) {
            record(Op::close, phones_[phone], nullptr);
            phones_[phone].online = false;
        }
    }

    void restart() {
        record_note(Op::fault, "kill -9");
        record_note(Op::down, "killed");
        for (std::uint32_t phone = 0; phone < phones_.size(); ++phone) {
            disconnect(phone);
        }
        pass(300'000);
        record_note(Op::up, "ready");
    }

    /// Connects, catches up, and sends again what had no answer.
    void connect(std::uint32_t phone) {
        Phone& self = phones_[phone];
        ++self.connection;
        record(Op::open, self, nullptr);
        self.online = true;
        for (const std::uint32_t index : self.talks) {
            catch_up(phone, talks_[index]);
        }
        for (Pending& sending : std::exchange(self.pending, {})) {
            Pair& talk = talks_[sending.talk];
            record_send(self, talk, sending);
            pass(2000);
            if (sending.seq == 0) {
                place(talk, phone, sending);
            }
            acknowledge(talk, phone, sending);
        }
    }

    void catch_up(std::uint32_t phone, Pair& talk) {
        const Phone& self = phones_[phone];
        std::uint64_t& head = head_of(talk, phone);
        const std::uint64_t last = talk.log.size();
        if (chance_.permille(100) && last > 0) {
            record_view(self, talk);
        }
        if (head == last) {
            return;
        }
        const std::uint64_t newest = last - head > kSyncPage ? last - kSyncPage + 1 : head + 1;
        record_page(self, talk, Source::sync, head, newest);
        for (std::uint64_t seq = newest; seq <= last; ++seq) {
            record_recv(self, talk, seq, Source::sync);
            record_show(self, talk, seq);
        }
        while (head + 1 < newest) {
            record_page(self, talk, Source::history, head, head + 1);
            const std::uint64_t end = std::min(last, head + kHistoryPage);
            for (std::uint64_t seq = head + 1; seq <= end; ++seq) {
                record_recv(self, talk, seq, Source::history);
                if (seq < newest) {
                    record_show(self, talk, seq);
                }
            }
            head = end;
        }
        head = last;
    }

    void audit() {
        for (std::uint32_t user = 1; user <= history_.users.count(); ++user) {
            const Phone auditor{
                .device = static_cast<std::uint32_t>(history_.devices.size()), .user = user
            };
            history_.devices.push_back(
                {.user = user, .role = Role::auditor, .name = history_.user_name(user) + ".audit"}
            );
            for (const Pair& talk : talks_) {
                if (std::ranges::find(talk.users, user) != talk.users.end()) {
                    audit(auditor, talk);
                }
            }
        }
    }

    void audit(const Phone& auditor, const Pair& talk) {
        const Duration asked = now_;
        for (std::uint64_t seq = 1; seq <= talk.log.size(); ++seq) {
            record_recv(auditor, talk, seq, Source::audit);
        }
        Event& event = record(Op::read, auditor, &talk);
        event.seq = talk.log.size();
        event.final = true;
        event.extra = static_cast<std::uint32_t>(history_.readings.size());
        history_.readings.push_back({.asked = asked, .count = talk.log.size()});
        record_view(auditor, talk);
    }

    const GenerateOptions options_;
    Chance chance_;
    History history_;
    std::vector<Phone> phones_;
    std::vector<Pair> talks_;
    Duration now_ = std::chrono::seconds{1};
    std::uint64_t sends_ = 0;
    std::uint64_t events_of_audit_ = 0;
};

}  // namespace

History generate(const GenerateOptions& options) {
    return Generator{options}.run();
}

}  // namespace parley::history
