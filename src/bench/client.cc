#include "bench/client.h"

#include <algorithm>
#include <utility>

#include "bench/lane.h"

namespace parley::bench {
namespace {

constexpr std::size_t kAnswerBytesMax = 8UL * 1024;
/// A page of history is at most 200 events of 16 KiB, escaped.
constexpr std::size_t kMessageBytesMax = 32UL << 20U;
/// From one step of connecting to the next; a server under a storm of logins may be slow.
constexpr std::int64_t kStepNanosMax = 60'000'000'000;
/// Half of the contract's heartbeat interval.
constexpr std::int64_t kHeartbeatNanos = 15'000'000'000;
/// Below the number of ports that the kernel has for one pair of addresses.
constexpr std::uint32_t kConnectionsPerAddress = 25'000;

std::string source_address(const Options& options, std::uint32_t index) {
    if (options.connections <= kConnectionsPerAddress) {
        return {};
    }
    return "127.0.0." + std::to_string(1 + (index / kConnectionsPerAddress));
}

websocket::FrameReader make_reader() {
    return websocket::FrameReader(
        {.role = websocket::Role::client, .message_bytes_max = kMessageBytesMax, .deflate = false}
    );
}

std::string_view view(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Client::Client(Lane& lane, std::uint32_t index, const Account* account)
    : lane_(lane), account_(account), index_(index), reader_(make_reader()) {
    if (account_ != nullptr) {
        const std::string& group = lane_.plan().options.group;
        conversation_id_ = group.empty() ? account_->conversation_id : group;
    }
}

Client::~Client() = default;

void Client::connect() {
    const Options& options = lane_.plan().options;
    state_ = State::connecting;
    connect_started_ = step_started_ = lane_.now();
    lane_.runtime().connect(
        lane_.loop(),
        options.host,
        options.port,
        source_address(options, index_),
        [this](Result<std::unique_ptr<runtime::Stream>> connected) {
            on_connected(std::move(connected));
        }
    );
}

void Client::close() {
    stream_.reset();
    state_ = State::down;
    reader_ = make_reader();
    head_.clear();
    unsent_.clear();
    retries_.clear();
    repairing_ = false;
}

void Client::fail(std::string_view why) {
    lane_.count_error(why);
    const State was = state_;
    if (was == State::ready && lane_.journal().enabled()) {
        lane_.journal().closed(entry());
    }
    close();
    failures_ = was == State::ready ? 0 : failures_ + 1;
    lane_.on_down(*this, was);
}

void Client::on_connected(Result<std::unique_ptr<runtime::Stream>> connected) {
    if (state_ != State::connecting) {
        return;
    }
    if (!connected.ok()) {
        fail("connect");
        return;
    }
    state_ = State::upgrading;
    stream_ = std::move(connected).value();
    stream_->start(*this);
    const Options& options = lane_.plan().options;
    const std::string path = options.raw ? "/relay/" + std::to_string(index_) : "/ws";
    std::string& out = lane_.scratch();
    out.append("GET ").append(path).append(" HTTP/1.1\r\nHost: ");
    out.append(options.host).append(":").append(std::to_string(options.port));
    out.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
    out.append(lane_.handshake_key()).append("\r\nSec-WebSocket-Version: 13\r\n\r\n");
    flush();
}

void Client::on_data(std::span<std::byte> bytes) {
    batch_time_ = lane_.now();
    if (state_ == State::upgrading) {
        const auto used = take_upgrade(view(bytes));
        if (!used) {
            return;
        }
        bytes = bytes.subspan(*used);
    }
    const auto violation = reader_.feed(bytes, lane_.deflater(), *this);
    if (stream_ == nullptr) {
        return;
    }
    if (violation) {
        fail("protocol");
        return;
    }
    top_up();
    flush();
}

/// How many of `bytes` belonged to the handshake; nothing while its answer is incomplete or after failing.
std::optional<std::size_t> Client::take_upgrade(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_.append(bytes);
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (head_.size() > kAnswerBytesMax) {
            fail("handshake");
        }
        return std::nullopt;
    }
    const bool accepted =
        head_.starts_with("HTTP/1.1 101 ") && head_.find(lane_.handshake_answer()) < end;
    if (!accepted) {
        fail("handshake");
        return std::nullopt;
    }
    std::string{}.swap(head_);
    lane_.counts().connect.record(batch_time_ - step_started_);
    step_started_ = batch_time_;
    if (account_ == nullptr) {
        become_ready();
    } else {
        authenticate();
    }
    flush();
    return end + 4 - before;
}

void Client::authenticate() {
    state_ = State::authenticating;
    ++session_;
    if (lane_.journal().enabled()) {
        lane_.journal().opened(entry());
    }
    write_frame(false, R"({"type":"auth","token":")" + account_->access_token + R"("})");
}

void Client::sync() {
    state_ = State::syncing;
    sync_from_ = ledger_.seen().contiguous();
    std::string frame = R"({"type":"sync")";
    if (started_ && knows_conversation()) {
        frame.append(R"(,"cursors":{")").append(conversation_id_).append(R"(":)");
        frame.append(std::to_string(ledger_.seen().contiguous())).append("}");
    }
    if (!sync_token_.empty()) {
        frame.append(R"(,"since":")").append(sync_token_).append(R"(")");
    }
    write_frame(false, frame.append("}"));
}

void Client::watch() {
    const std::size_t wanted = lane_.plan().options.watch;
    if (wanted == 0) {
        become_ready();
        return;
    }
    // The circles of contacts of `admin seed --contacts`.
    const std::vector<Account>& accounts = lane_.plan().accounts;
    const std::size_t first = index_ / (wanted + 1) * (wanted + 1);
    const std::size_t end = std::min(first + wanted + 1, accounts.size());
    watched_.clear();
    std::string frame = R"({"type":"watch_presence","user_ids":[)";
    for (std::size_t i = first; i < end; ++i) {
        if (i != index_) {
            frame.append(watched_.empty() ? "\"" : ",\"").append(accounts[i].user_id).append("\"");
            watched_.emplace_back(accounts[i].user_id, std::string{});
        }
    }
    unanswered_ = watched_.size();
    state_ = State::watching;
    step_started_ = batch_time_;
    write_frame(false, frame.append("]}"));
    if (unanswered_ == 0) {
        become_ready();
    }
}

void Client::become_ready() {
    state_ = State::ready;
    failures_ = 0;
    if (account_ == nullptr || (!started_ && lane_.plan().options.sync)) {
        ledger_.start(base_);
        started_ = true;
    }
    ledger_.new_session();
    lane_.counts().ready.record(batch_time_ - connect_started_);
    lane_.on_ready();
    resend_waiting();
    repair();
    if (reading_ != nullptr) {
        ask_history(reading_->next);
    }
}

void Client::write_frame(bool binary, std::string_view payload) {
    append_masked_frame(lane_.scratch(), binary, payload, lane_.masks().next());
}

void Client::flush() {
    std::string& out = lane_.scratch();
    if (out.empty() || stream_ == nullptr) {
        out.clear();
        return;
    }
    last_sent_ = batch_time_;
    if (unsent_.empty()) {
        const std::string_view part = out;
        const std::size_t taken = stream_->write({&part, 1});
        unsent_.assign(part.substr(taken));
    } else {
        unsent_.append(out);
    }
    out.clear();
}

void Client::on_writable() {
    const std::string_view part = unsent_;
    const std::size_t taken = stream_->write({&part, 1});
    unsent_.erase(0, taken);
}

void Client::on_closed(runtime::CloseReason reason) {
    fail(reason == runtime::CloseReason::peer_closed ? "closed" : "reset");
}

bool Client::on_ping(std::span<const std::byte> payload) {
    lane_.scratch().append(
        websocket::encode_masked_frame(websocket::Opcode::pong, view(payload), lane_.masks().next())
    );
    return true;
}

bool Client::on_close(std::uint16_t code, std::string_view /*reason*/) {
    fail("close " + std::to_string(code));
    return false;
}

void Client::tick(std::int64_t now) {
    batch_time_ = now;
    if (state_ != State::ready) {
        if (state_ != State::down && now - step_started_ > kStepNanosMax) {
            fail("timeout");
        }
        return;
    }
    if (account_ != nullptr && now - last_sent_ > kHeartbeatNanos) {
        write_frame(false, R"({"type":"heartbeat"})");
        flush();
    }
    // One tick's patience: what overtook may still be on its way.
    if (std::exchange(was_missing_, ledger_.seen().has_gap()) && was_missing_) {
        repair();
    }
    flush();
}

}  // namespace parley::bench
