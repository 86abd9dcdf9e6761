#pragma once

#include <atomic>
#include <vector>

#include "base/metrics.h"
#include "services/messaging/messaging.h"

namespace parley::messaging {

/// What owners and locals have in common. Constant after construction but for the metrics, which are
/// atomic; read from every loop.
struct Messaging::Shared {
    Options options;
    Dependencies parts;
    std::vector<SessionSink*> sinks;     ///< by loop
    ChangeListener* listener = nullptr;  ///< none, or one

    /// By lane: no record of the lane at or past this offset is applied yet; 0: all that are durable are.
    /// Written by the lane before it appends and after it has applied, read by syncs on any loop.
    std::vector<std::atomic<std::uint64_t>> unapplied_from;

    struct Metrics {
        explicit Metrics(std::size_t lanes)
            : messages_in(lanes),
              events_out(lanes),
              repeats(lanes),
              refused(lanes),
              receipts(lanes),
              expired(lanes),
              sweeps(lanes),
              commit_latency(lanes),
              log_latency(lanes),
              write_latency(lanes),
              write_failures(lanes),
              in_flight(lanes),
              unwritten_bytes(lanes),
              cached(lanes),
              cache_hits(lanes),
              cache_misses(lanes) {}
        metrics::Counter messages_in;
        metrics::Counter events_out;
        metrics::Counter repeats;
        metrics::Counter refused;
        metrics::Counter receipts;
        metrics::Counter expired;
        metrics::Counter sweeps;
        metrics::Histogram commit_latency;
        metrics::Histogram log_latency;
        metrics::Histogram write_latency;
        metrics::Counter write_failures;
        metrics::Counter in_flight;  ///< a gauge, kept by adding and subtracting
        metrics::Counter unwritten_bytes;
        metrics::Counter cached;
        metrics::Counter cache_hits;  ///< conversations asked for that were in memory
        metrics::Counter cache_misses;
    } metrics;
};

}  // namespace parley::messaging
