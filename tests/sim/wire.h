#pragma once

#include <istream>
#include <ostream>

namespace parley::sim {

/// A simulated server on a calm machine that somebody else talks to, by lines of JSON: what tests/scenarios
/// runs its scenarios against, beside the real program. Each line is one request, answered by one line:
///
///     {"do": "user", "name": N}                          {"user_id": …}; before all others
///     {"do": "open", "link": L, "user": ID}              connects a device of the user and authenticates
///     {"do": "close", "link": L}
///     {"do": "send", "link": L, "frame": TEXT}
///     {"do": "rest", "link": L, "method": …, "target": …, "body": TEXT}   {"status": …, "body": TEXT}
///     {"do": "run", "ms": N}                             time passes
///     {"do": "restart"}                                  the server stops as it should, and starts again
///     {"do": "power"}                                    the power fails; what was not synced is gone
///
/// Every answer has "frames": what came meanwhile, as pairs of a link and a text, and "closed": links that have
/// ended. A device keeps its id over its connections. Ends with the input, or at the first line that is none.
/// 0: all was well; 1: a line was not understood, or the server broke, and what it is stands in the last answer.
int serve_wire(std::istream& in, std::ostream& out);

}  // namespace parley::sim
