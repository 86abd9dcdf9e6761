#include "app/embedded.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "app/api_documents.h"
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
    parts->log_worker_ = &runtime.make_worker("log");
    TRY(parts->database_,
        sqlite::Database::open(
            config.data_dir + "/directory.db", *parts->directory_readers_, *parts->directory_writer_
        ));
    parts->users_ = std::make_unique<sqlite::UserDirectory>(*parts->database_);
    parts->devices_ = std::make_unique<sqlite::DeviceDirectory>(*parts->database_);
    parts->conversations_ = std::make_unique<sqlite::ConversationDirectory>(*parts->database_);
    parts->contacts_ = std::make_unique<sqlite::ContactDirectory>(*parts->database_);
    rocksdb_store::MessageStore::Options store;
    store.directory = config.data_dir + "/messages";
    store.block_cache_bytes = static_cast<std::size_t>(config.store_cache_mib) << 20U;
    TRY(parts->store_,
        rocksdb_store::MessageStore::open(store, *parts->store_readers_, *parts->store_writer_));
    return parts;
}

NodeOptions Embedded::node_options(const Config& config) const {
    NodeOptions options;
    options.key_directory = directory_ + "/keys";
    options.sessions_per_device_max = static_cast<std::size_t>(config.sessions_per_device);
    options.log.directory = directory_ + "/log";
    options.log.segment_bytes = static_cast<std::uint64_t>(config.log_segment_mib) << 20U;
    options.auth.access_token_lifetime = seconds{config.access_token_seconds};
    options.auth.refresh_token_lifetime = std::chrono::days{config.refresh_token_days};
    options.auth.password_chars_min = static_cast<std::size_t>(config.password_length_min);
    options.auth.password_memory_bytes = static_cast<std::uint64_t>(config.password_memory_mib)
                                         << 20U;
    options.auth.password_passes = static_cast<std::uint64_t>(config.password_passes);
    options.auth.signing_key_rotation = std::chrono::days{config.signing_key_days};
    options.auth.per_address = {
        .per_second = static_cast<double>(config.logins_per_second),
        .burst = static_cast<double>(config.logins_burst)
    };
    options.auth.refreshes_per_address = {
        .per_second = static_cast<double>(config.refreshes_per_second),
        .burst = static_cast<double>(config.refreshes_burst)
    };
    options.auth.devices_per_user_max = static_cast<std::size_t>(config.devices_per_user);
    options.messaging.write_interval = milliseconds{config.write_interval_ms};
    options.messaging.flush_interval = seconds{config.flush_seconds};
    options.messaging.cached_conversations_max =
        static_cast<std::size_t>(config.cached_conversations);
    options.messaging.sends = {
        .per_second = static_cast<double>(config.sends_per_second),
        .burst = static_cast<double>(config.sends_burst)
    };
    options.messaging.groups_created = hourly(config.groups_per_hour, config.groups_burst);
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
        .directory_failed = [database = database_.get()] { return database->failed(); },
        .store_state = [store = store_.get()] { return state_of(store->health()); },
    };
    for (std::size_t i = 0; i < runtime_->loop_count(); ++i) {
        parts.loops.push_back(&runtime_->loop(i));
    }
    return parts;
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
}

}  // namespace parley::app
