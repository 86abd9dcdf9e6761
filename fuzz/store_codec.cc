// Bytes as values of the store: nothing is read past them; what can be read reads the same after joining.

#include "adapters/rocksdb/store_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "fuzz/support/target.h"

namespace {

using parley::core::EventPtr;
using parley::rocksdb_store::kBlockEvents;

bool same(const EventPtr& one, const EventPtr& other) {
    return (one == nullptr) == (other == nullptr) && (one == nullptr || *one == *other);
}

void events(std::string_view value, std::size_t cut) {
    constexpr parley::Seq kFirst{kBlockEvents};
    constexpr parley::Seq kLast{2 * kBlockEvents - 1};
    std::vector<EventPtr> found(kBlockEvents);
    const bool readable = parley::rocksdb_store::decode_events(value, kFirst, kLast, found).ok();
    const auto times = parley::rocksdb_store::decode_times(value);
    const std::array whole = {value};
    // Times are read of whole values, events of the wanted places alone, runs without what is in them.
    PARLEY_ASSERT(readable || !times.ok());
    PARLEY_ASSERT(!readable || parley::rocksdb_store::join_runs(whole).ok());
    const std::array parts = {value.substr(0, cut), value.substr(cut)};
    const auto joined = parley::rocksdb_store::join_runs(parts);
    if (!readable || !joined.ok()) {
        return;
    }
    std::vector<EventPtr> again(kBlockEvents);
    PARLEY_ASSERT(parley::rocksdb_store::decode_events(*joined, kFirst, kLast, again).ok());
    PARLEY_ASSERT(std::ranges::equal(found, again, same));
    PARLEY_ASSERT(!times.ok() || *parley::rocksdb_store::decode_times(*joined) == *times);
    for (std::size_t place = 0; place < found.size(); ++place) {
        PARLEY_ASSERT(
            !times.ok() || found[place] == nullptr || times->at(place) == found[place]->time
        );
    }
}

void rings(std::string_view value, std::size_t cut) {
    const auto block = parley::rocksdb_store::decode_ring(value);
    const std::array parts = {value.substr(0, cut), value.substr(cut)};
    const auto joined = parley::rocksdb_store::join_rings(parts);
    if (block.ok() && joined.ok()) {
        PARLEY_ASSERT(*parley::rocksdb_store::decode_ring(*joined) == *block);
    }
}

void states(std::string_view value) {
    const auto stored = parley::rocksdb_store::decode_state({7}, value);
    if (!stored.ok()) {
        return;
    }
    PARLEY_ASSERT(stored->sends.size() == stored->state.members.size());
    std::vector<parley::ports::MemberWrite> members;
    for (const parley::core::Member& member : stored->state.members) {
        const auto index = static_cast<std::uint32_t>(members.size());
        members.push_back({.index = index, .member = member, .sends = stored->sends[index]});
    }
    std::string again;
    parley::rocksdb_store::encode_state(stored->state, stored->members_total, members, again);
    // The first version is read, and no longer written.
    PARLEY_ASSERT(value.front() == 1 || again == value);
}

void members(std::string_view value) {
    parley::rocksdb_store::StoredState stored;
    if (!parley::rocksdb_store::decode_member(value, stored).ok()) {
        return;
    }
    std::string again;
    const parley::ports::MemberWrite member{
        .index = 0, .member = stored.state.members[0], .sends = stored.sends[0]
    };
    parley::rocksdb_store::encode_member(member, again);
    PARLEY_ASSERT(again == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view value(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t cut = data[1] % (value.size() + 1);
    switch (data[0] % 4) {
        case 0:
            events(value, cut);
            break;
        case 1:
            rings(value, cut);
            break;
        case 2:
            states(value);
            members(value);
            break;
        default:
            (void)parley::rocksdb_store::decode_position(value);
            (void)parley::rocksdb_store::check_format(value);
            (void)parley::rocksdb_store::parse_lane_key(value);
    }
    return 0;
}
