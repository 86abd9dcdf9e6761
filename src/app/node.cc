#include "app/node.h"

#include <utility>

#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "base/log.h"

namespace parley::app {
namespace {

constexpr Duration kKeyCheck = std::chrono::hours{1};

}  // namespace

/// What every node has in memory, whatever the machine.
class Node::Parts {
public:
    explicit Parts(std::size_t sessions_per_device_max) : sessions(sessions_per_device_max) {}
    memory::SessionRegistry sessions;
    memory::RateLimiter limiter;
};

Node::Node(Opening /*unused*/, NodeOptions options, NodeParts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::open(NodeOptions options, NodeParts parts) {
    auto node = std::make_unique<Node>(Opening{}, std::move(options), std::move(parts));
    if (auto built = node->build(); !built.ok()) {
        return std::move(built).error();
    }
    return node;
}

Result<void> Node::build() {
    options_.log.seed = parts_.loops.front()->random().next();
    TRY(log_, log::SegmentLog::open(options_.log, parts_.disk, parts_.log_worker));
    own_ = std::make_unique<Parts>(options_.sessions_per_device_max);
    auth_ = std::make_unique<auth::Auth>(
        options_.auth,
        auth::Auth::Dependencies{
            .users = parts_.users,
            .devices = parts_.devices,
            .accounts = parts_.accounts,
            .audit = parts_.audit,
            .limiter = own_->limiter,
            .hashing = parts_.hashing,
            .disk = parts_.disk,
            .loops = parts_.loops,
        }
    );
    if (auto started = auth_->start(options_.key_directory); !started.ok()) {
        return started;
    }
    messaging_ = std::make_unique<messaging::Messaging>(
        options_.messaging,
        messaging::Messaging::Dependencies{
            .loops = parts_.loops,
            .log = *log_,
            .store = parts_.store,
            .directory = parts_.conversations,
            .sessions = own_->sessions,
            .limiter = own_->limiter,
        }
    );
    directory_ = std::make_unique<directory::Directory>(parts_.users);
    build_administration();
    gateway::BackUp back_up;
    if (parts_.back_up) {
        back_up = [this](runtime::Loop& home, std::string path) {
            return parts_.back_up(home, *log_, std::move(path));
        };
    }
    gateway_ = std::make_unique<gateway::Gateway>(
        std::move(options_.gateway),
        gateway::Gateway::Dependencies{
            .loops = parts_.loops,
            .auth = *auth_,
            .messaging = *messaging_,
            .directory = *directory_,
            .administration = *administration_,
            .metrics = registry_,
            .readiness = [this] { return readiness(); },
            .back_up = std::move(back_up),
        }
    );
    auth_->register_metrics(registry_);
    messaging_->register_metrics(registry_);
    gateway_->register_metrics(registry_);
    const log::SegmentLog::Counters& counters = log_->counters();
    registry_.counter("parley_log_groups_total", "Groups written and synced.", counters.groups);
    registry_.counter("parley_log_records_total", "Records made durable.", counters.records);
    registry_.counter("parley_log_bytes_total", "Bytes of groups written.", counters.bytes);
    return {};
}

void Node::build_administration() {
    administration_ = std::make_unique<administration::Administration>(
        options_.administration,
        administration::Administration::Dependencies{
            .first_loop = *parts_.loops.front(),
            .accounts = parts_.accounts,
            .reports = parts_.reports,
            .audit = parts_.audit,
            .limiter = own_->limiter,
            .auth = *auth_,
            .messaging = *messaging_,
        }
    );
}

void Node::start(UniqueFunction<void(Result<void>)> done) {
    messaging_->start([this, done = std::move(done)](Result<void> result) mutable {
        if (result.ok()) {
            rotate_keys_later();
        }
        done(std::move(result));
    });
}

void Node::rotate_keys_later() {
    runtime::Loop& loop = *parts_.loops.front();
    loop.after(kKeyCheck, [this] {
        if (!stopping_) {
            scope_.spawn(rotate_keys());
            rotate_keys_later();
        }
    });
}

runtime::Task<void> Node::rotate_keys() {
    const auto rotated = co_await auth_->rotate_keys_if_due(*parts_.loops.front());
    if (!rotated.ok()) {
        log::error("signing keys not rotated", {{"detail", rotated.error().detail}});
    }
}

void Node::accept(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
    gateway_->accept(loop, std::move(stream));
}

void Node::accept_control(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
    gateway_->accept_control(loop, std::move(stream));
}

void Node::stop(Duration connections_deadline, Job done) {
    stopping_ = true;
    gateway_->stop(connections_deadline, [this, done = std::move(done)]() mutable {
        administration_->stop([this, done = std::move(done)]() mutable {
            messaging_->stop([this, done = std::move(done)]() mutable {
                scope_.close(std::move(done));
            });
        });
    });
}

Result<void> Node::close() {
    return log_->close();
}

std::vector<gateway::Readiness> Node::readiness() const {
    constexpr const char* kRestart = "a write failed; restart the server";
    const bool failed = log_->failed();
    const bool directory_failed = parts_.directory_failed && parts_.directory_failed();
    return {
        {.name = "log", .ready = !failed, .detail = failed ? kRestart : ""},
        {.name = "store", .ready = true, .detail = ""},
        {.name = "directory", .ready = !directory_failed, .detail = directory_failed ? kRestart : ""
        },
    };
}

}  // namespace parley::app
