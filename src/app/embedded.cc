#include "app/embedded.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "app/api_documents.h"
#include "app/backup.h"
#include "app/web_files.h"
#include "gateway/conformance.h"
#include "runtime/system.h"

namespace parley::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A login storm may wait this long a queue; what comes on top is refused with `rate_limited`.
constexpr std::size_t kHashingQueueMax = 1000;
constexpr std::size_t kReadersQueueMax = 100'000;
constexpr std::size_t kWriterQueueMax = 10'000;
/// Of searches a few wait; who comes then is told `unavailable`.
constexpr std::size_t kSearchesQueueMax = 1'000;
constexpr std::size_t kArchiveQueueMax = 1000;
/// Open files that connections may not take: RocksDB's tables, and some for the log, SQLite and keys. When
/// a file cannot be opened, a new segment of the log for one, everybody waits.
constexpr std::size_t kOwnFiles = 1024 + 128;

ports::RateRule hourly(std::int64_t per_hour, std::int64_t burst) {
    constexpr double kSeconds = 3600;
    return {
        .per_second = static_cast<double>(per_hour) / kSeconds, .burst = static_cast<double>(burst)
    };
}

std::size_t connections_allowed(std::int64_t wanted) {
    const std::size_t files = runtime::raise_open_file_limit();
    const std::size_t own = std::min(kOwnFiles, files / 2);
    // 0 files: the limit is not known.
    const std::size_t room = files == 0 ? SIZE_MAX : files - own;
    return std::min(static_cast<std::size_t>(wanted), room);
}

/// While the store cannot be written, nothing is refused: the log keeps what it lacks.
StoreState state_of(rocksdb_store::MessageStore::Health health) {
    using enum rocksdb_store::MessageStore::Health;
    switch (health) {
        case cannot_write:
            return {.usable = true, .problem = "cannot be written; the log keeps what it lacks"};
        case closed:
            return {.usable = false, .problem = "closed after an error until the disk works again"};
        case well:
            break;
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Embedded>> Embedded::open(const Config& config) {
    auto parts = std::make_unique<Embedded>(Opening{});
    parts->directory_ = config.data_dir;
    parts->runtime_ = std::make_unique<runtime::Runtime>(
        runtime::RuntimeOptions{.loops = static_cast<std::size_t>(config.loops)}
    );
    runtime::Runtime& runtime = *parts->runtime_;
    if (auto made = runtime.disk().make_directory(config.data_dir); !made.ok()) {
        return std::move(made).error();
    }
    TRY(parts->lock_, runtime::lock_directory(config.data_dir));
    if (auto removed = remove_leftovers(config.data_dir); !removed.ok()) {
        return std::move(removed).error();
    }
    parts->hashing_ = &runtime.make_pool(
        "hashing",
        static_cast<std::size_t>(config.hashing_threads),
        kHashingQueueMax,
        runtime::PoolPriority::background
    );
    parts->store_readers_ = &runtime.make_pool("store readers", 2, kReadersQueueMax);
    parts->store_writer_ = &runtime.make_pool("store writer", 1, kWriterQueueMax);
    parts->directory_readers_ = &runtime.make_pool("directory readers", 2, kReadersQueueMax);
    parts->directory_writer_ = &runtime.make_pool("directory writer", 1, kWriterQueueMax);
    parts->archive_ =
        &runtime.make_pool("archive", 1, kArchiveQueueMax, runtime::PoolPriority::background);
    // One at a time; the disk is busy enough with it.
    parts->backups_ = &runtime.make_pool("backup", 1, 1, runtime::PoolPriority::background);
    parts->log_worker_ = &runtime.make_worker("log");
    TRY(parts->database_,
        sqlite::Database::open(
            config.data_dir + "/directory.db", *parts->directory_readers_, *parts->directory_writer_
        ));
    parts->users_ = std::make_unique<sqlite::UserDirectory>(*parts->database_);
    parts->devices_ = std::make_unique<sqlite::DeviceDirectory>(*parts->database_);
    parts->conversations_ = std::make_unique<sqlite::ConversationDirectory>(*parts->database_);
    parts->contacts_ = std::make_unique<sqlite::ContactDirectory>(*parts->database_);
    parts->removals_ = std::make_unique<sqlite::AccountRemovals>(*parts->database_);
    TRY(parts->exports_,
        archive::ExportFiles::open(config.data_dir + "/exports", runtime.disk(), *parts->archive_));
    parts->accounts_ = std::make_unique<sqlite::AccountDirectory>(*parts->database_);
    parts->reports_ = std::make_unique<sqlite::ReportDirectory>(*parts->database_);
    parts->audit_ = std::make_unique<sqlite::AuditLog>(*parts->database_);
    rocksdb_store::MessageStore::Options store;
    store.directory = config.data_dir + "/messages";
    store.block_cache_bytes = static_cast<std::size_t>(config.store_cache_mib) << 20U;
    TRY(parts->store_,
        rocksdb_store::MessageStore::open(store, *parts->store_readers_, *parts->store_writer_));
    parts->search_readers_ = &runtime.make_pool("search readers", 2, kSearchesQueueMax);
    // Nobody's message waits for it.
    parts->search_writer_ =
        &runtime.make_pool("search writer", 1, kWriterQueueMax, runtime::PoolPriority::background);
    TRY(parts->search_,
        sqlite::SearchIndex::open(
            config.data_dir + "/search.db", *parts->search_readers_, *parts->search_writer_
        ));
    return parts;
}

namespace {

ports::RateRule rule(std::int64_t per_second, std::int64_t burst) {
    return {.per_second = static_cast<double>(per_second), .burst = static_cast<double>(burst)};
}

auth::Registrations registrations_of(const std::string& name) {
    if (name == "closed") {
        return auth::Registrations::closed;
    }
    return name == "invite" ? auth::Registrations::invite : auth::Registrations::open;
}

auth::Options auth_options(const Config& config) {
    auth::Options options;
    options.access_token_lifetime = seconds{config.access_token_seconds};
    options.refresh_token_lifetime = std::chrono::days{config.refresh_token_days};
    options.password_chars_min = static_cast<std::size_t>(config.password_length_min);
    options.password_memory_bytes = static_cast<std::uint64_t>(config.password_memory_mib) << 20U;
    options.password_passes = static_cast<std::uint64_t>(config.password_passes);
    options.signing_key_rotation = std::chrono::days{config.signing_key_days};
    options.per_address = rule(config.logins_per_second, config.logins_burst);
    options.refreshes_per_address = rule(config.refreshes_per_second, config.refreshes_burst);
    options.requests_per_address = rule(config.requests_per_second, config.requests_burst);
    options.devices_per_user_max = static_cast<std::size_t>(config.devices_per_user);
    options.registrations = registrations_of(config.registrations);
    options.reset_lifetime = std::chrono::hours{config.reset_hours};
    return options;
}

}  // namespace

NodeOptions Embedded::node_options(const Config& config) const {
    NodeOptions options;
    options.key_directory = directory_ + "/keys";
    options.sessions_per_device_max = static_cast<std::size_t>(config.sessions_per_device);
    options.log.directory = directory_ + "/log";
    options.log.segment_bytes = static_cast<std::uint64_t>(config.log_segment_mib) << 20U;
    options.auth = auth_options(config);
    options.messaging.write_interval = milliseconds{config.write_interval_ms};
    options.messaging.flush_interval = seconds{config.flush_seconds};
    options.messaging.cached_conversations_max =
        static_cast<std::size_t>(config.cached_conversations);
    options.messaging.retention = std::chrono::days{config.retention_days};
    options.messaging.sweep_interval = seconds{config.sweep_seconds};
    options.messaging.log_roll_interval = seconds{config.log_roll_seconds};
    options.exports.lifetime = std::chrono::hours{config.export_hours};
    options.messaging.sends = rule(config.sends_per_second, config.sends_burst);
    options.messaging.sends_per_device =
        rule(config.device_sends_per_second, config.device_sends_burst);
    options.messaging.sends_per_group =
        rule(config.group_sends_per_second, config.group_sends_burst);
    options.administration.reports_per_user = hourly(config.reports_per_hour, config.reports_burst);
    options.search.flush_interval = seconds{config.flush_seconds};
    options.search.searches = rule(config.searches_per_second, config.searches_burst);
    options.messaging.groups_created = hourly(config.groups_per_hour, config.groups_burst);
    options.messaging.group_members_max = static_cast<std::uint32_t>(config.group_members_max);
    options.messaging.members_added = hourly(config.members_per_hour, config.members_burst);
    gateway::Options& gateway = options.gateway;
    gateway.heartbeat_interval = seconds{config.heartbeat_seconds};
    gateway.auth_timeout = milliseconds{config.auth_timeout_ms};
    gateway.header_timeout = milliseconds{config.header_timeout_ms};
    gateway.body_timeout = milliseconds{config.body_timeout_ms};
    gateway.keep_alive_timeout = milliseconds{config.keep_alive_timeout_ms};
    gateway.outbox_bytes_max = static_cast<std::size_t>(config.outbox_bytes);
    gateway.refusals_max = static_cast<std::size_t>(config.refusals);
    gateway.connections_max = connections_allowed(config.connections);
    gateway.deflate = config.compression;
    gateway.secure = !config.certificate_file.empty();
    gateway.allowed_origins = config.allowed_origins;
    if constexpr (gateway::kConformance) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
        if (std::getenv("PARLEY_CONFORMANCE") != nullptr) {
            open_echo(gateway);
        }
    }
    gateway.openapi_json = openapi_json();
    gateway.asyncapi_json = asyncapi_json();
    gateway.docs_html = docs_html();
    gateway.docs_css = docs_css();
    gateway.docs_js = docs_js();
    gateway.web = http::StaticFiles{web_files(), kWebPolicy};
    return options;
}

NodeParts Embedded::node_parts() {
    NodeParts parts{
        .loops = {},
        .log_worker = *log_worker_,
        .hashing = *hashing_,
        .disk = runtime_->disk(),
        .store = *store_,
        .users = *users_,
        .devices = *devices_,
        .conversations = *conversations_,
        .contacts = *contacts_,
        .removals = *removals_,
        .exports = *exports_,
        .accounts = *accounts_,
        .reports = *reports_,
        .audit = *audit_,
        .directory_failed = [database = database_.get()] { return database->failed(); },
        .store_state = [store = store_.get()] { return state_of(store->health()); },
        .search = search_.get(),
        .back_up = [this](
                       runtime::Loop& home, log::SegmentLog& log, std::string path
                   ) { return run_backup(this, &home, &log, std::move(path)); },
    };
    for (std::size_t i = 0; i < runtime_->loop_count(); ++i) {
        parts.loops.push_back(&runtime_->loop(i));
    }
    return parts;
}

runtime::Task<Result<gateway::BackupSummary>> Embedded::run_backup(
    Embedded* parts, runtime::Loop* home, log::SegmentLog* log, std::string path
) {
    auto work = [parts, log, path = std::move(path)] {
        const BackupParts what{
            .store = *parts->store_,
            .log = *log,
            .log_worker = *parts->log_worker_,
            .directory = *parts->database_,
            .disk = parts->runtime_->disk(),
            .data_dir = parts->directory_,
            .cancelled = parts->backup_cancelled_,
        };
        return back_up(what, path);
    };
    co_return co_await parts->backups_->run(*home, std::move(work));
}

void Embedded::register_metrics(metrics::Registry& registry) {
    const auto gauge = [&registry](std::string name, std::string help, const runtime::Pool* pool) {
        registry.gauge(std::move(name), std::move(help), [pool] {
            return static_cast<double>(pool->queued());
        });
    };
    gauge("parley_hashing_queue", "Logins that wait for a hashing thread.", hashing_);
    gauge("parley_store_read_queue", "Reads that wait for the store.", store_readers_);
    gauge("parley_store_write_queue", "Batches that wait for the store.", store_writer_);
    gauge("parley_directory_read_queue", "Reads that wait for the directory.", directory_readers_);
    gauge("parley_directory_write_queue", "Writes that wait for the directory.", directory_writer_);
    gauge("parley_search_read_queue", "Searches that wait for the index.", search_readers_);
    gauge("parley_search_write_queue", "Batches that wait for the search index.", search_writer_);
}

}  // namespace parley::app
