#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/1.1 (RFC 9112) as pure code on bytes: a request reader with a strict rule layer over
/// Beast's parser, and a response writer. No socket, no timer; nothing blocks or throws.

namespace parley::http {

struct HeaderField {
    std::string name;  ///< as it came
    std::string value;
};

struct Request {
    std::string method;  ///< as it came: methods are case-sensitive
    std::string target;  ///< origin-form: "/api/users/me?x=1"; or "*"
    bool http_1_1 = true;
    bool keep_alive = true;
    std::vector<HeaderField> headers;
    std::string body;

    [[nodiscard]] std::string_view path() const noexcept;   ///< target up to '?'
    [[nodiscard]] std::string_view query() const noexcept;  ///< target after '?', or empty
    /// The first field of that name, case-insensitively; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
    [[nodiscard]] int header_count(std::string_view name) const noexcept;
    /// All fields of that name joined by ", ".
    [[nodiscard]] std::string joined_header(std::string_view name) const;
};

struct ReaderLimits {
    /// Request line and fields; more: 431 (a target over 4 KiB: 414).
    std::size_t header_bytes_max = 8UL * 1024;
    std::size_t header_count_max = 100;  ///< more: 431
    /// More: 413, known from Content-Length before the body comes.
    std::size_t body_bytes_max = 128UL * 1024;
};

/// Why a request is refused; the connection closes after the answer, for its bytes can no longer be
/// trusted.
struct Refusal {
    int status = 400;
    std::string_view detail;  ///< a literal
};

/// Reads one request after the other from a byte stream. Memory is held only while a request is
/// under way.
class RequestReader {
public:
    explicit RequestReader(ReaderLimits limits);
    RequestReader(RequestReader&&) noexcept;
    RequestReader& operator=(RequestReader&&) noexcept;
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;
    ~RequestReader();

    enum class State : unsigned char {
        idle,
        reading_head,
        reading_body
    };

    struct Step {
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        /// Complete: the rest of the input is the next request (or WebSocket).
        std::optional<Request> request;
        std::optional<Refusal> refusal;  ///< the connection's end
        bool refused_head = false;       ///< what was refused is a HEAD: its answer has no body
        /// The head is complete, said `Expect: 100-continue`, and a body is due.
        bool expects_continue = false;
    };
    /// Takes bytes up to the end of one request at most. Call again with what is left.
    ///
    /// The rule layer refuses with 400, beyond what Beast refuses: not exactly one valid Host (RFC
    /// 9112 §3.2); Transfer-Encoding other than exactly `chunked` on HTTP/1.1 (501 for a
    /// well-formed unknown coding), or together with Content-Length; more than one Content-Length,
    /// or one that is not digits without a leading zero; obs-fold; a target that is neither
    /// origin-form of allowed bytes nor absolute-form with the authority that Host names (`OPTIONS *` is
    /// allowed); bare CR or LF; a body on TRACE; a version other
    /// than 1.0 or 1.1 (505); trailers that name a framing field. An `Expect` other than
    /// 100-continue is answered 417, a method of more than 32 bytes 501. Chunk extensions are
    /// checked, bounded and dropped, and so are trailers. What comes out does not depend on how the
    /// stream was cut into feeds (only `expects_continue` does: it is not said when the body's
    /// first bytes came along). After a refusal every feed is refused. Empty lines before the
    /// request line are skipped, a few (RFC 9112 §2.2).
    [[nodiscard]] Step feed(std::span<const std::byte> bytes);

    [[nodiscard]] State state() const noexcept;
    /// Whether the request under way is a HEAD, as far as its bytes tell.
    [[nodiscard]] bool is_head_request() const noexcept;

    /// Empty lines before a request line that are skipped; more are refused.
    static constexpr unsigned kEmptyLinesMax = 4;

private:
    class Parse;
    std::size_t skip_newlines(std::string_view text, Step& step);

    ReaderLimits limits_;
    unsigned newline_bytes_ = 0;  // of the empty lines before a request: odd after a CR
    bool refused_ = false;
    std::unique_ptr<Parse> parse_;
};

/// A body that comes later, piece by piece: here only its length is known.
class BodyLength {
public:
    virtual ~BodyLength() = default;
    [[nodiscard]] virtual std::uint64_t bytes() const noexcept = 0;
};

struct Response {
    int status = 200;
    std::string content_type;  ///< empty: none
    std::vector<HeaderField> headers;
    std::string body;
    std::shared_ptr<BodyLength> source = nullptr;  ///< instead of `body`, which is empty then
};

struct WriteOptions {
    bool head_only = false;  ///< the request was HEAD: Content-Length stays, the body goes
    bool keep_alive = true;  ///< false: `Connection: close`
    bool http_1_0 = false;   ///< with keep_alive: `Connection: keep-alive`
    std::string_view date;   ///< IMF-fixdate (RFC 9110 §5.6.7), the caller caches it per second
};
/// Status line, Date, Content-Length (not on 1xx, 204 and 304, nor a body), the headers, the body (without what a
/// `source` has).
/// With an Upgrade field among the headers, Connection names it (RFC 9110 §7.8). Header values with CR, LF
/// or NUL are a bug of ours: asserted.
[[nodiscard]] std::string encode_response(const Response& response, const WriteOptions& options);
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string imf_date(std::int64_t unix_seconds);

/// Percent-decodes (RFC 3986 §2.1); nothing for a bad escape, NUL, or what is then not UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// `a=1&b=2` decoded in order; nothing when any part is malformed.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(
    std::string_view query
);

}  // namespace parley::http
