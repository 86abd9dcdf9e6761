#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/log/segment_log.h"
#include "base/job.h"
#include "base/metrics.h"
#include "base/result.h"
#include "gateway/gateway.h"
#include "ports/account_directory.h"
#include "ports/account_removals.h"
#include "ports/audit_log.h"
#include "ports/contact_directory.h"
#include "ports/conversation_directory.h"
#include "ports/device_directory.h"
#include "ports/export_files.h"
#include "ports/message_store.h"
#include "ports/report_directory.h"
#include "ports/search_index.h"
#include "ports/user_directory.h"
#include "runtime/disk.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/scope.h"
#include "runtime/stream.h"
#include "services/account/account.h"
#include "services/administration/administration.h"
#include "services/auth/auth.h"
#include "services/contacts/contacts.h"
#include "services/messaging/messaging.h"
#include "services/presence/presence.h"
#include "services/search/search.h"

namespace parley::app {

struct NodeOptions {
    std::string key_directory;  ///< signing keys and the server's secret
    log::SegmentLog::Options log;
    auth::Options auth;
    messaging::Options messaging;
    presence::Options presence;
    search::Options search;
    administration::Options administration;
    gateway::Options gateway;
    account::RemovalOptions removals;
    account::ExportOptions exports;
    std::size_t sessions_per_device_max = 1000;
};

/// Whether the message store can be used, and what is wrong with it (it may be usable all the same).
struct StoreState {
    bool usable = true;
    std::string problem;
};

/// What a node is made of that differs between the real machine and the simulation. All outlive the node.
struct NodeParts {
    std::vector<runtime::Loop*> loops;
    runtime::Worker& log_worker;
    runtime::Pool& hashing;
    runtime::Disk& disk;
    ports::MessageStore& store;
    ports::UserDirectory& users;
    ports::DeviceDirectory& devices;
    ports::ConversationDirectory& conversations;
    ports::ContactDirectory& contacts;
    ports::AccountRemovals& removals;
    ports::ExportFiles& exports;
    ports::AccountDirectory& accounts;
    ports::ReportDirectory& reports;
    ports::AuditLog& audit;
    /// Whether the directories refuse all writes until a restart; empty: they never do. Any thread.
    std::function<bool()> directory_failed = {};
    /// The state of `store`, for /readyz; empty: it is always well. Any thread, and must not block.
    std::function<StoreState()> store_state = {};
    ports::SearchIndex* search = nullptr;  ///< null: nothing is searched
    /// Makes a backup while the node serves, with its log; empty: it cannot. On any loop.
    std::function<runtime::Task<Result<gateway::BackupSummary>>(
        runtime::Loop& home, log::SegmentLog& log, std::string path
    )>
        back_up = {};
};

/// One whole server but for the machine below it: log, services and gateway, put together. The embedded
/// profile's composition root and the simulation both make it, from other parts.
///
/// A node may be destroyed at any moment at which none of its loops, pools or workers run (a crash, in the
/// simulation); the real server stops it first.
class Node {
    struct Opening {
        explicit Opening() = default;
    };

public:
    /// For `open` alone.
    Node(Opening /*unused*/, NodeOptions options, NodeParts parts);
    /// Opens the log and the keys. Blocks. Errors are for the operator: `internal`, `invalid_request`.
    [[nodiscard]] static Result<std::unique_ptr<Node>> open(NodeOptions options, NodeParts parts);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    Node(Node&&) = delete;
    Node& operator=(Node&&) = delete;
    ~Node();

    /// Replays the log; `done` on loop 0. Connections may be accepted after that.
    void start(UniqueFunction<void(Result<void>)> done);
    /// On `loop`.
    void accept(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream);
    /// The same for a connection from the control socket (Gateway::accept_control).
    void accept_control(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream);
    /// Graceful: sessions are told, what is in flight is answered, the store is written. On loop 0.
    void stop(Duration connections_deadline, Job done);
    /// After stop, when loops and worker have ended. Blocks.
    [[nodiscard]] Result<void> close();

    [[nodiscard]] auth::Auth& auth() noexcept { return *auth_; }
    [[nodiscard]] metrics::Registry& metrics() noexcept { return registry_; }

private:
    [[nodiscard]] Result<void> build();
    void build_people();
    void register_metrics();
    void build_search();
    void stop_services(Job done);
    void stop_people(Job done);
    void stop_conversations(Job done);
    void stop_search(Job done);
    void build_account();
    void build_administration();
    [[nodiscard]] std::vector<gateway::Readiness> readiness() const;
    void rotate_keys_later();
    runtime::Task<void> rotate_keys();

    class Parts;
    NodeOptions options_;
    NodeParts parts_;
    metrics::Registry registry_;
    std::unique_ptr<log::SegmentLog> log_;
    std::unique_ptr<Parts> own_;
    std::unique_ptr<auth::Auth> auth_;
    std::unique_ptr<messaging::Messaging> messaging_;
    std::unique_ptr<search::Search> search_;  ///< null: none
    std::unique_ptr<directory::Directory> directory_;
    std::unique_ptr<presence::Presence> presence_;
    std::unique_ptr<contacts::Contacts> contacts_;
    std::unique_ptr<account::Removals> removals_;
    std::unique_ptr<account::Exports> exports_;
    std::unique_ptr<administration::Administration> administration_;
    std::unique_ptr<gateway::Gateway> gateway_;
    bool stopping_ = false;
    runtime::TaskScope scope_;
};

}  // namespace parley::app
