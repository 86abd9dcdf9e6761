#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "ports/session_registry.h"

namespace parley::memory {

/// Where users' sessions are, for one node: the embedded profile's registry. In 64 shards by user and 64 by
/// device, each under its own lock; no call holds two. Bounded by the sessions that exist. Thread-safe.
class SessionRegistry final : public ports::SessionRegistry {
public:
    static constexpr std::size_t kSessionsPerDeviceDefault = 1'000;

    explicit SessionRegistry(std::size_t sessions_per_device = kSessionsPerDeviceDefault);

    [[nodiscard]] bool add(runtime::LoopId loop, UserId user, DeviceId device) override;
    void remove(runtime::LoopId loop, UserId user, DeviceId device) override;
    [[nodiscard]] ports::LoopMask loops_of(UserId user) const override;
    [[nodiscard]] std::size_t session_count() const noexcept override;
    [[nodiscard]] std::size_t user_count() const noexcept override;

private:
    static constexpr std::size_t kShards = 64;

    struct Place {
        UserId user;
        runtime::LoopId loop;

        friend bool operator==(const Place&, const Place&) = default;
    };
    struct PlaceHash {
        std::size_t operator()(const Place& place) const noexcept {
            return std::hash<UserId>{}(place.user) + place.loop.value;
        }
    };
    /// Nearly every user has one session per loop, so that a mask says it all; `more` counts the others.
    struct alignas(64) UserShard {
        mutable std::mutex mutex;
        std::unordered_map<UserId, ports::LoopMask> loops;  // guarded
        std::unordered_map<Place, std::uint32_t, PlaceHash>
            more;  // guarded; sessions beyond the first
    };
    struct alignas(64) DeviceShard {
        std::mutex mutex;
        std::unordered_map<DeviceId, std::size_t> sessions;  // guarded
    };

    template <class Shards, class Id>
    static auto& shard_of(Shards& shards, const Id& id) {
        return shards.at((std::hash<Id>{}(id) >> 32U) % kShards);
    }

    const std::size_t sessions_per_device_;
    std::array<UserShard, kShards> users_;
    std::array<DeviceShard, kShards> devices_;
    std::atomic<std::size_t> session_count_{0};
    std::atomic<std::size_t> user_count_{0};
};

}  // namespace parley::memory
