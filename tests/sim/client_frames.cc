#include <algorithm>
#include <charconv>
#include <utility>

#include "tests/sim/client.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAcknowledgedKept = 10;

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    if (!text.empty()) {
        std::from_chars(text.data() + 1, text.data() + text.size(), number);
    }
    return number;
}

}  // namespace

history::View to_view(const Json& conversation, Duration asked) {
    return {
        .head = conversation.integer("last_seq"),
        .read = conversation.integer("read_seq"),
        .delivered = conversation.integer("delivered_seq"),
        .unread = conversation.integer("unread"),
        .asked = asked,
        .all = conversation.string("history") == "all"
    };
}

std::uint32_t Client::user_number(const std::string& id) const {
    const auto at = world_.user_numbers.find(id);
    return at == world_.user_numbers.end() ? 0 : at->second;
}

Client::Conversation& Client::conversation(const std::string& name) {
    const auto [at, fresh] = conversations_.try_emplace(name);
    if (fresh) {
        at->second.name = name;
        at->second.number = world_.history.conversations.number(name);
    }
    return at->second;
}

const Client::Sending* Client::find_sent(std::uint64_t id) const {
    for (const auto* list : {&outbox_, &acknowledged_}) {
        const auto at = std::ranges::find(*list, id, &Sending::id);
        if (at != list->end()) {
            return &*at;
        }
    }
    return nullptr;
}

Client::Sending* Client::find_sending(std::uint64_t id) {
    const auto at = std::ranges::find(outbox_, id, &Sending::id);
    return at == outbox_.end() ? nullptr : &*at;
}

void Client::on_text(std::string_view payload) {
    heard_at_ = world_.simulation.now();
    const auto frame = parse_json(payload);
    if (!frame) {
        world_.breaches.push_back(
            "a frame that is no JSON: " + std::string{payload.substr(0, 200)}
        );
        return;
    }
    const std::string& type = frame->string("type");
    if (type == "ack" && frame->string("ref").starts_with('u')) {
        on_asked(*frame);
    } else if (type == "ack" && frame->find("client_id") != nullptr) {
        on_send_ack(
            *frame,
            number_in(frame->string("client_id")),
            static_cast<std::uint32_t>(number_in(frame->string("ref"))),
            true
        );
    } else if (type == "ack") {
        on_receipt(*frame);
    } else if (type == "events") {
        on_events(*frame);
    } else if (type == "conversation") {
        // It need not be of the sync: what changes is told too, from when the session is there.
        on_conversation(*frame, connected_at_);
    } else if (type == "sync_complete") {
        on_sync_complete(*frame);
    } else if (type == "error") {
        on_error(*frame);
    } else if (type == "auth_success") {
        on_auth_success();
    } else if (type == "auth_error") {
        token_.clear();
    } else if (type == "heartbeat_ack") {
        answered_at_ = std::exchange(unanswered_since_, {});
    } else if (type == "typing") {
        on_typing(*frame);
    } else if (frame->find("seq") != nullptr && frame->find("conversation_id") != nullptr) {
        on_event(*frame, Source::live);
    } else if (type == "presence") {
        on_presence(*frame);
    } else if (type != "reconnect") {
        world_.breaches.push_back("a frame of an unknown type: " + type);
    }
}

void Client::on_auth_success() {
    if (state_ != State::authenticating) {
        world_.breaches.emplace_back("auth_success without an auth");
        return;
    }
    begin_sync();
}

// --- sends ----------------------------------------------------------------------------------------

void Client::on_send_ack(const Json& frame, std::uint64_t id, std::uint32_t attempt, bool live) {
    Conversation& to = conversation(frame.string("conversation_id"));
    const std::uint64_t seq = frame.integer("seq");
    const std::string& message = frame.string("message_id");
    HistoryEvent& event = record(Op::ack);
    event.send = id;
    event.attempt = attempt;
    event.conversation = to.number;
    event.seq = seq;
    event.message = world_.history.messages.number(message);
    event.altered = altered_.contains(attempt);
    const bool event_altered = event.altered;  // the reference does not outlive the next record
    Line line{
        .seq = seq,
        .message = event.message,
        .sender = user_,
        .kind = history::Kind::message,
        .detail = {}
    };
    const Sending* const of = find_sent(id);
    if (of != nullptr) {
        line.hash = hash_of(of->content);
        if (!of->target.empty()) {
            event.kind = line.kind = history::Kind::event;
            line.detail.what = history::What::edited;
            line.detail.target = world_.history.messages.number(of->target);
        }
    }
    if (event.altered) {
        // Right only if the server may have forgotten the first one, which the checker knows; from now on
        // the client_id is that of the other payload.
        taken_over_.insert(id);
        std::erase_if(acknowledged_, [id](const Sending& other) { return other.id == id; });
    }
    if (Sending* const sending = find_sending(id); sending != nullptr) {
        if (sending->receiver != 0) {
            direct_[sending->receiver] = to.name;
            world_.members[to.number].insert({user_, sending->receiver});
        }
        acknowledged_.push_back(std::move(*sending));
        if (acknowledged_.size() > kAcknowledgedKept) {
            acknowledged_.pop_front();
        }
        std::erase_if(outbox_, [id](const Sending& other) { return other.id == id; });
    }
    window_ = std::min(window_ + 1, habits_.window);
    // Over REST, the event itself comes, too. What was taken for something else is fetched.
    if (live && of != nullptr && !event_altered) {
        take(to, line, Source::live);
    } else if (live && !to.room.lines().contains(seq)) {
        to.complete = false;
    }
    if (line.kind == history::Kind::message) {
        to.read = std::max(to.read, seq);
    }
    transmit_waiting();
}

void Client::on_posted(const RestCall::Answer& answer, std::uint64_t id, std::uint32_t attempt) {
    if (answer.status / 100 == 2 && !answer.body) {
        world_.breaches.emplace_back("a send over REST was answered without JSON");
        return;
    }
    if (answer.status == 200 || answer.status == 201) {
        on_send_ack(*answer.body, id, attempt, false);
        return;
    }
    const std::string code = answer.body ? answer.body->string("code") : "unavailable";
    if (answer.status == 401) {
        renew_token();
    }
    // No answer, a token that is over, a server that stops or starts: nothing is known.
    const bool definite = answer.status >= 400 && answer.status != 401 && !answer.unheard();
    on_send_error(id, attempt, definite, answer.status == 0 ? "no answer" : std::string_view{code});
}

void Client::on_send_error(
    std::uint64_t id, std::uint32_t attempt, bool definite, std::string_view code
) {
    HistoryEvent& event = record(Op::err);
    event.send = id;
    event.attempt = attempt;
    event.definite = definite;
    event.altered = altered_.contains(attempt);
    event.extra = world_.history.texts.number(code);
    if (code == "conflict" && !event.altered && !taken_over_.contains(id)) {
        world_.breaches.emplace_back("a send was refused as a conflict with itself (I4)");
    }
    Sending* const sending = find_sending(id);
    if (sending == nullptr || sending->attempt != attempt) {
        return;
    }
    sending->attempt = 0;
    sending->definite += definite ? 1 : 0;
    if (code == "rate_limited" || code == "unavailable") {
        window_ = 1;
        slow_until_ = world_.simulation.now() + rng_.between(100ms, 1s);
    }
    // A rate limit says nothing about an attempt of before that was never answered; the others do.
    if (definite && (sending->definite == sending->attempts || code != "rate_limited")) {
        std::erase_if(outbox_, [id](const Sending& other) { return other.id == id; });
        transmit_waiting();
        return;
    }
    sending->not_before = world_.simulation.now() + rng_.between(200ms, 1500ms);
}

void Client::on_error(const Json& frame) {
    const std::string& code = frame.string("code");
    const bool definite = code != "unavailable" && code != "internal";
    const std::string& ref = frame.string("ref");
    const char kind = ref.empty() ? '?' : ref.front();
    if (kind != 's') {
        HistoryEvent& event = record(Op::err);
        event.definite = definite;
        event.extra = world_.history.texts.number(code);
        event.conversation =
            kind == 'm' || kind == 'h' ? static_cast<std::uint32_t>(number_in(ref)) : 0;
    }
    switch (kind) {
        case 's':
            on_send_error(
                number_in(frame.string("client_id")),
                static_cast<std::uint32_t>(number_in(ref)),
                definite,
                code
            );
            break;
        case 'h':  // asked again by the next tick
            for (auto& [name, known] : conversations_) {
                known.asking = known.asking && known.number != number_in(ref);
            }
            break;
        case 'y':
            state_ = State::authenticating;
            state_since_ = world_.simulation.now();
            world_.simulation
                .in(rng_.between(100ms, 500ms), kWorld, [this, connection = connection_] {
                    if (connection == connection_ && state_ == State::authenticating) {
                        begin_sync();
                    }
                });
            break;
        case 'm':
            if (!definite) {
                mark_again(static_cast<std::uint32_t>(number_in(ref)));
            }
            break;
        case 'u':
            on_asked(frame);
            if (code == "invalid_request" || code == "unknown_type" || code == "too_large") {
                world_.breaches.push_back("an honest request was refused: " + code);
            }
            break;
        case 'x':
            break;
        case 'p':
            world_.simulation.in(rng_.between(500ms, 1s), kWorld, [this, connection = connection_] {
                if (connection == connection_) {
                    watch();
                }
            });
            break;
        default:
            world_.breaches.push_back(
                "an error that answers nothing: " + code + ", " + frame.string("detail")
            );
            return;
    }
    const bool fair = code == "rate_limited" ||
                      (code == "not_found" &&
                       (user_ == world_.ending || (kind == 'm' && may_be_unknown(number_in(ref)))));
    if ((kind == 'h' || kind == 'm' || kind == 'y') && definite && !fair) {
        world_.breaches.push_back(
            "an honest request (" + ref + ") was refused: " + code + ", " + frame.string("detail")
        );
    }
}

/// A message that was there may not be any more, for who names it by its id: their account has just ended, or they said
/// it to someone who has blocked them, and it has disappeared with the name of who said it.
bool Client::may_be_unknown(std::uint64_t number) const {
    return user_ == world_.ending || std::ranges::any_of(conversations_, [number](const auto& one) {
               return one.second.number == number && one.second.room.fades();
           });
}

/// What was marked and not taken is marked again after a while.
void Client::mark_again(std::uint32_t number) {
    world_.simulation
        .in(rng_.between(200ms, 800ms), kWorld, [this, number, connection = connection_] {
            if (connection != connection_ || state_ != State::live) {
                return;  // a new connection begins with that
            }
            for (auto& [name, in] : conversations_) {
                if (in.number == number) {
                    mark_all(in);
                }
            }
        });
}

void Client::mark_all(Conversation& in) {
    if (in.marked_read > 0) {
        mark(in, in.marked_read, true);
    }
    if (in.marked_delivered > in.marked_read) {
        mark(in, in.marked_delivered, false);
    }
}

// --- events ---------------------------------------------------------------------------------------

void Client::on_event(const Json& event, Source source) {
    Conversation& in = conversation(event.string("conversation_id"));
    const Line line = read_line(world_, event);
    HistoryEvent& seen = record(Op::recv);
    seen.source = source;
    seen.conversation = in.number;
    record_line(world_, line, seen);
    if (line.kind != history::Kind::hidden) {
        seen.send =
            line.detail.what == history::What::created ? 0 : number_in(event.string("client_id"));
        if (line.sender != user_ && event.find("client_id") != nullptr) {
            world_.breaches.emplace_back("a client_id was shown to somebody else");
        }
        world_.members[in.number].insert(user_);
        if (line.sender != 0) {
            world_.members[in.number].insert(line.sender);
        }
    }
    if (line.kind == history::Kind::message && line.sender == user_) {
        in.read = std::max(in.read, line.seq);
    }
    take(in, line, source);
}

/// Takes an event into what the device has.
void Client::take(Conversation& in, const Line& line, Source source) {
    // What comes live is as it was; what is fetched is as it is now.
    if (source != Source::live || !in.room.lines().contains(line.seq)) {
        in.room.take(line);
    }
    take_membership(in, line);
    show(in, line, source);
}

/// Where the user came and left; the last of it counts, in whatever order the device learns of it.
void Client::take_membership(Conversation& in, const Line& line) {
    const history::Detail& detail = line.detail;
    const auto note = [&](std::uint32_t user, bool comes) {
        if (comes) {
            world_.members[in.number].insert(user);
        }
        if (user == user_) {
            in.mine[line.seq] = comes;
            // What was said before they came is not unread.
            in.read = comes ? std::max(in.read, line.seq - 1) : in.read;
            if (!comes) {
                in.room.note_gap();
            }
        }
    };
    switch (detail.what) {
        case history::What::created:
            world_.groups.insert(in.number);
            std::ranges::for_each(detail.users, [&](std::uint32_t user) { note(user, true); });
            break;
        case history::What::added:
            note(detail.user, true);
            break;
        case history::What::removed:
            note(detail.user, false);
            break;
        case history::What::ended:
            note(user_, false);
            break;
        default:
            return;
    }
    if (!in.mine.empty()) {
        in.active = in.mine.rbegin()->second;
    }
}

/// The first time that an event comes it is shown to the person.
void Client::show(Conversation& in, const Line& line, Source source) {
    const std::uint64_t seq = line.seq;
    if (seq <= in.head || in.beyond.contains(seq)) {
        return;
    }
    HistoryEvent& shown = record(Op::show);
    shown.conversation = in.number;
    shown.seq = seq;
    shown.message = line.message;
    const bool expected = seq == in.head + 1;
    const auto came = in.mine.find(seq);
    const bool comes = came != in.mine.end() && came->second;
    if (source == Source::live && state_ == State::live && !expected && !comes &&
        in.beyond.empty() && in.complete && !in.asking) {
        HistoryEvent& hole = record(Op::gap);
        hole.conversation = in.number;
        hole.seq = seq;
        hole.cur = in.head;
    }
    in.beyond.emplace(seq, line.message);
    advance(in);
    if (state_ == State::live && !in.beyond.empty() && !in.asking) {
        ask_history(in);
    }
}

void Client::advance(Conversation& in) {
    while (!in.beyond.empty() && in.beyond.begin()->first <= in.head + 1) {
        in.head = std::max(in.head, in.beyond.begin()->first);
        in.beyond.erase(in.beyond.begin());
    }
}

/// What a stranger was told, if they were one when they asked: the checker knows.
void Client::on_loot(std::uint32_t conversation, const Json& events) {
    for (const Json& event : events.items) {
        HistoryEvent& seen = record(Op::recv);
        seen.connection = 0;
        seen.source = Source::history;
        seen.conversation = conversation;
        record_line(world_, read_line(world_, event), seen);
    }
}

void Client::on_events(const Json& frame) {
    const std::string& name = frame.string("conversation_id");
    const Json* const events = frame.find("events");
    if (events == nullptr) {
        world_.breaches.emplace_back("an events frame without events");
        return;
    }
    const std::string& ref = frame.string("ref");
    const bool answer = ref.starts_with('h');
    if (ref.starts_with('x')) {
        on_loot(world_.history.conversations.number(name), *events);
        return;
    }
    Conversation& in = conversation(name);
    HistoryEvent page;
    page.op = Op::page;
    page.time = world_.simulation.now();
    page.device = number_;
    page.connection = connection_;
    page.source = answer ? Source::history : Source::sync;
    page.conversation = in.number;
    page.cur = in.asked_after;
    page.extra = static_cast<std::uint32_t>(events->items.size());
    page.has_more = frame.flag("has_more");
    page.seq = events->items.empty() ? 0 : events->items.front().integer("seq");
    std::uint64_t expected = page.seq;
    for (const Json& event : events->items) {
        page.dense = page.dense && event.integer("seq") == expected++;
    }
    world_.history.events.push_back(page);
    const std::uint64_t before = in.head;
    if (in.head == 0 && page.cur == 0 && page.seq > 1 && (answer || !page.has_more)) {
        in.head = page.seq - 1;  // who came later reads from there
        advance(in);
    }
    for (const Json& event : events->items) {
        on_event(event, page.source);
    }
    if (!answer) {
        in.complete = in.complete && !page.has_more;
        if (page.extra > 0) {
            in.asked_after = page.seq + page.extra - 1;  // a sync may need several frames
        }
        return;
    }
    in.asking = false;
    // What follows the page may be here already, from the live stream.
    in.complete = !page.has_more || in.head >= page.seq + page.extra;
    if (in.head == before && !in.beyond.empty()) {
        world_.breaches.emplace_back("history does not fill a gap in the live stream");
    }
    ask_for_gaps();
}

// --- receipts and sync ----------------------------------------------------------------------------

void Client::on_receipt(const Json& frame) {
    Conversation& in = conversation(frame.string("conversation_id"));
    HistoryEvent& event = record(Op::receipt);
    event.conversation = in.number;
    event.user = user_number(frame.string("user_id"));
    event.seq = frame.integer("seq");
    event.read = frame.string("status") == "read";
    if (event.user != user_ && has_left(in)) {
        world_.breaches.emplace_back("somebody who has left is told how far others are (I14)");
    }
    if (event.user == user_ && event.read) {
        in.read = std::max(in.read, event.seq);
    }
}

void Client::on_conversation(const Json& object, Duration asked) {
    Conversation& in = conversation(object.string("conversation_id"));
    HistoryEvent& event = record(Op::view);
    event.conversation = in.number;
    event.extra = static_cast<std::uint32_t>(world_.history.views.size());
    const history::View& view = world_.history.views.emplace_back(to_view(object, asked));
    in.read = std::max(in.read, view.read);
    const bool is_frame = object.find("conversation_type") != nullptr;
    in.is_group = object.string(is_frame ? "conversation_type" : "type") == "group";
    in.known = true;
    // Frames come in order; an answer over REST may be older than they are.
    if (is_frame || !in.has_settings) {
        in.has_settings = true;
        in.room.take_settings(object);
    }
    if (in.is_group && object.flag("left")) {
        check_former(in, object);
    }
    const Json* const members = object.find("members");
    for (const Json& member : members == nullptr ? std::vector<Json>{} : members->items) {
        const std::uint32_t other = user_number(member.string("user_id"));
        if (other == 0) {
            continue;  // an account that has ended
        }
        world_.members[in.number].insert(other);
        if (!in.is_group && (other != user_ || members->items.size() == 1)) {
            direct_[other] = in.name;
        }
    }
}

/// Who has left learns nothing of what came after.
void Client::check_former(Conversation& in, const Json& object) {
    const Json* const members = object.find("members");
    if ((members != nullptr && !members->items.empty()) || object.integer("member_count") != 0) {
        world_.breaches.emplace_back("somebody who has left is shown who is in it (I14)");
    }
    const std::string& title = object.string("title");
    const std::uint64_t last = object.integer("last_seq");
    if (last == in.left_at && title != in.left_title) {
        world_.breaches.emplace_back("somebody who has left is shown its new name (I14)");
    }
    in.left_at = last;
    in.left_title = title;
}

/// As far as this device can say: who has been added again while they were away learns of it by the sync, or when the
/// gap behind it is filled, and of what others do at once.
bool Client::has_left(const Conversation& in) const {
    return !in.active && in.complete && state_ == State::live;
}

void Client::on_typing(const Json& frame) {
    const Conversation& in = conversation(frame.string("conversation_id"));
    const std::uint32_t who = user_number(frame.string("user_id"));
    if (has_left(in)) {
        world_.breaches.emplace_back("somebody who has left is told who types (I14)");
    }
    if (who == user_ || who == 0) {
        world_.breaches.emplace_back("somebody is told that they type themselves");
    }
}

/// Only of whom it watches; that it may see them is looked at in the end.
void Client::on_presence(const Json& frame) {
    const std::uint32_t who = user_number(frame.string("user_id"));
    if (who == 0 || who == user_ || who > habits_.people) {
        world_.breaches.emplace_back("presence of somebody who is not watched (I14)");
        return;
    }
    const bool online = frame.string("status") != "offline";
    if (who == world_.hiding && (online || !frame.string("last_seen").empty())) {
        world_.breaches.emplace_back("somebody who hides is seen (I14)");
    }
    online_[who] = online;
}

void Client::on_sync_complete(const Json& frame) {
    if (state_ != State::syncing) {
        world_.breaches.emplace_back("sync_complete without a sync");
        return;
    }
    sync_token_ = frame.string("token");
    state_ = State::live;
    state_since_ = world_.simulation.now();
    for (auto& [name, in] : conversations_) {
        // Who was added to a group meanwhile begins there, or goes on there.
        const auto came =
            in.beyond.empty() ? in.mine.end() : in.mine.find(in.beyond.begin()->first);
        const bool begins = came != in.mine.end() && came->second;
        if (!in.beyond.empty() && in.complete && !begins) {
            HistoryEvent& hole = record(Op::gap);
            hole.conversation = in.number;
            hole.seq = in.beyond.begin()->first;
            hole.cur = in.head;
        }
        // An ack has no answer of its own: what the server may not have kept is said again.
        mark_all(in);
    }
    ask_for_gaps();
    transmit_waiting();
    watch();
}

}  // namespace parley::sim
