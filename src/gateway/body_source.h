#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "gateway/http/http.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::gateway {

/// An answer's body that is not in memory as a whole: every http::Response::source is one of these.
class BodySource : public http::BodyLength {
public:
    /// The bytes from `offset` on, at most `bytes` and at least one. An error ends the connection: its status has been
    /// said.
    [[nodiscard]] virtual runtime::Task<Result<std::string>> read(
        runtime::Loop& home, std::uint64_t offset, std::size_t bytes
    ) = 0;
};

}  // namespace parley::gateway
