#include "gateway/gateway.h"

#include <utility>

#include "gateway/export_text.h"
#include "gateway/front.h"
#include "gateway/http_connection.h"
#include "gateway/session.h"
#include "runtime/countdown.h"

namespace parley::gateway {

Gateway::Gateway(Options options, Dependencies dependencies) {
    const std::size_t loops = dependencies.loops.size();
    shared_ = std::make_unique<Shared>(Shared{
        .options = std::move(options),
        .parts = std::move(dependencies),
        .metrics = Shared::Metrics{loops},
    });
    for (runtime::Loop* loop : shared_->parts.loops) {
        fronts_.push_back(std::make_unique<Front>(*shared_, *loop));
        shared_->parts.messaging.attach(loop->id(), *fronts_.back());
        shared_->parts.presence.attach(loop->id(), *fronts_.back());
        shared_->parts.auth.attach(loop->id(), *fronts_.back());
    }
    export_text_ = std::make_unique<ExportWriter>(*fronts_.front());
}

account::ExportText& Gateway::export_text() noexcept {
    return *export_text_;
}

Gateway::~Gateway() = default;

void Gateway::accept(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
    fronts_[loop.id().value]->accept(std::move(stream));
}

void Gateway::accept_control(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
    fronts_[loop.id().value]->accept(std::move(stream), true);
}

void Gateway::stop(Duration deadline, Job done) {
    const runtime::Countdown one_stopped(
        *shared_->parts.loops.front(), fronts_.size(), std::move(done)
    );
    for (const auto& front : fronts_) {
        Front* at = front.get();
        at->loop().post([at, deadline, one_stopped] { at->stop(deadline, one_stopped); });
    }
}

void Gateway::register_metrics(metrics::Registry& registry) {
    Shared::Metrics& m = shared_->metrics;
    registry.gauge("parley_connections", "Open TCP connections.", [&m] {
        return static_cast<double>(m.connections.value());
    });
    registry.gauge("parley_sessions", "Authenticated WebSockets.", [&m] {
        return static_cast<double>(m.sessions.value());
    });
    registry.counter("parley_connections_accepted_total", "Connections taken.", m.accepted);
    registry.counter(
        "parley_messages_delivered_total", "Events put into a session's outbox.", m.delivered
    );
    registry.counter(
        "parley_failed_deliveries_total",
        "Frames dropped with a session that broke or was too slow.",
        m.failed_deliveries
    );
    registry.counter(
        "parley_slow_consumer_closes_total", "Sessions closed with 4008.", m.slow_closes
    );
    registry.counter(
        "parley_heartbeat_closes_total", "Sessions closed with 4000.", m.heartbeat_closes
    );
    registry.counter("parley_refusals_total", "Error frames sent.", m.refusals);
    registry.counter("parley_http_requests_total", "HTTP requests, upgrades included.", m.requests);
    registry.counter("parley_websocket_bytes_in_total", "Bytes read from WebSockets.", m.bytes_in);
    registry.counter(
        "parley_websocket_bytes_out_total", "Bytes written to WebSockets.", m.bytes_out
    );
    registry.histogram(
        "parley_delivery_latency_seconds",
        "From a send's arrival until its event is in a session's outbox.",
        m.delivery_latency
    );
}

}  // namespace parley::gateway
