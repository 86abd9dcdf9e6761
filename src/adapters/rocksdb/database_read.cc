// What is read from the store: states, pages of events, places by time.

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "adapters/rocksdb/database.h"
#include "adapters/rocksdb/store_codec.h"
#include "base/assert.h"
#include "base/mutant.h"

namespace parley::rocksdb_store {
namespace {

Error missing(ConversationNumber number, std::string_view what) {
    return {
        ErrorCode::internal,
        "message store: conversation " + std::to_string(number.value) + ": " + std::string(what) +
            " is missing"
    };
}

}  // namespace

Result<Database::Reading> Database::reading() const {
    const std::scoped_lock turn(turn_);
    std::shared_lock lock(gate_);
    if (rocks_ == nullptr) {
        return Error{ErrorCode::unavailable, "message store: it is closed after an error"};
    }
    return Reading{.lock = std::move(lock), .rocks = *rocks_};
}

std::vector<Gathered> Database::gathered(ConversationNumber number, BlockRange blocks) const {
    std::vector<Gathered> found;
    const auto copy = [&found, blocks](const Gathered& from) {
        Gathered& to = found.emplace_back();
        to.state = from.state;
        to.members = from.members;
        to.rings = from.rings;
        for (const Gathered::Events& piece : from.events) {
            if (piece.block >= blocks.first && piece.block <= blocks.last) {
                to.events.push_back(piece);
            }
        }
    };
    const std::scoped_lock lock(mutex_);
    if (spilling_ != nullptr) {
        if (const Gathered* older = spilling_->find(number)) {
            copy(*older);
        }
    }
    if (const Gathered* newest = active_->find(number)) {
        copy(*newest);
    }
    return found;
}

Result<std::optional<StoredState>> Database::load_state(
    const Rocks& rocks, ConversationNumber number, const std::vector<Gathered>& newer
) {
    std::optional<std::string> value;
    if (!newer.empty()) {
        value = newer.back().state;
    } else {
        TRY(value, rocks.get(Family::states, state_key(number)));
    }
    if (!value) {
        return std::optional<StoredState>{};
    }
    TRY(StoredState stored, decode_state(number, *value));
    return std::optional(std::move(stored));
}

Result<std::optional<core::ConversationState>> Database::load(ConversationNumber number) {
    TRY(const Reading in, reading());
    const std::vector<Gathered> newer = gathered(number, {});
    TRY(std::optional<StoredState> stored, load_state(in.rocks, number, newer));
    if (!stored) {
        return std::optional<core::ConversationState>{};
    }
    if (auto loaded = load_members(in.rocks, *stored, newer); !loaded.ok()) {
        return std::move(loaded).error();
    }
    if (auto loaded = load_rings(in.rocks, *stored, newer); !loaded.ok()) {
        return std::move(loaded).error();
    }
    return std::optional(std::move(stored->state));
}

/// Those of a large conversation; a small one's are in its state.
Result<void> Database::load_members(
    const Rocks& rocks, StoredState& stored, const std::vector<Gathered>& newer
) {
    const ConversationNumber number = stored.state.number;
    if (stored.members_total == stored.state.members.size()) {
        return {};
    }
    std::map<std::string, std::string, std::less<>> rows;
    const auto take = [&rows](std::string_view key, std::string_view value) -> Result<void> {
        rows.insert_or_assign(rows.end(), std::string(key), std::string(value));
        return {};
    };
    if (auto read = rocks.each_of(Family::members, state_key(number), take); !read.ok()) {
        return read;
    }
    for (const Gathered& gathered : newer) {
        for (const auto& [index, member] : gathered.members) {
            rows.insert_or_assign(member_key(number, index), member);
        }
    }
    for (std::uint32_t i = 0; i < stored.members_total; ++i) {
        const auto row = rows.find(member_key(number, i));
        if (row == rows.end()) {
            return missing(number, "member " + std::to_string(i));
        }
        if (auto decoded = decode_member(row->second, stored); !decoded.ok()) {
            return decoded;
        }
    }
    return {};
}

Result<void> Database::load_rings(
    const Rocks& rocks, StoredState& stored, const std::vector<Gathered>& newer
) {
    core::ConversationState& state = stored.state;
    struct Place {
        std::size_t member;
        std::size_t block;
    };
    std::vector<std::string> keys;
    std::vector<Place> places;
    std::vector<std::vector<core::SendEntry>> rings(state.members.size());
    for (std::size_t m = 0; m < rings.size(); ++m) {
        rings[m].resize(static_cast<std::size_t>(
            std::min<std::uint64_t>(stored.sends[m], core::kSendRingEntries)
        ));
        for (std::size_t i = 0; i < rings[m].size(); i += core::SendRing::kBlockEntries) {
            const std::size_t block = i / core::SendRing::kBlockEntries;
            keys.push_back(ring_key(state.number, state.members[m].user, block));
            places.push_back({.member = m, .block = block});
        }
    }
    const auto use = [&](std::size_t index, std::string_view in_rocksdb) -> Result<void> {
        const Place place = places[index];
        std::string value(in_rocksdb);
        const Gathered::RingBlock key{
            .user = state.members[place.member].user, .block = place.block
        };
        for (const Gathered& gathered : newer) {
            if (const auto piece = gathered.rings.find(key); piece != gathered.rings.end()) {
                value += piece->second;
            }
        }
        TRY(const RingBlock block, decode_ring(value));
        std::vector<core::SendEntry>& ring = rings[place.member];
        const std::size_t start = place.block * core::SendRing::kBlockEntries;
        for (std::size_t i = 0; i < block.size() && start + i < ring.size(); ++i) {
            if (!block[i]) {
                return missing(state.number, "an entry of a send ring");
            }
            if (!mutant(Mutant::send_ring_lost)) {
                ring[start + i] = *block[i];
            }
        }
        return {};
    };
    if (auto read = rocks.get_each(Family::sends, keys, use); !read.ok()) {
        return read;
    }
    for (std::size_t m = 0; m < rings.size(); ++m) {
        state.members[m].sends = core::SendRing::restore(stored.sends[m], std::move(rings[m]));
    }
    return {};
}

Result<std::vector<core::EventPtr>> Database::read(const ports::EventRange& range) {
    std::vector<core::EventPtr> found;
    if (range.first > range.last || range.limit == 0) {
        return found;
    }
    const std::uint64_t count =
        std::min<std::uint64_t>(range.last.value - range.first.value, range.limit - 1) + 1;
    const Seq first{range.newest_first ? range.last.value - (count - 1) : range.first.value};
    const Seq last{first.value + (count - 1)};
    found.resize(static_cast<std::size_t>(count));
    TRY(const Reading in, reading());
    // What is gathered is newer than RocksDB, and looked at first: what moves on meanwhile is in both.
    const BlockRange blocks{.first = block_of(first), .last = block_of(last)};
    for (const Gathered& newer : gathered(range.conversation, blocks)) {
        for (const Gathered::Events& piece : newer.events) {
            if (auto read = decode_events(piece.runs, first, last, found); !read.ok()) {
                return std::move(read).error();
            }
        }
    }
    if (auto read = fill_holes(in.rocks, range.conversation, first, found); !read.ok()) {
        return std::move(read).error();
    }
    if (const auto hole = std::ranges::find(found, nullptr); hole != found.end()) {
        const auto seq = first.value + static_cast<std::uint64_t>(hole - found.begin());
        return missing(range.conversation, "event " + std::to_string(seq));
    }
    if (range.newest_first) {
        std::ranges::reverse(found);
    }
    return found;
}

/// Puts what RocksDB has into the places of `found` that are still empty.
Result<void> Database::fill_holes(
    const Rocks& rocks, ConversationNumber number, Seq first, std::span<core::EventPtr> found
) {
    std::size_t from = 0;
    std::size_t to = found.size();
    while (from < to && found[from] != nullptr) {
        ++from;
    }
    while (to > from && found[to - 1] != nullptr) {
        --to;
    }
    if (from == to) {
        return {};
    }
    const Seq low{first.value + from};
    const Seq high{first.value + to - 1};
    std::vector<std::string> keys;
    for (std::uint64_t block = block_of(low); block <= block_of(high); ++block) {
        keys.push_back(events_key(number, block));
    }
    std::vector<core::EventPtr> older(to - from);
    const auto use = [&](std::size_t, std::string_view value) {
        return decode_events(value, low, high, older);
    };
    if (auto read = rocks.get_each(Family::events, keys, use); !read.ok()) {
        return read;
    }
    for (std::size_t i = 0; i < older.size(); ++i) {
        if (found[from + i] == nullptr) {
            found[from + i] = std::move(older[i]);
        }
    }
    return {};
}

Result<BlockTimes> Database::times_of(
    const Rocks& rocks, ConversationNumber number, std::uint64_t block
) {
    const std::vector<Gathered> newer = gathered(number, {.first = block, .last = block});
    std::string value;
    TRY(auto in_rocksdb, rocks.get(Family::events, events_key(number, block)));
    if (in_rocksdb) {
        value = std::move(*in_rocksdb);
    }
    for (const Gathered& gathered : newer) {
        for (const Gathered::Events& piece : gathered.events) {
            value += piece.runs;
        }
    }
    if (value.empty()) {
        return missing(number, "block " + std::to_string(block) + " of its events");
    }
    return decode_times(value);
}

Result<std::optional<Seq>> Database::find_seq(
    ConversationNumber number, Seq first, Timestamp time
) {
    PARLEY_ASSERT(first.value > 0);
    TRY(const Reading in, reading());
    TRY(const auto stored, load_state(in.rocks, number, gathered(number, {})));
    if (!stored || stored->state.head < first) {
        return std::optional<Seq>{};
    }
    // Times grow with places: the last block that begins at or before `time`, then the place in it.
    std::uint64_t low = block_of(first);
    std::uint64_t high = block_of(stored->state.head);
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        TRY(const BlockTimes times, times_of(in.rocks, number, middle));
        if (!times.front()) {
            return missing(number, "event " + std::to_string(middle * kBlockEvents));
        }
        if (*times.front() <= time) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    TRY(const BlockTimes times, times_of(in.rocks, number, low));
    std::optional<Seq> newest;
    for (std::size_t place = 0; place < times.size(); ++place) {
        const Seq seq{low * kBlockEvents + place};
        if (seq >= first && times[place] && *times[place] <= time) {
            newest = seq;
        }
    }
    return newest;
}

Result<std::vector<core::ConversationState>> Database::scan(
    ConversationNumber after, std::size_t limit
) {
    TRY(const Reading in, reading());
    std::vector<core::ConversationState> states;
    const auto take = [&states](std::string_view key, std::string_view value) -> Result<void> {
        TRY(const ConversationNumber number, decode_state_key(key));
        TRY(StoredState stored, decode_state(number, value));
        states.push_back(core::without_members(stored.state));
        return {};
    };
    const std::string from = state_key({after.value + 1});
    if (auto read = in.rocks.some_from(Family::states, from, limit, take); !read.ok()) {
        return std::move(read).error();
    }
    return states;
}

Result<void> Database::reclaim(const std::vector<ConversationNumber>& numbers) {
    TRY(const Reading in, reading());
    return in.rocks.compact(numbers);
}

}  // namespace parley::rocksdb_store
