#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "bench/scanner.h"
#include "gateway/websocket/websocket.h"
#include "runtime/runtime.h"

/// For this folder's tests: a chat server on one loop that forgets when its process ends, speaks what the
/// load generator needs of the wire contract, and can be told to break one promise.

namespace parley::bench {

enum class Fault : unsigned char {
    none,
    lose,           ///< acknowledges some sends and stores nothing
    double_store,   ///< stores some sends twice
    skip_push,      ///< forgets to push some messages, and history hides them
    swap_pushes,    ///< pushes some messages in the wrong order
    swap_order,     ///< stores two of one sender's messages in the wrong order
    hole,           ///< leaves out a seq now and then
    change_id,      ///< history shows another message_id for some
    refuse_stored,  ///< answers some stored sends with a definite error
    other_answer,   ///< answers each send twice, now and then differently
    crash,          ///< honest, but now and then drops all connections, with sends half done
    unavailable,    ///< honest, but some sends are answered with an unknown outcome
};

class FakeServer {
public:
    /// Tokens are user ids; users 2i and 2i+1 have the conversation "conversation-i".
    explicit FakeServer(Fault fault) : fault_(fault) {
        runtime_.start();
        auto listening = runtime_.listen(
            {.host = "127.0.0.1", .port = 0, .tls = {}},
            [this](runtime::Loop& /*loop*/, std::unique_ptr<runtime::Stream> stream) {
                auto session = std::make_unique<Session>(*this, std::move(stream));
                sessions_[session.get()] = std::move(session);
            }
        );
        listener_ = std::move(listening).value();
    }
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;
    FakeServer(FakeServer&&) = delete;
    FakeServer& operator=(FakeServer&&) = delete;
    ~FakeServer() {
        listener_.reset();
        runtime_.loop(0).post([this] { sessions_.clear(); });
        runtime_.stop();
    }

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }

    [[nodiscard]] static std::string user_id(std::size_t index) {
        return "user-" + std::to_string(index);
    }
    /// A seed file's text for `count` users.
    [[nodiscard]] static std::string seed(std::size_t count) {
        std::string text = "{\"parley_seed\":1,\"users\":" + std::to_string(count) + "}\n";
        for (std::size_t i = 0; i < count; ++i) {
            text += R"({"user_id":")" + user_id(i) + R"(","username":"u","access_token":")" +
                    user_id(i);
            text += R"(","device_id":"d","peer_id":")" + user_id(i ^ 1U);
            text += R"(","conversation_id":"conversation-)" + std::to_string(i / 2) + "\"}\n";
        }
        return text;
    }

private:
    struct Stored {
        std::uint64_t seq = 0;
        std::string sender;
        std::string client_id;
        std::string content;
    };

    struct Conversation {
        std::vector<Stored> events;
        std::uint64_t last_seq = 0;
        std::map<std::string, std::uint64_t> seq_of;  // by sender and client_id
        std::optional<Stored> held;  // swap_order: waits for the next of the same sender
        std::string delayed_push;    // swap_pushes
    };

    class Session final : public runtime::StreamHandler, public websocket::FrameHandler {
    public:
        Session(FakeServer& server, std::unique_ptr<runtime::Stream> stream)
            : server_(server),
              stream_(std::move(stream)),
              reader_({.role = websocket::Role::server}) {
            stream_->start(*this);
        }

        void on_data(std::span<std::byte> bytes) override {
            if (!open_) {
                const auto used = take_request(bytes);
                if (!used) {
                    return;
                }
                bytes = bytes.subspan(*used);
            }
            FakeServer& server = server_;
            Session* self = this;
            static_cast<void>(reader_.feed(bytes, server.deflater_, *this));
            if (server.sessions_.contains(self)) {
                flush();
            }
        }
        void on_writable() override { flush(); }
        void on_closed(runtime::CloseReason /*reason*/) override { server_.sessions_.erase(this); }

        bool on_message(websocket::Opcode /*kind*/, std::span<std::byte> payload) override {
            const std::string text(reinterpret_cast<const char*>(payload.data()), payload.size());
            FakeServer& server = server_;
            Session* self = this;
            server.on_frame(*this, text);
            return server.sessions_.contains(self);
        }
        bool on_ping(std::span<const std::byte> /*payload*/) override { return true; }
        bool on_pong() override { return true; }
        bool on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override { return true; }

        void send(const std::string& payload) {
            out_ += websocket::encode_frame(websocket::Opcode::text, payload);
        }
        void flush() {
            const std::string_view part = out_;
            out_.erase(0, stream_->write({&part, 1}));
        }

        std::string user;

    private:
        std::optional<std::size_t> take_request(std::span<const std::byte> bytes) {
            const std::size_t before = request_.size();
            request_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            const std::size_t end = request_.find("\r\n\r\n");
            if (end == std::string::npos) {
                return std::nullopt;
            }
            const std::size_t key = request_.find("Sec-WebSocket-Key: ") + 19;
            out_ =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: " +
                websocket::accept_key(request_.substr(key, 24)) + "\r\n\r\n";
            open_ = true;
            flush();
            return end + 4 - before;
        }

        FakeServer& server_;
        std::unique_ptr<runtime::Stream> stream_;
        websocket::FrameReader reader_;
        std::string request_;
        std::string out_;
        bool open_ = false;
    };

    /// True now and then: once in `every` calls.
    bool now_and_then(std::uint64_t every = 40) { return ++calls_ % every == 0; }

    void on_frame(Session& session, const std::string& text) {
        WireFrame frame;
        std::string type;
        std::uint64_t after = 0;
        std::string_view rest = text;
        while (const auto member = next_member(rest)) {
            if (member->name == "type") {
                type = member->value;
            } else if (member->name == "after_seq") {
                after = to_number(member->value);
            } else if (member->name == "cursors") {
                const std::size_t colon = member->value.find(':');
                after = colon != std::string_view::npos ? to_number(member->value.substr(colon + 1))
                                                        : 0;
            }
        }
        if (!scan(text, frame)) {
            return;
        }
        if (type == "auth") {
            session.user = frame.token;
            session.send(R"({"type":"auth_success","user_id":")" + session.user + "\"}");
        } else if (type == "sync") {
            on_sync(session, after);
        } else if (type == "history") {
            send_page(session, std::string(frame.conversation_id), after, 200);
        } else if (type == "send_message") {
            on_send(session, frame);
        }
    }

    static std::string conversation_of(const std::string& user) {
        return "conversation-" + std::to_string(to_number(std::string_view(user).substr(5)) / 2);
    }
    static std::string peer_of(const std::string& user) {
        return user_id(static_cast<std::size_t>(to_number(std::string_view(user).substr(5))) ^ 1U);
    }

    void on_sync(Session& session, std::uint64_t after) {
        const std::string id = conversation_of(session.user);
        Conversation& conversation = conversations_[id];
        if (conversation.last_seq > after) {
            const std::uint64_t newest = conversation.last_seq > 5 ? conversation.last_seq - 5 : 0;
            send_page(session, id, std::max(after, newest), 5, newest > after);
        }
        session.send(
            R"({"type":"conversation","conversation_id":")" + id + R"(","last_seq":)" +
            std::to_string(conversation.last_seq) + "}"
        );
        session.send(R"({"type":"sync_complete","token":"t"})");
    }

    std::string message(const std::string& id, const Stored& stored, const std::string& mid) const {
        return R"({"type":"new_message","message_id":")" + mid + R"(","conversation_id":")" + id +
               R"(","seq":)" + std::to_string(stored.seq) + R"(,"sender_id":")" + stored.sender +
               R"(","content":")" + stored.content + "\"}";
    }
    static std::string mid(const std::string& id, std::uint64_t seq) {
        return to_string(Uuid{.high = to_number(std::string_view(id).substr(13)) + 1, .low = seq});
    }

    void send_page(
        Session& session,
        const std::string& id,
        std::uint64_t after,
        std::size_t limit,
        bool more = false
    ) {
        std::string events;
        std::size_t count = 0;
        for (const Stored& stored : conversations_[id].events) {
            if (stored.seq <= after || (fault_ == Fault::skip_push && stored.seq % 40 == 0)) {
                continue;
            }
            if (count == limit) {
                more = true;
                break;
            }
            const bool lie = fault_ == Fault::change_id && stored.seq % 40 == 0;
            events += (count++ == 0 ? "" : ",");
            events += message(id, stored, mid(id, lie ? stored.seq + 1'000'000 : stored.seq));
        }
        session.send(
            R"({"type":"events","conversation_id":")" + id + R"(","events":[)" + events +
            R"(],"has_more":)" + (more ? "true" : "false") + "}"
        );
    }

    void ack(
        Session& session, const std::string& id, std::string_view client_id, std::uint64_t seq
    ) {
        session.send(
            R"({"type":"ack","client_id":")" + std::string(client_id) + R"(","message_id":")" +
            mid(id, seq) + R"(","conversation_id":")" + id + R"(","seq":)" + std::to_string(seq) +
            R"(,"status":"sent"})"
        );
    }

    void push(const std::string& id, const std::string& to, const Stored& stored) {
        Conversation& conversation = conversations_[id];
        std::string text = message(id, stored, mid(id, stored.seq));
        if (fault_ == Fault::swap_pushes && conversation.delayed_push.empty() && now_and_then()) {
            conversation.delayed_push = std::move(text);
            return;
        }
        for (const auto& [session, owned] : sessions_) {
            if (session->user != to) {
                continue;
            }
            session->send(text);
            if (!conversation.delayed_push.empty()) {
                session->send(conversation.delayed_push);
            }
            session->flush();
        }
        conversation.delayed_push.clear();
    }

    void on_send(Session& session, const WireFrame& frame) {
        const std::string id(frame.conversation_id);
        Conversation& conversation = conversations_[id];
        Stored stored{0, session.user, std::string(frame.client_id), std::string(frame.content)};
        const std::string key = stored.sender + "/" + stored.client_id;
        if (const auto known = conversation.seq_of.find(key); known != conversation.seq_of.end()) {
            ack(session, id, stored.client_id, known->second);
            return;
        }
        if (fault_ == Fault::unavailable && now_and_then()) {
            const bool is_stored = now_and_then(2);
            if (is_stored) {
                store(id, stored);
            }
            session.send(
                R"({"type":"error","code":"unavailable","client_id":")" + stored.client_id + "\"}"
            );
            return;
        }
        if (fault_ == Fault::crash && now_and_then(997)) {
            if (now_and_then(2)) {
                store(id, stored);  // and the answer is lost
            }
            sessions_.clear();
            return;
        }
        if (fault_ == Fault::lose && now_and_then()) {
            ack(session, id, stored.client_id, conversation.last_seq + 1);
            return;
        }
        if (fault_ == Fault::swap_order) {
            if (!conversation.held && now_and_then()) {
                conversation.held = std::move(stored);
                return;
            }
            if (conversation.held && conversation.held->sender == session.user) {
                store(id, stored);
                ack(session, id, stored.client_id, stored.seq);
                stored = std::move(*std::exchange(conversation.held, std::nullopt));
            }
        }
        store(id, stored);
        answer(session, id, stored);
    }

    void answer(Session& session, const std::string& id, Stored stored) {
        if (fault_ == Fault::refuse_stored && now_and_then()) {
            session.send(
                R"({"type":"error","code":"forbidden","client_id":")" + stored.client_id + "\"}"
            );
            return;
        }
        ack(session, id, stored.client_id, stored.seq);
        if (fault_ == Fault::other_answer) {
            ack(session, id, stored.client_id, stored.seq + (now_and_then() ? 1 : 0));
        }
        if (fault_ == Fault::double_store && now_and_then()) {
            store(id, stored);
        }
    }

    void store(const std::string& id, Stored& stored) {
        Conversation& conversation = conversations_[id];
        stored.seq = conversation.last_seq + (fault_ == Fault::hole && now_and_then() ? 2 : 1);
        conversation.last_seq = stored.seq;
        conversation.seq_of[stored.sender + "/" + stored.client_id] = stored.seq;
        conversation.events.push_back(stored);
        if (fault_ != Fault::skip_push || stored.seq % 40 != 0) {
            push(id, peer_of(stored.sender), stored);
        }
    }

    const Fault fault_;
    runtime::Runtime runtime_{{.loops = 1}};
    websocket::Deflater deflater_;
    std::uint64_t calls_ = 0;
    std::map<std::string, Conversation> conversations_;
    std::map<Session*, std::unique_ptr<Session>> sessions_;
    std::unique_ptr<runtime::Listener> listener_;
};

}  // namespace parley::bench
