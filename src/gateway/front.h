#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/online_users.h"
#include "gateway/websocket/websocket.h"
#include "gateway/wire/wire.h"
#include "runtime/scope.h"

namespace parley::gateway {

class HttpConnection;
class Session;

/// What all fronts have in common. Constant after construction but for the metrics, which are atomic.
struct Gateway::Shared {
    Options options;
    Dependencies parts;
    struct Metrics {
        explicit Metrics(std::size_t lanes)
            : connections(lanes),
              sessions(lanes),
              accepted(lanes),
              delivered(lanes),
              failed_deliveries(lanes),
              slow_closes(lanes),
              heartbeat_closes(lanes),
              refusals(lanes),
              requests(lanes),
              bytes_in(lanes),
              bytes_out(lanes),
              delivery_latency(lanes) {}
        metrics::Counter connections;  ///< gauges are kept by adding and subtracting
        metrics::Counter sessions;
        metrics::Counter accepted;
        metrics::Counter delivered;
        metrics::Counter failed_deliveries;
        metrics::Counter slow_closes;
        metrics::Counter heartbeat_closes;
        metrics::Counter refusals;
        metrics::Counter requests;
        metrics::Counter bytes_in;
        metrics::Counter bytes_out;
        metrics::Histogram delivery_latency;
    } metrics;
};

/// A frame in the forms that sessions want it in; encoded when the first asks.
struct FrameForms {
    wire::Frame plain;
    wire::Frame deflated;  ///< only for payloads of deflate_bytes_min and more
};

/// Everything of the gateway on one loop: its connections, its sessions by id and by user, and what they
/// share (reader, deflater). Belongs to its loop.
class Front final : public messaging::SessionSink,
                    public presence::PresenceSink,
                    public auth::RevocationListener {
public:
    Front(Gateway::Shared& shared, runtime::Loop& loop);
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    Front(Front&&) = delete;
    Front& operator=(Front&&) = delete;
    ~Front() override;

    void accept(std::unique_ptr<runtime::Stream> stream, bool control = false);
    void stop(Duration deadline, Job done);

    void on_event(
        ConversationNumber conversation,
        const core::EventPtr& event,
        const messaging::Audience& audience,
        SessionId except,
        Duration received_at
    ) override;
    void on_receipt(
        const messaging::Receipt& receipt, const messaging::Audience& audience, SessionId except
    ) override;
    void on_typing(const messaging::Typing& typing, const messaging::Audience& audience) override;
    void on_changed(ConversationNumber conversation, UserId user) override;
    void on_batch_end() override;
    void on_presence(
        UserId user,
        const presence::Seen& seen,
        std::span<const SessionId> sessions,
        std::string_view ref
    ) override;
    void on_watch_failed(SessionId session, const Error& error, std::string_view ref) override;
    void on_revoked(DeviceId device) override;

    // For connections and sessions.
    [[nodiscard]] Gateway::Shared& shared() noexcept { return shared_; }
    [[nodiscard]] const Options& options() const noexcept { return shared_.options; }
    [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }
    [[nodiscard]] std::size_t lane() const noexcept { return loop_.id().value; }
    [[nodiscard]] wire::JsonReader& reader() noexcept { return reader_; }
    [[nodiscard]] websocket::Deflater& deflater() noexcept { return deflater_; }
    /// An empty string whose memory is used again: for a payload that is pushed before it is asked for
    /// the next time.
    [[nodiscard]] std::string& scratch() noexcept {
        scratch_.clear();
        return scratch_;
    }
    [[nodiscard]] Duration now() const noexcept { return now_; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    [[nodiscard]] std::string_view http_date();
    bool spawn(runtime::Task<void> task) { return scope_.spawn(std::move(task)); }

    /// The connection has become a WebSocket: `rest` are bytes that came behind the request.
    void upgrade(
        HttpConnection& connection,
        std::unique_ptr<runtime::Stream> stream,
        std::size_t deflate_bytes_max,
        std::optional<auth::Identity> identity,
        bool is_short,
        std::span<std::byte> rest
    );
    /// The connection or session has ended; it is destroyed when nothing of it is on the stack.
    void retire(HttpConnection& connection);
    /// False once the connection has been retired. By address: never looks at the connection.
    [[nodiscard]] bool holds(const HttpConnection& connection) const noexcept;
    void retire(Session& session);
    /// Authenticated: routes events to it. False when its device has its maximum of sessions.
    [[nodiscard]] bool enlist(Session& session);
    [[nodiscard]] Session* find(SessionId id) noexcept;
    /// A session of the user has begun, ended, fallen silent, or says something else: tells presence what all
    /// of them on this loop come to now, when that has changed.
    void note_presence(const Session& session);
    /// To be written out at the end of this batch.
    void flush_soon(Session& session);
    /// The session has been heard of just now.
    void heard(Session& session);
    /// Gives `frame` to the session in the form that it takes.
    void send(Session& session, FrameForms& forms, std::string_view payload);
    [[nodiscard]] wire::Frame seal(std::string_view payload, bool deflated) const;

    /// Names for conversation lists, remembered for a minute.
    struct Name {
        std::string username;
        std::string display_name;
    };
    using Names = std::unordered_map<UserId, Name>;
    [[nodiscard]] runtime::Task<Result<Names>> names(std::vector<UserId> ids);
    /// Those of them that are remembered.
    [[nodiscard]] Names known_names(const std::vector<UserId>& ids) const;

private:
    struct UserSessions {
        std::vector<Session*> sessions;
        presence::Status reported = presence::Status::offline;
    };
    struct Named {
        Name name;
        Duration at{};
    };
    /// Who is in it no more is watched no more.
    void note_membership(const core::Event& event, const messaging::AudienceList& audience);
    /// Calls `f` with each open session on this loop of someone in the audience.
    template <class F>
    void for_each(ConversationNumber conversation, const messaging::Audience& audience, F f);
    static runtime::Task<void> show_changed(
        Front* front, ConversationNumber conversation, UserId user
    );
    void tick();
    void arm();
    void flush_now();
    void check_stopped();
    void sweep_soon();

    Gateway::Shared& shared_;
    runtime::Loop& loop_;
    wire::JsonReader reader_;
    websocket::Deflater deflater_;
    Duration now_{};  ///< steady; refreshed with every batch
    std::list<std::unique_ptr<HttpConnection>> connections_;
    std::list<std::unique_ptr<Session>> sessions_;
    std::unordered_map<SessionId, Session*> by_id_;
    std::unordered_map<UserId, UserSessions> by_user_;
    OnlineUsers online_;
    std::unordered_map<UserId, Named> names_;
    /// What is being shown to a connected user; true: it has changed again meanwhile.
    std::map<std::pair<UserId, ConversationNumber>, bool> showing_;
    std::vector<Session*> unflushed_;
    std::vector<std::unique_ptr<HttpConnection>> gone_connections_;
    std::vector<std::unique_ptr<Session>> gone_sessions_;
    bool sweep_due_ = false;
    bool flush_due_ = false;
    runtime::TimerId timer_;
    bool stopping_ = false;
    Job stopped_;
    runtime::TimerId stop_timer_;
    std::string date_;
    std::int64_t date_second_ = -1;
    std::string scratch_;
    runtime::TaskScope scope_;
};

}  // namespace parley::gateway
