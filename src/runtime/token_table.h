#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"

namespace parley::runtime {

/// Names objects that may be gone by the time a callback for them runs. A token is 64 bits
/// (generation ‖ slot) and finds its object or nothing in O(1), so callbacks hold tokens instead of
/// pointers, and whoever calls out to user code asks afterwards whether the object is still there.
/// Belongs to one loop. Sixteen bytes per object; it never shrinks below the most that lived at once.
class TokenTable {
public:
    using Token = std::uint64_t;

    [[nodiscard]] Token add(void* object) {
        if (free_ == kNone) {
            PARLEY_ASSERT(entries_.size() < kNone);
            free_ = static_cast<std::uint32_t>(entries_.size());
            entries_.emplace_back();
        }
        const std::uint32_t slot = free_;
        Entry& entry = entries_[slot];
        free_ = entry.next_free;
        entry.object = object;
        return (Token{entry.generation} << 32U) | slot;
    }

    void remove(Token token) noexcept {
        Entry& entry = entries_[slot_of(token)];
        PARLEY_ASSERT(entry.generation == generation_of(token));
        entry.object = nullptr;
        ++entry.generation;
        entry.next_free = free_;
        free_ = slot_of(token);
    }

    [[nodiscard]] void* find(Token token) const noexcept {
        const Entry& entry = entries_[slot_of(token)];
        return entry.generation == generation_of(token) ? entry.object : nullptr;
    }

private:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Entry {
        void* object = nullptr;
        std::uint32_t generation = 0;
        std::uint32_t next_free = kNone;
    };

    static std::uint32_t slot_of(Token token) noexcept { return static_cast<std::uint32_t>(token); }
    static std::uint32_t generation_of(Token token) noexcept {
        return static_cast<std::uint32_t>(token >> 32U);
    }

    std::vector<Entry> entries_;  // bounded by the descriptors a process may open
    std::uint32_t free_ = kNone;
};

}  // namespace parley::runtime
