#include "tests/sim/sim_network.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace parley::sim {
namespace {

using runtime::CloseReason;

constexpr std::size_t kClient = 0;
constexpr std::size_t kServer = 1;
/// What stands behind and, afterwards, in the bytes of a read: nothing that a parser would like.
constexpr char kPaddingByte = '\xEE';
constexpr char kGoneByte = '\xDD';

std::size_t total_size(std::span<const std::string_view> parts) noexcept {
    std::size_t total = 0;
    for (const std::string_view part : parts) {
        total += part.size();
    }
    return total;
}

}  // namespace

// --- SimNetwork: connecting -----------------------------------------------------------------------

void SimNetwork::listen(std::vector<SimLoop*> loops, Acceptor acceptor) {
    loops_ = std::move(loops);
    acceptor_ = std::move(acceptor);
}

void SimNetwork::stop_listening() {
    loops_.clear();
    acceptor_ = nullptr;
}

SimNetwork::Connection* SimNetwork::find(std::uint64_t id) {
    const auto at = connections_.find(id);
    return at == connections_.end() ? nullptr : &at->second;
}

Duration SimNetwork::latency() {
    Rng& rng = simulation_.rng();
    if (rng.chance(options.delay_chance)) {
        return rng.between(options.latency_max, options.delay_max);
    }
    return rng.between(options.latency_min, options.latency_max);
}

void SimNetwork::connect(Connected done) {
    simulation_.in(latency(), kWorld, [this, done = std::move(done)]() mutable {
        if (loops_.empty()) {
            simulation_.trace(What::refuse);
            done(nullptr);
            return;
        }
        const std::uint64_t id = next_id_++;
        SimLoop* const loop = simulation_.rng().pick(loops_);
        simulation_.trace(What::connect, id, loop->id().value);
        Connection& connection = connections_[id];
        connection.ends[kServer] = {
            .stream = nullptr, .loop = loop, .process = loop->process().id(), .accepted = false
        };
        auto stream = std::make_unique<SimStream>(*this, id, kClient, nullptr);
        connection.ends[kClient] = {
            .stream = stream.get(), .loop = nullptr, .process = kWorld, .accepted = true
        };
        simulation_.in(latency(), loop->process().id(), [this, id] { accept(id); });
        done(std::move(stream));
    });
}

void SimNetwork::accept(std::uint64_t id) {
    Connection* const connection = find(id);
    PARLEY_ASSERT(connection != nullptr);
    End& end = connection->ends[kServer];
    SimLoop& loop = *end.loop;
    if (loop.stalled_until() > simulation_.now()) {
        simulation_.at(loop.stalled_until(), end.process, [this, id] { accept(id); });
        return;
    }
    if (!acceptor_) {
        // It waited for a listener that is closed now.
        end.accepted = true;
        connection->broken = true;
        connection->directions[kServer].ended = true;
        if (connection->ends[kClient].stream == nullptr) {
            connections_.erase(id);
        } else {
            schedule(id, kServer, latency());
        }
        return;
    }
    auto stream = std::make_unique<SimStream>(*this, id, kServer, &loop.process());
    end.stream = stream.get();
    end.accepted = true;
    loop.enter([&] { acceptor_(loop, std::move(stream)); });
}

// --- SimNetwork: bytes under way ------------------------------------------------------------------

template <class F>
void SimNetwork::in_context_of(const End& end, F&& f) {
    if (end.loop == nullptr) {
        std::forward<F>(f)();
    } else {
        end.loop->enter(std::forward<F>(f));
    }
}

void SimNetwork::schedule(std::uint64_t id, std::size_t from, Duration delay) {
    Connection* const connection = find(id);
    Direction& direction = connection->directions.at(from);
    if (!std::exchange(direction.scheduled, true)) {
        const ProcessId reader = connection->ends.at(1 - from).process;
        simulation_.in(delay, reader, [this, id, from] { deliver(id, from); });
    }
}

void SimNetwork::deliver(std::uint64_t id, std::size_t from) {
    Connection* const connection = find(id);
    if (connection == nullptr) {
        return;
    }
    Direction& direction = connection->directions.at(from);
    direction.scheduled = false;
    const End& reader = connection->ends.at(1 - from);
    if (direction.silent || reader.stream == nullptr || !reader.stream->reading_) {
        return;  // a stream that begins to read asks again
    }
    const Duration busy = reader.loop == nullptr ? Duration{0} : reader.loop->stalled_until();
    const Duration ready = std::max(connection->stalled_until, busy);
    if (ready > simulation_.now()) {
        schedule(id, from, ready - simulation_.now());
        return;
    }
    if (direction.under_way() > 0) {
        deliver_bytes(id, *connection, from);
    } else if (connection->broken || direction.ended) {
        tell_closed(
            id, 1 - from, connection->broken ? CloseReason::failed : CloseReason::peer_closed
        );
    }
}

void SimNetwork::deliver_bytes(std::uint64_t id, Connection& connection, std::size_t from) {
    Direction& direction = connection.directions.at(from);
    Rng& rng = simulation_.rng();
    if (from == kServer && rng.chance(options.answer_loss_chance)) {
        simulation_.tally.add(Count::answers_lost);
        direction.bytes.resize(direction.delivered);
        cut(id);
        return;
    }
    std::size_t size = std::min(direction.under_way(), options.piece_max);
    if (!rng.chance(options.whole_chance)) {
        size = 1 + static_cast<std::size_t>(rng.below(size));
    }
    simulation_.trace(What::data, (id << 1U) | from, size);
    read_buffer_.assign(direction.bytes, direction.delivered, size);
    read_buffer_.append(runtime::kReadPadding, kPaddingByte);
    direction.delivered += size;
    if (direction.under_way() == 0) {
        direction.bytes.clear();
        direction.delivered = 0;
    }
    if (direction.writer_waits && direction.under_way() < options.window) {
        const ProcessId writer = connection.ends.at(from).process;
        simulation_.in(latency(), writer, [this, id, from] { tell_writable(id, from); });
    }
    const End reader = connection.ends.at(1 - from);
    in_context_of(reader, [&] {
        const std::span<char> bytes{read_buffer_.data(), size};
        reader.stream->handler_->on_data(std::as_writable_bytes(bytes));
    });
    std::memset(read_buffer_.data(), kGoneByte, size);
    Connection* const still = find(id);  // the handler may have closed it
    if (still != nullptr) {
        const Direction& rest = still->directions.at(from);
        if (rest.under_way() > 0 || rest.ended || still->broken) {
            schedule(id, from, rng.chance(0.5) ? options.latency_min : latency());
        }
    }
}

void SimNetwork::tell_writable(std::uint64_t id, std::size_t end) {
    Connection* const connection = find(id);
    if (connection == nullptr) {
        return;
    }
    connection->directions.at(end).writer_waits = false;
    const End writer = connection->ends.at(end);
    if (writer.stream != nullptr && !writer.stream->write_dead_ &&
        writer.stream->handler_ != nullptr) {
        in_context_of(writer, [&] { writer.stream->handler_->on_writable(); });
    }
}

void SimNetwork::tell_closed(std::uint64_t id, std::size_t end, CloseReason reason) {
    Connection* const connection = find(id);
    if (connection == nullptr) {
        return;
    }
    const End told = connection->ends.at(end);
    if (told.stream == nullptr || std::exchange(told.stream->told_, true)) {
        return;
    }
    simulation_.trace(What::close, (id << 1U) | end, static_cast<std::uint64_t>(reason));
    told.stream->reading_ = false;
    if (told.stream->handler_ != nullptr) {
        in_context_of(told, [&] { told.stream->handler_->on_closed(reason); });
    }
}

// --- SimNetwork: ends -----------------------------------------------------------------------------

void SimNetwork::let_go(std::uint64_t id, std::size_t end, bool process_alive) {
    Connection* const connection = find(id);
    if (connection == nullptr || connection->ends.at(end).stream == nullptr) {
        return;
    }
    connection->ends.at(end).stream = nullptr;
    const End& other = connection->ends.at(1 - end);
    if (other.stream == nullptr && other.accepted) {
        connections_.erase(id);
        return;
    }
    if (!process_alive) {
        return;  // process_died decides what the peer sees
    }
    // Closing with bytes unread resets the connection, which may overtake what was sent.
    if (connection->directions.at(1 - end).under_way() > 0 && simulation_.rng().chance(0.3)) {
        connection->broken = true;
        cut_bytes(connection->directions.at(end));
    }
    connection->directions.at(end).ended = true;
    schedule(id, end, latency());
}

void SimNetwork::process_died(ProcessId process, bool silent) {
    std::vector<std::uint64_t> over;
    for (auto& [id, connection] : connections_) {
        End& server = connection.ends[kServer];
        if (server.process != process) {
            continue;
        }
        server.stream = nullptr;
        server.accepted = true;
        server.process = kWorld;
        server.loop = nullptr;
        if (connection.ends[kClient].stream == nullptr) {
            over.push_back(id);
            continue;
        }
        cut_bytes(connection.directions[kServer]);
        connection.directions[kServer].silent = connection.directions[kServer].silent || silent;
        connection.broken = simulation_.rng().chance(0.5);
        connection.directions[kServer].ended = true;
        schedule(id, kServer, latency());
    }
    for (const std::uint64_t id : over) {
        connections_.erase(id);
    }
}

void SimNetwork::cut_bytes(Direction& direction) {
    direction.bytes.resize(
        direction.delivered +
        static_cast<std::size_t>(simulation_.rng().below(direction.under_way() + 1))
    );
}

void SimNetwork::break_now(std::uint64_t id) {
    Connection* const connection = find(id);
    connection->broken = true;
    for (const std::size_t from : {kClient, kServer}) {
        cut_bytes(connection->directions.at(from));
        schedule(id, from, latency());
    }
}

std::vector<std::uint64_t> SimNetwork::live_ids() const {
    std::vector<std::uint64_t> live;
    for (const auto& [number, connection] : connections_) {
        if (connection.ends[kClient].stream != nullptr &&
            connection.ends[kServer].stream != nullptr) {
            live.push_back(number);
        }
    }
    return live;
}

SimNetwork::Connection* SimNetwork::random_live(std::uint64_t& id) {
    const std::vector<std::uint64_t> live = live_ids();
    if (live.empty()) {
        return nullptr;
    }
    id = simulation_.rng().pick(live);
    return find(id);
}

bool SimNetwork::cut_one() {
    std::uint64_t id = 0;
    if (random_live(id) == nullptr) {
        return false;
    }
    cut(id);
    return true;
}

void SimNetwork::cut(std::uint64_t id) {
    simulation_.trace(What::cut, id);
    simulation_.tally.add(Count::connections_cut);
    break_now(id);
}

void SimNetwork::cut_all() {
    simulation_.tally.add(Count::storms);
    for (const std::uint64_t id : live_ids()) {
        cut(id);
    }
}

bool SimNetwork::stall_one(Duration time) {
    std::uint64_t id = 0;
    Connection* const connection = random_live(id);
    if (connection == nullptr) {
        return false;
    }
    simulation_.trace(What::cut, id, 1);
    simulation_.tally.add(Count::stalls);
    connection->stalled_until = simulation_.now() + time;
    return true;
}

bool SimNetwork::break_silently(bool one_way) {
    std::uint64_t id = 0;
    Connection* const connection = random_live(id);
    if (connection == nullptr) {
        return false;
    }
    simulation_.trace(What::cut, id, 2);
    simulation_.tally.add(Count::half_open);
    const bool server_too = !one_way || simulation_.rng().chance(0.5);
    connection->directions[kServer].silent = server_too;
    connection->directions[kClient].silent = !one_way || !server_too;
    return true;
}

void SimNetwork::heal() {
    for (auto& [id, connection] : connections_) {
        if (connection.stalled_until > simulation_.now()) {
            connection.stalled_until = simulation_.now();
            for (const std::size_t from : {kClient, kServer}) {
                connection.directions.at(from).scheduled = false;
                schedule(id, from, latency());
            }
        }
    }
}

// --- SimStream ------------------------------------------------------------------------------------

SimStream::SimStream(SimNetwork& network, std::uint64_t id, std::size_t end, Process* process)
    : network_(network),
      id_(id),
      end_(end),
      process_(process),
      peer_("10.0." + std::to_string(id / 250 % 250) + "." + std::to_string(1 + id % 250)) {}

SimStream::~SimStream() {
    network_.let_go(id_, end_, !zombie());
}

void SimStream::start(runtime::StreamHandler& handler) {
    PARLEY_ASSERT(handler_ == nullptr);
    handler_ = &handler;
    resume_reading();
}

void SimStream::set_handler(runtime::StreamHandler& handler) {
    handler_ = &handler;
}

void SimStream::pause_reading() {
    reading_ = false;
}

void SimStream::resume_reading() {
    PARLEY_ASSERT(handler_ != nullptr);
    if (told_ || zombie()) {
        return;
    }
    reading_ = true;
    if (network_.find(id_) != nullptr) {
        network_.schedule(id_, 1 - end_, network_.options.latency_min);
    }
}

std::size_t SimStream::write(std::span<const std::string_view> parts) {
    const std::size_t wanted = total_size(parts);
    SimNetwork::Connection* const connection = network_.find(id_);
    if (zombie() || write_dead_ || told_ || connection == nullptr) {
        return wanted;
    }
    const SimNetwork::End& peer = connection->ends.at(1 - end_);
    if (connection->broken || (peer.accepted && peer.stream == nullptr && !connection->silent())) {
        write_dead_ = true;
        if (!reading_) {
            network_.simulation_.in(
                network_.options.latency_min,
                connection->ends.at(end_).process,
                [network = &network_, id = id_, end = end_] {
                    network->tell_closed(id, end, CloseReason::failed);
                }
            );
        }
        return wanted;
    }
    SimNetwork::Direction& direction = connection->directions.at(end_);
    if (direction.writer_waits) {
        return 0;
    }
    const std::size_t window = network_.options.window;
    std::size_t room = window > direction.under_way() ? window - direction.under_way() : 0;
    std::size_t taken = 0;
    Simulation& simulation = network_.simulation_;
    for (const std::string_view part : parts) {
        const std::size_t count = std::min(room, part.size());
        direction.bytes.append(part.substr(0, count));
        simulation.mix(hash_of(part.substr(0, count)));
        taken += count;
        room -= count;
    }
    direction.writer_waits = taken < wanted;
    simulation.trace(What::write, (id_ << 1U) | end_, taken);
    if (taken > 0) {
        network_.schedule(id_, end_, network_.latency());
    }
    return taken;
}

void SimStream::shutdown_send() {
    if (zombie() || std::exchange(write_dead_, true)) {
        return;
    }
    if (SimNetwork::Connection* const connection = network_.find(id_); connection != nullptr) {
        connection->directions.at(end_).ended = true;
        network_.schedule(id_, end_, network_.latency());
    }
}

void SimStream::close() {
    reading_ = false;
    write_dead_ = true;
    told_ = true;
    network_.let_go(id_, end_, !zombie());
}

}  // namespace parley::sim
