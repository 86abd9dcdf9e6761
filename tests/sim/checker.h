#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/history.h"

/// Judges a history that ended well: every fault healed, every client caught up, the server killed once more,
/// and everything read again by one auditor for each user. Each invariant is a pass over the events.
///
/// The numbers are those of ARCHITECTURE.md:
///  I1  what was acknowledged is in every later complete read, of every member
///  I2  one place holds one message, the same for all readers
///  I3  places are 1, 2, 3 … without gap or repeat
///  I4  one client_id is one message; a retry gets the same answer; another payload is not taken
///  I5  a device's sends keep their order, and come after what it had seen
///  I6  a send that was definitely refused is never seen
///  I7  every device of every member showed every message, once
///  I8  a page begins where it was asked to and skips nothing
///  I9  the live stream continues where sync ended, without a hole
///  I10 cursors only grow, read ≤ delivered ≤ head, and nobody is said to have read what they did not
///  I11 unread is what lies beyond the read cursor
///  I14 nobody sees a conversation that they are not in

namespace parley::sim {

struct Violation {
    std::string invariant;
    std::uint32_t conversation = 0;  ///< 0: none in particular
    std::string what;
    std::size_t at = 0;  ///< the index behind the event that shows it; 0: the end
};

[[nodiscard]] std::vector<Violation> check(const History& history);

/// `count` events of the history that concern the conversation (all, for 0): those before the index `end`, or
/// the newest for 0.
[[nodiscard]] std::vector<std::string> last_events(
    const History& history, std::uint32_t conversation, std::size_t count, std::size_t end = 0
);

}  // namespace parley::sim
