#pragma once

#include <vector>

#include "base/metrics.h"
#include "services/presence/presence.h"

namespace parley::presence {

/// What all shards have in common. Constant after construction but for the metrics, which are atomic.
struct Presence::Shared {
    Options options;
    Dependencies parts;
    std::vector<PresenceSink*> sinks;  ///< by loop
    struct Metrics {
        explicit Metrics(std::size_t lanes)
            : changes(lanes), told(lanes), saved(lanes), save_failures(lanes), people(lanes) {}
        metrics::Counter changes;
        metrics::Counter told;
        metrics::Counter saved;
        metrics::Counter save_failures;
        metrics::Counter people;  ///< a gauge, kept by adding and subtracting
    } metrics;
};

}  // namespace parley::presence
