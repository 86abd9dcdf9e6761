#include "bench/report.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace parley::bench {
namespace {

double micros(std::uint64_t nanos) {
    return static_cast<double>(nanos) / 1000.0;
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
    std::array<char, 256> line{};
    const int size = std::snprintf(line.data(), line.size(), pattern, values...);
    return {line.data(), static_cast<std::size_t>(size)};
}

std::string quantiles(const char* name, const Histogram& histogram) {
    return format(
        "%-18s p50 %9.0f  p95 %9.0f  p99 %9.0f  p99.9 %9.0f  max %9.0f µs\n",
        name,
        micros(histogram.percentile(50)),
        micros(histogram.percentile(95)),
        micros(histogram.percentile(99)),
        micros(histogram.percentile(99.9)),
        micros(histogram.max())
    );
}

double per_second(std::uint64_t count, const Report& report) {
    return report.seconds > 0 ? static_cast<double>(count) / report.seconds : 0;
}

double share(std::int64_t nanos, std::uint64_t count) {
    return count != 0 ? static_cast<double>(nanos) / 1000.0 / static_cast<double>(count) : 0;
}

std::optional<double> bytes_per_connection(const Report& report) {
    if (!report.memory_before || !report.memory_after || report.last.ready == 0) {
        return std::nullopt;
    }
    const auto before = static_cast<double>(*report.memory_before);
    const auto after = static_cast<double>(*report.memory_after);
    return (after - before) / static_cast<double>(report.last.ready);
}

std::string audit_text(const AuditCounts& audit) {
    using Count = unsigned long long;
    std::string text = format(
        "audit              attempted %llu, acknowledged %llu, delivered %llu, refused %llu\n",
        static_cast<Count>(audit.attempted),
        static_cast<Count>(audit.acknowledged),
        static_cast<Count>(audit.delivered),
        static_cast<Count>(audit.refused)
    );
    text += format(
        "  allowed          no answer but there %llu, pushed again %llu, gaps that closed %llu\n",
        static_cast<Count>(audit.unacked_present),
        static_cast<Count>(audit.repeated),
        static_cast<Count>(audit.gaps)
    );
    text += format(
        "  must be 0        lost %llu, doubled %llu, out of order %llu, changed %llu, holes "
        "%llu,\n",
        static_cast<Count>(audit.lost),
        static_cast<Count>(audit.doubled),
        static_cast<Count>(audit.out_of_order),
        static_cast<Count>(audit.changed),
        static_cast<Count>(audit.holes)
    );
    text += format(
        "                   undelivered %llu, refused but there %llu, foreign %llu, unread %llu\n",
        static_cast<Count>(audit.undelivered),
        static_cast<Count>(audit.refused_present),
        static_cast<Count>(audit.foreign),
        static_cast<Count>(audit.unread)
    );
    for (const std::string& problem : audit.problems) {
        text.append("  ! ").append(problem).append("\n");
    }
    return text;
}

std::string presence_text(const char* when, const std::array<std::uint64_t, 3>& counts) {
    using Count = unsigned long long;
    return format(
        "presence frames    %s: %llu answers to a watch, %llu changes, %llu that showed nothing "
        "new\n",
        when,
        static_cast<Count>(counts[0]),
        static_cast<Count>(counts[1]),
        static_cast<Count>(counts[2])
    );
}

std::string watch_text(const Report& report) {
    const Tally& tally = report.tally;
    std::string text;
    if (report.storm_seconds) {
        text += format(
            "all again          ready after %.2f s, server CPU %.0f µs per connection\n",
            *report.storm_seconds,
            share(report.storm_cpu.value_or(0), report.last.ready)
        );
    }
    if (report.options.watch != 0) {
        text += presence_text(
            "in all", {tally.presence_first, tally.presence_changes, tally.presence_repeats}
        );
        text += presence_text(
            "of the storm", {report.storm_first, report.storm_changes, report.storm_repeats}
        );
    }
    return text;
}

std::string load_text(const Report& report) {
    const Tally& tally = report.tally;
    std::string text = format(
        "messages           %.0f/s acknowledged, %.0f/s delivered over %.1f s\n",
        per_second(tally.acked, report),
        per_second(tally.delivered, report),
        report.seconds
    );
    text += quantiles("send to receive", tally.delivery) + quantiles("send to ack", tally.ack);
    if (!report.options.group.empty()) {
        text += quantiles("send to the last", tally.last);
    }
    if (report.server_cpu) {
        text += format(
            "server CPU         %.2f µs per delivered message, %.0f %% of a core\n",
            share(*report.server_cpu, tally.delivered),
            static_cast<double>(*report.server_cpu) / 1e7 / report.seconds
        );
    }
    text += format(
        "client CPU         %.2f µs per delivered message, %.0f %% of a core\n",
        share(report.client_cpu, tally.delivered),
        static_cast<double>(report.client_cpu) / 1e7 / report.seconds
    );
    if (tally.skipped != 0) {
        text += format(
            "skipped            %llu paced sends found their client down or far behind\n",
            static_cast<unsigned long long>(tally.skipped)
        );
    }
    return text;
}

// --- JSON -----------------------------------------------------------------------------------------

/// An object that is being written.
class Object {
public:
    void add(std::string_view name, std::string_view json) {
        text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":").append(json);
    }
    void add(std::string_view name, double value) {
        add(name, std::string_view(format("%.3f", value)));
    }
    void count(std::string_view name, std::uint64_t value) {
        add(name, std::string_view(std::to_string(value)));
    }
    void text(std::string_view name, std::string_view value) {
        std::string quoted = "\"";
        for (const char c : value) {
            const bool plain = c != '"' && c != '\\' && static_cast<unsigned char>(c) >= ' ';
            quoted += plain ? c : ' ';
        }
        add(name, std::string_view(quoted + "\""));
    }
    template <class Value>
    void maybe(std::string_view name, const std::optional<Value>& value) {
        value ? add(name, static_cast<double>(*value)) : add(name, std::string_view("null"));
    }
    [[nodiscard]] std::string take() { return (text_.empty() ? "{" : std::move(text_)) + "}"; }

private:
    std::string text_;
};

std::string to_json(const Histogram& histogram) {
    Object object;
    object.count("count", histogram.count());
    object.add("p50", micros(histogram.percentile(50)));
    object.add("p95", micros(histogram.percentile(95)));
    object.add("p99", micros(histogram.percentile(99)));
    object.add("p99_9", micros(histogram.percentile(99.9)));
    object.add("max", micros(histogram.max()));
    return object.take();
}

std::string to_json(const AuditCounts& audit) {
    Object object;
    for (const auto& [name, value] :
         std::initializer_list<std::pair<std::string_view, std::uint64_t>>{
             {"conversations", audit.conversations},
             {"attempted", audit.attempted},
             {"acknowledged", audit.acknowledged},
             {"delivered", audit.delivered},
             {"refused", audit.refused},
             {"repeated", audit.repeated},
             {"gaps", audit.gaps},
             {"unacked_present", audit.unacked_present},
             {"lost", audit.lost},
             {"doubled", audit.doubled},
             {"out_of_order", audit.out_of_order},
             {"changed", audit.changed},
             {"holes", audit.holes},
             {"undelivered", audit.undelivered},
             {"refused_present", audit.refused_present},
             {"foreign", audit.foreign},
             {"unread", audit.unread},
         }) {
        object.count(name, value);
    }
    object.add("clean", std::string_view(audit.clean() ? "true" : "false"));
    return object.take();
}

const char* mode_of(const Options& options) {
    if (options.idle) {
        return "idle";
    }
    return options.rate != 0 ? "rate" : "window";
}

void add_load(Object& object, const Report& report) {
    const Tally& tally = report.tally;
    std::optional<double> per_message;
    if (report.server_cpu && tally.delivered != 0) {
        per_message = share(*report.server_cpu, tally.delivered);
    }
    object.add("acknowledged_per_second", per_second(tally.acked, report));
    object.add("delivered_per_second", per_second(tally.delivered, report));
    object.maybe("server_cpu_us_per_message", per_message);
    object.add("client_cpu_us_per_message", share(report.client_cpu, tally.delivered));
    object.add("delivery_us", std::string_view(to_json(tally.delivery)));
    object.add("last_us", std::string_view(to_json(tally.last)));
    object.add("ack_us", std::string_view(to_json(tally.ack)));
}

}  // namespace

bool Report::passed() const {
    return audit.clean() && drained && last.failed == 0;
}

std::string to_text(const Report& report) {
    const Tally& tally = report.tally;
    std::string text = format(
        "connections        %zu ready, %zu failed, in %.2f s\n",
        report.last.ready,
        report.last.failed,
        report.connect_seconds
    );
    text += quantiles("connect", tally.connect) + quantiles("authenticate", tally.auth);
    text += quantiles("sync", tally.sync) + quantiles("all three", tally.ready);
    if (report.server_cpu_connecting) {
        text += format(
            "server CPU         %.0f µs per connection until all were ready\n",
            share(*report.server_cpu_connecting, report.last.ready)
        );
    }
    if (const auto bytes = bytes_per_connection(report)) {
        text += format(
            "server memory      %.0f bytes per connection; %.1f MiB before, %.1f after, %.1f at "
            "the end\n",
            *bytes,
            static_cast<double>(*report.memory_before) / 1048576.0,
            static_cast<double>(*report.memory_after) / 1048576.0,
            static_cast<double>(report.memory_end.value_or(0)) / 1048576.0
        );
    }
    text += watch_text(report);
    if (!report.options.idle) {
        text += load_text(report) + audit_text(report.audit);
    }
    if (tally.dropped + tally.repairs + tally.malformed != 0) {
        text += format(
            "connections died   %llu; history asked for gaps %llu; frames without sense %llu\n",
            static_cast<unsigned long long>(tally.dropped),
            static_cast<unsigned long long>(tally.repairs),
            static_cast<unsigned long long>(tally.malformed)
        );
    }
    for (const auto& [code, count] : tally.errors) {
        text.append("  error ")
            .append(code)
            .append(": ")
            .append(std::to_string(count))
            .append("\n");
    }
    if (!report.drained) {
        text += "  ! not everything was answered and delivered in time\n";
    }
    return text + (report.passed() ? "passed\n" : "FAILED\n");
}

std::string to_json(const Report& report) {
    const Tally& tally = report.tally;
    Object object;
    object.text("mode", mode_of(report.options));
    object.add("raw", std::string_view(report.options.raw ? "true" : "false"));
    object.count("connections", report.options.connections);
    object.count("window", report.options.window);
    object.count("rate", report.options.rate);
    object.count("payload", report.options.payload_bytes);
    object.add("seconds", report.seconds);
    object.add("passed", std::string_view(report.passed() ? "true" : "false"));
    object.count("ready", report.last.ready);
    object.count("failed", report.last.failed);
    object.add("ready_seconds", report.connect_seconds);
    object.maybe("server_cpu_ns_connecting", report.server_cpu_connecting);
    object.maybe("server_cpu_ns", report.server_cpu);
    object.maybe("server_bytes_before", report.memory_before);
    object.maybe("server_bytes_ready", report.memory_after);
    object.maybe("server_bytes_end", report.memory_end);
    object.maybe("server_bytes_per_connection", bytes_per_connection(report));
    object.add("connect_us", std::string_view(to_json(tally.connect)));
    object.add("auth_us", std::string_view(to_json(tally.auth)));
    object.add("sync_us", std::string_view(to_json(tally.sync)));
    object.add("ready_us", std::string_view(to_json(tally.ready)));
    if (!report.options.idle) {
        add_load(object, report);
    }
    object.count("presence_first", tally.presence_first);
    object.count("presence_changes", tally.presence_changes);
    object.count("presence_repeats", tally.presence_repeats);
    object.maybe("storm_seconds", report.storm_seconds);
    object.maybe("storm_server_cpu_ns", report.storm_cpu);
    object.count("storm_presence_first", report.storm_first);
    object.count("storm_presence_changes", report.storm_changes);
    object.count("storm_presence_repeats", report.storm_repeats);
    object.count("skipped", tally.skipped);
    object.count("dropped", tally.dropped);
    object.count("repairs", tally.repairs);
    object.count("malformed", tally.malformed);
    object.add("audit", std::string_view(to_json(report.audit)));
    Object errors;
    for (const auto& [code, count] : tally.errors) {
        errors.count(code, count);
    }
    object.add("errors", std::string_view(errors.take()));
    return object.take() + "\n";
}

}  // namespace parley::bench
