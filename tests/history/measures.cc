#include "tests/history/measures.h"

#include <algorithm>

namespace parley::history {
namespace {

/// By send: the event with which waiting for it ended.
std::vector<std::uint32_t> ends_of(const History& history, const Sends& sends) {
    std::vector<std::uint32_t> ends(sends.all().size(), kNone);
    for (std::uint32_t i = 0; i < history.events.size(); ++i) {
        const Event& event = history.events[i];
        const bool tells = event.op == Op::send || event.op == Op::err || event.op == Op::timeout;
        if (const std::uint32_t at = tells ? sends.find(event.send) : kNone; at != kNone) {
            ends[at] = i;
        }
    }
    for (std::size_t at = 0; at < ends.size(); ++at) {
        if (sends.all()[at].acked()) {
            ends[at] = sends.all()[at].first_ack;
        }
    }
    return ends;
}

}  // namespace

Duration Sample::quantile(double rank) {
    if (values_.empty()) {
        return {};
    }
    const auto index = static_cast<std::size_t>(rank * static_cast<double>(values_.size()));
    const auto at =
        values_.begin() + static_cast<std::ptrdiff_t>(std::min(index, values_.size() - 1));
    std::ranges::nth_element(values_, at);
    return *at;
}

void measure_sends(const History& history, const Sends& sends, Measures& measures) {
    const std::vector<std::uint32_t> ends = ends_of(history, sends);
    std::uint64_t waiting = 0;
    Duration since{};
    const auto end_window = [&](Duration now) {
        const Window window{.begin = since, .end = now};
        if (window.length() > measures.longest.length()) {
            measures.longest = window;
        }
        if (window.length() > kWindowMin) {
            measures.windows.push_back(window);
        }
        since = now;
    };
    for (std::uint32_t i = 0; i < history.events.size(); ++i) {
        const Event& event = history.events[i];
        const std::uint32_t at = sends.find(event.send);
        if (at == kNone || sends.at(at).attempts == 0) {
            continue;
        }
        const Send& send = sends.at(at);
        if (send.first_attempt == i && waiting++ == 0) {
            since = event.time;
        }
        if (ends[at] == i) {
            --waiting;
            if (send.first_ack == i) {
                measures.to_ack.add(event.time - history.events[send.first_attempt].time);
                end_window(event.time);
            } else if (waiting == 0) {
                end_window(event.time);
            }
        }
    }
}

void Deliveries::add(const Talk& talk) {
    for (const Place& place : talk.places()) {
        ++places_;
        if (place.send == kNone || sends_.at(place.send).attempts == 0) {
            continue;
        }
        const Send& send = sends_.at(place.send);
        last_[send.device] = places_;
        for (std::uint32_t i = place.begin; i < place.end; ++i) {
            const Event& seen = talk.event(talk.sightings()[i].event);
            if (seen.op == Op::recv && seen.source != Source::audit &&
                last_[seen.device] != places_) {
                last_[seen.device] = places_;
                sample_.add(seen.time - history_.events[send.first_attempt].time);
            }
        }
    }
}

}  // namespace parley::history
