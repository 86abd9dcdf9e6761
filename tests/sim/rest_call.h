#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/stream.h"
#include "tests/sim/json.h"
#include "tests/sim/sim_network.h"

namespace parley::sim {

/// One HTTP request on a connection of its own, as a small client makes it.
class RestCall final : public runtime::StreamHandler {
public:
    struct Request {
        std::string method;
        std::string target;
        std::string token;  ///< empty: none
        std::string body;   ///< JSON, or empty
    };
    struct Answer {
        int status = 0;    ///< 0: none came, in time or at all
        std::string text;  ///< the body as it came
        std::optional<Json> body;
        /// To be asked again: nobody says what came of it, or the request has not come whole (408, RFC 9110
        /// §15.5.9), which says nothing about one of before.
        [[nodiscard]] bool unheard() const noexcept {
            return status == 0 || status == 408 || status >= 500;
        }
    };
    using Done = UniqueFunction<void(Answer)>;

    /// `done` is called once, as an event of the world, which may then let go of the call (but not destroy
    /// it inside); never when it is destroyed before.
    RestCall(Simulation& simulation, SimNetwork& network, const Request& request, Done done);
    RestCall(const RestCall&) = delete;
    RestCall& operator=(const RestCall&) = delete;
    RestCall(RestCall&&) = delete;
    RestCall& operator=(RestCall&&) = delete;
    ~RestCall() override;

    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(runtime::CloseReason reason) override;

private:
    void connected(std::unique_ptr<runtime::Stream> stream);
    void read_answer();
    void finish(Answer answer);

    Simulation& simulation_;
    Done done_;
    std::string out_;
    std::string in_;
    std::size_t body_ = 0;  // where it begins, once the head is whole
    std::size_t size_ = 0;  // of head and body then
    std::unique_ptr<runtime::Stream> stream_;
    EventId timeout_;
    const std::shared_ptr<int> alive_ = std::make_shared<int>();  // for the network's callback
};

}  // namespace parley::sim
