#include "tests/sim/server.h"

#include <algorithm>
#include <utility>

#include "base/mutant.h"

namespace parley::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPoolThreads = 2;
constexpr std::size_t kPoolQueueMax = 200;
/// A graceful stop that takes longer than this is killed, as systemd does.
constexpr Duration kStopMax = 15s;
/// Of kSimulatedPassword, at the least cost there is.
constexpr const char* kPasswordHash =
    "$argon2id$v=19$m=8,t=1,p=1$O10AX6YdlYd/3NpupSH3bg$"
    "h/9qtKdC8cnnYHziQZ0OHvx96B4vv5A2MVHZ8Lyq6Iw";

}  // namespace

/// One process and what it runs on. Destroyed from the bottom up: first the node, then what it had posted.
struct Server::Running {
    Running(Server& server, ProcessId id)
        : server_(server),
          process(server.simulation_, id),
          clock(server.simulation_, server.wall_offset),
          pool(process, kPoolThreads, kPoolQueueMax, server.machine),
          hashing(process, 1, kPoolQueueMax, server.machine),
          worker(process, server.machine),
          disk(process, server.disk),
          stored(server.stored_, &pool),
          store({process, pool, server.store, Count::store_failures}, stored),
          users({process, pool, server.directories, Count::directory_failures}, *server.users_),
          devices({process, pool, server.directories, Count::directory_failures}, server.devices_),
          conversations(
              {process, pool, server.directories, Count::directory_failures}, *server.conversations_
          ) {
        Rng& rng = server.simulation_.rng();
        const std::size_t count =
            server.options_.loops_change ? 1 + rng.below(4) : server.options_.loops;
        for (std::size_t i = 0; i < count; ++i) {
            const runtime::LoopId loop_id{static_cast<std::uint32_t>(i)};
            loops.push_back(std::make_unique<SimLoop>(process, loop_id, clock, server.machine));
        }
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Running(Running&&) = delete;
    Running& operator=(Running&&) = delete;
    ~Running() {
        process.bury_events();
        node.reset();
        process.empty_graveyard();
    }

    [[nodiscard]] app::NodeParts parts() {
        app::NodeParts made{
            .loops = {},
            .log_worker = worker,
            .hashing = hashing,
            .disk = disk,
            .store = store,
            .users = users,
            .devices = devices,
            .conversations = conversations,
            .contacts = *server_.contacts_,
            .removals = *server_.removals_,
            .exports = server_.exports_,
            .accounts = *server_.accounts_,
            .reports = server_.reports_,
            .audit = server_.audit_,
        };
        for (const auto& loop : loops) {
            made.loops.push_back(loop.get());
        }
        return made;
    }

    Server& server_;
    Process process;
    SimClock clock;
    SimPool pool;
    SimPool hashing;
    SimWorker worker;
    SimDisk disk;
    memory::MessageStore stored;
    SlowMessageStore store;
    SlowUserDirectory users;
    SlowDeviceDirectory devices;
    SlowConversationDirectory conversations;
    std::vector<std::unique_ptr<SimLoop>> loops;
    std::unique_ptr<app::Node> node;
};

Server::Server(Simulation& simulation, SimNetwork& network, ServerOptions options)
    : disk(simulation),
      machine(options.machine),
      simulation_(simulation),
      network_(network),
      options_(std::move(options)),
      restart_max_(options_.restart_max),
      users_(std::make_unique<memory::UserDirectory>()),
      conversations_(std::make_unique<memory::ConversationDirectory>(*users_)),
      contacts_(std::make_unique<memory::ContactDirectory>(*users_)),
      removals_(std::make_unique<memory::AccountRemovals>(all_directories())),
      accounts_(std::make_unique<memory::AccountDirectory>(*users_, devices_, audit_)) {
    if (mutant(Mutant::shuffled_posts)) {
        machine.shuffle_posts = true;
    }
    simulation_.on_process_event([this](ProcessId) {
        return running_ == nullptr || running_->process.count_event();
    });
}

Server::~Server() {
    if (running_ != nullptr) {
        running_->process.on_reap(nullptr);
        running_->process.kill();
        network_.stop_listening();
        network_.process_died(running_->process.id(), true);
    }
}

void Server::add_user(UserId id, const std::string& username, bool hides_presence) {
    auto state = users_->state();
    ports::User user;
    user.id = id;
    user.username = username;
    user.display_name = username;
    user.hides_presence = hides_presence;
    state.accounts[id] = {.user = user, .password_hash = kPasswordHash};
    state.by_username[username] = id;
    users_ = std::make_unique<memory::UserDirectory>(std::move(state));
    accounts_ = std::make_unique<memory::AccountDirectory>(*users_, devices_, audit_);
    conversations_ = std::make_unique<memory::ConversationDirectory>(*users_);
    contacts_ = std::make_unique<memory::ContactDirectory>(*users_);
    removals_ = std::make_unique<memory::AccountRemovals>(all_directories());
}

bool Server::has_user(UserId id) const {
    return users_->state().accounts.contains(id);
}

// --- starting -------------------------------------------------------------------------------------

void Server::start_in(Duration delay) {
    restart_ = simulation_.in(delay, kWorld, [this] { start_now(); });
}

void Server::start_now() {
    running_ = std::make_unique<Running>(*this, next_process_++);
    Running& now = *running_;
    simulation_.trace(What::start, now.process.id());
    now.process.on_reap([this] { reap(); });
    auto opened = app::Node::open(options_.node, now.parts());
    if (now.process.dead()) {
        if (opened.ok()) {
            now.node = std::move(opened).value();
        }
        return;
    }
    if (!opened.ok()) {
        complain(std::move(opened).error());
        return;
    }
    now.node = std::move(opened).value();
    now.loops.front()->post([this] {
        running_->node->start([this](Result<void> result) { on_started(std::move(result)); });
    });
}

void Server::on_started(Result<void> result) {
    Running& now = *running_;
    if (now.process.dead()) {
        return;
    }
    if (!result.ok()) {
        complain(std::move(result).error());
        return;
    }
    serving_ = true;
    std::vector<SimLoop*> loops;
    loops.reserve(now.loops.size());
    for (const auto& loop : now.loops) {
        loops.push_back(loop.get());
    }
    network_.listen(
        std::move(loops),
        [this](runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream) {
            running_->node->accept(loop, std::move(stream));
        }
    );
}

/// A start has failed: that is all right while the disk is full or the pools refuse; it ends the process.
void Server::complain(Error error) {
    simulation_.trace(What::fault, 1);
    const bool injected = error.detail.ends_with(kSimulatedDiskFailed) ||
                          error.detail.ends_with(kSimulatedBackendFailed);
    const bool again = !complaints_.empty() && complaints_.back() == error.detail;
    if (error.code != ErrorCode::unavailable && !injected && !again) {
        complaints_.push_back(std::move(error.detail));
    }
    survival_ = Survival::everything;
    end_ = Count::failed_starts;
    running_->process.kill();
}

// --- dying ----------------------------------------------------------------------------------------

void Server::kill(Survival survival) {
    if (running_ != nullptr && !running_->process.dead()) {
        survival_ = survival;
        running_->process.kill();
    }
}

void Server::kill_at_event(std::uint64_t n, Survival survival) {
    if (running_ != nullptr && !running_->process.dead()) {
        survival_ = survival;
        running_->process.kill_at_event(n);
    }
}

void Server::kill_at_disk_call(std::uint64_t n, Survival survival) {
    if (running_ != nullptr && !running_->process.dead()) {
        survival_ = survival;
        running_->process.kill_at_disk_call(n);
    }
}

void Server::stop_gracefully() {
    if (!up()) {
        return;
    }
    simulation_.trace(What::fault, 2);
    network_.stop_listening();
    serving_ = false;
    running_->loops.front()->post([this] {
        running_->node->stop(2s, [this] {
            // The worker and the loops end before the log is closed; nothing of the node runs any more.
            simulation_.after_event([this] {
                if (running_ != nullptr && !running_->process.dead()) {
                    static_cast<void>(running_->node->close());
                    kill(Survival::everything);
                    end_ = Count::graceful_stops;
                }
            });
        });
    });
    simulation_.in(kStopMax, kWorld, [this, id = running_->process.id()] {
        if (running_ != nullptr && running_->process.id() == id) {
            complaints_.emplace_back("a graceful stop did not end");
            kill(Survival::everything);
        }
    });
}

memory::MessageStore::Durable Server::store_after_crash() {
    const memory::MessageStore& stored = running_->stored;
    const std::size_t unflushed = stored.unflushed();
    const auto kept = static_cast<std::size_t>(simulation_.rng().below(unflushed + 1));
    auto durable = stored.durable(kept);
    if (mutant(Mutant::seq_from_memory)) {
        for (auto& [number, conversation] : stored.durable(unflushed).conversations) {
            durable.conversations[number].state = conversation.state;
        }
    }
    return durable;
}

void Server::forget_conversation() {
    auto state = conversations_->state();
    if (state.by_number.empty()) {
        return;
    }
    const auto [number, pair] = *state.by_number.rbegin();
    state.by_number.erase(number);
    state.by_pair.erase(pair);
    state.by_user[pair.first].erase(number);
    state.by_user[pair.second].erase(number);
    conversations_ = std::make_unique<memory::ConversationDirectory>(*users_, std::move(state));
}

void Server::reap() {
    simulation_.tally.add(std::exchange(end_, Count::crashes));
    serving_ = false;
    network_.stop_listening();
    const bool power = survival_ == Survival::synced;
    network_.process_died(running_->process.id(), power && simulation_.rng().chance(0.3));
    stored_ = store_after_crash();
    running_.reset();
    disk.crash(survival_);
    if (mutant(Mutant::forgetful_directory) && power) {
        forget_conversation();
    }
    survival_ = Survival::synced;
    start_in(simulation_.rng().between(options_.restart_min, restart_max_));
}

void Server::hurry() noexcept {
    restart_max_ = options_.restart_min;
    if (running_ != nullptr) {
        running_->process.kill_at_event(0);
        running_->process.kill_at_disk_call(0);
    } else {
        simulation_.cancel(restart_);
        start_in(options_.restart_min);
    }
}

ProcessId Server::process() const noexcept {
    return running_ == nullptr ? kWorld : running_->process.id();
}

std::string Server::token(UserId user, DeviceId device) const {
    if (!up() || running_->process.dead()) {
        return {};
    }
    return running_->node->auth().issue_access_token(
        user, device, running_->clock.wall(), std::chrono::minutes{15}
    );
}

}  // namespace parley::sim
