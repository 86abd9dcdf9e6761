// The checker's own test: histories that hold, and the same ones broken in every way that a server could. Each
// must be flagged, with the right invariants and no other, in memory and read back from a file.

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/history/checker.h"
#include "tests/history/generate.h"
#include "tests/history/reader.h"
#include "tests/history/sends.h"
#include "tests/history/writer.h"

namespace parley::history {
namespace {

using Invariants = std::set<std::string>;

Invariants broken_in(const Verdict& verdict) {
    EXPECT_EQ(verdict.problem, "");
    Invariants names;
    for (const auto& [name, count] : verdict.broken) {
        names.insert(name);
    }
    return names;
}

/// What is to be broken does not happen in this history.
struct NotInThisOne {};

/// A history in which things can be found and broken.
struct Subject {
    explicit Subject(std::uint64_t seed)
        : history(generate({.events = 6000, .seed = seed, .users = 6, .conversations = 10})) {}

    template <class Fits>
    std::vector<std::size_t> all(Fits fits) const {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < history.events.size(); ++i) {
            if (fits(history.events[i])) {
                found.push_back(i);
            }
        }
        return found;
    }
    /// One in the middle of those that fit.
    template <class Fits>
    Event& some(Fits fits) {
        const auto found = all(fits);
        if (found.empty()) {
            throw NotInThisOne{};
        }
        return history.events.at(found.at(found.size() / 2));
    }
    template <class Fits>
    Event& last(Fits fits) {
        const auto found = all(fits);
        if (found.empty()) {
            throw NotInThisOne{};
        }
        return history.events.at(found.back());
    }
    template <class Fits>
    void drop(Fits fits) {
        std::erase_if(history.events, fits);
    }
    void drop(const Event& event) {
        history.events.erase(history.events.begin() + (&event - history.events.data()));
    }
    /// Puts `event` right behind `place`, at the same time.
    Event& put_behind(const Event& place, Event event) {
        const std::ptrdiff_t at = &place - history.events.data();
        event.time = place.time;
        return *history.events.insert(history.events.begin() + at + 1, event);
    }

    [[nodiscard]] std::uint32_t user_of(const Event& event) const {
        return history.devices[event.device].user;
    }
    [[nodiscard]] const Send* send_of(const Event& event) {
        const std::uint32_t index = sends().find(event.send);
        return index == kNone ? nullptr : &sends().at(index);
    }
    /// Of the history as it was at the first call.
    Sends& sends() {
        if (sends_.empty()) {
            sends_.emplace_back(history);
        }
        return sends_.front();
    }
    [[nodiscard]] std::uint64_t head(std::uint32_t conversation) const {
        std::uint64_t highest = 0;
        for (const Event& event : history.events) {
            if (event.op == Op::read && event.conversation == conversation) {
                highest = std::max(highest, event.seq);
            }
        }
        return highest;
    }
    [[nodiscard]] bool is_member(std::uint32_t user, std::uint32_t conversation) const {
        return std::ranges::any_of(history.events, [&](const Event& event) {
            return event.op == Op::read && event.conversation == conversation &&
                   history.devices[event.device].user == user;
        });
    }
    /// The device of somebody who is not in the conversation.
    [[nodiscard]] std::uint32_t stranger(std::uint32_t conversation) const {
        for (std::uint32_t device = 1; device < history.devices.size(); ++device) {
            const Device& candidate = history.devices[device];
            if (candidate.role == Role::client && !is_member(candidate.user, conversation)) {
                return device;
            }
        }
        throw NotInThisOne{};
    }
    std::uint32_t fresh_message() {
        return history.messages.number("fresh-" + std::to_string(history.messages.count()));
    }

    /// One more message at the end of a conversation, read by every member: for every auditor an event, for every
    /// other device one that is shown.
    void append(std::uint32_t conversation, Event message) {
        message.op = Op::recv;
        message.conversation = conversation;
        message.seq = head(conversation) + 1;
        message.message = fresh_message();
        message.connection = 0;
        message.send = 0;
        for (std::uint32_t device = 1; device < history.devices.size(); ++device) {
            if (is_member(history.devices[device].user, conversation)) {
                message.device = device;
                append_for(message);
            }
        }
    }
    void append_for(Event message) {
        if (history.devices[message.device].role == Role::auditor) {
            Event& read = last([&](const Event& event) {
                return event.op == Op::read && event.device == message.device &&
                       event.conversation == message.conversation;
            });
            ++read.seq;
            ++history.readings[read.extra].count;
            message.source = Source::audit;
            message.time = read.time;
            history.events.insert(
                history.events.begin() + (&read - history.events.data()), message
            );
            return;
        }
        message.source = Source::sync;
        const Event& end = last([](const Event& event) { return event.op == Op::up; });
        Event& received = put_behind(end, message);
        message.op = Op::show;
        put_behind(received, message);
    }

    History history;

private:
    std::vector<Sends> sends_;
};

bool is_audited(const Event& event) {
    return event.op == Op::recv && event.source == Source::audit;
}
bool is_live(const Event& event) {
    return event.op == Op::recv && event.source == Source::live;
}
auto is(Op op) {
    return [op](const Event& event) { return event.op == op; };
}

// --- ways to break it -----------------------------------------------------------------------------

void drop_from_one_audit(Subject& subject) {
    subject.drop(subject.some(is_audited));
}
void swap_in_audit(Subject& subject) {
    Event& one =
        subject.some([](const Event& event) { return is_audited(event) && event.seq > 1; });
    std::swap(one, *(&one - 1));
    std::swap(one.time, (&one - 1)->time);
}
void repeat_in_audit(Subject& subject) {
    const Event again = subject.some(is_audited);
    subject.put_behind(subject.some(is_audited), again);
}
/// The end of a conversation is not there after the last restart.
void lose_the_end(Subject& subject) {
    const Event lost = subject.some([&](const Event& event) {
        return event.op == Op::ack && event.seq == subject.head(event.conversation);
    });
    subject.drop([&](const Event& event) {
        return is_audited(event) && event.conversation == lost.conversation &&
               event.seq == lost.seq;
    });
    for (const std::size_t i : subject.all(is(Op::read))) {
        Event& read = subject.history.events[i];
        if (read.conversation == lost.conversation) {
            --read.seq;
            --subject.history.readings[read.extra].count;
        }
    }
}
/// The same, and the place is given to another message.
void give_a_place_again(Subject& subject) {
    const Event lost = subject.some([&](const Event& event) {
        return event.op == Op::ack && event.seq == subject.head(event.conversation);
    });
    Event other = subject.some([&](const Event& event) {
        return event.op == Op::send && event.conversation == lost.conversation;
    });
    other.send = subject.history.sends.number("u1 fresh");
    other.hash = 4711;
    const std::uint32_t user = subject.user_of(other);
    subject.put_behind(subject.last(is(Op::up)), other);
    const std::uint32_t message = subject.fresh_message();
    for (const std::size_t i : subject.all(is_audited)) {
        Event& event = subject.history.events[i];
        if (event.conversation == lost.conversation && event.seq == lost.seq) {
            event.message = message;
            event.hash = other.hash;
            event.user = user;
            event.send = 0;
        }
    }
}
void change_bytes_for_one_auditor(Subject& subject) {
    subject.some(is_audited).hash ^= 1;
}
void change_bytes_for_one_device(Subject& subject) {
    subject.some(is_live).hash ^= 1;
}
void change_the_sender(Subject& subject) {
    Event& event = subject.some(is_audited);
    event.user = event.user == 1 ? 2 : 1;
}
void change_the_id_for_one_device(Subject& subject) {
    subject.some(is_live).message = subject.fresh_message();
}
void give_one_id_to_two(Subject& subject) {
    const Event& one =
        subject.some([](const Event& event) { return is_audited(event) && event.seq > 1; });
    const std::uint32_t taken = (&one - 1)->message;
    const Event changed = one;
    for (Event& event : subject.history.events) {
        if (event.conversation == changed.conversation && event.seq == changed.seq &&
            (event.op == Op::recv || event.op == Op::ack || event.op == Op::show)) {
            event.message = taken;
        }
    }
}
void show_what_nobody_sent(Subject& subject) {
    Event message = subject.some(is_audited);
    message.hash = 4711;
    subject.append(message.conversation, message);
}
void acknowledge_another_place(Subject& subject) {
    const Event ack = subject.some(is(Op::ack));
    Event& changed = subject.some(is(Op::ack));
    changed.seq = subject.head(ack.conversation) + 1;
}
void acknowledge_with_another_id(Subject& subject) {
    subject.some(is(Op::ack)).message = subject.fresh_message();
}
void answer_a_retry_with_another_id(Subject& subject) {
    Event again = subject.some(is(Op::ack));
    again.message = subject.fresh_message();
    subject.put_behind(subject.some(is(Op::ack)), again);
}
void answer_a_retry_with_another_place(Subject& subject) {
    Event again = subject.some(is(Op::ack));
    again.seq += 1;
    subject.put_behind(subject.some(is(Op::ack)), again);
}
void answer_in_another_conversation(Subject& subject) {
    Event again = subject.some(is(Op::ack));
    const std::uint32_t user = subject.user_of(again);
    again.conversation = subject
                             .some([&](const Event& event) {
                                 return event.op == Op::read && event.seq > 1 &&
                                        event.conversation != again.conversation &&
                                        subject.user_of(event) == user;
                             })
                             .conversation;
    subject.put_behind(subject.history.events.back(), again);
}
void double_a_message(Subject& subject) {
    const Event message = subject.last(is_audited);
    subject.append(message.conversation, message);
}
void double_in_another_conversation(Subject& subject) {
    const Event message = subject.some([&](const Event& event) {
        const Send* const send = subject.send_of(event);
        return is_audited(event) && send != nullptr && send->acked();
    });
    const Event& other = subject.some([&](const Event& event) {
        return event.op == Op::read && event.conversation != message.conversation &&
               subject.user_of(event) == message.user;
    });
    subject.append(other.conversation, message);
}
void acknowledge_another_payload(Subject& subject) {
    Event ack = subject.last(is(Op::ack));
    Event send = subject.last([&](const Event& event) {
        return event.op == Op::send && event.send == ack.send;
    });
    send.altered = ack.altered = true;
    send.hash = 4711;
    ack.seq += 1;
    ack.message = subject.fresh_message();
    subject.put_behind(subject.put_behind(subject.history.events.back(), send), ack);
}
void show_another_payload(Subject& subject) {
    const Event ack = subject.last(is(Op::ack));
    Event send = subject.last([&](const Event& event) {
        return event.op == Op::send && event.send == ack.send;
    });
    send.altered = true;
    send.hash = 4711;
    subject.put_behind(subject.last(is(Op::ack)), send);
    Event message = subject.last([&](const Event& event) {
        return is_audited(event) && event.conversation == ack.conversation;
    });
    message.hash = send.hash;
    message.user = subject.history.devices[ack.device].user;
    subject.append(ack.conversation, message);
}
void acknowledge_what_was_not_sent(Subject& subject) {
    const Event ack = subject.some(is(Op::ack));
    subject.drop([&](const Event& event) { return event.op == Op::send && event.send == ack.send; }
    );
}
/// The earlier of two sends of one connection stands behind the later one.
void swap_two_sends(Subject& subject) {
    const auto sends = subject.all([&](const Event& event) {
        const Send* const send = subject.send_of(event);
        return event.op == Op::send && send->acked() && send->attempts == 1;
    });
    for (std::size_t i = 0; i < sends.size(); ++i) {
        for (std::size_t j = i + 1; j < sends.size(); ++j) {
            Event& one = subject.history.events[sends[i]];
            Event& other = subject.history.events[sends[j]];
            if (one.device == other.device && one.connection == other.connection &&
                one.conversation == other.conversation) {
                std::swap(one.send, other.send);
                std::swap(one.hash, other.hash);
                return;
            }
        }
    }
    throw NotInThisOne{};
}
void answer_before_the_question(Subject& subject) {
    Event& send = subject.some([&](const Event& event) {
        const Send* const sent = subject.send_of(event);
        return event.op == Op::send && sent->acked() && sent->attempts == 1;
    });
    send.cur = subject.send_of(send)->seq;
}
void show_a_refused_send(Subject& subject) {
    const Send& refused = *subject.send_of(subject.some([](const Event& event) {
        return event.op == Op::err && event.definite;
    }));
    const Event sent = subject.history.events[refused.first_attempt];
    Event message = sent;
    message.user = subject.user_of(sent);
    subject.append(sent.conversation, message);
}
void show_a_refused_send_to_one(Subject& subject) {
    const Send& refused = *subject.send_of(subject.some([](const Event& event) {
        return event.op == Op::err && event.definite;
    }));
    const Event sent = subject.history.events[refused.first_attempt];
    Event message = sent;
    message.op = Op::recv;
    message.user = subject.user_of(sent);
    message.seq = subject.head(sent.conversation) + 1;
    message.message = subject.fresh_message();
    message.connection = 0;
    subject.put_behind(subject.last(is(Op::up)), message);
}
/// Seen by one device, of a send whose outcome is unknown, and never again.
void forget_what_was_seen(Subject& subject) {
    Event sent = subject.some(is(Op::send));
    sent.send = subject.history.sends.number("u1 fresh");
    sent.hash = 4711;
    subject.put_behind(subject.last(is(Op::up)), sent);
    Event message = sent;
    message.op = Op::recv;
    message.user = subject.user_of(sent);
    message.seq = subject.head(sent.conversation) + 1;
    message.message = subject.fresh_message();
    message.connection = 0;
    subject.put_behind(subject.last(is(Op::send)), message);
}
void never_show_one(Subject& subject) {
    subject.drop(subject.some(is(Op::show)));
}
void show_one_twice(Subject& subject) {
    const Event again = subject.some(is(Op::show));
    subject.put_behind(subject.some(is(Op::show)), again);
}
void never_deliver_one(Subject& subject) {
    const Event missed =
        subject.some([](const Event& event) { return is_live(event) && event.device == 1; });
    subject.history.devices[1].role = Role::receiver;
    subject.drop([&](const Event& event) {
        return event.op == Op::recv && event.device == 1 &&
               event.conversation == missed.conversation && event.seq == missed.seq;
    });
}
void start_a_page_late(Subject& subject) {
    Event& page =
        subject.some([](const Event& event) { return event.op == Op::page && !event.has_more; });
    page.cur -= 1;
}
void start_a_page_early(Subject& subject) {
    Event& page = subject.some(is(Op::page));
    page.cur = page.seq;
}
void leave_a_gap_in_a_page(Subject& subject) {
    subject.some(is(Op::page)).dense = false;
}
void say_there_is_more_and_give_nothing(Subject& subject) {
    Event& page = subject.some([](const Event& event) {
        return event.op == Op::page && event.source == Source::history;
    });
    page.extra = 0;
    page.has_more = true;
}
/// What came between the snapshot and the subscription is in neither.
void leave_a_hole_behind_sync(Subject& subject) {
    Event& page = subject.some([](const Event& event) {
        return event.op == Op::page && event.source == Source::sync && event.extra > 1;
    });
    const Event first = page;
    page.seq += 1;
    page.extra -= 1;
    subject.drop([&](const Event& event) {
        return (event.op == Op::recv || event.op == Op::show) && event.device == first.device &&
               event.conversation == first.conversation && event.seq == first.seq;
    });
}
void have_a_hole_in_the_live_stream(Subject& subject) {
    Event gap = subject.some(is_live);
    gap.op = Op::gap;
    gap.cur = gap.seq - 2;
    subject.put_behind(subject.some(is_live), gap);
}
void swap_in_the_live_stream(Subject& subject) {
    const auto live = subject.all(is_live);
    for (std::size_t i = 0; i < live.size(); ++i) {
        for (std::size_t j = i + 1; j < live.size(); ++j) {
            Event& one = subject.history.events[live[i]];
            Event& other = subject.history.events[live[j]];
            if (one.device == other.device && one.connection == other.connection &&
                one.conversation == other.conversation) {
                std::swap(one, other);
                std::swap(one.time, other.time);
                return;
            }
        }
    }
    throw NotInThisOne{};
}
void read_what_was_not_marked(Subject& subject) {
    Event& receipt =
        subject.some([](const Event& event) { return event.op == Op::receipt && event.read; });
    receipt.seq = subject.head(receipt.conversation) + 1;
}
void take_a_receipt_back(Subject& subject) {
    Event again =
        subject.some([](const Event& event) { return event.op == Op::receipt && event.seq > 1; });
    const Event& receipt =
        subject.some([](const Event& event) { return event.op == Op::receipt && event.seq > 1; });
    again.seq -= 1;
    subject.put_behind(receipt, again);
}
void take_a_cursor_back(Subject& subject) {
    const Event& event = subject.last([&](const Event& candidate) {
        return candidate.op == Op::view && subject.history.views[candidate.extra].read > 1;
    });
    View& view = subject.history.views[event.extra];
    view.read -= 1;
    view.unread += 1;
}
void read_beyond_the_head(Subject& subject) {
    View& view = subject.history.views[subject.some(is(Op::view)).extra];
    view.read = view.delivered = view.head + 1;
    view.unread = 0;
}
void deliver_less_than_was_read(Subject& subject) {
    View& view = subject.history.views[subject
                                           .some([&](const Event& event) {
                                               return event.op == Op::view &&
                                                      subject.history.views[event.extra].read > 0;
                                           })
                                           .extra];
    view.delivered = view.read - 1;
}
void count_unread_wrong(Subject& subject) {
    subject.history.views[subject.some(is(Op::view)).extra].unread += 1;
}
void show_to_a_stranger(Subject& subject) {
    Event seen = subject.some(is_live);
    seen.device = subject.stranger(seen.conversation);
    seen.connection = 0;
    seen.send = 0;
    subject.put_behind(subject.some(is_live), seen);
}
void tell_a_stranger_of_a_receipt(Subject& subject) {
    Event seen = subject.some(is(Op::receipt));
    seen.device = subject.stranger(seen.conversation);
    subject.put_behind(subject.some(is(Op::receipt)), seen);
}
void give_a_stranger_a_cursor(Subject& subject) {
    Event receipt = subject.some(is(Op::receipt));
    receipt.user = subject.history.devices[subject.stranger(receipt.conversation)].user;
    receipt.seq = 0;
    subject.put_behind(subject.some(is(Op::receipt)), receipt);
}
void let_a_stranger_write(Subject& subject) {
    Event sent = subject.some(is(Op::send));
    sent.device = subject.stranger(sent.conversation);
    sent.user = 0;
    sent.send = subject.history.sends.number("u1 fresh");
    sent.hash = 4711;
    sent.cur = 0;
    sent.connection = 0;
    subject.put_behind(subject.last(is(Op::up)), sent);
    Event message = sent;
    message.user = subject.user_of(sent);
    subject.append(sent.conversation, message);
}
/// One user was removed in the middle and reads on.
void show_to_one_who_was_removed(Subject& subject) {
    const Event talk = subject.some([&](const Event& event) {
        return event.op == Op::read && event.seq > 10 &&
               std::ranges::any_of(subject.history.events, [&](const Event& other) {
                   return is_audited(other) && other.conversation == event.conversation &&
                          other.user != subject.user_of(event);
               });
    });
    const std::uint32_t removed = subject.user_of(talk);
    std::set<std::uint32_t> users;
    for (const std::size_t i : subject.all(is(Op::read))) {
        if (subject.history.events[i].conversation == talk.conversation) {
            users.insert(subject.user_of(subject.history.events[i]));
        }
    }
    for (const std::uint32_t user : users) {
        Event member;
        member.op = Op::member;
        member.conversation = talk.conversation;
        member.user = user;
        member.cur = user == removed ? 5 : 0;
        member.time = subject.history.events.front().time;
        subject.history.events.insert(subject.history.events.begin(), member);
    }
    // What their unread count is then is another promise.
    subject.drop([&](const Event& event) {
        return event.op == Op::view && event.conversation == talk.conversation &&
               subject.user_of(event) == removed;
    });
}
void end_without_an_audit(Subject& subject) {
    const Event read =
        subject.some([](const Event& event) { return event.op == Op::read && event.seq > 0; });
    subject.drop([&](const Event& event) {
        return event.device == read.device && event.conversation == read.conversation;
    });
}
void end_in_the_middle_of_the_audit(Subject& subject) {
    subject.drop(subject.some([](const Event& event) {
        return event.op == Op::read && event.seq > 0;
    }));
}
void read_less_than_is_said(Subject& subject) {
    subject.history.readings[subject.some(is(Op::read)).extra].count += 1;
}

struct Way {
    const char* name;
    void (*apply)(Subject&);
    Invariants broken;
};
std::ostream& operator<<(std::ostream& out, const Way& way) {
    return out << way.name;
}

class Broken : public testing::TestWithParam<Way> {};

/// False when there is nothing of the kind in the history of that seed.
bool is_flagged(const Way& way, std::uint64_t seed) {
    Subject subject{seed};
    try {
        way.apply(subject);
    } catch (const NotInThisOne&) {
        return false;
    }
    const Verdict verdict = check(subject.history);
    EXPECT_EQ(broken_in(verdict), way.broken);
    EXPECT_FALSE(verdict.violations.empty());

    const std::string path =
        testing::TempDir() + "parley_history_" + std::to_string(::getpid()) + way.name + ".jsonl";
    EXPECT_EQ(write_file(subject.history, path), "");
    const auto read = read_files({path});
    std::remove(path.c_str());
    if (const auto* const unreadable = std::get_if<Unreadable>(&read)) {
        ADD_FAILURE() << unreadable->why;
        return true;
    }
    const Verdict again = check(std::get<History>(read));
    EXPECT_EQ(again.problem, "");
    EXPECT_EQ(again.broken, verdict.broken);
    return true;
}

TEST_P(Broken, IsFlaggedWithTheRightInvariants) {
    int flagged = 0;
    for (std::uint64_t seed = 1; seed <= 12 && flagged < 3; ++seed) {
        SCOPED_TRACE(seed);
        flagged += is_flagged(GetParam(), seed) ? 1 : 0;
    }
    EXPECT_EQ(flagged, 3);
}

const std::vector<Way> kWays{
    {"DropFromOneAudit", drop_from_one_audit, {"I1", "I3"}},
    {"SwapInAudit", swap_in_audit, {"I3"}},
    {"RepeatInAudit", repeat_in_audit, {"I3"}},
    {"LoseTheEnd", lose_the_end, {"I1"}},
    {"GiveAPlaceAgain", give_a_place_again, {"I1", "I2"}},
    {"ChangeBytesForOneAuditor", change_bytes_for_one_auditor, {"I1", "I2"}},
    {"ChangeBytesForOneDevice", change_bytes_for_one_device, {"I2"}},
    {"ChangeTheSender", change_the_sender, {"I2"}},
    {"ChangeTheIdForOneDevice", change_the_id_for_one_device, {"I2"}},
    {"GiveOneIdToTwo", give_one_id_to_two, {"I2"}},
    {"ShowWhatNobodySent", show_what_nobody_sent, {"I2"}},
    {"AcknowledgeAnotherPlace", acknowledge_another_place, {"I1", "I2", "I4", "I10"}},
    {"AcknowledgeWithAnotherId", acknowledge_with_another_id, {"I1", "I2"}},
    {"AnswerARetryWithAnotherId", answer_a_retry_with_another_id, {"I4"}},
    {"AnswerARetryWithAnotherPlace", answer_a_retry_with_another_place, {"I4"}},
    {"AnswerInAnotherConversation", answer_in_another_conversation, {"I4"}},
    {"DoubleAMessage", double_a_message, {"I4"}},
    {"DoubleInAnotherConversation", double_in_another_conversation, {"I4"}},
    {"AcknowledgeAnotherPayload", acknowledge_another_payload, {"I4"}},
    {"ShowAnotherPayload", show_another_payload, {"I4"}},
    {"AcknowledgeWhatWasNotSent", acknowledge_what_was_not_sent, {"I2", "I4"}},
    {"SwapTwoSends", swap_two_sends, {"I5"}},
    {"AnswerBeforeTheQuestion", answer_before_the_question, {"I5"}},
    {"ShowARefusedSend", show_a_refused_send, {"I6"}},
    {"ShowARefusedSendToOne", show_a_refused_send_to_one, {"I1", "I6"}},
    {"ForgetWhatWasSeen", forget_what_was_seen, {"I1"}},
    {"NeverShowOne", never_show_one, {"I7"}},
    {"ShowOneTwice", show_one_twice, {"I7"}},
    {"NeverDeliverOne", never_deliver_one, {"I7"}},
    {"StartAPageLate", start_a_page_late, {"I8"}},
    {"StartAPageEarly", start_a_page_early, {"I8"}},
    {"LeaveAGapInAPage", leave_a_gap_in_a_page, {"I8"}},
    {"SayThereIsMoreAndGiveNothing", say_there_is_more_and_give_nothing, {"I8"}},
    {"LeaveAHoleBehindSync", leave_a_hole_behind_sync, {"I7", "I8"}},
    {"HaveAHoleInTheLiveStream", have_a_hole_in_the_live_stream, {"I9"}},
    {"SwapInTheLiveStream", swap_in_the_live_stream, {"I9"}},
    {"ReadWhatWasNotMarked", read_what_was_not_marked, {"I10"}},
    {"TakeAReceiptBack", take_a_receipt_back, {"I10"}},
    {"TakeACursorBack", take_a_cursor_back, {"I10"}},
    {"ReadBeyondTheHead", read_beyond_the_head, {"I10"}},
    {"DeliverLessThanWasRead", deliver_less_than_was_read, {"I10"}},
    {"CountUnreadWrong", count_unread_wrong, {"I11"}},
    {"ShowToAStranger", show_to_a_stranger, {"I14"}},
    {"TellAStrangerOfAReceipt", tell_a_stranger_of_a_receipt, {"I14"}},
    {"GiveAStrangerACursor", give_a_stranger_a_cursor, {"I14"}},
    {"LetAStrangerWrite", let_a_stranger_write, {"I14"}},
    {"ShowToOneWhoWasRemoved", show_to_one_who_was_removed, {"I14"}},
    {"EndWithoutAnAudit", end_without_an_audit, {"audit"}},
    {"EndInTheMiddleOfTheAudit", end_in_the_middle_of_the_audit, {"audit"}},
    {"ReadLessThanIsSaid", read_less_than_is_said, {"I3"}},
};

INSTANTIATE_TEST_SUITE_P(Ways, Broken, testing::ValuesIn(kWays), [](const auto& info) {
    return info.param.name;
});

TEST(Valid, GeneratedHistoriesHold) {
    Counts sum;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const History history = generate(
            {.events = 3000,
             .seed = seed,
             .users = static_cast<std::uint32_t>(2 + seed % 7),
             .conversations = static_cast<std::uint32_t>(1 + seed % 11)}
        );
        const Verdict verdict = check(history);
        EXPECT_TRUE(verdict.holds())
            << "seed " << seed << ": "
            << (verdict.violations.empty()
                    ? verdict.problem
                    : verdict.violations.front().invariant + " " + verdict.violations.front().what);
        sum.acknowledged += verdict.counts.acknowledged;
        sum.recovered += verdict.counts.recovered;
        sum.refused += verdict.counts.refused;
        sum.unknown += verdict.counts.unknown;
    }
    // They are no histories of fair weather.
    EXPECT_GT(sum.acknowledged, 5000U);
    EXPECT_GT(sum.recovered, 0U);
    EXPECT_GT(sum.refused, 10U);
    EXPECT_GT(sum.unknown, 0U);
}

TEST(Valid, CountsWhatIsLostDoubledAndLeaked) {
    Subject lost{3};
    lose_the_end(lost);
    EXPECT_EQ(check(lost.history).counts.lost, 1U);
    Subject doubled{3};
    double_a_message(doubled);
    EXPECT_EQ(check(doubled.history).counts.doubled, 1U);
    Subject swapped{3};
    swap_in_the_live_stream(swapped);
    EXPECT_GT(check(swapped.history).counts.out_of_order, 0U);
    Subject leaked{3};
    show_to_a_stranger(leaked);
    EXPECT_EQ(check(leaked.history).counts.leaked, 1U);
}

}  // namespace
}  // namespace parley::history
