#pragma once

#include <cstddef>
#include <cstdint>
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
    struct Ring {
        UserId user;
        std::size_t block = 0;
        std::string entries;
    };
    std::string state;
    std::vector<Events> events;
    std::vector<Ring> rings;
};

/// Writes that wait to be given to RocksDB together. A conversation that is written to ten times costs
/// RocksDB one key then, not ten; measured, that is three quarters of the store's work. Not thread-safe.
class Gather {
public:
    /// Takes a write over. Of the rings it takes what the write's events made in marked blocks, or the
    /// whole of marked blocks.
    void add(const ports::ConversationWrite& write, bool whole_rings);
    [[nodiscard]] const Gathered* find(ConversationNumber number) const;
    /// Every conversation, by number: in the order of RocksDB's keys, which is the cheapest to insert.
    [[nodiscard]] std::vector<std::pair<ConversationNumber, const Gathered*>> sorted() const;
    /// About how much memory it takes.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    void add_events(Gathered& to, const ports::ConversationWrite& write);
    void add_rings(Gathered& to, const ports::ConversationWrite& write, bool whole_rings);

    std::unordered_map<ConversationNumber, Gathered> conversations_;
    std::size_t bytes_ = 0;
};

}  // namespace parley::rocksdb_store
