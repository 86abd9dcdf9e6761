#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/support/notebook.h"
#include "fuzz/support/target.h"
#include "gateway/websocket/websocket.h"
#include "tests/sim/client_link.h"
#include "tests/sim/server.h"
#include "tests/sim/sim_network.h"

/// Clients of a simulated server that do what an input says: any request, any frame, any bytes, by anyone. They
/// believe nothing: every answer must be one that the contract has, and all of them together must make sense.

namespace parley::fuzz {

/// How much is forgiven: a server whose disk fails may be `unavailable`, one that dies may not answer.
enum class Weather : unsigned char {
    calm,
    stormy
};

/// One connection on which bytes are sent as they are.
class BytesGuest;
/// One connection with one request, well-formed as HTTP, and its answer.
class RequestGuest;
/// One WebSocket.
class FrameGuest;

class Guests {
public:
    static constexpr std::size_t kUsers = 3;

    /// Makes the guests' users; the first two are `a` and `b` in requests, the third is `e`.
    Guests(
        sim::Simulation& simulation, sim::SimNetwork& network, sim::Server& server, Weather weather
    );
    Guests(const Guests&) = delete;
    Guests& operator=(const Guests&) = delete;
    Guests(Guests&&) = delete;
    Guests& operator=(Guests&&) = delete;
    ~Guests();

    /// Does the next thing of the input. Takes no time by itself.
    void act(Choices& choices);
    /// Asserts that every request of a calm day has had its answer. When time enough has passed since the last act.
    void check_answered() const;
    /// Asks for /healthz, on a connection of its own; `alive()` once that was answered well.
    void ask_health();
    [[nodiscard]] bool alive() const noexcept;

    [[nodiscard]] Notebook& notebook() noexcept { return notebook_; }

private:
    void request(Choices& choices);
    void open_socket(Choices& choices);
    void send_frame(Choices& choices);
    void send_bytes(Choices& choices);
    void end_one(Choices& choices);
    [[nodiscard]] std::string token(std::size_t choice) const;

    sim::Simulation& simulation_;
    sim::SimNetwork& network_;
    sim::Server& server_;
    const Weather weather_;
    websocket::Deflater deflater_;
    Notebook notebook_;
    std::array<UserId, kUsers> users_;
    std::array<DeviceId, kUsers> devices_;
    std::vector<std::unique_ptr<RequestGuest>> requests_;
    std::vector<std::unique_ptr<FrameGuest>> sockets_;
    std::vector<std::unique_ptr<BytesGuest>> streams_;
    std::unique_ptr<RequestGuest> health_;
};

}  // namespace parley::fuzz
