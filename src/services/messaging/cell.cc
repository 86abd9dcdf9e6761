#include "services/messaging/cell.h"

#include <algorithm>

namespace parley::messaging {

void ChangedMembers::note(std::uint32_t index, std::uint64_t sends_before) {
    if (index >= noted_.size()) {
        noted_.resize(index + 1);
    }
    if (!noted_[index]) {
        noted_[index] = true;
        changes_.push_back({.index = index, .sends_before = sends_before});
    }
}

void ChangedMembers::give_back(const std::vector<Change>& changes) {
    // What was noted since is newer: the older counts.
    std::vector<Change> since = take();
    for (const Change& change : changes) {
        note(change.index, change.sends_before);
    }
    for (const Change& change : since) {
        note(change.index, change.sends_before);
    }
}

std::vector<ChangedMembers::Change> ChangedMembers::take() {
    for (const Change& change : changes_) {
        noted_[change.index] = false;
    }
    return std::exchange(changes_, {});
}

}  // namespace parley::messaging
