#include "base/metrics.h"

#include <thread>

#include <gtest/gtest.h>

namespace parley::metrics {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(Counter, is_the_sum_of_its_lanes) {
    Counter counter{2};
    std::thread other{[&] {
        for (int i = 0; i < 1000; ++i) {
            counter.add(1);
        }
    }};
    for (int i = 0; i < 1000; ++i) {
        counter.add(0);
    }
    other.join();
    counter.add(7, 5);  // lanes wrap
    EXPECT_EQ(counter.value(), 2005);
}

TEST(Histogram, sorts_durations_into_powers_of_two) {
    Histogram histogram;
    histogram.observe(0, Duration{0});
    histogram.observe(0, microseconds{1});
    histogram.observe(0, microseconds{1} + Duration{1});
    histogram.observe(0, microseconds{2});
    histogram.observe(0, microseconds{1024}, 3);
    histogram.observe(0, microseconds{1025});
    histogram.observe(0, seconds{1000});
    histogram.observe(0, Duration{-5});
    const auto snapshot = histogram.snapshot();
    EXPECT_EQ(snapshot.buckets[0], 3U);
    EXPECT_EQ(snapshot.buckets[1], 2U);
    EXPECT_EQ(snapshot.buckets[10], 3U);
    EXPECT_EQ(snapshot.buckets[11], 1U);
    EXPECT_EQ(snapshot.buckets[26], 1U);
    EXPECT_EQ(snapshot.count, 10U);
    EXPECT_NEAR(snapshot.sum_seconds, 1000.0041, 0.0001);
}

TEST(Registry, writes_the_prometheus_text_format) {
    Counter messages;
    messages.add(0, 3);
    Histogram taken;
    taken.observe(0, microseconds{3});
    taken.observe(0, seconds{1000});
    Registry registry;
    registry.counter("parley_messages_in_total", "Messages received.", messages);
    registry.gauge("parley_sessions", "Sessions now.", [] { return 2.0; });
    registry.histogram("parley_ack_seconds", "Time to the ack.", taken);
    const std::string text = registry.text();
    for (const std::string_view line :
         {"# HELP parley_messages_in_total Messages received.\n",
          "# TYPE parley_messages_in_total counter\n",
          "\nparley_messages_in_total 3\n",
          "# TYPE parley_sessions gauge\n",
          "\nparley_sessions 2\n",
          "# TYPE parley_ack_seconds histogram\n",
          "parley_ack_seconds_count 2\n",
          "parley_ack_seconds_bucket{le=\"2e-06\"} 0\n",
          "parley_ack_seconds_bucket{le=\"4e-06\"} 1\n",
          "parley_ack_seconds_bucket{le=\"33.554432\"} 1\n",
          "parley_ack_seconds_bucket{le=\"+Inf\"} 2\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
    }
    messages.add(0);
    EXPECT_NE(registry.text().find("\nparley_messages_in_total 4\n"), std::string::npos);
}

}  // namespace
}  // namespace parley::metrics
