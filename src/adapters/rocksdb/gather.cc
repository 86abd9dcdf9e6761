#include "adapters/rocksdb/gather.h"

#include <algorithm>
#include <utility>

#include "adapters/rocksdb/store_codec.h"
#include "base/assert.h"

namespace parley::rocksdb_store {
namespace {

/// A conversation's place in the map, and its strings' memory beyond what they hold.
constexpr std::size_t kConversationBytes = 400;

}  // namespace

void Gather::add(const ports::ConversationWrite& write) {
    PARLEY_ASSERT(write.events.empty() || write.events.back()->seq == write.state.head);
    const auto [at, is_new] = conversations_.try_emplace(write.state.number);
    Gathered& to = at->second;
    bytes_ += is_new ? kConversationBytes : 0;
    bytes_ -= to.state.size();
    to.state.clear();
    encode_state(write.state, write.members_total, write.members, to.state);
    bytes_ += to.state.size();
    to.expired = write.state.expired;
    if (write.state.info != nullptr) {
        to.forgotten = write.state.info->forgotten;
    }
    add_members(to, write);
    add_events(to, write);
}

void Gather::add_members(Gathered& to, const ports::ConversationWrite& write) {
    for (const ports::MemberWrite& member : write.members) {
        add_ring(to, member);
        if (write.members_total <= ports::kMembersWrittenWhole) {
            continue;
        }
        std::string& value = to.members[member.index];
        bytes_ -= value.size();
        value.clear();
        encode_member(member, value);
        bytes_ += value.size();
    }
}

void Gather::add_events(Gathered& to, const ports::ConversationWrite& write) {
    // Amended ones first: a place has one event in one write, and each is a run of its own.
    for (const core::EventPtr& event : write.amended) {
        add_run(to, {&event, 1});
    }
    for (auto at = write.events.begin(); at != write.events.end();) {
        const std::uint64_t block = block_of((*at)->seq);
        const auto end = std::find_if(at, write.events.end(), [block](const auto& event) {
            return block_of(event->seq) != block;
        });
        add_run(to, {at, end});
        at = end;
    }
}

void Gather::add_run(Gathered& to, std::span<const core::EventPtr> run) {
    const std::uint64_t block = block_of(run.front()->seq);
    auto piece = std::ranges::find(to.events, block, &Gathered::Events::block);
    if (piece == to.events.end()) {
        piece = to.events.insert(piece, {.block = block, .runs = {}});
    }
    const std::size_t before = piece->runs.size();
    encode_run(run, piece->runs);
    bytes_ += piece->runs.size() - before;
}

void Gather::add_ring(Gathered& to, const ports::MemberWrite& member) {
    std::vector<PlacedEntry> entries;
    std::uint64_t place = member.sends - member.sent.size();
    for (std::size_t i = 0; i < member.sent.size(); ++i, ++place) {
        const std::size_t slot = place % core::kSendRingEntries;
        const std::size_t block = slot / core::SendRing::kBlockEntries;
        entries.push_back({.place = slot % core::SendRing::kBlockEntries, .entry = member.sent[i]});
        const bool block_ends = (slot + 1) % core::SendRing::kBlockEntries == 0;
        if (!block_ends && i + 1 < member.sent.size()) {
            continue;
        }
        std::string& piece = to.rings[{.user = member.member.user, .block = block}];
        const std::size_t before = piece.size();
        encode_ring(entries, piece);
        bytes_ += piece.size() - before;
        entries.clear();
    }
}

const Gathered* Gather::find(ConversationNumber number) const {
    const auto at = conversations_.find(number);
    return at == conversations_.end() ? nullptr : &at->second;
}

std::vector<std::pair<ConversationNumber, const Gathered*>> Gather::sorted() const {
    std::vector<std::pair<ConversationNumber, const Gathered*>> all;
    all.reserve(conversations_.size());
    for (const auto& [number, gathered] : conversations_) {
        all.emplace_back(number, &gathered);
    }
    std::ranges::sort(all, {}, [](const auto& one) { return one.first; });
    return all;
}

}  // namespace parley::rocksdb_store
