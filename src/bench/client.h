#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/job.h"
#include "bench/audit.h"
#include "bench/journal.h"
#include "bench/ledger.h"
#include "bench/message_template.h"
#include "bench/scanner.h"
#include "bench/seed_file.h"
#include "gateway/websocket/websocket.h"
#include "runtime/loop.h"
#include "runtime/stream.h"

namespace parley::bench {

class Lane;

/// One connection of the load: connects, shakes hands, authenticates, syncs, then sends to its peer and
/// writes down what comes. When the connection dies it tells its lane, which may have it connect again;
/// it then syncs from where it was and sends what was not answered again, in order, under the same
/// `client_id`. Belongs to its lane and to that lane's loop. Nothing here throws on what a server sends.
class Client final : public runtime::StreamHandler, private websocket::FrameHandler {
public:
    enum class State : unsigned char {
        down,
        connecting,
        upgrading,
        authenticating,
        syncing,
        watching,
        ready,
    };

    /// `account` is null against limit_relay, and outlives the client otherwise.
    Client(Lane& lane, std::uint32_t index, const Account* account);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client() override;

    /// Only while down.
    void connect();
    /// Ends the connection without telling the lane.
    void close();

    /// Sends until the window is full; does nothing outside the sending phases or while not ready.
    void top_up();
    /// Sends one message that was due at `due`; false when it is not ready or too far behind.
    bool send_one(std::int64_t due);
    /// Called now and then: keeps the session alive and asks for what is missing for too long.
    void tick(std::int64_t now);

    /// Reads the conversation after `seq` to its end; `done` gets nothing if the server stops answering
    /// sense. Survives a reconnect.
    void read_history(std::uint64_t seq, UniqueFunction<void(std::optional<History>)> done);

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] const Ledger& ledger() const noexcept { return ledger_; }
    [[nodiscard]] bool knows_conversation() const noexcept { return !conversation_id_.empty(); }
    [[nodiscard]] const std::string& conversation_id() const noexcept { return conversation_id_; }
    /// How often it has failed to become ready in a row.
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    /// The server will not have this user; connecting again is no use.
    [[nodiscard]] bool refused() const noexcept { return refused_; }

private:
    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(runtime::CloseReason reason) override;

    bool on_message(websocket::Opcode kind, std::span<std::byte> payload) override;
    bool on_ping(std::span<const std::byte> payload) override;
    bool on_pong() override { return true; }
    bool on_close(std::uint16_t code, std::string_view reason) override;

    // client.cc: the connection's life.
    void on_connected(Result<std::unique_ptr<runtime::Stream>> connected);
    std::optional<std::size_t> take_upgrade(std::string_view bytes);
    void authenticate();
    void sync();
    /// Asks for its contacts' presence, if it is to.
    void watch();
    void become_ready();
    void fail(std::string_view why);
    void write_frame(bool binary, std::string_view payload);
    void flush();

    // client_load.cc: what goes over it.
    bool on_raw(std::string_view payload);
    void on_presence(const WireFrame& frame);
    bool on_frame(const WireFrame& frame);
    void on_send_ack(const WireFrame& frame);
    void on_error(const WireFrame& frame);
    /// `name`: what the journal calls the source.
    void on_event(const WireFrame& frame, Source source, std::string_view name);
    void on_events(const WireFrame& frame);
    void on_history_page(const WireFrame& frame);
    [[nodiscard]] bool is_own_conversation(const WireFrame& frame);
    [[nodiscard]] Event to_event(const WireFrame& frame, std::int64_t& due) const;
    void put_send(std::uint32_t number);
    void put_new_send(std::int64_t due);
    void resend_waiting();
    void retry_later(std::uint32_t number);
    void repair();
    void ask_history(std::uint64_t after);
    void start_before(std::uint64_t seq);
    [[nodiscard]] JournalEntry entry() const;
    [[nodiscard]] JournalEntry audit_entry() const;
    [[nodiscard]] static JournalEvent to_journal(const WireFrame& frame);

    struct Reading {
        std::uint64_t next = 0;  // the page after this seq is asked for
        std::int64_t asked = 0;
        std::uint64_t recorded = 0;  // events in the journal
        History history;
        UniqueFunction<void(std::optional<History>)> done;
    };

    Lane& lane_;
    const Account* account_;
    const std::uint32_t index_;
    State state_ = State::down;
    bool refused_ = false;
    bool started_ = false;    // the ledger knows the head from before the run
    bool repairing_ = false;  // a history request for a gap is out
    bool was_missing_ = false;
    unsigned failures_ = 0;
    std::unique_ptr<runtime::Stream> stream_;
    websocket::FrameReader reader_;
    std::string head_;    // the answer to the handshake while it is incomplete
    std::string unsent_;  // what the socket did not take; bounded by the window
    std::string conversation_id_;
    std::string sync_token_;
    std::optional<MessageTemplate> template_;
    Ledger ledger_;
    std::uint64_t base_ = 0;         // the highest seq that the first sync showed
    std::uint64_t repair_from_ = 0;  // what the repair asked for last
    std::uint64_t sync_from_ = 0;    // what the next page of the sync follows
    std::uint32_t session_ = 0;      // counts connections that became ready
    std::vector<std::uint32_t> retries_;
    std::vector<std::pair<std::string_view, std::string>>
        watched_;                 // user ids and what was shown last
    std::size_t unanswered_ = 0;  // of them
    std::unique_ptr<Reading> reading_;
    std::int64_t batch_time_ = 0;    // when the bytes at hand came
    std::int64_t step_started_ = 0;  // of the step that state_ names
    std::int64_t connect_started_ = 0;
    std::int64_t last_sent_ = 0;
};

}  // namespace parley::bench
