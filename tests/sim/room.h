#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/history/history.h"
#include "tests/sim/json.h"

/// What a device makes of the events of one conversation: the newest form of each message, whatever the order
/// in which it learned of things.

namespace parley::sim {

struct World;

/// One event as it stands on the wire, in the words of histories.
struct Line {
    std::uint64_t seq = 0;
    std::uint64_t hash = 0;  ///< of the content
    std::uint32_t message = 0;
    std::uint32_t sender = 0;
    history::Kind kind = history::Kind::hidden;
    history::Detail detail;
    bool sets_ttl = false;  ///< it says how long messages stay from here on
};
/// An event of a type that nobody knows is as good as void.
[[nodiscard]] Line read_line(World& world, const Json& event);
/// Fills what an `Op::recv` has of it.
void record_line(World& world, const Line& line, history::Event& event);

class Room {
public:
    /// A message that is fetched again replaces what was had.
    void take(const Line& line);
    /// The conversation object as it came last; its settings are those of the reader alone.
    void take_settings(const Json& conversation);

    /// The user was away for a while: what was changed meanwhile they see or not, as they fetch it.
    void note_gap() noexcept { gap_ = true; }
    /// What all messages say now, but for the reactions of one user, whose account ends (0: of nobody); 0 where some disappear by themselves: when they do depends on when one looks.
    [[nodiscard]] std::uint64_t contents(std::uint32_t without) const;
    [[nodiscard]] std::uint64_t own() const noexcept;
    /// Messages beyond `read`, of those that were taken.
    [[nodiscard]] std::uint64_t beyond(std::uint64_t read) const;
    /// The same; 0 where some disappear.
    [[nodiscard]] std::uint64_t unread(std::uint64_t read) const;
    /// Some of its messages disappear.
    [[nodiscard]] bool fades() const noexcept { return fades_; }
    [[nodiscard]] const std::map<std::uint64_t, Line>& lines() const noexcept { return lines_; }
    [[nodiscard]] const std::string& settings() const noexcept { return settings_; }

private:
    [[nodiscard]] bool counts(const Line& line) const;

    std::map<std::uint64_t, Line> lines_;  // by place
    std::string settings_;
    std::set<std::uint64_t> hidden_;  // deleted for the reader alone
    bool fades_ = false;              // some of its messages disappear
    bool gap_ = false;
};

}  // namespace parley::sim
