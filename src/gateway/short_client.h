#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include "gateway/front.h"

namespace parley::gateway {

/// The shortest client there is, on `/`: it says {to, msg}, hears {from, msg}, and is told {ack, to} when what it said
/// is durable, or {error, detail, to}. Of one session, which owns it; on its loop. What a client says goes out in the
/// order in which it was said, one after the other; what it hears is in the order of each conversation.
class ShortClient {
public:
    ShortClient(Front& front, SessionId session, UserId user, DeviceId device)
        : front_(front), session_(session), user_(user), device_(device) {}

    /// One text frame. False when it is not JSON: the session ends.
    [[nodiscard]] bool take(std::span<std::byte> text);
    /// An event that a session of the user is to get.
    void show(ConversationNumber conversation, core::EventPtr event);

private:
    struct Saying {
        std::string to;
        std::string text;
    };
    struct Hearing {
        ConversationNumber conversation;
        core::EventPtr event;
    };
    /// More than a person says, or reads, before the server has got round to it; above it the oldest rule of slow
    /// clients holds: refused, or closed.
    static constexpr std::size_t kWaitingMax = 256;

    // They name the session across waiting, for it may be gone.
    static runtime::Task<void> say(Front* front, SessionId id);
    static runtime::Task<void> tell(Front* front, SessionId id);
    static runtime::Task<Result<UserId>> find(Front* front, std::string to);
    [[nodiscard]] static ShortClient* of(Front& front, SessionId id) noexcept;
    void refuse(const Error& error, const std::string& to);
    void push(const std::string& payload);

    Front& front_;
    const SessionId session_;
    const UserId user_;
    const DeviceId device_;
    std::deque<Saying> said_;
    std::deque<Hearing> heard_;
    bool saying_ = false;
    bool telling_ = false;
};

}  // namespace parley::gateway
