#include "services/messaging/cell.h"

#include <algorithm>

namespace parley::messaging {
namespace {

template <class T>
std::size_t array_bytes(const std::vector<T>& all) noexcept {
    return all.size() * sizeof(T);
}

std::size_t bytes_of(const core::Change& change) noexcept {
    std::size_t bytes = sizeof(core::Change);
    if (const auto* edit = std::get_if<core::MessageEdited>(&change)) {
        bytes += edit->content.size();
    } else if (const auto* created = std::get_if<core::GroupCreated>(&change)) {
        bytes += created->name.size() + array_bytes(created->members);
    } else if (const auto* group = std::get_if<core::GroupUpdated>(&change)) {
        bytes += group->name.value_or("").size() + group->description.value_or("").size();
    } else if (const auto* update = std::get_if<core::ConversationUpdated>(&change)) {
        bytes += update->pinned ? array_bytes(*update->pinned) : 0;
    }
    return bytes;
}

std::size_t bytes_of(const std::vector<core::ReactionCount>& reactions) noexcept {
    std::size_t bytes = array_bytes(reactions);
    for (const core::ReactionCount& reaction : reactions) {
        bytes += array_bytes(reaction.users);
    }
    return bytes;
}

std::size_t bytes_of(const core::Amendment& amendment) noexcept {
    std::size_t bytes = sizeof(core::Amendment) + amendment.original.size() +
                        array_bytes(amendment.edits) + bytes_of(amendment.reactions);
    for (const core::Shadow& shadow : amendment.shadows) {
        bytes += sizeof(core::Shadow) + shadow.content.size() + bytes_of(shadow.reactions);
    }
    return bytes;
}

}  // namespace

std::size_t bytes_of(const core::Event& event) noexcept {
    return sizeof(core::Event) + event.content.size() + event.client_id.size() +
           array_bytes(event.mentions) + (event.change == nullptr ? 0 : bytes_of(*event.change)) +
           (event.amendment == nullptr ? 0 : bytes_of(*event.amendment));
}

std::size_t Cell::weigh() const noexcept {
    constexpr std::size_t kBytesEach = 16UL << 10U;
    std::size_t bytes =
        state().members.size() * sizeof(core::Member) + sends * sizeof(core::SendEntry);
    for (const core::EventPtr& event : tail) {
        bytes += bytes_of(*event);
    }
    return 1 + bytes / kBytesEach;
}

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
