// The checker and groups: a story of four people in a group holds, and each way to break it is flagged, in
// memory and read back from a file.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/history/checker.h"
#include "tests/history/reader.h"
#include "tests/history/writer.h"

namespace parley::history {
namespace {

/// Writes a group's history as a server that keeps its promises would make it happen. Users are 1, 2, 3 …;
/// each has a phone and a laptop.
class Story {
public:
    explicit Story(std::uint32_t users) {
        for (std::uint32_t user = 1; user <= users; ++user) {
            h.users.number("u" + std::to_string(user));
            for (const char* const name : {".phone", ".laptop"}) {
                devices_[user].push_back(static_cast<std::uint32_t>(h.devices.size()));
                h.devices.push_back(
                    {.user = user, .role = Role::client, .name = h.user_name(user) + name}
                );
            }
        }
        conversation = h.conversations.number("the group");
    }

    void create(const std::vector<std::uint32_t>& members) {
        in_.insert(members.begin(), members.end());
        happens(members.front(), {.what = What::created, .users = members});
    }
    void add(std::uint32_t by, std::uint32_t who) {
        in_.insert(who);
        happens(by, {.what = What::added, .user = who, .word = h.texts.number("member")});
        firsts_[who] = log_.size();
    }
    void remove(std::uint32_t by, std::uint32_t who) {
        happens(by, {.what = What::removed, .user = who});
        in_.erase(who);
        lasts_[who] = log_.size();
    }
    void say(std::uint32_t user, const std::string& text) { send(user, text, 0); }
    void edit(std::uint32_t user, std::uint64_t seq, const std::string& text) {
        send(user, text, seq);
        Line& message = log_.at(seq - 1);
        message.now.hash = log_.back().event.hash;
        message.now.detail.edited = true;
    }
    void erase(std::uint32_t user, std::uint64_t seq) {
        happens(user, {.what = What::deleted, .target = log_.at(seq - 1).event.message});
        Line& message = log_.at(seq - 1);
        message.now.hash = 0;
        message.now.detail = {.gone = true};
        for (Line& line : log_) {
            if (line.detail.what == What::edited && line.detail.target == message.event.message) {
                line.now.is_void = true;
            }
        }
    }
    void react(std::uint32_t user, std::uint64_t seq, const std::string& emoji, bool off = false) {
        const std::uint32_t word = h.texts.number(emoji);
        happens(
            user,
            {.what = What::reaction,
             .off = off,
             .target = log_.at(seq - 1).event.message,
             .word = word}
        );
        auto& reactions = log_.at(seq - 1).now.detail.reactions;
        std::erase(reactions, std::pair{word, user});
        if (!off) {
            reactions.emplace_back(word, user);
        }
    }

    /// Everybody reads everything, as far as they may.
    void end() {
        std::set<std::uint32_t> all = in_;
        for (const auto& [user, last] : lasts_) {
            all.insert(user);
        }
        for (const std::uint32_t user : all) {
            const auto auditor = static_cast<std::uint32_t>(h.devices.size());
            h.devices.push_back(
                {.user = user, .role = Role::auditor, .name = h.user_name(user) + ".audit"}
            );
            read_all(user, auditor);
            if (in_.contains(user)) {
                devices_[user].push_back(auditor);
                hold_all(user);
            }
        }
    }

    Event& put(Op op, std::uint32_t device) {
        now_ += std::chrono::milliseconds{1};
        Event& event = h.events.emplace_back();
        event.op = op;
        event.time = now_;
        event.device = device;
        event.conversation = conversation;
        event.connection = op == Op::send || op == Op::ack ? 1 : 0;
        return event;
    }
    /// The last that fits.
    Event& last(const std::function<bool(const Event&)>& fits) {
        for (std::size_t i = h.events.size(); i > 0; --i) {
            if (fits(h.events[i - 1])) {
                return h.events[i - 1];
            }
        }
        throw std::logic_error("nothing fits");
    }
    Event& audited(std::uint32_t user, std::uint64_t seq) {
        return last([&](const Event& e) {
            return e.op == Op::recv && e.source == Source::audit && e.seq == seq &&
                   owner(e) == user;
        });
    }
    Event& received(std::uint32_t user, std::uint64_t seq) {
        return last([&](const Event& e) {
            return e.op == Op::recv && e.source == Source::live && e.seq == seq && owner(e) == user;
        });
    }
    Event& held(std::uint32_t user) {
        return last([&](const Event& e) { return e.op == Op::hold && owner(e) == user; });
    }
    Detail& detail_of(Event& event) {
        h.details.push_back(h.details.at(event.extra));
        event.extra = static_cast<std::uint32_t>(h.details.size() - 1);
        return h.details.back();
    }
    View& view_of(Event& event) {
        h.views.push_back(h.views.at(event.extra));
        event.extra = static_cast<std::uint32_t>(h.views.size() - 1);
        return h.views.back();
    }
    [[nodiscard]] std::uint32_t owner(const Event& event) const {
        return h.devices[event.device].user;
    }
    std::uint32_t phone(std::uint32_t user) { return devices_[user].front(); }
    [[nodiscard]] std::uint64_t hash(const std::string& text) {
        return h.texts.number(text) * 7919ULL;
    }

    History h;
    std::uint32_t conversation = 0;

private:
    struct Now {
        std::uint64_t hash = 0;
        Detail detail;
        bool is_void = false;
    };
    struct Line {
        Event event;
        Detail detail;
        Now now;
    };

    void happens(std::uint32_t by, const Detail& detail) {
        Event event;
        event.op = Op::recv;
        event.kind = Kind::event;
        event.user = by;
        event.extra = h.add_detail(detail);
        deliver(event, detail, 0);
    }

    void send(std::uint32_t user, const std::string& text, std::uint64_t target) {
        Event& out = put(Op::send, phone(user));
        out.send = h.sends.number("u" + std::to_string(user) + " " + text);
        out.hash = hash(text);
        Event event = out;
        event.op = Op::recv;
        event.user = user;
        Detail detail;
        if (target != 0) {
            detail = {.what = What::edited, .target = log_.at(target - 1).event.message};
            event.kind = Kind::event;
        }
        event.extra = h.add_detail(detail);
        deliver(event, detail, phone(user));
        Event& ack = put(Op::ack, phone(user));
        ack.send = event.send;
        ack.kind = event.kind;
        ack.seq = log_.back().event.seq;
        ack.message = log_.back().event.message;
        put_show(phone(user), log_.back().event);
    }

    void put_show(std::uint32_t device, const Event& event) {
        Event& show = put(Op::show, device);
        show.seq = event.seq;
        show.message = event.message;
    }

    /// To all who are in it, but not to the device that is acknowledged.
    void deliver(Event event, const Detail& detail, std::uint32_t except) {
        event.seq = log_.size() + 1;
        event.message = h.messages.number("m" + std::to_string(event.seq));
        event.source = Source::live;
        event.send = 0;
        log_.push_back(
            {.event = event, .detail = detail, .now = {.hash = event.hash, .detail = detail}}
        );
        for (const std::uint32_t user : in_) {
            for (const std::uint32_t device : devices_[user]) {
                if (device != except) {
                    Event& recv = put(Op::recv, device);
                    const Duration time = recv.time;
                    recv = event;
                    recv.time = time;
                    recv.device = device;
                    recv.conversation = conversation;
                    recv.connection = 1;
                    if (is_of_before(user, detail)) {
                        hide(recv);
                    }
                    put_show(device, event);
                }
            }
        }
        if (event.kind == Kind::message) {
            read_[event.user] = event.seq;
        }
    }

    [[nodiscard]] std::uint64_t first(std::uint32_t user) const {
        const auto at = firsts_.find(user);
        return at == firsts_.end() ? 1 : at->second;
    }
    /// Done to a message of before the user came.
    [[nodiscard]] bool is_of_before(std::uint32_t user, const Detail& detail) const {
        const auto at = std::ranges::find_if(log_, [&detail](const Line& line) {
            return line.event.message == detail.target;
        });
        return detail.target != 0 && at != log_.end() && at->event.seq < first(user);
    }
    static void hide(Event& recv) {
        recv.kind = Kind::hidden;
        recv.message = recv.user = recv.extra = 0;
        recv.hash = 0;
    }
    [[nodiscard]] std::uint64_t end_for(std::uint32_t user) const {
        return in_.contains(user) ? log_.size() : lasts_.at(user);
    }

    void read_all(std::uint32_t user, std::uint32_t auditor) {
        const Duration asked = now_;
        for (std::uint64_t seq = first(user); seq <= end_for(user); ++seq) {
            const Line& line = log_.at(seq - 1);
            Event& recv = put(Op::recv, auditor);
            const Duration time = recv.time;
            recv = line.event;
            recv.time = time;
            recv.device = auditor;
            recv.conversation = conversation;
            recv.source = Source::audit;
            recv.hash = line.now.hash;
            recv.extra = h.add_detail(line.now.detail);
            if (line.now.is_void || is_of_before(user, line.detail)) {
                hide(recv);
            }
        }
        Event& read = put(Op::read, auditor);
        read.seq = end_for(user);
        read.final = true;
        read.extra = static_cast<std::uint32_t>(h.readings.size());
        h.readings.push_back({.asked = asked, .count = end_for(user) - first(user) + 1});
        Event& view = put(Op::view, auditor);
        view.extra = static_cast<std::uint32_t>(h.views.size());
        h.views.push_back(look(user));
    }

    View look(std::uint32_t user) {
        const std::uint64_t read = std::max(read_[user], first(user) - 1);
        View view{.head = end_for(user), .read = read, .delivered = read, .asked = now_};
        for (std::uint64_t seq = read + 1; in_.contains(user) && seq <= log_.size(); ++seq) {
            view.unread += log_[seq - 1].event.kind == Kind::message ? 1 : 0;
        }
        return view;
    }

    void hold_all(std::uint32_t user) {
        for (const std::uint32_t device : devices_[user]) {
            Event& hold = put(Op::hold, device);
            hold.extra = static_cast<std::uint32_t>(h.views.size());
            View view = look(user);
            view.own = 11;
            view.contents = 22;
            view.delivered = 0;
            view.asked = {};
            h.views.push_back(view);
        }
    }

    std::map<std::uint32_t, std::vector<std::uint32_t>> devices_;
    std::set<std::uint32_t> in_;
    std::map<std::uint32_t, std::uint64_t> firsts_;
    std::map<std::uint32_t, std::uint64_t> lasts_;
    std::map<std::uint32_t, std::uint64_t> read_;
    std::vector<Line> log_;
    Duration now_ = std::chrono::seconds{1};
};

/// 1 makes a group with 2 and 3, and 4 comes later; 5 is a stranger.
/// 1 created, 2 "hello" by 1, 3 edited by 1, 4 "hi" by 2, 5 +1 by 3 to 4, 6 off, 7 heart by 1 to 4,
/// 8 "secret" by 3, 9 edited by 3, 10 deleted by 3, 11 4 comes, 12 "welcome" by 1, 13 2 goes, 14 "bye" by 3
Story a_story() {
    Story story{5};
    story.create({1, 2, 3});
    story.say(1, "hello");
    story.edit(1, 2, "Hello!");
    story.say(2, "hi");
    story.react(3, 4, "+1");
    story.react(3, 4, "+1", true);
    story.react(1, 4, "heart");
    story.say(3, "secret");
    story.edit(3, 8, "a secret");
    story.erase(3, 8);
    story.add(1, 4);
    story.say(1, "welcome");
    story.remove(1, 2);
    story.say(3, "bye");
    story.end();
    return story;
}

std::set<std::string> broken_in(const History& history) {
    const Verdict verdict = check(history);
    EXPECT_EQ(verdict.problem, "");
    std::set<std::string> names;
    for (const auto& [name, count] : verdict.broken) {
        names.insert(name);
    }
    return names;
}

std::string text_of(const Verdict& verdict) {
    std::string text;
    for (const Violation& violation : verdict.violations) {
        text += violation.invariant + ": " + violation.what + "\n";
    }
    return text;
}

TEST(Groups, AGoodStoryHolds) {
    EXPECT_EQ(text_of(check(a_story().h)), "");
}

struct Break {
    const char* name;
    std::function<void(Story&)> apply;
    std::set<std::string> expect;
};

/// A device of `to` gets the event at `seq`, as one of its readers did.
void leak(Story& story, std::uint32_t to, std::uint32_t from, std::uint64_t seq) {
    Event stolen = story.received(from, seq);
    stolen.device = story.phone(to);
    stolen.connection = 0;
    stolen.time = story.h.events.back().time;
    story.h.events.push_back(stolen);
}

const std::vector<Break>& all_breaks() {
    static const std::vector<Break> breaks{
        {"somebody removed gets what comes later", [](Story& s) { leak(s, 2, 3, 14); }, {"I14"}},
        {"somebody new gets what was before", [](Story& s) { leak(s, 4, 1, 4); }, {"I14"}},
        {"a stranger gets something", [](Story& s) { leak(s, 5, 1, 12); }, {"I14"}},
        {"a member of the moment gets nothing",
         [](Story& s) {
             const std::uint32_t device = s.received(2, 12).device;
             std::erase_if(s.h.events, [&](const Event& e) {
                 return e.device == device && e.seq == 12 && (e.op == Op::recv || e.op == Op::show);
             });
         },
         {"I7"}},
        {"somebody removed could send",
         [](Story& s) {
             Event& bye = s.last([](const Event& e) { return e.op == Op::send; });
             bye.device = s.phone(2);
             const std::uint32_t device = bye.device;
             const std::uint64_t send = bye.send;
             Event& ack = s.last([](const Event& e) { return e.op == Op::ack; });
             ack.device = device;
             for (Event& e : s.h.events) {
                 if (e.op == Op::recv && e.seq == 14) {
                     e.user = 2;
                 }
             }
             EXPECT_NE(send, 0U);
         },
         {"I14", "I7", "I5", "I10"}},
        {"an edit by somebody else",
         [](Story& s) {
             for (Event& e : s.h.events) {
                 if (e.seq == 3 && e.op == Op::recv) {
                     e.user = 2;
                 }
                 if ((e.op == Op::send && e.hash == s.hash("Hello!")) ||
                     (e.op == Op::ack && e.seq == 3)) {
                     e.device = s.phone(2);
                 }
             }
         },
         {"I12"}},
        {"an edit does not show", [](Story& s) { s.audited(3, 2).hash = s.hash("hello"); }, {"I12"}
        },
        {"what was deleted can be read",
         [](Story& s) {
             Event& event = s.audited(1, 8);
             s.detail_of(event) = {};
             event.hash = s.hash("secret");
         },
         {"I12"}},
        {"something is deleted, and nobody did it",
         [](Story& s) {
             Event& event = s.audited(1, 12);
             s.detail_of(event) = {.gone = true};
             event.hash = 0;
         },
         {"I12"}},
        {"a reaction is missing for one reader",
         [](Story& s) { s.detail_of(s.audited(3, 4)).reactions.clear(); },
         {"I12"}},
        {"a reaction that was taken back is there",
         [](Story& s) {
             s.detail_of(s.audited(3, 4)).reactions.emplace_back(s.h.texts.number("+1"), 3);
         },
         {"I12"}},
        {"somebody removed sees a later reaction",
         [](Story& s) {
             s.detail_of(s.audited(2, 4)).reactions.emplace_back(s.h.texts.number("later"), 3);
         },
         {"I12"}},
        {"a message is void for who may see it",
         [](Story& s) {
             Event& event = s.audited(3, 4);
             event.kind = Kind::hidden;
             event.message = event.user = event.extra = 0;
             event.hash = 0;
         },
         {"I1"}},
        {"an acknowledged edit is void, and its message is there",
         [](Story& s) {
             for (const std::uint32_t user : {1U, 2U, 3U}) {
                 Event& event = s.audited(user, 3);
                 event.kind = Kind::hidden;
                 event.message = event.user = event.extra = 0;
                 event.hash = 0;
             }
         },
         {"I1", "I12"}},
        {"an edit says different things",
         [](Story& s) { s.received(2, 3).hash = s.hash("else"); },
         {"I2"}},
        {"an edit that nobody made",
         [](Story& s) {
             for (Event& e : s.h.events) {
                 if (e.op == Op::recv && e.seq == 3) {
                     e.hash = s.hash("else");
                 }
             }
         },
         {"I2", "I1", "I12"}},
        {"who came is somebody else for one reader",
         [](Story& s) { s.detail_of(s.received(3, 11)).user = 5; },
         {"I2"}},
        {"unread counts one's own",
         [](Story& s) {
             ++s.view_of(s.last([](const Event& e) { return e.op == Op::view; })).unread;
         },
         {"I11"}},
        {"unread differs on two devices", [](Story& s) { ++s.view_of(s.held(3)).unread; }, {"I11"}},
        {"a draft is on one device only", [](Story& s) { ++s.view_of(s.held(3)).own; }, {"I11"}},
        {"contents differ on two devices",
         [](Story& s) { ++s.view_of(s.held(3)).contents; },
         {"I12"}},
        {"one device ends earlier", [](Story& s) { --s.view_of(s.held(3)).head; }, {"I7"}},
        {"something comes from whom one has blocked",
         [](Story& s) {
             Event block;
             block.op = Op::block;
             block.time = Duration{2};
             block.cur = 1;
             block.definite = true;
             block.device = s.phone(3);
             block.conversation = s.conversation;
             block.user = 1;
             s.h.events.insert(s.h.events.begin(), block);
         },
         {"I14"}},
    };
    return breaks;
}

TEST(Groups, EveryBreakIsFlagged) {
    for (const Break& one : all_breaks()) {
        Story story = a_story();
        one.apply(story);
        const auto found = broken_in(story.h);
        EXPECT_FALSE(found.empty()) << one.name;
        EXPECT_TRUE(found.contains(*one.expect.begin()) || found == one.expect)
            << one.name << "\n"
            << text_of(check(story.h));
        for (const std::string& name : found) {
            EXPECT_TRUE(one.expect.contains(name)) << one.name << "\n" << text_of(check(story.h));
        }
    }
}

TEST(Groups, WhatIsDoneToAMessageOfBeforeIsVoid) {
    const auto story = [] {
        Story told{3};
        told.create({1, 2});
        told.say(1, "hello");
        told.add(1, 3);
        told.edit(1, 2, "Hello!");
        told.react(2, 2, "+1");
        told.end();
        return told;
    };
    EXPECT_EQ(text_of(check(story().h)), "");
    for (const std::uint64_t seq : {4U, 5U}) {
        Story leaked = story();
        leak(leaked, 3, 2, seq);
        EXPECT_EQ(broken_in(leaked.h), std::set<std::string>{"I14"}) << seq;
    }
}

TEST(Groups, ReadBackFromAFileItIsTheSame) {
    const std::string path = testing::TempDir() + "groups-" + std::to_string(getpid()) + ".jsonl";
    for (const Break& one : all_breaks()) {
        Story story = a_story();
        one.apply(story);
        ASSERT_EQ(write_file(story.h, path), "");
        const auto read = read_files({path});
        ASSERT_TRUE(std::holds_alternative<History>(read))
            << one.name << ": " << std::get<Unreadable>(read).why;
        EXPECT_EQ(broken_in(std::get<History>(read)), broken_in(story.h)) << one.name;
    }
    std::remove(path.c_str());
}

TEST(Groups, ABlockHidesAndOnlyABlockMay) {
    Story story = a_story();
    // 3 says that they had blocked 2 when 2 said "hi": then it may be void for 3.
    Event& event = story.audited(3, 4);
    event.kind = Kind::hidden;
    event.message = event.user = event.extra = 0;
    event.hash = 0;
    EXPECT_EQ(broken_in(story.h), std::set<std::string>{"I1"});
    Event block;
    block.op = Op::block;
    block.time = Duration{2};
    block.cur = 1;
    block.device = story.phone(3);
    block.conversation = story.conversation;
    block.user = 2;
    story.h.events.insert(story.h.events.begin(), block);
    EXPECT_EQ(broken_in(story.h), std::set<std::string>{});
}

}  // namespace
}  // namespace parley::history
