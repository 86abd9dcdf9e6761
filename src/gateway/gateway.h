#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "gateway/http/http.h"
#include "gateway/http/static_files.h"
#include "runtime/loop.h"
#include "runtime/stream.h"
#include "services/account/account.h"
#include "services/administration/administration.h"
#include "services/auth/auth.h"
#include "services/contacts/contacts.h"
#include "services/directory/directory.h"
#include "services/messaging/messaging.h"
#include "services/presence/presence.h"
#include "services/search/search.h"

namespace parley::gateway {

struct Options {
    Duration heartbeat_interval =
        std::chrono::seconds{30};  ///< silent for two of these: closed with 4000
    Duration auth_timeout = std::chrono::seconds{10};  ///< no auth frame: 4001
    Duration header_timeout =
        std::chrono::seconds{10};  ///< from a request's first byte to its last field
    Duration body_timeout = std::chrono::seconds{30};        ///< from there to the body's end
    Duration keep_alive_timeout = std::chrono::seconds{60};  ///< between requests
    Duration close_timeout = std::chrono::seconds{5};        ///< for the peer's half of a close
    Duration reconnect_spread = std::chrono::seconds{5};  ///< `reconnect` names a delay within this
    std::size_t outbox_bytes_max = 1UL << 20U;            ///< per session; above: 4008
    std::size_t frame_bytes_max = 64UL * 1024;            ///< after inflating; above: 1009
    std::size_t deflate_bytes_min = 1024;                 ///< smaller frames go uncompressed
    std::size_t sends_in_flight_max =
        256;                         ///< per session, unanswered; above, its bytes wait in TCP
    std::size_t refusals_max = 100;  ///< error frames within 10 s; above: 4029
    std::size_t connections_max = 1'000'000;
    bool deflate = true;
    bool echo = false;                         ///< conformance.h
    bool secure = false;                       ///< cookies are marked Secure
    std::vector<std::string> allowed_origins;  ///< beside the server's own
    http::ReaderLimits http;
    std::string openapi_json;   ///< served at /openapi.json
    std::string asyncapi_json;  ///< served at /asyncapi.json
    std::string docs_html;      ///< /docs, and what it asks for
    std::string docs_css;
    std::string docs_js;
    /// Before every route: the web client. Empty: the start page is the program's own.
    http::StaticFiles web{{}, {}};
};

/// One line of /readyz: a part that the server needs, and whether it can be used.
struct Readiness {
    std::string name;
    bool ready = false;
    std::string detail;  ///< what is wrong; of a part that is ready a warning, or empty
};

/// What a backup came to.
struct BackupSummary {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    LogPosition position;  ///< everything acknowledged up to here is in it
};
/// Makes a backup at a path of the server's own machine, while it serves. Errors are for the operator.
using BackUp =
    std::function<runtime::Task<Result<BackupSummary>>(runtime::Loop& home, std::string path)>;

/// Where clients connect: HTTP/1.1 and WebSocket on one port. Each connection lives on the loop that
/// accepted it, in that loop's Front. A connection that is not authenticated is bounded in time, one that
/// is in memory: what it has not read is at most outbox_bytes_max.
class Gateway {
public:
    struct Dependencies {
        std::vector<runtime::Loop*> loops;
        auth::Auth& auth;
        messaging::Messaging& messaging;
        directory::Directory& directory;
        presence::Presence& presence;
        contacts::Contacts& contacts;
        account::Removals& removals;
        account::Exports& exports;
        administration::Administration& administration;
        metrics::Registry& metrics;
        /// Asked for /readyz, on any loop; must not block.
        std::function<std::vector<Readiness>()> readiness;
        search::Search* search = nullptr;  ///< null: nothing is searched
        BackUp back_up = {};               ///< empty: this server cannot
    };
    /// Attaches itself to `messaging`, `presence` and `auth`.
    Gateway(Options options, Dependencies dependencies);
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;
    Gateway(Gateway&&) = delete;
    Gateway& operator=(Gateway&&) = delete;
    ~Gateway();

    /// Takes a new connection. On `loop`.
    void accept(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream);
    /// The same for a connection from the control socket, which only the operator of the machine reaches: /api/admin
    /// needs no token there, and there are calls that are nowhere else. No WebSocket.
    void accept_control(runtime::Loop& loop, std::unique_ptr<runtime::Stream> stream);

    /// Refuses new sessions and requests (503), tells every session `reconnect`, closes with 1012, waits for
    /// what is running; `done` on loop 0 when all connections are gone or `deadline` has passed. On loop 0.
    void stop(Duration deadline, Job done);

    /// How exports read; of the first loop.
    [[nodiscard]] account::ExportText& export_text() noexcept;

    void register_metrics(metrics::Registry& registry);

private:
    friend class Front;
    struct Shared;
    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<class Front>> fronts_;
    std::unique_ptr<class ExportWriter> export_text_;
};

}  // namespace parley::gateway
