#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace parley {

/// Where chance comes from; passed in, so that a simulation is a function of its seed.
/// One instance belongs to one loop; not thread-safe.
class Random {
public:
    virtual ~Random() = default;
    /// 64 bits. The system's source is cryptographically secure; a simulation's is not.
    [[nodiscard]] virtual std::uint64_t next() noexcept = 0;
    virtual void fill(std::span<std::byte> out) noexcept = 0;
};

}  // namespace parley
