#include "gateway/front.h"

#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "gateway/conformance.h"
#include "gateway/http_connection.h"
#include "gateway/rest_call.h"
#include "gateway/session.h"
#include "gateway/session_sync.h"

namespace parley::gateway {
namespace {

constexpr Duration kTickMax = std::chrono::milliseconds{500};
constexpr Duration kNameLifetime = std::chrono::minutes{1};
constexpr std::size_t kNamesMax = 50'000;
constexpr Duration kShowAgain = std::chrono::milliseconds{500};

}  // namespace

Front::Front(Gateway::Shared& shared, runtime::Loop& loop)
    : shared_(shared), loop_(loop), now_(loop.clock().steady()) {}

Front::~Front() {
    // Sessions first: they take their routes away and may still ask the front.
    sessions_.clear();
    connections_.clear();
}

void Front::accept(std::unique_ptr<runtime::Stream> stream, bool control) {
    now_ = loop_.clock().steady();
    const auto& metrics = shared_.metrics;
    if (stopping_ ||
        metrics.connections.value() >= static_cast<std::int64_t>(shared_.options.connections_max)) {
        return;  // The stream closes as it goes out of scope.
    }
    shared_.metrics.accepted.add(lane());
    shared_.metrics.connections.add(lane());
    connections_.push_back(std::make_unique<HttpConnection>(*this, std::move(stream), control));
    HttpConnection& connection = *connections_.back();
    connection.place = std::prev(connections_.end());
    arm();
    connection.start();
}

void Front::upgrade(
    HttpConnection& connection,
    std::unique_ptr<runtime::Stream> stream,
    std::size_t deflate_bytes_max,
    std::optional<auth::Identity> identity,
    bool is_short,
    std::span<std::byte> rest
) {
    sessions_.push_back(std::make_unique<Session>(*this, std::move(stream), deflate_bytes_max));
    Session& session = *sessions_.back();
    session.place = std::prev(sessions_.end());
    session.heard_at = now_;
    retire(connection);
    shared_.metrics.connections.add(lane());
    if constexpr (kConformance) {
        if (connection.echoes()) {
            session.begin_echo();
        }
    }
    if (identity && is_short) {
        session.become_short(*identity);
    } else if (identity) {
        session.authenticate(*identity);
    }
    session.start(rest);
}

void Front::retire(HttpConnection& connection) {
    shared_.metrics.connections.add(lane(), -1);
    gone_connections_.push_back(std::move(*connection.place));
    connections_.erase(connection.place);
    sweep_soon();
    check_stopped();
}

void Front::retire(Session& session) {
    shared_.metrics.connections.add(lane(), -1);
    if (by_id_.erase(session.id()) != 0) {
        shared_.metrics.sessions.add(lane(), -1);
        note_presence(session);
        shared_.parts.presence.drop(loop_, session.id());
        const auto user = by_user_.find(session.user());
        std::erase(user->second.sessions, &session);
        if (user->second.sessions.empty()) {
            by_user_.erase(user);
        }
        shared_.parts.messaging.remove_session(loop_.id(), session.user(), session.device());
    }
    if (session.flush_wanted) {
        std::erase(unflushed_, &session);
    }
    gone_sessions_.push_back(std::move(*session.place));
    sessions_.erase(session.place);
    sweep_soon();
    check_stopped();
}

bool Front::holds(const HttpConnection& connection) const noexcept {
    return std::ranges::any_of(connections_, [&](const auto& held) {
        return held.get() == &connection;
    });
}

void Front::sweep_soon() {
    if (sweep_due_) {
        return;
    }
    sweep_due_ = true;
    loop_.defer([this] {
        sweep_due_ = false;
        const auto sessions = std::exchange(gone_sessions_, {});
        const auto connections = std::exchange(gone_connections_, {});
    });
}

bool Front::enlist(Session& session) {
    if (!shared_.parts.messaging.add_session(loop_.id(), session.user(), session.device())) {
        return false;
    }
    by_id_.emplace(session.id(), &session);
    std::vector<Session*>& sessions = by_user_[session.user()].sessions;
    if (sessions.empty()) {
        online_.arrived(session.user());
    }
    sessions.push_back(&session);
    shared_.metrics.sessions.add(lane());
    return true;
}

void Front::note_presence(const Session& session) {
    const auto at = by_user_.find(session.user());
    if (at == by_user_.end()) {
        return;
    }
    auto now = presence::Status::offline;
    for (const Session* one : at->second.sessions) {
        now = std::max(now, one->presence());
    }
    if (now == at->second.reported) {
        return;
    }
    at->second.reported = now;
    const Timestamp seen = loop_.clock().wall().plus(session.heard_at - loop_.clock().steady());
    shared_.parts.presence.report(loop_, session.user(), now, seen);
}

Session* Front::find(SessionId id) noexcept {
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : at->second;
}

void Front::heard(Session& session) {
    now_ = loop_.clock().steady();
    session.heard_at = now_;
}

std::string_view Front::http_date() {
    const std::int64_t second = loop_.clock().wall().seconds();
    if (second != date_second_) {
        date_second_ = second;
        date_ = http::imf_date(second);
    }
    return date_;
}

wire::Frame Front::seal(std::string_view payload, bool deflated) const {
    std::string head;  // at most ten bytes: no allocation
    websocket::append_frame_header(head, websocket::Opcode::text, payload.size(), deflated);
    return {head, payload};
}

void Front::send(Session& session, FrameForms& forms, std::string_view payload) {
    const bool deflate = session.takes_deflate(payload.size());
    wire::Frame& form = deflate ? forms.deflated : forms.plain;
    if (!form) {
        form = deflate ? seal(deflater_.deflate(payload), true) : seal(payload, false);
    }
    session.push(form);
}

template <class F>
void Front::for_each(ConversationNumber conversation, const messaging::Audience& audience, F f) {
    // A push may begin a session's close, but never removes it from here.
    const auto visit = [&f](const UserId& user, const UserSessions& of) {
        for (Session* session : of.sessions) {
            if (session->open()) {
                f(user, *session);
            }
        }
    };
    online_.for_each(conversation, audience, by_user_, visit);
}

void Front::on_event(
    ConversationNumber conversation,
    const core::EventPtr& event,
    const messaging::Audience& audience,
    SessionId except,
    Duration received_at
) {
    FrameForms own;
    FrameForms others;
    std::string own_payload;
    std::uint64_t delivered = 0;
    scratch_.clear();
    for_each(conversation, audience, [&](const UserId& user, Session& session) {
        if (session.id() == except) {
            return;
        }
        if (session.short_client() != nullptr) {
            session.short_client()->show(conversation, event);
            ++delivered;
            return;
        }
        const bool is_sender = user == event->sender;
        std::string& payload = is_sender ? own_payload : scratch_;
        if (mutant(Mutant::subscribe_after_snapshot) && session.syncing()) {
            return;
        }
        if (payload.empty()) {
            const bool is_void = event->hidden && !is_sender;
            const core::EventPtr shown = is_void ? core::void_event(event->seq) : event;
            wire::append_event(payload, conversation, *shown, is_sender);
        }
        send(session, is_sender ? own : others, payload);
        ++delivered;
    });
    note_membership(*event, *audience);
    shared_.metrics.delivered.add(lane(), static_cast<std::int64_t>(delivered));
    if (delivered != 0 && received_at.count() != 0) {
        shared_.metrics.delivery_latency.observe(
            lane(), loop_.clock().steady() - received_at, delivered
        );
    }
}

void Front::note_membership(const core::Event& event, const messaging::AudienceList& audience) {
    if (const auto* removed = core::change_as<core::MemberRemoved>(event)) {
        shared_.parts.presence.left_conversation(loop_.id(), removed->user);
    } else if (core::change_as<core::GroupDeleted>(event) != nullptr) {
        shared_.parts.presence.conversation_ended(loop_.id(), audience.users());
    }
}

void Front::on_presence(
    UserId user,
    const presence::Seen& seen,
    std::span<const SessionId> sessions,
    std::string_view ref
) {
    FrameForms forms;
    std::string payload;
    // Whoever is online is seen now.
    const bool online = seen.status == presence::Status::online;
    wire::append_presence(
        payload,
        {.user = user,
         .status = presence::to_string(seen.status),
         .last_seen = online ? std::optional(loop_.clock().wall()) : seen.last_seen,
         .ref = ref}
    );
    for (const SessionId& id : sessions) {
        Session* session = find(id);
        if (session != nullptr && session->open()) {
            send(*session, forms, payload);
        }
    }
}

void Front::on_watch_failed(SessionId session, const Error& error, std::string_view ref) {
    if (Session* at = find(session); at != nullptr && at->open()) {
        at->watch_failed(error, ref);
    }
}

void Front::on_receipt(
    const messaging::Receipt& receipt, const messaging::Audience& audience, SessionId except
) {
    FrameForms forms;
    std::string payload;
    wire::append_receipt(
        payload,
        {.conversation = receipt.conversation,
         .message_id = receipt.message_id,
         .seq = receipt.seq,
         .user = receipt.user,
         .read = receipt.status == messaging::ReceiptStatus::read,
         .time = receipt.time}
    );
    for_each(receipt.conversation, audience, [&](const UserId& /*user*/, Session& session) {
        if (session.id() != except && session.short_client() == nullptr) {
            send(session, forms, payload);
        }
    });
}

void Front::on_typing(const messaging::Typing& typing, const messaging::Audience& audience) {
    FrameForms forms;
    std::string payload;
    wire::append_typing(payload, typing.conversation, typing.user, typing.active);
    for_each(typing.conversation, audience, [&](const UserId& user, Session& session) {
        if (user != typing.user && session.short_client() == nullptr) {
            send(session, forms, payload);
        }
    });
}

void Front::on_changed(ConversationNumber conversation, UserId user) {
    if (!by_user_.contains(user) || stopping_) {
        return;
    }
    const auto [at, fresh] = showing_.try_emplace({user, conversation}, false);
    if (!fresh) {
        at->second = true;
    } else if (!scope_.spawn(show_changed(this, conversation, user))) {
        showing_.erase(at);
    }
}

/// All of the user's devices get the conversation as it is now, as a sync would give it to them. They are
/// not asked to sync, so what fails is tried again.
runtime::Task<void> Front::show_changed(
    Front* front, ConversationNumber conversation, UserId user
) {
    const std::pair key{user, conversation};
    for (bool shown = false; !shown || front->showing_[key];) {
        front->showing_[key] = false;
        const auto described = co_await describe_newest(front, user, conversation);
        const auto at = front->by_user_.find(user);
        if (at == front->by_user_.end() || front->stopping_ ||
            (!described.ok() && described.error().code == ErrorCode::not_found)) {
            break;
        }
        shown = described.ok();
        if (!shown) {
            co_await pause(&front->loop_, kShowAgain);
            continue;
        }
        FrameForms forms;
        std::string payload;
        wire::append_conversation(payload, *described, true);
        for (Session* session : at->second.sessions) {
            if (session->open() && session->short_client() == nullptr) {
                front->send(*session, forms, payload);
            }
        }
    }
    front->showing_.erase(key);
}

void Front::on_batch_end() {
    flush_now();
}

void Front::on_revoked(DeviceId device) {
    std::vector<Session*> ended;
    for (const auto& [id, session] : by_id_) {
        if (!mutant(Mutant::revoked_session_stays) && session->device() == device) {
            ended.push_back(session);
        }
    }
    for (Session* session : ended) {
        session->close(4003, "the device was logged out");
    }
}

void Front::flush_soon(Session& session) {
    if (session.flush_wanted) {
        return;
    }
    session.flush_wanted = true;
    unflushed_.push_back(&session);
    if (!flush_due_) {
        flush_due_ = true;
        loop_.defer([this] { flush_now(); });
    }
}

void Front::flush_now() {
    flush_due_ = false;
    const std::vector<Session*> sessions = std::exchange(unflushed_, {});
    for (Session* session : sessions) {
        session->flush_wanted = false;
    }
    // Retired sessions live until the sweep, which is a later job.
    for (Session* session : sessions) {
        session->flush();
    }
}

void Front::arm() {
    if (timer_.value != 0) {
        return;
    }
    const Options& o = options();
    const Duration tick = std::min(
        {kTickMax,
         o.heartbeat_interval / 4,
         o.auth_timeout / 4,
         o.header_timeout / 4,
         o.close_timeout / 4}
    );
    timer_ = loop_.after(tick, [this] {
        timer_ = {};
        this->tick();
    });
}

void Front::tick() {
    now_ = loop_.clock().steady();
    for (auto at = connections_.begin(); at != connections_.end();) {
        HttpConnection& connection = **at;
        ++at;  // check may retire it
        connection.check(now_);
    }
    for (auto at = sessions_.begin(); at != sessions_.end();) {
        Session& session = **at;
        ++at;
        if (now_ - session.heard_at < options().heartbeat_interval && session.open()) {
            continue;
        }
        session.check(now_);
    }
    if (!connections_.empty() || !sessions_.empty()) {
        arm();
    }
}

void Front::stop(Duration deadline, Job done) {
    stopping_ = true;
    now_ = loop_.clock().steady();
    stopped_ = std::move(done);
    std::vector<Session*> sessions;
    for (const auto& session : sessions_) {
        sessions.push_back(session.get());
    }
    for (Session* session : sessions) {
        session->say_reconnect();
    }
    for (auto at = connections_.begin(); at != connections_.end();) {
        HttpConnection& connection = **at;
        ++at;
        connection.stop();
    }
    stop_timer_ = loop_.after(deadline, [this] {
        stop_timer_ = {};
        for (auto at = sessions_.begin(); at != sessions_.end();) {
            Session& session = **at;
            ++at;
            session.close_now();
        }
        for (auto at = connections_.begin(); at != connections_.end();) {
            HttpConnection& connection = **at;
            ++at;
            connection.close_now();
        }
        check_stopped();
    });
    check_stopped();
}

void Front::check_stopped() {
    if (!stopping_ || !stopped_ || !sessions_.empty() || !connections_.empty()) {
        return;
    }
    loop_.cancel(stop_timer_);
    scope_.close(std::exchange(stopped_, {}));
}

Front::Names Front::known_names(const std::vector<UserId>& ids) const {
    Names known;
    const Duration now = loop_.clock().steady();
    for (const UserId& id : ids) {
        const auto at = names_.find(id);
        if (at != names_.end() && at->second.at + kNameLifetime >= now) {
            known.emplace(id, at->second.name);
        }
    }
    return known;
}

runtime::Task<Result<Front::Names>> Front::names(std::vector<UserId> ids) {
    Names known = known_names(ids);
    std::vector<UserId> unknown;
    for (const UserId& id : ids) {
        if (!known.contains(id)) {
            unknown.push_back(id);
        }
    }
    if (unknown.empty()) {
        co_return known;
    }
    auto found = co_await shared_.parts.directory.profiles(loop_, std::move(unknown));
    CO_TRY(const std::vector<ports::User> users, std::move(found));
    if (names_.size() + users.size() > kNamesMax) {
        names_.clear();
    }
    for (const ports::User& user : users) {
        Name name{.username = user.username, .display_name = user.display_name};
        known.insert_or_assign(user.id, name);
        names_.insert_or_assign(
            user.id, Named{.name = std::move(name), .at = loop_.clock().steady()}
        );
    }
    co_return known;
}

}  // namespace parley::gateway
