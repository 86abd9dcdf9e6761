#include "ports/message_store.h"

#include <algorithm>
#include <utility>

namespace parley::ports {

MemberWrite member_write(
    const core::Member& member, std::uint32_t index, std::uint64_t sends_before
) {
    MemberWrite write{.index = index, .member = {}, .sends = member.sends.count(), .sent = {}};
    write.member.user = member.user;
    write.member.role = member.role;
    write.member.joined_at = member.joined_at;
    write.member.first = member.first;
    write.member.last = member.last;
    write.member.changed_at = member.changed_at;
    write.member.cursor = member.cursor;
    write.member.extra = member.extra;
    const auto entries = member.sends.entries();
    const std::uint64_t fresh =
        std::min<std::uint64_t>(write.sends - std::min(sends_before, write.sends), entries.size());
    for (std::uint64_t i = write.sends - fresh; i < write.sends; ++i) {
        write.sent.push_back(entries[i % core::kSendRingEntries]);
    }
    return write;
}

void take_member(core::Members& members, const MemberWrite& write) {
    core::Member member = write.member;
    PARLEY_ASSERT(write.index <= members.size());
    if (write.index < members.size()) {
        member.sends = std::move(members[write.index].sends);
    }
    if (write.sends == 0) {
        member.sends = {};  // Somebody who is gone has sent nothing.
    }
    // The same write may come again: then the ring has what it brings.
    const std::uint64_t first = write.sends - write.sent.size();
    if (first > member.sends.count()) {
        // What lies between has left the ring again.
        PARLEY_ASSERT(write.sent.size() == core::kSendRingEntries);
        std::vector<core::SendEntry> entries(core::kSendRingEntries);
        for (std::uint64_t i = 0; i < entries.size(); ++i) {
            entries[(first + i) % core::kSendRingEntries] = write.sent[i];
        }
        member.sends = core::SendRing::restore(write.sends, std::move(entries));
    }
    for (std::uint64_t i = 0; i < write.sent.size(); ++i) {
        if (first + i >= member.sends.count()) {
            member.sends.add(write.sent[i]);
        }
    }
    PARLEY_ASSERT(member.sends.count() == write.sends);
    if (write.index == members.size()) {
        members.add(std::move(member));
        return;
    }
    if (member.user.is_nil() && !members[write.index].user.is_nil()) {
        members.forget(members[write.index].user);
    }
    members[write.index] = std::move(member);
}

}  // namespace parley::ports
