#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "ports/contact_directory.h"
#include "ports/conversation_directory.h"
#include "ports/user_directory.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "services/presence/seen.h"

namespace parley::presence {

/// Users that one session watches at once.
inline constexpr std::size_t kWatchedMax = 500;
/// Requests to watch of one session that wait; more are refused.
inline constexpr std::size_t kRequestsMax = 8;

struct Options {
    /// From a user's last session's end until they are offline: who reconnects within it does not flicker.
    Duration grace = std::chrono::seconds{5};
    /// Changes are told together, at most so often.
    Duration tell_interval = std::chrono::milliseconds{250};
    /// When someone has gone, their last_seen is saved so much later, with those of all who went meanwhile.
    Duration save_delay = std::chrono::seconds{2};
};

/// Where presence goes: one per loop, implemented by the gateway. Called on that loop.
class PresenceSink {
public:
    virtual ~PresenceSink() = default;
    /// How `user` looks, for sessions of this loop; one that has ended is ignored. `ref`: JSON to repeat.
    virtual void on_presence(
        UserId user, const Seen& seen, std::span<const SessionId> sessions, std::string_view ref
    ) = 0;
    /// What the session wanted to watch could not be found out: it watches what it did before.
    virtual void on_watch_failed(SessionId session, const Error& error, std::string_view ref) = 0;
};

/// Who is online, away or offline, told to those who watch it and may know it: who shares a conversation or
/// a contact with them, where neither blocks the other. Each user has a home loop that knows how they are
/// (people.h); each loop knows what its sessions watch (watches.h); what crosses is a value in a mailbox,
/// posted in batches. A session that only holds a connection costs nothing here, and no write anywhere:
/// last_seen is saved after someone has gone.
class Presence {
public:
    /// Are both of them in the conversation now? Asked of its state.
    using BothIn = std::function<
        runtime::Task<Result<bool>>(runtime::Loop&, ConversationNumber, UserId, UserId)>;
    struct Dependencies {
        std::vector<runtime::Loop*> loops;
        ports::UserDirectory& users;
        ports::ContactDirectory& contacts;
        ports::ConversationDirectory& conversations;
        BothIn both_in;
    };
    Presence(Options options, Dependencies dependencies);
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    Presence(Presence&&) = delete;
    Presence& operator=(Presence&&) = delete;
    ~Presence();

    /// Before the first session, for each loop.
    void attach(runtime::LoopId loop, PresenceSink& sink);

    /// What all sessions of `user` on `home` come to, when that has changed; offline: there are none any
    /// more. `seen` is when they last gave a sign of life.
    void report(runtime::Loop& home, UserId user, Status status, Timestamp seen);

    struct WatchRequest {
        SessionId session;
        UserId user;                 ///< whose session it is
        std::vector<UserId> wanted;  ///< at most kWatchedMax
        std::string ref;
    };
    /// The session watches these, and nobody else any more; whom it may not see is left out. Requests of
    /// one session are done one after the other. False, and nothing happens, when kRequestsMax of it wait.
    [[nodiscard]] bool watch(runtime::Loop& home, WatchRequest request);
    /// The session ends. One that never watched costs a look.
    void drop(runtime::Loop& home, SessionId session);

    /// How these look to `viewer`, in their order. Whoever hides, or is not the viewer's to see, looks
    /// offline without last_seen; to oneself one looks as one is. Errors: the directories'.
    [[nodiscard]] runtime::Task<Result<std::vector<Seen>>> look(
        runtime::Loop& home, UserId viewer, std::vector<ports::User> users
    );

    /// After it is durable: the user hides from now on, or does no more.
    void hide(runtime::Loop& home, UserId user, bool hides);
    /// A contact or block between the two has changed: on every loop those who watch are looked at anew.
    void relation_changed(runtime::Loop& home, UserId one, UserId other);
    /// `user` has left a conversation: those on this loop who watch them, and whom they watch, are looked
    /// at anew.
    void left_conversation(runtime::LoopId loop, UserId user);
    /// A conversation of these, sorted, is no more: the same for those among them who watch one another.
    void conversation_ended(runtime::LoopId loop, std::span<const UserId> users);

    /// After the last session has gone: everyone is offline, and saved. On loop 0.
    void stop(Job done);

    void register_metrics(metrics::Registry& registry);

private:
    class Shard;
    struct Shared;

    [[nodiscard]] Shard& home_of(const UserId& user) noexcept;
    /// Which of these `viewer` may see.
    [[nodiscard]] static runtime::Task<Result<std::vector<UserId>>> visible(
        Presence* presence, runtime::Loop* home, UserId viewer, std::vector<UserId> users
    );
    [[nodiscard]] static runtime::Task<Result<bool>> share_group(
        Presence* presence,
        runtime::Loop* home,
        UserId viewer,
        const ports::SharedConversations* shared
    );

    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace parley::presence
