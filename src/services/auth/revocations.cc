#include "services/auth/revocations.h"

#include <utility>

#include "base/assert.h"
#include "base/mutant.h"

namespace parley::auth {
namespace {

constexpr Duration kPruneInterval = std::chrono::minutes{1};

}  // namespace

Revocations::Revocations(const std::vector<runtime::Loop*>& loops, Duration keep)
    : keep_(keep), copies_(loops.size()) {
    for (runtime::Loop* loop : loops) {
        Copy& copy = copy_of(loop->id());
        PARLEY_ASSERT(copy.loop == nullptr);
        copy.loop = loop;
    }
}

Revocations::Copy& Revocations::copy_of(runtime::LoopId loop) {
    PARLEY_ASSERT(loop.value < copies_.size());
    return copies_[loop.value];
}

void Revocations::attach(runtime::LoopId loop, RevocationListener& listener) {
    copy_of(loop).listener = &listener;
}

void Revocations::load(const std::vector<DeviceId>& devices, Timestamp now) {
    if (mutant(Mutant::revocation_forgotten)) {
        return;
    }
    for (Copy& copy : copies_) {
        for (const DeviceId& device : devices) {
            copy.devices.emplace(device, now);
        }
    }
}

void Revocations::announce(runtime::Loop& home, DeviceId device, Timestamp now) {
    for (Copy& copy : copies_) {
        if (copy.loop == &home) {
            note(copy, device, now);
        } else {
            copy.loop->post([this, &copy, device, now] { note(copy, device, now); });
        }
    }
}

void Revocations::note(Copy& copy, DeviceId device, Timestamp now) const {
    if (copy.prune_at <= now) {
        copy.prune_at = now.plus(kPruneInterval);
        std::erase_if(copy.devices, [&](const auto& entry) {
            return entry.second.plus(keep_) < now;
        });
    }
    copy.devices.insert_or_assign(device, now);
    if (copy.listener != nullptr) {
        copy.listener->on_revoked(device);
    }
}

bool Revocations::contains(runtime::LoopId loop, DeviceId device) const {
    PARLEY_ASSERT(loop.value < copies_.size());
    return copies_[loop.value].devices.contains(device);
}

}  // namespace parley::auth
