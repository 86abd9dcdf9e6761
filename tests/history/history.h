#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tests/history/names.h"

/// What clients did and saw, for the checker: README.md has the meaning of each operation and the form in files.
/// Names from the wire are small numbers here; 0 is "none".

namespace parley::history {

enum class Op : std::uint8_t {
    member,  ///< user may see conversation from seq to cur (0: for ever)
    open,
    close,
    send,     ///< send, attempt, hash, conversation or user (receiver) or both, cur, altered
    ack,      ///< send, attempt, conversation, seq, message, altered
    err,      ///< send (0: of something else), attempt, extra: its code in texts, definite
    timeout,  ///< send
    recv,  ///< source, kind, conversation, seq, message, user (sender), hash, send (if ours), extra:
           ///< which of details
    show,  ///< conversation, seq, message
    page,  ///< source, conversation, cur (asked after), seq (first), extra: how many, has_more, dense
    gap,      ///< conversation, seq (what came), cur (what was had)
    mark,     ///< conversation, seq, read
    receipt,  ///< conversation, user, seq, read
    view,     ///< conversation, extra: which of views
    read,     ///< conversation, cur (after), seq (last), extra: which of readings, final
    hold,     ///< conversation, extra: which of views: what a device makes of it in the end
    hide,     ///< conversation, seq, cur: when it was asked (ns), definite: it was done
    block,    ///< conversation, user (who is blocked), off, cur and definite as above
    refresh,  ///< extra: which of refreshes
    fault,    ///< extra: what, in texts
    down,     ///< the same
    up,       ///< the same
};

enum class Source : std::uint8_t {
    live,
    sync,
    history,
    audit
};

enum class Kind : std::uint8_t {
    message,
    event,  ///< of the conversation, nobody's content
    hidden  ///< only its place is seen
};

/// What an event that is no message says, by Detail.
enum class What : std::uint8_t {
    none,
    created,   ///< users
    added,     ///< user, word (role)
    removed,   ///< user
    role,      ///< user, word
    updated,   ///< of the group
    ended,     ///< the group is gone, and everyone has left it
    edited,    ///< target; the hash is the new content's
    deleted,   ///< target
    reaction,  ///< target, word (emoji), off
    settings   ///< of the conversation
};

struct Event {
    Duration time{};
    std::uint64_t seq = 0;
    std::uint64_t cur = 0;
    std::uint64_t hash = 0;  ///< of the content
    std::uint64_t send = 0;  ///< any number that stands for one send of one user
    std::uint32_t device = 0;
    std::uint32_t connection = 0;  ///< of the device: 1, 2, …; 0: on none
    std::uint32_t conversation = 0;
    std::uint32_t message = 0;
    std::uint32_t user = 0;
    std::uint32_t attempt = 0;  ///< of the device: which of its attempts to send
    std::uint32_t extra = 0;
    Op op{};
    Source source{};
    Kind kind{};
    bool definite : 1 = false;
    bool read : 1 = false;  ///< not only delivered
    bool has_more : 1 = false;
    bool dense : 1 = true;
    bool altered : 1 = false;  ///< other content under a send that was acknowledged
    bool final : 1 = false;
    bool off : 1 = false;
};
static_assert(sizeof(Event) == 72, "ten million of them have to fit");

struct View {
    std::uint64_t head = 0;
    std::uint64_t read = 0;
    std::uint64_t delivered = 0;
    std::uint64_t unread = 0;
    Duration asked{};
    std::uint64_t own = 0;       ///< of a hold: hash of what the user has set for themselves
    std::uint64_t contents = 0;  ///< of a hold: hash of what all messages say now
    bool all = false;            ///< of a view: who joins reads from the beginning
};

/// What an event says beside its content, and what a message has become.
struct Detail {
    What what = What::none;
    bool off = false;     ///< the reaction is taken back
    bool edited = false;  ///< of a message: the hash is of what it says now
    bool gone = false;    ///< of a message: deleted
    bool fades = false;   ///< of a message: it disappears; of settings: messages do from here on
    std::uint32_t target = 0;
    std::uint32_t user = 0;
    std::uint32_t word = 0;            ///< in texts
    std::vector<std::uint32_t> users;  ///< of a new group
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        reactions;  ///< to a message: emoji in texts, user

    friend bool operator==(const Detail&, const Detail&) = default;
};

struct Reading {
    Duration asked{};
    std::uint64_t count = 0;
};

struct Refresh {
    std::uint32_t family = 0;     ///< in History::families
    std::uint64_t token = 0;      ///< hash of what was shown
    std::uint64_t successor = 0;  ///< hash of what came; 0: a refusal
    std::uint32_t code = 0;       ///< of the refusal, in texts
    bool definite = false;
    Duration asked{};
};

enum class Role : std::uint8_t {
    client,    ///< keeps everything, and shows each message once
    receiver,  ///< keeps everything
    sender,    ///< need not receive
    auditor,   ///< reads everything at the end, and nothing else
    ended,     ///< its user's account ends: need not receive, and nobody reads for them at the end
};

struct Device {
    std::uint32_t user = 0;
    Role role = Role::client;
    std::string name;
};

/// Events are in order of time; those of one device in the order in which they happened.
struct History {
    std::vector<Device> devices = std::vector<Device>(1);  ///< by Event::device; 0 is nobody
    std::vector<Event> events;
    std::vector<View> views;
    std::vector<Detail> details = std::vector<Detail>(1);  ///< [0] is that of a plain message
    std::vector<Reading> readings;
    std::vector<Refresh> refreshes;
    Names users;
    Names conversations;
    Names messages;
    Names sends;  ///< "user client_id"; empty where the numbers of sends are made otherwise
    Names texts;
    Names families;

    /// The number for Event::extra of what is said beside the content.
    [[nodiscard]] std::uint32_t add_detail(Detail detail);
    [[nodiscard]] const Detail& detail_of(const Event& event) const {
        return details.at(event.op == Op::recv ? event.extra : 0);
    }

    /// How a send, a user, a device is called in files and findings.
    [[nodiscard]] std::string send_name(std::uint64_t send) const;
    [[nodiscard]] std::string user_name(std::uint32_t user) const;
    [[nodiscard]] std::string device_name(std::uint32_t device) const;
    /// FILE:LINE; empty when it was not read from a file.
    [[nodiscard]] std::string origin_of(std::size_t event) const;

    struct Origin {
        std::uint32_t file = 0;
        std::uint32_t line = 0;
    };
    std::vector<std::string> files;
    std::vector<Origin> origins;  ///< by event
};

}  // namespace parley::history
