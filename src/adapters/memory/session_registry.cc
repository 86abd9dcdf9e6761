#include "adapters/memory/session_registry.h"

#include "base/assert.h"

namespace parley::memory {
namespace {

ports::LoopMask bit_of(runtime::LoopId loop) {
    PARLEY_ASSERT(loop.value < 64);
    return ports::LoopMask{1} << loop.value;
}

}  // namespace

SessionRegistry::SessionRegistry(std::size_t sessions_per_device)
    : sessions_per_device_(sessions_per_device) {}

bool SessionRegistry::add(runtime::LoopId loop, UserId user, DeviceId device) {
    {
        DeviceShard& shard = shard_of(devices_, device);
        const std::lock_guard lock(shard.mutex);
        std::size_t& sessions = shard.sessions[device];
        if (sessions >= sessions_per_device_) {
            if (sessions == 0) {
                shard.sessions.erase(device);
            }
            return false;
        }
        ++sessions;
    }
    UserShard& shard = shard_of(users_, user);
    const std::lock_guard lock(shard.mutex);
    ports::LoopMask& loops = shard.loops[user];
    if (loops == 0) {
        user_count_.fetch_add(1, std::memory_order_relaxed);
    }
    if ((loops & bit_of(loop)) != 0) {
        ++shard.more[{user, loop}];
    }
    loops |= bit_of(loop);
    session_count_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void SessionRegistry::remove(runtime::LoopId loop, UserId user, DeviceId device) {
    {
        UserShard& shard = shard_of(users_, user);
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.loops.find(user);
        PARLEY_ASSERT(found != shard.loops.end());
        PARLEY_ASSERT((found->second & bit_of(loop)) != 0);
        if (const auto more = shard.more.find({user, loop}); more != shard.more.end()) {
            if (--more->second == 0) {
                shard.more.erase(more);
            }
        } else if (found->second &= ~bit_of(loop); found->second == 0) {
            shard.loops.erase(found);
            user_count_.fetch_sub(1, std::memory_order_relaxed);
        }
        session_count_.fetch_sub(1, std::memory_order_relaxed);
    }
    DeviceShard& shard = shard_of(devices_, device);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.sessions.find(device);
    PARLEY_ASSERT(found != shard.sessions.end());
    if (--found->second == 0) {
        shard.sessions.erase(found);
    }
}

ports::LoopMask SessionRegistry::loops_of(UserId user) const {
    const UserShard& shard = shard_of(users_, user);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.loops.find(user);
    return found == shard.loops.end() ? 0 : found->second;
}

std::size_t SessionRegistry::session_count() const noexcept {
    return session_count_.load(std::memory_order_relaxed);
}

std::size_t SessionRegistry::user_count() const noexcept {
    return user_count_.load(std::memory_order_relaxed);
}

}  // namespace parley::memory
