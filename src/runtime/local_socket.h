#pragma once

#include <string>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace parley::runtime {

/// A socket at `path` (unix(7)) that only this user may connect to: mode 0600. What an earlier process left there is
/// removed, so whoever calls this holds the lock of the directory. Paths of any length. `internal` where the file
/// system has no sockets.
[[nodiscard]] Result<UniqueFd> listen_local(const std::string& path);

/// Connects to such a socket. Blocks, but not for long. `not_found` when nobody listens there; `forbidden` when it is
/// somebody else's; `internal`.
[[nodiscard]] Result<UniqueFd> connect_local(const std::string& path);

/// Sends all of `request` and reads to the end of the answer, which the peer ends by closing. Each wait for the peer is
/// at most `seconds` long: `unavailable` after that; `too_large` for an answer of more than `bytes_max`; `internal`.
[[nodiscard]] Result<std::string> exchange_local(
    UniqueFd socket, const std::string& request, int seconds, std::size_t bytes_max
);

}  // namespace parley::runtime
