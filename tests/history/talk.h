#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "tests/history/history.h"
#include "tests/history/sends.h"

namespace parley::history {

inline constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

/// An event that shows what stands at a place.
struct Sighting {
    std::uint64_t seq = 0;
    std::uint32_t event = 0;
};

/// A place of the conversation, as the first who saw it saw it.
struct Place {
    std::uint64_t seq = 0;
    std::uint64_t hash = 0;
    std::uint32_t message = 0;
    std::uint32_t sender = 0;
    std::uint32_t send = kNone;
    std::uint32_t first = 0;  ///< sighting, by event
    std::uint32_t begin = 0;  ///< its sightings
    std::uint32_t end = 0;
    std::uint32_t detail = 0;  ///< in History::details, as the first said it who was told
    Kind kind = Kind::hidden;
    bool changed = false;  ///< nobody saw what it said first: it was edited or deleted before
    bool altered = false;
    bool audited = false;  ///< somebody read it at the end
};

/// A complete read of the conversation.
struct CompleteRead {
    std::uint32_t device = 0;
    std::uint32_t user = 0;
    std::uint32_t event = kNone;  ///< the `read`; kNone when it is missing
    std::uint32_t begin = 0;      ///< its entries
    std::uint32_t end = 0;
};

struct Member {
    std::uint32_t user = 0;
    std::uint64_t from = 1;
    std::uint64_t until = kForEver;
};

/// One conversation, with everything that is known of its places.
class Talk {
public:
    /// `events`: the indices of its events. Places its sends.
    Talk(
        const History& history,
        Sends& sends,
        std::uint32_t number,
        std::span<const std::uint32_t> events,
        std::span<const std::uint32_t> acked
    );

    [[nodiscard]] const History& history() const noexcept { return history_; }
    [[nodiscard]] const Event& event(std::uint32_t index) const { return history_.events[index]; }
    [[nodiscard]] std::uint32_t user_of(const Event& event) const {
        return history_.devices[event.device].user;
    }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] std::span<const std::uint32_t> events() const noexcept { return events_; }
    [[nodiscard]] const std::vector<Sighting>& sightings() const noexcept { return sightings_; }
    [[nodiscard]] const std::vector<Place>& places() const noexcept { return places_; }
    [[nodiscard]] const Place* find(std::uint64_t seq) const noexcept;
    [[nodiscard]] const std::vector<CompleteRead>& reads() const noexcept { return reads_; }
    [[nodiscard]] std::span<const std::uint32_t> entries(const CompleteRead& read) const {
        return std::span{entries_}.subspan(read.begin, read.end - read.begin);
    }
    /// The sends that were acknowledged here, by seq.
    [[nodiscard]] std::span<const std::uint32_t> acked() const noexcept { return acked_; }
    /// The sends that stand here, each once.
    [[nodiscard]] const std::vector<std::uint32_t>& placed() const noexcept { return placed_; }
    /// By user; several for one who left and came back.
    [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }
    /// Its members are those that its own events tell of.
    [[nodiscard]] bool is_group() const noexcept { return is_group_; }
    [[nodiscard]] bool is_member(std::uint32_t user) const noexcept;
    [[nodiscard]] bool may_see(std::uint32_t user, std::uint64_t seq) const noexcept;
    /// The first place that the user may read; 1 for who may read nothing.
    [[nodiscard]] std::uint64_t first_readable(std::uint32_t user) const noexcept;
    /// Is the user in it at the end?
    [[nodiscard]] bool stays(std::uint32_t user) const noexcept { return may_see(user, kForEver); }
    /// May it disappear by itself? Whoever has only its acknowledgement does not know.
    [[nodiscard]] bool fades(const Place& place) const {
        return detail_of(place).fades || place.seq > fades_from_;
    }
    /// Have they ever left it?
    [[nodiscard]] bool was_away(std::uint32_t user) const noexcept;
    [[nodiscard]] const Detail& detail_of(const Place& place) const {
        return history_.details[place.detail];
    }
    /// The edit, deletion or reaction of the message that stands last in the log; null when there is none.
    [[nodiscard]] const Place* last_of(What what, std::uint32_t message) const noexcept;
    /// Was the place void for one of this user's devices?
    [[nodiscard]] bool was_void(std::uint32_t user, std::uint64_t seq) const noexcept;
    /// Where the history begins: what stands before was sent by those of before.
    [[nodiscard]] std::uint64_t base() const noexcept { return base_; }

private:
    void gather_sightings();
    void make_places();
    [[nodiscard]] Place make_place(std::uint32_t begin, std::uint32_t end) const;
    void place_sends();
    void gather_reads();
    void find_members();
    void infer_members();
    void derive_members();
    void gather_voids();

    const History& history_;
    Sends& sends_;
    const std::uint32_t number_;
    const std::span<const std::uint32_t> events_;
    std::vector<std::uint32_t> acked_;
    std::vector<std::uint32_t> placed_;
    std::vector<Sighting> sightings_;
    std::vector<Place> places_;
    std::vector<CompleteRead> reads_;
    std::vector<std::uint32_t> entries_;
    std::vector<Member> members_;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> voids_;  // user, place; sorted
    std::uint64_t base_ = 0;
    bool is_group_ = false;
    std::uint64_t fades_from_ = kForEver;
};

}  // namespace parley::history
