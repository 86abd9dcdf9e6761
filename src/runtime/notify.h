#pragma once

#include <string_view>

namespace parley::runtime {

/// Tells the supervisor (systemd's Type=notify and notify-reload) how we are: "READY=1", "RELOADING=1",
/// "STOPPING=1". Does nothing when there is none ($NOTIFY_SOCKET is unset), and never fails: a server
/// does not end because nobody listens. "RELOADING=1" gets the monotonic time that systemd wants with it.
void notify_supervisor(std::string_view state) noexcept;

}  // namespace parley::runtime
