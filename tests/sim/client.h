#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "tests/history/history.h"
#include "tests/sim/client_link.h"
#include "tests/sim/json.h"
#include "tests/sim/rest_call.h"
#include "tests/sim/room.h"

/// A user's device as an honest client of the protocol: it keeps what it was told, asks for what it misses,
/// sends again what was not acknowledged, and writes down all it does and sees.

namespace parley::sim {

using history::History;
using history::Op;
using history::Source;
using HistoryEvent = history::Event;

/// What all clients have in common.
struct World {
    Simulation& simulation;
    SimNetwork& network;
    websocket::Deflater& deflater;
    History& history;
    std::vector<UserId> users;  ///< by number; [0] is nobody
    std::map<std::string, std::uint32_t> user_numbers;
    /// A fresh access token, or an empty one when the server is down.
    std::function<std::string(UserId, DeviceId)> token;
    /// Who is in a conversation, as far as anyone has seen; by number of its name.
    std::map<std::uint32_t, std::set<std::uint32_t>> members;
    /// The groups that there are, by number of their names.
    std::set<std::uint32_t> groups;
    /// Whose account ends; 0: nobody's. What the server says of nobody, it says of them.
    std::uint32_t ending = 0;
    /// Who looks offline to all others; 0: nobody.
    std::uint32_t hiding = 0;
    /// Pairs of whom one has blocked the other, or tried to; the lower number first.
    std::set<std::pair<std::uint32_t, std::uint32_t>> blocks;

    /// What the server did that the protocol has no place for.
    std::vector<std::string> breaches;

    void note(const char* text);
};

/// A conversation object as the history has it; `asked`: when it was asked for.
[[nodiscard]] history::View to_view(const Json& conversation, Duration asked);

/// What a device is like.
struct Habits {
    Duration send_mean = std::chrono::seconds{1};
    Duration mark_mean = std::chrono::seconds{1};
    Duration leave_mean = std::chrono::seconds{20};
    std::size_t window = 8;    ///< unanswered sends at once
    double by_receiver = 0.3;  ///< chance to name the receiver though the conversation is known
    double burst = 0.1;        ///< chance of several messages at once
    double resend = 0.05;      ///< chance to send an acknowledged one again
    double twice = 0;          ///< chance to send something twice at once
    double alter = 0.02;       ///< chance to do so with another payload
    double trespass = 0.02;    ///< chance to try what is somebody else's
    double long_text = 0.02;   ///< chance of some kilobytes
    double rest = 0;           ///< chance to use REST for a send or an ack
    double group = 0;          ///< chance that a message goes to a group
    double act = 0;    ///< chance of something else than a message: edits, members, settings …
    double block = 0;  ///< chance that such an act is a block
    double fade = 0;   ///< chance that it makes messages disappear
    std::size_t groups_max = 0;   ///< that there are, of all
    std::size_t members_max = 8;  ///< of a new one
    std::uint64_t people =
        1;               ///< users 1 to this one talk; others are members of groups and no more
    bool spicy = false;  ///< long texts are of what JSON makes longer
    bool slow_reader = false;
    bool deflate = false;
    bool header_token = false;
    bool eager = false;  ///< sends its token right behind the handshake's request
};

class Client final : public ClientLink::Listener {
public:
    Client(World& world, std::uint32_t number, std::uint32_t user, DeviceId device, Habits habits);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client() override = default;

    /// Connects, and begins to chat.
    void start();
    /// No new messages and no more mischief; what is unacknowledged is still sent until it is.
    void calm_down();
    /// Marks everything it has as read, once.
    void read_everything();
    /// Connects now if it is not connected or on its way.
    void hurry();
    /// Leaves for good.
    void stop();
    /// Watches everyone who talks, from now on.
    void watch();

    /// Live, nothing unacknowledged, no gap known.
    [[nodiscard]] bool settled() const;
    /// How many messages and edits wait for their acknowledgement, or to be sent at all.
    [[nodiscard]] std::size_t unacknowledged() const noexcept { return outbox_.size(); }
    /// How far it has come without a gap; 0 for what it does not know.
    [[nodiscard]] std::uint64_t head(std::uint32_t conversation) const;
    /// Its user's read cursor as this device knows it.
    [[nodiscard]] std::uint64_t read_up_to(std::uint32_t conversation) const;
    /// Has it heard of the conversation?
    [[nodiscard]] bool knows(std::uint32_t conversation) const;
    /// Is its user in the conversation, as far as this device knows?
    [[nodiscard]] bool is_in(std::uint32_t conversation) const;
    /// What it was told last of how a user is; nothing when it was told nothing.
    [[nodiscard]] std::optional<bool> sees_online(std::uint32_t user) const;
    /// Writes down what it makes of each conversation that its user is in.
    void record_holds();
    [[nodiscard]] std::uint32_t user() const noexcept { return user_; }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] std::string describe() const;

    void on_open() override;
    void on_text(std::string_view payload) override;
    void on_down(int status) override;
    void on_garbage(std::string_view why) override;
    void on_sign_of_life() override;

private:
    enum class State : unsigned char {
        offline,
        connecting,
        authenticating,
        syncing,
        live
    };
    struct Conversation {
        std::string name;
        std::uint32_t number = 0;
        std::uint64_t head = 0;                         // everything up to here is had
        std::map<std::uint64_t, std::uint32_t> beyond;  // what came past a gap: messages by number
        std::uint64_t asked_after = 0;                  // in the sync that runs
        bool asking = false;                            // a history request is out
        Duration asked_at{};
        std::uint64_t marked_delivered = 0;
        std::uint64_t marked_read = 0;
        std::uint64_t read = 0;  // the user's cursor, from all that was seen
        bool complete = true;    // nothing is known to be between head and what the server has
        bool known = false;      // its object has come
        bool looking = false;    // and was asked for
        bool is_group = false;
        bool active = true;                  // the user is in it
        std::map<std::uint64_t, bool> mine;  // where they came and left
        std::uint64_t left_at = 0;           // where they left it last, and what it was called then
        std::string left_title;
        bool has_settings = false;
        Room room;
    };
    /// Something asked for that is no message, until it is answered.
    struct Asked {
        std::string conversation;
        Line line;                  // the event that the answer is, when it has a seq
        std::uint64_t hidden = 0;   // deleted for oneself
        std::uint32_t blocked = 0;  // who
        bool off = false;
        Duration at{};
    };
    struct Sending {
        std::uint64_t id = 0;
        std::uint32_t receiver = 0;
        std::string conversation;  // a group, or a stranger's attempt: goes there and nowhere else
        std::string target;        // an edit's message
        std::string content;
        std::uint32_t attempts = 0;
        std::uint32_t definite = 0;
        std::uint32_t attempt = 0;  // unanswered on this connection, or over REST; 0: none
        bool rest = false;
        Duration sent_at{};
        Duration not_before{};
    };

    // client.cc: life and chatting
    void connect();
    void go_offline(Duration back_in);
    void renew_token();
    void tick();
    void chat();
    void write_message();
    void send_again();
    void trespass();
    [[nodiscard]] std::string make_content(std::uint64_t id);
    void transmit_waiting();
    void transmit_twice(Sending& sending);
    void transmit(Sending& sending, bool rest);
    void post(const Sending& sending, JsonObject body);
    void call(const RestCall::Request& request, UniqueFunction<void(const RestCall::Answer&)> done);
    void begin_sync();
    void mark_something();
    void mark(Conversation& conversation, std::uint64_t seq, bool read);
    void ask_for_gaps();
    void ask_history(Conversation& conversation);
    void send(std::string_view payload);
    [[nodiscard]] bool overdue() const;
    HistoryEvent& record(Op op);

    // client_acts.cc: all that is no message
    void act();
    void create_group();
    void change_members();
    void change_group(Conversation& group);
    void change_message();
    void edit(const Conversation& in, const Line& line, bool foreign);
    void remove(const Conversation& in, const Line& line);
    void react(const Conversation& in, const Line& line);
    void change_settings();
    void block(const Conversation& in);
    void be_busy();
    void ask(JsonObject frame, Asked asked);
    void call_about(RestCall::Request request, Asked asked);
    void on_asked(const Json& frame);
    void settle(const Asked& asked, bool done);
    void look_around();
    void look_at(Conversation& in);
    [[nodiscard]] Conversation* some_group(bool active);
    [[nodiscard]] Conversation* some_conversation();
    [[nodiscard]] const Line* some_message(const Conversation& in, bool own);
    [[nodiscard]] std::uint32_t some_user();
    [[nodiscard]] std::string id_of(std::uint32_t user) const;

    // client_frames.cc: what comes in
    void on_auth_success();
    void on_send_ack(const Json& frame, std::uint64_t id, std::uint32_t attempt, bool live);
    void on_posted(const RestCall::Answer& answer, std::uint64_t id, std::uint32_t attempt);
    void on_receipt(const Json& frame);
    void on_events(const Json& frame);
    void on_conversation(const Json& object, Duration asked);
    void check_former(Conversation& in, const Json& object);
    void on_sync_complete(const Json& frame);
    void on_error(const Json& frame);
    void on_send_error(
        std::uint64_t id, std::uint32_t attempt, bool definite, std::string_view code
    );
    void on_event(const Json& event, Source source);
    void take(Conversation& in, const Line& line, Source source);
    void take_membership(Conversation& in, const Line& line);
    void show(Conversation& in, const Line& line, Source source);
    [[nodiscard]] bool has_left(const Conversation& in) const;
    void on_typing(const Json& frame);
    void on_presence(const Json& frame);
    static void advance(Conversation& in);
    void on_loot(std::uint32_t conversation, const Json& events);
    void mark_again(std::uint32_t number);
    [[nodiscard]] bool may_be_unknown(std::uint64_t number) const;
    void mark_all(Conversation& in);
    Conversation& conversation(const std::string& name);
    [[nodiscard]] std::uint32_t user_number(const std::string& id) const;
    Sending* find_sending(std::uint64_t id);
    [[nodiscard]] const Sending* find_sent(std::uint64_t id) const;

    World& world_;
    const std::uint32_t number_;
    const std::uint32_t user_;
    const DeviceId device_;
    const Habits habits_;
    Rng rng_;

    // What the device keeps.
    std::map<std::string, Conversation> conversations_;
    std::map<std::uint32_t, std::string> direct_;  // by the other user's number
    std::deque<Sending> outbox_;
    std::deque<Sending> acknowledged_;  // the newest few
    std::string sync_token_;
    std::string token_;
    std::uint64_t sends_ = 0;
    std::uint32_t attempts_ = 0;
    std::set<std::uint32_t> altered_;  // attempts that must be refused
    std::set<std::uint64_t>
        taken_over_;      // sends whose client_id another payload was acknowledged under
    std::size_t window_;  // of unanswered sends; small after a refusal, as good clients do
    Duration slow_until_{};

    // What a connection has.
    State state_ = State::offline;
    std::unique_ptr<ClientLink> link_;
    std::map<std::uint32_t, std::unique_ptr<RestCall>> calls_;
    std::map<std::uint32_t, Asked> asked_;  // by ref
    std::map<std::uint32_t, bool> online_;  // the users it watches, as it was told last
    std::uint32_t next_ask_ = 1;
    std::uint32_t next_call_ = 1;
    std::uint32_t connection_ = 0;
    Duration state_since_{};
    Duration connected_at_{};
    Duration heard_at_{};
    Duration beat_at_{};
    Duration unanswered_since_{};  // a heartbeat; 0: none is out
    Duration answered_at_{};       // when the last one went out that was answered
    Duration marked_at_{};         // what has no answer of its own went out
    Duration paused_until_{};
    EventId reconnect_;
    bool chatting_ = false;
    bool stopped_ = false;
};

}  // namespace parley::sim
