#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// WebSocket (RFC 6455) and permessage-deflate (RFC 7692) as pure code on bytes: no socket, no
/// timer. Used by the server's sessions, by the load generator's clients (`Role::client`), by the
/// simulation and by the fuzzers. Nothing here blocks or throws.

namespace parley::websocket {

enum class Opcode : unsigned char {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

/// Whose bytes a FrameReader reads. A server's peer must mask, a client's must not (RFC 6455 §5.1).
enum class Role : unsigned char {
    server,
    client
};

namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatus = 1005;  ///< never sent: "the close frame had no code"
inline constexpr std::uint16_t kInvalidData = 1007;
inline constexpr std::uint16_t kTooLarge = 1009;
inline constexpr std::uint16_t kRestart = 1012;
}  // namespace close_code

/// Inflates and deflates single messages without context takeover (RFC 7692 §7.1.1): one per loop,
/// shared by all its connections, so that a connection holds no window. Not thread-safe.
class Deflater {
public:
    Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    Deflater(Deflater&&) = delete;
    Deflater& operator=(Deflater&&) = delete;
    ~Deflater();

    enum class Outcome : unsigned char {
        ok,
        too_large,
        malformed
    };
    /// Inflates one message's payload into `out` (replaced). Stops with `too_large` as soon as the
    /// output would pass `bytes_max`: a bomb costs no more than that.
    [[nodiscard]] Outcome inflate(
        std::span<const std::byte> payload, std::size_t bytes_max, std::string& out
    );
    /// The payload of one compressed message. Nothing in it refers further back than `window_bytes`
    /// (UpgradeAnswer::deflate_window_bytes).
    [[nodiscard]] std::string deflate(
        std::string_view payload, std::size_t window_bytes = std::numeric_limits<std::size_t>::max()
    );

private:
    class State;
    std::unique_ptr<State> state_;
};

/// What a FrameReader tells. Each answers whether to go on: false means that the reader may have
/// been destroyed, and `feed` returns without touching it.
class FrameHandler {
public:
    virtual ~FrameHandler() = default;
    /// A whole message. `payload` is unmasked, inflated, and (for text) valid UTF-8; it stands in
    /// the caller's buffer or the reader's, is gone when this returns, and is followed by at least
    /// 64 readable bytes.
    virtual bool on_message(Opcode kind, std::span<std::byte> payload) = 0;
    virtual bool on_ping(std::span<const std::byte> payload) = 0;
    virtual bool on_pong() = 0;
    /// A valid close frame; kNoStatus when it carried no code.
    virtual bool on_close(std::uint16_t code, std::string_view reason) = 0;
};

/// A violation: the connection is to be closed with `close_code`.
struct Violation {
    std::uint16_t close_code = close_code::kProtocolError;
    std::string_view reason;  ///< a literal
};

struct FrameHeader;

/// Cuts a byte stream into messages. Small while idle (at most 64 bytes): a partial frame or
/// message is kept in a buffer that exists only as long as it is needed.
class FrameReader {
public:
    struct Options {
        Role role = Role::server;
        std::size_t message_bytes_max = 64UL * 1024;  ///< after inflating, over all fragments
        bool deflate = false;                         ///< permessage-deflate was negotiated
    };
    explicit FrameReader(Options options) noexcept;
    FrameReader(FrameReader&&) noexcept;
    FrameReader& operator=(FrameReader&&) noexcept;
    FrameReader(const FrameReader&) = delete;
    FrameReader& operator=(const FrameReader&) = delete;
    ~FrameReader();

    /// Takes all of `bytes` (unmasking whole frames in place, without a copy; 64 bytes behind
    /// `bytes` must be readable), and calls `handler` for what is complete. After a Violation the
    /// reader is spent. A length over the limit is refused from the header alone. Bytes after a
    /// close frame are ignored. Text is checked as it comes, so that bad UTF-8 in a first fragment
    /// fails at once (§8.1).
    [[nodiscard]] std::optional<Violation> feed(
        std::span<std::byte> bytes, Deflater& deflater, FrameHandler& handler
    );

private:
    struct Input;
    struct Partial;

    // Each returns the violation, or nullptr to go on, or the mark that the handler said stop;
    // after that mark `this` must not be touched.
    const Violation* next_frame(Input& input);
    const Violation* resume_frame(Input& input);
    const Violation* end_data_frame(const FrameHeader& header, Input& input);
    const Violation* end_control_frame(const FrameHeader& header, Input& input);
    const Violation* take_control(
        Opcode opcode, std::span<const std::byte> payload, FrameHandler& handler
    );
    static const Violation* inflate_and_deliver(
        const Options& options, Opcode kind, std::span<const std::byte> payload, Input& input
    );
    static const Violation* deliver(
        Opcode kind, std::span<std::byte> payload, bool check_utf8, FrameHandler& handler
    );
    [[nodiscard]] const Violation* judge_sequence(const FrameHeader& header) const;
    void ensure_partial();
    void begin_payload(const FrameHeader& header);

    Options options_;
    bool closed_ = false;
    std::unique_ptr<Partial> partial_;
};

/// One whole unmasked frame, as a server sends it. `deflated`: payload is Deflater::deflate's, RSV1
/// is set.
[[nodiscard]] std::string encode_frame(
    Opcode opcode, std::string_view payload, bool deflated = false
);
/// The header alone, appended: for callers that build header and payload in one buffer.
void append_frame_header(
    std::string& out, Opcode opcode, std::size_t payload_bytes, bool deflated = false
);
/// One masked frame, as a client sends it.
[[nodiscard]] std::string encode_masked_frame(
    Opcode opcode, std::string_view payload, std::uint32_t mask, bool deflated = false
);
/// A close frame's payload-and-header; `reason` is cut to 123 bytes at a character's edge.
[[nodiscard]] std::string encode_close(std::uint16_t code, std::string_view reason);

/// Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
[[nodiscard]] std::string accept_key(std::string_view key);

/// The header fields of an upgrade request that matter, taken from any HTTP parser.
struct UpgradeRequest {
    std::string_view method;  ///< "GET"
    bool http_1_1 = true;
    std::string_view upgrade;     ///< Upgrade, all values joined by ", "
    std::string_view connection;  ///< Connection, joined
    std::string_view key;         ///< Sec-WebSocket-Key
    int key_count = 0;            ///< how many such fields there were
    std::string_view version;     ///< Sec-WebSocket-Version
    std::string_view extensions;  ///< Sec-WebSocket-Extensions, joined; empty: none
    std::string_view protocols;   ///< Sec-WebSocket-Protocol, joined; empty: none
};

/// The answer to an upgrade request.
struct UpgradeAnswer {
    int status = 101;  ///< 101, 400, 405 or 426 (another version)
    /// For 101: status line and fields up to and with the empty line. For 426: a whole answer
    /// without a body, with `Sec-WebSocket-Version: 13`. Otherwise empty.
    std::string head;
    bool deflate = false;  ///< permessage-deflate was accepted
    /// How far back compressed messages to this client may refer: unbounded, unless it asked for a
    /// smaller window with server_max_window_bits. A message no longer than this can be sent in the
    /// one form that all clients share; a longer one is deflated for this window, or sent plain.
    std::size_t deflate_window_bytes = std::numeric_limits<std::size_t>::max();
    std::string_view problem;  ///< for another status: why, a literal
};

/// Decides on an upgrade (RFC 6455 §4.2, RFC 7692 §5, §7.1). `subprotocol` is echoed when the
/// client offers it. permessage-deflate is accepted, with `server_no_context_takeover;
/// client_no_context_takeover`, when one of the offers is well formed and can be met; malformed
/// offers are declined, not failed. A server_max_window_bits is honoured by way of
/// `deflate_window_bytes`.
[[nodiscard]] UpgradeAnswer answer_upgrade(
    const UpgradeRequest& request, std::string_view subprotocol, bool allow_deflate
);

}  // namespace parley::websocket
