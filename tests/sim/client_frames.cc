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
        .asked = asked
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
    if (type == "new_message") {
        on_event(*frame, Source::live);
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
        on_conversation(*frame);
    } else if (type == "sync_complete") {
        on_sync_complete(*frame);
    } else if (type == "error") {
        on_error(*frame);
    } else if (type == "auth_success") {
        on_auth_success();
    } else if (type == "auth_error") {
        token_.clear();
    } else if (type != "heartbeat_ack" && type != "reconnect" && type != "presence" &&
               type != "typing") {
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
    if (live) {  // over REST, the event itself comes, too
        show(to, seq, message, Source::live);
    }
    to.read = std::max(to.read, seq);
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
        case 'x':
            break;
        default:
            world_.breaches.push_back(
                "an error that answers nothing: " + code + ", " + frame.string("detail")
            );
            return;
    }
    if ((kind == 'h' || kind == 'm' || kind == 'y') && definite && code != "rate_limited") {
        world_.breaches.push_back(
            "an honest request (" + ref + ") was refused: " + code + ", " + frame.string("detail")
        );
    }
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
    const std::uint64_t seq = event.integer("seq");
    const std::string& message = event.string("message_id");
    const std::uint32_t sender = user_number(event.string("sender_id"));
    HistoryEvent& seen = record(Op::recv);
    seen.source = source;
    seen.conversation = in.number;
    seen.seq = seq;
    seen.message = world_.history.messages.number(message);
    seen.user = sender;
    seen.hash = hash_of(event.string("content"));
    seen.send = number_in(event.string("client_id"));
    if (sender != user_ && event.find("client_id") != nullptr) {
        world_.breaches.emplace_back("a client_id was shown to somebody else");
    }
    if (sender == user_) {
        in.read = std::max(in.read, seq);
    } else {
        world_.members[in.number].insert({user_, sender});
        direct_[sender] = in.name;
    }
    show(in, seq, message, source);
}

/// Takes an event into what the device has; the first time it is shown to the person.
void Client::show(Conversation& in, std::uint64_t seq, const std::string& message, Source source) {
    if (seq <= in.head || in.beyond.contains(seq)) {
        return;
    }
    HistoryEvent& shown = record(Op::show);
    shown.conversation = in.number;
    shown.seq = seq;
    shown.message = world_.history.messages.number(message);
    const bool expected = seq == in.head + 1;
    if (source == Source::live && state_ == State::live && !expected && in.beyond.empty() &&
        in.complete && !in.asking) {
        HistoryEvent& hole = record(Op::gap);
        hole.conversation = in.number;
        hole.seq = seq;
        hole.cur = in.head;
    }
    in.beyond.emplace(seq, message);
    while (!in.beyond.empty() && in.beyond.begin()->first == in.head + 1) {
        ++in.head;
        in.messages.push_back(world_.history.messages.number(in.beyond.begin()->second));
        in.beyond.erase(in.beyond.begin());
    }
    if (state_ == State::live && !in.beyond.empty() && !in.asking) {
        ask_history(in);
    }
}

void Client::on_events(const Json& frame) {
    Conversation& in = conversation(frame.string("conversation_id"));
    const Json* const events = frame.find("events");
    if (events == nullptr) {
        world_.breaches.emplace_back("an events frame without events");
        return;
    }
    const std::string& ref = frame.string("ref");
    const bool answer = ref.starts_with('h');
    if (ref.starts_with('x')) {
        world_.breaches.emplace_back("a stranger was answered with history (I14)");
    }
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
    if (event.user == user_ && event.read) {
        in.read = std::max(in.read, event.seq);
    }
}

void Client::on_conversation(const Json& frame) {
    Conversation& in = conversation(frame.string("conversation_id"));
    HistoryEvent& event = record(Op::view);
    event.conversation = in.number;
    event.extra = static_cast<std::uint32_t>(world_.history.views.size());
    const history::View& view = world_.history.views.emplace_back(to_view(frame, sync_asked_at_));
    in.read = std::max(in.read, view.read);
    if (const Json* const members = frame.find("members"); members != nullptr) {
        for (const Json& member : members->items) {
            const std::uint32_t other = user_number(member.string("user_id"));
            world_.members[in.number].insert(other);
            if (other != user_ || members->items.size() == 1) {
                direct_[other] = in.name;
            }
        }
    }
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
        if (!in.beyond.empty() && in.complete) {
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
}

}  // namespace parley::sim
