#include "app/node.h"

#include <utility>

#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "base/log.h"

namespace parley::app {
namespace {

constexpr Duration kKeyCheck = std::chrono::hours{1};

/// A block is a record in the pair's conversation.
runtime::Task<Result<void>> set_block(
    messaging::Messaging* messaging, runtime::Loop* home, UserId user, UserId other, bool blocked
) {
    auto opened = co_await messaging->open_direct(*home, user, other);
    if (!opened.ok()) {
        co_return std::move(opened).error();
    }
    messaging::CommandRequest request{
        .conversation = opened->view.number,
        .command = core::SetBlock{.user = user, .blocked = blocked},
        .message = std::nullopt,
        .session = {}
    };
    auto done = co_await messaging->command(*home, std::move(request));
    if (!done.ok()) {
        co_return std::move(done).error();
    }
    co_return Result<void>{};
}

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
    build_search();
    directory_ = std::make_unique<directory::Directory>(parts_.users);
    build_people();
    build_account();
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
            .presence = *presence_,
            .contacts = *contacts_,
            .removals = *removals_,
            .exports = *exports_,
            .administration = *administration_,
            .metrics = registry_,
            .readiness = [this] { return readiness(); },
            .search = search_.get(),
            .back_up = std::move(back_up),
        }
    );
    register_metrics();
    return {};
}

void Node::register_metrics() {
    auth_->register_metrics(registry_);
    messaging_->register_metrics(registry_);
    presence_->register_metrics(registry_);
    removals_->register_metrics(registry_);
    exports_->register_metrics(registry_);
    gateway_->register_metrics(registry_);
    const log::SegmentLog::Counters& counters = log_->counters();
    registry_.counter("parley_log_groups_total", "Groups written and synced.", counters.groups);
    registry_.counter("parley_log_records_total", "Records made durable.", counters.records);
    registry_.counter("parley_log_bytes_total", "Bytes of groups written.", counters.bytes);
}

/// Presence and contacts: what they need of each other and of messaging is put together here.
void Node::build_people() {
    messaging::Messaging* messaging = messaging_.get();
    presence_ = std::make_unique<presence::Presence>(
        options_.presence,
        presence::Presence::Dependencies{
            .loops = parts_.loops,
            .users = parts_.users,
            .contacts = parts_.contacts,
            .conversations = parts_.conversations,
            .both_in = [messaging](
                           runtime::Loop& loop, ConversationNumber number, UserId one, UserId other
                       ) { return messaging->both_in(loop, number, one, other); },
        }
    );
    contacts_ = std::make_unique<contacts::Contacts>(contacts::Contacts::Dependencies{
        .loops = parts_.loops,
        .directory = parts_.contacts,
        .set_block = [messaging](
                         runtime::Loop& loop, UserId user, UserId other, bool blocked
                     ) { return set_block(messaging, &loop, user, other, blocked); },
        .changed = [this](
                       runtime::Loop& loop, UserId user, UserId other
                   ) { presence_->relation_changed(loop, user, other); },
    });
}

void Node::build_search() {
    if (parts_.search == nullptr) {
        return;
    }
    search_ = std::make_unique<search::Search>(
        options_.search,
        search::Search::Dependencies{
            .loops = parts_.loops,
            .messaging = *messaging_,
            .index = *parts_.search,
            .directory = parts_.conversations,
            .limiter = own_->limiter,
            .log = *log_,
        }
    );
    search_->register_metrics(registry_);
}

void Node::build_account() {
    removals_ = std::make_unique<account::Removals>(
        options_.removals,
        account::Removals::Dependencies{
            .auth = *auth_,
            .messaging = *messaging_,
            .removals = parts_.removals,
            .loop = *parts_.loops.front(),
        }
    );
    exports_ = std::make_unique<account::Exports>(
        options_.exports,
        account::Exports::Dependencies{
            .messaging = *messaging_,
            .directory = *directory_,
            .files = parts_.exports,
            .loop = *parts_.loops.front(),
        }
    );
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
            if (search_ != nullptr) {
                search_->start();
            }
            removals_->start();
            exports_->start(gateway_->export_text());
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
        stop_services(std::move(done));
    });
}

/// Who uses another goes first.
void Node::stop_services(Job done) {
    administration_->stop([this, done = std::move(done)]() mutable {
        exports_->stop([this, done = std::move(done)]() mutable {
            removals_->stop([this, done = std::move(done)]() mutable {
                stop_people(std::move(done));
            });
        });
    });
}

void Node::stop_people(Job done) {
    contacts_->stop([this, done = std::move(done)]() mutable {
        presence_->stop([this, done = std::move(done)]() mutable {
            stop_conversations(std::move(done));
        });
    });
}

void Node::stop_conversations(Job done) {
    stop_search([this, done = std::move(done)]() mutable {
        messaging_->stop([this, done = std::move(done)]() mutable { scope_.close(std::move(done)); }
        );
    });
}

void Node::stop_search(Job done) {
    if (search_ == nullptr) {
        done();
        return;
    }
    search_->stop(std::move(done));
}

Result<void> Node::close() {
    return log_->close();
}

std::vector<gateway::Readiness> Node::readiness() const {
    constexpr const char* kRestart = "a write failed; restart the server";
    const bool failed = log_->failed();
    const bool directory_failed = parts_.directory_failed && parts_.directory_failed();
    const StoreState store = parts_.store_state ? parts_.store_state() : StoreState{};
    return {
        {.name = "log", .ready = !failed, .detail = failed ? kRestart : ""},
        {.name = "store", .ready = store.usable, .detail = store.problem},
        {.name = "directory", .ready = !directory_failed, .detail = directory_failed ? kRestart : ""
        },
    };
}

}  // namespace parley::app
