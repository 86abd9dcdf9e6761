#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "core/event.h"
#include "core/limits.h"

namespace parley::core {

/// How far a member has come. Both only grow, and read ≤ delivered.
struct Cursor {
    Seq delivered;
    Seq read;
    Ordinal read_ordinal;

    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// A send that is remembered so that its retry gets the first answer again.
struct SendEntry {
    Hash128 client_id;
    std::uint64_t payload = 0;
    Seq seq;
    Timestamp time;

    friend bool operator==(const SendEntry&, const SendEntry&) = default;
};

/// The last kSendRingEntries sends of one member, oldest overwritten. Entry i of the member's n-th send
/// (from 0) stands at n % kSendRingEntries.
class SendRing {
public:
    /// Entries are stored in blocks of this many, so that one send rewrites one small block.
    static constexpr std::size_t kBlockEntries = 16;
    static constexpr std::size_t kBlocks = kSendRingEntries / kBlockEntries;

    [[nodiscard]] const SendEntry* find(const Hash128& client_id) const noexcept;
    void add(const SendEntry& entry);

    /// How many sends there have ever been.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::span<const SendEntry> entries() const noexcept { return entries_; }
    /// Rebuilds a ring from stored parts; `entries` holds min(count, kSendRingEntries) in ring places.
    [[nodiscard]] static SendRing restore(std::uint64_t count, std::vector<SendEntry> entries);

    friend bool operator==(const SendRing&, const SendRing&) = default;

private:
    std::uint64_t count_ = 0;
    std::vector<SendEntry> entries_;
};

/// What only some members have; the others have none.
struct MemberExtra {
    /// An earlier time in the group: what could be read then can be read still. Oldest first.
    struct Stay {
        Seq first;
        Seq last;
        friend bool operator==(const Stay&, const Stay&) = default;
    };
    std::vector<Stay> earlier;
    std::string left_name;    ///< of the group when they left it, for they learn of no later one
    std::vector<Seq> hidden;  ///< deleted for this member alone; ascending
    Timestamp muted_until{};  ///< the epoch: not muted
    bool pinned = false;
    bool archived = false;
    bool blocks = false;  ///< of a direct conversation: gets nothing from the other one
    std::string draft;

    friend bool operator==(const MemberExtra&, const MemberExtra&) = default;
};

struct Member {
    UserId user;  ///< nil: an account that is gone
    Role role = Role::member;
    Timestamp joined_at{};  ///< the last time
    Seq first{};            ///< reads from here on
    Seq last{};             ///< and up to here, having left; 0: is in it
    std::uint64_t changed_at =
        0;  ///< log offset of the last record that changed what only they see
    Cursor cursor{};
    SendRing sends{};
    std::shared_ptr<const MemberExtra> extra = nullptr;  ///< null: nothing of it

    [[nodiscard]] bool active() const noexcept { return last.value == 0; }
    [[nodiscard]] bool blocks() const noexcept { return extra != nullptr && extra->blocks; }
    /// May they read this place? Whether it is void for them is another question.
    [[nodiscard]] bool can_read(Seq seq) const noexcept;
    /// Deleted for themselves.
    [[nodiscard]] bool has_hidden(Seq seq) const noexcept;

    friend bool operator==(const Member& one, const Member& other);
};

/// Who is and was in a conversation, in the order in which they first came. Nobody is taken out: who has
/// left keeps reading what they could. Finding is quick in large groups too.
class Members {
public:
    [[nodiscard]] Member* find(const UserId& user) noexcept;
    [[nodiscard]] const Member* find(const UserId& user) const noexcept;
    /// Who is in it now: null for those who have left.
    [[nodiscard]] const Member* find_active(const UserId& user) const noexcept;
    /// A place that stays the same; for what is kept beside.
    [[nodiscard]] std::size_t index_of(const Member& member) const noexcept {
        return static_cast<std::size_t>(&member - all_.data());
    }
    Member& add(Member member);
    /// Makes the user's id nil in their entry, which must be there.
    void forget(const UserId& user);

    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
    [[nodiscard]] auto end() const noexcept { return all_.end(); }
    [[nodiscard]] auto begin() noexcept { return all_.begin(); }
    [[nodiscard]] auto end() noexcept { return all_.end(); }
    [[nodiscard]] const Member& operator[](std::size_t i) const noexcept { return all_[i]; }
    [[nodiscard]] Member& operator[](std::size_t i) noexcept { return all_[i]; }

    friend bool operator==(const Members& one, const Members& other) {
        return one.all_ == other.all_;
    }

private:
    std::vector<Member> all_;
    std::unordered_map<UserId, std::uint32_t> index_;  ///< of all_, once there are many
};

}  // namespace parley::core
