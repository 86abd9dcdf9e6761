#include "app/standalone.h"

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <functional>
#include <future>
#include <utility>

#include "app/embedded.h"
#include "base/log.h"
#include "runtime/notify.h"

namespace parley::app {
namespace {

/// Sessions have this long to take `reconnect` and 1012; all of stopping is to fit into 10 s.
constexpr Duration kConnectionsDeadline = std::chrono::seconds{4};
constexpr Duration kStopDeadline = std::chrono::seconds{9};

log::Level level_of(const std::string& name) {
    if (name == "debug") {
        return log::Level::debug;
    }
    if (name == "warn") {
        return log::Level::warn;
    }
    if (name == "error") {
        return log::Level::error;
    }
    return name == "off" ? log::Level::off : log::Level::info;
}

int fail(const Error& error) {
    std::fprintf(stderr, "parley: %s\n", error.detail.c_str());
    return 1;
}

/// A running server: from the first listen to the last byte.
class Server {
public:
    Server(const Config& config, Embedded& parts) : config_(config), parts_(parts) {}

    /// Serves until a signal comes.
    Result<void> serve() {
        return run([this] {
            if (auto listening = listen(); !listening.ok()) {
                return listening;
            }
            if (auto listening = listen_for_control(); !listening.ok()) {
                // Some file systems have no sockets; clients do not need it.
                log::warn("no control socket", {{"detail", listening.error().detail}});
            }
            runtime::notify_supervisor("READY=1");
            stop_wanted_.get_future().wait();
            return Result<void>{};
        });
    }

    /// Does one thing over the control socket, without a port for clients.
    Result<void> do_offline(const std::function<Result<void>()>& act) {
        return run([this, &act] {
            auto listening = listen_for_control();
            return listening.ok() ? act() : std::move(listening);
        });
    }

private:
    template <class Act>
    Result<void> run(Act act) {
        TRY(node_, Node::open(parts_.node_options(config_), parts_.node_parts()));
        parts_.register_metrics(node_->metrics());
        parts_.runtime().on_signals([this](int number) { on_signal(number); });
        parts_.runtime().start();
        auto started = on_first_loop<Result<void>>([this](UniqueFunction<void(Result<void>)> done) {
            node_->start(std::move(done));
        });
        Result<void> result = std::move(started);
        if (result.ok()) {
            result = act();
            stop();
        }
        parts_.runtime().stop();
        const auto closed = node_->close();
        if (result.ok() && !closed.ok()) {
            result = closed.error();
        }
        node_.reset();
        return result;
    }

    /// Runs `begin` on loop 0 and waits for what it answers.
    template <class T, class Begin>
    T on_first_loop(Begin begin) {
        auto promise = std::make_shared<std::promise<T>>();
        auto answer = promise->get_future();
        parts_.runtime().loop(0).post([begin = std::move(begin), promise]() mutable {
            begin([promise](T value) { promise->set_value(std::move(value)); });
        });
        return answer.get();
    }

    Result<void> listen() {
        TRY(const auto place, parse_listen(config_.listen));
        runtime::ListenOptions options{
            .host = place.first,
            .port = place.second,
            .tls = {.certificate_file = config_.certificate_file, .key_file = config_.key_file},
        };
        TRY(listener_,
            parts_.runtime().listen(
                options,
                [this](runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
                    node_->accept(loop, std::move(stream));
                }
            ));
        const std::string scheme = config_.certificate_file.empty() ? "http" : "https";
        const std::string host =
            place.first.find(':') == std::string::npos ? place.first : "[" + place.first + "]";
        log::info(
            "listening",
            {{"url", scheme + "://" + host + ":" + std::to_string(listener_->port())},
             {"port", listener_->port()},
             {"data", config_.data_dir}}
        );
        return {};
    }

    Result<void> listen_for_control() {
        TRY(control_,
            parts_.runtime().listen_local(
                control_path(config_),
                [this](runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
                    node_->accept_control(loop, std::move(stream));
                }
            ));
        return {};
    }

    void on_signal(int number) {
        if (number == SIGHUP) {
            runtime::notify_supervisor("RELOADING=1");
            if (const auto reloaded = parts_.runtime().reload_tls(); reloaded.ok()) {
                log::info("certificate reloaded");
            } else {
                log::error("certificate not reloaded", {{"detail", reloaded.error().detail}});
            }
            runtime::notify_supervisor("READY=1");
            return;
        }
        if (!std::exchange(stopping_, true)) {
            log::info("stopping", {{"signal", number}});
            parts_.cancel_backup();
            stop_wanted_.set_value();
        }
    }

    void stop() {
        runtime::notify_supervisor("STOPPING=1");
        auto promise = std::make_shared<std::promise<void>>();
        auto stopped = promise->get_future();
        parts_.runtime().loop(0).post([this, promise] {
            for (const auto* listener : {&listener_, &control_}) {
                if (*listener != nullptr) {
                    (*listener)->stop();
                }
            }
            node_->stop(kConnectionsDeadline, [promise] { promise->set_value(); });
        });
        if (stopped.wait_for(kStopDeadline) != std::future_status::ready) {
            // What is acknowledged is in the log; the next start replays it.
            log::warn("stop took too long");
            std::_Exit(0);
        }
        log::info("stopped");
    }

    const Config& config_;
    Embedded& parts_;
    std::unique_ptr<Node> node_;
    std::unique_ptr<runtime::Listener> listener_;
    std::unique_ptr<runtime::Listener> control_;
    std::promise<void> stop_wanted_;
    bool stopping_ = false;
};

}  // namespace

int serve(const Config& config) {
    log::configure(
        level_of(config.log_level),
        config.log_format == "json" ? log::Format::json : log::Format::text
    );
    auto parts = Embedded::open(config);
    if (!parts.ok()) {
        return fail(parts.error());
    }
    Server server{config, **parts};
    const auto served = server.serve();
    return served.ok() ? 0 : fail(served.error());
}

std::string control_path(const Config& config) {
    return config.data_dir + "/control.sock";
}

Result<void> offline(const Config& config, const std::function<Result<void>()>& act) {
    log::configure(log::Level::warn, log::Format::text);
    TRY(const auto parts, Embedded::open(config));
    Server server{config, *parts};
    return server.do_offline(act);
}

}  // namespace parley::app
