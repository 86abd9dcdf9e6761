#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "adapters/archive/export_files.h"
#include "adapters/rocksdb/message_store.h"
#include "adapters/sqlite/account_directory.h"
#include "adapters/sqlite/account_removals.h"
#include "adapters/sqlite/audit_log.h"
#include "adapters/sqlite/contact_directory.h"
#include "adapters/sqlite/conversation_directory.h"
#include "adapters/sqlite/database.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/report_directory.h"
#include "adapters/sqlite/search_index.h"
#include "adapters/sqlite/user_directory.h"
#include "app/config.h"
#include "app/node.h"
#include "runtime/directory_lock.h"
#include "runtime/runtime.h"

namespace parley::app {

/// The embedded profile's parts on the real machine: one data directory, locked, with its stores open.
/// Used by `serve` and by the commands that work on a data directory.
class Embedded {
    struct Opening {
        explicit Opening() = default;
    };

public:
    /// For `open` alone.
    explicit Embedded(Opening /*unused*/) {}
    /// Locks and opens. Blocks. Errors are for the operator.
    [[nodiscard]] static Result<std::unique_ptr<Embedded>> open(const Config& config);

    [[nodiscard]] NodeOptions node_options(const Config& config) const;
    [[nodiscard]] NodeParts node_parts();

    [[nodiscard]] runtime::Runtime& runtime() noexcept { return *runtime_; }
    [[nodiscard]] sqlite::Database& database() noexcept { return *database_; }
    [[nodiscard]] rocksdb_store::MessageStore& store() noexcept { return *store_; }
    [[nodiscard]] sqlite::SearchIndex& search() noexcept { return *search_; }
    /// A backup that is being made ends soon, unmade: the server stops.
    void cancel_backup() noexcept { backup_cancelled_ = true; }
    /// Pools, for metrics of what waits.
    void register_metrics(metrics::Registry& registry);

private:
    [[nodiscard]] static runtime::Task<Result<gateway::BackupSummary>> run_backup(
        Embedded* parts, runtime::Loop* home, log::SegmentLog* log, std::string path
    );

    std::unique_ptr<runtime::DirectoryLock> lock_;
    std::string directory_;
    std::unique_ptr<runtime::Runtime> runtime_;
    runtime::Pool* hashing_ = nullptr;
    runtime::Pool* store_readers_ = nullptr;
    runtime::Pool* store_writer_ = nullptr;
    runtime::Pool* directory_readers_ = nullptr;
    runtime::Pool* directory_writer_ = nullptr;
    runtime::Pool* archive_ = nullptr;
    runtime::Pool* backups_ = nullptr;
    runtime::Worker* log_worker_ = nullptr;
    std::atomic<bool> backup_cancelled_{false};
    std::unique_ptr<sqlite::Database> database_;
    std::unique_ptr<sqlite::UserDirectory> users_;
    std::unique_ptr<sqlite::DeviceDirectory> devices_;
    std::unique_ptr<sqlite::ConversationDirectory> conversations_;
    std::unique_ptr<sqlite::ContactDirectory> contacts_;
    std::unique_ptr<sqlite::AccountRemovals> removals_;
    std::unique_ptr<archive::ExportFiles> exports_;
    std::unique_ptr<sqlite::AccountDirectory> accounts_;
    std::unique_ptr<sqlite::ReportDirectory> reports_;
    std::unique_ptr<sqlite::AuditLog> audit_;
    std::unique_ptr<rocksdb_store::MessageStore> store_;
    runtime::Pool* search_readers_ = nullptr;
    runtime::Pool* search_writer_ = nullptr;
    std::unique_ptr<sqlite::SearchIndex> search_;
};

}  // namespace parley::app
