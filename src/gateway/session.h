#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/front.h"
#include "gateway/short_client.h"
#include "gateway/typing.h"

namespace parley::gateway {

/// One WebSocket's life, from upgrade to close. Owned by its loop's Front; touched on that loop only.
/// Outgoing frames wait in an outbox of at most Options::outbox_bytes_max; a session that overflows it is
/// closed with 4008 and is expected to sync. Never throws.
class Session final : public runtime::StreamHandler, public websocket::FrameHandler {
public:
    Session(Front& front, std::unique_ptr<runtime::Stream> stream, std::size_t deflate_bytes_max);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session() override;

    /// Answers every message with itself and knows no user (conformance.h).
    void begin_echo() {
        echoes_ = true;
        state_ = State::open;
    }
    /// The token came with the handshake.
    void authenticate(const auth::Identity& identity, std::string_view ref = {});
    /// Speaks {to, msg} and {from, msg} instead of the contract's frames.
    void become_short(const auth::Identity& identity);
    /// Null for a session that speaks the contract.
    [[nodiscard]] ShortClient* short_client() const noexcept { return short_.get(); }
    /// Starts with bytes that came behind the upgrade request.
    void start(std::span<std::byte> rest);

    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(runtime::CloseReason reason) override;

    bool on_message(websocket::Opcode kind, std::span<std::byte> payload) override;
    bool on_ping(std::span<const std::byte> payload) override;
    bool on_pong() override;
    bool on_close(std::uint16_t code, std::string_view reason) override;

    /// Puts a frame into the outbox; too much there closes the session.
    void push(wire::Frame frame);
    /// Encodes a payload for this session alone.
    void push_payload(std::string_view payload);
    void flush();
    /// Begins the close handshake; `payload` is sent before when not empty.
    void close(std::uint16_t code, std::string_view reason);
    void say_reconnect();
    /// Ends it without waiting for the peer.
    void close_now() { end(); }
    /// Called by the front's tick: deadlines and silence.
    void check(Duration now);

    [[nodiscard]] SessionId id() const noexcept { return id_; }
    [[nodiscard]] UserId user() const noexcept { return user_; }
    [[nodiscard]] DeviceId device() const noexcept { return device_; }
    [[nodiscard]] bool enlisted() const noexcept {
        return state_ != State::fresh && !user_.is_nil();
    }
    [[nodiscard]] bool open() const noexcept { return state_ == State::open; }
    /// What this session makes of its user: one that is silent for long is as good as gone.
    [[nodiscard]] presence::Status presence() const noexcept {
        if (state_ != State::open || quiet_) {
            return presence::Status::offline;
        }
        return away_ ? presence::Status::away : presence::Status::online;
    }
    /// The answer to a watch_presence that could not be done.
    void watch_failed(const Error& error, std::string_view ref);
    [[nodiscard]] bool syncing() const noexcept { return syncing_ != nullptr; }
    /// Payloads up to so many bytes fit the window that the peer inflates with; 0: it does not inflate.
    [[nodiscard]] bool takes_deflate(std::size_t payload_bytes) const noexcept {
        return payload_bytes <= deflate_bytes_max_ &&
               payload_bytes >= front_.options().deflate_bytes_min;
    }
    [[nodiscard]] std::size_t outbox_bytes() const noexcept { return outbox_bytes_; }

    // The front's book-keeping.
    std::list<std::unique_ptr<Session>>::iterator place;
    Duration heard_at{};
    bool flush_wanted = false;

private:
    enum class State : unsigned char {
        fresh,    ///< waits for its auth frame
        open,     ///< authenticated
        closing,  ///< our close frame is out, theirs is not in
        closed,   ///< nothing more; retired
    };
    struct Syncing;

    void echo(websocket::Opcode kind, std::span<const std::byte> payload);
    void handle(wire::Decoded decoded);
    void handle_auth(const wire::AuthFrame& frame, const std::string& ref);
    void handle_send(wire::Decoded& decoded, wire::SendFrame frame);
    void handle_ack(const wire::Decoded& decoded, const wire::AckFrame& frame);
    void handle_command(wire::Decoded& decoded, wire::CommandFrame frame);
    void handle_typing(const wire::TypingFrame& frame);
    void tell_typing(const std::optional<ConversationNumber>& conversation, bool active);
    void end_typing_later();
    void handle_presence(const wire::PresenceFrame& frame);
    void handle_watch(const wire::Decoded& decoded, wire::WatchPresenceFrame frame);
    void handle_heartbeat(const wire::Decoded& decoded);
    void handle_history(const wire::Decoded& decoded, const wire::HistoryFrame& frame);
    void handle_sync(const wire::Decoded& decoded, wire::SyncFrame frame);
    void refuse(const Error& error, const wire::Decoded& decoded);
    void refuse(
        std::string_view code,
        std::string_view detail,
        const wire::Decoded& decoded,
        std::uint32_t retry_after
    );
    void pause_if_full();
    void resume_if_room();
    void send_answered(
        const Result<messaging::SendReply>& result,
        const std::string& ref,
        const std::string& client_id
    );
    void fail_auth(std::string_view code, std::string_view ref);
    void fatal(
        std::uint16_t code,
        std::string_view reason,
        const wire::Decoded& decoded,
        std::string_view error
    );
    void leave();
    void end();
    void finish_if_sent();
    void drop_outbox();
    /// Waits until the outbox has room for a long answer; null when the session has ended.
    static runtime::Task<Session*> when_drained(Front* front, SessionId id);
    static runtime::Task<void> run_history(
        Front* front, SessionId id, messaging::HistoryRequest request, std::string ref
    );
    struct PendingCommand {
        messaging::CommandRequest request;
        std::string ref;
        std::optional<std::string> client_id;
    };
    static runtime::Task<void> run_commands(Front* front, SessionId id);
    void command_answered(
        const PendingCommand& command, const Result<messaging::CommandReply>& result
    );
    static runtime::Task<void> run_sync(Front* front, SessionId id);
    static runtime::Task<Result<bool>> sync_one(
        Front* front, SessionId id, UserId user, ConversationNumber conversation
    );

    Front& front_;
    std::unique_ptr<runtime::Stream> stream_;
    websocket::FrameReader frames_;
    SessionId id_;
    UserId user_;
    DeviceId device_;
    std::vector<wire::Frame> outbox_;
    std::size_t outbox_bytes_ = 0;
    std::size_t outbox_sent_ = 0;  ///< bytes of the first frame that are out
    Duration deadline_{};          ///< of auth, then of the close
    std::unique_ptr<Syncing> syncing_;
    std::unique_ptr<ShortClient> short_;
    std::uint32_t in_flight_ = 0;  ///< sends
    std::uint32_t acks_in_flight_ = 0;
    std::uint16_t questions_ = 0;          ///< history requests and commands under way
    std::deque<PendingCommand> commands_;  ///< those of questions_; the first is under way
    std::unique_ptr<Typing> typing_;       ///< null: nothing was ever typed
    runtime::TimerId typing_timer_;
    std::uint16_t refusals_ = 0;
    std::uint32_t refusals_since_ = 0;  ///< second, steady
    State state_ = State::fresh;
    std::uint32_t deflate_bytes_max_ = 0;
    bool blocked_ = false;  ///< the socket is full; on_writable will come
    bool paused_ = false;
    bool pinged_ = false;
    bool away_ = false;
    bool quiet_ = false;  ///< so long silent that presence counts it as gone
    bool spent_ = false;  ///< they broke the protocol: nothing of theirs is read as frames
    bool echoes_ = false;
    bool peer_closed_ = false;  ///< their close frame is in: end when ours is out
};

}  // namespace parley::gateway
