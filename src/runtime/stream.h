#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/job.h"
#include "base/result.h"
#include "runtime/loop.h"

namespace parley::runtime {

/// Bytes that may be read past the end of what on_data is given (their content is undefined): a JSON
/// reader may look ahead without copying first.
inline constexpr std::size_t kReadPadding = 64;

enum class CloseReason : unsigned char {
    peer_closed,  ///< orderly end of the peer's bytes
    failed,       ///< reset, timed out, or a TLS failure
};

/// Who listens to a Stream. Called on the stream's loop. Any of these may destroy the stream.
class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    /// Bytes have come. They stand in the loop's shared read buffer, may be changed in place (unmasking),
    /// are gone when this returns, and are followed by kReadPadding readable bytes.
    virtual void on_data(std::span<std::byte> bytes) = 0;
    /// There is room again after a write that took less than everything.
    virtual void on_writable() = 0;
    /// No more bytes will come; called once, and never after close(). The handler then lets go of the stream.
    virtual void on_closed(CloseReason reason) = 0;
};

/// One connected byte stream, TCP or TLS over TCP, on one loop; owned by its handler's owner; destroying
/// it closes it. An idle stream holds no buffer. The simulation has a twin.
class Stream {
public:
    virtual ~Stream() = default;

    /// Begins reading into `handler`, which must outlive the stream or be replaced.
    virtual void start(StreamHandler& handler) = 0;
    /// The same bytes go on to another handler: HTTP hands over to WebSocket.
    virtual void set_handler(StreamHandler& handler) = 0;

    /// Stops reading, so that TCP's window holds the peer back; resume_reading starts again.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    /// Gathers `parts` into the socket without blocking and answers how many bytes it took, 0 included.
    /// After a short write, on_writable comes once when there is room. A dead stream takes everything
    /// and on_closed follows.
    virtual std::size_t write(std::span<const std::string_view> parts) = 0;
    /// Bytes taken by write and not yet given to the kernel (TLS may hold some); 0 for plain TCP.
    [[nodiscard]] virtual std::size_t unsent() const noexcept = 0;

    /// Ends our direction after what has been written; reading goes on.
    virtual void shutdown_send() = 0;
    /// Ends both at once. on_closed is not called. When bytes have come that nobody has read, the kernel
    /// resets the connection, and the peer may lose our last words: where they matter, shutdown_send()
    /// first, and close when on_closed comes or a deadline passes. Destroying the stream is the same.
    virtual void close() = 0;

    /// The peer's address without port, for limits and logs: "127.0.0.1", "::1".
    [[nodiscard]] virtual const std::string& peer_address() const noexcept = 0;
};

using OnAccept = UniqueFunction<void(std::unique_ptr<Stream>)>;

/// Takes connections and deals them out over the loops in turn. Owned by the composition root.
class Listener {
public:
    virtual ~Listener() = default;
    /// Stops taking new connections; from the loop that listens. Idempotent.
    virtual void stop() = 0;
    /// The port that was bound (port 0 asks the system for one).
    [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
};

}  // namespace parley::runtime
