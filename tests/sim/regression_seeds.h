#pragma once

#include <array>
#include <cstdint>

namespace parley::sim {

/// Seeds that once found a bug: every run begins with them. What a seed does changes when the simulation draws
/// something new, so one that found a bug long ago may be a seed like any other now; the bug has a test of its own
/// then. A new one comes with a word on what it found.
inline constexpr std::array<std::uint64_t, 5> kRegressionSeeds{
    778,  // a conversation made while the clock stood before 2024 had number 0, which nothing lists
    1589,   // the same: what had disappeared in it was never swept
    12157,  // a client took 408, of a request half of which was lost, for a refusal
    9290,  // a sweep erased more than may wait for the store, was refused for it, and came no further
    12065,  // the last power cut was given to a server between two events, and took effect with the next
};

}  // namespace parley::sim
