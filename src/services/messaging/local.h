#pragma once

#include <deque>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/scope.h"
#include "services/messaging/messaging.h"

namespace parley::messaging {

/// A send on its way from its session's loop to its conversation's owner.
struct SendJob {
    SendRequest request;
    SendDone done;
    runtime::LoopId home;
    ConversationNumber number;
    std::optional<UserId> receiver;  ///< named by the sender: the conversation is opened if need be
    std::optional<Error> refused = std::nullopt;  ///< why, unless it is the retry of an earlier one
};

struct MarkJob {
    MarkRequest request;
    MarkDone done;
    runtime::LoopId home;
};

struct TypingJob {
    Typing typing;
};

using OwnerJob = std::variant<SendJob, MarkJob, TypingJob>;

struct SendAnswer {
    SendDone done;
    Result<SendReply> result;
};
struct MarkAnswer {
    MarkDone done;
    Result<void> result;
};
struct EventOut {
    ConversationNumber conversation;
    core::EventPtr event;
    Audience audience;
    SessionId except;
    Duration received_at;
};
struct ReceiptOut {
    Receipt receipt;
    Audience audience;
    SessionId except;
};
struct TypingOut {
    Typing typing;
    Audience audience;
};
struct ChangedOut {
    ConversationNumber conversation;
    UserId user;
};
/// What an owner sends to a loop, in order; a Job is any other answer.
using Outgoing =
    std::variant<SendAnswer, MarkAnswer, EventOut, ReceiptOut, TypingOut, ChangedOut, Job>;

/// One loop's side of messaging: gathers what goes to each owner into one post a batch, finds the
/// conversation of a receiver, and hands what owners answer to the gateway. Belongs to its loop.
class Messaging::Local {
public:
    Local(Messaging& messaging, Shared& shared, runtime::Loop& loop);

    /// `refused`: only answers what was sent before.
    void send(SendRequest request, SendDone done, std::optional<Error> refused);
    void mark(MarkRequest request, MarkDone done);
    void type(Typing typing);
    void receive(std::vector<Outgoing> batch);

    /// A group's number: the one that this client_id of this user made before, or a new one; with `make`
    /// false, `not_found` instead.
    [[nodiscard]] runtime::Task<Result<ports::ConversationDirectory::ReservedGroup>> reserve_group(
        const core::CreateGroup* request, bool make
    );
    /// The direct conversation of two users, made if there is none.
    [[nodiscard]] runtime::Task<Result<ConversationNumber>> resolve(UserId user, UserId other);
    /// Whether they have one, without making it. Of one's own notes: true.
    [[nodiscard]] runtime::Task<Result<bool>> is_pair(UserId user, UserId other);
    /// Two names of one: what was resolved before, or nothing.
    [[nodiscard]] const ConversationNumber* known(UserId user, UserId other) const;

    void close(Job done);

private:
    struct Pair {
        UserId low;
        UserId high;
        friend bool operator==(const Pair&, const Pair&) = default;
    };
    struct PairHash {
        std::size_t operator()(const Pair& pair) const noexcept {
            return std::hash<UserId>{}(pair.low) ^ (std::hash<UserId>{}(pair.high) * 31);
        }
    };
    [[nodiscard]] static Pair pair_of(UserId user, UserId other) noexcept;
    void remember(UserId user, UserId other, ConversationNumber number);
    void dispatch(SendJob job);
    void push(ConversationNumber number, OwnerJob job);
    void flush();
    runtime::Task<void> resolve_queue(UserId sender);

    Messaging& messaging_;
    Shared& shared_;
    runtime::Loop& loop_;
    std::unordered_map<Pair, ConversationNumber, PairHash> pairs_;  ///< bounded: emptied when full
    /// Sends of users one of whose sends waits for its receiver to be found: their order is kept.
    std::unordered_map<UserId, std::deque<SendJob>> resolving_;
    std::size_t resolving_count_ = 0;
    std::vector<std::vector<OwnerJob>> outgoing_;  ///< by owner
    bool flush_due_ = false;
    std::uint32_t numbers_made_ = 0;
    runtime::TaskScope scope_;
};

}  // namespace parley::messaging
