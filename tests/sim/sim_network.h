#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/stream.h"
#include "tests/sim/machine.h"

/// A network of clients around one server: byte streams that are slow, cut in pieces, broken at any byte,
/// or silent while they look alive.

namespace parley::sim {

/// How the network behaves; may change while it is in use.
struct NetworkOptions {
    Duration latency_min = std::chrono::microseconds{50};
    Duration latency_max = std::chrono::milliseconds{2};
    double delay_chance = 0;  ///< of a piece that takes up to `delay_max`
    Duration delay_max = std::chrono::milliseconds{800};
    std::size_t piece_max =
        1UL << 16U;             ///< bytes handed over at once; pieces are cut at random below it
    double whole_chance = 0.8;  ///< of a piece being all that is there, up to piece_max
    std::size_t window = 1UL << 16U;  ///< bytes under way in one direction; a write takes no more
    /// Of bytes from the server that are lost with their connection when they should arrive: what was asked has
    /// happened, and its answer never comes.
    double answer_loss_chance = 0;
};

class SimStream;

class SimNetwork {
public:
    explicit SimNetwork(Simulation& simulation) : simulation_(simulation) {}
    SimNetwork(const SimNetwork&) = delete;
    SimNetwork& operator=(const SimNetwork&) = delete;
    SimNetwork(SimNetwork&&) = delete;
    SimNetwork& operator=(SimNetwork&&) = delete;
    ~SimNetwork() = default;

    NetworkOptions options;

    /// The server listens: a connection arrives on `loop`, as an event of it. Null loops refuse.
    using Acceptor = std::function<void(runtime::Loop&, std::unique_ptr<runtime::Stream>)>;
    void listen(std::vector<SimLoop*> loops, Acceptor acceptor);
    /// Nobody listens; connections are refused.
    void stop_listening();

    /// Connects a client; `done` gets its end, or nothing when refused. A client's stream calls its
    /// handler as an event of the world.
    using Connected = UniqueFunction<void(std::unique_ptr<runtime::Stream>)>;
    void connect(Connected done);

    /// The process is gone. `silent`: nobody tells the clients (the power failed, the cable is out); what was
    /// under way is cut somewhere either way. Before the process's objects are destroyed.
    void process_died(ProcessId process, bool silent);

    /// Breaks one live connection, chosen at random, somewhere in what is under way. False: there is none.
    bool cut_one();
    /// Breaks all of them.
    void cut_all();
    /// One live connection carries nothing for that long, and looks alive.
    bool stall_one(Duration time);
    /// One live connection carries nothing any more, in both directions or in one; each end finds out late, or by
    /// its own timeouts.
    bool break_silently(bool one_way);
    /// All stalls end now.
    void heal();

    [[nodiscard]] std::size_t live() const noexcept { return connections_.size(); }

private:
    friend class SimStream;

    /// Bytes from one end on their way to the other.
    struct Direction {
        std::string bytes;
        std::size_t delivered = 0;  // of `bytes`
        bool ended = false;         // no more after these
        bool scheduled = false;     // a delivery is on its way
        bool writer_waits = false;  // a write was cut short
        bool silent = false;        // nothing arrives any more
        [[nodiscard]] std::size_t under_way() const noexcept { return bytes.size() - delivered; }
    };
    struct End {
        SimStream* stream = nullptr;  // null: closed by its owner
        SimLoop* loop = nullptr;      // null: a client's
        ProcessId process = kWorld;
        bool accepted = false;
    };
    struct Connection {
        std::array<End, 2> ends;              // 0: the client's
        std::array<Direction, 2> directions;  // from that end
        bool broken = false;                  // an end sees `failed` after what is under way
        Duration stalled_until{};
        [[nodiscard]] bool silent() const noexcept {
            return directions[0].silent || directions[1].silent;
        }
    };

    Connection* find(std::uint64_t id);
    [[nodiscard]] std::vector<std::uint64_t> live_ids() const;
    Connection* random_live(std::uint64_t& id);
    void cut(std::uint64_t id);
    void accept(std::uint64_t id);
    [[nodiscard]] Duration latency();
    void schedule(std::uint64_t id, std::size_t from, Duration delay);
    void deliver(std::uint64_t id, std::size_t from);
    void deliver_bytes(std::uint64_t id, Connection& connection, std::size_t from);
    void tell_writable(std::uint64_t id, std::size_t end);
    void tell_closed(std::uint64_t id, std::size_t end, runtime::CloseReason reason);
    void let_go(std::uint64_t id, std::size_t end, bool process_alive);
    void break_now(std::uint64_t id);
    void cut_bytes(Direction& direction);
    template <class F>
    void in_context_of(const End& end, F&& f);

    Simulation& simulation_;
    std::vector<SimLoop*> loops_;
    Acceptor acceptor_;
    std::uint64_t next_id_ = 1;
    std::map<std::uint64_t, Connection> connections_;
    std::string read_buffer_;
};

/// One end of a connection.
class SimStream final : public runtime::Stream {
public:
    SimStream(SimNetwork& network, std::uint64_t id, std::size_t end, Process* process);
    SimStream(const SimStream&) = delete;
    SimStream& operator=(const SimStream&) = delete;
    SimStream(SimStream&&) = delete;
    SimStream& operator=(SimStream&&) = delete;
    ~SimStream() override;

    void start(runtime::StreamHandler& handler) override;
    void set_handler(runtime::StreamHandler& handler) override;
    void pause_reading() override;
    void resume_reading() override;
    std::size_t write(std::span<const std::string_view> parts) override;
    [[nodiscard]] std::size_t unsent() const noexcept override { return 0; }
    void shutdown_send() override;
    void close() override;
    [[nodiscard]] const std::string& peer_address() const noexcept override { return peer_; }

private:
    friend class SimNetwork;

    [[nodiscard]] bool zombie() const noexcept { return process_ != nullptr && process_->dead(); }

    SimNetwork& network_;
    const std::uint64_t id_;
    const std::size_t end_;
    Process* const process_;  // null: a client's
    const std::string peer_;
    runtime::StreamHandler* handler_ = nullptr;
    bool reading_ = false;
    bool write_dead_ = false;  // shut by us, or found broken
    bool told_ = false;        // on_closed was called, or close()
};

}  // namespace parley::sim
