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

void Gather::add(const ports::ConversationWrite& write, bool whole_rings) {
    PARLEY_ASSERT(write.ring_blocks.size() == write.state.members.size());
    PARLEY_ASSERT(write.events.empty() || write.events.back()->seq == write.state.head);
    const auto [at, is_new] = conversations_.try_emplace(write.state.number);
    Gathered& to = at->second;
    bytes_ += is_new ? kConversationBytes : 0;
    bytes_ -= to.state.size();
    to.state.clear();
    encode_state(write.state, to.state);
    bytes_ += to.state.size();
    add_events(to, write);
    add_rings(to, write, whole_rings);
}

void Gather::add_events(Gathered& to, const ports::ConversationWrite& write) {
    for (auto at = write.events.begin(); at != write.events.end();) {
        const std::uint64_t block = block_of((*at)->seq);
        const auto end = std::find_if(at, write.events.end(), [block](const auto& event) {
            return block_of(event->seq) != block;
        });
        auto piece = std::ranges::find(to.events, block, &Gathered::Events::block);
        if (piece == to.events.end()) {
            piece = to.events.insert(piece, {.block = block, .runs = {}});
        }
        const std::size_t before = piece->runs.size();
        encode_run({at, end}, piece->runs);
        bytes_ += piece->runs.size() - before;
        at = end;
    }
}

void Gather::add_rings(Gathered& to, const ports::ConversationWrite& write, bool whole_rings) {
    // An entry is made by an event, so those that changed are as new as the first event here.
    const bool all = whole_rings || write.events.empty();
    const Seq from = all ? Seq{} : write.events.front()->seq;
    for (std::size_t m = 0; m < write.state.members.size(); ++m) {
        const core::Member& member = write.state.members[m];
        for (std::size_t block = 0; block < core::SendRing::kBlocks; ++block) {
            if (((write.ring_blocks[m] >> block) & 1U) == 0) {
                continue;
            }
            const auto same = [&member, block](const Gathered::Ring& ring) {
                return ring.block == block && ring.user == member.user;
            };
            auto piece = std::ranges::find_if(to.rings, same);
            if (piece == to.rings.end()) {
                piece =
                    to.rings.insert(piece, {.user = member.user, .block = block, .entries = {}});
            }
            const std::size_t before = piece->entries.size();
            encode_ring(member.sends, block, from, piece->entries);
            bytes_ += piece->entries.size() - before;
        }
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
