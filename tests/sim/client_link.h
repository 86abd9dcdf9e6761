#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/websocket/websocket.h"
#include "runtime/stream.h"
#include "tests/sim/sim_network.h"

/// A client's WebSocket over the simulated network: HTTP handshake, masked frames out, frames in. One object
/// is one attempt to connect.

namespace parley::sim {

class ClientLink final : public runtime::StreamHandler, public websocket::FrameHandler {
public:
    /// Told as events of the world. After on_down nothing more is told; the owner may then destroy the link,
    /// but not inside the call.
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void on_open() = 0;
        virtual void on_text(std::string_view payload) = 0;
        /// `status` is HTTP's when the handshake was refused, else the close code, else 0.
        virtual void on_down(int status) = 0;
        /// What came is no WebSocket; on_down follows.
        virtual void on_garbage(std::string_view why) = 0;
        /// A pong.
        virtual void on_sign_of_life() = 0;
    };
    struct Options {
        std::string token;        ///< not empty: an Authorization header
        std::string first_frame;  ///< not empty: sent behind the request, before it is answered
        bool deflate = false;     ///< offers permessage-deflate
    };
    ClientLink(
        Simulation& simulation,
        SimNetwork& network,
        websocket::Deflater& deflater,
        Listener& listener
    );
    ClientLink(const ClientLink&) = delete;
    ClientLink& operator=(const ClientLink&) = delete;
    ClientLink(ClientLink&&) = delete;
    ClientLink& operator=(ClientLink&&) = delete;
    ~ClientLink() override = default;

    void connect(Options options);
    void send(std::string_view payload);
    void ping();
    /// Sends a close frame; the peer closes the connection.
    void close();
    /// Ends the connection without a word. Nothing more is told.
    void drop();
    void pause_reading();
    void resume_reading();

    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(runtime::CloseReason reason) override;
    bool on_message(websocket::Opcode kind, std::span<std::byte> payload) override;
    bool on_ping(std::span<const std::byte> payload) override;
    bool on_pong() override;
    bool on_close(std::uint16_t code, std::string_view reason) override;

private:
    void connected(std::unique_ptr<runtime::Stream> stream);
    void read_answer();
    void write_frame(websocket::Opcode opcode, std::string_view payload);
    void flush();
    void down(int status);

    Simulation& simulation_;
    SimNetwork& network_;
    websocket::Deflater& deflater_;
    Listener& listener_;
    Options options_;
    const std::shared_ptr<int> alive_ = std::make_shared<int>();  // for the network's callback
    std::unique_ptr<runtime::Stream> stream_;
    std::string head_;  // of the handshake's answer, until it is whole
    bool open_ = false;
    bool down_ = false;
    bool blocked_ = false;  // on_writable will come
    int close_code_ = 0;
    std::string out_;
    websocket::FrameReader frames_;
};

}  // namespace parley::sim
