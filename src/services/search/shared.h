#pragma once

#include <atomic>
#include <utility>

#include "services/search/search.h"

namespace parley::search {

/// What all loops' sides have in common. Constant after construction but for what is atomic.
struct Search::Shared {
    Shared(Options wanted, Dependencies needed)
        : options(wanted), parts(std::move(needed)), metrics(parts.loops.size()) {}

    const Options options;
    Dependencies parts;
    std::atomic<bool> complete{false};  ///< everything there is has been looked at
    std::atomic<bool> mending{false};   ///< the index is damaged; searches are refused

    struct Metrics {
        explicit Metrics(std::size_t lanes)
            : searches(lanes),
              find_latency(lanes),
              write_latency(lanes),
              indexed(lanes),
              failures(lanes),
              skipped(lanes),
              resets(lanes),
              pending(lanes) {}
        metrics::Counter searches;
        metrics::Histogram find_latency;
        metrics::Histogram write_latency;
        metrics::Counter indexed;
        metrics::Counter failures;
        metrics::Counter skipped;
        metrics::Counter resets;
        metrics::Counter pending;  ///< a gauge, kept by adding and subtracting
    } metrics;
    std::atomic<std::uint64_t> position{0};  ///< offset that the index has reached
};

/// What a lane has read, for the index.
struct Gathered {
    std::vector<ports::SearchReplace> replaces;
    std::vector<ports::SearchForget> forgets;
    std::size_t events = 0;
    std::size_t bytes = 0;
};

}  // namespace parley::search
