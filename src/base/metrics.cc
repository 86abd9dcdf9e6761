#include "base/metrics.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace parley::metrics {
namespace {

/// The smallest i with taken ≤ 2^i µs; what is longer than the last bound is counted there.
std::size_t bucket_of(Duration taken) noexcept {
    const auto nanos = std::max<std::int64_t>(taken.count(), 0);
    const auto micros = static_cast<std::uint64_t>((nanos + 999) / 1000);
    const auto index = micros <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(micros - 1));
    return std::min(index, Histogram::kBuckets - 1);
}

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
    prometheus::MetricFamily made;
    made.name = std::move(name);
    made.help = std::move(help);
    made.type = type;
    made.metric.emplace_back();
    return made;
}

prometheus::ClientMetric::Histogram to_prometheus(const Histogram::Snapshot& snapshot) {
    prometheus::ClientMetric::Histogram histogram;
    histogram.sample_count = snapshot.count;
    histogram.sample_sum = snapshot.sum_seconds;
    std::uint64_t so_far = 0;
    // The last bucket also holds what is beyond its bound, so it is told by +Inf alone, which the
    // serializer adds.
    for (std::size_t i = 0; i + 1 < snapshot.buckets.size(); ++i) {
        so_far += snapshot.buckets.at(i);
        prometheus::ClientMetric::Bucket bucket;
        bucket.cumulative_count = so_far;
        bucket.upper_bound = static_cast<double>(std::uint64_t{1} << i) / 1e6;
        histogram.bucket.push_back(bucket);
    }
    return histogram;
}

}  // namespace

void Histogram::observe(std::size_t lane, Duration taken, std::uint64_t count) noexcept {
    Lane& mine = lanes_[lane % lanes_.size()];
    mine.buckets[bucket_of(taken)].fetch_add(count, std::memory_order_relaxed);
    mine.sum_nanos.fetch_add(
        taken.count() * static_cast<std::int64_t>(count), std::memory_order_relaxed
    );
}

Histogram::Snapshot Histogram::snapshot() const noexcept {
    Snapshot snapshot;
    for (const Lane& lane : lanes_) {
        for (std::size_t i = 0; i < kBuckets; ++i) {
            const std::uint64_t count = lane.buckets[i].load(std::memory_order_relaxed);
            snapshot.buckets[i] += count;
            snapshot.count += count;
        }
        const auto nanos = lane.sum_nanos.load(std::memory_order_relaxed);
        snapshot.sum_seconds += static_cast<double>(nanos) / 1e9;
    }
    return snapshot;
}

class Registry::State {
public:
    using Collect = std::function<prometheus::MetricFamily()>;
    std::vector<Collect> families;  // bounded by the program's text
};

Registry::Registry() : state_(std::make_unique<State>()) {}

Registry::~Registry() = default;

void Registry::counter(std::string name, std::string help, const Counter& counter) {
    state_->families.emplace_back([name = std::move(name), help = std::move(help), &counter] {
        auto made = family(name, help, prometheus::MetricType::Counter);
        made.metric.front().counter.value = static_cast<double>(counter.value());
        return made;
    });
}

void Registry::gauge(std::string name, std::string help, std::function<double()> read) {
    state_->families.emplace_back(
        [name = std::move(name), help = std::move(help), read = std::move(read)] {
            auto made = family(name, help, prometheus::MetricType::Gauge);
            made.metric.front().gauge.value = read();
            return made;
        }
    );
}

void Registry::histogram(std::string name, std::string help, const Histogram& histogram) {
    state_->families.emplace_back([name = std::move(name), help = std::move(help), &histogram] {
        auto made = family(name, help, prometheus::MetricType::Histogram);
        made.metric.front().histogram = to_prometheus(histogram.snapshot());
        return made;
    });
}

std::string Registry::text() const {
    std::vector<prometheus::MetricFamily> families;
    families.reserve(state_->families.size());
    for (const auto& collect : state_->families) {
        families.push_back(collect());
    }
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace parley::metrics
