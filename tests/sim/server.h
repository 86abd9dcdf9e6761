#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/account_removals.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/contact_directory.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/export_files.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/report_directory.h"
#include "adapters/memory/user_directory.h"
#include "app/node.h"
#include "tests/sim/backends.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_network.h"

/// The server's computer: a disk, stores that survive, and one process after the other that runs a node.

namespace parley::sim {

inline constexpr std::string_view kSimulatedPassword = "goodbye";

struct ServerOptions {
    std::size_t loops = 2;
    bool loops_change = false;  ///< each process has another number of loops
    app::NodeOptions node;
    MachineOptions machine;
    Duration restart_min = std::chrono::milliseconds{50};
    Duration restart_max = std::chrono::seconds{3};
};

class Server {
public:
    Server(Simulation& simulation, SimNetwork& network, ServerOptions options);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    ~Server();

    /// They log in with kSimulatedPassword, should they ever have to.
    void add_user(UserId id, const std::string& username, bool hides_presence = false);
    /// There is an account of that id.
    [[nodiscard]] bool has_user(UserId id) const;
    /// All conversations have forgotten the accounts that ended, for sure.
    [[nodiscard]] bool all_forgotten() const { return removals_->state().empty(); }

    /// Starts a process, soon; one that ends, starts again after a while.
    void start() { start_in(Duration{0}); }
    /// Now, between events.
    void kill(Survival survival);
    /// At a later event, or inside a later disk call, of the process that runs now. `survival` is what the
    /// disk keeps then.
    void kill_at_event(std::uint64_t n, Survival survival);
    void kill_at_disk_call(std::uint64_t n, Survival survival);
    /// Stops it as an operator does; it is killed if that takes too long, and starts again.
    void stop_gracefully();
    /// No kill that was planned happens, and restarts come at once from now on.
    void hurry() noexcept;

    /// Connections are accepted.
    [[nodiscard]] bool up() const noexcept { return running_ != nullptr && serving_; }
    /// An access token; empty while the server is down.
    [[nodiscard]] std::string token(UserId user, DeviceId device) const;

    DiskContents disk;
    MachineOptions machine;      ///< of processes that run and will run
    BackendOptions directories;  ///< the same
    BackendOptions store;        ///< the same
    Duration wall_offset{};      ///< of the wall clock from the steady one

    /// What a crash has left of the message store, or a stop.
    [[nodiscard]] const memory::MessageStore::Durable& stored() const noexcept { return stored_; }
    /// What every process is started with.
    [[nodiscard]] const app::NodeOptions& node_options() const noexcept { return options_.node; }
    /// The process that runs now, or is starting or dying; kWorld for none.
    [[nodiscard]] ProcessId process() const noexcept;
    /// What a start has failed with that no fault explains.
    [[nodiscard]] const std::vector<std::string>& complaints() const noexcept {
        return complaints_;
    }

private:
    struct Running;

    void on_started(Result<void> result);
    void complain(Error error);
    void reap();
    void start_in(Duration delay);
    void start_now();
    [[nodiscard]] memory::MessageStore::Durable store_after_crash();
    void forget_conversation();
    [[nodiscard]] memory::AccountRemovals::Directories all_directories() {
        return {*users_, devices_, *conversations_};
    }

    Simulation& simulation_;
    SimNetwork& network_;
    const ServerOptions options_;
    Duration restart_max_;
    std::unique_ptr<memory::UserDirectory> users_;
    memory::DeviceDirectory devices_;
    memory::AuditLog audit_;
    memory::ReportDirectory reports_{audit_};
    std::unique_ptr<memory::ConversationDirectory> conversations_;
    std::unique_ptr<memory::ContactDirectory> contacts_;  // answers at once, and never fails
    std::unique_ptr<memory::AccountRemovals> removals_;
    std::unique_ptr<memory::AccountDirectory> accounts_;
    memory::ExportFiles exports_;
    memory::MessageStore::Durable stored_;
    std::unique_ptr<Running> running_;
    bool serving_ = false;
    Survival survival_ = Survival::synced;
    Count end_ = Count::crashes;  // what the next end is counted as
    ProcessId next_process_ = 1;
    EventId restart_;
    std::vector<std::string> complaints_;
};

}  // namespace parley::sim
