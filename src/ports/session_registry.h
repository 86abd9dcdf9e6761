#pragma once

#include <cstdint>

#include "base/ids.h"
#include "runtime/loop.h"

namespace parley::ports {

/// The loops of this node on which a user has sessions: bit i is loop i; at most 64 loops.
using LoopMask = std::uint64_t;

/// Where users' sessions are, read by an owner after each commit. A route is registered before the session
/// reads any head, so that hand-over from sync to live has no hole: an event is either in what is read or
/// finds the route. Thread-safe; a call is a few tens of nanoseconds.
class SessionRegistry {
public:
    virtual ~SessionRegistry() = default;
    /// One more session of `user` on `loop`; visible to every later `loops_of`. False, and nothing
    /// happens, when `device` has its maximum of sessions already.
    [[nodiscard]] virtual bool add(runtime::LoopId loop, UserId user, DeviceId device) = 0;
    /// One fewer; it must have been added.
    virtual void remove(runtime::LoopId loop, UserId user, DeviceId device) = 0;
    [[nodiscard]] virtual LoopMask loops_of(UserId user) const = 0;
    [[nodiscard]] virtual std::size_t session_count() const noexcept = 0;
    [[nodiscard]] virtual std::size_t user_count() const noexcept = 0;
};

}  // namespace parley::ports
