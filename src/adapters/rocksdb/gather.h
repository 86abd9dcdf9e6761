#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "ports/message_store.h"

namespace parley::rocksdb_store {

/// What was written to one conversation since the last spill, encoded: the newest state, and what is to
/// be joined to blocks of events and of send rings. Pieces of one block are one.
struct Gathered {
    struct Events {
        std::uint64_t block = 0;
        std::string runs;
    };
    struct RingBlock {
        UserId user;
        std::size_t block = 0;
        friend auto operator<=>(const RingBlock&, const RingBlock&) = default;
    };
    std::string state;
    std::map<std::uint32_t, std::string> members;  ///< by index; of large conversations
    Seq expired;                                   ///< nothing up to here is to stay
    std::vector<UserId> forgotten;                 ///< nothing that they sent is remembered
    std::vector<Events> events;
    std::map<RingBlock, std::string> rings;  ///< entries
};

/// Writes that wait to be given to RocksDB together. A conversation that is written to ten times costs
/// RocksDB one key then, not ten; measured, that is three quarters of the store's work. Not thread-safe.
class Gather {
public:
    /// Takes a write over.
    void add(const ports::ConversationWrite& write);
    [[nodiscard]] const Gathered* find(ConversationNumber number) const;
    /// Every conversation, by number: in the order of RocksDB's keys, which is the cheapest to insert.
    [[nodiscard]] std::vector<std::pair<ConversationNumber, const Gathered*>> sorted() const;
    /// About how much memory it takes.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    void add_events(Gathered& to, const ports::ConversationWrite& write);
    void add_run(Gathered& to, std::span<const core::EventPtr> run);
    void add_members(Gathered& to, const ports::ConversationWrite& write);
    void add_ring(Gathered& to, const ports::MemberWrite& member);

    std::unordered_map<ConversationNumber, Gathered> conversations_;
    std::size_t bytes_ = 0;
};

}  // namespace parley::rocksdb_store
