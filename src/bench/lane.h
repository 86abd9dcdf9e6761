#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/audit.h"
#include "bench/bench.h"
#include "bench/client.h"
#include "bench/histogram.h"
#include "bench/journal.h"
#include "bench/message_template.h"
#include "bench/seed_file.h"
#include "gateway/websocket/websocket.h"
#include "runtime/runtime.h"

namespace parley::bench {

enum class Phase : unsigned char {
    connecting,
    warming_up,
    measuring,
    draining,  ///< nothing new is sent, answers are awaited
    auditing,
};

/// What all lanes share; set before they start, but for `phase`.
struct Plan {
    Options options;
    std::uint32_t run = 0;  ///< names this run in its messages
    std::vector<Account> accounts;
    std::atomic<Phase> phase = Phase::connecting;

    [[nodiscard]] bool sending() const noexcept {
        const Phase now = phase.load(std::memory_order_relaxed);
        return now == Phase::warming_up || now == Phase::measuring;
    }
    [[nodiscard]] bool measuring() const noexcept {
        return phase.load(std::memory_order_relaxed) == Phase::measuring;
    }
};

/// One lane's counts; its loop's alone, added up at the end.
struct Tally {
    Histogram delivery;  ///< from due to received by the peer
    Histogram last;      ///< of a group: from due to received by the last member
    Histogram ack;       ///< from due to acknowledged
    Histogram connect;   ///< from connecting to the handshake's end
    Histogram auth;
    Histogram sync;
    Histogram ready;                     ///< all three
    std::uint64_t acked = 0;             ///< while measuring
    std::uint64_t delivered = 0;         ///< while measuring
    std::uint64_t presence_first = 0;    ///< presence frames: a session's first of a user
    std::uint64_t presence_changes = 0;  ///< that showed another status than before
    std::uint64_t presence_repeats = 0;  ///< that showed nothing new
    std::uint64_t skipped = 0;           ///< paced sends that found their client down or far behind
    std::uint64_t dropped = 0;           ///< connections that died after they were ready
    std::uint64_t repairs = 0;           ///< history requests for a gap
    std::uint64_t malformed = 0;         ///< frames that made no sense
    std::map<std::string, std::uint64_t> errors;  ///< by code or reason

    void add(const Tally& other);
};

/// Where a lane stands, for the main thread to wait on.
struct Progress {
    std::size_t ready = 0;
    std::size_t failed = 0;  ///< given up
    std::uint64_t waiting = 0;
    std::uint64_t acked = 0;
    std::uint64_t received = 0;
    std::size_t gaps = 0;       ///< clients that miss something
    std::size_t unaudited = 0;  ///< conversations that are still to be read
};

/// One loop's share of the clients: whole pairs, so that an audit stays on the loop. Everything but the
/// constructor and destructor is called on the loop.
class Lane {
public:
    /// Takes clients `first` to `first + count - 1`.
    Lane(
        Plan& plan,
        runtime::Runtime& runtime,
        runtime::Loop& loop,
        std::uint32_t first,
        std::uint32_t count,
        JournalFile* journal
    );
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    Lane(Lane&&) = delete;
    Lane& operator=(Lane&&) = delete;
    ~Lane();

    void start_connecting();
    /// Ends all connections at once and makes them again.
    void storm();
    /// Fills every window.
    void start_sending();
    /// Paced sends: `count` of them, due at `due` and every `interval` ns after, by clients in turn.
    void send_paced(std::uint32_t count, std::int64_t due, std::int64_t interval);
    void start_audit();
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
    [[nodiscard]] const AuditCounts& audit() const noexcept { return audit_; }
    /// Ends all connections and timers.
    void close();

    // For clients:
    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
    [[nodiscard]] runtime::Runtime& runtime() noexcept { return runtime_; }
    [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }
    [[nodiscard]] websocket::Deflater& deflater() noexcept { return deflater_; }
    [[nodiscard]] Masks& masks() noexcept { return masks_; }
    [[nodiscard]] Tally& counts() noexcept { return tally_; }
    [[nodiscard]] Journal& journal() noexcept { return journal_; }
    /// Where the client at work gathers what it writes; empty between clients.
    [[nodiscard]] std::string& scratch() noexcept { return scratch_; }
    [[nodiscard]] const std::string& handshake_key() const noexcept { return key_; }
    [[nodiscard]] const std::string& handshake_answer() const noexcept { return accept_; }
    [[nodiscard]] std::int64_t now() const noexcept;
    /// A message that somebody else sent has come to a client, for the first time.
    void on_delivered(std::int64_t due, std::int64_t time);
    void on_ready();
    void on_down(Client& client, Client::State was);
    void count_error(std::string_view code);

private:
    void connect_more();
    void connect_later(Client& client);
    void tick();
    void audit_more();
    void audit_pair(std::size_t pair);
    void read_again(std::size_t pair, bool swapped, std::optional<History> history);
    void end_audit(std::size_t pair, const History* history, bool swapped);
    [[nodiscard]] std::string name_of(std::size_t pair) const;
    [[nodiscard]] Client* usable(std::size_t pair);

    Plan& plan_;
    runtime::Runtime& runtime_;
    runtime::Loop& loop_;
    const std::uint32_t first_;
    websocket::Deflater deflater_;
    Masks masks_;
    Journal journal_;
    Tally tally_;
    AuditCounts audit_;
    std::string scratch_;
    std::string key_;
    std::string accept_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<bool> connects_later_;  // by client: a timer will connect it
    /// Of a group: how often each message has come, by when it was due; whole ones are forgotten.
    std::unordered_map<std::int64_t, std::size_t> arrivals_;
    std::uint64_t received_ = 0;
    std::size_t next_to_connect_ = 0;
    std::size_t connecting_ = 0;
    std::size_t ready_ = 0;
    std::size_t failed_ = 0;
    std::size_t next_paced_ = 0;
    std::size_t next_pair_ = 0;
    std::size_t auditing_ = 0;
    bool closing_ = false;
};

}  // namespace parley::bench
