#include "gateway/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/mutant.h"
#include "gateway/conformance.h"
#include "gateway/session_sync.h"

namespace parley::gateway {
namespace {

/// Parts handed to the socket in one call.
constexpr std::size_t kPartsMax = 64;
/// History requests of one session under way at once; more are refused.
constexpr std::uint16_t kQuestionsMax = 16;
constexpr std::uint32_t kRefusalWindowSeconds = 10;
/// Acknowledgements that wait for their cursor: many make one record, at most four a second.
constexpr std::uint32_t kAcksInFlightMax = 1'024;

static_assert(wire::kWatchedMax <= presence::kWatchedMax);

constexpr std::uint16_t kHeartbeatMissed = 4000;
constexpr std::uint16_t kNoAuth = 4001;
constexpr std::uint16_t kUnauthorized = 4003;
constexpr std::uint16_t kTooSlow = 4008;
constexpr std::uint16_t kTooManyRefusals = 4029;

}  // namespace

Session::Session(
    Front& front, std::unique_ptr<runtime::Stream> stream, std::size_t deflate_bytes_max
)
    : front_(front),
      stream_(std::move(stream)),
      frames_({
          .role = websocket::Role::server,
          .message_bytes_max = front.options().frame_bytes_max,
          .deflate = deflate_bytes_max != 0,
      }),
      id_{random_uuid(front.loop().random())},
      deadline_(front.now() + front.options().auth_timeout),
      deflate_bytes_max_(
          static_cast<std::uint32_t>(std::min<std::size_t>(deflate_bytes_max, UINT32_MAX))
      ) {}

Session::~Session() {
    front_.loop().cancel(typing_timer_);
}

void Session::start(std::span<std::byte> rest) {
    stream_->set_handler(*this);
    if (!rest.empty() && state_ != State::closed) {
        // The codec may read past the end of what it is given, and changes it: a copy has room for both.
        std::string copy(reinterpret_cast<const char*>(rest.data()), rest.size());
        copy.resize(rest.size() + runtime::kReadPadding);
        on_data({reinterpret_cast<std::byte*>(copy.data()), rest.size()});
    }
}

void Session::authenticate(const auth::Identity& identity, std::string_view ref) {
    user_ = identity.user;
    device_ = identity.device;
    if (!front_.enlist(*this)) {
        user_ = {};
        fail_auth("rate_limited", ref);
        return;
    }
    state_ = State::open;
    front_.note_presence(*this);
    std::string payload;
    JsonWriter json{payload};
    const auto interval =
        std::chrono::duration_cast<std::chrono::seconds>(front_.options().heartbeat_interval);
    json.begin_object()
        .field("type", "auth_success")
        .field("user_id", user_.uuid)
        .field("session_id", id_.uuid);
    json.field("device_id", device_.uuid).field("heartbeat_interval", interval.count());
    json.field("server_time", front_.loop().clock().wall());
    json.field("epoch", front_.shared().parts.messaging.epoch());
    if (!ref.empty()) {
        json.name("ref").raw(ref);
    }
    json.end_object();
    push_payload(payload);
}

void Session::become_short(const auth::Identity& identity) {
    user_ = identity.user;
    device_ = identity.device;
    if (!front_.enlist(*this)) {
        user_ = {};
        close(kUnauthorized, "too many sessions of this device");
        return;
    }
    state_ = State::open;
    short_ = std::make_unique<ShortClient>(front_, id_, user_, device_);
}

void Session::on_data(std::span<std::byte> bytes) {
    if (state_ == State::closed) {
        return;
    }
    front_.heard(*this);
    pinged_ = false;
    if (quiet_) {
        quiet_ = false;
        front_.note_presence(*this);
    }
    front_.shared().metrics.bytes_in.add(front_.lane(), static_cast<std::int64_t>(bytes.size()));
    if (spent_) {
        return;  // Their bytes mean nothing any more; they are read until their end.
    }
    const auto violation = frames_.feed(bytes, front_.deflater(), *this);
    if (violation && state_ != State::closed) {
        spent_ = true;
        if (violation->close_code == websocket::close_code::kTooLarge && state_ == State::open) {
            std::string payload;
            wire::append_error(payload, "too_large", "a frame may have 64 KiB", {}, std::nullopt);
            push_payload(payload);
        }
        close(violation->close_code, violation->reason);
    }
}

void Session::on_writable() {
    blocked_ = false;
    flush();
}

void Session::on_closed(runtime::CloseReason /*reason*/) {
    end();
}

bool Session::on_message(websocket::Opcode kind, std::span<std::byte> payload) {
    if (state_ != State::fresh && state_ != State::open) {
        return state_ != State::closed;
    }
    if constexpr (kConformance) {
        if (echoes_) {
            echo(kind, payload);
            return state_ != State::closed;
        }
    }
    if (short_ != nullptr) {
        if (kind != websocket::Opcode::text || !short_->take(payload)) {
            close(websocket::close_code::kInvalidData, "not JSON");
        }
        return state_ != State::closed;
    }
    if (kind != websocket::Opcode::text) {
        wire::Decoded decoded;
        decoded.not_json = true;
        decoded.frame = Error{ErrorCode::invalid_request, "frames are JSON text"};
        handle(std::move(decoded));
    } else {
        handle(wire::decode_frame(front_.reader(), payload));
    }
    return state_ != State::closed;
}

bool Session::on_ping(std::span<const std::byte> payload) {
    if (state_ == State::fresh || state_ == State::open) {
        const std::string_view view{reinterpret_cast<const char*>(payload.data()), payload.size()};
        push({websocket::encode_frame(websocket::Opcode::pong, view), {}});
    }
    return state_ != State::closed;
}

bool Session::on_pong() {
    return true;
}

bool Session::on_close(std::uint16_t code, std::string_view /*reason*/) {
    peer_closed_ = true;
    if (state_ == State::fresh || state_ == State::open) {
        close(code == websocket::close_code::kNoStatus ? websocket::close_code::kNormal : code, {});
    }
    finish_if_sent();
    return state_ != State::closed;
}

void Session::handle(wire::Decoded decoded) {
    if (!decoded.frame.ok()) {
        if (state_ == State::fresh) {
            fail_auth("unauthorized", decoded.ref);
            return;
        }
        if (decoded.not_json) {
            fatal(websocket::close_code::kInvalidData, "not JSON", decoded, "invalid_request");
            return;
        }
        const Error error = decoded.frame.error();
        refuse(error, decoded);
        return;
    }
    wire::ClientFrame frame = std::move(decoded.frame).value();
    if (state_ == State::fresh) {
        if (const auto* auth = std::get_if<wire::AuthFrame>(&frame)) {
            handle_auth(*auth, decoded.ref);
        } else {
            fail_auth("unauthorized", decoded.ref);
        }
        return;
    }
    if (auto* send = std::get_if<wire::SendFrame>(&frame)) {
        handle_send(decoded, std::move(*send));
    } else if (const auto* ack = std::get_if<wire::AckFrame>(&frame)) {
        handle_ack(decoded, *ack);
    } else if (std::holds_alternative<wire::HeartbeatFrame>(frame)) {
        handle_heartbeat(decoded);
    } else if (auto* command = std::get_if<wire::CommandFrame>(&frame)) {
        handle_command(decoded, std::move(*command));
    } else if (const auto* typing = std::get_if<wire::TypingFrame>(&frame)) {
        handle_typing(*typing);
    } else if (const auto* presence = std::get_if<wire::PresenceFrame>(&frame)) {
        handle_presence(*presence);
    } else if (auto* watch = std::get_if<wire::WatchPresenceFrame>(&frame)) {
        handle_watch(decoded, std::move(*watch));
    } else if (const auto* history = std::get_if<wire::HistoryFrame>(&frame)) {
        handle_history(decoded, *history);
    } else if (auto* sync = std::get_if<wire::SyncFrame>(&frame)) {
        handle_sync(decoded, std::move(*sync));
    } else if (std::holds_alternative<wire::AuthFrame>(frame)) {
        refuse({ErrorCode::invalid_request, "this session is authenticated"}, decoded);
    } else {
        const std::string& type = std::get<wire::UnknownFrame>(frame).type;
        const std::string detail = "unknown type: " + type.substr(0, 64);
        refuse("unknown_type", detail, decoded, 0);
    }
}

void Session::handle_heartbeat(const wire::Decoded& decoded) {
    std::string payload;
    JsonWriter json{payload};
    json.begin_object()
        .field("type", "heartbeat_ack")
        .field("server_time", front_.loop().clock().wall());
    if (!decoded.ref.empty()) {
        json.name("ref").raw(decoded.ref);
    }
    json.end_object();
    push_payload(payload);
}

void Session::handle_typing(const wire::TypingFrame& frame) {
    if (typing_ == nullptr) {
        if (!frame.active) {
            return;
        }
        typing_ = std::make_unique<Typing>();
    }
    const Typing::Told told = typing_->say(frame.conversation, frame.active, front_.now());
    tell_typing(told.ended, false);
    tell_typing(told.begun, true);
    if (typing_->active()) {
        end_typing_later();
    }
}

void Session::tell_typing(const std::optional<ConversationNumber>& conversation, bool active) {
    if (conversation) {
        front_.shared().parts.messaging.typing(
            front_.loop(), {.conversation = *conversation, .user = user_, .active = active}
        );
    }
}

/// One timer, which is set again when it finds that there was more.
void Session::end_typing_later() {
    if (typing_timer_.value != 0) {
        return;
    }
    const Duration wait = typing_->until() - front_.loop().clock().steady();
    typing_timer_ = front_.loop().after(std::max(wait, Duration{0}), [this] {
        typing_timer_ = {};
        if (!typing_->active()) {
            return;
        }
        if (front_.loop().clock().steady() < typing_->until()) {
            end_typing_later();
        } else {
            tell_typing(typing_->end(), false);
        }
    });
}

void Session::handle_presence(const wire::PresenceFrame& frame) {
    away_ = frame.away;
    front_.note_presence(*this);
}

void Session::handle_watch(const wire::Decoded& decoded, wire::WatchPresenceFrame frame) {
    presence::Presence::WatchRequest request{
        .session = id_, .user = user_, .wanted = std::move(frame.users), .ref = decoded.ref
    };
    if (!front_.shared().parts.presence.watch(front_.loop(), std::move(request))) {
        refuse({ErrorCode::rate_limited, "too many requests at once"}, decoded);
    }
}

void Session::watch_failed(const Error& error, std::string_view ref) {
    wire::Decoded failed;
    failed.ref = ref;
    refuse(error, failed);
}

void Session::handle_command(wire::Decoded& decoded, wire::CommandFrame frame) {
    if (questions_ >= kQuestionsMax) {
        refuse({ErrorCode::rate_limited, "too many requests at once"}, decoded);
        return;
    }
    const auto sign = [this](auto& command) {
        if constexpr (requires { command.actor; }) {
            command.actor = user_;
            command.device = device_;
        } else if constexpr (requires { command.user; }) {
            command.user = user_;
        }
    };
    std::visit(sign, frame.command);
    if (auto* edit = std::get_if<core::EditMessage>(&frame.command); edit != nullptr) {
        if (!decoded.client_id) {
            decoded.client_id = to_string(random_uuid(front_.loop().random()));
        }
        edit->client_id = *decoded.client_id;
    }
    messaging::CommandRequest request{
        .conversation = frame.conversation,
        .command = std::move(frame.command),
        .message = frame.message,
        .session = id_
    };
    ++questions_;
    commands_.push_back(
        {.request = std::move(request), .ref = decoded.ref, .client_id = decoded.client_id}
    );
    if (commands_.size() == 1 && !front_.spawn(run_commands(&front_, id_))) {
        --questions_;
        commands_.clear();
        refuse({ErrorCode::unavailable, "the server is stopping"}, decoded);
    }
}

/// One after the other, so that of two edits the later wins.
runtime::Task<void> Session::run_commands(Front* front, SessionId id) {
    for (Session* session = front->find(id); session != nullptr && !session->commands_.empty();) {
        messaging::CommandRequest request = std::move(session->commands_.front().request);
        auto done =
            co_await front->shared().parts.messaging.command(front->loop(), std::move(request));
        session = front->find(id);
        if (session != nullptr) {
            --session->questions_;
            session->command_answered(session->commands_.front(), done);
            session->commands_.pop_front();
        }
    }
}

/// An answer like a send's: the sending session counts it as the event.
void Session::command_answered(
    const PendingCommand& command, const Result<messaging::CommandReply>& result
) {
    if (!result.ok()) {
        wire::Decoded failed;
        failed.ref = command.ref;
        failed.client_id = command.client_id;
        refuse(result.error(), failed);
        return;
    }
    std::string payload;
    wire::append_command_ack(
        payload,
        {.client_id = command.client_id,
         .ref = command.ref,
         .conversation = result->conversation,
         .sent = result->sent}
    );
    push_payload(payload);
}

void Session::handle_auth(const wire::AuthFrame& frame, const std::string& ref) {
    const auto identity = front_.shared().parts.auth.verify(front_.loop(), frame.token);
    if (!identity.ok()) {
        fail_auth(to_string(identity.error().code), ref);
        return;
    }
    authenticate(*identity, ref);
}

void Session::fail_auth(std::string_view code, std::string_view ref) {
    std::string payload;
    JsonWriter json{payload};
    json.begin_object().field("type", "auth_error").field("code", code);
    if (!ref.empty()) {
        json.name("ref").raw(ref);
    }
    json.end_object();
    push_payload(payload);
    close(kUnauthorized, "not authenticated");
}

void Session::handle_send(wire::Decoded& decoded, wire::SendFrame frame) {
    if (frame.message_type != core::MessageType::text || frame.media) {
        refuse({ErrorCode::not_found, "no such media"}, decoded);
        return;
    }
    messaging::SendRequest request;
    request.to = frame.to;
    request.session = id_;
    request.received_at = front_.now();
    request.message.sender = user_;
    request.message.sender_device = device_;
    if (!frame.client_id) {
        // Without an id of the client's own the send is not idempotent; the answer names the server's.
        decoded.client_id = to_string(random_uuid(front_.loop().random()));
        frame.client_id = decoded.client_id;
    }
    request.message.client_id = std::move(*frame.client_id);
    request.message.message_type = frame.message_type;
    request.message.content = std::move(frame.content);
    request.message.reply_to = frame.reply_to;
    request.message.mentions = std::move(frame.mentions);
    ++in_flight_;
    pause_if_full();
    auto done = [front = &front_,
                 id = id_,
                 ref = std::move(decoded.ref),
                 client_id =
                     std::move(*decoded.client_id)](const Result<messaging::SendReply>& result) {
        if (Session* session = front->find(id)) {
            session->send_answered(result, ref, client_id);
        }
    };
    front_.shared().parts.messaging.send(front_.loop(), std::move(request), std::move(done));
}

/// Its bytes wait in TCP.
void Session::pause_if_full() {
    const bool full =
        in_flight_ >= front_.options().sends_in_flight_max || acks_in_flight_ >= kAcksInFlightMax;
    if (full && !paused_) {
        paused_ = true;
        stream_->pause_reading();
    }
}

void Session::resume_if_room() {
    const bool room = in_flight_ <= front_.options().sends_in_flight_max / 2 &&
                      acks_in_flight_ <= kAcksInFlightMax / 2;
    if (paused_ && room && state_ == State::open) {
        paused_ = false;
        stream_->resume_reading();
    }
}

void Session::send_answered(
    const Result<messaging::SendReply>& result, const std::string& ref, const std::string& client_id
) {
    --in_flight_;
    resume_if_room();
    if (state_ != State::open) {
        return;
    }
    if (!result.ok()) {
        wire::Decoded request;
        request.ref = ref;
        request.client_id = client_id;
        refuse(result.error(), request);
        return;
    }
    std::string& payload = front_.scratch();
    wire::append_send_ack(
        payload,
        {.client_id = client_id,
         .ref = ref,
         .conversation = result->conversation,
         .message_id = result->sent.message_id,
         .seq = result->sent.seq,
         .time = result->sent.time}
    );
    push_payload(payload);
}

void Session::handle_ack(const wire::Decoded& decoded, const wire::AckFrame& frame) {
    // Each may have to find an older message in the store.
    ++acks_in_flight_;
    pause_if_full();
    messaging::MarkRequest request{
        .user = user_,
        .session = id_,
        .conversation = frame.conversation,
        .up_to = frame.up_to,
        .status = frame.read ? messaging::ReceiptStatus::read : messaging::ReceiptStatus::delivered,
    };
    auto done = [front = &front_, id = id_, ref = decoded.ref](const Result<void>& result) {
        Session* session = front->find(id);
        if (session == nullptr) {
            return;
        }
        --session->acks_in_flight_;
        session->resume_if_room();
        if (!result.ok() && session->open()) {
            wire::Decoded request;
            request.ref = ref;
            session->refuse(result.error(), request);
        }
    };
    front_.shared().parts.messaging.mark(front_.loop(), request, std::move(done));
}

void Session::handle_history(const wire::Decoded& decoded, const wire::HistoryFrame& frame) {
    if (questions_ >= kQuestionsMax) {
        refuse({ErrorCode::rate_limited, "too many history requests at once"}, decoded);
        return;
    }
    messaging::HistoryRequest request{
        .user = user_,
        .conversation = frame.conversation,
        .after = frame.after,
        .before = frame.before,
        .limit = frame.limit,
    };
    ++questions_;
    if (!front_.spawn(run_history(&front_, id_, request, decoded.ref))) {
        --questions_;
        refuse({ErrorCode::unavailable, "the server is stopping"}, decoded);
    }
}

runtime::Task<void> Session::run_history(
    Front* front, SessionId id, messaging::HistoryRequest request, std::string ref
) {
    const UserId user = request.user;
    const ConversationNumber conversation = request.conversation;
    // Wait first: between the page and its frame no change may come by, or the frame would be older than it.
    if (co_await when_drained(front, id) == nullptr) {
        co_return;
    }
    auto page = co_await front->shared().parts.messaging.history(front->loop(), request);
    Session* session = front->find(id);
    if (session == nullptr || !session->open()) {
        co_return;
    }
    --session->questions_;
    if (!page.ok()) {
        wire::Decoded failed;
        failed.ref = ref;
        session->refuse(page.error(), failed);
        co_return;
    }
    std::string payload;
    const wire::EventsOptions options{.viewer = user, .ref = ref, .has_more = page->has_more};
    wire::append_events(payload, conversation, page->events, options);
    session->push_payload(payload);
}

void Session::refuse(const Error& error, const wire::Decoded& decoded) {
    // As Retry-After over REST.
    const bool passes =
        error.code == ErrorCode::rate_limited || error.code == ErrorCode::unavailable;
    refuse(
        to_string(error.code),
        error.detail,
        decoded,
        passes ? std::max<std::uint32_t>(error.retry_after_seconds, 1) : 0
    );
}

void Session::refuse(
    std::string_view code,
    std::string_view detail,
    const wire::Decoded& decoded,
    std::uint32_t retry_after
) {
    front_.shared().metrics.refusals.add(front_.lane());
    std::string payload;
    wire::append_error(payload, code, detail, decoded.ref, decoded.client_id, retry_after);
    push_payload(payload);
    const auto second = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(front_.now()).count()
    );
    if (second - refusals_since_ >= kRefusalWindowSeconds) {
        refusals_since_ = second;
        refusals_ = 0;
    }
    if (++refusals_ >= front_.options().refusals_max && state_ == State::open) {
        close(kTooManyRefusals, "too many refused requests");
    }
}

void Session::fatal(
    std::uint16_t code,
    std::string_view reason,
    const wire::Decoded& decoded,
    std::string_view error
) {
    std::string payload;
    wire::append_error(
        payload, error, decoded.frame.error().detail, decoded.ref, decoded.client_id
    );
    push_payload(payload);
    close(code, reason);
}

void Session::push_payload(std::string_view payload) {
    const bool deflate = takes_deflate(payload.size());
    push(
        deflate ? front_.seal(front_.deflater().deflate(payload), true)
                : front_.seal(payload, false)
    );
}

void Session::push(wire::Frame frame) {
    if (state_ != State::fresh && state_ != State::open) {
        return;
    }
    outbox_bytes_ += frame.size();
    outbox_.push_back(std::move(frame));
    if (outbox_bytes_ - outbox_sent_ > front_.options().outbox_bytes_max &&
        !mutant(Mutant::outbox_unbounded)) {
        front_.shared().metrics.slow_closes.add(front_.lane());
        front_.shared().metrics.failed_deliveries.add(
            front_.lane(), static_cast<std::int64_t>(outbox_.size())
        );
        drop_outbox();
        close(kTooSlow, "too slow to read");
        return;
    }
    front_.flush_soon(*this);
}

void Session::drop_outbox() {
    // A frame that is partly out has to be finished, or the close frame would stand in its middle.
    const std::size_t keep = outbox_sent_ > 0 ? 1 : 0;
    outbox_.resize(keep);
    outbox_bytes_ = keep == 0 ? 0 : outbox_.front().size();
}

void Session::flush() {
    while (state_ != State::closed && !blocked_ && !outbox_.empty()) {
        std::array<std::string_view, kPartsMax> parts;
        const std::size_t count = std::min(outbox_.size(), kPartsMax);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i) {
            parts.at(i) = outbox_[i].bytes();
            if (i == 0) {
                parts.at(i).remove_prefix(outbox_sent_);
            }
            offered += parts.at(i).size();
        }
        const std::size_t taken = stream_->write({parts.data(), count});
        front_.shared().metrics.bytes_out.add(front_.lane(), static_cast<std::int64_t>(taken));
        blocked_ = taken < offered;
        std::size_t left = taken + outbox_sent_;
        std::size_t done = 0;
        while (done < count && left >= outbox_[done].size()) {
            left -= outbox_[done].size();
            outbox_bytes_ -= outbox_[done].size();
            ++done;
        }
        outbox_sent_ = left;
        outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(done));
    }
    if (outbox_.empty()) {
        std::vector<wire::Frame>{}.swap(outbox_);  // An idle session holds no buffer.
        finish_if_sent();
    }
}

void Session::close(std::uint16_t code, std::string_view reason) {
    if (state_ != State::fresh && state_ != State::open) {
        return;
    }
    wire::Frame frame{websocket::encode_close(code, reason), {}};
    outbox_bytes_ += frame.size();
    outbox_.push_back(std::move(frame));
    const bool was_open = state_ == State::open;
    state_ = State::closing;
    if (was_open) {
        leave();
    }
    deadline_ = front_.loop().clock().steady() + front_.options().close_timeout;
    if (paused_) {
        paused_ = false;
        stream_->resume_reading();
    }
    front_.flush_soon(*this);
}

void Session::say_reconnect() {
    const auto spread =
        std::chrono::duration_cast<std::chrono::milliseconds>(front_.options().reconnect_spread);
    const auto delay =
        front_.loop().random().next() % static_cast<std::uint64_t>(spread.count() + 1);
    if (state_ == State::open && short_ == nullptr) {
        std::string payload;
        JsonWriter json{payload};
        json.begin_object().field("type", "reconnect").field("delay_ms", delay).end_object();
        push_payload(payload);
    }
    close(websocket::close_code::kRestart, "restart");
}

void Session::finish_if_sent() {
    if (state_ == State::closing && peer_closed_ && outbox_.empty()) {
        // Both close frames are through: TCP ends at once (RFC 6455 §7.1.1).
        end();
    } else if (state_ == State::closing && spent_ && outbox_.empty()) {
        // Their close frame would not be understood. Ending both directions now could reset the
        // connection and take our close frame with it.
        stream_->shutdown_send();
    }
}

void Session::check(Duration now) {
    if (state_ == State::fresh) {
        if (now >= deadline_) {
            close(kNoAuth, "no auth in time");
        }
        return;
    }
    if (state_ == State::closing) {
        if (now >= deadline_) {
            end();
        }
        return;
    }
    const Duration silent = now - heard_at;
    if (silent >= 2 * front_.options().heartbeat_interval) {
        front_.shared().metrics.heartbeat_closes.add(front_.lane());
        close(kHeartbeatMissed, "no sign of life");
        return;
    }
    // A ping after one interval; who has not answered it after half another is not there.
    if (2 * silent >= 3 * front_.options().heartbeat_interval && !quiet_) {
        quiet_ = true;
        front_.note_presence(*this);
    }
    if (silent >= front_.options().heartbeat_interval && !pinged_) {
        // Browsers answer by themselves, so that a page that only listens stays connected.
        pinged_ = true;
        push({websocket::encode_frame(websocket::Opcode::ping, {}), {}});
    }
}

/// Open no more: what others see of it ends with it, not with the connection.
void Session::leave() {
    front_.loop().cancel(std::exchange(typing_timer_, {}));
    if (typing_ != nullptr) {
        tell_typing(typing_->end(), false);
    }
    front_.note_presence(*this);
}

void Session::end() {
    if (state_ == State::closed) {
        return;
    }
    if (state_ == State::open && !outbox_.empty()) {
        front_.shared().metrics.failed_deliveries.add(
            front_.lane(), static_cast<std::int64_t>(outbox_.size())
        );
    }
    const bool was_open = state_ == State::open;
    state_ = State::closed;
    if (was_open) {
        leave();
    }
    stream_->close();
    front_.retire(*this);
}

}  // namespace parley::gateway
