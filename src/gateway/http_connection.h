#pragma once

#include <list>
#include <memory>
#include <string>

#include "gateway/body_source.h"
#include "gateway/front.h"
#include "gateway/http/http.h"

namespace parley::gateway {

/// One connection while it speaks HTTP: requests one after the other (pipelined ones wait in TCP), each
/// with deadlines, until it ends or becomes a WebSocket. Owned by its loop's Front; stays in memory while
/// a request is being answered, even when the peer has gone.
class HttpConnection final : public runtime::StreamHandler {
public:
    /// `control`: through the control socket (Gateway::accept_control).
    HttpConnection(Front& front, std::unique_ptr<runtime::Stream> stream, bool control);
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    HttpConnection(HttpConnection&&) = delete;
    HttpConnection& operator=(HttpConnection&&) = delete;
    ~HttpConnection() override;

    void start();
    void on_data(std::span<std::byte> bytes) override;
    void on_writable() override;
    void on_closed(runtime::CloseReason reason) override;

    /// Called by the front's tick.
    void check(Duration now);
    /// No more requests; ends when what is under way has been answered.
    void stop();
    void close_now() { end(); }
    /// The WebSocket that it becomes is an echo (conformance.h).
    [[nodiscard]] bool echoes() const noexcept { return echoes_; }

    std::list<std::unique_ptr<HttpConnection>>::iterator place;

private:
    enum class State : unsigned char {
        reading,    ///< waits for a request, or reads one
        answering,  ///< a request is with its handler
        writing,    ///< the answer does not fit the socket yet
        lingering,  ///< the last answer is out; bytes are thrown away until the peer closes
        closed,
    };
    /// Reads on; answers how much of `bytes` it has used.
    std::size_t take(std::span<std::byte> bytes);
    void read_pending();
    void begin(http::Request request, std::span<std::byte> rest);
    void upgrade(const http::Request& request, std::span<std::byte> rest);
    [[nodiscard]] bool origin_allowed(const http::Request& request) const;
    /// Whose WebSocket this will be, as the handshake tells; nothing where the first frame may tell it.
    [[nodiscard]] Result<std::optional<auth::Identity>> identify(const http::Request& request);
    void respond(http::Response response, bool keep_alive);
    void write_out();
    void answered();
    void end();
    static runtime::Task<void> answer(HttpConnection* self, http::Request request);
    /// Goes on with the answer's source, if it has one that is not at its end.
    [[nodiscard]] bool pour();
    static runtime::Task<void> pour_piece(HttpConnection* self);

    Front& front_;
    const bool control_;
    std::unique_ptr<runtime::Stream> stream_;
    http::RequestReader reader_;
    std::string pending_;  ///< bytes behind the request under way; no more are read meanwhile
    std::string out_;
    std::size_t out_sent_ = 0;
    std::shared_ptr<BodySource>
        source_;  ///< of the answer under way; null: none, or all of it is in out_
    std::uint64_t source_read_ = 0;
    Duration deadline_{};
    State state_ = State::reading;
    bool keep_alive_ = true;
    bool head_only_ = false;
    bool http_1_0_ = false;
    bool in_body_ = false;
    bool idle_ = true;  ///< between requests: nothing of one has come
    bool peer_gone_ = false;
    bool stopping_ = false;
    bool echoes_ = false;
};

}  // namespace parley::gateway
