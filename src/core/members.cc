#include "core/members.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace parley::core {
namespace {

/// Up to here a look at each is as quick as an index.
constexpr std::size_t kIndexedFrom = 16;

}  // namespace

const SendEntry* SendRing::find(const Hash128& client_id) const noexcept {
    const auto at = std::ranges::find(entries_, client_id, &SendEntry::client_id);
    return at == entries_.end() ? nullptr : &*at;
}

void SendRing::add(const SendEntry& entry) {
    const std::size_t place = count_ % kSendRingEntries;
    if (place == entries_.size()) {
        entries_.push_back(entry);
    } else {
        entries_[place] = entry;
    }
    ++count_;
}

SendRing SendRing::restore(std::uint64_t count, std::vector<SendEntry> entries) {
    PARLEY_ASSERT(entries.size() == std::min<std::uint64_t>(count, kSendRingEntries));
    SendRing ring;
    ring.count_ = count;
    ring.entries_ = std::move(entries);
    return ring;
}

bool Member::can_read(Seq seq) const noexcept {
    if (seq >= first && (active() || seq <= last)) {
        return true;
    }
    const auto covers = [seq](const MemberExtra::Stay& stay) {
        return seq >= stay.first && seq <= stay.last;
    };
    return extra != nullptr && std::ranges::any_of(extra->earlier, covers);
}

bool Member::has_hidden(Seq seq) const noexcept {
    return extra != nullptr && std::ranges::binary_search(extra->hidden, seq);
}

bool operator==(const Member& one, const Member& other) {
    const bool extras = one.extra == nullptr || other.extra == nullptr ? one.extra == other.extra
                                                                       : *one.extra == *other.extra;
    return extras && one.user == other.user && one.role == other.role &&
           one.joined_at == other.joined_at && one.first == other.first && one.last == other.last &&
           one.changed_at == other.changed_at && one.cursor == other.cursor &&
           one.sends == other.sends;
}

Member* Members::find(const UserId& user) noexcept {
    return const_cast<Member*>(std::as_const(*this).find(user));
}

const Member* Members::find(const UserId& user) const noexcept {
    if (user.is_nil()) {
        return nullptr;
    }
    if (all_.size() < kIndexedFrom) {
        const auto at = std::ranges::find(all_, user, &Member::user);
        return at == all_.end() ? nullptr : &*at;
    }
    const auto at = index_.find(user);
    return at == index_.end() ? nullptr : &all_[at->second];
}

const Member* Members::find_active(const UserId& user) const noexcept {
    const Member* member = find(user);
    return member != nullptr && member->active() ? member : nullptr;
}

Member& Members::add(Member member) {
    PARLEY_ASSERT(member.user.is_nil() || find(member.user) == nullptr);
    all_.push_back(std::move(member));
    if (all_.size() == kIndexedFrom) {
        for (std::uint32_t i = 0; i < all_.size(); ++i) {
            index_.emplace(all_[i].user, i);
        }
    } else if (all_.size() > kIndexedFrom) {
        index_.emplace(all_.back().user, static_cast<std::uint32_t>(all_.size() - 1));
    }
    return all_.back();
}

void Members::forget(const UserId& user) {
    Member* member = find(user);
    PARLEY_ASSERT(member != nullptr);
    index_.erase(user);
    member->user = {};
}

}  // namespace parley::core
