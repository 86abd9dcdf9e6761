#pragma once

#include <unordered_map>
#include <vector>

#include "services/auth/auth.h"

namespace parley::auth {

/// The devices that have ended while access tokens of theirs may still be running. Each loop has its own
/// copy, so that asking costs no lock; what ends on one loop is posted to the others. Bounded by what can
/// be revoked within `keep`: older entries are dropped as new ones come. Must outlive the loops' last job.
class Revocations {
public:
    Revocations(const std::vector<runtime::Loop*>& loops, Duration keep);

    /// Before the loops run.
    void attach(runtime::LoopId loop, RevocationListener& listener);
    void load(const std::vector<DeviceId>& devices, Timestamp now);

    /// `device` ended at `now`. Known on `home`, and its listener told, when this returns; soon on the
    /// other loops. On `home`.
    void announce(runtime::Loop& home, DeviceId device, Timestamp now);
    /// On `loop`.
    [[nodiscard]] bool contains(runtime::LoopId loop, DeviceId device) const;

private:
    struct alignas(64) Copy {
        runtime::Loop* loop = nullptr;
        RevocationListener* listener = nullptr;
        std::unordered_map<DeviceId, Timestamp> devices;  ///< and when they ended
        Timestamp prune_at;
    };

    [[nodiscard]] Copy& copy_of(runtime::LoopId loop);
    void note(Copy& copy, DeviceId device, Timestamp now) const;

    const Duration keep_;
    std::vector<Copy> copies_;  ///< by loop id; each touched on its loop alone
};

}  // namespace parley::auth
