#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "tests/history/sends.h"
#include "tests/history/talk.h"

namespace parley::history {

/// Values of which some ranks are asked. All are kept: 8 bytes each.
class Sample {
public:
    void add(Duration value) { values_.push_back(value); }
    [[nodiscard]] std::size_t count() const noexcept { return values_.size(); }
    /// The value below which a share of `rank` (0 to 1) lies; 0 for no values. Reorders.
    [[nodiscard]] Duration quantile(double rank);

private:
    std::vector<Duration> values_;
};

/// From `begin` to `end` sends waited and none was acknowledged.
struct Window {
    Duration begin{};
    Duration end{};
    [[nodiscard]] Duration length() const noexcept { return end - begin; }
};

inline constexpr Duration kWindowMin = std::chrono::milliseconds{100};

/// How fast, and when not at all. A send waits from its first attempt to its ack or definite refusal, or to the
/// last that is heard of it.
struct Measures {
    Sample to_ack;
    Sample to_deliver;  ///< to each device of a member but the sender's, by any way but the audit
    Window longest;     ///< without an ack
    std::vector<Window> windows;  ///< those longer than kWindowMin, by time
};

void measure_sends(const History& history, const Sends& sends, Measures& measures);

/// Deliveries of one conversation after the other.
class Deliveries {
public:
    Deliveries(const History& history, const Sends& sends, Sample& sample)
        : history_(history), sends_(sends), sample_(sample), last_(history.devices.size()) {}
    void add(const Talk& talk);

private:
    const History& history_;
    const Sends& sends_;
    Sample& sample_;
    std::vector<std::uint64_t>
        last_;  // by device: the count of the last place that it has received
    std::uint64_t places_ = 0;
};

}  // namespace parley::history
