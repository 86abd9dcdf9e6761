#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/conversation.h"
#include "core/event.h"
#include "ports/message_store.h"

/// The keys and values of the store, and nothing about RocksDB: docs/formats.md has the tables. Every
/// decode function answers `internal` for bytes that its encode function cannot have written.

namespace parley::rocksdb_store {

/// Of the whole store, in its column family `default`. Values carry versions of their own besides.
inline constexpr std::uint32_t kStoreFormat = 1;

// --- events: number ‖ block → runs of consecutive events --------------------------------------------

/// Events are kept in blocks of this many places, so that a page of history is one or two values.
inline constexpr std::uint64_t kBlockEvents = 64;

[[nodiscard]] constexpr std::uint64_t block_of(Seq seq) noexcept {
    return seq.value / kBlockEvents;
}

[[nodiscard]] std::string events_key(ConversationNumber number, std::uint64_t block);

/// Appends one run: events that are consecutive and lie in one block.
void encode_run(std::span<const core::EventPtr> events, std::string& out);
/// Appends a cut: everything in its block up to `through` is gone, whatever runs hold it.
void encode_cut(Seq through, std::string& out);

/// A block's value is its runs and cuts, one behind the other as they were written. Where two runs hold the
/// same place the later one counts. This joins values, oldest first, and leaves out what does not count.
[[nodiscard]] Result<std::string> join_runs(std::span<const std::string_view> values);

/// The events of a block's value that lie between `first` and `last`, each put into
/// out[seq - first]; what is not in the value stays as it is, and what a cut hides becomes null.
[[nodiscard]] Result<void> decode_events(
    std::string_view value, Seq first, Seq last, std::span<core::EventPtr> out
);

/// The times of a block's events, by place in the block.
using BlockTimes = std::array<std::optional<Timestamp>, kBlockEvents>;
[[nodiscard]] Result<BlockTimes> decode_times(std::string_view value);

// --- states: number → state, with the members of a small conversation ------------------------------

[[nodiscard]] std::string state_key(ConversationNumber number);
/// The inverse; `internal` for other bytes.
[[nodiscard]] Result<ConversationNumber> decode_state_key(std::string_view key);
/// With `members` when they are all of them and few (ports::kMembersWrittenWhole), without when not.
void encode_state(
    const core::ConversationState& state,
    std::uint32_t members_total,
    std::span<const ports::MemberWrite> members,
    std::string& out
);

/// A state whose rings are still to be read: how many sends each member has made, in member order.
struct StoredState {
    core::ConversationState state;
    std::vector<std::uint64_t> sends;
    std::uint32_t members_total = 0;  ///< more than there are here: they are rows of their own
};
[[nodiscard]] Result<StoredState> decode_state(ConversationNumber number, std::string_view value);

// --- members: number ‖ index → member of a large conversation ---------------------------------------

[[nodiscard]] std::string member_key(ConversationNumber number, std::uint32_t index);
void encode_member(const ports::MemberWrite& member, std::string& out);
/// Puts the member behind those that are there, which must be `index` many.
[[nodiscard]] Result<void> decode_member(std::string_view value, StoredState& into);

// --- sends: number ‖ user ‖ block → entries of a send ring ------------------------------------------

using RingBlock = std::array<std::optional<core::SendEntry>, core::SendRing::kBlockEntries>;

[[nodiscard]] std::string ring_key(
    ConversationNumber number, const UserId& user, std::size_t block
);
/// Appends entries of one block, each with its place in it.
struct PlacedEntry {
    std::size_t place = 0;
    core::SendEntry entry;
};
void encode_ring(std::span<const PlacedEntry> entries, std::string& out);
/// Later entries for the same place count.
[[nodiscard]] Result<std::string> join_rings(std::span<const std::string_view> values);
[[nodiscard]] Result<RingBlock> decode_ring(std::string_view value);

// --- default: lanes and the format ------------------------------------------------------------------

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kLaneKeyStart = "lane";

[[nodiscard]] std::string lane_key(std::uint32_t lane);
[[nodiscard]] std::optional<std::uint32_t> parse_lane_key(std::string_view key) noexcept;
[[nodiscard]] std::string encode_position(LogPosition position);
[[nodiscard]] Result<LogPosition> decode_position(std::string_view value);
[[nodiscard]] std::string encode_format();
/// Well for the format that this program writes; a newer one is refused by name.
[[nodiscard]] Result<void> check_format(std::string_view value);

}  // namespace parley::rocksdb_store
