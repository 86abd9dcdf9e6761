#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/job.h"
#include "base/result.h"
#include "runtime/asio_loop.h"
#include "runtime/stream.h"

namespace parley::runtime {

using OnConnected = UniqueFunction<void(Result<std::unique_ptr<Stream>>)>;

struct ConnectRequest {
    std::string host;
    std::uint16_t port = 0;
    std::string source;  ///< local address to bind; empty: the system chooses
    OnConnected done;
};

/// What Runtime::connect promises, on the loop's thread. Internal to src/runtime.
void connect_on(AsioLoop& loop, ConnectRequest request);

}  // namespace parley::runtime
