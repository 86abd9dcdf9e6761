#include "tests/sim/client.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kHandshakeMax = 10s;
constexpr Duration kAnswerMax = 15s;
constexpr Duration kBeatEvery = 4s;
constexpr Duration kSilenceMax = 9s;
constexpr std::size_t kOutboxMax = 40;   // people stop writing when nothing goes out
constexpr Duration kResendWithin = 10s;  // the server remembers 128 later sends, which take longer

}  // namespace

void World::note(const char* text) {
    HistoryEvent event;
    event.op = Op::fault;
    event.time = simulation.now();
    event.extra = history.texts.number(text);
    history.events.push_back(event);
    simulation.say(text);
}

Client::Client(
    World& world, std::uint32_t number, std::uint32_t user, DeviceId device, Habits habits
)
    : world_(world),
      number_(number),
      user_(user),
      device_(device),
      habits_(habits),
      rng_(world.simulation.rng().fork()),
      window_(habits.window) {}

HistoryEvent& Client::record(Op op) {
    HistoryEvent& event = world_.history.events.emplace_back();
    event.op = op;
    event.time = world_.simulation.now();
    event.device = number_;
    event.connection = connection_;
    return event;
}

// --- life -----------------------------------------------------------------------------------------

void Client::start() {
    chatting_ = true;
    world_.simulation.in(rng_.between(0s, 1s), kWorld, [this] {
        connect();
        tick();
    });
    world_.simulation.in(rng_.exponential(habits_.send_mean), kWorld, [this] { chat(); });
    world_.simulation.in(rng_.exponential(habits_.mark_mean), kWorld, [this] { mark_something(); });
}

void Client::calm_down() {
    chatting_ = false;
    if (paused_until_ > 0s && link_ != nullptr) {
        paused_until_ = {};
        link_->resume_reading();
    }
}

void Client::hurry() {
    if (state_ == State::offline && !stopped_) {
        world_.simulation.cancel(reconnect_);
        connect();
    }
}

void Client::stop() {
    stopped_ = true;
    calm_down();
    world_.simulation.cancel(reconnect_);
    if (link_ != nullptr) {
        link_->drop();
    }
    calls_.clear();
    state_ = State::offline;
}

void Client::connect() {
    if (stopped_) {
        return;
    }
    ++connection_;
    state_ = State::connecting;
    state_since_ = heard_at_ = beat_at_ = connected_at_ = world_.simulation.now();
    world_.simulation.trace(What::client, number_, connection_);
    if (token_.empty()) {
        renew_token();
    }
    if (link_ != nullptr) {
        // We may be inside one of its calls.
        world_.simulation.after_event([old = std::move(link_)] {});
    }
    link_ = std::make_unique<ClientLink>(world_.simulation, world_.network, world_.deflater, *this);
    link_->connect(
        {.token = habits_.header_token ? token_ : std::string{},
         .first_frame = habits_.eager && !habits_.header_token
                            ? JsonObject{"auth"}.add("token", token_).take()
                            : std::string{},
         .deflate = habits_.deflate}
    );
}

void Client::renew_token() {
    token_ = world_.token(world_.users.at(user_), device_);
}

void Client::go_offline(Duration back_in) {
    state_ = State::offline;
    paused_until_ = {};
    unanswered_since_ = {};
    for (auto& [name, conversation] : conversations_) {
        conversation.asking = false;
        conversation.looking = false;
    }
    for (const auto& [ref, asked] : std::exchange(asked_, {})) {
        settle(asked, false);
    }
    for (Sending& sending : outbox_) {
        sending.attempt = sending.rest ? sending.attempt : 0;
    }
    if (!stopped_) {
        world_.simulation.cancel(reconnect_);
        reconnect_ = world_.simulation.in(back_in, kWorld, [this] { connect(); });
    }
}

void Client::on_open() {
    state_ = State::authenticating;
    if (!habits_.header_token && !habits_.eager) {
        link_->send(JsonObject{"auth"}.add("token", token_).take());
    }
}

void Client::on_down(int status) {
    if (status == 401 || status == 4003) {
        token_.clear();
    }
    go_offline(rng_.between(10ms, 1500ms));
}

void Client::on_garbage(std::string_view why) {
    world_.breaches.push_back("a client could not read a frame: " + std::string{why});
}

void Client::on_sign_of_life() {
    heard_at_ = world_.simulation.now();
}

bool Client::overdue() const {
    const Duration now = world_.simulation.now();
    if (paused_until_ > 0s) {
        return false;
    }
    switch (state_) {
        case State::offline:
            return false;
        case State::connecting:
        case State::authenticating:
            return now - state_since_ > kHandshakeMax;
        case State::syncing:
        case State::live:
            break;
    }
    const auto late = [now](const Sending& sending) {
        return sending.attempt != 0 && !sending.rest && now - sending.sent_at > kAnswerMax;
    };
    const auto unanswered = [now](const auto& entry) {
        return entry.second.asking && now - entry.second.asked_at > kAnswerMax;
    };
    // What is heard says nothing of what is said: that may go nowhere.
    return now - heard_at_ > kSilenceMax ||
           (unanswered_since_ > 0s && now - unanswered_since_ > kSilenceMax) ||
           (state_ == State::syncing && now - state_since_ > kAnswerMax) ||
           std::ranges::any_of(outbox_, late) || std::ranges::any_of(conversations_, unanswered);
}

/// Once a second: signs of life, timeouts, leaving, and what waits for its time.
void Client::tick() {
    if (stopped_) {
        return;
    }
    const Duration now = world_.simulation.now();
    if (paused_until_ > 0s && now >= paused_until_) {
        paused_until_ = {};
        heard_at_ = now;
        link_->resume_reading();
    }
    if (overdue()) {
        world_.simulation.trace(What::client, number_, 0);
        link_->drop();
        go_offline(rng_.between(10ms, 500ms));
    } else if (state_ == State::live) {
        if (now - beat_at_ >= kBeatEvery) {
            beat_at_ = now;
            if (chatting_ && rng_.chance(0.2)) {
                link_->ping();
            } else if (unanswered_since_ == 0s) {
                unanswered_since_ = now;
                send(JsonObject{"heartbeat"}.add("ref", "b").take());
            }
        }
        if (chatting_ && rng_.chance(1e9 / static_cast<double>(habits_.leave_mean.count()))) {
            if (rng_.chance(0.5)) {
                link_->close();
            } else {
                link_->drop();
                go_offline(rng_.between(0s, 5s));
            }
        } else if (chatting_ && habits_.slow_reader && paused_until_ == 0s && rng_.chance(0.2)) {
            paused_until_ = now + rng_.between(500ms, 6s);
            link_->pause_reading();
        }
        ask_for_gaps();
        look_around();
        transmit_waiting();
    }
    world_.simulation.in(1s, kWorld, [this] { tick(); });
}

bool Client::settled() const {
    return state_ == State::live && outbox_.empty() && asked_.empty() && calls_.empty() &&
           answered_at_ >= marked_at_ && std::ranges::all_of(conversations_, [](const auto& entry) {
               return entry.second.beyond.empty() && entry.second.complete &&
                      !entry.second.asking && entry.second.known;
           });
}

std::uint64_t Client::head(std::uint32_t conversation) const {
    for (const auto& [name, known] : conversations_) {
        if (known.number == conversation) {
            return known.head;
        }
    }
    return 0;
}

std::uint64_t Client::read_up_to(std::uint32_t conversation) const {
    for (const auto& [name, known] : conversations_) {
        if (known.number == conversation) {
            return known.read;
        }
    }
    return 0;
}

bool Client::knows(std::uint32_t conversation) const {
    return std::ranges::any_of(conversations_, [conversation](const auto& entry) {
        return entry.second.number == conversation;
    });
}

bool Client::is_in(std::uint32_t conversation) const {
    return std::ranges::any_of(conversations_, [conversation](const auto& entry) {
        return entry.second.number == conversation && entry.second.active;
    });
}

void Client::record_holds() {
    for (const auto& [name, known] : conversations_) {
        if (!known.active || known.head == 0) {
            continue;
        }
        HistoryEvent& event = record(Op::hold);
        event.conversation = known.number;
        event.extra = static_cast<std::uint32_t>(world_.history.views.size());
        world_.history.views.push_back(
            {.head = known.head,
             .read = known.read,
             .unread = known.room.unread(known.read),
             .own = known.room.own(),
             .contents = known.room.contents(world_.ending)}
        );
    }
}

std::string Client::describe() const {
    static constexpr std::array<std::string_view, 5> kStates{
        "offline",
        "connecting",
        "authenticating",
        "syncing",
        "live",
    };
    std::string text = "device " + std::to_string(number_) + " of user " + std::to_string(user_) +
                       ": " + std::string{kStates.at(static_cast<std::size_t>(state_))} + ", " +
                       std::to_string(outbox_.size()) + " unacknowledged";
    text += asked_.empty() ? "" : ", " + std::to_string(asked_.size()) + " requests unanswered";
    text += calls_.empty() ? "" : ", " + std::to_string(calls_.size()) + " calls unanswered";
    text += answered_at_ >= marked_at_ ? "" : ", no heartbeat answered since its last mark";
    for (const auto& [name, known] : conversations_) {
        text += ", " + std::to_string(known.number) + " up to " + std::to_string(known.head);
        if (!known.beyond.empty() || !known.complete) {
            text += " with a gap";
        }
        text += known.known ? "" : " without its object";
        text += known.active ? "" : " left";
    }
    return text;
}

// --- chatting -------------------------------------------------------------------------------------

void Client::chat() {
    if (!chatting_) {
        return;
    }
    const std::uint64_t count = rng_.chance(habits_.burst) ? 1 + rng_.below(12) : 1;
    for (std::uint64_t i = 0; i < count && outbox_.size() < kOutboxMax; ++i) {
        write_message();
    }
    if (rng_.chance(habits_.resend) && state_ == State::live) {
        send_again();
    }
    if (rng_.chance(habits_.trespass) && state_ == State::live) {
        trespass();
    }
    if (rng_.chance(habits_.act) && state_ == State::live) {
        act();
    }
    transmit_waiting();
    world_.simulation.in(rng_.exponential(habits_.send_mean), kWorld, [this] { chat(); });
}

std::string Client::make_content(std::uint64_t id) {
    static constexpr std::array<std::string_view, 6> kSpice{
        "",
        " \"quoted\" \\ and / more",
        "\n\ttwo lines",
        " grüße €",
        " \xF0\x9F\x99\x82",
        "\x01\x1F",
    };
    std::string content = "m" + std::to_string(number_) + "-" + std::to_string(id & 0xFFFFFFFFU);
    content += rng_.pick(kSpice);
    if (!rng_.chance(habits_.long_text)) {
        return content.append(rng_.below(120), static_cast<char>('a' + rng_.below(26)));
    }
    // A frame may have 64 KiB, and a control character becomes six bytes.
    static constexpr std::array kLonger{'"', '\\', '\n', '\x02'};
    return content.append(rng_.below(10'000), habits_.spicy ? rng_.pick(kLonger) : 'x');
}

void Client::write_message() {
    Sending sending;
    sending.id = (static_cast<std::uint64_t>(number_) << 32U) | ++sends_;
    if (const Conversation* group = rng_.chance(habits_.group) ? some_group(true) : nullptr;
        group != nullptr) {
        sending.conversation = group->name;
        sending.content = make_content(sending.id);
        outbox_.push_back(std::move(sending));
        return;
    }
    // Somebody, now and then oneself; some are favourites, so that conversations grow.
    const std::uint64_t users = habits_.people;
    sending.receiver =
        static_cast<std::uint32_t>(1 + (rng_.chance(0.6) ? (user_ % users) : rng_.below(users)));
    sending.content = make_content(sending.id);
    outbox_.push_back(std::move(sending));
}

void Client::transmit_waiting() {
    if (state_ != State::live || world_.simulation.now() < slow_until_) {
        return;
    }
    const auto unanswered = static_cast<std::size_t>(
        std::ranges::count_if(outbox_, [](const Sending& sending) { return sending.attempt != 0; })
    );
    std::size_t room = window_ > unanswered ? window_ - unanswered : 0;
    for (Sending& sending : outbox_) {
        if (room == 0) {
            break;
        }
        if (sending.attempt == 0 && world_.simulation.now() >= sending.not_before) {
            if (rng_.chance(habits_.twice)) {
                transmit_twice(sending);
            } else {
                // An edit over REST is answered with the message, which does not say where the edit stands.
                transmit(sending, sending.target.empty() && rng_.chance(habits_.rest));
            }
            --room;
        }
    }
}

/// As after an impatient retry. Both go the same way: of two ways nobody could say which is first.
void Client::transmit_twice(Sending& sending) {
    world_.simulation.tally.add(Count::duplicates);
    const bool rest = sending.target.empty() && rng_.chance(0.5);
    transmit(sending, rest);
    transmit(sending, rest);
}

void Client::transmit(Sending& sending, bool rest) {
    sending.attempt = ++attempts_;
    ++sending.attempts;
    sending.sent_at = world_.simulation.now();
    sending.rest = rest;
    const auto known = direct_.find(sending.receiver);
    HistoryEvent& event = record(Op::send);
    if (sending.rest) {
        event.connection = 0;  // in no order with others
    }
    JsonObject frame;
    if (!sending.target.empty()) {
        frame.add("message_id", sending.target);
        event.conversation = world_.history.conversations.number(sending.conversation);
    } else if (!sending.conversation.empty()) {
        frame.add("conversation_id", sending.conversation);
        event.conversation = world_.history.conversations.number(sending.conversation);
    } else if (known != direct_.end() && !rng_.chance(habits_.by_receiver)) {
        frame.add("conversation_id", known->second);
    } else {
        frame.add("receiver_id", to_string(world_.users.at(sending.receiver).uuid));
    }
    const auto to =
        conversations_.find(known != direct_.end() ? known->second : sending.conversation);
    if (to != conversations_.end()) {
        event.conversation = to->second.number;
        event.cur = to->second.beyond.empty() ? to->second.head : to->second.beyond.rbegin()->first;
    }
    event.send = sending.id;
    event.attempt = sending.attempt;
    event.hash = hash_of(sending.content);
    event.user = sending.receiver;
    frame.add("client_id", "c" + std::to_string(sending.id)).add("content", sending.content);
    if (rng_.chance(0.5)) {
        frame.add("message_type", "text");
    }
    if (sending.rest) {
        post(sending, std::move(frame));
    } else {
        frame.add("type", sending.target.empty() ? "send_message" : "edit_message")
            .add("ref", "s" + std::to_string(sending.attempt));
        link_->send(frame.take());
    }
}

void Client::post(const Sending& sending, JsonObject body) {
    call(
        {.method = "POST", .target = "/api/messages", .token = token_, .body = body.take()},
        [this, id = sending.id, attempt = sending.attempt](const RestCall::Answer& answer) {
            on_posted(answer, id, attempt);
        }
    );
}

void Client::call(
    const RestCall::Request& request, UniqueFunction<void(const RestCall::Answer&)> done
) {
    const std::uint32_t number = next_call_++;
    calls_[number] = std::make_unique<RestCall>(
        world_.simulation,
        world_.network,
        request,
        [this, number, done = std::move(done)](const RestCall::Answer& answer) mutable {
            const auto at = calls_.find(number);
            world_.simulation.after_event([over = std::move(at->second)] {});
            calls_.erase(at);
            if (!stopped_) {
                done(answer);
            }
        }
    );
}

/// Sends an acknowledged message again, as after a lost acknowledgement, or with other words, which must
/// be refused.
void Client::send_again() {
    std::erase_if(acknowledged_, [this](const Sending& sending) {
        return world_.simulation.now() - sending.sent_at > kResendWithin;
    });
    if (acknowledged_.empty()) {
        return;
    }
    Sending again = rng_.pick(acknowledged_);
    const bool alter = rng_.chance(habits_.alter / (habits_.alter + habits_.resend));
    if (alter) {
        again.content += " altered " + std::to_string(attempts_);
    }
    transmit(again, again.target.empty() && rng_.chance(habits_.rest));
    if (alter) {
        altered_.insert(again.attempt);
        world_.history.events.back().altered = true;
    }
}

/// Asks for, or writes into, a conversation of others.
void Client::trespass() {
    std::vector<std::uint32_t> foreign;
    for (const auto& [number, members] : world_.members) {
        if (!members.contains(user_)) {
            foreign.push_back(number);
        }
    }
    if (foreign.empty()) {
        return;
    }
    const std::string name{world_.history.conversations.name(rng_.pick(foreign))};
    switch (rng_.below(3)) {
        case 0:
            send(JsonObject{"history"}
                     .add("conversation_id", name)
                     .add("after_seq", std::uint64_t{0})
                     .add("ref", "x")
                     .take());
            break;
        case 1:
            send(JsonObject{"ack"}
                     .add("conversation_id", name)
                     .add("seq", std::uint64_t{1})
                     .add("status", "read")
                     .add("ref", "x")
                     .take());
            break;
        default: {
            Sending sending;
            sending.id = (static_cast<std::uint64_t>(number_) << 32U) | ++sends_;
            sending.conversation = name;
            sending.content = make_content(sending.id);
            outbox_.push_back(std::move(sending));
            break;
        }
    }
}

void Client::send(std::string_view payload) {
    if (link_ != nullptr) {
        link_->send(payload);
    }
}

// --- receipts, sync, gaps -------------------------------------------------------------------------

void Client::mark_something() {
    if (!chatting_) {
        return;
    }
    if (state_ == State::live && !conversations_.empty()) {
        auto at = conversations_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(rng_.below(conversations_.size())));
        Conversation& chosen = at->second;
        if (chosen.head > 0) {
            // Mostly the newest, sometimes one of before, which moves nothing.
            const std::uint64_t seq = rng_.chance(0.8) ? chosen.head : 1 + rng_.below(chosen.head);
            mark(chosen, seq, rng_.chance(0.5));
        }
    }
    world_.simulation.in(rng_.exponential(habits_.mark_mean), kWorld, [this] { mark_something(); });
}

void Client::mark(Conversation& conversation, std::uint64_t seq, bool read) {
    marked_at_ = world_.simulation.now();
    conversation.marked_delivered = std::max(conversation.marked_delivered, seq);
    if (read) {
        conversation.marked_read = std::max(conversation.marked_read, seq);
        conversation.read = std::max(conversation.read, seq);
    }
    HistoryEvent& event = record(Op::mark);
    event.conversation = conversation.number;
    event.seq = seq;
    event.read = read;
    const auto place = conversation.room.lines().find(seq);
    const std::uint32_t message =
        place == conversation.room.lines().end() ? 0 : place->second.message;
    const char* const status = read ? "read" : "delivered";
    if (message != 0 && rng_.chance(habits_.rest)) {
        call(
            {.method = "PUT",
             .target =
                 "/api/messages/" + std::string{world_.history.messages.name(message)} + "/status",
             .token = token_,
             .body = JsonObject{}.add("status", status).take()},
            [this, number = conversation.number](const RestCall::Answer& answer) {
                if (answer.status == 401) {
                    renew_token();
                }
                if (answer.unheard() || answer.status == 401) {
                    mark_again(number);
                } else if (answer.status != 204 && answer.status != 429 &&
                           !(answer.status == 404 && may_be_unknown(number))) {
                    world_.breaches.push_back(
                        "an honest PUT of a status was answered with " +
                        std::to_string(answer.status)
                    );
                }
            }
        );
        return;
    }
    JsonObject frame{"ack"};
    frame.add("ref", "m" + std::to_string(conversation.number)).add("status", status);
    if (message != 0 && rng_.chance(0.5)) {
        frame.add("message_id", world_.history.messages.name(message));
    } else {
        frame.add("conversation_id", conversation.name).add("seq", seq);
    }
    send(frame.take());
}

void Client::read_everything() {
    for (auto& [name, conversation] : conversations_) {
        if (conversation.head > 0 && rng_.chance(0.7)) {
            // Scrolling there: one mark is still on its way to the log when the next one comes.
            mark(conversation, 1 + rng_.below(conversation.head), true);
            mark(conversation, conversation.head, true);
        }
    }
}

void Client::begin_sync() {
    state_ = State::syncing;
    state_since_ = world_.simulation.now();
    std::vector<std::string> frames;
    JsonObject cursors;
    std::size_t in_frame = 0;
    for (auto& [name, conversation] : conversations_) {
        const bool named = !rng_.chance(0.02);
        conversation.complete = named || conversation.beyond.empty();
        conversation.asked_after = named ? conversation.head : 0;
        if (!named) {
            continue;
        }
        cursors.add(name, conversation.head);
        if (++in_frame >= 3 && rng_.chance(0.2)) {
            const std::string part = std::exchange(cursors, JsonObject{}).take();
            frames.push_back(
                JsonObject{"sync"}.add_raw("cursors", part).add_flag("more", true).take()
            );
            in_frame = 0;
        }
    }
    JsonObject last{"sync"};
    last.add("ref", "y").add_raw("cursors", cursors.take());
    if (!sync_token_.empty() && !rng_.chance(0.1)) {
        last.add("since", sync_token_);
    }
    frames.push_back(last.take());
    for (const std::string& frame : frames) {
        send(frame);
    }
}

void Client::ask_for_gaps() {
    for (auto& [name, conversation] : conversations_) {
        if ((!conversation.beyond.empty() || !conversation.complete) && !conversation.asking) {
            ask_history(conversation);
        }
    }
}

void Client::ask_history(Conversation& conversation) {
    conversation.asking = true;
    conversation.asked_at = world_.simulation.now();
    conversation.asked_after = conversation.head;
    send(JsonObject{"history"}
             .add("conversation_id", conversation.name)
             .add("after_seq", conversation.head)
             .add("ref", "h" + std::to_string(conversation.number))
             .take());
}

}  // namespace parley::sim
